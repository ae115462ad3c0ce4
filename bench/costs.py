"""`python -m bench costs`: what a message takes of each service, and the bill of a month."""

from dataclasses import replace
from math import ceil
from pathlib import Path

from bench.message_count import STORIES, MessageCount, count
from bench.prices import (
    CHANNELS,
    DAILY,
    DATABASE_GIGABYTES,
    EVENT_OPERATIONS,
    EXECUTIONS,
    FALLBACKS,
    FEW,
    GIGABYTE_SECONDS,
    INDEX_AND_OVERHEAD,
    INSTANCE_GIGABYTES,
    LOG_GIGABYTES,
    LOGGED_BYTES,
    MANY,
    MONTHS_KEPT,
    PEAK,
    REQUEST_SECONDS,
    REQUEST_UNITS,
    REQUESTS_AT_ONCE,
    SECONDS_A_MONTH,
    STORAGE_TRANSACTIONS,
    TIMER_RUNS_A_MONTH,
    Volume,
)
from bench.storage_transactions import idle_transactions_a_second

COUNTED = {
    "turns": "orchestrator turns",
    "executions": "other executions",
    "request_units": "request units",
    "storage_transactions": "storage transactions",
    "scheduler_actions": "actions of Durable Task Scheduler",
    "event_operations": "Event Grid operations",
    "bytes_stored": "bytes stored",
    "bytes_of_history": "bytes of history",
}


DOCS = Path(__file__).parents[1] / "docs"
PAGES = (DOCS / "costs.md", DOCS / "capacity.md")


async def costs(*, write: bool) -> None:
    """Count each story once, and print the tables of docs/costs.md; or write them into the pages."""
    counted = await tables()
    if not write:
        print("\n".join(counted))
        return
    for page in PAGES:
        page.write_text(with_tables(page.read_text(encoding="utf-8"), counted), encoding="utf-8")


def with_tables(text: str, counted: list[str]) -> str:
    """The page with those of these tables that it has, told by their first lines."""
    for table in counted:
        before, title, rest = text.partition(table.splitlines()[0])
        if title:
            _, gap, after = rest.partition("\n\n")
            text = before + table.rstrip() + gap + after
    return text


async def tables() -> list[str]:
    """In Markdown, as docs/costs.md and, the last one, docs/capacity.md have them."""
    counted = [rounded(await count(to)) for to in STORIES.values()]
    average, volumes = mix(counted), [f"{volume.messages:,}" for volume in (FEW, MANY)]
    bills = [bill(average, volume) for volume in (FEW, MANY)]
    lines = {item: [f"{each[item]:,.2f}" for each in bills] for item in bills[0]}
    together = [sum(each.values()) for each in bills]
    shares = [1000 * each / volume.messages for each, volume in zip(together, (FEW, MANY), strict=True)]
    lines["together"] = [f"{each:,.2f}" for each in together]
    lines["for 1,000 messages"] = [f"{each:,.2f}" for each in shares]
    channels = {name: 1000 * price for name, price in CHANNELS.items()}
    return [
        _table("one message", [*STORIES], {
            title: [f"{getattr(each, name):,.0f}" for each in counted] for name, title in COUNTED.items()
        }),
        _table("US dollars a month", [f"{each} messages" for each in volumes], lines),
        _table("US dollars for 1,000 messages", ["to the provider", *(f"in all, at {each}" for each in volumes)], {
            name: [f"{each:,.2f}" for each in (price, *(price + share for share in shares))]
            for name, price in channels.items()
        }),
        _table("a second, at the peak", [f"{number:,} a day" for number in DAILY], {
            name: [f"{each:,.0f}" for each in each_day] for name, each_day in peaks(average).items()
        }),
    ]  # fmt: skip


def rounded(counted: MessageCount) -> MessageCount:
    """As the page shows it, so that the bill follows from the page: sizes to a hundred bytes."""
    return replace(
        counted,
        request_units=round(counted.request_units),
        bytes_stored=round(counted.bytes_stored, -2),
        bytes_of_history=round(counted.bytes_of_history, -2),
    )


def mix(counted: list[MessageCount]) -> dict[str, float]:
    """An average message: most are delivered at once, `FALLBACKS` of them on their second channel."""
    weights = (1 - FALLBACKS, FALLBACKS / 2, FALLBACKS / 2)
    return {
        name: sum(getattr(each, name) * weight for each, weight in zip(counted, weights, strict=True))
        for name in COUNTED
    }


def peaks(message: dict[str, float]) -> dict[str, list[float]]:
    """What is asked of each service in the busiest second of days of this many messages."""
    messages = [PEAK * number / 86_400 for number in DAILY]
    taken = {COUNTED[name]: message[name] for name in COUNTED if not name.startswith("bytes")}
    return {
        "messages": messages,
        "instances for requests": [ceil(each * REQUEST_SECONDS / REQUESTS_AT_ONCE) for each in messages],
        **{title: [each * amount for each in messages] for title, amount in taken.items()},
    }


def bill(message: dict[str, float], volume: Volume) -> dict[str, float]:
    """A month in which that many messages are sent, when as many were sent in each month before. US dollars by item."""
    number = volume.messages
    stored = number * message["bytes_stored"] * INDEX_AND_OVERHEAD * MONTHS_KEPT / 1e9
    busy = number * volume.busy_seconds + TIMER_RUNS_A_MONTH  # each billed as a second
    idle = idle_transactions_a_second() * SECONDS_A_MONTH * volume.awake
    return {
        "Functions: executions": EXECUTIONS.of(number * (message["turns"] + message["executions"])),
        "Functions: memory and time": GIGABYTE_SECONDS.of(INSTANCE_GIGABYTES * busy),
        "Cosmos DB: request units": REQUEST_UNITS.of(number * message["request_units"]),
        "Cosmos DB: storage": DATABASE_GIGABYTES.of(stored),
        "Storage: transactions of messages": STORAGE_TRANSACTIONS.of(number * message["storage_transactions"]),
        "Storage: transactions of waiting": STORAGE_TRANSACTIONS.of(idle),
        "Event Grid: operations": EVENT_OPERATIONS.of(number * message["event_operations"]),
        "Log Analytics": LOG_GIGABYTES.of(number * LOGGED_BYTES * volume.traced / 1e9),
    }


def _table(title: str, columns: list[str], rows: dict[str, list[str]]) -> str:
    head = [f"| {title} | {' | '.join(columns)} |", f"| --- |{' ---: |' * len(columns)}"]
    return "\n".join([*head, *(f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items()), ""])
