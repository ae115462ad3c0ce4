"""`python -m local`, whose commands are in `local/commands.py`.

Any Python 3 can read this file, since it says which one is needed. The version of the system may be older.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036  # whoever starts it, starts it with any
    sys.exit("Cannot start: Landfall needs Python 3.11 or newer, and this is %d.%d." % sys.version_info[:2])  # noqa: UP031
if find_spec("aiohttp") is None:
    sys.exit("Cannot start: " + sys.executable + " has no packages for Landfall. Use `make run` or `make demo`.")

# The current directory, which Python looks into first, may be that of an app with modules named as ours.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from local.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
