"""The commands of the local platform: `python -m local serve`, `func` and `demo`.

Each command imports only what it needs, for a fast start.
"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from local.host.starting.cannot_start import CannotStart


def main(arguments: list[str]) -> int:
    """Run one command; its exit status."""
    chosen = _parser().parse_args(arguments)
    if getattr(chosen, "until_stdin_ends", False):
        _end_with_stdin()
    try:
        return _run(chosen)
    except CannotStart as error:
        print(f"Cannot start: {error}", file=sys.stderr)
        return 1


def _run(chosen: argparse.Namespace) -> int:
    """Raises `CannotStart`."""
    match chosen.command:
        case "serve":
            from local import serve

            return serve.run(chosen.port, chosen.local_port, chosen.data, chosen.clock, auth=chosen.auth)
        case "func":
            from local import core_tools

            return core_tools.run(chosen.port, chosen.local_port, chosen.data)
        case "demo":
            from local import demo

            return demo.run(chosen.port, chosen.local_port, chosen.data)
        case "host":
            from local.host import server as host
            from local.virtual_time import clock_of

            host.run(chosen.app, chosen.port, chosen.data, clock_of(chosen.clock, chosen.data), auth=chosen.auth)
        case "providers":
            from local.providers import server as providers
            from local.virtual_time import clock_of

            clock, host_url = clock_of(chosen.clock, chosen.data), f"http://127.0.0.1:{chosen.host_port}"
            providers.run(chosen.port, chosen.data, host_url, clock, auth=chosen.auth)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description="Landfall on a laptop, without a cloud.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    serve = commands.add_parser("serve", help="run the app with stand-ins for its providers")
    func = commands.add_parser("func", help="the same on Azure Functions Core Tools and Azurite")
    for each in (serve, func):
        each.add_argument("--port", type=int, default=7071, help="of the app")
        each.add_argument("--local-port", type=int, default=7072, help="of the stand-ins and their control API")
    demo = commands.add_parser("demo", help="send a few messages and watch what becomes of them")
    demo.add_argument("--port", type=int, help="of an app that runs; else the one of --data, or the usual one")
    demo.add_argument("--local-port", type=int, help="of its stand-ins")
    host = commands.add_parser("host", help="the app alone, as one of the two processes of serve")
    host.add_argument("--app", type=Path, default=Path(), help="the directory of function_app.py")
    host.add_argument("--port", type=int, default=7071)
    providers = commands.add_parser("providers", help="the stand-ins alone, as the other process of serve")
    providers.add_argument("--port", type=int, default=7072)
    providers.add_argument("--host-port", type=int, default=7071, help="of the app, which events go to")
    for each, data in (
        (serve, ".local"),
        (demo, ".local"),
        (func, ".local/func"),
        (host, ".local"),
        (providers, ".local"),
    ):
        each.add_argument("--data", type=Path, default=Path(data), help="the directory that everything is kept in")
    for each in (serve, host, providers):
        each.add_argument("--clock", choices=("real", "virtual"), default="real", help="virtual: it is moved by hand")
    serve.add_argument(
        "--auth",
        nargs="?",
        const="keys",
        choices=("keys", "roles"),
        help="ask for function keys, as Azure does; roles: for API keys, with a link that signs a browser in",
    )
    for each in (host, providers):
        each.add_argument("--auth", action="store_true", help="ask for keys, as Azure does")
    for each in (host, providers):
        each.add_argument("--until-stdin-ends", action="store_true", help="end when the other end of stdin does")
    return parser


def _end_with_stdin() -> None:
    """When the parent is killed with -9, its pipes close: end immediately too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C before our handlers are set must not print a traceback

    def watch() -> None:
        while os.read(0, 1024):
            pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
