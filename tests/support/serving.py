"""Any application on a port of this machine, within the test's own loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from tests.support.brisk import Server
from tests.support.desk import GUARD_S


@asynccontextmanager
async def served(app: ASGIApp, port: int) -> AsyncIterator[str]:
    """Serves it on this machine until the end of the block; its URL."""
    config = uvicorn.Config(app, port=port, log_config=None, lifespan="off", ws="none", date_header=False)
    server = Server(config)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(GUARD_S):
        while not server.started:
            assert not serving.done(), serving.result()
            await asyncio.sleep(0)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving
