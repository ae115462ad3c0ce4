"""Work that an app has left, and a later one finds, which has other functions."""

import asyncio
import sys
from contextlib import asynccontextmanager

import azure.durable_functions as df
import pytest

from tests.local.durable.platform import running

TALLY = df.EntityId("tally", "all")

APP = """
import asyncio
import azure.durable_functions as df

app = df.DFApp()
begun = asyncio.Event()


@app.orchestration_trigger(context_name="context")
def asks(context):
    try:
        return (yield context.call_activity("answers"))
    except Exception as error:
        return str(error)
"""

ACTIVITY = """

@app.activity_trigger(input_name="nothing")
async def answers(nothing: str) -> str:
    begun.set()
    await asyncio.Event().wait()
"""

ENTITY = """

@app.entity_trigger(context_name="context")
def tally(context):
    {body}
"""


@pytest.fixture
def deployed(tmp_path):
    @asynccontextmanager
    async def deployed(source):
        (tmp_path / "function_app.py").write_text(source)
        async with running(str(tmp_path), tmp_path / "data") as platform:
            yield platform

    return deployed


async def test_a_disabled_activity_is_one_that_does_not_exist(deployed, monkeypatch):
    monkeypatch.setenv("AzureWebJobs.answers.Disabled", "true")
    async with deployed(APP + ACTIVITY) as platform:
        status = await platform.run("asks")

    assert "The function 'answers' doesn't exist, is disabled, or is not an activity function." in status.output


async def test_an_activity_that_is_gone_fails_for_the_workflow_that_waits_for_it(deployed):
    async with deployed(APP + ACTIVITY) as before:
        instance = await before.client.start_new("asks")
        await asyncio.wait_for(sys.modules["function_app"].begun.wait(), timeout=10)
    async with deployed(APP) as after:
        output = (await after.finished(instance)).output

    assert "The function 'answers' doesn't exist, is disabled, or is not an activity function." in output


async def test_an_operation_waits_for_an_entity_that_is_gone_to_come_back(deployed, caplog):
    async with deployed(APP + ENTITY.format(body="context.set_state(object())")) as before:  # no JSON: it stays undone
        await before.client.signal_entity(TALLY, "add", {"by": 1})
    async with deployed(APP) as without:
        await without.clock.until_someone_sleeps(seconds=5)
    async with deployed(APP + ENTITY.format(body="context.set_state(context.get_input())")) as after:
        await after.entity_state(TALLY, {"by": 1})

    assert "The function 'tally' doesn't exist, is disabled, or is not an entity function." in caplog.text
