"""An operation as the description of the API tells it, and what several operations share."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from domain.traits import CHANNELS
from triggers.http.requests.fields import TAG, CustomerId, TemplateName, Topic
from triggers.http.requests.import_bodies import MOST_PAGES
from triggers.http.responses import response_bodies as told

Schema = dict[str, Any]

REFUSED = {400: told.Problem, 413: told.Problem, 415: told.Problem}
TEXT: Schema = {"type": "string"}
TABLE = {"text/csv": TEXT, "application/x-ndjson": TEXT}
"""The body of a page: a table, in either form."""


@dataclass(frozen=True)
class Operation:
    """`answers`, `headers` and `links` by status; what every operation may answer besides is added: 500 and 503, and
    where a key is asked for 401, 403 and 429.

    `is_open`: no key is asked for.
    """

    id: str
    method: str
    path: str
    summary: str
    answers: dict[int, Any]
    body: Any = None
    parameters: tuple[Schema, ...] = ()
    headers: dict[int, Schema] = field(default_factory=dict)
    links: dict[int, Schema] = field(default_factory=dict)
    is_open: bool = False


def _in(place: str, name: str, description: str, schema: Schema | None = None) -> Schema:
    required = {"required": True} if place == "path" else {}
    return {"in": place, "name": name, "description": description, "schema": schema or TEXT, **required}


KEY = _in(
    "header",
    "Idempotency-Key",
    "The same request with the same key is one message, and gets the same answer, as long as the message is kept.",
    {"type": "string", "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
)
TRUE_OR_FALSE: Schema = {"type": "string", "enum": ["true", "false"]}
DRY_RUN = _in("query", "dryRun", "Tell what would happen, and send nothing.", TRUE_OR_FALSE)
TOKEN = {**_in("query", "token", "The key to this one status, as in the `statusQueryGetUri`."), "required": True}
MESSAGE_ID = _in("path", "message_id", "As the 202 named it.")
CUSTOMER_ID = _in(
    "path", "customer_id", "The caller's own id, or the `customerKey`.", TypeAdapter(CustomerId).json_schema()
)
TEMPLATE = _in("path", "name", "Of the template.", TypeAdapter(TemplateName).json_schema())
TEMPLATE_VERSION = _in(
    "query",
    "version",
    "An earlier one; the current one unless given.",
    {"type": "integer", "minimum": 1, "maximum": 999_999},
)
IMPORT_ID = _in("path", "import_id", "As the 201 named it.")
PAGE_NUMBER = _in("path", "number", "Of the page.", {"type": "integer", "minimum": 1, "maximum": MOST_PAGES})
FIRST_ROW = _in(
    "query", "firstRow", "By which number its first row is told.", {"type": "integer", "minimum": 1, "maximum": 10**9}
)
ERASURE_ID = _in("path", "erasure_id", "As the 202 named it.")
KEY_ID = _in("path", "key_id", "The API key's id, which stands between the underscores of `lf_…_…`.")
LIMIT = _in("query", "limit", "How many at most.", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50})
LIST = (LIMIT, _in("query", "after", "The `next` of the page before."))
OF_CHANNEL = _in("path", "channel", "The channel.", {"type": "string", "enum": [*CHANNELS]})
TOPIC_NAME = _in("path", "topic", "The topic, or `all`.", TypeAdapter(Topic).json_schema())
CHANNEL = _in("query", "channel", "Of this channel alone.", {"type": "string", "enum": [*CHANNELS]})
A_MOMENT: Schema = {"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}, {"maxLength": 0}]}
AUDIT_FILTERS = (
    _in("query", "actor", "Changes by this caller.", {"type": "string", "maxLength": 200}),
    _in("query", "action", "Changes of this kind.", {"type": "string", "maxLength": 200}),
    _in("query", "from", "From then on; seven days before `to` unless given. A day will do.", A_MOMENT),
    _in("query", "to", "Up to then; now unless given. A day will do.", A_MOMENT),
)
IF_MATCH = _in("header", "If-Match", "Change the customer only if this is the `ETag` of what is on file.")
CUSTOMER_FILTERS = (
    _in("query", "tag", "Those with this tag.", {"type": "string", "pattern": f"^({TAG.pattern})?$"}),
    _in("query", "locale", "Those with this locale, as it was put.", {"type": "string", "maxLength": 100}),
    _in("query", "updatedSince", "Those put on file or changed since then. A day will do.", A_MOMENT),
)
CONVERSATION_ID = _in("path", "conversation_id", "The conversation's id.")
PAGING = (
    _in("query", "top", "How many at most.", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
    _in("query", "continuation", "Where to go on, as the page before said."),
)


def _header(description: str, schema: Schema | None = None, *, is_always_there: bool = True) -> Schema:
    return {"description": description, "schema": schema or TEXT, "required": is_always_there}


def link_to(operation: str, parameter: str, field: str) -> Schema:
    """From a field of an answer to the parameter of another operation."""
    return {"operationId": operation, "parameters": {parameter: f"$response.body#/{field}"}}


REQUEST_ID = {
    "X-Request-Id": _header("Names this request, in the log too.", {"type": "string", "pattern": "^[0-9a-f]{32}$"})
}
POLLING = {
    "Location": _header("Where its status is told.", {"type": "string", "format": "uri"}),
    "Retry-After": _header("Seconds until it is worth asking.", {"type": "integer"}),
}
ETAG = {"ETag": _header("Names this version of the customer.")}
REPLAYED = _header("An earlier request with this key was accepted.", {"const": "true"}, is_always_there=False)
TO_REPEAT_WITH = _header("The key to send the same request again with.", is_always_there=False)
SENDING_HEADERS: dict[int, Schema] = {
    202: {**POLLING, "Idempotency-Replayed": REPLAYED},
    503: {"Idempotency-Key": TO_REPEAT_WITH},
}
SENDING_LINKS: dict[int, Schema] = {
    202: {
        "message": link_to("get_message", "message_id", "messageId"),
        "cancel": link_to("cancel_message", "message_id", "messageId"),
    }
}
CONVERSATION = {"conversation": link_to("get_conversation_messages", "conversation_id", "conversationId")}
SENDING: dict[int, Any] = {
    200: told.DryRun, 202: told.AcceptedMessage, **REFUSED, 404: told.Problem, 410: told.Problem, 422: told.Problem
}  # fmt: skip
