"""Makes it possible to load any app, also one whose modules have the same names as ours."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
"""Where our own packages are: what we import of them is loaded before the app is."""


def make_room_for(app_directory: Path) -> None:
    """Change to the app's directory, as `func` does, so that the app imports its own modules, and none of ours.

    Our modules go on with what they have imported; only their names are free again. To be called once, by a process
    that serves this app and no other. Landfall itself needs no room: its modules are ours.
    """
    app_directory = app_directory.resolve()
    if not app_directory.is_dir() or app_directory == ROOT:
        return
    os.chdir(app_directory)
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != ROOT]
    for name, module in [*sys.modules.items()]:
        file = getattr(module, "__file__", None)
        if file and name != "__main__" and _is_ours(Path(file)):
            del sys.modules[name]


def _is_ours(file: Path) -> bool:
    return ROOT in file.parents and "site-packages" not in file.parts
