"""The output of the demo."""

from io import StringIO

from rich.console import Console

from local.demo_screen import Timeline, drawn, print_results, watching
from local.demo_stories import Sighting, stories_of


def a_console(**settings):
    return Console(file=StringIO(), width=80, **settings)


def text_of(console):
    return console.file.getvalue()


def a_timeline(*sightings):
    _, silence, *_ = stories_of("run")
    return Timeline(silence, sightings=list(sightings))


ACCEPTED = Sighting(0.2, 1, "whatsapp", "accepted", None)
TIMED_OUT = Sighting(3.1, 1, "whatsapp", "timedOut", "noDeliveryReceipt")
FALLBACK = Sighting(3.2, 2, "sms", "accepted", None)


def test_without_a_terminal_every_change_is_a_line():
    console, timeline = a_console(), a_timeline()

    with watching(console, [timeline]) as tell:
        tell(timeline, [ACCEPTED])
        tell(timeline, [])
        tell(timeline, [TIMED_OUT, FALLBACK])

    assert text_of(console).splitlines() == [
        "  0.2 s  Silence, then SMS: whatsapp, attempt 1, accepted",
        "  3.1 s  Silence, then SMS: whatsapp, attempt 1, timedOut (noDeliveryReceipt)",
        "  3.2 s  Silence, then SMS: sms, attempt 2, accepted",
    ]


def test_on_a_terminal_the_timeline_is_drawn_with_what_came_meanwhile():
    console, timeline = a_console(force_terminal=True, color_system=None), a_timeline()

    with watching(console, [timeline]):
        timeline.sightings.append(TIMED_OUT)

    assert "3.1 timedOut" in text_of(console)


def test_what_comes_after_the_end_is_seen_but_does_not_make_the_message_longer():
    timeline = a_timeline()
    whatsapp = {"attempt": 1, "channel": "whatsapp"}

    timeline.grow({"status": "delivered", "attempts": [{**whatsapp, "status": "delivered"}]}, seconds=0.5)
    timeline.grow({"status": "read", "attempts": [{**whatsapp, "status": "read"}]}, seconds=0.7)

    assert timeline.seconds == 0.5
    assert [(step.seconds, step.status) for step in timeline.sightings] == [(0.5, "delivered"), (0.7, "read")]


def test_each_attempt_has_a_row_also_when_a_late_report_comes_after_the_next_began():
    console = a_console()

    console.print(drawn([a_timeline(ACCEPTED, TIMED_OUT, FALLBACK, Sighting(4.0, 1, "whatsapp", "delivered", None))]))

    rows = [line for line in text_of(console).splitlines() if "accepted" in line]
    assert ["4.0 delivered" in row for row in rows] == [True, False]


def test_the_results_fit_into_80_columns_and_say_what_was_missing():
    console = a_console()
    timelines = [Timeline(story, trouble="POST was answered 503") for story in stories_of("run")]

    print_results(console, timelines, [])

    assert "undelivered" in text_of(console)
    assert text_of(console).count("it was never accepted") == 5
    assert text_of(console).count("POST was answered 503") == 5


def test_what_was_read_though_delivered_was_expected_is_explained():
    console, timeline = a_console(), a_timeline()
    timeline.grow({"status": "read", "channel": "whatsapp", "attempts": []}, seconds=0.5)

    print_results(console, [timeline], ledger=[])

    assert "Read is more than delivered" in text_of(console)
