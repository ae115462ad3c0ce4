"""The whole platform in processes of its own, on real sockets and real files, used as a customer uses it."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any

from local.together import is_taken
from tests.ports import free_port
from tests.stores import a_store_for_processes

ROOT = Path(__file__).parents[2]
PAUSE_SECONDS = 0.02  # between two looks at another process
Json = Any


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message  # finds names in any case
    body: Json


class Platform:
    """`python -m local serve` on free ports, with its data in one directory. `within` is a command that runs it."""

    def __init__(self, directory: Path, *flags: str, within: Sequence[str] = ()) -> None:
        self._flags, self._within = flags, within
        self.data, self.log = directory / "data", directory / "platform.log"
        self._ports = free_port(), free_port()
        self.url, self.local_url = (f"http://127.0.0.1:{port}" for port in self._ports)
        self._process: subprocess.Popen[bytes] | None = None
        self._until_stopped = ExitStack()
        self._store: dict[str, str] | None = None

    def start(self) -> None:
        if self._store is None:
            self._store = self._until_stopped.enter_context(a_store_for_processes())
        port, local_port = map(str, self._ports)
        command = [sys.executable, "-m", "local", "serve", "--port", port, "--local-port", local_port]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._within, *command, "--data", str(self.data), *self._flags],
                cwd=ROOT,
                env={**os.environ, **self._store},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.until(lambda: self._answers(), "the platform serves", seconds=20)

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def kill(self) -> None:
        """`kill -9` of the whole group. Return when all of it is gone; the system tells us only of the first."""
        assert self._process
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self.until(lambda: not any(map(is_taken, self._ports)), "the killed processes are gone")

    def restart(self) -> None:
        self.kill()
        self.start()

    def stop(self) -> None:
        assert self._process
        self._process.terminate()
        assert self._process.wait(timeout=15) == 0, "the platform did not stop as it should"
        self._until_stopped.close()

    def advance(self, duration: str) -> None:
        """With `--clock virtual`: let so much time pass, and return when all that is due meanwhile has happened."""
        answer = self.call("POST", f"{self.local_url}/local/clock", {"advance": duration})
        assert answer.status == 200, answer.body

    # as its customer

    def call(self, method: str, url: str, body: Json = None, headers: dict[str, str] | None = None) -> Answer:
        """One request; `body` as JSON, unless it is bytes."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        url = url if url.startswith("http") else self.url + url
        request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})})
        request.method = method
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return answer_of(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            with error:
                return answer_of(error.code, error.headers, error.read())

    def post(self, **message: Json) -> str:
        """Send a message; its id."""
        answer = self.call("POST", "/api/messages", {"customerId": "customer-123", "message": "Hello", **message})
        assert answer.status == 202, answer.body
        return str(answer.body["messageId"])

    @staticmethod
    def in_an_hour() -> str:
        return (datetime.now(UTC) + timedelta(hours=1)).isoformat()

    def message(self, message_id: str) -> Json:
        return self.call("GET", f"/api/messages/{message_id}").body

    def workflow(self, message_id: str) -> Json:
        return self.call("GET", f"/runtime/webhooks/durabletask/instances/{message_id}").body

    def finished(self, message_id: str, seconds: float = 20) -> Json:
        """The message once its workflow has ended."""
        self.until(
            lambda: self.workflow(message_id)["runtimeStatus"] not in ("Pending", "Running"),
            f"message {message_id} ends",
            seconds,
        )
        return self.message(message_id)

    def waiting(self, message_id: str) -> None:
        """Return when the workflow waits for a report."""
        self.until(lambda: (self.workflow(message_id)["customStatus"] or {}).get("until"), "the workflow waits")

    def until(self, is_so: Callable[[], Any], what: str, seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
            time.sleep(PAUSE_SECONDS)

    # as its providers

    def ledger(self) -> list[Json]:
        """What customers noticed."""
        effects: list[Json] = self.call("GET", f"{self.local_url}/local/ledger").body
        return effects

    def inbox(self, address: str) -> list[Json]:
        messages: list[Json] = self.call("GET", f"{self.local_url}/local/inbox/{address}").body
        return messages

    def fault(self, **fault: Json) -> None:
        assert self.call("POST", f"{self.local_url}/local/faults", fault).status == 204

    def release(self) -> None:
        assert self.call("DELETE", f"{self.local_url}/local/faults").status == 204

    def _answers(self) -> bool:
        try:
            healthy = self.call("GET", "/api/health").status == 200
            return healthy and self.call("GET", f"{self.local_url}/local/health").status == 200
        except OSError:
            return False


def answer_of(status: int, headers: Message, body: bytes) -> Answer:
    try:
        return Answer(status, headers, json.loads(body))
    except ValueError:
        return Answer(status, headers, body.decode(errors="replace"))
