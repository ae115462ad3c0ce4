"""HTTP: the status of the workflow of one message, for everyone with the URL from the 202.

Durable Functions has such a URL too, but its key opens all workflows, to read, to end and to start. The token in ours
opens this one, to read.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import azure.durable_functions as df
import azure.functions as func

from actions.workflow import NAME, WorkflowUnavailable, status
from domain.messages.message import Message
from services import services
from settings import BrokenSettings
from triggers.http.gate import allow_anybody
from triggers.http.requests.paths import message_id_in
from triggers.http.responses import response_bodies as told
from triggers.http.responses.json_response import answer
from triggers.http.responses.problems import problem

bp = df.Blueprint()

PURPOSE = "workflow"
UNDER_WAY = ("Pending", "Running", "ContinuedAsNew", "Suspended")


@bp.route("messages/{message_id}/workflow", methods=[func.HttpMethod.GET], auth_level=func.AuthLevel.ANONYMOUS)
@bp.durable_client_input(client_name="client")
@allow_anybody
async def get_workflow(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """The status, as Durable Functions tells it: 202 while the workflow runs, or is still to start, then 200.

    Anonymous, since pollers follow a Location without a header; the token is the key. One answer for every wrong token,
    before anything is asked, so that nobody finds out which messages there are.
    """
    message_id = message_id_in(req)
    try:
        signing_keys = services().signing_keys
    except BrokenSettings:
        raise WorkflowUnavailable("settings are broken") from None  # unnamed: this caller has shown no key yet
    if not message_id or not signing_keys.verify(req.params.get("token", ""), PURPOSE, message_id):
        return _unknown()
    shown = await _as_told(client, message_id)
    if shown is None:
        return _unknown()
    if shown["runtimeStatus"] in UNDER_WAY:
        return answer(202, shown, {"Location": _status_url(req, message_id), "Retry-After": "5"})
    return answer(200, shown)


def workflow_urls(req: func.HttpRequest, client: df.DurableOrchestrationClient, message_id: str) -> dict[str, str]:
    """What the 202 tells of the workflow: its id and our URL; with MANAGEMENT_URLS=all those that steer it, too."""
    ours = {"id": message_id, "statusQueryGetUri": _status_url(req, message_id)}
    if services().settings.management_urls == "status":
        return ours
    return {**client.get_client_response_links(req, message_id), **ours}


def _status_url(req: func.HttpRequest, message_id: str) -> str:
    """On the origin that the caller used, as the SDK builds its URLs."""
    url, token = urlsplit(req.url), services().signing_keys.token(PURPOSE, message_id)
    return f"{url.scheme}://{url.netloc}/api/messages/{message_id}/workflow?token={token}"


def _unknown() -> func.HttpResponse:
    return problem("statusNotFound")


async def _as_told(client: df.DurableOrchestrationClient, message_id: str) -> told.Workflow | None:
    """By the workflow itself, else by the record: before the one starts, and when its history has been purged."""
    if workflow := await status(client, message_id):
        return _of_workflow(workflow)
    row = await services().correlations.find_accepted(message_id)
    record = await services().messages.find(row.conversation_id, row.id) if row else None
    return _of_record(record.message) if record else None


def _of_workflow(workflow: Any) -> told.Workflow:
    return {
        "name": workflow.name,
        "instanceId": workflow.instance_id,
        "runtimeStatus": workflow.runtime_status.value,
        "input": workflow.input_,
        "customStatus": workflow.custom_status,
        "output": workflow.output,
        "createdTime": _whole_seconds(workflow.created_time),
        "lastUpdatedTime": _whole_seconds(workflow.last_updated_time),
    }


def _of_record(message: Message) -> told.Workflow:
    outcome = asdict(message.outcome) if message.outcome else None
    return {
        "name": NAME,
        "instanceId": message.id,
        "runtimeStatus": "Completed" if outcome else "Pending",
        "input": None,
        "customStatus": {**outcome, "until": None} if outcome else None,
        "output": outcome,
        "createdTime": _whole_seconds(message.created_at),
        "lastUpdatedTime": _whole_seconds(message.finished_at or message.created_at),
    }


def _whole_seconds(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
