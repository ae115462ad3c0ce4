"""The URLs of the management API, as the durable client binding and the answers to a start carry them."""

import json

PUBLIC_BASE = "/runtime/webhooks/durabletask"
RPC_BASE = "/durabletask"
KEY = "code=local"
"""The SDK expects a query; without `--auth` nobody looks at it."""

_PLACEHOLDER = "INSTANCEID"  # the SDK replaces it in every URL


def binding_value(origin: str, task_hub: str) -> str:
    """What a parameter with a durableClient binding is given: JSON text. `origin` is `http://host:port`."""
    base = origin + PUBLIC_BASE
    start = f"{base}/orchestrators/{{functionName}}[/{{instanceId}}]"
    waiting = "timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}"
    rewind = {"rewindPostUri": f"{base}/instances/{_PLACEHOLDER}/rewind?reason={{text}}&{_query(task_hub)}"}
    return json.dumps({
        "taskHubName": task_hub,
        "connectionName": None,
        "creationUrls": {
            "createNewInstancePostUri": f"{start}?{KEY}",
            "createAndWaitOnNewInstancePostUri": f"{start}?{waiting}&{KEY}",
        },
        "managementUrls": {**management_urls(origin, task_hub, _PLACEHOLDER), **rewind},
        "baseUrl": base,
        "requiredQueryStringParameters": KEY,
        "rpcBaseUrl": f"{origin}{RPC_BASE}/",  # the SDK appends to it, so the slash must be there
        "httpBaseUrl": None,
    })  # fmt: skip


def management_urls(origin: str, task_hub: str, instance_id: str) -> dict[str, str]:
    """The check-status payload: what a caller may ask of one instance."""
    instance, query = f"{origin}{PUBLIC_BASE}/instances/{instance_id}", _query(task_hub)
    return {
        "id": instance_id,
        "statusQueryGetUri": f"{instance}?{query}",
        "sendEventPostUri": f"{instance}/raiseEvent/{{eventName}}?{query}",
        "terminatePostUri": f"{instance}/terminate?reason={{text}}&{query}",
        "purgeHistoryDeleteUri": f"{instance}?{query}",
        "restartPostUri": f"{instance}/restart?{query}",
        "suspendPostUri": f"{instance}/suspend?reason={{text}}&{query}",
        "resumePostUri": f"{instance}/resume?reason={{text}}&{query}",
    }


def _query(task_hub: str) -> str:
    return f"taskHub={task_hub}&connection=Storage&{KEY}"
