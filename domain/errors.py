"""The errors of the app. A provider's response, even none, is not an error: it is an `Answer`."""

from datetime import timedelta
from typing import Literal

FieldCode = Literal[
    "contradiction",
    "duplicate",
    "empty",
    "erased",
    "format",
    "forbiddenCharacters",
    "invalid",
    "notOneOf",
    "outOfRange",
    "required",
    "taken",
    "tooLong",
    "unknown",
    "unknownField",
    "unusable",
    "wrongType",
]
"""What can be wrong with a field; docs/errors.md tells what each means."""

Mistake = Literal[
    "bodyTooLarge",
    "conversationTaken",
    "customerErased",
    "customerNotOnFile",
    "idempotencyKeyReused",
    "invalidRequest",
    "noUsableChannel",
    "templateUnusable",
    "unsupportedBody",
]
"""The types of problem that are told field by field; `triggers/http/responses/problem_types.py` has them all."""


class InvalidValue(ValueError):
    """A value that cannot be taken. Its text is the reason, for the caller, and quotes nothing."""

    def __init__(self, code: FieldCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class LandfallError(Exception):
    """The root of this tree. No message of any of these holds an address, a name or a text.

    LandfallError
    ├── InvalidMessage       the caller's mistake: 4xx with the field at fault
    ├── NotAuthenticated     nobody we know is calling: 401
    ├── NotAllowed           the caller may not do this: 403
    ├── TooMany              the caller has used up this minute: 429
    ├── CustomerChanged      the customer on file is not as the caller knows them: 412
    ├── CustomerErased       the customer was erased, and is refused for a while: 410
    ├── Conflict, Stale      the store's word for "exists already" and "changed meanwhile"
    ├── StoreUnavailable     the store cannot be asked now: the activity is repeated, the API answers 503
    └── SupersededTurn       a second execution of an activity whose turn is over: nobody reads its result
    """


class InvalidMessage(LandfallError):
    """The caller's mistakes, all at once: the field at fault, in the caller's own words, the code and the reason.

    The reason quotes nothing that the caller sent.
    """

    def __init__(self, *errors: tuple[str, FieldCode, str], mistake: Mistake = "invalidRequest") -> None:
        super().__init__("; ".join(f"{field} {reason}" for field, _, reason in errors))
        self.errors, self.mistake = errors, mistake

    @property
    def reasons(self) -> dict[str, str]:
        """By field."""
        return {field: reason for field, _, reason in self.errors}


class NotAuthenticated(LandfallError):
    """No credentials, or none that count. The text says why, and is shown to the caller."""


class NotAllowed(LandfallError):
    """The caller is known and may not do this. The text says why, and is shown to the caller."""


class TooMany(LandfallError):
    """The caller has made as many requests, or sent as many messages, as it may in this minute."""

    def __init__(self, what: str, retry_after: timedelta) -> None:
        super().__init__(f"The limit of {what} per minute is reached.")
        self.retry_after = retry_after


class CustomerChanged(LandfallError):
    """What is on file of a customer is not what the caller has read. Nothing was changed."""


class CustomerErased(LandfallError):
    """The customer was erased. Nothing may be put on file of them, and nothing sent to them, for a while."""


class Conflict(LandfallError):
    """A document with this id exists already."""


class Stale(LandfallError):
    """The document was changed or deleted since it was read: read it again."""


class StoreUnavailable(LandfallError):
    """The store gives no answer now, or one that we cannot use."""


class SupersededTurn(LandfallError):
    """A later turn of the workflow is in the record, so this is a superseded call, which decides nothing."""
