"""A mail server that records what it takes, and at a stage does what a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from tests.support.ports import free_port

CUT: Final = "cut"
MUTE: Final = "mute"
SLOW: Final = "slow"
"""In place of an answer: the line is cut, nothing is ever said, or the usual once a test lets it."""


@dataclass
class Taken:
    """A mail with its envelope."""

    sender: str
    recipient: str
    content: bytes


@dataclass
class Server:
    """Takes everything, but for what `answers` says of a stage: GREETING, EHLO, AUTH, MAIL, RCPT, DATA, DOT, QUIT.

    A mail counts as taken once its last dot was read, unless the answer to that is a refusal.
    """

    port: int
    answers: dict[str, str] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    extensions: tuple[str, ...] = ("SIZE 30000000", "8BITMIME", "AUTH PLAIN")
    met: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a stage of `answers` was reached."""
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    talks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.create_task(self._talk(reader, writer))
        self.talks.add(talk)
        with suppress(ConnectionError, _Cut, asyncio.CancelledError):
            await talk
        self.talks.discard(talk)
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(stage: str, usual: str) -> bool:
            answer = self.answers.get(stage, usual)
            if answer != usual:
                self.met.set()
            if answer == MUTE:
                await asyncio.Event().wait()
            if answer == CUT:
                raise _Cut
            if answer == SLOW:
                await self.go_on.wait()
                answer = usual
            writer.write(f"{answer}\r\n".encode())
            await writer.drain()
            return answer == usual

        sender = recipient = ""
        await say("GREETING", "220 recorder")
        while line := (await reader.readline()).decode("utf-8", "replace").strip():
            verb, _, rest = line.partition(" ")
            match verb.upper():
                case "EHLO":
                    lines = ["recorder", *self.extensions]
                    marks = ["-"] * (len(lines) - 1) + [" "]
                    await say("EHLO", "\r\n".join(f"250{mark}{each}" for mark, each in zip(marks, lines, strict=True)))
                case "AUTH":
                    await say("AUTH", "235 welcome")
                case "MAIL":
                    sender = rest.partition("<")[2].partition(">")[0]
                    await say("MAIL", "250 ok")
                case "RCPT":
                    recipient = rest.partition("<")[2].partition(">")[0]
                    await say("RCPT", "250 ok")
                case "DATA":
                    if await say("DATA", "354 go on"):
                        mail = Taken(sender, recipient, (await reader.readuntil(b"\r\n.\r\n"))[:-3])
                        if self.answers.get("DOT", "2")[0] not in "45":
                            self.taken.append(mail)
                        await say("DOT", "250 taken as 7")
                case "QUIT":
                    await say("QUIT", "221 bye")
                    return
                case _:
                    writer.write(b"500 what\r\n")


class _Cut(Exception):
    pass


@asynccontextmanager
async def recording() -> AsyncIterator[Server]:
    """Such a server, on this machine."""
    server = Server(free_port())
    async with await asyncio.start_server(server.serve, "127.0.0.1", server.port, limit=30_000_000):
        yield server
        for talk in list(server.talks):
            talk.cancel()
        await asyncio.gather(*server.talks, return_exceptions=True)
