"""The listening socket and the processes behind it."""

from __future__ import annotations

import logging
import os
import socket
from contextlib import suppress

import uvicorn
from uvicorn.supervisors import Multiprocess

from desk import telemetry
from desk.live.socket import Socket
from desk.settings import Settings

log = logging.getLogger("guichet")

SEND_BUFFER = 128 * 1024
"""Bytes that the kernel keeps for a client that does not read; its default grows to megabytes, which nobody sees."""


def listening(host: str, port: int, settings: Settings) -> socket.socket:
    """A socket that listens for the desk; its connections inherit the limits. Raises OSError where it may not."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux: how long sent bytes may wait for the client's kernel, ms
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, settings.stuck_seconds * 1_000)
        listener.bind((host, port))
        listener.listen(1_024)  # a second listener on the port fails here, whatever SO_REUSEADDR allows
        listener.set_inheritable(True)
    except BaseException:
        listener.close()
        raise
    return listener


def serve_on(listener: socket.socket, workers: int, settings: Settings) -> int:
    """Serves until told to stop, in this process or in so many workers; returns the exit code."""
    os.environ.update(settings.variables())
    telemetry.configure(settings.log_level)
    log.info("running on %s", url_of(listener))
    config = uvicorn.Config(
        "desk.app:app_from_environment",
        factory=True,
        workers=workers,
        ws=Socket,
        ws_max_size=settings.request_bytes,
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=settings.stop_seconds,
    )
    if workers > 1:
        Multiprocess(config, sockets=[listener]).run()
        return 0
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):  # uvicorn has ended in good order, and says once more that it was Ctrl-C
        server.run(sockets=[listener])
    return 0 if server.started else 3


def url_of(listener: socket.socket) -> str:
    """Where people reach the listener; a wildcard address is reached at this machine."""
    host, port = listener.getsockname()[:2]
    shown = "localhost" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"
