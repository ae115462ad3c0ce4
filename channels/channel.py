"""The interface of a channel, whichever provider is behind it."""

from typing import Protocol

from channels.submission import Submission
from domain.messages.answers import Answer, TryLater
from domain.messages.attempt import Reason


class Client(Protocol):
    """The part of an SDK client that is used here."""

    async def close(self) -> None: ...


class Channel(Protocol):
    """`sender` is the identity that it sends with, in the provider's form.

    `reports_attempt_id` tells whether its delivery reports carry our attempt id.
    """

    @property
    def sender(self) -> str: ...

    @property
    def reports_attempt_id(self) -> bool: ...

    @property
    def client(self) -> Client: ...

    async def submit(self, submission: Submission) -> Answer: ...

    async def why_failed(self, attempt_id: str, /) -> Reason | TryLater | None: ...
