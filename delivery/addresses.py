"""When two addresses are the same one."""

import re


def normalised(channel: str, address: str) -> str:
    """The address as rows are keyed by it: a number's digits, an email address or any other name without case.

    Providers write one number with and without its plus. WhatsApp names some people by other than numbers.
    """
    is_a_number = channel != "email" and re.fullmatch(r"[+\d\s().-]+", address)
    digits = re.sub(r"\D", "", address) if is_a_number else ""
    return digits or address.strip().casefold()
