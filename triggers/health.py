"""HTTP: whether this app can work."""

import azure.durable_functions as df
import azure.functions as func

from delivery.errors import LandfallError
from services import services
from telemetry.log_lines import json_log
from triggers.answers import answer
from triggers.problems import problem

bp = df.Blueprint()
log = json_log(__name__)


@bp.route("health", methods=[func.HttpMethod.GET])
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001  # the binding's name
    """200, or 503 with the names of the settings at fault, or with the store when that does not answer."""
    try:
        await services().customers.read("health")
    except LandfallError as fault:
        log.warning("not healthy", fault=str(fault))
        return problem(503, str(fault))
    return answer(200, {"status": "ok"})
