"""`python -m operations dead-letters`: see what Event Grid gave up, and deliver it once more."""

import argparse
import os
import sys

from operations.dead_letters import letters_in, replay, summary
from operations.webhook import Webhook, WebhookUnusable

KEY = "EVENTGRID_EXTENSION_KEY"


def main(arguments: list[str]) -> int:
    """Run one command; its exit status: 0 when no dead letter is left behind that was to be replayed."""
    chosen = _parser().parse_args(arguments)
    letters = letters_in(chosen.source)
    if chosen.to is None:
        print(summary(letters))
        return 0
    try:
        replayed = replay(letters, Webhook(chosen.to, os.environ.get(KEY)))
    except WebhookUnusable as reason:
        print(f"{reason} No dead letter was removed that had not been taken.")
        return 1
    print(replayed)
    return 0 if replayed.is_whole else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m operations", description="Landfall's operators.")
    commands = parser.add_subparsers(required=True, metavar="command")
    letters = commands.add_parser(
        "dead-letters", help="count what Event Grid gave up by reason, or deliver it once more and remove it"
    )
    letters.add_argument("source", help="the URL of the blob container, or a folder: .local/dead-letters")
    letters.add_argument("--to", metavar="URL", help=f"deliver to this app; its key for Event Grid is in {KEY}")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
