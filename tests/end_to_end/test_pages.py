"""The commands of the pages, pasted as printed into a fresh copy of this repository, give what the pages say."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.test_repository import files_under_git

ROOT = Path(__file__).parents[2]
TIMEOUT_SECONDS = 60  # for a machine that does much else; alone, all is there in a tenth of it
PAUSE_SECONDS = 0.2
TESTS_ALONE = {"make test"}  # which run this very test

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"
WILD = {UUID: UUID, TIME: TIME, r"[0-9a-f]{8}-…": f"{UUID}.*?", r"…": ".*?"}
"""What differs from run to run, and what the page leaves out."""

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Step:
    """The commands of one block, and the answers that the page shows below them; none where it shows none."""

    commands: str
    answers: tuple[str, ...]

    @property
    def only_reads(self) -> bool:
        """Then it may be repeated, as a person does who is told that something takes a moment."""
        return "curl" in self.commands and not re.search(r" -d |-X ", self.commands)

    def is_answered_by(self, said: str, answer: str) -> bool:
        return re.search(_pattern(answer), _on_one_line(said)) is not None


def steps_of(page: Path) -> list[Step]:
    """A block of shell may be followed by one that shows the answers, with nothing or a sentence between."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    shown = [() if language else _answers(text) for language, text in blocks[1:]]
    pairs = zip(blocks, [*shown, ()], strict=True)
    return [Step(text, answers) for (language, text), answers in pairs if language == "sh"]


def _answers(block: str) -> tuple[str, ...]:
    """Each begins with a bracket; a line that does not goes on with the one before."""
    return tuple(each.strip() for each in re.split(r"\n(?=[{\[])", block))


def _pattern(answer: str) -> str:
    wild = re.compile("|".join(f"({pattern})" for pattern in WILD))
    text, pattern, position = _on_one_line(answer), "", 0
    for match in wild.finditer(text):
        pattern += re.escape(text[position : match.start()])
        pattern += list(WILD.values())[(match.lastindex or 1) - 1]
        position = match.end()
    return pattern + re.escape(text[position:])


def _on_one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


class Clone:
    """What somebody has after `git clone`, with the packages that `make run` would install."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "landfall"
        for file in files_under_git():
            to = self.directory / file.relative_to(ROOT)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, to, follow_symlinks=False)
        self._take_over_the_environment()
        self.ports = free_port(), free_port()

    def with_its_ports(self, text: str) -> str:
        """The only thing in which the commands differ from what is printed: others may use the usual ports."""
        for usual, ours in zip((7071, 7072), self.ports, strict=True):
            text = text.replace(f"127.0.0.1:{usual}", f"127.0.0.1:{ours}")
        return text

    @property
    def environment(self) -> dict[str, str]:
        """Of a new terminal."""
        of_tests = ("MAKE", "MFLAGS", "LANDFALL")
        return {name: value for name, value in os.environ.items() if not name.startswith(of_tests)}

    def _take_over_the_environment(self) -> None:
        venv = self.directory / ".venv"
        venv.mkdir()
        for each in Path(sys.prefix).iterdir():
            if not each.name.startswith("."):
                (venv / each.name).symlink_to(each)
        for stamp in (".runs", ".installed"):
            (venv / stamp).touch()


class Terminal:
    """A shell that keeps its variables from one block to the next."""

    def __init__(self, clone: Clone) -> None:
        self._clone, self._blocks = clone, 0
        self._shell = subprocess.Popen(
            ["bash"],
            cwd=clone.directory,
            env=clone.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def paste(self, commands: str) -> str:
        """What it prints until the prompt is there again. The test's own timeout ends a wait that never succeeds."""
        assert self._shell.stdin
        assert self._shell.stdout
        self._blocks += 1
        end, said = f"end of block {self._blocks}", ""
        prompt = f"printf '\\n%s %s\\n' '{end}' $?"
        print(self._clone.with_its_ports(commands), prompt, sep="\n", file=self._shell.stdin, flush=True)
        for line in self._shell.stdout:
            if line.startswith(end):
                assert line == f"{end} 0\n", said
                return said
            said += line
        raise AssertionError(f"the shell ended: {said}")

    def close(self) -> None:
        self._shell.communicate(timeout=30)  # its input ends, and so does it


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


@pytest.fixture
def platform(clone: Clone, tmp_path: Path) -> Iterator[None]:
    """`make run` in one terminal, as every page begins."""
    ports = {"APP_PORT": str(clone.ports[0]), "LOCAL_PORT": str(clone.ports[1])}
    log = tmp_path / "run.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["make", "run"],
            cwd=clone.directory,
            env={**clone.environment, **ports},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while "Landfall is running" not in log.read_text(errors="replace"):
            assert process.poll() is None, log.read_text(errors="replace")
            assert time.monotonic() < deadline, log.read_text(errors="replace")
            time.sleep(PAUSE_SECONDS)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


@pytest.fixture
def terminal(clone: Clone, platform: None) -> Iterator[Terminal]:
    terminal = Terminal(clone)
    yield terminal
    terminal.close()


def follow(terminal: Terminal, clone: Clone, step: Step) -> None:
    """Paste it. What only reads is repeated until the answer is the one shown, and then until the next one is."""
    expected = tuple(clone.with_its_ports(answer) for answer in step.answers)
    said = terminal.paste(step.commands)
    if not expected:
        assert '"title": "' not in said, said  # a problem
        return
    if len(expected) == step.commands.count("curl "):  # one answer each
        expected = ("…".join(expected),)
    deadline = time.monotonic() + TIMEOUT_SECONDS
    for answer in expected:
        while not step.is_answered_by(said, answer):
            assert step.only_reads, f"{step.commands}\nThe page shows\n{answer}\nand it was\n{said}"
            assert time.monotonic() < deadline, f"{step.commands}\nThe page shows\n{answer}\nand it is\n{said}"
            time.sleep(PAUSE_SECONDS)
            said = terminal.paste(step.commands)


def test_the_readme_gives_what_it_says(clone: Clone, terminal: Terminal) -> None:
    begin, *steps = steps_of(ROOT / "README.md")
    commands = [command for line in begin.commands.splitlines() if (command := line.partition("#")[0].strip())]
    assert commands == ["make run", "make test", "make demo"]

    for command in commands[1:]:
        if command not in TESTS_ALONE:
            said = terminal.paste(command)
            assert "The demo uses the platform that runs" in said
            assert "What became of them" in said
    for step in steps:
        follow(terminal, clone, step)

    assert sum(len(step.answers) for step in steps) >= 6


@pytest.mark.usefixtures("platform")
def test_the_pages_work_as_they_stand_one_after_the_other(clone: Clone, terminal: Terminal) -> None:
    for page, answers in (("recipes.md", 6), ("customers.md", 4), ("templates.md", 1)):
        steps = steps_of(ROOT / "docs" / page)

        for step in steps:
            follow(terminal, clone, step)

        assert sum(len(step.answers) for step in steps) >= answers, page


def test_an_answer_that_the_page_does_not_show_is_seen() -> None:
    step = Step("curl -s http://127.0.0.1:7071/", ('{"at": "2026-11-22T05:31:22.309183Z", … "status": "sent"}',))

    assert step.is_answered_by('{"at": "2026-01-01T00:00:00.000000Z", "a": 1, "status": "sent"}', step.answers[0])
    assert not step.is_answered_by('{"at": "2026-01-01T00:00:00.000000Z", "status": "failed"}', step.answers[0])
