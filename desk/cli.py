"""`guichet`: every command. Every setting is an option and a GUICHET_… variable."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from desk import access, telemetry, upkeep
from desk import demo as samples
from desk.importing.command import import_file
from desk.serving import LAST_PORT, free_port, listening, serve_on, url_of
from desk.settings import MAILBOXES, Settings, environment
from desk.terminal import opened, operator, run, sorry
from models import database
from models.account import Role
from models.errors import GuichetError
from resolvers import sessions, tokens

app = App(name="guichet", help="A live ticket desk.", version=version("guichet"), config=environment)

FIRST_PORT, PORTS_TRIED = 8_000, 100
Port = Annotated[int, Parameter(validator=Number(gte=0, lte=LAST_PORT))]


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
        return sorry(f"{workers} workers cannot hear each other over memory://: give --broadcast-url redis://…")
    if settings.embedded and (code := run(_prepare(settings))):
        return code
    try:
        listener = listening(host, port, settings)
    except OSError as error:
        return sorry(
            f"port {port} of {host} is taken, or not ours to take ({error.strerror}): give another with --port."
        )
    return serve_on(listener, workers, settings)


@app.command
def migrate(*, settings: Settings = Settings()) -> int:  # noqa: B008
    """Bring the database to this version."""

    async def bring() -> int:
        async with database.connected(settings.database, patient=True):
            applied: list[str] = []
            await database.migrate(applied.append)
        print(f"applied {', '.join(applied)}" if applied else "the database is up to date")
        return 0

    return run(bring())


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

    secrets: dict[str, str] = {}

    async def fill() -> int:
        caller = operator(settings)
        async with database.connected(settings.database):
            await database.migrate()
            await samples.fill(caller)
            for link, name in samples.LINKS.items():
                secrets[link] = (await sessions.create_code(caller, name))[0]
            secrets["token"] = await tokens.issue(caller, "ann", Role.AGENT, None)
        return 0

    if code := run(fill()):
        return code
    settings = replace(
        settings,
        reason_templates=settings.reason_templates or samples.REASONS,
        mailbox_url=settings.mailbox_url or f"local://127.0.0.1:{free_port(MAILBOXES['local'])}",
    )
    for each in range(port, min(port + PORTS_TRIED, LAST_PORT)):
        with suppress(OSError):
            listener = listening(host, each, settings)
            break
    else:
        return sorry(f"no port of {host} from {port} on is ours to take: give another --host or --port.")
    if each != port:
        print(f"Port {port} is taken; using {each}.")
    where = f"--data {settings.data}" if settings.database_url is None else "and the same --database-url"
    smtp = (settings.mailbox_url or "").replace("local://", "smtp://")
    print(samples.WELCOME.format(url=url_of(listener), where=where, smtp=smtp, **secrets), flush=True)
    return serve_on(listener, 1, settings)


app.command(import_file, name="import")
app.command("desk.mail.command:mail", name="mail", help="Mail that comes, and mail that goes.")  # read when called
access.add_to(app)
upkeep.add_to(app)


def main() -> None:
    """The entry point of `guichet`."""
    telemetry.configure("warning")
    try:
        app()
    except GuichetError as error:  # settings that do not fit
        sys.exit(sorry(error.message, 2))
    except KeyboardInterrupt:
        sys.exit(130)


async def _prepare(settings: Settings) -> int:
    """Makes and migrates the desk's own database, before any worker looks at it."""
    async with opened(settings):
        return 0


if __name__ == "__main__":
    main()
