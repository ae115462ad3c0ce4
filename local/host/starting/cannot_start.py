"""Why a host does not start."""


class CannotStart(Exception):
    """The app, its settings or the machine do not allow a start as they are; the text says what to change."""
