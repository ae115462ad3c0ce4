"""Who may do what: one identity, roles that are named, and no keys."""

import json
import re
from pathlib import Path
from uuid import UUID

import pytest

from tests.infra.bicep import FILES, INFRA, resources, text, tree

DEPLOY = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text()

BUILT_IN = {
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
    "00000000-0000-0000-0000-000000000002": "Cosmos DB Built-in Data Contributor",
    "d5a91429-5739-47e2-a06b-3470a27159e7": "EventGrid Data Sender",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
    "0ad04412-c4d5-4796-b79c-f76d14c8d402": "Durable Task Data Contributor",
}
"""From Microsoft's list of built-in roles: roles on data. None can read a key or grant a role."""

WITHOUT_KEYS = [
    ("Microsoft.Storage/storageAccounts", ["allowSharedKeyAccess"], False),
    ("Microsoft.Storage/storageAccounts", ["allowBlobPublicAccess"], False),
    ("Microsoft.DocumentDB/databaseAccounts", ["disableLocalAuth"], True),
    ("Microsoft.Communication/communicationServices", ["disableLocalAuth"], True),
    ("Microsoft.EventGrid/topics", ["disableLocalAuth"], True),
    ("Microsoft.Insights/components", ["DisableLocalAuth"], True),
    ("Microsoft.OperationalInsights/workspaces", ["features", "disableLocalAuth"], True),
    ("Microsoft.KeyVault/vaults", ["enableRbacAuthorization"], True),
]

ASSIGNMENTS = [
    *resources("Microsoft.Authorization/roleAssignments"),
    *resources("Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments"),
]


def roles_named() -> dict[str, str]:
    """Every id in infra/, with the name in its comment."""
    lines = [line for file in FILES for line in text(file.name).splitlines()]
    found = [re.search(r"'([0-9a-f]{8}-[0-9a-f-]{27})' // (.+)", line) for line in lines]
    return {match[1]: match[2] for match in found if match}


def test_a_role_is_what_its_comment_says():
    every_id = {id_ for file in FILES for id_ in re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", text(file.name))}

    assert roles_named() == BUILT_IN
    assert every_id == set(BUILT_IN)


def test_every_role_is_given_to_the_one_identity_by_a_name_that_stays():
    for assignment in ASSIGNMENTS:
        assert assignment.properties["principalId"] == "principalId"
        assert assignment.body["name"]["function"]["type"] == "guid"
    assert len(list(resources("Microsoft.ManagedIdentity/userAssignedIdentities"))) == 1


def test_a_role_is_given_on_one_resource_never_on_the_group_or_the_subscription():
    for assignment in ASSIGNMENTS:
        made_here = {name for name, each in tree(assignment.file)["resources"].items() if not each["existing"]}
        scope = assignment.body.get("scope") or assignment.body["parent"]

        assert scope in made_here


@pytest.mark.parametrize(("type_", "path", "expected"), WITHOUT_KEYS)
def test_a_service_takes_no_keys(type_, path, expected):
    found = list(resources(type_))
    assert found
    for resource in found:
        value = resource.properties
        for step in path:
            value = value[step]
        assert value is expected


@pytest.mark.parametrize("file", [*INFRA.iterdir(), Path("azure.yaml")], ids=lambda file: file.name)
def test_no_key_is_read_and_none_is_written_down(file):
    source = (INFRA.parent / file).read_text()
    assert re.findall(r"(?i)list\w+\(|AccountKey|SharedAccess|\baccesskey|password", source) == []


def test_our_own_role_sends_messages_and_cannot_read_a_key():
    [role] = json.loads((INFRA / "communication_role.json").read_text())["resources"]
    [permission] = role["properties"]["permissions"]

    assert permission == {
        "actions": [
            "Microsoft.Communication/CommunicationServices/Read",
            "Microsoft.Communication/CommunicationServices/Write",
            "Microsoft.Communication/EmailServices/Write",
        ],
        "notActions": [],
        "dataActions": [],
        "notDataActions": [],
    }
    assert role["properties"]["assignableScopes"] == ["[resourceGroup().id]"]


def test_a_reference_leads_to_a_secret_that_is_in_the_vault():
    kept = {resource.body["name"] for resource in resources("Microsoft.KeyVault/vaults/secrets")}
    asked = set(
        re.findall(r"@Microsoft\.KeyVault\(SecretUri=\$\{vaultUri\}secrets/([\w-]+)\)", text("function_app.bicep"))
    )

    assert asked == kept


def test_entra_signs_in_without_a_secret_and_lets_everybody_else_through_to_the_apps_own_gate():
    [authentication] = [each for each in resources("Microsoft.Web/sites/config") if each.name == "authentication"]

    assert authentication.body["name"] == "authsettingsV2"
    assert authentication.properties == {
        "platform": {"enabled": True},
        "globalValidation": {"requireAuthentication": False, "unauthenticatedClientAction": "AllowAnonymous"},
        "httpSettings": {"requireHttps": True},
        "identityProviders": {
            "azureActiveDirectory": {
                "enabled": True,
                "registration": {
                    "clientId": "entraClientId",
                    "openIdIssuer": "${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0",
                },
                "validation": {"allowedAudiences": ["api://${entraClientId}", "entraClientId"]},
            }
        },
        "login": {"tokenStore": {"enabled": False}},
    }


def test_nobody_signs_in_with_entra_unless_an_app_registration_is_named():
    assert tree("main.bicep")["parameters"]["access"]["default"] == "keys"
    assert tree("main.bicep")["parameters"]["entraClientId"]["default"] == ""
    assert re.findall(r"'Microsoft.Web/sites/config@\S+' = if \((.+)\) \{", text("function_app.bicep")) == [
        "!empty(entraClientId)"
    ]


APP_ROLES = json.loads((INFRA / "app_roles.json").read_text())


def test_the_app_roles_are_those_of_the_app():
    assert [role["value"] for role in APP_ROLES] == [
        *("sender", "reader", "agent", "marketer", "approver", "operator", "privacy", "admin")
    ]


def test_an_app_role_can_be_given_to_a_person_and_to_an_app():
    assert len({UUID(role["id"]) for role in APP_ROLES}) == len(APP_ROLES)
    for role in APP_ROLES:
        assert set(role) == {"id", "value", "displayName", "description", "allowedMemberTypes", "isEnabled"}
        assert role["allowedMemberTypes"] == ["User", "Application"]
        assert role["isEnabled"] is True


def test_the_page_on_deploying_names_the_app_roles():
    [listed] = re.findall(r"eight app roles, ((?:`\w+`[ ,and\n]*)+)", DEPLOY)
    assert re.findall(r"\w+", listed.replace("and", "")) == [role["value"] for role in APP_ROLES]


def test_the_page_on_deploying_lists_the_roles_that_there_are():
    listed = re.findall(r"^\| ([A-Z][\w -]+) \| `([0-9a-f-]{36})` \|", DEPLOY, re.MULTILINE)
    assert {id_: name for name, id_ in listed} == BUILT_IN
