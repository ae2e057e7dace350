"""Mail handed to Nylas (API v3). Whether it went out is asked again with the same key, which Nylas keeps for an hour.

A letter is taken apart for it: Nylas writes the mail anew, under a Message-ID of its own, which comes back.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from typing import Any, Final

import httpx
import orjson

from desk.mail.addresses import addresses
from desk.mail.charsets import decoded
from desk.mail.headers import Fields, message_ids, plain
from desk.mail.nylas import EXPIRED, HASHED, Grant, retry_after_s, said
from desk.mail.post import Closed, Envelope, Later, NotSent, Receipt, Refused, Uncertain
from models.mail import SeenMail

NEVER_LEFT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
"""What goes wrong before the first byte is sent."""
DOUBT_S: Final = 180.0
"""How long it is asked what became of a mail, seconds: Nylas may take 90 for it."""
PAUSES_S: Final = (1.0, 15.0)
"""The first and the longest pause between these questions, seconds."""
CARRIED: Final[tuple[str, ...]] = ("Auto-Submitted", "X-Auto-Response-Suppress", "X-Guichet-Ticket")
THREADING: Final[tuple[str, ...]] = ("In-Reply-To", "References")
ENCLOSED_CHARS: Final = 2_900_000
"""Files of one letter, characters of base64: Nylas takes 3 MB of JSON. Its other form, up to 25 MB, has a boundary that
is drawn anew each time, and so would be another request under the same key."""
TOO_LARGE: Final = "Nylas takes about 2 MB of files with one mail: send fewer, or smaller ones."
CONCURRENT: Final = "concurrent_idempotent_request"
"""The kind of error that says that a try before this one is not over."""
MICROSOFT: Final = "microsoft"
"""Who takes no header of ours but those that begin with X- (Microsoft Graph, internetMessageHeader)."""


class NylasPost:
    """The mailbox of one grant, which mail goes out of."""

    def __init__(self, grant: Grant) -> None:
        self._grant, self.name = grant, f"{grant.name} post"
        self._provider: str | None = None

    async def send(self, mail: bytes, envelope: Envelope, key: str) -> Receipt:
        async with self._grant.client() as client:
            with _no_doubt():
                letter = await self._letter(client, mail, envelope)
            outcome = await self._try(client, letter, key)
            if isinstance(outcome, Uncertain):
                outcome = await self._settled(client, letter, key, outcome)
        if isinstance(outcome, NotSent):
            raise outcome
        return outcome

    async def was_sent(self, mail_id: str) -> bool | None:
        return None

    async def check(self) -> str:
        async with self._grant.client() as client:
            with _no_doubt():
                grant = await self._about(client)
        if grant.get("grant_status") == "invalid":
            raise Closed(EXPIRED)
        return f"lets the desk in, to the {grant.get('provider')} mailbox of {grant.get('email')}"

    # ---------------------------------------------------------------- one mail

    async def _settled(
        self, client: httpx.AsyncClient, letter: dict[str, Any], key: str, doubt: Uncertain
    ) -> Receipt | NotSent:
        """Asks again until it is known what became of a mail: that it is not taken just now says nothing of before."""
        pause, longest = PAUSES_S
        try:
            async with asyncio.timeout(DOUBT_S):
                while True:
                    await asyncio.sleep(pause)
                    outcome = await self._try(client, letter, key)
                    if isinstance(outcome, Receipt | Refused):
                        return outcome
                    pause = min(pause * 2, longest)
        except TimeoutError:
            return doubt

    async def _try(self, client: httpx.AsyncClient, letter: dict[str, Any], key: str) -> Receipt | NotSent:
        try:
            answer = await client.post(
                self._grant.path("messages", "send"),
                params={"fields": "include_basic_headers"},
                headers={"idempotency-key": key},
                json=letter,
            )
        except NEVER_LEFT as error:
            return Later(f"Nylas cannot be reached: {error!r}")
        except httpx.HTTPError as error:
            return Uncertain(f"The line broke while the mail was being sent: {error!r}")
        return _outcome(answer)

    async def _letter(self, client: httpx.AsyncClient, mail: bytes, envelope: Envelope) -> dict[str, Any]:
        message = message_from_bytes(mail, policy=Fields())
        answered = await self._answered(client, message_ids(message["References"] or ""))
        carried = CARRIED if answered else CARRIED + THREADING  # else Nylas threads it
        if await self._is_microsoft(client):
            carried = tuple(name for name in carried if name.startswith("X-"))
        letter = _rewritten(message, envelope.recipient)
        letter["custom_headers"] = [{"name": name, "value": message[name]} for name in carried if message[name]]
        return letter | ({"reply_to_message_id": answered} if answered else {})

    async def _answered(self, client: httpx.AsyncClient, references: list[str]) -> str | None:
        """What Nylas calls the newest mail of the thread that the mailbox had, if it is there still."""
        if not references:
            return None
        seen = SeenMail.filter(mailbox=self._grant.name, message_id__in=references).exclude(key__startswith=HASHED)
        keys = {row.message_id: row.key for row in await seen.order_by("at_ms")}
        newest = next((keys[id] for id in reversed(references) if id in keys), None)
        if newest is None or await self._get(client, "messages", newest, asked={"select": "id"}) is None:
            return None
        return newest

    # ---------------------------------------------------------------- the grant

    async def _is_microsoft(self, client: httpx.AsyncClient) -> bool:
        if self._provider is None:
            self._provider = str((await self._about(client)).get("provider"))
        return self._provider == MICROSOFT

    async def _about(self, client: httpx.AsyncClient) -> dict[str, Any]:
        grant = await self._get(client)
        if grant is None:
            raise Closed("Nylas does not know the grant.")
        return grant

    async def _get(
        self, client: httpx.AsyncClient, *parts: str, asked: dict[str, str] | None = None
    ) -> dict[str, Any] | None:
        """Something of the grant, or None where it is not there."""
        answer = await client.get(self._grant.path(*parts), params=asked)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if not answer.is_success:
            refusal = _outcome(answer)
            raise refusal if isinstance(refusal, Later) else Later(str(refusal))
        found: dict[str, Any] = orjson.loads(answer.content)["data"]
        return found


@contextmanager
def _no_doubt() -> Iterator[None]:
    """While nothing has left: whatever goes wrong, the mail was not sent."""
    try:
        yield
    except NotSent:
        raise
    except Exception as error:
        raise Later(f"Nothing was sent yet: {error!r}") from error


def _outcome(answer: httpx.Response) -> Receipt | NotSent:
    """What an answer says of a mail."""
    if answer.is_success:
        return Receipt(f"{answer.status_code} taken by Nylas", _message_id(answer))
    words = said(answer, answer.content)
    match answer.status_code:
        case 401 | 403:
            return Closed(f"Nylas refused the key, or the grant expired: {words}", retry_after_s(answer))
        case 429 | 503:
            return Later(words, retry_after_s(answer))
        case 409 if CONCURRENT not in words:
            return Refused(words)
        case 408 | 409:
            return Uncertain(words)
        case status if status < 500:
            return Refused(words)
    return Uncertain(words)


def _message_id(answer: httpx.Response) -> str | None:
    try:
        headers = {each["name"].lower(): each["value"] for each in orjson.loads(answer.content)["data"]["headers"]}
        return next(iter(message_ids(headers["message-id"])), None)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _rewritten(message: Message, recipient: str) -> dict[str, Any]:
    """The letter as Nylas wants it, to one of those it is for: its HTML, or its text where it has none."""
    files = [part for part in message.walk() if part.get_content_disposition() == "attachment"]
    parts = {part.get_content_type(): part for part in message.walk() if part not in files}
    enclosed = [_enclosed(part) for part in files]
    if sum(len(each["content"]) for each in enclosed) > ENCLOSED_CHARS:
        raise Refused(TOO_LARGE)
    kind = "text/html" if "text/html" in parts else "text/plain"
    data = parts[kind].get_payload(decode=True) if kind in parts else b""
    people = addresses(message.get_all("To", []) + message.get_all("Cc", []))
    name = next((each.name for each in people if each.address == recipient.lower()), "")
    return {
        "to": [{"email": recipient} | ({"name": name} if name else {})],
        "reply_to": [{"email": each.as_written} for each in addresses(message.get_all("Reply-To", []))],
        "subject": plain(message["Subject"] or ""),
        "body": decoded(data if isinstance(data, bytes) else b""),
        "is_plaintext": kind == "text/plain",
    } | ({"attachments": enclosed} if enclosed else {})


def _enclosed(part: Message) -> dict[str, str]:
    """A file of the letter as Nylas takes it."""
    data = part.get_payload(decode=True)
    return {
        "filename": part.get_filename() or "file",
        "content_type": part.get_content_type(),
        "content": b64encode(data if isinstance(data, bytes) else b"").decode(),
    }
