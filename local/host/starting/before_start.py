"""Checks before the start: ports, and the data directory."""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from local.durable.persistence.schema import UnknownVersion, refuse_later_version
from local.durable.persistence.storage import DataDirectoryInUse, refuse_if_in_use
from local.host.schedules.timer_statuses import TimerStatuses
from local.host.starting.cannot_start import CannotStart
from local.together import why_not_listen

MOST = 65535


def check_ports(*ports: int) -> None:
    """Each port is free, and no two are the same. Raises `CannotStart`."""
    for port in ports:
        if not 1 <= port <= MOST:
            raise CannotStart(f"port {port} is none: ports are numbers from 1 to {MOST}.")
        if ports.count(port) > 1:
            raise CannotStart(f"port {port} is named twice: the app and the stand-ins need one each.")
        if why := why_not_listen(port):
            others = "others with --port and --local-port, for make with APP_PORT=8071 LOCAL_PORT=8072"
            raise CannotStart(f"port {port} {why}. Stop what uses it, or choose {others}.")


def check_data_directory(directory: Path) -> None:
    """Make it if it is not there. What is kept in it can be read, and more can be written. Raises `CannotStart`."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=directory).close()
    except OSError as error:
        raise CannotStart(f"the data directory {directory} cannot be used: {error.strerror}.") from None
    for file in sorted(directory.glob("*.db")):
        _check_database(file)
    TimerStatuses(directory)


def check_engine(directory: Path) -> None:
    """No other host runs on this directory, and its engine knows the file. Raises `CannotStart`."""
    try:
        refuse_if_in_use(directory)
        refuse_later_version(directory / "durable.db")
    except (DataDirectoryInUse, UnknownVersion) as error:
        raise CannotStart(str(error)) from None


def _check_database(file: Path) -> None:
    try:
        with closing(sqlite3.connect(file)) as database:
            database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        if "locked" in str(error):  # it is in use, and so it can be read
            return
        raise _unreadable(file, error) from None
    except sqlite3.DatabaseError as error:
        raise _unreadable(file, error) from None


def _unreadable(file: Path, error: sqlite3.Error) -> CannotStart:
    return CannotStart(f"{file} cannot be read ({error}). Restore it, or move it away to start again.")
