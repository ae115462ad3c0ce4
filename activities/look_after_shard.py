"""Activity: a pass over one shard of what is due."""

from typing import Any

import azure.durable_functions as df

from actions import due
from actions.erase_customer import ERASE
from actions.in_our_words import in_our_words
from actions.publish_left import NOTICES, REPLY_NOTICES
from actions.release import RELEASE
from actions.rescue import EARLY, RESCUE
from actions.retain import RETENTION
from actions.start_planned import START
from domain import clock
from services import services

bp = df.Blueprint()

PASSES = {it.name: it for it in (START, RELEASE, RESCUE, EARLY, NOTICES, REPLY_NOTICES, RETENTION, ERASE)}


@bp.activity_trigger(input_name="payload")
@bp.durable_client_input(client_name="client")
@in_our_words
async def look_after_shard(payload: dict, client: df.DurableOrchestrationClient) -> dict[str, Any]:
    """payload: {"pass", "before", "shard"}. Returns {"handled"}. Safe to repeat, as what a pass does to a record is."""
    what, before = PASSES[payload["pass"]], clock.from_text(payload["before"])
    return {"handled": await due.look_after_all(services(), client, what, before, payload["shard"])}
