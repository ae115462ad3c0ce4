"""What infra/ says and what the app says are the same: settings, containers, events, functions."""

import json
import re
from base64 import b64encode
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import settings
from channels.providers import REPLIES, REPORTS
from events import topic_events
from local.host.app.app_loader import load_app
from scripts.architecture import LAYERS
from settings import Settings
from store.cosmos import DATABASE
from store.documents import INDEXED_FIELDS, PARTITION_KEYS
from tests.infra.bicep import Resource, resources, text, tree, variable
from tests.test_repository import files_under_git, part_of

ROOT = Path(__file__).parents[2]
DEPLOY = (ROOT / "docs" / "deploy.md").read_text()

FOR_THE_HOST = {
    "AZURE_CLIENT_ID",
    "AZURE_FUNCTIONS_DURABLE_STRICT_TYPING",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "AzureWebJobsStorage__accountName",
    "AzureWebJobsStorage__credential",
    "AzureWebJobsStorage__clientId",
}
"""What the Functions host and the SDKs read in Azure, and not we."""


def the(type_: str, name: str = "") -> Resource:
    [found] = [each for each in resources(type_) if name in ("", each.name)]
    return found


def app_settings() -> dict[str, Any]:
    merged: dict[str, Any] = the("Microsoft.Web/sites/config", "settings").body["properties"]["function"]["parameters"][
        "arg_2"
    ]
    return merged


def test_every_setting_is_set_in_azure_but_for_the_keys_that_are_for_local_use():
    ours = {name.upper() for name in Settings.model_fields if name not in settings.KEYS}
    assert set(app_settings()) - FOR_THE_HOST == ours - FOR_THE_HOST
    assert set(app_settings()) >= FOR_THE_HOST


def test_the_app_takes_the_settings_of_azure_with_the_senders_of_a_newcomer(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    newcomer = dict(re.findall(r"^azd env set (\w+) (\S+)$", DEPLOY.partition("azd up\n```")[0], re.MULTILINE))
    told_by_azure = {
        "COSMOS_DB_ENDPOINT": "https://cosmos.example.com:443/",
        "COMMUNICATION_SERVICES_ENDPOINT": "https://acs.example.com",
        "EVENTGRID_TOPIC_ENDPOINT": "https://topic.example.com/api/events",
        "SMS_SENDER": newcomer["SMS_SENDER"],
        "WHATSAPP_CHANNEL_ID": newcomer["WHATSAPP_CHANNEL_ID"],
        "EMAIL_SENDER": "DoNotReply@example.com",
        "DEAD_LETTERS": "https://storage.example.com/dead-letters",
        "ACCESS": "keys",
        "ADMIN_KEY_DIGEST": "",
        "ALLOWED_COUNTRIES": "",
        "PUBLIC_URL": "",
        "QUIET_HOURS": "",
        "FREQUENCY_CAPS": "",
        "TIME_ZONE": "UTC",
        "SIGNING_KEYS": f"1:{b64encode(2 * str(uuid4()).encode()).decode()}",  # as key_vault.bicep makes it
        "APPLICATIONINSIGHTS_CONNECTION_STRING": "InstrumentationKey=7d6f3c1e-52a4-4c0b-9e0f-2f1a5b8c9d10",
    }
    for name, value in {**app_settings(), **told_by_azure, "WEBSITE_SITE_NAME": "func-landfall"}.items():
        monkeypatch.setenv(name, value)

    taken = Settings()

    assert (taken.message_store, taken.management_urls) == ("cosmos", "status")


def test_the_database_and_its_containers_are_those_of_the_store():
    containers = variable("cosmos.bicep", "containers")

    assert the("Microsoft.DocumentDB/databaseAccounts/sqlDatabases").body["name"] == DATABASE
    assert {each["name"]: each["partitionKey"] for each in containers} == PARTITION_KEYS


def test_what_is_asked_for_is_indexed_and_nothing_else():
    indexed = {each["name"]: set(each["indexed"]) for each in variable("cosmos.bicep", "containers")}

    # Cosmos DB indexes every id, and a partition key only when it is told to.
    assert indexed == {
        name: {*fields, key} - {"id"} if fields else set()
        for (name, key), fields in zip(PARTITION_KEYS.items(), INDEXED_FIELDS.values(), strict=True)
    }


@pytest.mark.parametrize(
    ("topic", "read"),
    [
        ("systemTopics", {*REPORTS, *REPLIES}),
        ("topics", {topic_events.RECEIVED, *topic_events.STATUSES}),
    ],
)
def test_the_events_that_are_delivered_are_those_that_are_read(topic, read):
    subscription = the(f"Microsoft.EventGrid/{topic}/eventSubscriptions")
    delivered = subscription.properties["filter"]["includedEventTypes"]
    contract = re.findall(r"^\| `(Microsoft\.\S+)` \|", (ROOT / "docs" / "api.md").read_text(), re.MULTILINE)

    assert {name.lower() for name in delivered} == read
    assert set(delivered) <= set(contract)  # Event Grid compares them letter by letter


def test_every_event_is_retried_as_long_as_event_grid_can_and_then_kept():
    subscriptions = [each for each in resources() if each.type.endswith("/eventSubscriptions")]

    assert [
        (each.properties["retryPolicy"], each.properties["deadLetterWithResourceIdentity"]) for each in subscriptions
    ] == [("retries", "deadLetters")] * 2
    assert variable("event_subscriptions.bicep", "retries") == {
        "eventTimeToLiveInMinutes": 1440,
        "maxDeliveryAttempts": 30,
    }


def test_the_functions_that_infra_names_are_in_the_app():
    named = {
        re.split("[/:]", name)[-1]
        for file in ("event_subscriptions.bicep", "function_app.bicep")
        for name in re.findall(r"functions/\w+|function:\w+", text(file))
    }
    assert named == {"MessageProcessor"}
    assert named <= {function.name for function in load_app(ROOT).functions}


def test_the_task_hub_is_the_one_of_the_host():
    hub = json.loads((ROOT / "host.json").read_text())["extensions"]["durableTask"]["hubName"]
    assert the("Microsoft.DurableTask/schedulers/taskHubs").body["name"] == hub


def test_the_host_finds_the_connection_of_the_durable_task_scheduler_by_its_name():
    given = tree("durable_task.bicep")["outputs"]["settings"]["value"]
    prefix = "AzureFunctionsJobHost__extensions__durableTask__storageProvider__"

    assert given[f"{prefix}type"] == "azureManaged"
    assert "Authentication=ManagedIdentity" in given[given[f"{prefix}connectionStringName"]]


def test_dead_letters_are_kept_as_long_as_the_content_of_messages():
    days = re.findall(r"daysAfterModificationGreaterThan: (\d+)", text("storage.bicep"))
    assert app_settings()["KEEP_CONTENT"] == f"P{days[0]}D"


def test_azd_deploys_to_the_function_app():
    azure_yaml = (ROOT / "azure.yaml").read_text()
    [service] = re.findall(r"^services:\n  (\w+):", azure_yaml, re.MULTILINE)

    assert f"'azd-service-name': '{service}'" in text("function_app.bicep")


def test_what_azd_remembers_is_what_the_parameters_ask_for():
    sources = [DEPLOY, *(file.read_text() for file in (ROOT / "azure.yaml", *(ROOT / "scripts").glob("*.sh")))]
    remembered = {name for source in sources for name in re.findall(r"azd env set (\w+)", source)}

    assert {"FUNCTION_IS_DEPLOYED", "BUDGET_START", "EMAIL_DOMAIN_IS_VERIFIED"} <= remembered
    assert remembered <= set(re.findall(r"\$\{(\w+)\}", text("main.parameters.json")))


def test_the_page_on_deploying_lists_what_can_be_chosen():
    asked = set(re.findall(r"\$\{(\w+)\}", text("main.parameters.json")))
    set_for_you = {
        "AZURE_ENV_NAME",
        "AZURE_LOCATION",
        "BUDGET_START",
        "FUNCTION_IS_DEPLOYED",
        "EMAIL_DOMAIN_IS_VERIFIED",
    }

    assert set(re.findall(r"^\| `([A-Z_]+)` \|", DEPLOY, re.MULTILINE)) == asked - set_for_you


def test_what_is_deployed_is_the_app_and_nothing_else():
    ignored = {line.rstrip("/") for line in (ROOT / ".funcignore").read_text().splitlines()}
    parts = {file.relative_to(ROOT).parts[0] for file in files_under_git()}
    deployed = {part for part in parts if part not in ignored and not part.startswith(".")}

    assert {part_of(ROOT / part) for part in deployed} == {*set().union(*LAYERS), "host", "requirements"}
