"""HTTP: the description of this API, made from the models that read requests and the shapes that answers have."""

from dataclasses import dataclass, field, replace
from functools import cache
from http import HTTPStatus
from typing import Any, Literal

import azure.durable_functions as df
import azure.functions as func
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from domain.traits import CHANNELS
from triggers.http.gate import allow_anybody
from triggers.http.requests.access_bodies import ExemptionBody, KeyBody, PauseBody, ScopeBody
from triggers.http.requests.customer_bodies import CustomerBody
from triggers.http.requests.fields import TAG, CustomerId, TemplateName, Topic
from triggers.http.requests.import_bodies import MOST_PAGES, ImportBody
from triggers.http.requests.permission_bodies import AddressBody, ConsentBody, LiftingBody, SuppressionBody
from triggers.http.requests.request_bodies import MessageBody, ReferenceBody, TimesBody
from triggers.http.requests.template_bodies import PreviewBody, TemplateBody
from triggers.http.responses import access_shapes as access
from triggers.http.responses import import_shapes as imported
from triggers.http.responses import permission_shapes as permission
from triggers.http.responses import response_bodies as told
from triggers.http.responses import template_shapes as templated
from triggers.http.responses.json_response import answer

bp = df.Blueprint()

Schema = dict[str, Any]
VERSION = "1.0"

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


def _link(operation: str, parameter: str, field: str) -> Schema:
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
        "message": _link("get_message", "message_id", "messageId"),
        "cancel": _link("cancel_message", "message_id", "messageId"),
    }
}
CONVERSATION = {"conversation": _link("get_conversation_messages", "conversation_id", "conversationId")}
SENDING: dict[int, Any] = {
    200: told.DryRun, 202: told.AcceptedMessage, **REFUSED, 404: told.Problem, 410: told.Problem, 422: told.Problem
}  # fmt: skip

SEND = Operation(
    "post_message",
    "post",
    "/messages",
    "Send a message",
    SENDING,
    MessageBody,
    (KEY, DRY_RUN),
    SENDING_HEADERS,
    SENDING_LINKS,
)

OPERATIONS = (
    SEND,
    replace(SEND, id="MessageRouter", path="/MessageRouter"),
    Operation(
        "get_message",
        "get",
        "/messages/{message_id}",
        "Tell what became of a message",
        {200: told.OutboundMessage, 400: told.Problem, 404: told.Problem},
        parameters=(MESSAGE_ID,),
        links={200: CONVERSATION},
    ),
    Operation(
        "patch_message",
        "patch",
        "/messages/{message_id}",
        "Move a message in time, while nothing was sent",
        {200: told.OutboundMessage, **REFUSED, 404: told.Problem, 409: told.Problem},
        TimesBody,
        (MESSAGE_ID,),
    ),
    Operation(
        "get_workflow",
        "get",
        "/messages/{message_id}/workflow",
        "Tell how the workflow of a message stands: the `statusQueryGetUri`",
        {200: told.Workflow, 202: told.Workflow, 400: told.Problem, 404: told.Problem},
        parameters=(MESSAGE_ID, TOKEN),
        headers={202: POLLING},
        is_open=True,
    ),
    Operation(
        "cancel_message",
        "post",
        "/messages/{message_id}/cancel",
        "Call a message off",
        {202: told.Cancelled, 400: told.Problem, 404: told.Problem, 409: told.Problem},
        parameters=(MESSAGE_ID,),
    ),
    Operation(
        "cancel_messages",
        "post",
        "/messages/cancel",
        "Call the messages with a reference off",
        {202: told.CancelledAll, **REFUSED, 404: told.Problem},
        ReferenceBody,
    ),
    Operation(
        "put_customer",
        "put",
        "/customers/{customer_id}",
        "Put a customer on file, whole",
        {200: told.Customer, 201: told.Customer, **REFUSED, 404: told.Problem, 410: told.Problem, 412: told.Problem},
        CustomerBody,
        (CUSTOMER_ID, IF_MATCH),
        headers={200: ETAG, 201: ETAG},
    ),
    Operation(
        "patch_customer",
        "patch",
        "/customers/{customer_id}",
        "Change fields of a customer on file",
        {200: told.Customer, **REFUSED, 404: told.Problem, 410: told.Problem, 412: told.Problem},
        CustomerBody,
        (CUSTOMER_ID, IF_MATCH),
        headers={200: ETAG},
    ),
    Operation(
        "get_customer",
        "get",
        "/customers/{customer_id}",
        "Tell what is on file of a customer",
        {200: told.Customer, 400: told.Problem, 404: told.Problem, 410: told.Problem},
        parameters=(CUSTOMER_ID,),
        headers={200: ETAG},
    ),
    Operation(
        "delete_customer",
        "delete",
        "/customers/{customer_id}",
        "Erase a customer",
        {202: permission.Erasure, 400: told.Problem, 404: told.Problem},
        parameters=(CUSTOMER_ID,),
        headers={202: POLLING},
        links={202: {"erasure": _link("get_erasure", "erasure_id", "erasureId")}},
    ),
    Operation(
        "get_export",
        "get",
        "/customers/{customer_id}/export",
        "Tell all that is held of a customer",
        {200: told.Export, 400: told.Problem, 404: told.Problem, 410: told.Problem},
        parameters=(CUSTOMER_ID, *LIST),
    ),
    Operation(
        "post_import",
        "post",
        "/imports",
        "Begin an import of customers, consents or suppressions",
        {200: imported.Import, 201: imported.Import, **REFUSED, 422: told.Problem},
        ImportBody,
        (KEY,),
        links={201: {"import": _link("get_import", "import_id", "importId")}},
    ),
    Operation(
        "get_imports",
        "get",
        "/imports",
        "List imports, the latest first",
        {200: imported.Imports, 400: told.Problem},
        parameters=LIST,
    ),
    Operation(
        "get_import",
        "get",
        "/imports/{import_id}",
        "Tell how far an import has come",
        {200: imported.Import, 400: told.Problem, 404: told.Problem},
        parameters=(IMPORT_ID,),
    ),
    Operation(
        "put_import_page",
        "put",
        "/imports/{import_id}/pages/{number}",
        "Take a page of CSV or NDJSON",
        {200: imported.ImportPage, 202: imported.ImportPage, **REFUSED, 404: told.Problem, 409: told.Problem},
        TABLE,
        (IMPORT_ID, PAGE_NUMBER, FIRST_ROW),
    ),
    Operation(
        "get_import_page",
        "get",
        "/imports/{import_id}/pages/{number}",
        "Tell what became of a page, row by row",
        {200: imported.ImportPage, 400: told.Problem, 404: told.Problem},
        parameters=(IMPORT_ID, PAGE_NUMBER),
    ),
    Operation(
        "get_erasures",
        "get",
        "/erasures",
        "List erasures, the latest first",
        {200: permission.Erasures, 400: told.Problem},
        parameters=LIST,
    ),
    Operation(
        "get_erasure",
        "get",
        "/erasures/{erasure_id}",
        "Tell how far an erasure has come, and what it did",
        {200: permission.Erasure, 400: told.Problem, 404: told.Problem},
        parameters=(ERASURE_ID,),
    ),
    Operation(
        "get_customers",
        "get",
        "/customers",
        "List customers on file, the latest updated first",
        {200: told.Customers, 400: told.Problem},
        parameters=(*CUSTOMER_FILTERS, *LIST),
    ),
    Operation(
        "find_customers",
        "post",
        "/customers/find",
        "Find the customers who have an address on file",
        {200: told.FoundCustomers, **REFUSED},
        AddressBody,
    ),
    Operation(
        "put_consent",
        "put",
        "/customers/{customer_id}/consents/{channel}/{topic}",
        "Record what a customer has said about a topic on a channel",
        {200: permission.Consent, **REFUSED, 404: told.Problem, 410: told.Problem},
        ConsentBody,
        (CUSTOMER_ID, OF_CHANNEL, TOPIC_NAME),
    ),
    Operation(
        "get_consents",
        "get",
        "/customers/{customer_id}/consents",
        "List all that a customer has agreed to or declined",
        {200: permission.Consents, 400: told.Problem, 404: told.Problem, 410: told.Problem},
        parameters=(CUSTOMER_ID,),
    ),
    Operation(
        "get_conversations",
        "get",
        "/customers/{customer_id}/conversations",
        "List the conversations with a customer, the latest first",
        {200: told.Conversations, 400: told.Problem, 404: told.Problem},
        parameters=(CUSTOMER_ID, *PAGING),
    ),
    Operation(
        "get_conversation_messages",
        "get",
        "/conversations/{conversation_id}/messages",
        "List the messages of a conversation, the newest first",
        {200: told.Messages, 400: told.Problem, 404: told.Problem},
        parameters=(CONVERSATION_ID, *PAGING),
    ),
    Operation(
        "get_sending",
        "get",
        "/sending",
        "Tell what is paused, and which exemptions there are",
        {200: access.Sending, 400: told.Problem},
    ),
    Operation(
        "pause_sending",
        "post",
        "/sending/pause",
        "Stop sending",
        {200: access.Sending, **REFUSED},
        PauseBody,
    ),
    Operation(
        "resume_sending",
        "post",
        "/sending/resume",
        "Lift a pause",
        {200: access.Sending, **REFUSED, 404: told.Problem},
        ScopeBody,
    ),
    Operation(
        "post_exemption",
        "post",
        "/sending/exemptions",
        "Lift a rule for a while",
        {201: access.Sending, **REFUSED},
        ExemptionBody,
    ),
    Operation(
        "get_suppressions",
        "get",
        "/suppressions",
        "List the suppressed addresses, the latest first",
        {200: permission.Suppressions, 400: told.Problem},
        parameters=(CHANNEL, *LIST),
    ),
    Operation(
        "post_suppression",
        "post",
        "/suppressions",
        "Suppress an address",
        {201: permission.AddressSuppressions, **REFUSED},
        SuppressionBody,
    ),
    Operation(
        "find_suppressions",
        "post",
        "/suppressions/find",
        "Tell what forbids writing to an address",
        {200: permission.AddressSuppressions, **REFUSED},
        AddressBody,
    ),
    Operation(
        "lift_suppression",
        "post",
        "/suppressions/lift",
        "Lift one reason for which an address is suppressed",
        {200: permission.AddressSuppressions, **REFUSED, 404: told.Problem},
        LiftingBody,
    ),
    Operation(
        "put_template",
        "put",
        "/templates/{name}",
        "Put a template: its next version",
        {200: templated.Template, 201: templated.Template, **REFUSED},
        TemplateBody,
        (TEMPLATE,),
    ),
    Operation(
        "get_template",
        "get",
        "/templates/{name}",
        "Tell a template as it was put",
        {200: templated.Template, 400: told.Problem, 404: told.Problem},
        parameters=(TEMPLATE, TEMPLATE_VERSION),
    ),
    Operation(
        "get_templates",
        "get",
        "/templates",
        "List templates, the latest changed first",
        {200: templated.Templates, 400: told.Problem},
        parameters=LIST,
    ),
    Operation(
        "preview_template",
        "post",
        "/templates/{name}/preview",
        "Tell what a template says on each channel, and send nothing",
        {200: templated.Preview, **REFUSED, 404: told.Problem, 422: told.Problem},
        PreviewBody,
        (TEMPLATE,),
    ),
    Operation("post_key", "post", "/keys", "Make an API key", {201: access.NewApiKey, **REFUSED}, KeyBody),
    Operation(
        "get_keys",
        "get",
        "/keys",
        "List the API keys, the newest first",
        {200: access.ApiKeys, 400: told.Problem},
        parameters=LIST,
    ),
    Operation(
        "delete_key",
        "delete",
        "/keys/{key_id}",
        "Revoke an API key",
        {200: access.ApiKey, 400: told.Problem, 404: told.Problem},
        parameters=(KEY_ID,),
    ),
    Operation("post_link", "post", "/access/links", "Make a link that signs a browser in", {201: access.Link}),
    Operation(
        "get_audit",
        "get",
        "/audit",
        "List who changed what, the newest first",
        {200: access.AuditEntries, 400: told.Problem},
        parameters=(*AUDIT_FILTERS, *LIST),
    ),
    Operation("health", "get", "/health", "Tell whether this app can work", {200: told.Health}),
    Operation("get_openapi", "get", "/openapi.json", "Describe this API", {200: dict[str, Any]}, is_open=True),
)


class _Untitled(GenerateJsonSchema):
    """The name of a field is title enough."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  # pydantic's question
        return False


@bp.route("openapi.json", methods=[func.HttpMethod.GET], auth_level=func.AuthLevel.ANONYMOUS)
@allow_anybody
async def get_openapi(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001  # the binding's name
    """An OpenAPI 3.1 document."""
    return answer(200, description())


@cache
def description() -> Schema:
    """The OpenAPI 3.1 document of this API."""
    shapes = [shape for each in OPERATIONS for shape in (*each.answers.values(), each.body) if _named(shape)]
    by_name = sorted({*shapes}, key=lambda shape: str(shape.__name__))
    adapters: list[tuple[str, Literal["validation"], TypeAdapter[Any]]] = [
        (shape.__name__, "validation", TypeAdapter(shape)) for shape in by_name
    ]
    _, schemas = TypeAdapter.json_schemas(
        adapters, ref_template="#/components/schemas/{model}", schema_generator=_Untitled
    )
    paths: dict[str, Schema] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Landfall", "version": VERSION, "description": "Carries a message to a customer."},
        "servers": [{"url": "/api"}],
        "security": [{"apiKey": []}, {"key": []}, {"code": []}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "apiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
                "key": {"type": "apiKey", "in": "header", "name": "x-functions-key"},
                "code": {"type": "apiKey", "in": "query", "name": "code"},
            },
        },
    }


def _named(shape: Any) -> bool:
    return isinstance(shape, type) and shape is not dict


def _operation(operation: Operation) -> Schema:
    usual = {503: told.Problem} if operation.is_open else {403: told.Problem, 429: told.Problem, 503: told.Problem}
    responses = {
        str(status): _response(operation, status, shape) for status, shape in {**usual, **operation.answers}.items()
    }
    without_body = (500,) if operation.is_open else (401, 500)
    nothing = {str(status): {"description": HTTPStatus(status).phrase} for status in without_body}
    told_of: Schema = {"operationId": operation.id, "summary": operation.summary, "responses": {**nothing, **responses}}
    if operation.is_open:
        told_of["security"] = []
    if operation.parameters:
        told_of["parameters"] = list(operation.parameters)
    if operation.body:
        content = operation.body if operation.body is TABLE else {"application/json": _ref(operation.body)}
        told_of["requestBody"] = {
            "required": True,
            "content": {media_type: {"schema": schema} for media_type, schema in content.items()},
        }
    return told_of


def _response(operation: Operation, status: int, shape: Any) -> Schema:
    media_type = "application/problem+json" if shape is told.Problem else "application/json"
    links = {"links": operation.links[status]} if status in operation.links else {}
    return {
        "description": HTTPStatus(status).phrase,
        "headers": {**REQUEST_ID, **operation.headers.get(status, {})},
        "content": {media_type: {"schema": _ref(shape)}},
        **links,
    }


def _ref(shape: Any) -> Schema:
    return {"$ref": f"#/components/schemas/{shape.__name__}"} if _named(shape) else {"type": "object"}
