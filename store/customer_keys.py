"""The `customerKey`: stands for a customer in URLs and events, where the caller's own id, which may be an address, must
not appear.

A customer is kept under the digest of that id. The key is this digest, encrypted: nobody can guess it from an address,
and it leads back to the customer without a row for each and without a search.
"""

import re

from domain.signing_keys import SigningKeys
from domain.texts import CUSTOMER_KEY_PREFIX

PURPOSE = "customer-key"
KEY = re.compile(CUSTOMER_KEY_PREFIX + "([0-9]+)_([0-9a-f]{32})")


class CustomerKeys:
    """`ck_NUMBER_TEXT`, by the lowest of the numbered keys: one that is added changes no customer's key.

    Every listed key is accepted; a `customerKey` made with a removed one is unknown.
    """

    def __init__(self, signing_keys: SigningKeys) -> None:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # slow to import

        keys = signing_keys.derived(PURPOSE)
        # a digest is exactly one block, so no mode of operation is needed
        self._ciphers = {number: Cipher(algorithms.AES256(key), modes.ECB()) for number, key in keys.items()}  # noqa: S305

    def key_of(self, customer_id: str) -> str:
        """`customer_id` is the digest of the caller's own id."""
        number = min(self._ciphers)
        encrypted = self._ciphers[number].encryptor().update(bytes.fromhex(customer_id))
        return f"{CUSTOMER_KEY_PREFIX}{number}_{encrypted.hex()}"

    def customer_id_of(self, key: str) -> str | None:
        """The digest; None for an invalid key. A made-up key leads to an unknown customer."""
        found = KEY.fullmatch(key)
        cipher = self._ciphers.get(int(found[1])) if found else None
        return cipher.decryptor().update(bytes.fromhex(found[2])).hex() if found and cipher else None
