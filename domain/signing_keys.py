"""Numbered keys, and tokens that they sign: so the app recognises what it has issued."""

import hmac
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass, field

SHORTEST = 32
"""Bytes: a key shorter than the SHA-256 would make the signature weaker."""


@dataclass(frozen=True)
class SigningKeys:
    """The key with the highest number signs, all of them verify: so a key is renewed by adding the next one."""

    by_number: dict[int, bytes] = field(repr=False)

    @classmethod
    def from_text(cls, text: str) -> "SigningKeys":
        """From `1:KEY` or `2:KEY,1:KEY`, each in base64. Raises `ValueError`, which tells no key."""
        try:
            numbered = [_numbered(part) for part in text.split(",")]
        except ValueError:
            numbered = []
        keys = dict(numbered)
        if not keys or len(keys) < len(numbered) or any(len(key) < SHORTEST for key in keys.values()):
            raise ValueError(f"must be numbered keys, as in 2:KEY,1:KEY, each of {SHORTEST} bytes or more in base64")
        return cls(keys)

    def derived(self, purpose: str) -> dict[int, bytes]:
        """A key of 32 bytes for another purpose than tokens, from each."""
        return {number: hmac.digest(key, purpose.encode(), "sha256") for number, key in self.by_number.items()}

    def token(self, purpose: str, subject: str) -> str:
        """`NUMBER.MAC`, safe in a URL. It is valid for this purpose and this subject only."""
        return self._token(max(self.by_number), purpose, subject)

    def verify(self, token: str, purpose: str, subject: str) -> bool:
        """Whether one of the keys has signed this token for them. In constant time."""
        shown = token.encode(errors="replace")
        right = [self._token(number, purpose, subject).encode() for number in self.by_number]
        return any([hmac.compare_digest(shown, each) for each in right])  # noqa: C419  # all are compared

    def _token(self, number: int, purpose: str, subject: str) -> str:
        mac = hmac.digest(self.by_number[number], f"{purpose}:{subject}".encode(errors="surrogatepass"), "sha256")
        return f"{number}.{urlsafe_b64encode(mac).decode().rstrip('=')}"


def _numbered(text: str) -> tuple[int, bytes]:
    number, _, key = text.strip().partition(":")
    return int(number), b64decode(key, validate=True)
