#!/usr/bin/env python3
"""Send one email through the app that azd has deployed, and show its status.

    python3 scripts/send_email.py ADDRESS

Needs `az login`, for the app's function key. Ends with 0 when the email was delivered, with 1 when it was not.
"""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import Any

PAUSE_SECONDS = 1
IN_FLIGHT = ("accepted", "scheduled", "sending", "sent")


def main(address: str) -> int:
    url, key = of_azd("API_URL"), function_key()
    email = {
        "customerId": "first-message",
        "channels": ["email"],
        "to": {"email": address},
        "content": {"subject": "Landfall", "text": "Landfall carried this message to you."},
    }
    message = ask(f"{url}/api/messages", key, email)
    message_url = f"{url}/api/messages/{message['messageId']}"
    print(f"accepted: {message['messageId']}")
    told = "accepted"
    while told in IN_FLIGHT:
        time.sleep(PAUSE_SECONDS)
        message = ask(message_url, key)
        if message["status"] != told:
            told = message["status"]
            print(f"{told}{''.join(f': {reason}' for reason in reasons(message))}")
    return 0 if told in ("delivered", "read") else 1


def reasons(message: dict[str, Any]) -> list[str]:
    tries = [*message["attempts"], *message["skipped"]]
    return [each["reason"]["detail"] for each in tries if each.get("reason")]


def ask(url: str, key: str, body: Any = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", "x-functions-key": key})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            answer: dict[str, Any] = json.load(response)
            return answer
    except urllib.error.HTTPError as error:  # its body names the field or the setting at fault
        sys.exit(f"{error.code} {error.reason}: {error.read().decode()}")


def function_key() -> str:
    return output_of(
        *("az", "functionapp", "keys", "list"),
        *("--resource-group", of_azd("AZURE_RESOURCE_GROUP"), "--name", of_azd("FUNCTION_APP_NAME")),
        *("--query", "functionKeys.default", "--output", "tsv"),
    )


def of_azd(name: str) -> str:
    return output_of("azd", "env", "get-value", name)


def output_of(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
