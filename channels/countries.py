"""The country and the time zones of a phone number, by the numbering plans that the phonenumbers library knows."""

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


@lru_cache(maxsize=10_000)
def zones_of(number: str) -> tuple[str, ...]:
    """The time zones that the owner of this number may be in, as far as its digits tell; none when they tell nothing.

    `number` is in E.164 form. A mobile number of a large country has all zones of that country.
    """
    import phonenumbers  # as above
    import phonenumbers.timezone

    try:
        zones = phonenumbers.timezone.time_zones_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return ()
    return tuple(zone for zone in zones if zone != phonenumbers.timezone.UNKNOWN_TIMEZONE)
