"""HTTP: customers, consents and suppressions in tables, page after page."""

import hashlib
import json
import re
from collections.abc import Callable
from functools import partial
from secrets import token_urlsafe
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from actions.import_page import ImportedRow, take_page
from actions.put_customer import put_on_file
from actions.suppress import say
from domain import clock
from domain.customers.customer import Customer
from domain.errors import CustomerErased, InvalidMessage, Stale, StoreUnavailable
from domain.identities import digest, message_id_of
from domain.serialization import to_document
from services import services
from store.imports import Import, ImportPage, page_id
from triggers.http.audited import audited
from triggers.http.current_call import current_caller
from triggers.http.customers_api import patched
from triggers.http.gate import allow
from triggers.http.requests.customer_bodies import CustomerBody
from triggers.http.requests.idempotency import idempotency_key_in
from triggers.http.requests.import_bodies import LARGEST_PAGE, MOST_PAGES, ConsentRow, CustomerRow, ImportBody
from triggers.http.requests.paging import foreign_after, limit_in, only, page_of
from triggers.http.requests.paths import import_id_in
from triggers.http.requests.permission_bodies import SuppressionBody
from triggers.http.requests.read_body import bytes_in, content_type_of, read_body, validated
from triggers.http.requests.tables import CONSENTS, CUSTOMERS, SUPPRESSIONS, Row, plain_number, rows_of
from triggers.http.responses.json_response import answer, json_text
from triggers.http.responses.problems import problem

bp = df.Blueprint()

TRY_AGAIN = "Some rows of the page may be taken. Send the same page again: it goes on where it was, each row once."
COLUMNS = {"customers": CUSTOMERS, "consents": CONSENTS, "suppressions": SUPPRESSIONS}


@bp.route("imports", methods=[func.HttpMethod.POST])
@allow("sender", "privacy", "admin")
async def post_import(req: func.HttpRequest) -> func.HttpResponse:
    """Begin an import: 201. Its pages are `PUT` one by one. The body is `ImportBody`.

    With an `Idempotency-Key` that came before, the same import: 200.
    """
    body, key, caller = read_body(req, ImportBody), idempotency_key_in(req), current_caller()
    now = clock.now()
    import_id = message_id_of(key or token_urlsafe(), f"import {caller.scope}")
    new = Import(import_id, body.kind, now, caller.name, body.dry_run, body.name)
    await audited("import.create", import_id, kind=body.kind, dryRun="yes" if body.dry_run else None)
    known = await services().imports.create(new)
    if (known.kind, known.is_dry_run) != (new.kind, new.is_dry_run):
        raise InvalidMessage(
            ("Idempotency-Key", "taken", "was used for another import"), mistake="idempotencyKeyReused"
        )
    return answer(201 if known is new else 200, await _told(known))


@bp.route("imports", methods=[func.HttpMethod.GET])
@allow("sender", "privacy", "admin")
async def get_imports(req: func.HttpRequest) -> func.HttpResponse:
    """The imports of the last 90 days, the latest first."""
    only(req)
    try:
        found, following = await services().imports.latest(limit_in(req), req.params.get("after"))
    except ValueError:
        raise foreign_after() from None
    return answer(200, page_of([await _told(each) for each in found], following))


@bp.route("imports/{import_id}", methods=[func.HttpMethod.GET])
@allow("sender", "privacy", "admin")
async def get_import(req: func.HttpRequest) -> func.HttpResponse:
    """How many rows were taken, and which pages are finished."""
    known = await _import_in(req)
    return answer(200, await _told(known)) if known else problem("importNotFound")


@bp.route("imports/{import_id}/pages/{number}", methods=[func.HttpMethod.GET])
@allow("sender", "privacy", "admin")
async def get_import_page(req: func.HttpRequest) -> func.HttpResponse:
    """What became of a page, with the rows that were not taken."""
    known, number = await _import_in(req), _number_in(req)
    stored = await services().imports.page(known.import_id, number) if known else None
    return answer(200, _page_told(stored.page)) if stored else problem("importNotFound")


@bp.route("imports/{import_id}/pages/{number}", methods=[func.HttpMethod.PUT])
@allow("sender", "privacy", "admin", how_to_repeat=TRY_AGAIN)
async def put_import_page(req: func.HttpRequest) -> func.HttpResponse:
    """Take a page of CSV or NDJSON: 200 when it is finished, 202 when it has to be sent again to go on.

    A page is taken once: repeated, it tells what became of it. Another one under its number is refused.
    """
    only(req, "firstRow")
    known, number = await _import_in(req), _number_in(req)
    if known is None:
        return problem("importNotFound")
    body, first = bytes_in(req, LARGEST_PAGE), _first_row_in(req)
    rows = rows_of(body, content_type_of(req), COLUMNS[known.kind], first)
    hashed = hashlib.sha256(f"{first} {content_type_of(req)} ".encode() + body).hexdigest()
    new = ImportPage(page_id(number), known.import_id, number, hashed, len(rows))
    await audited("import.page", known.import_id, number=str(number))
    stored = await services().imports.begin(new)
    if stored.page.digest != new.digest:
        return problem("importPageTaken")
    reader = READERS[known.kind]
    try:
        stored = await take_page(services(), stored, [_imported(row, partial(reader, known)) for row in rows])
    except Stale:
        raise StoreUnavailable("another request takes this page") from None
    if stored.page.is_finished:
        return answer(200, _page_told(stored.page))
    return answer(202, _page_told(stored.page), {"Retry-After": "0"})


def _imported(row: Row, reader: Callable[[dict[str, Any]], ImportedRow]) -> ImportedRow:
    """With what is to be done about it, unless it is at fault."""
    if row.errors:
        return ImportedRow(row.number, errors=row.errors)
    try:
        read = reader(row.value)
    except InvalidMessage as wrong:
        return ImportedRow(row.number, errors=wrong.errors)
    return ImportedRow(row.number, read.key, json.dumps(row.value, sort_keys=True), read.take)


def _customer_row(of: Import, value: dict[str, Any]) -> ImportedRow:
    external_id = validated(json_text({"customerId": value.get("customerId")}), CustomerRow).customer_id
    return ImportedRow(0, external_id, take=partial(_take_customer, of, external_id, value))


async def _take_customer(of: Import, external_id: str, patch: dict[str, Any]) -> None:
    known = await services().customers.read(digest(external_id))
    if known and known.erased_at:
        raise CustomerErased("the customer was erased")
    before = known if known and known.is_on_file else Customer(digest(external_id), external_id)
    unknown = sorted(patch.keys() - {field.alias for field in CustomerBody.model_fields.values()})
    if unknown:
        raise InvalidMessage(*((name, "unknownField", "is not a field that we know") for name in unknown))
    customer = patched(before, patch).to_customer(external_id)
    if not of.is_dry_run:
        await put_on_file(services(), customer)


def _consent_row(of: Import, value: dict[str, Any]) -> ImportedRow:
    row = validated(json_text(value), ConsentRow)
    return ImportedRow(0, row.customer_id, take=partial(_take_consent, of, row, current_caller().name))


async def _take_consent(of: Import, row: ConsentRow, by: str) -> None:
    customer_id = digest(row.customer_id)
    if not of.is_dry_run:
        statement = row.to_statement(by)
        await services().customers.stated(customer_id, row.customer_id, row.channel, row.topic, statement)
        return
    known = await services().customers.read(customer_id)
    if known and known.erased_at:
        raise CustomerErased("the customer was erased")


def _suppression_row(of: Import, value: dict[str, Any]) -> ImportedRow:
    address = value.get("address")
    cleaned = plain_number(address) if isinstance(address, str) and "@" not in address else address
    body = validated(json_text({**value, "address": cleaned}), SuppressionBody)
    return ImportedRow(0, body.address, take=partial(_take_suppression, of, body, current_caller().name))


async def _take_suppression(of: Import, body: SuppressionBody, by: str) -> None:
    if not of.is_dry_run:
        await say(services(), body.channel, body.address, body.to_suppression(by))


READERS = {"customers": _customer_row, "consents": _consent_row, "suppressions": _suppression_row}


async def _import_in(req: func.HttpRequest) -> Import | None:
    import_id = import_id_in(req)
    return await services().imports.find(import_id) if import_id else None


def _number_in(req: func.HttpRequest) -> int:
    return _counted(req.route_params["number"], "number", MOST_PAGES)


def _first_row_in(req: func.HttpRequest) -> int:
    """By which number the first row of the page is told."""
    return _counted(req.params.get("firstRow", "1"), "firstRow", 10**9)


def _counted(text: str, name: str, most: int) -> int:
    """Raises `InvalidMessage`."""
    if not re.fullmatch("[0-9]{1,10}", text) or not 1 <= int(text) <= most:
        raise InvalidMessage((name, "outOfRange", f"must be a number from 1 to {most}"))
    return int(text)


async def _told(known: Import) -> dict[str, Any]:
    pages = await services().imports.pages(known.import_id)
    sums = {name: sum(getattr(page, name) for page in pages) for name in ("rows", "taken", "duplicates", "failed")}
    told: dict[str, Any] = to_document(
        {
            "importId": known.import_id,
            "kind": known.kind,
            "dryRun": known.is_dry_run,
            "name": known.name,
            "createdAt": known.created_at,
            "createdBy": known.created_by,
            **sums,
            "pages": [{"number": page.number, "isFinished": page.is_finished} for page in pages],
        }
    )
    return {name: value for name, value in told.items() if value is not None}


def _page_told(page: ImportPage) -> dict[str, Any]:
    told: dict[str, Any] = to_document(page)
    names = ("number", "rows", "done", "taken", "duplicates", "failed", "errors")
    return {**{name: told[name] for name in names}, "isFinished": page.is_finished}
