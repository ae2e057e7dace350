"""`guichet`: serve, migrate, demo, token, import. Every setting is an option and a GUICHET_… variable."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Coroutine
from dataclasses import dataclass
from importlib.metadata import version
from typing import Annotated, Any

import uvicorn
from cyclopts import App, Parameter
from cyclopts.validators import Number
from uuid_utils.compat import uuid7

from desk import demo as samples
from desk import telemetry
from desk.app import wall_clock_ms
from desk.importing.command import import_file
from desk.live.socket import Socket
from desk.settings import Settings, environment
from models import database
from models.account import Role
from models.errors import GuichetError, Unavailable
from models.work import World
from resolvers import accounts

app = App(name="guichet", help="A live ticket desk.", version=version("guichet"), config=environment)
token = App(name="token", help="Tokens with which programs and people sign in.")
app.command(token)
app.command(import_file, name="import")

FIRST_PORT, PORTS_TRIED = 8_000, 100
Port = Annotated[int, Parameter(validator=Number(gte=0, lte=65_535))]


@dataclass(frozen=True)
class Operator:
    """The command line as the cause of units of work."""

    world: World
    actor: str = "system"


@app.command
def serve(
    *,
    host: str = "127.0.0.1",
    port: Port = FIRST_PORT,
    workers: Annotated[int, Parameter(validator=Number(gte=1))] = 1,
    settings: Settings = Settings(),  # noqa: B008  # frozen
) -> int:
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
    if settings.embedded and (code := _run(_prepare(settings))):
        return code
    if not _is_free(host, port):
        return _sorry(f"port {port} of {host} is taken, or not ours to take: give another with --port.")
    os.environ.update(settings.variables())
    telemetry.configure(settings.log_level)
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
            applied: list[str] = []
            await database.migrate(applied.append)
        print(f"applied {', '.join(applied)}" if applied else "the database is up to date")
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
def demo(*, host: str = "127.0.0.1", port: Port = FIRST_PORT, settings: Settings = Settings()) -> int:  # noqa: B008
    """Serve a desk with sample tickets; if the port is taken, on the next free one.

    Parameters
    ----------
    host
        Address to listen on.
    port
        Port to try first.
    """

    bearer: list[str] = []

    async def fill() -> int:
        async with database.connected(settings.database):
            await database.migrate()
            await samples.fill(_operator(settings))
            bearer.append(await accounts.create_token(_operator(settings), "ann", Role.AGENT, None))
        return 0

    if code := _run(fill()):
        return code
    free = next((each for each in range(port, port + PORTS_TRIED) if _is_free(host, each)), port)
    if free != port:
        print(f"Port {port} is taken; using {free}.")
    where = f"--data {settings.data}" if settings.database_url is None else "and the same --database-url"
    print(samples.WELCOME.format(url=f"http://{_shown(host)}:{free}", token=bearer[0], where=where), flush=True)
    return serve(host=host, port=free, settings=settings)


def main() -> None:
    """The entry point of `guichet`."""
    telemetry.configure("warning")
    try:
        app()
    except GuichetError as error:  # settings that do not fit
        sys.exit(_sorry(error.message, 2))
    except KeyboardInterrupt:
        sys.exit(130)


async def _prepare(settings: Settings) -> int:
    """Makes and migrates the desk's own database, before any worker looks at it."""
    async with database.connected(settings.database):
        await database.migrate()
    return 0


def _operator(settings: Settings) -> Operator:
    return Operator(World(now_ms=wall_clock_ms, new_id=uuid7, bounds=settings.bounds))


def _run(job: Coroutine[Any, Any, int]) -> int:
    """Runs a command to its exit code; what is expected to go wrong is one sentence and 1."""
    try:
        return asyncio.run(job)
    except Exception as error:
        if isinstance(error, Unavailable) or database.is_outage(error):
            return _sorry(f"the database does not answer: {error.__cause__ or error}")
        if isinstance(error, GuichetError):
            return _sorry(error.message)
        raise


def _sorry(message: str, code: int = 1) -> int:
    print(f"guichet: {message}", file=sys.stderr)
    return code


def _is_free(host: str, port: int) -> bool:
    """Whether a server may listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError):
            return False
    return True


def _shown(host: str) -> str:
    """The host as a URL has it; a wildcard address is reached at this machine."""
    if host in ("0.0.0.0", "::"):
        return "localhost"
    return f"[{host}]" if ":" in host else host


if __name__ == "__main__":
    main()
