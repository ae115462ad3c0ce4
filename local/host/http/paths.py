"""The path of a request, decoded as Kestrel does it, the web server inside of Azure's host."""

import codecs
import re
from urllib.parse import unquote_to_bytes

_ENCODED = re.compile("(?:%(?!2F)[0-9A-F]{2})+", re.IGNORECASE)


class InvalidPath(Exception):
    """The server answers 400 by itself."""


def decoded(path: str) -> str:
    """Percent-encoded UTF-8 is decoded once; a `+` stays. Raises `InvalidPath` for a null character.

    A slash, `%2F`, stays encoded, since it would make two segments of one, and so does what is no UTF-8. Segments that
    are dots are resolved after that.
    """
    text = _ENCODED.sub(lambda match: unquote_to_bytes(match[0]).decode(errors=_AS_IT_WAS), path)
    if "\0" in text:
        raise InvalidPath
    return _without_dots(text)


def _without_dots(path: str) -> str:
    segments: list[str] = []
    for segment in path.removeprefix("/").split("/"):
        if segment == "..":
            segments = segments[:-1]
        elif segment != ".":
            segments.append(segment)
    return "/" + "/".join(segments)


def _encoded_again(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "".join(f"%{byte:02X}" for byte in error.object[error.start : error.end]), error.end


_AS_IT_WAS = "local.host.http.paths.as-it-was"
codecs.register_error(_AS_IT_WAS, _encoded_again)
