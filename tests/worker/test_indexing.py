"""The local host takes an app as Microsoft's own Python worker does, but for the differences that are listed here."""

import json
from pathlib import Path

import pytest

from local.host.app.app_loader import load_app
from local.host.app.user_code import place
from local.host.starting.cannot_start import CannotStart
from tests.local.host.faulty_apps import APP, REFUSED_HERE_ALONE, REFUSED_THERE_TOO
from tests.worker.runtime import Refused, worker_with

ROOT = Path(__file__).parents[2]
NOT_ALONE = {"broken", "namesake"}  # one cannot be imported, one has modules named like ours
EXAMPLES = [file.parent for file in sorted((ROOT / "tests" / "apps").glob("*/function_app.py"))]
APPS = [ROOT, *(app for app in EXAMPLES if app.name not in NOT_ALONE)]


@pytest.mark.parametrize("directory", APPS, ids=lambda directory: directory.name)
def test_every_function_is_the_same_to_both(runtime, directory):
    ours = load_app(directory).functions

    with worker_with(runtime, directory) as worker:
        theirs = {name: worker.info(name) for name in worker.functions}
        assert list(theirs) == [function.name for function in ours]
        for function in ours:
            info, told = theirs[function.name], worker.functions[function.name]
            assert [json.loads(each) for each in told.raw_bindings] == function.bindings
            assert place(info.func) == place(function.call)
            assert info.requires_context == function.asks_for_context
            assert info.has_return == function.may_return
            assert (info.input_types[function.trigger["name"]].binding_name == "generic") == function.takes_text
            assert bool(told.retry_options) == bool(function.retry)


@pytest.mark.parametrize("functions", [functions for functions, _ in REFUSED_THERE_TOO])
def test_what_the_worker_does_not_load_the_local_host_refuses(runtime, functions, tmp_path):
    (tmp_path / "function_app.py").write_text(APP + functions)

    with pytest.raises(CannotStart):
        load_app(tmp_path)
    with pytest.raises(Refused), worker_with(runtime, tmp_path):
        pass


@pytest.mark.parametrize(("functions", "why"), [(functions, why) for functions, _, why in REFUSED_HERE_ALONE])
def test_the_local_host_refuses_more_than_the_worker_only_where_that_is_wanted(runtime, functions, why, tmp_path):
    (tmp_path / "function_app.py").write_text(APP + functions)

    with pytest.raises(CannotStart):
        load_app(tmp_path)
    with worker_with(runtime, tmp_path) as worker:
        assert worker.functions, why
