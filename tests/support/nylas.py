"""A stand-in for Nylas (API v3) as its own documentation has it, at developer.nylas.com; each part names its page.

It is written from these pages' examples, not from our client: what they do not allow is refused.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import hmac
import json
import random
import secrets
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.utils import formatdate
from typing import Any, Final

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from desk.clock import wall_clock_ms
from tests.support.desk import GUARD_S
from tests.support.ports import free_port
from tests.support.serving import served

CUT: Final = "cut"
CUT_LATE: Final = "cut late"
MUTE: Final = "mute"
"""In place of an answer: the line is cut before anything is done, or after all of it is, or nothing is ever said."""
REQUEST_ID: Final = "5fa64c92-e840-4357-86b9-2aa364d35b88"
FIELDS: Final = {"standard", "include_headers", "include_basic_headers", "include_tracking_options", "raw_mime"}
PARAMETERS: Final = {"limit", "page_token", "received_after", "received_before", "select", "fields", "in"}
TRUNCATED_BYTES: Final = 1_000_000
UNAUTHORIZED: Final = "Request had invalid authentication credentials. Expected OAuth 2 access token."


def refusal(status: int, kind: str, message: str, *, provider: str | None = None, **headers: str) -> JSONResponse:
    """An error, in the shape of the examples at /docs/reference/api/messages/."""
    error: dict[str, Any] = {"type": kind, "message": message}
    error |= {"provider_error": {"code": str(status), "message": provider}} if provider else {}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse({"request_id": REQUEST_ID, "error": error}, status, named)


@dataclass
class Mail:
    """A mail of the mailbox; `date` is when the mail server received it, Unix seconds."""

    id: str
    date: int
    raw: bytes
    folder: str = "INBOX"


@dataclass
class Nylas:
    """One grant of one application."""

    port: int
    grant_id: str = "41009df5-bf11-4c97-aa18-b285b5f2e386"
    api_key: str = "nyk_v0_secret/+"
    secret: str = "webhook-secret"
    provider: str = "google"
    valid: bool = True
    """Whether the grant is; else it expired."""
    now_s: int = field(default_factory=lambda: wall_clock_ms() // 1_000 + 3_600)
    """The service's clock, which is not the desk's."""
    mails: list[Mail] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    """What went out, once for each time that it did."""
    asked: list[str] = field(default_factory=list)
    """Every request that was let in, by its path below the grant."""
    early: int = 0
    """Requests that came before a Retry-After was over."""
    going: set[str] = field(default_factory=set)
    """Keys of requests that are said to be in progress still."""
    _faults: list[tuple[str, int, str | Response]] = field(default_factory=list)
    _kept: dict[str, tuple[str, int, Any]] = field(default_factory=dict)
    _cursors: dict[str, tuple[int, int]] = field(default_factory=dict)
    _not_before: float = 0

    @property
    def url(self) -> str:
        key = self.api_key.replace("/", "%2F").replace("+", "%2B")
        return f"nylas+http://{self.grant_id}:{key}@127.0.0.1:{self.port}"

    def deliver(
        self, *raws: bytes, date: int | None = None, id: str | None = None, folder: str = "INBOX"
    ) -> list[Mail]:
        """Puts mails into the mailbox, now unless another time is said."""
        mails = [Mail(id or secrets.token_hex(8), date or self.now_s, raw, folder) for raw in raws]
        self.mails += mails
        return mails

    def fail(self, fault: str | Response, *, on: str = "", after: int = 0) -> None:
        """Answers so in place of the next request (or the one after so many) with that in its path: CUT, MUTE, …"""
        self._faults.append((on, after, fault))

    def throttle(self, seconds: int) -> None:
        """Takes nothing for so long (/docs/dev-guide/platform/rate-limits/)."""
        self._not_before = asyncio.get_running_loop().time() + seconds
        message = "Too many requests."
        self.fail(refusal(429, "rate_limit_error", message, provider="Quota", retry_after=str(seconds)))

    # ---------------------------------------------------------------- every request

    def app(self) -> Starlette:
        under = "/v3/grants/{grant}"
        return Starlette(
            routes=[
                Route(under, self._grant),
                Route(f"{under}/messages", self._list),
                Route(f"{under}/messages/send", self._send, methods=["POST"]),
                Route(f"{under}/messages/{{id:path}}", self._message),
            ]
        )

    def _refused(self, request: Request, *, of_mail: bool = True) -> Response | None:
        """Who may not: by /docs/v3/troubleshooting/, and by /docs/cookbook/use-cases/build/handle-grant-expiry/."""
        if request.headers.get("authorization") != f"Bearer {self.api_key}" or (of_mail and not self.valid):
            return refusal(401, "unauthorized", "Unauthorized", provider=UNAUTHORIZED)
        if request.path_params["grant"] != self.grant_id:
            return refusal(404, "not_found_error", "requested object not found")
        if unknown := request.query_params.keys() - PARAMETERS:
            return refusal(400, "invalid_request_error", f"unknown parameters {unknown}")
        return None

    async def _met(self, request: Request) -> Response | None:
        """A fault that is due, met."""
        path = request.url.path.partition(self.grant_id)[2]
        self.asked.append(path)
        if not self._faults:
            self.early += asyncio.get_running_loop().time() < self._not_before
            return None
        on, after, fault = self._faults[0]
        if on not in path or fault == CUT_LATE:
            return None
        if after:
            self._faults[0] = (on, after - 1, fault)
            return None
        self._faults.pop(0)
        if isinstance(fault, Response):
            return fault
        while fault == MUTE and (await request.receive())["type"] != "http.disconnect":
            pass
        return _cut(request)

    def _answer(self, request: Request, status: int, data: Any, **more: Any) -> Response:
        if self._faults and self._faults[0][0] in request.url.path and self._faults[0][2] == CUT_LATE:
            self._faults.pop(0)
            return _cut(request)
        headers = {"date": formatdate(self.now_s, usegmt=True), **more.pop("headers", {})}
        return JSONResponse({"request_id": REQUEST_ID, "data": data, **more}, status, headers)

    async def _grant(self, request: Request) -> Response:
        """/docs/reference/api/manage-grants/get_grant_by_id/"""
        if refused := await self._met(request) or self._refused(request, of_mail=False):
            return refused
        status = "valid" if self.valid else "invalid"
        told = {"id": self.grant_id, "provider": self.provider, "email": "desk@desk.example", "grant_status": status}
        return self._answer(request, 200, told)

    # ---------------------------------------------------------------- mail that came

    async def _list(self, request: Request) -> Response:
        """/docs/reference/api/messages/get-messages/: newest first, 50 or up to 200 a page, a cursor to the next."""
        if refused := await self._met(request) or self._refused(request):
            return refused
        asked = request.query_params
        limit, token = int(asked.get("limit", 50)), asked.get("page_token")
        if not 0 < limit <= 200 or asked.get("fields", "standard") not in FIELDS or token not in {None, *self._cursors}:
            return refusal(400, "invalid_request_error", "error parsing request")
        after, places = int(asked.get("received_after", -1)), list(enumerate(self.mails))
        found = [(mail.date, place) for place, mail in places if mail.date > after and _in(mail, asked.get("in"))]
        newest_first = sorted(found, reverse=True)
        rest = [each for each in newest_first if token is None or each < self._cursors[token]]
        page, more = rest[:limit], rest[limit:]
        cursor = secrets.token_urlsafe(24) if more else None
        if cursor:
            self._cursors[cursor] = page[-1]
        told = [self._told(self.mails[place], asked) for _, place in page]
        return self._answer(request, 200, told, **({"next_cursor": cursor} if cursor else {}))

    async def _message(self, request: Request) -> Response:
        """/docs/reference/api/messages/get-messages-id/"""
        if refused := await self._met(request) or self._refused(request):
            return refused
        mail = next((each for each in self.mails if each.id == request.path_params["id"]), None)
        if mail is None:
            return refusal(404, "not_found_error", "requested object not found")
        return self._answer(request, 200, self._told(mail, request.query_params))

    def _told(self, mail: Mail, asked: Any) -> dict[str, Any]:
        told: dict[str, Any] = {"grant_id": self.grant_id, "object": "message", "id": mail.id}
        if asked.get("fields") == "raw_mime":
            told["raw_mime"] = urlsafe_b64encode(mail.raw).decode().rstrip("=")
        else:
            told |= {"date": mail.date, "thread_id": "1t8tv3890q4vgmwq6pmdwm8qgsaer", "folders": [mail.folder]}
            told |= {"subject": str(message_from_bytes(mail.raw)["Subject"]), "body": "<p>Hello.</p>", "unread": True}
        if "select" in asked:
            told = {name: value for name, value in told.items() if name in asked["select"].split(",")}
        return told

    # ---------------------------------------------------------------- mail that goes

    async def _send(self, request: Request) -> Response:
        """/docs/reference/api/messages/send-message/ and /docs/v3/email/idempotent-send/"""
        if refused := await self._met(request):
            return refused
        key, body = request.headers.get("idempotency-key", ""), await request.body()
        if len(key) > 256:
            return refusal(400, "api.invalid_idempotency_key", "Idempotency-Key must be 256 characters or fewer.")
        if key in self.going:
            return refusal(409, "api.concurrent_idempotent_request", "A request with it is currently in progress.")
        digest = hashlib.sha256(body).hexdigest()
        if key in self._kept:
            before, status, told = self._kept[key]
            if before != digest:
                return refusal(409, "api.invalid_idempotent_request", "The key was reused with a different payload.")
            return self._answer(request, status, told, headers={"idempotent-response": "true"})
        if refused := self._refused(request):
            return refused
        if len(body) > 3_000_000:  # /docs/v3/email/attachments/
            return refusal(413, "invalid_request_error", "The request is larger than 3 MB.")
        letter = json.loads(body)
        if wrong := self._wrong(letter):
            return refusal(400, "invalid_request_error", wrong)
        id = f"<{secrets.token_hex(12)}-0@mailer.nylas.com>"
        self.sent.append(letter | {"key": key, "message_id": id})
        told = {name: letter[name] for name in letter if name != "custom_headers"} | {"id": secrets.token_hex(8)}
        if request.query_params.get("fields") in ("include_headers", "include_basic_headers"):
            told["headers"] = [{"name": "Message-Id", "value": id}]
        self._kept[key] = (digest, 200, told)
        return self._answer(request, 200, told)

    def _wrong(self, letter: dict[str, Any]) -> str:
        """What is wrong with a message; Microsoft takes headers with X- only (Graph, internetMessageHeader)."""
        known = {"to", "subject", "body", "is_plaintext", "attachments"}
        known |= {"reply_to", "reply_to_message_id", "custom_headers"}
        if letter.keys() - known or not letter.get("to"):
            return "error parsing request body"
        names = [each["name"].lower() for each in letter.get("custom_headers", [])]
        if self.provider == "microsoft" and not all(name.startswith("x-") for name in names):
            return "The internet message header name should start with 'x-' or 'X-'."
        return ""

    # ---------------------------------------------------------------- what is told

    def told(self, kind: str, mail: Mail | None = None, *, grant_id: str | None = None) -> bytes:
        """A notification, as at /docs/reference/notifications/; a mail of more than 1 MB is told without its body."""
        told: dict[str, Any] = {"grant_id": grant_id or self.grant_id}
        if mail is not None:
            body = mail.raw.decode("latin-1")
            kind, body = (f"{kind}.truncated", "") if len(body) > TRUNCATED_BYTES else (kind, body)
            told |= {"id": mail.id, "object": "message", "date": mail.date} | ({"body": body} if body else {})
        envelope = {"specversion": "1.0", "type": kind, "source": "/nylas/system", "id": secrets.token_hex(8)}
        data = {"application_id": "NYLAS_APPLICATION_ID", "object": told}
        return json.dumps(envelope | {"time": self.now_s, "webhook_delivery_attempt": 1, "data": data}).encode()

    async def post(self, url: str, body: bytes, *, secret: str | None = None, packed: bool = False) -> int:
        """Posts a notification, signed as at /docs/v3/notifications/: over what is sent, packed or not."""
        body = gzip.compress(body) if packed else body
        signature = hmac.new((secret or self.secret).encode(), body, hashlib.sha256).hexdigest()
        headers = {"x-nylas-signature": signature, "content-type": "application/json"}
        headers |= {"content-encoding": "gzip"} if packed else {}
        async with httpx.AsyncClient(timeout=GUARD_S) as client:
            return (await client.post(url, content=body, headers=headers)).status_code

    async def notify(self, url: str, *, times: int = 2) -> None:
        """Tells of every mail, more than once and in any order: delivery is at least once."""
        kinds = ["message.created", "message.updated"]
        words = [self.told(kinds[each % 2], mail) for each in range(times) for mail in self.mails]
        random.shuffle(words)
        for body in words:
            assert await self.post(url, body) == 200


def _in(mail: Mail, folder: str | None) -> bool:
    return folder is None or mail.folder == folder


def _cut(request: Request) -> Response:
    request.receive.__self__.transport.abort()  # type: ignore[attr-defined]  # uvicorn's
    return Response()


@asynccontextmanager
async def standing_in(mails: Sequence[bytes] = ()) -> AsyncIterator[Nylas]:
    """Such a service on this machine."""
    service = Nylas(free_port())
    service.deliver(*mails)
    async with served(service.app(), service.port):
        yield service
