"""The settings, read from the environment and checked. local.settings.sample.json has all names too."""

import json
import os
import re
import sys
from base64 import b64decode
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.customers.caps import Cap
from domain.customers.hours import QuietHours
from domain.durations import duration
from domain.errors import LandfallError
from domain.messages.message import LONGEST_LIFE
from domain.messages.retention import Retention
from domain.signing_keys import SigningKeys
from domain.texts import header_value

THIS_MACHINE = {"127.0.0.1", "localhost", "::1"}
SET_BY_AZURE = ("WEBSITE_SITE_NAME", "WEBSITE_INSTANCE_ID")
"""At least one of them is set on every plan of Azure Functions; Core Tools and the local platform set neither."""

KEYS = ("communication_services_connection_string", "cosmos_db_connection_string", "eventgrid_access_key")
"""Not for Azure: anyone who reads one can use it from anywhere until it is renewed."""

RESOURCE = re.compile(r"\bInstrumentationKey=[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
"""Of Application Insights, in a connection string. Its exporter raises for any other, and the app would not load."""

KEYWORDS, LONGEST_ANSWER = {"stop", "start", "help"}, 1000

MOST_COUNTED, LONGEST_CAP = 100, timedelta(days=31)
"""Of a frequency cap: every message that counts is kept with the customer."""

A_DAY = timedelta(days=1)
"""As long as Event Grid redelivers an event: data that is kept for less time could be written again."""

OUR_WORDS = {"missing": "is missing", "uuid_parsing": "must be a UUID"}


class BrokenSettings(LandfallError):
    """The settings are wrong or incomplete. Names the settings, never their values."""


def _endpoint(text: str) -> str:
    url = urlsplit(text)
    if not (url.hostname and (url.scheme == "https" or (url.scheme == "http" and url.hostname in THIS_MACHINE))):
        raise ValueError("must be an https:// URL; http:// is for this machine alone")
    return text.rstrip("/")  # the SDKs sign it as part of the host, and break the signature


def _endpoint_for_a_token(text: str) -> str:
    if urlsplit(text).scheme != "https":
        raise ValueError("must be an https:// URL, since a token goes there")
    return _endpoint(text)


def _connection_string(text: str) -> str:
    endpoint_and_key(text)
    return text


def _cosmos_connection_string(text: str) -> str:
    cosmos_endpoint_and_key(text)
    return text


def _sms_sender(text: str) -> str:
    # A name may send too, but nobody can answer STOP to it.
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}|[0-9]{5,6}", text):
        raise ValueError("must be a phone number in E.164 form, as in +18335550100, or a short code")
    return text


def _email_address(text: str) -> str:
    try:
        in_ascii = validate_email(text, check_deliverability=False).ascii_email
    except EmailNotValidError:
        raise ValueError("must be an email address, as in landfall@example.com") from None
    if in_ascii is None:
        raise ValueError("must have only ASCII characters before the @: the provider takes no others")
    return in_ascii


def _store(text: str) -> str:
    if not re.fullmatch(r"cosmos|sqlite:.+", text):
        raise ValueError("must be cosmos or sqlite:PATH")
    return text


def _signing_keys(text: str) -> str:
    SigningKeys.from_text(text)
    return text


def _sha256(text: str) -> str:
    if not re.fullmatch("[0-9a-fA-F]{64}", text):
        raise ValueError("must be a SHA-256: 64 hexadecimal digits")
    return text.lower()


def _quiet_hours(text: str) -> str:
    if not re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise ValueError("must be a time of the day to another, as in 21:00-08:00")
    if text[:5] == text[6:]:
        raise ValueError("must not be quiet all day")
    return text


def _time_zone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError("must be a time zone of the IANA database, as in Europe/London")
    return text


def _keyword_answers(text: str) -> str:
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    by_language = [each for each in told.values() if isinstance(each, dict)] if isinstance(told, dict) else []
    if not by_language or len(by_language) < len(told) or not {*told} <= KEYWORDS:
        raise ValueError('must be JSON as in {"stop": {"en": "You get no more messages."}}, for stop, start and help')
    texts = [text for each in by_language for text in each.values()]
    if not all(by_language) or not all(isinstance(it, str) and 1 <= len(it) <= LONGEST_ANSWER for it in texts):
        raise ValueError(f"must have a text of 1 to {LONGEST_ANSWER} characters for each language")
    return text


def _frequency_caps(text: str) -> str:
    caps = _caps(text)
    if not all(1 <= cap.most <= MOST_COUNTED and timedelta(0) < cap.within <= LONGEST_CAP for cap in caps):
        raise ValueError(f"must count 1 to {MOST_COUNTED} messages within P31D at most")
    return text


def _caps(text: str) -> tuple[Cap, ...]:
    """Raises `ValueError`."""
    pairs = [part.strip().partition("/") for part in text.split(",")]
    if not all(re.fullmatch("[0-9]{1,4}", most) and within for most, _, within in pairs):
        raise ValueError("must be numbers of messages within a time, as in 2/P1D,5/P7D")
    return tuple(Cap(int(most), duration(within)) for most, _, within in pairs)


def _countries(text: str) -> str:
    names = text.upper().replace(" ", "")
    if not re.fullmatch("[A-Z]{2}(,[A-Z]{2})*", names):
        raise ValueError("must be countries as ISO 3166 writes them, with commas between, as in AT,DE,CH")
    return names


Endpoint = Annotated[str, AfterValidator(_endpoint)]
EndpointForAToken = Annotated[str, AfterValidator(_endpoint_for_a_token)]
Duration = Annotated[timedelta, BeforeValidator(duration)]
Kept = Annotated[Duration, Field(ge=A_DAY)]


class Settings(BaseSettings):
    """Field names in upper case are the names in the environment. An empty value counts as none.

    An endpoint means managed identity; connection strings and keys are for local use. Durations are ISO 8601.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True, str_strip_whitespace=True, validate_default=False)

    communication_services_connection_string: Annotated[str, AfterValidator(_connection_string)] = ""
    communication_services_endpoint: EndpointForAToken = ""
    cosmos_db_connection_string: Annotated[str, AfterValidator(_cosmos_connection_string)] = ""
    cosmos_db_endpoint: EndpointForAToken = ""
    eventgrid_topic_endpoint: Endpoint
    eventgrid_access_key: str = ""
    sms_sender: Annotated[str, AfterValidator(_sms_sender)]
    email_sender: Annotated[str, AfterValidator(_email_address)]
    email_subject: Annotated[str, AfterValidator(header_value)] = "A message for you"
    whatsapp_channel_id: UUID
    public_url: Endpoint = ""
    message_store: Annotated[str, AfterValidator(_store)]
    repeat_window: Duration = timedelta(minutes=10)
    management_urls: Literal["all", "status"] = "status"
    signing_keys: Annotated[str, AfterValidator(_signing_keys)]
    access: Literal["keys", "roles"] = "keys"
    admin_key_digest: Annotated[str, AfterValidator(_sha256)] = ""
    requests_per_minute: Annotated[int, Field(ge=1)] | None = None
    sends_per_minute: Annotated[int, Field(ge=1)] | None = None
    quiet_hours: Annotated[str, AfterValidator(_quiet_hours)] = ""
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    dead_letters: str = ""
    keyword_answers: Annotated[str, AfterValidator(_keyword_answers)] = ""
    frequency_caps: Annotated[str, AfterValidator(_frequency_caps)] = ""
    allowed_countries: Annotated[str, AfterValidator(_countries)] = ""
    telemetry: Literal["none", "azure-monitor"] = "none"
    applicationinsights_connection_string: str = ""
    keep_audit: Kept = timedelta(days=365)
    keep_content: Kept = Retention.content
    keep_messages: Kept = Retention.messages
    keep_history: Kept = Retention.history
    keep_correlations: Annotated[Duration, Field(ge=LONGEST_LIFE)] = Retention.correlations

    @model_validator(mode="after")
    def fit_together(self) -> Self:
        if contradictions := [*_contradictions(self), *(_out_of_place_in_azure(self) if _runs_in_azure() else ())]:
            raise ValueError("; ".join(contradictions))
        return self

    @property
    def base_url(self) -> str | None:
        """Where customers reach the app: PUBLIC_URL, or the name that the Functions host gives it."""
        host = os.environ.get("WEBSITE_HOSTNAME", "")
        scheme = "http" if host.partition(":")[0] in THIS_MACHINE else "https"
        return self.public_url or (f"{scheme}://{host}" if host else None)

    @property
    def countries(self) -> frozenset[str] | None:
        """Those that may be written to by phone number; None for all."""
        return frozenset(self.allowed_countries.split(",")) if self.allowed_countries else None

    @property
    def company_quiet_hours(self) -> tuple[QuietHours, ...]:
        """When no marketing is sent, unless the customer has hours of their own."""
        return (QuietHours(self.quiet_hours[:5], self.quiet_hours[6:]),) if self.quiet_hours else ()

    def answers_to(self, keyword: str) -> dict[str, str]:
        """What customers are answered who write it, by language; empty for nothing."""
        answers: dict[str, dict[str, str]] = json.loads(self.keyword_answers) if self.keyword_answers else {}
        return answers.get(keyword, {})

    @property
    def caps(self) -> tuple[Cap, ...]:
        """How much marketing a customer gets at most."""
        return _caps(self.frequency_caps) if self.frequency_caps else ()

    @property
    def retention(self) -> Retention:
        return Retention(self.keep_content, self.keep_messages, self.keep_history, self.keep_correlations)


def _contradictions(settings: Settings) -> Iterator[str]:
    """Contradictions between settings."""
    if bool(settings.communication_services_connection_string) == bool(settings.communication_services_endpoint):
        yield "COMMUNICATION_SERVICES_ENDPOINT or COMMUNICATION_SERVICES_CONNECTION_STRING: one of them"
    if settings.message_store == "cosmos" and bool(settings.cosmos_db_connection_string) == bool(
        settings.cosmos_db_endpoint
    ):
        yield "COSMOS_DB_ENDPOINT or COSMOS_DB_CONNECTION_STRING: one of them, since MESSAGE_STORE is cosmos"
    if settings.eventgrid_topic_endpoint.startswith("http:") and not settings.eventgrid_access_key:
        yield "EVENTGRID_TOPIC_ENDPOINT: must be an https:// URL without EVENTGRID_ACCESS_KEY, since a token goes there"
    if settings.telemetry == "azure-monitor" and not RESOURCE.search(settings.applicationinsights_connection_string):
        yield "APPLICATIONINSIGHTS_CONNECTION_STRING: has no InstrumentationKey, which TELEMETRY=azure-monitor needs"
    if settings.keep_content > settings.keep_messages:
        yield "KEEP_CONTENT: must not be longer than KEEP_MESSAGES, since it goes with the record"
    if settings.keep_history + A_DAY > settings.keep_messages:
        yield "KEEP_HISTORY: must be a day shorter than KEEP_MESSAGES, since the record names the history to purge"


def _out_of_place_in_azure(settings: Settings) -> Iterator[str]:
    for name in KEYS:
        if getattr(settings, name):
            yield f"{name.upper()}: is for local use; in Azure the app's identity takes its place"
    if settings.message_store.startswith("sqlite:"):
        yield "MESSAGE_STORE: sqlite is for local use; in Azure its file would be lost with the machine"
    if settings.management_urls == "all":
        yield "MANAGEMENT_URLS: all is for local use; in Azure those URLs carry a key that opens every workflow"


def _runs_in_azure() -> bool:
    return any(os.environ.get(name) for name in SET_BY_AZURE)


def endpoint_and_key(connection_string: str) -> tuple[str, str]:
    """Of Communication Services. Raises `ValueError`, which tells no value.

    We read it ourselves: the SDKs turn `http://` into `https://`, and look at the key at the first call only.
    """
    return _endpoint_and_key(connection_string, "endpoint", "accesskey")


def cosmos_endpoint_and_key(connection_string: str) -> tuple[str, str]:
    """Of Cosmos DB. Raises `ValueError`, which tells no value."""
    return _endpoint_and_key(connection_string, "accountendpoint", "accountkey")


def _endpoint_and_key(connection_string: str, endpoint: str, key: str) -> tuple[str, str]:
    parts = dict(part.split("=", 1) for part in connection_string.split(";") if "=" in part)
    parts = {name.strip().lower(): value.strip() for name, value in parts.items()}
    if missing := [name for name in (endpoint, key) if not parts.get(name)]:
        raise ValueError(f"has no {missing[0]}")
    try:
        b64decode(parts[key], validate=True)
    except ValueError:
        raise ValueError(f"its {key} is not base64") from None
    return _endpoint(parts[endpoint]), parts[key]


def access_mode() -> str:
    """ "keys" or "roles". Read by itself: the routes are registered before the other settings are known to be right.

    What is misspelt counts as "roles", which asks for more.
    """
    return "keys" if os.environ.get("ACCESS", "").strip() in ("", "keys") else "roles"


@cache
def read_settings() -> Settings:
    """Read once per worker. Raises `BrokenSettings` naming every setting at fault."""
    return _read()


def complain_at_start() -> None:
    """Log once which settings are broken. The app is still loaded, and reports them to every caller.

    On stderr, which the Functions host logs as Host.Function.Console: what is logged outside of a call it drops.
    """
    try:
        _read()
    except BrokenSettings as broken:
        sys.stderr.write(f"ERROR: Landfall does nothing until its settings are fixed. {broken}\n")


def _read() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        # pydantic's own text prints the values, which may be secrets
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        raise BrokenSettings("; ".join(_at_fault(each) for each in errors)) from None


def _at_fault(error: ErrorDetails) -> str:
    name = ".".join(str(part) for part in error["loc"]).upper()
    text = OUR_WORDS.get(error["type"], error["msg"].removeprefix("Value error, "))
    return f"{name}: {text}" if name else text
