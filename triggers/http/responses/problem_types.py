"""Every type of problem and every code of a field that the API tells; docs/errors.md has the same tables."""

from dataclasses import dataclass
from typing import Literal

from domain.errors import FieldCode, Mistake

ProblemCode = (
    Mistake
    | Literal[
        "acceptanceUnknown",
        "brokenSettings",
        "customerChanged",
        "conversationNotFound",
        "customerNotFound",
        "erasureNotFound",
        "importNotFound",
        "importPageTaken",
        "messageIsOver",
        "keyNotFound",
        "messageNotFound",
        "notAllowed",
        "notAuthenticated",
        "pauseNotFound",
        "statusNotFound",
        "suppressionNotFound",
        "templateNotFound",
        "tooManyRequests",
        "unavailable",
        "unhealthy",
    ]
)

PAGE = "/api/docs/errors"


@dataclass(frozen=True)
class ProblemType:
    """`fixed_by` and `retry` are for people: who can do something, and whether to send the same request again."""

    status: int
    title: str
    fixed_by: str = "the caller"
    retry: str = "no"


LATER = "yes, after a pause that grows"

PROBLEM_TYPES: dict[ProblemCode, ProblemType] = {
    "invalidRequest": ProblemType(400, "Fields of the request are at fault"),
    "notAuthenticated": ProblemType(401, "Nobody that we know is calling", "the caller, or an admin"),
    "notAllowed": ProblemType(403, "The caller may not do this", "the caller, or an admin"),
    "messageNotFound": ProblemType(404, "There is no message with this id"),
    "customerNotFound": ProblemType(404, "There is no customer with this id"),
    "importNotFound": ProblemType(404, "There is no import, or no page, with this id"),
    "erasureNotFound": ProblemType(404, "There is no erasure with this id"),
    "conversationNotFound": ProblemType(404, "There is no conversation with this id"),
    "statusNotFound": ProblemType(404, "There is no status under this URL"),
    "keyNotFound": ProblemType(404, "There is no API key with this id"),
    "pauseNotFound": ProblemType(404, "Sending is not paused for this scope"),
    "suppressionNotFound": ProblemType(404, "The address is not suppressed for this reason"),
    "templateNotFound": ProblemType(404, "There is no template with this name, or not in this version"),
    "customerNotOnFile": ProblemType(404, "The customer is not on file, and no address is named"),
    "importPageTaken": ProblemType(409, "Another page was sent under this number"),
    "messageIsOver": ProblemType(409, "The message has arrived or ended, and cannot be cancelled or moved", "nobody"),
    "customerErased": ProblemType(410, "The customer was erased, and is refused for a while", "nobody"),
    "customerChanged": ProblemType(412, "The customer is not as If-Match says", "the caller, by reading them again"),
    "bodyTooLarge": ProblemType(413, "The body is too large"),
    "unsupportedBody": ProblemType(415, "The body is not plain JSON"),
    "idempotencyKeyReused": ProblemType(422, "The Idempotency-Key was used for another message"),
    "templateUnusable": ProblemType(422, "The template cannot be used with this data"),
    "noUsableChannel": ProblemType(422, "No channel can ever carry the message"),
    "conversationTaken": ProblemType(422, "The conversation belongs to another customer"),
    "tooManyRequests": ProblemType(429, "The caller's limit per minute is reached", "time", "yes, after Retry-After"),
    "acceptanceUnknown": ProblemType(
        503, "It is not known whether the message was accepted", "time", "yes, with the answer's idempotencyKey"
    ),
    "unavailable": ProblemType(503, "Something this app depends on is not available", "time, or the operator", LATER),
    "brokenSettings": ProblemType(503, "The settings of this app must be fixed", "the operator", "yes, after that"),
    "unhealthy": ProblemType(503, "This app cannot work now", "the operator", LATER),
}

FIELD_CODES: dict[FieldCode, str] = {
    "required": "is missing, or null",
    "empty": "says nothing",
    "unknownField": "is not a field that we know",
    "duplicate": "is there more than once",
    "wrongType": "is of another JSON type",
    "format": "is not written as its kind is",
    "forbiddenCharacters": "holds characters that it must not",
    "tooLong": "is longer than it may be",
    "outOfRange": "is less or more than it may be",
    "notOneOf": "is not one of the values that there are",
    "unknown": "names something that we do not know",
    "contradiction": "does not go together with another field",
    "unusable": "cannot carry this message",
    "taken": "belongs to another message or customer",
    "erased": "names somebody who was erased",
    "invalid": "is at fault in another way",
}


def url_of(code: ProblemCode) -> str:
    """The `type` of a problem: a reference to this app's own page, the same wherever it runs."""
    return f"{PAGE}#{code}"
