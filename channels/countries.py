"""The country of a phone number, by the numbering plans that the phonenumbers library knows."""

from functools import lru_cache


@lru_cache(maxsize=10_000)
def country_of(number: str) -> str | None:
    """ISO 3166, as in AT; None for what is no number, or of no country, as satellite phones are.

    `number` is in E.164 form. +1 is shared by two dozen countries, which the digits behind it tell apart.
    """
    import phonenumbers  # its tables take a while to import, and without an allow-list nobody asks

    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None
    return None if region in (None, "001") else region
