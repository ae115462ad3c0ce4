"""What a provider's response means, for every channel, in one table."""

from collections.abc import Mapping

from aiohttp import ClientConnectorError
from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestTimeoutError

from channels.identity import NoToken
from channels.retry_after import pause
from domain import clock
from domain.messages.answers import Answer, Refused, TryLater, Unknown
from domain.messages.attempt import Reason

NO_TOKEN, NOT_REACHED, NO_ANSWER = "no token", "not reached", "no answer"

ANSWERS: dict[str | int, tuple[type[Refused | TryLater | Unknown], Reason]] = {
    NO_TOKEN: (TryLater, Reason("notAuthorized", "Our identity got no token.")),
    NOT_REACHED: (TryLater, Reason("unavailable", "The provider could not be reached.")),
    NO_ANSWER: (Unknown, Reason("noAnswer", "The provider gave no answer.")),
    400: (Refused, Reason("rejected", "The provider refused the message.")),
    401: (Refused, Reason("notAuthorized", "The provider did not accept our credentials.")),
    403: (Refused, Reason("notAuthorized", "The provider does not let us send.")),
    404: (Refused, Reason("rejected", "The provider does not know the sender or the recipient.")),
    408: (Unknown, Reason("noAnswer", "The provider took too long.")),
    413: (Refused, Reason("tooLong", "The message is larger than the provider takes.")),
    429: (TryLater, Reason("throttled", "The provider asked to slow down.")),
    500: (Unknown, Reason("providerError", "The provider failed while it worked on the message.")),
    502: (Unknown, Reason("noAnswer", "The provider's gateway got no answer.")),
    503: (TryLater, Reason("unavailable", "The provider is not available.")),
    504: (Unknown, Reason("noAnswer", "The provider's gateway got no answer.")),
}
"""By HTTP status, or by what happened to the request. A status that is not here: 4xx as 400, any other as 500."""


def answer_to(error: AzureError) -> Answer:
    """The answer for an SDK's exception. Its text may hold an address, so it is dropped here."""
    if isinstance(error, NoToken):
        return TryLater(ANSWERS[NO_TOKEN][1])
    if isinstance(error, HttpResponseError):
        status = error.status_code or 0
        # An answer that says success and cannot be read, say cut off in the middle, is none.
        return answer_to_status(status, _retry_after(error)) if status >= 400 else no_answer()
    # azure-core 1.41 files every aiohttp.ClientError, a connection cut after the request too, under
    # ServiceRequestError; only a connection that was never made shows that nothing left.
    if isinstance(error, ServiceRequestTimeoutError) or isinstance(error.inner_exception, ClientConnectorError):
        return TryLater(ANSWERS[NOT_REACHED][1])
    return no_answer()


def answer_to_status(status: int, retry_after: str | None = None) -> Answer:
    """The answer that an HTTP status stands for, of a whole call or of one item in a multi-status."""
    kind, reason = ANSWERS[_known(status)]
    return TryLater(reason, pause(retry_after, clock.now())) if kind is TryLater else kind(reason)


UNREADABLE = (AttributeError, TypeError, ValueError)
"""What the SDKs raise for a 202 with an unexpected body: they do not handle it."""


def no_answer() -> Unknown:
    """The answer for a provider that gave none, or an unusable one."""
    return Unknown(ANSWERS[NO_ANSWER][1])


def _known(status: int) -> int:
    if status in ANSWERS:
        return status
    return 400 if 400 <= status < 500 else 500


def _retry_after(error: HttpResponseError) -> str | None:
    headers: Mapping[str, str] = getattr(error.response, "headers", {})
    return headers.get("Retry-After")
