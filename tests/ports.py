"""Ports for processes that are started, stopped and started again."""

import random
import socket
from contextlib import suppress


def free_port() -> int:
    """Below those that Linux gives to outgoing connections: one of these would take it between a stop and a start."""
    while True:
        port = random.randrange(20_000, 32_768)
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
