"""Private endpoints: nothing of them unless they are asked for, and then one for each resource that the app reads."""

import re
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from tests.infra.bicep import resources, text, tree, variable

DEPLOY = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text()
SECTION = DEPLOY.partition("## Private endpoints\n")[2].partition("\n## ")[0]

PUBLIC_CLOUD = {
    "environment().suffixes.storage": "core.windows.net",
    "environment().suffixes.keyvaultDns": ".vault.azure.net",
}
"""From Microsoft's reference of `environment()`."""

ZONES = {
    ("storageAccountId", "blob"): "privatelink.blob.core.windows.net",
    ("storageAccountId", "queue"): "privatelink.queue.core.windows.net",
    ("storageAccountId", "table"): "privatelink.table.core.windows.net",
    ("cosmosAccountId", "Sql"): "privatelink.documents.azure.com",
    ("vaultId", "vault"): "privatelink.vaultcore.azure.net",
    ("topicId", "topic"): "privatelink.eventgrid.azure.net",
    ("schedulerId", "scheduler"): "privatelink.durabletask.io",
}
"""From Microsoft's list of private DNS zones: the resource and its part, with the zone of the public cloud."""

CLOSED = {
    "Microsoft.Storage/storageAccounts": "storage.outputs.id",
    "Microsoft.DocumentDB/databaseAccounts": "cosmos.outputs.id",
    "Microsoft.KeyVault/vaults": "keyVault.outputs.id",
    "Microsoft.EventGrid/topics": "eventGrid.outputs.topicId",
    "Microsoft.DurableTask/schedulers": "useDurableTaskScheduler ? durableTask!.outputs.id : ''",
}
"""Every resource that takes calls from the network only, with the id that the network is given."""

ENDPOINTS = [*variable("network.bicep", "always"), *variable("network.bicep", "withScheduler")]


def zone_of(endpoint: dict[str, Any]) -> str:
    """The zone in the public cloud."""
    zone = endpoint["zone"]
    if isinstance(zone, str):
        return re.sub(r"\$\{(.+?)\}", lambda match: PUBLIC_CLOUD[match[1]], zone)
    replaced = zone["function"]["parameters"]
    return PUBLIC_CLOUD["environment().suffixes.keyvaultDns"].replace(replaced["old_string"], replaced["new_string"])


def condition_of(module: str) -> str:
    [condition] = re.findall(rf"^module \w+ '{module}' = if \((.+)\) {{", text("main.bicep"), re.MULTILINE)
    return str(condition)


def test_without_private_endpoints_there_is_no_network_and_every_resource_is_open():
    in_the_network = {each.file for each in resources() if each.type.startswith("Microsoft.Network/")}

    assert tree("main.bicep")["parameters"]["privateEndpoints"]["default"] is False
    assert in_the_network == {"network.bicep", "private_endpoint.bicep"}
    assert condition_of("network.bicep") == "privateEndpoints"
    assert "'private_endpoint.bicep'" not in text("main.bicep")
    assert "var publicNetworkAccess = privateEndpoints ? 'Disabled' : 'Enabled'\n" in text("main.bicep")
    assert "subnetId: privateEndpoints ? network!.outputs.appSubnetId : ''\n" in text("main.bicep")
    assert "virtualNetworkSubnetId: empty(subnetId) ? null : subnetId " in text("function_app.bicep")


def test_what_is_closed_to_the_internet_has_a_private_endpoint():
    closed = {each.type for each in resources() if each.properties.get("publicNetworkAccess") == "publicNetworkAccess"}
    [given] = re.findall(r"module network .+? params: \{(.+?)\n  \}", text("main.bicep"), re.DOTALL)

    assert closed == set(CLOSED)
    assert set(CLOSED.values()) <= set(re.findall(r": (.+)", given))
    assert {(each["targetId"], each["groupId"]): zone_of(each) for each in ENDPOINTS} == ZONES


def test_the_storage_account_stays_open_to_azures_own_services_for_dead_letters():
    [account] = resources("Microsoft.Storage/storageAccounts")
    assert account.properties["networkAcls"]["bypass"] == "AzureServices"


def test_the_app_itself_stays_open_to_its_callers_and_to_event_grid():
    [app] = resources("Microsoft.Web/sites")
    assert "publicNetworkAccess" not in app.properties


def test_the_app_calls_from_a_subnet_of_its_own_that_is_made_for_flex_consumption():
    [network] = resources("Microsoft.Network/virtualNetworks")
    subnets = {subnet["name"]: subnet["properties"] for subnet in network.properties["subnets"]}
    addresses = {name: IPv4Network(each) for name, each in variable("network.bicep", "addresses").items()}

    assert [each["properties"]["serviceName"] for each in subnets["app"]["delegations"]] == [
        "Microsoft.App/environments"
    ]
    assert "delegations" not in subnets["endpoints"]
    assert tree("network.bicep")["outputs"]["appSubnetId"]["value"] == "${network.id}/subnets/app"
    assert addresses["app"].subnet_of(addresses["network"])
    assert addresses["endpoints"].subnet_of(addresses["network"])
    assert not addresses["app"].overlaps(addresses["endpoints"])


def test_a_name_in_the_network_leads_to_the_private_endpoint():
    made = {each.type: each for each in resources() if each.file == "private_endpoint.bicep"}
    [connection] = made["Microsoft.Network/privateEndpoints"].properties["privateLinkServiceConnections"]
    zones = made["Microsoft.Network/privateEndpoints/privateDnsZoneGroups"].properties["privateDnsZoneConfigs"]

    assert connection["properties"] == {"privateLinkServiceId": "targetId", "groupIds": ["groupId"]}
    assert made["Microsoft.Network/privateDnsZones"].body["name"] == "zoneName"
    assert made["Microsoft.Network/privateDnsZones/virtualNetworkLinks"].properties == {
        "registrationEnabled": False,
        "virtualNetwork": {"id": "networkId"},
    }
    assert [str(zone["properties"]["privateDnsZoneId"]["operator"]["operands"]["operand_1"]) for zone in zones] == [
        "zone"
    ]


def test_the_page_on_deploying_lists_the_zones():
    assert set(re.findall(r"`(privatelink\.[\w.]+)`", SECTION)) == set(ZONES.values())
