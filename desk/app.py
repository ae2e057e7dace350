"""The running desk, put together."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from uuid_utils.compat import uuid7

from desk import page, telemetry
from desk.clock import wall_clock_ms
from desk.defences import Defences
from desk.graphql import Endpoint
from desk.keeper import Keeper
from desk.live.channel import Channel
from desk.live.fanout import Bell, Fanout
from desk.live.presence import Presences, Voice
from desk.live.socket import ANSWERS_AT_ONCE, Http, Socket
from desk.mail.door import MailDoor
from desk.mail.download import Downloads
from desk.mail.upload import Uploads
from desk.rates import Rates
from desk.reference.routes import routes as reference
from desk.serving import end_with_parent
from desk.settings import Settings, from_environment
from desk.speed.lane import Lane, Ready
from models import database
from models.attachment import Files
from models.unit_of_work import finished
from models.work import World

log = logging.getLogger("guichet")

GARBAGE = (50_000, 20, 100)
"""How much is made until it is looked for circles in it; Python's own 700 are few for whom a list is 5,000."""
RETRY_S = 1.0
PATIENCE_S = 5.0
"""How long the health page waits for the database: a thousand clients who come back at once are in front of it."""


class Broadcasting(Bell, Voice, Protocol):
    """What the desk needs of a channel."""

    def ring(self, position: int) -> None: ...

    async def run(self) -> None: ...


class Desk:
    """One process of the service: what it starts, keeps and ends."""

    def __init__(self, settings: Settings, clock: Callable[[], int], channel: Broadcasting) -> None:
        self.settings = settings
        self.channel = channel
        world = World(now_ms=clock, new_id=uuid7, committed=channel.ring, bounds=settings.bounds)
        self.mail = MailDoor(settings, world) if settings.mailbox_url else None
        self.world = self.mail.world if self.mail else world
        self.presences = Presences(channel, clock)
        self.fanout = Fanout(channel, self.presences.register, embedded=settings.embedded)
        self.rates = Rates(settings, clock)
        self.endpoint = Endpoint(settings, self.world, self.rates, self.fanout, self.presences, page.explorer())
        self.ready = Ready(self.endpoint)
        self.keeper = Keeper(
            self.world, settings.idempotency_seconds * 1_000, self.endpoint.doorkeeper.used, Files(settings.data)
        )
        self.not_ready: str | None = "starting"

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[dict[str, Any]]:
        url, replica = self.settings.database, self.settings.replica_url
        async with database.connected(url, replica=replica, peeks=self.settings.cache):
            await self._try_to_begin()
            work = [
                self.channel.run(),
                self._begin(),
                self.fanout.watch_rights(),
                self.presences.run(),
                self.keeper.run(lambda: self.not_ready is None),
            ]
            tasks = [
                asyncio.create_task(job)
                for job in [*work, *map(self._when_ready, self.mail.jobs() if self.mail else ())]
            ]
            try:
                yield {ANSWERS_AT_ONCE: self.ready}
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                if self.mail:
                    await self.mail.close()
                await finished()
                await self.rates.close()
                if self.not_ready is None:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(RETRY_S):
                            await self.keeper.look()  # seals what was committed last

    async def _begin(self) -> None:
        """Follows the journal as soon as the database is there and has this version's schema."""
        while self.not_ready:
            await asyncio.sleep(RETRY_S)
            await self._try_to_begin()
        await self.fanout.run()

    async def _try_to_begin(self) -> None:
        try:
            if self.settings.embedded:
                await database.migrate(lambda name: log.info("applied migration %s", name))
            elif missing := await database.pending():
                self.not_ready = f"the database lacks {', '.join(missing)}: run guichet migrate"
                return
            await self.fanout.start()
            self.not_ready = None
        except Exception as error:
            if not database.is_outage(error):
                raise
            self.not_ready = "the database does not answer"

    async def _when_ready(self, job: Coroutine[Any, Any, None]) -> None:
        """Runs a job from the moment on when the database is there and fits."""
        try:
            while self.not_ready:  # noqa: ASYNC110  # once a second, beside _begin
                await asyncio.sleep(RETRY_S)
            await job
        finally:
            job.close()

    async def health(self, _request: Request) -> JSONResponse:
        """200 when ready to serve, with what is degraded meanwhile; 503 with the reason when not."""
        reason = self.not_ready
        position, mail = 0, dict[str, bool]()
        if reason is None:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    head = await database.head()
                    position = head.position
                    if self.mail:
                        mail = await self.mail.health(head.now_ms or self.world.now_ms())
            except Exception as error:
                log.warning("health: %r", error)
                reason = "the database does not answer"
        if reason is not None:
            return JSONResponse({"status": "unavailable", "reason": reason}, status_code=503)
        parts = {"broadcast": self.channel.up, "upkeep": self.keeper.well} | mail
        told = {part: "up" if up else "down" for part, up in parts.items()}
        return JSONResponse({"status": "ok", "position": position} | told)


def create_app(
    settings: Settings, *, clock: Callable[[], int] = wall_clock_ms, channel: Broadcasting | None = None
) -> Starlette:
    """The service as an ASGI application. `clock` (Unix ms) and `channel` are handed in by tests."""
    Socket.stuck_seconds, Http.head_seconds = settings.stuck_seconds, settings.body_seconds
    desk = Desk(settings, clock, channel or Channel(settings.broadcast_url))
    app = Starlette(
        routes=[
            Route("/graphql", desk.endpoint, methods=["GET", "POST"]),
            Route("/health", desk.health),
            *reference(lambda request, shown: desk.endpoint.shown(request, shown, settings.introspection)),
            *Downloads(desk.endpoint, Files(settings.data)).routes(),
            *Uploads(desk.endpoint, Files(settings.data)).routes(),
            *(desk.mail.routes() if desk.mail else ()),
            *page.routes(),
        ],
        middleware=[
            Middleware(Defences, settings=settings),
            Middleware(Lane, endpoint=desk.endpoint, ready=desk.ready),
        ],
        lifespan=desk.lifespan,
    )
    app.router.redirect_slashes = False  # the address would be made of whatever Host was sent
    return app


def app_from_environment() -> Starlette:
    """For worker processes, which get their settings as variables."""
    settings = from_environment()
    telemetry.configure(settings.log_level)
    end_with_parent()
    app = create_app(settings)
    gc.collect()
    gc.freeze()  # what is there by now stays: it need not be looked through again and again
    gc.set_threshold(*GARBAGE)
    return app
