"""A broken setting is named; its value, which may be a secret, is not."""

import traceback
from base64 import b64encode
from datetime import timedelta
from pathlib import Path

import pytest

from domain.messages.message import GRACE, LONGEST_LIFE
from domain.messages.proposal import FURTHEST
from domain.traits import CHANNELS
from local.environment import app_environment
from services import services
from settings import SET_BY_AZURE, BrokenSettings, Settings, complain_at_start, read_settings
from triggers.http.requests.fields import LONGEST

CANARY = "canary-b64-c2VjcmV0"
KEY = f"1:{b64encode(32 * b'k').decode()}"


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path: Path):
    """That of the local platform and nothing else of ours, read again."""
    for name in (*(field.upper() for field in Settings.model_fields), *SET_BY_AZURE):
        monkeypatch.delenv(name, raising=False)
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


def test_urls_with_a_key_to_all_workflows_are_told_only_where_a_setting_says_so(environment):
    environment.delenv("MANAGEMENT_URLS")

    assert read_settings().management_urls == "status"


@pytest.mark.parametrize("name", ["SMS_SENDER", "EMAIL_SENDER", "WHATSAPP_CHANNEL_ID", "MESSAGE_STORE", "SIGNING_KEYS"])
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
        ("REPEAT_WINDOW", "600"),
        ("REPEAT_WINDOW", "00:10:00"),
        ("KEEP_HISTORY", "P30DT"),
        ("EMAIL_SUBJECT", f"{CANARY}\r\nBcc: eve@example.com"),
        ("EMAIL_SUBJECT", f"\u202e{CANARY}"),
        ("EMAIL_SUBJECT", "\u200b"),
        ("MANAGEMENT_URLS", CANARY),
        ("MESSAGE_STORE", CANARY),
        ("MESSAGE_STORE", f"postgres:{CANARY}"),
        ("MESSAGE_STORE", "sqlite:"),
        ("QUIET_HOURS", "21:00"),
        ("FREQUENCY_CAPS", CANARY),
        ("FREQUENCY_CAPS", "0/P1D"),
        ("FREQUENCY_CAPS", "2/P40D"),
        ("FREQUENCY_CAPS", "2/day"),
        ("KEYWORD_ANSWERS", CANARY),
        ("KEYWORD_ANSWERS", "[]"),
        ("KEYWORD_ANSWERS", '{"stop": "Bye"}'),
        ("KEYWORD_ANSWERS", '{"stop": {}}'),
        ("KEYWORD_ANSWERS", '{"go": {"en": "Hello"}}'),
        ("PUBLIC_URL", "http://messages.example.com"),
        ("COMMUNICATION_SERVICES_CONNECTION_STRING", CANARY),
        ("COMMUNICATION_SERVICES_CONNECTION_STRING", f"accesskey={CANARY}"),
        ("COMMUNICATION_SERVICES_CONNECTION_STRING", f"endpoint=https://{CANARY}.example.com/"),
        ("COMMUNICATION_SERVICES_ENDPOINT", f"https://{CANARY}.example.com"),
        ("COSMOS_DB_CONNECTION_STRING", CANARY),
        ("COSMOS_DB_CONNECTION_STRING", f"AccountEndpoint=https://{CANARY}.example.com:443/;"),
        ("COSMOS_DB_CONNECTION_STRING", f"AccountKey={CANARY};"),
        ("SIGNING_KEYS", CANARY),
        ("SIGNING_KEYS", f"1:{CANARY}"),
        ("SIGNING_KEYS", "1:Y2FuYXJ5"),  # too short
        ("SIGNING_KEYS", f"{KEY},{KEY}"),  # which of them is number 1?
        ("SIGNING_KEYS", f"{KEY},"),
        ("SIGNING_KEYS", "@Microsoft.KeyVault(SecretUri=https://canary.vault.azure.net/secrets/signing-keys)"),
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


@pytest.mark.parametrize("names", [[], ["COSMOS_DB_ENDPOINT", "COSMOS_DB_CONNECTION_STRING"]])
def test_records_in_cosmos_db_need_either_its_endpoint_or_a_connection_string(names, environment):
    given = {
        "COSMOS_DB_ENDPOINT": "https://cosmos.example.com:443/",
        "COSMOS_DB_CONNECTION_STRING": "AccountEndpoint=https://cosmos.example.com:443/;AccountKey=a2V5;",
    }
    environment.setenv("MESSAGE_STORE", "cosmos")
    for name in names:
        environment.setenv(name, given[name])

    assert "COSMOS_DB_ENDPOINT or COSMOS_DB_CONNECTION_STRING: one of them" in complaint()


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
        ("endpoint=http://acs.example.com/;accesskey=a2V5", "must be an https:// URL"),
    ],
)
def test_a_connection_string_that_cannot_work_is_found_before_anything_is_sent(text, named, environment, tmp_path):
    environment.setenv("COMMUNICATION_SERVICES_CONNECTION_STRING", text)

    assert named in complaint()
    assert not (tmp_path / "landfall.db").exists()  # asked again at every request, it must leave nothing open


def test_an_empty_setting_is_as_good_as_missing(environment):
    environment.setenv("SMS_SENDER", "")
    environment.setenv("MANAGEMENT_URLS", "")

    assert complaint() == "SMS_SENDER: is missing"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMS_SENDER", "8335550199"),
        ("SMS_SENDER", "+1 833 555 0100"),
        ("SMS_SENDER", "CANARY"),  # a name: nobody could answer STOP
        ("EMAIL_SENDER", "canary"),
        ("EMAIL_SENDER", "Landfall <canary@example.com>"),
        ("WHATSAPP_CHANNEL_ID", "+18335550100"),
        ("EVENTGRID_TOPIC_ENDPOINT", "canary.example.com/api/events"),
        ("EVENTGRID_TOPIC_ENDPOINT", "http://canary.example.com/api/events"),
        ("EVENTGRID_TOPIC_ENDPOINT", "https:///api/events"),
    ],
)
def test_what_no_provider_would_take_is_refused_at_the_start(name, value, environment):
    environment.setenv(name, value)

    said = complaint()

    assert said.startswith(f"{name}: must be ")
    assert value not in said


@pytest.mark.parametrize("sender", ["+18335550100", "12345"])
def test_a_number_or_a_short_code_sends_sms(sender, environment):
    environment.setenv("SMS_SENDER", sender)

    assert read_settings().sms_sender == sender


@pytest.mark.parametrize("name", ["COMMUNICATION_SERVICES_ENDPOINT", "COSMOS_DB_ENDPOINT", "EVENTGRID_TOPIC_ENDPOINT"])
def test_a_token_never_travels_in_the_clear(name, environment):
    environment.setenv(name, "http://127.0.0.1:1")
    environment.delenv("EVENTGRID_ACCESS_KEY")

    assert f"{name}: must be an https:// URL" in complaint()


@pytest.fixture(params=SET_BY_AZURE)
def azure(request, environment):
    """An environment as in Azure: endpoints, an identity, no secret."""
    environment.setenv(request.param, "landfall")
    for name in ("COMMUNICATION_SERVICES_CONNECTION_STRING", "EVENTGRID_ACCESS_KEY"):
        environment.delenv(name)
    environment.setenv("COMMUNICATION_SERVICES_ENDPOINT", "https://acs.example.com")
    environment.setenv("EVENTGRID_TOPIC_ENDPOINT", "https://topic.example.com/api/events")
    environment.setenv("MANAGEMENT_URLS", "status")
    return environment


def test_in_azure_a_store_on_one_machine_is_refused(azure):
    assert complaint() == "MESSAGE_STORE: sqlite is for local use; in Azure its file would be lost with the machine"


def test_in_azure_urls_with_a_key_to_all_workflows_are_refused(azure):
    azure.setenv("MANAGEMENT_URLS", "all")

    assert "MANAGEMENT_URLS: all is for local use" in complaint()


@pytest.mark.parametrize(
    "name", ["COMMUNICATION_SERVICES_CONNECTION_STRING", "COSMOS_DB_CONNECTION_STRING", "EVENTGRID_ACCESS_KEY"]
)
def test_in_azure_a_key_is_refused(name, azure):
    azure.delenv("COMMUNICATION_SERVICES_ENDPOINT")
    azure.setenv("COMMUNICATION_SERVICES_CONNECTION_STRING", "endpoint=https://acs.example.com/;accesskey=a2V5")
    azure.setenv("EVENTGRID_ACCESS_KEY", CANARY)
    azure.setenv("COSMOS_DB_CONNECTION_STRING", "AccountEndpoint=https://cosmos.example.com:443/;AccountKey=a2V5;")

    assert f"{name}: is for local use" in complaint()


def test_the_start_says_what_is_broken_and_the_app_is_loaded_all_the_same(environment, capsys):
    environment.delenv("SMS_SENDER")

    complain_at_start()

    [said] = capsys.readouterr().err.splitlines()
    assert said.startswith("ERROR: ")
    assert said.endswith("SMS_SENDER: is missing")


def test_the_start_has_nothing_to_say_when_all_is_well(capsys):
    complain_at_start()

    assert capsys.readouterr().err == ""


def test_everything_is_kept_as_long_as_the_documents_say_when_nothing_is_set():
    days = [kept.days for kept in vars(read_settings().retention).values()]

    assert days == [90, 365, 30, 60]


@pytest.mark.parametrize(
    ("kept", "named"),
    [
        ({"KEEP_CONTENT": "PT23H"}, "KEEP_CONTENT: "),
        ({"KEEP_HISTORY": "P0D"}, "KEEP_HISTORY: "),
        ({"KEEP_HISTORY": "-P30D"}, "KEEP_HISTORY: "),
        ({"KEEP_MESSAGES": "a year"}, "KEEP_MESSAGES: "),
        ({"KEEP_CORRELATIONS": "P39D"}, "KEEP_CORRELATIONS: "),  # a message may live for 40
        ({"KEEP_CONTENT": "P366D"}, "KEEP_CONTENT: must not be longer than KEEP_MESSAGES"),
        ({"KEEP_HISTORY": "P365D"}, "KEEP_HISTORY: must be a day shorter than KEEP_MESSAGES"),
    ],
)
def test_what_cannot_be_kept_so_short_or_so_long_is_refused(kept, named, environment):
    for name, value in kept.items():
        environment.setenv(name, value)

    assert complaint().startswith(named)


def test_the_longest_life_of_a_message_covers_what_a_request_may_ask_for():
    assert FURTHEST + len(CHANNELS) * LONGEST + GRACE <= LONGEST_LIFE


@pytest.mark.parametrize(
    "connection_string", ["", f"IngestionEndpoint=https://{CANARY}", f"InstrumentationKey={CANARY}"]
)
def test_telemetry_that_has_nowhere_to_go_is_refused(connection_string, environment):
    environment.setenv("TELEMETRY", "azure-monitor")
    environment.setenv("APPLICATIONINSIGHTS_CONNECTION_STRING", connection_string)

    assert complaint().startswith("APPLICATIONINSIGHTS_CONNECTION_STRING: ")


def test_the_domain_of_the_sender_is_kept_as_it_travels(environment):
    environment.setenv("EMAIL_SENDER", "landfall@bücher.example.com")
    assert read_settings().email_sender == "landfall@xn--bcher-kva.example.com"


def test_a_sender_that_the_provider_does_not_take_is_refused_with_the_reason(environment):
    environment.setenv("EMAIL_SENDER", "bücher@example.com")
    assert "EMAIL_SENDER: must have only ASCII characters before the @" in complaint()
