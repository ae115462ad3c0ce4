"""Addresses and texts, for callers who may not see them."""

from triggers.http.current_call import current_caller


def shown_address(address: str) -> str:
    """The address; masked, as in `+14*****23` or `a***@example.com`, unless the caller works with people."""
    return address if current_caller().sees_people else masked(address)


def masked(address: str) -> str:
    name, at, domain = address.rpartition("@")
    if at:
        return f"{name[:1]}***@{domain}"
    return f"{address[:3]}*****{address[-2:]}" if len(address) > 7 else "*****"  # shorter ones would be told in full
