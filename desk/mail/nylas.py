"""A mailbox behind Nylas (API v3), read over HTTPS. Its list is the truth, a webhook only the bell; nothing is changed.

The list comes newest first, by whole seconds, and a mail may turn up in it late: so each time some minutes before the
position are asked for again, page after page to the end, and what was seen by its key is left out.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from ssl import SSLContext
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

import httpx
import orjson

from desk.mail.charsets import one_line
from desk.mail.local import is_loopback
from desk.mail.mailbox import Arrival, Gone, Position, Refused, TooLarge, Unreachable
from models.errors import BadUserInput
from models.mail import SeenMail, Verdict

ORIGINS: Final = {"nylas": "https", "nylas+http": "http"}
"""How a URL of the settings begins, and what is spoken then; without TLS to this machine only."""
CONNECT_S: Final = 10.0
READ_S: Final = 95.0
"""How long an answer may take, seconds: Nylas itself gives up after 90."""
POLL_S: Final = 30.0
"""How often to look where no webhook tells, seconds."""
OVERLAP_S: Final = 600
"""How far before the position is asked again, seconds: so late may a mail turn up."""
PAGE: Final = 200
"""Mails on a page of the list, the most that Nylas gives."""
MOST_PAGES: Final = 1_000
PAGE_BYTES: Final = 4_000_000
AROUND_BYTES: Final = 65_536
"""What stands around a raw mail in its answer, at most."""
HEAD_CHARS: Final = 400_000
"""How much of a mail that is too large is looked through for its header, characters of base64."""
LONGEST_WAIT_S: Final = 3_600.0
"""The longest Retry-After that is obeyed, seconds."""
KEY_CHARS: Final = 200
HASHED: Final = "sha256:"
"""How the key of a mail begins whose id is longer than a key."""
RAW: Final = re.compile(rb'"raw_mime"\s*:\s*"([\w+/=-]{4,%d})' % HEAD_CHARS)
WORDS: Final = 500
EXPIRED: Final = "The grant expired: sign in to the mailbox again, at Nylas."


@dataclass(frozen=True)
class Grant:
    """Whose mail is asked for, of which Nylas, with which key, in which folder if not in all."""

    id: str
    key: str = field(repr=False)
    origin: str = "https://api.us.nylas.com"
    folder: str | None = None

    @classmethod
    def of(cls, url: str) -> Grant:
        """nylas://GRANT_ID:API_KEY@api.us.nylas.com/FOLDER_ID. Raises BadUserInput for what may not be."""
        parts = urlsplit(url)
        if not (parts.username and parts.password and parts.hostname):
            raise BadUserInput("A mailbox behind Nylas is nylas://GRANT_ID:API_KEY@api.us.nylas.com.")
        if parts.scheme == "nylas+http" and not is_loopback(parts.hostname):
            raise BadUserInput("A key goes to another machine by nylas:// only.")
        origin = f"{ORIGINS[parts.scheme]}://{parts.netloc.rpartition('@')[2]}"
        return cls(unquote(parts.username), unquote(parts.password), origin, unquote(parts.path.strip("/")) or None)

    @property
    def name(self) -> str:
        """What its mailbox is called."""
        return f"nylas://{self.id}@{urlsplit(self.origin).netloc}"[:200]

    def path(self, *parts: str) -> str:
        """Where something of it is."""
        return "/".join(quote(part, safe="") for part in (self.id, *parts))

    def client(self) -> httpx.AsyncClient:
        """Somebody who asks with its key."""
        return httpx.AsyncClient(
            base_url=f"{self.origin}/v3/grants/",
            headers={"authorization": f"Bearer {self.key}"},
            timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
            verify=_trust(),
        )


class NylasMailbox:
    """The mail of one grant."""

    def __init__(self, grant: Grant) -> None:
        self.grant, self.name = grant, grant.name
        self._client = grant.client()
        self._rung = asyncio.Event()
        self._closed = self._expired = False
        self._not_before = 0.0
        self._waiting: list[Arrival] = []
        """What the last list held, from the first mail on that may not have been seen."""
        self._long: dict[str, str] = {}
        """Ids that are too long, by their keys."""

    # ---------------------------------------------------------------- the mailbox

    async def end(self) -> Position:
        """This second by Nylas' clock, and as far ahead as is asked again behind it: what is there answers nobody."""
        _, now_s = await self._page({"limit": 1, "select": "id"})
        return Position("", str(now_s - 1 + OVERLAP_S))

    async def arrivals(self, after: Position, limit: int) -> list[Arrival]:
        if not self._waiting:
            self._long.clear()
            self._waiting = await self._listed(int(after.after) - OVERLAP_S)
        while batch := self._waiting[:limit]:
            seen = SeenMail.filter(mailbox=self.name, epoch="", key__in=[each.key for each in batch])
            known = {row.key for row in await seen.only("key")}
            if new := [each for each in batch if each.key not in known]:
                return new
            del self._waiting[:limit]
        return []

    async def since(self, day: date) -> list[Arrival]:
        return await self._listed(int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) - 1)

    async def raw(self, arrival: Arrival, limit_bytes: int) -> bytes:
        most = limit_bytes * 4 // 3 + AROUND_BYTES
        path = self.grant.path("messages", self._long.get(arrival.key, arrival.key))
        try:
            answer, _ = await self._ask(path, {"fields": "raw_mime"}, most)
        except Gone:
            await self.end()  # raises where it is not the mail that is gone, but the grant
            raise
        if len(answer) > most:
            raise TooLarge(_head(answer))
        with _understood():
            raw = await asyncio.to_thread(lambda: urlsafe_b64decode(orjson.loads(answer)["data"]["raw_mime"] + "=="))
        if len(raw) > limit_bytes:
            raise TooLarge(_head(answer))
        return raw

    async def ack(self, arrival: Arrival, verdict: Verdict) -> None:
        return None

    async def bell(self) -> AsyncIterator[None]:
        while True:
            try:
                async with asyncio.timeout(POLL_S):
                    await self._rung.wait()
            except TimeoutError:
                pass
            if self._closed:
                raise Unreachable("the mailbox was closed")
            self._rung.clear()
            yield

    def ring(self) -> None:
        """Says that there may be mail."""
        self._rung.set()

    def expire(self) -> None:
        """Says that Nylas may not read the mail any more; whether it is so is seen when it is asked again."""
        self._expired = True
        self._rung.set()

    async def close(self) -> None:
        self._closed = True
        self._rung.set()
        await self._client.aclose()

    # ---------------------------------------------------------------- what is asked

    async def _listed(self, after_s: int) -> list[Arrival]:
        found: dict[str, Arrival] = {}
        asked: dict[str, Any] = {"limit": PAGE, "select": "id,date", "received_after": max(after_s, 0)}
        for _ in range(MOST_PAGES):
            page, now_s = await self._page(asked)
            with _understood():
                for each in page["data"]:
                    arrival = self._arrival(each["id"], min(int(each.get("date") or now_s), now_s))
                    found.setdefault(arrival.key, arrival)
                asked["page_token"] = page.get("next_cursor")
            if not asked["page_token"]:
                newest_first = sorted(found.values(), key=lambda each: each.arrived_at_ms, reverse=True)
                return newest_first[::-1]
        raise Unreachable(f"Nylas' list has more than {MOST_PAGES} pages.")

    def _arrival(self, id: str, at_s: int) -> Arrival:
        """A mail of the list. One from the future is from now: the position must not go there."""
        key = id if len(id) <= KEY_CHARS else HASHED + hashlib.sha256(id.encode()).hexdigest()
        if key != id:
            self._long[key] = id
        return Arrival(key, Position("", str(at_s)), 0, at_s * 1_000)

    async def _page(self, asked: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """A page of the list, and when it was so, Unix seconds: by Nylas' clock, or ours where it says nothing."""
        folder = {"in": self.grant.folder} if self.grant.folder else {}
        try:
            answer, headers = await self._ask(self.grant.path("messages"), asked | folder, PAGE_BYTES)
        except Gone as gone:
            raise Refused(f"Nylas does not know the grant, or the folder: {gone}") from gone
        with _understood():
            told = headers.get("date")
            now_s = parsedate_to_datetime(told).timestamp() if told else time.time()
            return orjson.loads(answer), int(now_s)

    async def _ask(self, path: str, asked: dict[str, Any], most_bytes: int) -> tuple[bytes, httpx.Headers]:
        """An answer, cut off where it is longer than that."""
        if self._closed:
            raise Unreachable("the mailbox was closed")
        if self._expired:
            self._expired = False
            raise Refused(EXPIRED)
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._not_before - loop.time())
        try:
            async with self._client.stream("GET", path, params=asked) as response:
                answer = bytearray()
                async for chunk in response.aiter_bytes():
                    answer += chunk
                    if len(answer) > most_bytes:
                        break
        except httpx.HTTPError as error:
            raise Unreachable(f"Nylas does not answer: {error!r}") from error
        if response.is_success:
            return bytes(answer), response.headers
        words = said(response, answer)
        if response.status_code == httpx.codes.NOT_FOUND:
            raise Gone(words)
        if response.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise Refused(f"Nylas refused the key, or the grant expired: {words}")
        self._not_before = loop.time() + min(retry_after_s(response), LONGEST_WAIT_S)
        raise Unreachable(f"Nylas does not answer as it should: {words}")


@contextmanager
def _understood() -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreachable(f"Nylas does not answer as it should: {error!r}") from error


def said(response: httpx.Response, answer: bytes | bytearray) -> str:
    """What an answer says that refuses something: its number, the kind of error, and both sides' words."""
    try:
        error = orjson.loads(answer)["error"]
        provider = error.get("provider_error") or {}
        told = [error.get("type"), error.get("message"), provider.get("message")]
        words = ": ".join(str(each) for each in told if each)
    except (ValueError, KeyError, TypeError, AttributeError):
        words = answer[:WORDS].decode("utf-8", "replace")
    return one_line(f"{response.status_code} {words}")[:WORDS]


def retry_after_s(response: httpx.Response) -> float:
    """How long an answer asks to wait, seconds; 0 where it does not say."""
    told = response.headers.get("retry-after", "")
    return float(told) if told.isdecimal() else 0.0


def _head(answer: bytes) -> bytes:
    """The header of a mail in an answer that may be cut off."""
    found = RAW.search(answer)
    text = found[1].decode() if found else ""
    raw = urlsafe_b64decode(text[: len(text) // 4 * 4])
    return re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0] + b"\r\n\r\n"


@cache
def _trust() -> SSLContext:
    """The certificates of this machine: reading them takes 50 ms."""
    return httpx.create_ssl_context()
