"""The number of Azure Storage transactions of a workflow, calculated from its history.

A model of the Azure Storage provider of Durable Functions, after Microsoft's article on it and the source of
DurableTask.AzureStorage 2.x. Where it may save a transaction, by taking several messages of a queue at once, the model
does not: at low load it cannot, and at high load the bill is then lower than this.
"""

from collections import Counter

from local.durable.execution.history import EventType

MESSAGE = 3  # of a queue: put, get, delete
TURN = 3  # read the history, write its new rows in one batch, write the row of the instance
PURGE = 5  # find the instance, read its history, delete that in one batch, delete the instance, look for large messages
START = 2  # ask whether the instance is there, write its row
RING = 1  # ask for the status of the instance, before the event is put into its queue

CONTROL = (EventType.EXECUTION_STARTED, EventType.TASK_COMPLETED, EventType.EVENT_RAISED, EventType.TIMER_CREATED)
"""What travels through a control queue. A timer is a message that is not seen before its time, cancelled or not."""


def storage_transactions(history: Counter[EventType], entity_operations: int) -> dict[str, int]:
    """By what they are for, of a workflow with these rows."""
    return {
        "control messages": MESSAGE * sum(history[kind] for kind in CONTROL),
        "work items": MESSAGE * history[EventType.TASK_SCHEDULED],
        "turns": TURN * history[EventType.ORCHESTRATOR_STARTED],
        "start": START * history[EventType.EXECUTION_STARTED],
        "rings": RING * history[EventType.EVENT_RAISED],
        "cancelled timers": history[EventType.TIMER_CREATED] - history[EventType.TIMER_FIRED],  # their history is read
        "entity": (MESSAGE + TURN) * entity_operations,
        "purge": PURGE * history[EventType.EXECUTION_STARTED],
    }


def idle_transactions_a_second(partitions: int = 4, polling_seconds: float = 1.0) -> float:
    """Of a worker that is awake and has nothing to do: it looks into each queue, and renews each lease.

    host.json sets `maxQueuePollingInterval` to a second, so that a one-time code does not wait for half a minute.
    """
    renewing_seconds = 10  # leaseRenewInterval
    return (partitions + 1) / polling_seconds + partitions / renewing_seconds
