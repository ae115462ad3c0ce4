"""What a generator of requests needs besides the document: the formats, and rules that a schema cannot express.

schemathesis imports this.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import schemathesis
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.errors import InvalidValue
from domain.texts import body_text, customer_id, header_value, reference
from triggers.http.requests.customer_bodies import CustomerBody
from triggers.http.requests.fields import _time_zones

A_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


def taken_by(rule: Callable[[str], str]) -> st.SearchStrategy[str]:
    """Texts that the rule lets through."""

    def is_taken(text: str) -> bool:
        try:
            return bool(rule(text))
        except ValueError:
            return False

    return A_TEXT.filter(is_taken)


def _ahead(minutes: int) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


FORMATS: dict[str, st.SearchStrategy[str]] = {
    "customer-id": taken_by(customer_id),
    "printable": taken_by(reference),
    "line": taken_by(header_value),
    "visible-text": taken_by(body_text),
    "time-zone": st.sampled_from(sorted(_time_zones())),
    "language-tag": st.sampled_from(["en", "en-GB", "de-CH-1996", "es-u-ms-metric", "zh-Hant-TW", "x-ours"]),
    "email": st.from_regex(r"[a-z]{1,10}(\.[a-z]{1,10})?@example\.com", fullmatch=True),
    "duration": st.integers(1, 72 * 3600).map("PT{}S".format),
    "date-time": st.integers(60, 29 * 24 * 60).map(_ahead),  # at most 30 days, as docs/api.md says
}
for name, strategy in FORMATS.items():
    schemathesis.openapi.format(name, strategy)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """A message does not expire before it is sent, its route names a channel once, by name or as an object, and what a
    customer said they have said.
    """
    match case.body:
        case {"sendAt": str(start), "expiresAt": str(end)} if _is_a_time(start) and _is_a_time(end):
            case.body["sendAt"], case.body["expiresAt"] = _ahead(10), _ahead(20)
    match case.body:
        case {"at": str(at)} | {"evidence": {"at": str(at)}} if _is_a_time(at):
            said: Any = case.body.get("evidence", case.body)
            said["at"] = _ahead(-10)
    if case.operation.path == "/customers/{customer_id}" and isinstance(case.body, dict):
        _without_contradictions(case.body)
    match case.body:
        case {"channels": [*steps]}:
            names = [step.get("channel") if isinstance(step, dict) else step for step in steps]
            case.body["channels"] = [step for place, step in enumerate(steps) if names[place] not in names[:place]]


def _without_contradictions(body: dict[str, Any]) -> None:
    """Without fields that are right by themselves and do not go together: no schema says when quiet hours leave no
    time.
    """
    try:
        CustomerBody.model_validate_json(json.dumps(body))
    except ValidationError as wrong:
        for each in wrong.errors():
            error = each.get("ctx", {}).get("error")
            if isinstance(error, InvalidValue) and error.code in ("contradiction", "duplicate"):
                body.pop(str(each["loc"][0]), None)


def _is_a_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text) > datetime.now(UTC)
    except (ValueError, TypeError):
        return False


@schemathesis.hook
def filter_query(context: Any, query: Any) -> bool:
    """Where to go on only a page can say."""
    return not {"continuation", "after"} & set(query or {})
