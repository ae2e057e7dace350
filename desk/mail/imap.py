"""A mailbox on an IMAP server, read in a thread of its own. Nothing is ever written into it, not even a flag."""

from __future__ import annotations

import asyncio
import imaplib
import socket
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from threading import Event
from typing import Any, Final, TypeVar

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError
from imapclient.imapclient import SENT

from desk.mail.mailbox import Arrival, Gone, Position, Refused, TooLarge, Unreachable
from models.mail import Verdict

CONNECT_S: Final = 10.0
READ_S: Final = 30.0
"""How long the server may be silent when it is asked something, seconds: a mute one would hang the thread."""
IDLE_S: Final = 50
"""How long to wait for the server's word (RFC 2177), seconds; then a command shows whether the line is alive."""
CLOSE_S: Final = 2.0
"""How long the thread may take to let go, seconds; where it is connecting, it goes by itself later."""
POLL_S: Final = 15.0
"""How often to look where the server gives no word, seconds."""
FETCH_BYTES: Final = 4_000_000
"""How much small mail is fetched by one command, bytes: one command for each would wait for the line each time."""
LINE_BYTES: Final = 10_000_000
"""Longest line of an answer: all UIDs of a search stand in one."""
BROKEN: Final = (OSError, EOFError, imaplib.IMAP4.error, IMAPClientError)

T = TypeVar("T")


@dataclass(frozen=True)
class Login:
    """Whom to ask, as whom, for which folder."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    tls: bool = True


class ImapMailbox:
    """One folder. A connection that fails is thrown away; the next call makes another."""

    def __init__(self, login: Login, *, rescan_days: int) -> None:
        self._login, self._rescan_days = login, rescan_days
        self.name = f"imap://{login.user}@{login.host}:{login.port}/{login.folder}"[:200]
        self._thread = ThreadPoolExecutor(1, "imap")
        self._client: IMAPClient | None = None
        self._found: list[Arrival] = []
        self._fetched: dict[str, bytes] = {}
        """Mails behind the one that was asked for last, which came with it."""
        self._closed = Event()
        imaplib._MAXLINE = max(imaplib._MAXLINE, LINE_BYTES)  # type: ignore[attr-defined]

    # ---------------------------------------------------------------- the mailbox

    async def end(self) -> Position:
        return await self._ask(self._end)

    async def arrivals(self, after: Position, limit: int) -> list[Arrival]:
        return await self._ask(lambda client: self._arrivals(client, after, limit))

    async def since(self, day: date) -> list[Arrival]:
        return await self._ask(lambda client: self._since(client, day))

    async def raw(self, arrival: Arrival, limit_bytes: int) -> bytes:
        return await self._ask(lambda client: self._raw(client, arrival, limit_bytes))

    async def ack(self, arrival: Arrival, verdict: Verdict) -> None:
        return None

    async def bell(self) -> AsyncIterator[None]:
        while True:
            await self._ask(self._idle)
            yield

    async def rings(self) -> bool:
        """Whether the server tells by itself when mail comes."""
        return await self._ask(lambda client: bool(client.has_capability("IDLE")))

    async def sent(self, mail_id: str) -> bool | None:
        """Whether a mail with this Message-ID is in the folder of sent mail; None where it is not, which says nothing:
        not every server files what went through it, and none at once."""
        return await self._ask(lambda client: _is_filed(client, mail_id))

    async def close(self) -> None:
        self._closed.set()
        if self._client is not None:
            with suppress(OSError, AttributeError):
                self._client.socket().shutdown(socket.SHUT_RDWR)  # ends an IDLE at once
        await asyncio.wait([asyncio.wrap_future(self._thread.submit(self._drop))], timeout=CLOSE_S)
        self._thread.shutdown(wait=False)

    # ---------------------------------------------------------------- in its thread

    async def _ask(self, question: Callable[[IMAPClient], T]) -> T:
        def run() -> T:
            try:
                return question(self._connected())
            except LoginError as error:
                self._drop()
                raise Refused(f"The server refused the password: {error}") from error
            except BROKEN as error:
                self._drop()
                raise Unreachable(f"The server does not answer as it should: {error!r}") from error

        if self._closed.is_set():
            raise Unreachable("the mailbox was closed")
        return await asyncio.get_running_loop().run_in_executor(self._thread, run)

    def _connected(self) -> IMAPClient:
        if self._closed.is_set():
            raise OSError("the mailbox was closed")
        if self._client is None:
            timeout = SocketTimeout(connect=CONNECT_S, read=READ_S)
            client = IMAPClient(self._login.host, self._login.port, ssl=self._login.tls, timeout=timeout)
            client.normalise_times = False  # else times lose their zone
            self._client = client
            client.login(self._login.user, self._login.password)
        return self._client

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(*BROKEN):
                client.shutdown()

    def _select(self, client: IMAPClient) -> tuple[str, int]:
        """UIDVALIDITY and the next UID, as they are now."""
        told = client.select_folder(self._login.folder, readonly=True)
        return str(told[b"UIDVALIDITY"]), int(told.get(b"UIDNEXT", 0))

    def _end(self, client: IMAPClient) -> Position:
        epoch, following = self._select(client)
        last = following - 1 if following else max(client.search(["ALL"]), default=0)
        return Position(epoch, str(last))

    def _arrivals(self, client: IMAPClient, after: Position, limit: int) -> list[Arrival]:
        epoch, _ = self._select(client)
        if epoch == after.epoch:
            last = int(after.after)
            found = [uid for uid in client.search(["UID", f"{last + 1}:*"]) if uid > last]  # `n:*` gives the last, too
        else:  # every UID is void: what was seen before is known by its fingerprint
            found = client.search(["SINCE", _today() - timedelta(days=self._rescan_days)])
        return self._looked_at(client, epoch, sorted(found)[:limit])

    def _since(self, client: IMAPClient, day: date) -> list[Arrival]:
        epoch, _ = self._select(client)
        return self._looked_at(client, epoch, sorted(client.search(["SINCE", day])))

    def _looked_at(self, client: IMAPClient, epoch: str, uids: list[int]) -> list[Arrival]:
        told: dict[int, dict[bytes, Any]] = client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"]) if uids else {}
        self._fetched.clear()
        self._found = [
            Arrival(str(uid), Position(epoch, str(uid)), told[uid][b"RFC822.SIZE"], _ms(told[uid][b"INTERNALDATE"]))
            for uid in uids
            if uid in told
        ]
        return self._found

    def _raw(self, client: IMAPClient, arrival: Arrival, limit_bytes: int) -> bytes:
        """A literal is read into memory whole: the size is looked at first. PEEK leaves \\Seen to people."""
        if arrival.size > limit_bytes:
            head = _fetch(client, [arrival.key], "HEADER").get(arrival.key)
            raise TooLarge(head) if head else Gone
        if arrival.key not in self._fetched:
            self._fetched = _fetch(client, self._together(arrival), "")
        content = self._fetched.pop(arrival.key, None)
        if content is None:
            raise Gone
        return content

    def _together(self, arrival: Arrival) -> list[str]:
        """A mail and those behind it, as many small ones as come by one command."""
        keys, room = [arrival.key], FETCH_BYTES - arrival.size
        behind = self._found[self._found.index(arrival) + 1 :] if arrival in self._found else []
        for each in behind:
            room -= each.size
            if room < 0:
                break
            keys.append(each.key)
        return keys

    def _idle(self, client: IMAPClient) -> None:
        if not client.has_capability("IDLE"):
            self._closed.wait(POLL_S)
            return
        _, came = client.noop()  # since the last look: not every server tells that once it is listened to
        if any(len(each) > 1 and each[1] == b"EXISTS" for each in came):
            return
        client.idle()
        client.idle_check(timeout=IDLE_S)
        if not self._closed.is_set():
            client.idle_done()


def _fetch(client: IMAPClient, keys: list[str], part: str) -> dict[str, bytes]:
    told: dict[int, dict[bytes, bytes]] = client.fetch([int(key) for key in keys], [f"BODY.PEEK[{part}]"])
    name = f"BODY[{part}]".encode()
    return {str(uid): bytes(found[name]) for uid, found in told.items() if found.get(name)}


def _ms(moment: datetime) -> int:
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000)


def _today() -> date:
    return datetime.now(UTC).date()


def _is_filed(client: IMAPClient, mail_id: str) -> bool | None:
    folder = client.find_special_folder(SENT)
    if folder is None:
        return None
    client.select_folder(folder, readonly=True)
    return bool(client.search(["HEADER", "Message-ID", mail_id])) or None
