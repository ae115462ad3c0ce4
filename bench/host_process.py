"""The local host as a process of its own, with what the operating system knows of it."""

import os
import subprocess
import sys
import time
from pathlib import Path

APP = Path(__file__).parent / "durable_app"
TICKS = os.sysconf("SC_CLK_TCK")


class HostProcess:
    """Serves `durable_app` on a port that the system chooses. `ready_seconds` is how long the start took."""

    def __init__(self, data: Path) -> None:
        begun = time.perf_counter()
        command = [sys.executable, "-m", "local", "host", "--app", str(APP), "--port", "0", "--data", str(data)]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=APP.parent.parent
        )
        self.url = self._first_url()
        self.ready_seconds = time.perf_counter() - begun

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory_bytes(self) -> int:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS:"))

    def stop(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=20)

    def _first_url(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("Host ready on "):
                return line.split()[-1]
        raise RuntimeError("the host did not start")
