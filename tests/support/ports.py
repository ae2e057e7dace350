"""Ports for the servers of the tests."""

from __future__ import annotations

import secrets
import socket
from contextlib import suppress


def free_port() -> int:
    """A port that nobody has, from below those that the system gives to clients.

    A client that calls again and again for a dead server could be given the server's own port, and keep it.
    `random` would not do: its seed is set anew for each test, to the same in each worker.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
