import json
import os

import pytest

from local.durable.engine import Limits
from local.host.app.app_loader import load_app
from local.host.starting.cannot_start import CannotStart
from tests.local.host.faulty_apps import (
    ACTIVITY,
    ACTIVITY_OF,
    APP,
    CLIENT,
    ENTITY,
    HTTP,
    REFUSED_HERE_ALONE,
    REFUSED_THERE_TOO,
    TIMER,
)


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

    assert (app.host.hub_name, app.host.route_prefix, app.host.versions.default) == ("Hub", "v1", "1.0")
    assert app.host.limits == Limits(activities=3)


def test_a_choice_that_host_json_does_not_have_is_named(write):
    durable = {"versionMatchStrategy": "Newest"}

    with pytest.raises(
        CannotStart, match=r"host\.json: versionMatchStrategy is 'Newest', and must be one of None, Str"
    ):
        load_app(write(APP, {"extensions": {"durableTask": durable}}))


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ([], "it must hold a JSON object"),
        ({"extensions": []}, "extensions must be a JSON object"),
        (
            {"extensions": {"durableTask": {"maxConcurrentActivityFunctions": 0}}},
            "Functions is 0, and must be a num",
        ),
        ({"extensions": {"durableTask": {"maxConcurrentEntityFunctions": "9"}}}, "Functions is '9', and must be a num"),
    ],
)
def test_a_host_json_of_another_form_is_no_start(write, host, reason):
    with pytest.raises(CannotStart, match=rf"host\.json: .*{reason}"):
        load_app(write(APP, host))


def test_a_host_json_may_begin_with_a_mark(write):
    directory = write(APP)
    (directory / "host.json").write_text('{"extensions": {"http": {"routePrefix": "v1"}}}', encoding="utf-8-sig")

    assert load_app(directory).host.route_prefix == "v1"


def test_an_app_without_host_json_gets_azure_s_defaults(write):
    app = load_app(write(APP))

    assert (app.host.hub_name, app.host.route_prefix) == ("TestHubName", "api")


def test_a_host_json_that_cannot_be_read_is_named(write):
    directory = write(APP)
    (directory / "host.json").write_text("{")

    with pytest.raises(CannotStart, match=r"host\.json is not JSON \(.*line 1"):
        load_app(directory)


def test_functions_come_in_their_order_under_the_names_orchestrators_use(write):
    named = '\n@app.activity_trigger(input_name="payload", activity="Renamed")\ndef third(payload): return payload\n'
    app = load_app(write(APP + ACTIVITY.format(name="second") + ACTIVITY.format(name="first") + named))

    assert [function.host_name for function in app.functions] == ["second", "first", "Renamed"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "exactly one function app, and names 0"),
        (APP + "other = df.DFApp()", r"exactly one function app, and names 2 \(app, other\)"),
        (APP + "the_same = app", r"exactly one function app, and names 2 \(app, the_same\)"),
    ],
)
def test_an_app_that_azure_would_not_find_is_refused(write, source, reason):
    with pytest.raises(CannotStart, match=reason):
        load_app(write(source))


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def f(:\n", ["function_app.py, line 1: SyntaxError"]),
        ("\nimport no_such_module\n", ["function_app.py, line 2: ModuleNotFoundError", "'no_such_module'"]),
        (
            APP + '\n\n@app.route("x", methods=["FETCH"])\ndef fetch(req):\n    return ""\n',
            ["function_app.py, line 6, at the function fetch: "],
        ),
        ("def read():\n    return {}['key']\n\n\nread()\n", ["function_app.py, line 2, in read: KeyError"]),
        ("import json\n\njson.loads('{')\n", ["function_app.py, line 3: JSONDecodeError"]),
        ("import sys\nsys.exit(4)\n", ["function_app.py, line 2: SystemExit"]),
    ],
)
def test_an_app_that_cannot_be_imported_is_refused_with_file_line_and_function(write, source, told):
    with pytest.raises(CannotStart) as refusal:
        load_app(write(source))

    text = str(refusal.value)
    assert [part for part in told if part not in text] == []
    assert "importlib" not in text
    assert "site-packages" not in text


def test_a_module_of_the_app_is_named_when_the_fault_is_there(write):
    directory = write("import its_module_that_fails\n")
    (directory / "its_module_that_fails.py").write_text("\n\n1 / 0\n")

    with pytest.raises(CannotStart, match=r"its_module_that_fails\.py, line 3: ZeroDivisionError"):
        load_app(directory)


@pytest.mark.parametrize(
    ("functions", "reasons"), [*REFUSED_THERE_TOO, *((app, reasons) for app, reasons, _ in REFUSED_HERE_ALONE)]
)
def test_a_function_that_would_not_do_what_it_says_is_refused_with_its_place(write, functions, reasons):
    with pytest.raises(CannotStart) as refusal:
        load_app(write(APP + functions))

    assert [reason for reason in reasons if reason not in str(refusal.value)] == []


def test_a_retry_policy_that_the_host_would_ignore_is_warned_of(write, caplog):
    retry = "\n@app.retry(strategy='fixed_delay', max_retry_count='3', delay_interval='00:00:10')\ndef"
    load_app(write(APP + HTTP.format(signature="(req)").replace("\ndef", retry)))

    assert "line 5: answer has a retry policy, which the host ignores: a httpTrigger is not" in caplog.text


def test_an_app_may_have_another_file(write, monkeypatch):
    directory = write("")
    (directory / "main.py").write_text(APP + TIMER)
    monkeypatch.setenv("PYTHON_SCRIPT_FILE_NAME", "main.py")

    assert [function.name for function in load_app(directory).functions] == ["tick"]


@pytest.mark.parametrize(
    "kind", ["dict", "'dict'", "__import__('typing').List[int]", "__import__('typing').Any", "None"]
)
def test_a_parameter_may_have_what_azure_s_worker_takes(write, kind):
    assert load_app(write(APP + ACTIVITY_OF.format(kind=kind))).of_kind("activityTrigger")


def test_functions_with_wrappers_of_the_app_are_known_for_what_they_are(write):
    wrapped = """
import functools


def counted(function):
    @functools.wraps(function)
    def call(*args, **kwargs):
        return function(*args, **kwargs)

    return call
"""
    client = CLIENT.format(definition="@counted\nasync def start(timer, client):")
    entity = ENTITY.format(definition="@counted\ndef count(context):")

    app = load_app(write(APP + wrapped + client + entity))

    assert [function.name for function in app.functions] == ["start", "count"]


@pytest.mark.parametrize(
    ("declared", "name"),
    [
        ('@app.activity_trigger(input_name="payload", activity="Other")', "Other"),
        ('@app.function_name("Other")\n@app.activity_trigger(input_name="payload")', "Other"),
        ('@app.function_name("Work")\n@app.activity_trigger(input_name="payload")', None),
    ],
)
def test_a_durable_function_with_another_name_than_its_own_is_warned_of(write, caplog, declared, name):
    load_app(write(f"{APP}{declared}\ndef work(payload): return payload\n"))

    warned = f"function_app.py, line 4: work is known as {name}. Who calls it by reference asks for work" in caplog.text
    assert warned == (name is not None)
    assert [record.name for record in caplog.records if record.name == "host"] == ["host"] * warned


def test_a_folder_without_an_app_is_refused(tmp_path):
    with pytest.raises(CannotStart, match=r"no function_app\.py"):
        load_app(tmp_path)


def test_strict_typing_is_left_to_the_app_s_settings(write, monkeypatch):
    monkeypatch.delenv("AZURE_FUNCTIONS_DURABLE_STRICT_TYPING", raising=False)
    load_app(write(APP))

    assert "AZURE_FUNCTIONS_DURABLE_STRICT_TYPING" not in os.environ
