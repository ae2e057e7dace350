"""`guichet`: serve, migrate, demo, token, import. Every setting is an option and a GUICHET_… variable."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, TypeVar

import uvicorn
from cyclopts import App
from uuid_utils.compat import uuid7

from desk import demo as samples
from desk import telemetry
from desk.app import wall_clock_ms
from desk.importing.command import import_file
from desk.live.socket import Socket
from desk.settings import Settings, environment
from models import database
from models.account import Role
from models.errors import GuichetError
from models.work import World
from resolvers import accounts

T = TypeVar("T")

app = App(name="guichet", help="A live ticket desk.", version=version("guichet"), config=environment)
token = App(name="token", help="Tokens with which programs and people sign in.")
app.command(token)
app.command(import_file, name="import")

FIRST_PORT, PORTS_TRIED = 8_000, 100


@dataclass(frozen=True)
class Operator:
    """The command line as the cause of units of work."""

    world: World
    actor: str = "system"


@app.command
def serve(*, host: str = "127.0.0.1", port: int = FIRST_PORT, workers: int = 1, settings: Settings = Settings()) -> int:  # noqa: B008
    """Serve the desk until it is told to stop.

    Parameters
    ----------
    host
        Address to listen on.
    port
        Port to listen on.
    workers
        Processes that answer; more than one needs a Redis broadcast.
    """
    if workers > 1 and settings.broadcast_url.startswith("memory"):
        return _sorry(f"{workers} workers cannot hear each other over memory://: give --broadcast-url redis://…")
    os.environ.update(settings.variables())
    telemetry.configure(settings.log_level)
    Socket.stuck_seconds = settings.stuck_seconds
    uvicorn.run(
        "desk.app:app_from_environment",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        loop="auto",
        ws=Socket,
        ws_max_size=settings.request_bytes,
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=settings.stop_seconds,
    )
    return 0


@app.command
def migrate(*, settings: Settings = Settings()) -> int:  # noqa: B008
    """Bring the database to this version."""

    async def run() -> int:
        async with database.connected(settings.database):
            applied = await _migrated(settings)
        print(f"{applied} migrations applied" if applied else "the database is up to date")
        return 0

    return _run(run())


@token.command
def create(*, name: str, role: Role, user_id: str | None = None, settings: Settings = Settings()) -> int:  # noqa: B008
    """Make a token and print it, once: only its hash is kept.

    Parameters
    ----------
    name
        Account that the token signs in; made if there is none.
    role
        The account's role; refused if the account has another.
    user_id
        The requester whose tickets a CUSTOMER sees; for no other role.
    """

    async def run() -> int:
        async with database.connected(settings.database):
            if settings.embedded:
                await database.migrate()
            print(await accounts.create_token(_operator(settings), name, role, user_id))
        return 0

    return _run(run())


@app.command
def demo(*, host: str = "127.0.0.1", port: int = FIRST_PORT, settings: Settings = Settings()) -> int:  # noqa: B008
    """Serve a desk with sample tickets; if the port is taken, on the next free one.

    Parameters
    ----------
    host
        Address to listen on.
    port
        Port to try first.
    """

    async def fill() -> str:
        async with database.connected(settings.database):
            await database.migrate()
            await samples.fill(_operator(settings))
            return await accounts.create_token(_operator(settings), "ann", Role.AGENT, None)

    bearer: list[str] = []

    async def run() -> int:
        bearer.append(await fill())
        return 0

    if code := _run(run()):
        return code
    free = _free_port(host, port)
    if free != port:
        print(f"Port {port} is taken; using {free}.")
    print(samples.WELCOME.format(url=f"http://{host}:{free}", token=bearer[0], data=settings.data), flush=True)
    return serve(host=host, port=free, settings=settings)


def main() -> None:
    """The entry point of `guichet`."""
    telemetry.configure("warning")
    with suppress(KeyboardInterrupt):
        sys.exit(app())


async def _migrated(settings: Settings) -> int:
    names: list[str] = []
    await database.migrate(names.append)
    return len(names)


def _operator(settings: Settings) -> Operator:
    return Operator(World(now_ms=wall_clock_ms, new_id=uuid7, bounds=settings.bounds))


def _run(job: Coroutine[Any, Any, int]) -> int:
    """Runs a command to its exit code; what is expected to go wrong is one sentence and 1."""
    try:
        return asyncio.run(job)
    except GuichetError as error:
        return _sorry(error.message)
    except Exception as error:
        if database.is_outage(error):
            return _sorry(f"the database does not answer: {error}")
        raise


def _sorry(message: str) -> int:
    print(f"guichet: {message}", file=sys.stderr)
    return 1


def _free_port(host: str, first: int) -> int:
    for port in range(first, first + PORTS_TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    return first


if __name__ == "__main__":
    main()
