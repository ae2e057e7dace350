"""The listening socket and the processes behind it."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import sys
import time
from contextlib import suppress
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from desk import telemetry
from desk.live.socket import Http, Socket
from desk.settings import Settings

log = logging.getLogger("guichet")

SEND_BUFFER = 128 * 1024
"""Bytes that the kernel keeps for a client that does not read; its default grows to megabytes, which nobody sees."""

LAST_PORT = 65_535

WORKER_S = 15
"""How long a worker may take to begin, or to say that it is alive."""
CRASH_WINDOW_S = 60
CRASHES_PER_WORKER = 3
"""More deaths than that within the window are a crash loop: something else is broken than a worker."""


class Supervisor(Multiprocess):
    """uvicorn's parent of workers, which starts another for one that died; this one gives up when all of them do."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        self._deaths: list[float] = []
        self.gave_up = False

    def keep_subprocess_alive(self) -> None:
        before = list(self.processes)
        super().keep_subprocess_alive()
        if self.should_exit.is_set():
            self.gave_up = any(process.exitcode == STARTUP_FAILURE for process in before)
            return
        now = time.monotonic()
        died = [now for process in before if process not in self.processes]
        self._deaths = [moment for moment in self._deaths if moment > now - CRASH_WINDOW_S] + died
        if died and len(self._deaths) > CRASHES_PER_WORKER * self.processes_num:
            log.critical("%d workers died within %d s: giving up", len(self._deaths), CRASH_WINDOW_S)
            self.gave_up = True
            self.should_exit.set()


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


def configured(app: ASGIApp | str, settings: Settings, **more: Any) -> uvicorn.Config:
    """How uvicorn serves a desk, whoever starts it."""
    return uvicorn.Config(
        app,
        http=Http,
        ws=Socket,
        ws_max_size=settings.request_bytes,
        ws_per_message_deflate=False,
        proxy_headers=bool(settings.trusted_proxies),  # else uvicorn believes whoever is on this machine
        forwarded_allow_ips=settings.trusted_proxies,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=settings.stop_seconds,
        timeout_worker_healthcheck=WORKER_S,
        **more,
    )


def serve_on(listener: socket.socket, workers: int, settings: Settings) -> int:
    """Serves until told to stop, in this process or in so many workers.

    Returns the exit code: 0 after a stop, 3 where it cannot begin, or where workers die again and again.
    """
    os.environ.update(settings.variables())
    telemetry.configure(settings.log_level)
    log.info("running on %s", url_of(listener))
    config = configured("desk.app:app_from_environment", settings, factory=True, workers=workers)
    if workers > 1:
        supervisor = Supervisor(config, sockets=[listener])
        supervisor.run()
        return 3 if supervisor.gave_up else 0
    server = uvicorn.Server(config)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))  # its terminal was closed
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn ends in good order, then sends itself the signal
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    return 0 if server.started else 3


def end_with_parent() -> None:
    """Ends this worker in good order when its parent is gone: an orphan would keep the port from the next server."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_end_after, args=[parent], daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def free_port(first: int) -> int:
    """The first port of this machine from `first` on that nobody has."""
    for port in range(first, LAST_PORT):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


def url_of(listener: socket.socket) -> str:
    """Where people reach the listener; a wildcard address is reached at this machine."""
    host, port = listener.getsockname()[:2]
    shown = "localhost" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"
