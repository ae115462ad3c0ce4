"""A pass over a crowd of records that are due: a shard for each worker that has time."""

from typing import Any

import azure.durable_functions as df

from orchestrators.waiting import Story, together

bp = df.Blueprint()


@bp.orchestration_trigger(context_name="context")
def look_after_shards(context: df.DurableOrchestrationContext) -> Story:
    """Spread one pass over all shards of the store. Input: {"pass", "before", "shards"}. Returns {"handled"}.

    A record stays due until it was handled, so the next pass finds what this one leaves, whatever becomes of it.
    """
    payload: dict[str, Any] = context.get_input() or {}
    asked = {"pass": payload["pass"], "before": payload["before"]}
    shards = [{**asked, "shard": shard} for shard in range(payload["shards"])]
    results = yield from together(context, "look_after_shard", shards)
    return {"handled": sum(it["handled"] for it in results)}
