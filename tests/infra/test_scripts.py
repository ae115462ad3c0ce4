"""The scripts, with the real platform as the app, and programs that answer as `azd` and `az` are documented to."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.test_auth import GuardedPlatform

ROOT = Path(__file__).parents[2]


class Terminal:
    """A shell in which `azd` and `az` are ours: they write down how they were called, and answer from files."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._calls = directory / "calls"
        for program in ("azd", "az"):
            self._install(program)

    def answer(self, call: str, text: str) -> None:
        """What a call answers whose arguments contain this text."""
        with (self._directory / "answers").open("a") as answers:
            answers.write(f"{call}\t{text}\n")

    def run(self, *command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        path = f"{self._directory}:{os.environ['PATH']}"
        return subprocess.run(
            command,
            cwd=ROOT,
            env={"PATH": path, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=50,
        )

    def calls(self) -> str:
        return self._calls.read_text() if self._calls.exists() else ""

    def _install(self, program: str) -> None:
        file = self._directory / program
        file.write_text(
            "#!/bin/sh\n"
            f'echo "{program} $*" >> "{self._calls}"\n'
            "while IFS='\t' read -r call text; do\n"
            '  case "$*" in *"$call"*) echo "$text"; exit ;; esac\n'
            f'done < "{self._directory}/answers"\n'
        )
        file.chmod(0o755)
        (self._directory / "answers").touch()


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    directory = tmp_path / "bin"
    directory.mkdir()
    return Terminal(directory)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedPlatform]:
    guarded = GuardedPlatform(tmp_path_factory.mktemp("deployed"))
    guarded.start()
    yield guarded
    guarded.stop()


@pytest.fixture
def deployed(terminal: Terminal, platform: GuardedPlatform) -> GuardedPlatform:
    terminal.answer("get-value API_URL", platform.url)
    terminal.answer("get-value AZURE_RESOURCE_GROUP", "rg-demo")
    terminal.answer("get-value FUNCTION_APP_NAME", "func-demo")
    terminal.answer("functionapp keys list --resource-group rg-demo --name func-demo", platform.keys.function)
    return platform


def test_the_first_email_is_sent_with_the_apps_key_and_followed_until_it_arrives(terminal, deployed):
    sent = terminal.run(sys.executable, "scripts/send_email.py", "ada@example.com")

    assert (sent.returncode, sent.stderr) == (0, "")
    assert re.fullmatch(r"accepted: [\w-]+\n(sending\n|sent\n)*delivered\n", sent.stdout)
    assert len(deployed.inbox("ada@example.com")) == 1


def test_an_email_that_nobody_gets_says_why(terminal, deployed):
    sent = terminal.run(sys.executable, "scripts/send_email.py", "failed@example.com")

    assert sent.returncode == 1
    assert sent.stdout.splitlines()[-1].startswith("undelivered: ")


def test_what_the_app_says_to_a_bad_request_is_shown(terminal, deployed):
    sent = terminal.run(sys.executable, "scripts/send_email.py", "nobody")

    assert sent.returncode == 1
    assert sent.stderr.startswith("400 Bad Request: ")
    assert "to.email" in sent.stderr


RECORDS = "Type    Name    Value"
VERIFIED = [("Domain", "Verified"), ("SPF", "Verified"), ("DKIM", "Verified"), ("DKIM2", "Verified")]


@pytest.fixture
def domain(terminal: Terminal) -> Terminal:
    terminal.answer("get-value EMAIL_DOMAIN_ID", "/subscriptions/s/domains/example.com")
    terminal.answer("verificationRecords", RECORDS)
    return terminal


def test_a_domain_that_is_not_verified_is_looked_at_and_sends_nothing_yet(domain):
    for record, status in [*VERIFIED[:2], ("DKIM", "NotStarted"), ("DKIM2", "VerificationInProgress")]:
        domain.answer(f"verificationStates.{record}.status", status)

    looked = domain.run("scripts/verify_email_domain.sh")

    assert looked.returncode == 1
    assert RECORDS in looked.stdout
    assert "looking for: DKIM DKIM2." in looked.stdout
    assert domain.calls().count("initiateVerification") == 1  # Azure refuses to begin what is under way
    assert "azd env set" not in domain.calls()


def test_a_domain_that_is_verified_sends_from_the_next_provision_on(domain):
    for record, status in VERIFIED:
        domain.answer(f"verificationStates.{record}.status", status)

    looked = domain.run("scripts/verify_email_domain.sh")

    assert looked.returncode == 0
    assert "azd env set EMAIL_DOMAIN_IS_VERIFIED true" in domain.calls()
    assert "initiateVerification" not in domain.calls()


def hook(name: str) -> str:
    [command] = re.findall(
        rf"^  {name}:\n(?:    .*\n)*?    run: (.+)$", (ROOT / "azure.yaml").read_text(), re.MULTILINE
    )
    return str(command).strip("'")


def test_the_month_of_the_first_deployment_is_remembered_once(terminal):
    first = terminal.run("sh", "-euc", hook("preprovision"))
    assert (first.returncode, len(re.findall(r"azd env set BUDGET_START \d{4}-\d{2}-01", terminal.calls()))) == (0, 1)

    again = terminal.run("sh", "-euc", hook("preprovision"), BUDGET_START="2026-11-01")
    assert (again.returncode, terminal.calls().count("azd env set")) == (0, 1)


def test_after_a_deployment_the_function_is_known_to_be_there(terminal):
    assert terminal.run("sh", "-euc", hook("postdeploy")).returncode == 0
    assert terminal.calls() == "azd env set FUNCTION_IS_DEPLOYED true\n"
