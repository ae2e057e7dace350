"""Mails are read in a process of their own: the loop stays free, and one that takes too long is killed with it."""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from typing import Any

from desk.mail.bounds import MailBounds
from desk.mail.heading import Context
from desk.mail.mail import Mail
from desk.mail.parse import header_only
from desk.mail.worker import LENGTH_BYTES, packed

START_S = 60
"""How long the process may take to be there, seconds."""
TRIES = 2
"""A process that died is begun once more: another mail, or the system, may have been the reason."""
TOO_LONG = "It took too much time or memory to read: only its header was."


class Reader:
    """Reads one mail at a time, in a process that begins with the first and ends with `close`."""

    def __init__(self, bounds: MailBounds | None = None, authserv_id: str | None = None) -> None:
        self._bounds = bounds or MailBounds()
        self._authserv_id = authserv_id
        self._turn = asyncio.Lock()
        self._process: Process | None = None

    async def read(self, raw: bytes, *, arrived_at_ms: int, size: int | None = None) -> Mail:
        """What desk.mail.parse.parse says, within `mail_seconds`. Raises OSError where no process can be started."""
        context = Context(self._bounds, arrived_at_ms, size, self._authserv_id)
        async with self._turn:
            for _ in range(TRIES):
                try:
                    return await self._answer(await self._started(), raw, context)
                except TimeoutError:
                    await self._kill()
                    break
                except (EOFError, ConnectionError):
                    await self._kill()
                except BaseException:
                    await self._kill()  # what it would answer later is of no use
                    raise
        return await asyncio.to_thread(header_only, raw, context, TOO_LONG)

    async def close(self) -> None:
        """Ends the process; the next mail would begin another."""
        async with self._turn:
            await self._kill()

    async def _answer(self, process: Process, raw: bytes, context: Context) -> Mail:
        """The mail, without its HTML where that took too long. Raises TimeoutError, EOFError, ConnectionError."""
        now, bounds = asyncio.get_running_loop().time, self._bounds
        deadline = now() + bounds.mail_seconds
        async with asyncio.timeout_at(deadline):
            assert process.stdin is not None
            process.stdin.write(packed((raw, context)))
            await process.stdin.drain()
            mail, html_follows = await _received(process)
        if html_follows:
            try:
                async with asyncio.timeout_at(min(deadline, now() + bounds.html_seconds)):
                    markup = await _received(process)
            except (TimeoutError, EOFError):
                await self._kill()
            else:
                mail = markup.put_into(mail)
        assert isinstance(mail, Mail)
        return mail

    async def _started(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "desk.mail.worker"),
                stdin=PIPE,
                stdout=PIPE,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},  # the same modules as here
                start_new_session=True,  # Ctrl+C is for the desk, which then closes it
            )
            try:
                async with asyncio.timeout(START_S):
                    await _received(self._process)
            except (EOFError, TimeoutError) as error:
                raise OSError("The process that reads mails does not start.") from error
        return self._process

    async def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _received(process: Process) -> Any:
    """The next thing that the process sends. Raises EOFError where it ends."""
    assert process.stdout is not None
    length = int.from_bytes(await process.stdout.readexactly(LENGTH_BYTES))
    return pickle.loads(await process.stdout.readexactly(length))
