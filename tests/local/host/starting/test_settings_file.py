import json
import stat

import pytest

from domain.signing_keys import SigningKeys
from local.environment import SIGNING_KEYS, environment_of
from local.host.http.cors import Cors
from local.host.starting.cannot_start import CannotStart
from local.host.starting.settings_file import cors_of, settings_of


@pytest.fixture
def write(tmp_path):
    def write(content):
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / "local.settings.json").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_the_values_are_the_settings(write):
    directory = write({"IsEncrypted": False, "Values": {"SMS_SENDER": "+18335550199"}, "Host": {"LocalHttpPort": 7073}})

    assert settings_of(directory) == {"SMS_SENDER": "+18335550199"}


def test_without_a_file_there_are_none(tmp_path):
    assert settings_of(tmp_path) == {}


def test_a_file_may_begin_with_a_byte_order_mark(write):
    assert settings_of(write('\ufeff{"Values": {"A": "1"}}')) == {"A": "1"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"IsEncrypted": True, "Values": {}}, "is encrypted. Decrypt it with: func settings decrypt"),
        ("{", r"is not JSON \(.* line 1"),
        ([], "must hold a JSON object"),
        ({"Values": []}, "Values in .* must be a JSON object"),
        ({"Values": {"PORT": 7071, "A": "1"}}, "must be texts in quotes, and PORT is not"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(write, content, reason):
    with pytest.raises(CannotStart, match=reason):
        settings_of(write(content))


def test_the_environment_goes_before_the_file_and_the_file_before_what_serve_suggests(tmp_path, monkeypatch):
    monkeypatch.setenv("EMAIL_SENDER", "environment@example.com")
    monkeypatch.delenv("SMS_SENDER", raising=False)
    monkeypatch.delenv("WHATSAPP_CHANNEL_ID", raising=False)
    file = {"EMAIL_SENDER": "file@example.com", "SMS_SENDER": "+18335550199", "OF_MY_OWN": "yes"}

    environment = environment_of(tmp_path, 7072, file)

    assert environment["EMAIL_SENDER"] == "environment@example.com"
    assert (environment["SMS_SENDER"], environment["OF_MY_OWN"]) == ("+18335550199", "yes")
    assert environment["WHATSAPP_CHANNEL_ID"]


def test_the_flags_and_not_the_file_say_where_the_stand_ins_and_the_store_are(tmp_path, monkeypatch):
    file = {
        "COMMUNICATION_SERVICES_CONNECTION_STRING": "",
        "COMMUNICATION_SERVICES_ENDPOINT": "https://real.example.com",
        "EVENTGRID_TOPIC_ENDPOINT": "https://real.example.com",
        "MESSAGE_STORE": "sqlite:elsewhere.db",
    }
    for name in file:
        monkeypatch.delenv(name, raising=False)

    environment = environment_of(tmp_path, 9072, file)

    assert "127.0.0.1:9072" in environment["COMMUNICATION_SERVICES_CONNECTION_STRING"]
    assert environment["COMMUNICATION_SERVICES_ENDPOINT"] == ""
    assert "127.0.0.1:9072" in environment["EVENTGRID_TOPIC_ENDPOINT"]
    assert environment["MESSAGE_STORE"] == f"sqlite:{tmp_path / 'landfall.db'}"


def test_keys_to_sign_with_are_drawn_once_for_a_directory_and_for_their_owner_alone(tmp_path, monkeypatch):
    monkeypatch.delenv("SIGNING_KEYS", raising=False)
    data, file = tmp_path / "data", {"SIGNING_KEYS": SIGNING_KEYS}  # as the sample has it, for all to read

    drawn = environment_of(data, 7072, file)["SIGNING_KEYS"]

    assert environment_of(data, 7072, file)["SIGNING_KEYS"] == drawn
    assert environment_of(tmp_path / "other", 7072, {})["SIGNING_KEYS"] not in (drawn, SIGNING_KEYS)
    assert stat.S_IMODE((data / "signing-keys").stat().st_mode) == 0o600
    assert SigningKeys.from_text(drawn).by_number.keys() == {1}


def test_host_says_which_origins_may_read_answers(write):
    directory = write({"Host": {"CORS": "https://A.example.com/, http://localhost:3000,", "CORSCredentials": True}})

    assert cors_of(directory) == Cors(("https://a.example.com", "http://localhost:3000"), with_credentials=True)
    assert cors_of(write({})) == Cors()


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ([], "Host in .* must be a JSON object"),
        ({"CORS": ["https://a.example.com"]}, "CORS must be a text"),
        ({"CORS": "*", "CORSCredentials": "yes"}, "CORSCredentials true or false"),
        ({"CORS": "*", "CORSCredentials": True}, "CORS must name its origins"),
    ],
)
def test_origins_that_cannot_be_understood_are_refused(write, host, reason):
    with pytest.raises(CannotStart, match=reason):
        cors_of(write({"Host": host}))
