"""`python -m bench imports`: 100,000 customers come to a platform on this machine, which is killed on the way."""

import csv
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
CUSTOMERS = 100_000
MEGABYTE = 1024 * 1024


def imports(count: int = CUSTOMERS) -> None:
    """Print how long it takes, how the memory of the host grows, and that each customer is there once."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        file, data = directory / "customers.csv", directory / "data"
        _write(file, count)
        print(f"{count} customers, {file.stat().st_size / MEGABYTE:.1f} MB")
        with _platform(data) as (url, host):
            killed_after, memory = _imported(url, file, host, stop_after=lambda: _customers(data) > count // 2)
            print(f"killed after {killed_after:.0f} s with {_customers(data)} of them")
        with _platform(data) as (url, host):
            rest, again = _imported(url, file, host)
        seconds = killed_after + rest
        print(f"all there after {seconds:.0f} s, {count / seconds:.0f} a second: {_customers(data)} customers")
        for name_of, seen in (("before it was killed", memory), ("after", again)):
            early, late = seen[len(seen) // 10], seen[-1]
            print(f"memory of the host {name_of}: {early / MEGABYTE:.0f} MB early, {late / MEGABYTE:.0f} MB late")


def _write(file: Path, count: int) -> None:
    with file.open("w", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(["customerId", "sms", "email", "locale", "tags", "attributes.plan"])
        for number in range(count):
            address = f"customer{number}@example.com"
            writer.writerow([f"customer-{number}", f"+4477{number:08}", address, "en-GB", "imported|new", "gold"])


def _imported(
    url: str, file: Path, memory: Callable[[], int], stop_after: Callable[[], bool] = lambda: False
) -> tuple[float, list[int]]:
    """The seconds until the command has ended or is stopped, and the memory of the host every half second."""
    seen = [memory()]
    begun = time.perf_counter()
    command = [sys.executable, "-m", "operations", "--url", url, "import", str(file)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        time.sleep(0.5)
        seen.append(memory())
        if stop_after():
            process.kill()
            process.wait()
            break
    return time.perf_counter() - begun, seen


def _customers(data: Path) -> int:
    database = sqlite3.connect(f"file:{data / 'landfall.db'}?mode=ro", uri=True)
    [(found,)] = database.execute("SELECT count(*) FROM documents WHERE container = 'Customers'")
    database.close()
    return int(found)


@contextmanager
def _platform(data: Path) -> Iterator[tuple[str, Callable[[], int]]]:
    """A platform on this directory, and how much memory its host takes; killed at the end, not stopped."""
    port, local_port = _free_port(), _free_port()
    command = [sys.executable, "-m", "local", "serve", "--port", str(port), "--local-port", str(local_port)]
    process = subprocess.Popen(
        [*command, "--data", str(data)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdout
    for line in process.stdout:
        if b"Landfall is running" in line:
            break
    threading.Thread(target=process.stdout.read, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{port}", lambda: _memory_of(_host_of(process.pid))
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _host_of(parent: int) -> int:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return next(int(each) for each in children if b"\0host\0" in Path(f"/proc/{each}/cmdline").read_bytes())


def _memory_of(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS:"))


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
