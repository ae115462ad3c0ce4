"""The pages on costs and capacity say what is counted, and the bill follows from its prices."""

from collections import Counter
from pathlib import Path

import pytest

from bench import prices
from bench.costs import COUNTED, bill, tables, with_tables
from bench.prices import MANY, Price
from bench.storage_transactions import storage_transactions
from local.durable.execution.history import EventType
from tests.infra.bicep import resources

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "costs.md").read_text()
PAGES = PAGE + (DOCS / "capacity.md").read_text()


async def test_the_pages_show_exactly_what_the_command_prints():
    astray = [table for table in await tables() if table not in PAGES]

    assert not astray, "\n".join(["Run .venv/bin/python -m bench costs --write; it counts now:", *astray])


def test_new_figures_take_the_place_of_those_in_the_page_and_of_nothing_else():
    page = "# Costs\n\n| one | a |\n| --- | ---: |\n| x | 1 |\n\nThat is little.\n"

    written = with_tables(page, ["| one | a |\n| --- | ---: |\n| x | 2 |\n", "| elsewhere | a |\n| --- | ---: |\n"])

    assert written == page.replace("| x | 1 |", "| x | 2 |")


def test_a_price_counts_from_where_the_free_grant_ends():
    price = Price(0.40, 1_000_000, free=250_000)

    assert (price.of(0), price.of(250_000), price.of(1_250_000)) == (0, 0, 0.40)


def test_what_is_taken_twice_as_much_of_is_twice_as_dear():
    message = dict.fromkeys(COUNTED, 100.0)

    single, double = bill(message, MANY), bill({**message, "request_units": 200.0}, MANY)

    assert double["Cosmos DB: request units"] == pytest.approx(2 * single["Cosmos DB: request units"])
    assert {**double, "Cosmos DB: request units": 0} == {**single, "Cosmos DB: request units": 0}


def test_a_longer_history_takes_more_transactions():
    short = {EventType.EXECUTION_STARTED: 1, EventType.ORCHESTRATOR_STARTED: 1, EventType.TASK_SCHEDULED: 1}
    counts = [sum(storage_transactions(history, entity_operations=0).values()) for history in _growing(short)]

    assert counts == sorted(set(counts))


def test_every_price_that_the_page_names_is_the_one_that_is_used():
    assert f"{prices.LOGGED_BYTES // 1000} KB each" in PAGE
    assert f"instance of {prices.INSTANCE_GIGABYTES} GB" in PAGE
    assert f"{prices.FEW.busy_seconds:g} s:" in PAGE
    assert f"{prices.MANY.busy_seconds:g} s:" in PAGE
    assert prices.FALLBACKS == 1 / 10
    assert prices.INDEX_AND_OVERHEAD == 1.3


def test_as_many_requests_share_an_instance_as_are_allowed_to():
    [app] = resources("Microsoft.Web/sites")
    allowed = app.properties["functionAppConfig"]["scaleAndConcurrency"]["triggers"]["http"]["perInstanceConcurrency"]

    assert allowed == prices.REQUESTS_AT_ONCE
    assert f"Requests share an instance, {allowed} at once" in PAGE
    assert f"An instance takes {allowed} requests at once" in PAGES


def _growing(history):
    """One row more each time."""
    for kind in (None, EventType.TASK_COMPLETED, EventType.ORCHESTRATOR_STARTED, EventType.TIMER_CREATED):
        history = Counter(history) + Counter([kind] if kind is not None else [])
        yield history
