"""uvicorn with pauses of 10 ms: with its own of 100 ms every test would wait at its end."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import patch

import uvicorn


class _Brisk:
    """asyncio as uvicorn's server knows it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 10)


patch.object(uvicorn.server, "asyncio", _Brisk()).start()

Server = uvicorn.Server
