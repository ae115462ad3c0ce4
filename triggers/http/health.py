"""HTTP: whether this app can work."""

import asyncio
from collections.abc import Awaitable

import azure.durable_functions as df
import azure.functions as func

from actions.workflow import look
from domain.errors import LandfallError
from services import services
from telemetry.log_lines import json_log
from triggers.http.gate import EVERY_ROLE, allow
from triggers.http.responses.json_response import answer
from triggers.http.responses.problems import problem

bp = df.Blueprint()
log = json_log(__name__)

WITHIN_SECONDS = 10
"""Real seconds. A health check must answer before the store and the host time out."""


@bp.route("health", methods=[func.HttpMethod.GET])
@bp.durable_client_input(client_name="client")
@allow(*EVERY_ROLE)
async def health(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:  # noqa: ARG001
    """200 when the store takes a write and the host knows its workflows; else 503 with all that is wrong."""
    checks = (_fault("the store", _write()), _fault("the host", look(client)))
    faults = "; ".join(fault for fault in await asyncio.gather(*checks) if fault)
    if faults:
        log.warning("not healthy", fault=faults)
        return problem("unhealthy", faults)
    return answer(200, {"status": "ok"})


async def _write() -> None:
    await services().write_check.write()


async def _fault(who: str, check: Awaitable[None]) -> str | None:
    """What is wrong, if anything."""
    try:
        await asyncio.wait_for(check, WITHIN_SECONDS)
    except LandfallError as fault:
        return str(fault)
    except TimeoutError:
        return f"{who} does not answer"
    return None
