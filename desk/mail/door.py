"""The mail door of a desk, put together from its settings: which mailbox, which addresses, which secrets."""

from __future__ import annotations

import os
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, unquote, urlsplit

from starlette.routing import Route

from desk.mail.bounds import MailBounds
from desk.mail.imap import ImapMailbox, Login
from desk.mail.ingest import House
from desk.mail.letter import Forms, Secretary
from desk.mail.local import LocalMailbox, LocalPost, is_loopback
from desk.mail.mailbox import Mailbox
from desk.mail.nylas import ORIGINS, Grant, NylasMailbox
from desk.mail.nylas_post import NylasPost
from desk.mail.nylas_webhook import webhook_routes
from desk.mail.outbox import Outbox
from desk.mail.post import Post
from desk.mail.reader import Reader
from desk.mail.smtp import Server, SmtpPost
from desk.mail.tokens import Tokens
from desk.mail.watch import Intake, Watch
from desk.settings import MAILBOXES, POSTS, Settings
from models.attachment import Files
from models.errors import BadUserInput
from models.mail import MailPosition
from models.work import System, World

ACTOR: Final = "mailbox"
SECRET_FILE: Final = "mail.secret"
TEMPORAL: Final = "temporal"
"""Who has the lease of a mailbox that workflows read: they are one reader, however many workers there are."""
LOCAL_ADDRESS: Final = "desk@localhost"


class MailDoor:
    """The mailbox that a desk reads, and what reads it; what carries its mail away, and what hands that over.

    `world` writes letters: give the desk that one.
    """

    def __init__(self, settings: Settings, world: World) -> None:
        house, post = house_of(settings), post_of(settings)
        self.world = replace(world, writer=writer_of(settings, house.tokens) if post else None)
        self._secret = settings.nylas_webhook_secret
        caller, bounds = System(self.world, ACTOR), MailBounds()
        self.mailbox = mailbox_of(settings, caller, bounds)
        self._reader = Reader(bounds, settings.mail_authserv_id)
        self.intake = Intake(caller, house, self._reader, Files(settings.data), bounds.mail_bytes)
        self._elsewhere = settings.temporal_url is not None
        self.watch = Watch(self.mailbox, self.intake, TEMPORAL if self._elsewhere else None)
        self.outbox = Outbox(caller, post) if post else None

    def jobs(self) -> list[Coroutine[Any, Any, None]]:
        """What runs in the desk until it is cancelled."""
        listening = [self.mailbox.listen()] if isinstance(self.mailbox, LocalMailbox) else []
        if self._elsewhere:
            return listening
        sending = [self.outbox.run(), self.outbox.ask()] if self.outbox else []
        return [self.watch.run(), self.watch.retry(), *listening, *sending]

    def routes(self) -> list[Route]:
        """The paths on which the mailbox is told something."""
        if isinstance(self.mailbox, NylasMailbox) and self._secret:
            return webhook_routes(self.mailbox, self._secret)
        return []

    async def close(self) -> None:
        """Ends what reads mails."""
        await self._reader.close()

    async def health(self, now_ms: int) -> dict[str, bool]:
        """What is well at this instant (Unix ms): that some process reads the mailbox and nothing is in its way, and
        that nothing is known to be in the way of mail that goes out."""
        row = await MailPosition.get_or_none(mailbox=self.mailbox.name)
        told = {"mailbox": row is not None and row.trouble is None and row.until_ms > now_ms}
        if self.outbox:
            row = await MailPosition.get_or_none(mailbox=self.outbox.post.name)
            told["post"] = row is None or row.trouble is None
        return told


def mailbox_of(settings: Settings, caller: System, bounds: MailBounds) -> Mailbox:
    """The mailbox that the settings name. Raises BadUserInput for one that may not be."""
    url = urlsplit(settings.mailbox_url or "")
    host, port = url.hostname or "", url.port if url.port is not None else MAILBOXES[url.scheme]
    if url.scheme == "local":
        if not is_loopback(host):
            raise BadUserInput("The built-in mailbox takes mail on this machine only: local://127.0.0.1:2525.")
        return LocalMailbox(caller, host, port, bounds.mail_bytes)
    if url.scheme in ORIGINS:
        return NylasMailbox(Grant.of(settings.mailbox_url or ""))
    if url.scheme == "imap" and not is_loopback(host):
        raise BadUserInput("A password goes to another machine by imaps:// only.")
    return _imap(settings)


def _imap(settings: Settings) -> ImapMailbox:
    url = urlsplit(settings.mailbox_url or "")
    user, password = unquote(url.username or ""), unquote(url.password or "")
    folder, port = unquote(url.path.strip("/")) or "INBOX", url.port or MAILBOXES[url.scheme]
    login = Login(url.hostname or "", port, user, password, folder, tls=url.scheme == "imaps")
    return ImapMailbox(login, rescan_days=settings.mail_rescan_days)


def post_of(settings: Settings) -> Post | None:
    """Who carries the desk's mail; None where nobody does. Raises BadUserInput for who may not."""
    mailbox = settings.mailbox_url or ""
    url = urlsplit(settings.post_url or (mailbox if urlsplit(mailbox).scheme in {"local", *ORIGINS} else ""))
    if not url.scheme:
        return None
    if url.scheme in ORIGINS:
        return NylasPost(Grant.of(url.geturl()))
    if url.scheme == "local":
        return LocalPost()
    host, tls = url.hostname or "", url.scheme == "smtps"
    user, password = unquote(url.username or ""), unquote(url.password or "")
    port = url.port if url.port is not None else POSTS[url.scheme]
    server = Server(host, port, user, password, tls=tls, plain=not tls and is_loopback(host))
    return SmtpPost(server, _sent_folder(settings))


def _sent_folder(settings: Settings) -> Callable[[str], Awaitable[bool | None]] | None:
    """What looks for a Message-ID among sent mail, by a connection of its own; None without an IMAP server."""
    if not urlsplit(settings.mailbox_url or "").scheme.startswith("imap"):
        return None

    async def look(mail_id: str) -> bool | None:
        mailbox = _imap(settings)
        try:
            return await mailbox.sent(mail_id)
        finally:
            await mailbox.close()

    return look


def writer_of(settings: Settings, tokens: Tokens) -> Secretary:
    """Who writes the desk's letters. Raises BadUserInput for templates that cannot be taken."""
    path, forms = settings.mail_templates, Forms()
    if path is not None:
        try:
            forms = Forms.read(path.read_text("utf-8"))
        except (OSError, ValueError, BadUserInput) as error:
            raise BadUserInput(f"mail_templates ({path}): {error}") from error
    return Secretary(tokens, forms, settings.mail_name, settings.mail_plus_addressing, Files(settings.data))


def house_of(settings: Settings) -> House:
    """The desk's addresses and secrets."""
    own = [each.strip().lower() for each in (settings.mail_addresses or "").split(",") if each.strip()]
    own = own or [_address(urlsplit(settings.mailbox_url or ""))]
    given = tuple(each.strip() for each in (settings.mail_secrets or "").split(",") if each.strip())
    return House(frozenset(own), Tokens(given or (_kept_secret(settings.data),), own[0]))


def _address(url: SplitResult) -> str:
    """The address of a mailbox whose settings name none: who signs in there."""
    user = unquote(url.username or "").lower()
    if url.scheme in ("local", ""):
        return LOCAL_ADDRESS
    if "@" not in user:
        raise BadUserInput("Say in mail_addresses which addresses the mailbox has.")
    return user


def _kept_secret(data: Path) -> str:
    """The secret that the data folder keeps, made with the first use; only its owner may read it."""
    path = data / SECRET_FILE
    data.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        secret = secrets.token_urlsafe(32)
        file.write(secret)
        file.flush()
        os.fsync(handle)
    return secret
