"""List prices, and other assumptions, to calculate a bill from counts.

US dollars, pay as you go, in a region of the United States, without reservations and discounts, as public pages named
them in 2025 and 2026. They change, and differ by region and contract: ask https://azure.microsoft.com/pricing.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Price:
    """`each` is for so many `units` of one thing; the first `free` of a month cost nothing."""

    each: float
    units: int = 1
    free: float = 0

    def of(self, amount: float) -> float:
        return max(amount - self.free, 0) * self.each / self.units


EXECUTIONS = Price(0.40, 1_000_000, free=250_000)  # Functions, Flex Consumption, on demand
GIGABYTE_SECONDS = Price(0.000026, free=100_000)  # the same
REQUEST_UNITS = Price(0.25, 1_000_000)  # Cosmos DB, serverless
DATABASE_GIGABYTES = Price(0.25)  # Cosmos DB, a month
STORAGE_TRANSACTIONS = Price(0.004, 10_000)  # queues and tables: the dearer of the two
EVENT_OPERATIONS = Price(0.60, 1_000_000, free=100_000)  # Event Grid, basic tier
LOG_GIGABYTES = Price(2.30, free=5)  # Log Analytics, analytics logs

CHANNELS = {
    "sms": 0.0075 + 0.0025,  # one segment from a US toll-free number, and the carrier's surcharge
    "email": 0.00025 + 0.00012 * 0.05,  # and 50 KB of it
    "whatsapp": 0.005 + 0.004,  # Communication Services' fee, and Meta's for a utility message in the US
}
"""One message, in US dollars. The carriers' and Meta's share differs tenfold between countries."""


@dataclass(frozen=True)
class Volume:
    """What depends on how much there is to do.

    `busy_seconds` of one instance of 2 GB, for all of a message: where messages are rare each burst of work is billed
    as a second at least, where they are many they share instances. `traced` is the share of messages whose traces are
    kept. `awake` is the share of the month in which a worker runs, and so looks into its queues.
    """

    messages: int
    busy_seconds: float
    traced: float
    awake: float


FEW = Volume(100_000, busy_seconds=3.0, traced=1.0, awake=1.0)
MANY = Volume(10_000_000, busy_seconds=0.3, traced=0.1, awake=1.0)

INSTANCE_GIGABYTES = 2
REQUESTS_AT_ONCE = 16  # on one instance: `perInstanceConcurrency` in infra/function_app.bicep
REQUEST_SECONDS = 0.1  # three operations of Cosmos DB and the start of a workflow
LOGGED_BYTES = 15_000  # of a message: spans of ours and of the host, and a few lines
SECONDS_A_MONTH = 730 * 3600
TIMER_RUNS_A_MONTH = 730 * (60 + 60 + 6)  # sweeper, starter in the same second, announcer, housekeeper
DAILY = (100_000, 1_000_000, 10_000_000)
PEAK = 4  # the busiest second of a day, against its average
FALLBACKS = 0.10  # of the messages: half after silence, half after a failure
INDEX_AND_OVERHEAD = 1.3  # of what is stored, on top of its JSON
MONTHS_KEPT = 12
