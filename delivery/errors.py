"""What can go wrong, in our words. A provider's answer, even silence, is not here: it is an `Answer`."""


class LandfallError(Exception):
    """The root of this tree. No message of any of these holds an address, a name or a text.

    LandfallError
    ├── InvalidMessage       the caller's mistake: 4xx with the field at fault
    ├── Conflict, Stale      the store's word for "exists already" and "changed meanwhile"
    ├── StoreUnavailable     the store cannot be asked now: the activity is repeated, the API answers 503
    └── SupersededTurn       a second execution of an activity whose turn is over: nobody reads its result
    """


class InvalidMessage(LandfallError):
    """The caller's mistakes, all at once: pairs of the field at fault, in the caller's own words, and the reason.

    `status` is the 4xx they deserve. Neither quotes what the caller sent.
    """

    def __init__(self, *errors: tuple[str, str], status: int = 400) -> None:
        super().__init__("; ".join(f"{field} {reason}" for field, reason in errors))
        self.errors, self.status = errors, status


class Conflict(LandfallError):
    """A document with this id exists already."""


class Stale(LandfallError):
    """The document was changed or deleted since it was read: read it again."""


class StoreUnavailable(LandfallError):
    """The store gives no answer now, or one that we cannot use."""


class SupersededTurn(LandfallError):
    """A later turn of the workflow is in the record, so this execution is a ghost and decides nothing."""
