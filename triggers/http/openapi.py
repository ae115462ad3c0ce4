"""HTTP: the description of this API, made from the models that read requests and the shapes that answers have."""

from functools import cache
from http import HTTPStatus
from typing import Any, Literal

import azure.durable_functions as df
import azure.functions as func
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from triggers.http.described.every_operation import OPERATIONS
from triggers.http.described.operation_parts import REQUEST_ID, TABLE, Operation, Schema
from triggers.http.gate import allow_anybody
from triggers.http.responses import response_bodies as told
from triggers.http.responses.json_response import answer

bp = df.Blueprint()

VERSION = "1.0"


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
