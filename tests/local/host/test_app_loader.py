import json
import os

import pytest

from local.durable.engine import Limits
from local.host.app_loader import load_app
from local.host.cannot_start import CannotStart

APP = """
import azure.durable_functions as df
app = df.DFApp()
"""
ACTIVITY = """
@app.activity_trigger(input_name="payload")
def {name}(payload: str) -> str:
    return payload
"""


@pytest.fixture
def write(tmp_path):
    def write(source, host=None):
        (tmp_path / "function_app.py").write_text(source)
        if host is not None:
            (tmp_path / "host.json").write_text(json.dumps(host))
        return tmp_path

    return write


def test_settings_come_from_host_json(write):
    durable = {"hubName": "Hub", "defaultVersion": "1.0", "maxConcurrentActivityFunctions": 3}
    app = load_app(write(APP, {"extensions": {"http": {"routePrefix": "v1"}, "durableTask": durable}}))

    assert (app.hub_name, app.route_prefix, app.default_version) == ("Hub", "v1", "1.0")
    assert app.limits == Limits(activities=3)


def test_an_app_without_host_json_gets_azure_s_defaults(write):
    app = load_app(write(APP))

    assert (app.hub_name, app.route_prefix) == ("TestHubName", "api")


def test_functions_come_in_their_order_under_the_names_orchestrators_use(write):
    named = '\n@app.activity_trigger(input_name="payload", activity="Renamed")\ndef third(payload): return payload\n'
    app = load_app(write(APP + ACTIVITY.format(name="second") + ACTIVITY.format(name="first") + named))

    assert [function.host_name for function in app.functions] == ["second", "first", "Renamed"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (APP + ACTIVITY.format(name="work") + ACTIVITY.format(name="Work"), "Two functions are named Work"),
        ("", "exactly one function app, and holds 0"),
        (APP + "other = df.DFApp()", "exactly one function app, and holds 2"),
    ],
)
def test_an_app_that_azure_would_not_load_is_refused(write, source, reason):
    with pytest.raises(CannotStart, match=reason):
        load_app(write(source))


def test_a_folder_without_an_app_is_refused(tmp_path):
    with pytest.raises(CannotStart, match=r"no function_app\.py"):
        load_app(tmp_path)


def test_strict_typing_is_on_unless_the_app_s_settings_say_otherwise(write, monkeypatch):
    monkeypatch.setenv("AZURE_FUNCTIONS_DURABLE_STRICT_TYPING", "false")
    load_app(write(APP))
    assert os.environ["AZURE_FUNCTIONS_DURABLE_STRICT_TYPING"] == "false"

    monkeypatch.delenv("AZURE_FUNCTIONS_DURABLE_STRICT_TYPING")
    load_app(write(APP))
    assert os.environ["AZURE_FUNCTIONS_DURABLE_STRICT_TYPING"] == "true"
