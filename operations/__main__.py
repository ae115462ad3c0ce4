"""`python -m operations`: commands for operators."""

import argparse
import os
import sys

from operations import audit, dead_letters, exporting, importing, keys, report, templates
from operations.api import KEY, LOCAL, URL, ApiUnusable


def main(arguments: list[str]) -> int:
    """Run one command; its exit status: 0 when it did what was asked."""
    chosen = _parser().parse_args(arguments)
    try:
        status: int = chosen.run(chosen)
    except ApiUnusable as reason:
        print(reason, file=sys.stderr)
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m operations",
        description=f"Landfall's operators. The key for the app is in {KEY}: an API key, or a function key.",
    )
    parser.add_argument("--url", default=os.environ.get(URL, LOCAL), help=f"of the app; {URL} unless given")
    commands = parser.add_subparsers(required=True, metavar="command")
    for command in (keys, audit, report, importing, exporting, templates, dead_letters):
        command.add_to(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
