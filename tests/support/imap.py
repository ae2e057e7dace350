"""A real IMAP server (pymap) in a process of its own, and a scripted one for the faults that a real one cannot make."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from imapclient import IMAPClient

from tests.support.desk import GUARD_S
from tests.support.ports import free_port

USER, PASSWORD = "desk", "pw"
POLL_S: Final = 0.02


class Pymap:
    """One mailbox, kept in memory: a restarted server has an empty one, under another UIDVALIDITY."""

    def __init__(self, port: int | None = None) -> None:
        self.port = port or free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"imap://{USER}:{PASSWORD}@127.0.0.1:{self.port}/INBOX"

    def start(self) -> None:
        """Runs it, and returns once it answers."""
        listens = ["--host", "127.0.0.1", "--port", str(self.port), "--no-tls"]
        demo = ["dict", "--demo-user", USER, "--demo-password", PASSWORD]
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", "from pymap.main import main; main()", *listens, *demo],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + GUARD_S
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert self._process.poll() is None, "pymap ended at once"
            time.sleep(POLL_S)
        raise TimeoutError

    def kill(self) -> None:
        """Ends it; a polite signal would wait for whoever is in IDLE."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(GUARD_S)
            self._process = None

    def client(self) -> IMAPClient:
        """Somebody else who reads the mailbox: a person, or a server that delivers."""
        client = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=GUARD_S)
        client.login(USER, PASSWORD)
        client.select_folder("INBOX")
        return client

    def deliver(self, mails: Sequence[bytes]) -> None:
        """Puts mails into the mailbox by one command: one by one each costs 40 ms."""
        with socket.create_connection(("127.0.0.1", self.port), GUARD_S) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with line.makefile("rb") as answers:
                answers.readline()
                line.sendall(f"a LOGIN {USER} {PASSWORD}\r\n".encode())
                _until(answers, b"a OK")
                line.sendall(
                    b"b APPEND INBOX" + b"".join(b" {%d+}\r\n%s" % (len(each), each) for each in mails) + b"\r\n"
                )
                _until(answers, b"b OK")


def _until(answers: object, begins: bytes) -> None:
    while not (line := answers.readline()).startswith(begins):  # type: ignore[attr-defined]
        assert line, "the server hung up"
        assert not line.startswith((b"a NO", b"b NO", b"b BAD")), line


class Scripted:
    """Just enough of an IMAP server for one mailbox, which does what a test tells it to do wrong."""

    def __init__(self, mails: Sequence[bytes]) -> None:
        self.mails, self.validity = list(mails), 7
        self.faults: list[str] = []
        """What goes wrong next, one at a time: cut, mute, refuse, bye, lie."""
        self.met: list[str] = []
        self.gone: set[int] = set()
        """UIDs that a search finds and a fetch does not."""
        self.port = 0
        self._idle = False
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"imap://{USER}:{PASSWORD}@127.0.0.1:{self.port}/INBOX"

    def _wrong(self, fault: str) -> bool:
        if self.faults[:1] != [fault]:
            return False
        self.met.append(self.faults.pop(0))
        return True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            writer.write(b"* OK [CAPABILITY IMAP4rev1 IDLE] ready\r\n")
            while line := (await reader.readline()).decode():
                tag, _, command = line.strip().partition(" ")
                if not await self._answer(tag, command.upper(), reader, writer):
                    break
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, tag: str, command: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        told = ""
        if command.startswith("CAPABILITY"):
            told = "* CAPABILITY IMAP4rev1 IDLE\r\n"
        elif command.startswith("LOGIN") and self._wrong("refuse"):
            writer.write(f"{tag} NO [AUTHENTICATIONFAILED] wrong\r\n".encode())
            return True
        elif command.startswith("EXAMINE"):
            told = f"* {len(self.mails)} EXISTS\r\n* OK [UIDVALIDITY {self.validity}] v\r\n"
            told += f"* OK [UIDNEXT {len(self.mails) + 1}] n\r\n"
        elif command.startswith("UID SEARCH"):
            if self._wrong("bye"):
                writer.write(b"* BYE going down\r\n")
                return False
            told = self._found(command)
        elif command.startswith("UID FETCH"):
            if self._wrong("mute"):
                await reader.read()  # until the other side has enough of it
                return False
            if not self._fetched(command, writer):
                return False
        elif command.startswith("IDLE"):
            writer.write(b"+ idling\r\n")
            self._idle = True
            await reader.readline()
        writer.write(f"{told}{tag} OK done\r\n".encode())
        return True

    def _found(self, command: str) -> str:
        first = re.search(r"UID (\d+):\*", command)
        uids = range(int(first[1]) if first else 1, len(self.mails) + 1)
        shown = list(uids) or ([len(self.mails)] if self.mails else [])  # as real ones do, `n:*` gives the last
        return f"* SEARCH {' '.join(map(str, shown))}\r\n"

    def _fetched(self, command: str, writer: asyncio.StreamWriter) -> bool:
        for uid in _uids(command):
            mail = self.mails[uid - 1]
            if "BODY.PEEK" not in command:
                date = '"17-Nov-2026 10:00:00 +0000"'
                writer.write(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(mail)} INTERNALDATE {date})\r\n".encode())
                continue
            if uid in self.gone:
                continue
            writer.write(b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (uid, uid, len(mail)))
            if self._wrong("cut"):
                writer.write(mail[: len(mail) // 2])
                return False
            writer.write(mail + b")\r\n")
        return True

    async def idles(self) -> bool:
        """Whether somebody listened for mail."""
        return self._idle

    def hang_up(self) -> None:
        """Cuts every line, as a server does that is killed."""
        for writer in self._open:
            writer.transport.abort()


def _uids(command: str) -> list[int]:
    found: list[int] = []
    for part in command.split()[2].split(","):
        first, _, last = part.partition(":")
        found += range(int(first), int(last or first) + 1)
    return found


@asynccontextmanager
async def scripted(mails: Sequence[bytes]) -> AsyncIterator[Scripted]:
    """A scripted server on a free port until the end of the block."""
    script = Scripted(mails)
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    script.port = server.sockets[0].getsockname()[1]
    try:
        yield script
    finally:
        server.close()
        script.hang_up()
