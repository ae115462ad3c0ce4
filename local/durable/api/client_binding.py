"""The URLs of the management API, as the durable client binding and the answers to a start carry them."""

import json

PUBLIC_BASE = "/runtime/webhooks/durabletask"
RPC_BASE = "/durabletask"
NO_KEY = "local"
"""Not checked, but the SDK expects a key."""

_PLACEHOLDER = "INSTANCEID"  # the SDK replaces it in every URL


def binding_value(origin: str, task_hub: str, key: str = NO_KEY) -> str:
    """What a parameter with a durableClient binding is given: JSON text. `origin` is `http://host:port`.

    The SDK itself calls `rpcBaseUrl`, which asks for no key; the other URLs are for callers of the app.
    """
    base = origin + PUBLIC_BASE
    start = f"{base}/orchestrators/{{functionName}}[/{{instanceId}}]"
    waiting = "timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}"
    rewind = {"rewindPostUri": f"{base}/instances/{_PLACEHOLDER}/rewind?reason={{text}}&{_query(task_hub, key)}"}
    return json.dumps({
        "taskHubName": task_hub,
        "connectionName": None,
        "creationUrls": {
            "createNewInstancePostUri": f"{start}?code={key}",
            "createAndWaitOnNewInstancePostUri": f"{start}?{waiting}&code={key}",
        },
        "managementUrls": {**management_urls(origin, task_hub, _PLACEHOLDER, key), **rewind},
        "baseUrl": base,
        "requiredQueryStringParameters": f"code={key}",
        "rpcBaseUrl": f"{origin}{RPC_BASE}/",  # the SDK appends to it, so the slash must be there
        "httpBaseUrl": None,
    })  # fmt: skip


def management_urls(origin: str, task_hub: str, instance_id: str, key: str) -> dict[str, str]:
    """The check-status payload: what a caller may ask of one instance."""
    instance, query = f"{origin}{PUBLIC_BASE}/instances/{instance_id}", _query(task_hub, key)
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


def _query(task_hub: str, key: str) -> str:
    return f"taskHub={task_hub}&connection=Storage&code={key}"
