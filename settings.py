"""What the environment tells the app. Every name here is in local.settings.sample.json too."""

from datetime import timedelta
from functools import cache
from typing import Literal

from pydantic import ValidationError, model_validator
from pydantic_settings import BaseSettings

from delivery.errors import LandfallError


class BrokenSettings(LandfallError):
    """The app cannot work as it is set up. Names the settings, never their values."""


class Settings(BaseSettings):
    """Field names in upper case are the names in the environment.

    An endpoint means managed identity; connection strings are for local use. Durations are ISO 8601.
    """

    communication_services_connection_string: str = ""
    communication_services_endpoint: str = ""
    eventgrid_topic_endpoint: str
    eventgrid_access_key: str = ""
    sms_sender: str
    email_sender: str
    email_subject: str = "A message for you"
    whatsapp_channel_id: str
    message_store: str
    repeat_window: timedelta = timedelta(minutes=10)
    management_urls: Literal["all", "status"] = "all"

    @model_validator(mode="after")
    def names_one_resource(self) -> "Settings":
        if bool(self.communication_services_connection_string) == bool(self.communication_services_endpoint):
            raise ValueError("COMMUNICATION_SERVICES_ENDPOINT or COMMUNICATION_SERVICES_CONNECTION_STRING: one of them")
        return self


@cache
def read_settings() -> Settings:
    """Read once per worker. Raises `BrokenSettings` naming every setting at fault."""
    try:
        return Settings()
    except ValidationError as error:
        # pydantic's own text prints the values, which may be secrets
        raise BrokenSettings("; ".join(_at_fault(location, text) for location, text in _errors(error))) from None


def _errors(error: ValidationError) -> list[tuple[str, str]]:
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return [
        (".".join(str(part) for part in each["loc"]), each["msg"].removeprefix("Value error, ")) for each in details
    ]


def _at_fault(location: str, text: str) -> str:
    return f"{location.upper()}: {text}" if location else text
