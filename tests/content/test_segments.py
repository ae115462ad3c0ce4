"""How many parts an SMS takes, against a second way to count them: by packing septets and code units."""

from hypothesis import example, given
from hypothesis import strategies as st

from content.segments import BASIC, EXTENSION, in_gsm, segments_of

GSM = st.text(st.sampled_from(BASIC + EXTENSION), max_size=700)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def packed(text: str) -> int:
    """Fill one part after the other, as a phone does, with the units of each character."""
    is_gsm = all(each in BASIC + EXTENSION for each in text)
    units = (
        [2 if each in EXTENSION else 1 for each in text]
        if is_gsm
        else [len(each.encode("utf-16-le")) // 2 for each in text]
    )
    alone, several = (160, 153) if is_gsm else (70, 67)
    if sum(units) <= alone:
        return 1
    parts = [0]
    for each in units:
        if parts[-1] + each > several:
            parts.append(0)
        parts[-1] += each
    return len(parts)


@given(GSM | ANY)
@example("a" * 160)
@example("a" * 161)
@example("a" * 152 + "€" + "a" * 152)
@example("é" * 70 + "ê" * 70)
@example("😀" * 35)
@example("😀" * 36)
@example("a" * 66 + "😀" + "ж" * 10)
def test_both_ways_agree(text):
    assert segments_of(text).segments == packed(text)


@given(ANY)
def test_the_same_in_the_alphabet_says_no_less_and_never_takes_more_parts(text):
    written = in_gsm(text)
    assert segments_of(written).segments <= segments_of(text).segments or len(written) > len(text)
    assert in_gsm(written) == written
    if segments_of(text).encoding == "GSM-7":
        assert written == text


def test_typographic_marks_and_accents_are_written_plainly_where_that_saves_parts():
    assert in_gsm("“Ça va” – it’s ready…") == '"Ça va" - it\'s ready...'
    assert in_gsm("naïve Dvořák") == "naive Dvorak"
    assert in_gsm("it’s 😀") == "it’s 😀"
    assert segments_of("Здравствуйте").encoding == "UCS-2"
