"""A broken setting is named; its value, which may be a secret, is not."""

import traceback
from datetime import timedelta
from pathlib import Path

import pytest

from local.environment import app_environment
from services import services
from settings import BrokenSettings, Settings, read_settings

CANARY = "canary-b64-c2VjcmV0"


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path: Path):
    """That of the local platform and nothing else of ours, read anew."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in app_environment(tmp_path, local_port=1).items():
        monkeypatch.setenv(name, value)
    read_settings.cache_clear()
    services.cache_clear()
    yield monkeypatch
    read_settings.cache_clear()
    services.cache_clear()


def complaint() -> str:
    """What the app says about its settings. What is printed with the error tells no more."""
    with pytest.raises(BrokenSettings) as broken:
        services()
    assert "canary" not in "".join(traceback.format_exception(broken.value))
    return str(broken.value)


def test_the_environment_of_the_local_platform_is_enough():
    settings = read_settings()

    assert (settings.repeat_window, settings.management_urls) == (timedelta(minutes=10), "all")


@pytest.mark.parametrize("name", ["SMS_SENDER", "EMAIL_SENDER", "WHATSAPP_CHANNEL_ID", "MESSAGE_STORE"])
def test_a_missing_setting_is_named(name, environment):
    environment.delenv(name)

    assert complaint().startswith(f"{name}: ")


def test_all_missing_settings_are_named_at_once(environment):
    environment.delenv("SMS_SENDER")
    environment.delenv("EMAIL_SENDER")

    assert "SMS_SENDER" in complaint()
    assert "EMAIL_SENDER" in complaint()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REPEAT_WINDOW", CANARY),
        ("MANAGEMENT_URLS", CANARY),
        ("MESSAGE_STORE", CANARY),
        ("MESSAGE_STORE", f"postgres:{CANARY}"),
        ("MESSAGE_STORE", "sqlite:"),
        ("COMMUNICATION_SERVICES_CONNECTION_STRING", CANARY),
        ("COMMUNICATION_SERVICES_CONNECTION_STRING", f"accesskey={CANARY}"),
        ("COMMUNICATION_SERVICES_CONNECTION_STRING", f"endpoint=https://{CANARY}.example.com/"),
        ("COMMUNICATION_SERVICES_ENDPOINT", f"https://{CANARY}.example.com"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_without_its_value(name, value, environment):
    environment.setenv(name, value)

    said = complaint()

    assert name in said
    assert "canary" not in said


def test_either_an_endpoint_or_a_connection_string_is_required(environment):
    environment.delenv("COMMUNICATION_SERVICES_CONNECTION_STRING")

    assert "COMMUNICATION_SERVICES_ENDPOINT or COMMUNICATION_SERVICES_CONNECTION_STRING" in complaint()


def test_a_setting_mended_is_read_without_a_restart(environment):
    environment.delenv("SMS_SENDER")
    complaint()

    environment.setenv("SMS_SENDER", "+18335550100")

    assert read_settings().sms_sender == "+18335550100"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("endpoint=http://127.0.0.1:1/;accesskey=canary!", "its accesskey is not base64"),
        ("endpoint=http://127.0.0.1:1/", "has no accesskey"),
    ],
)
def test_a_connection_string_that_cannot_work_is_found_before_anything_is_sent(text, named, monkeypatch, tmp_path):
    for name, value in {**app_environment(tmp_path, 1), "COMMUNICATION_SERVICES_CONNECTION_STRING": text}.items():
        monkeypatch.setenv(name, value)
    read_settings.cache_clear()
    services.cache_clear()

    with pytest.raises(BrokenSettings, match=named) as broken:
        services()

    assert "canary" not in str(broken.value)
    assert not (tmp_path / "landfall.db").exists()  # asked again at every request, it must leave nothing open
    read_settings.cache_clear()
