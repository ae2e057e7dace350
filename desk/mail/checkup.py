"""What the desk's mail settings are, and whether they work."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from uuid_utils.compat import uuid7

from desk.clock import wall_clock_ms
from desk.mail.bounds import MailBounds
from desk.mail.door import mailbox_of, post_of
from desk.mail.imap import ImapMailbox
from desk.mail.local import LocalMailbox
from desk.mail.mailbox import Mailbox, Unreachable
from desk.mail.post import NotSent
from desk.settings import Settings
from models.mail import MailPosition, SeenMail, Verdict
from models.outgoing import OutgoingMail, State
from models.work import System, World
from resolvers.mailhouse import Finding

FROM_SETTINGS: Final = "from the settings"
WAITING: Final = (State.QUEUED, State.FAILED, State.UNCERTAIN)
NO_POST: Final = "no mail goes out: set post_url (GUICHET_POST_URL)"


@dataclass(frozen=True)
class Checkup:
    """The mail settings of a desk, for who runs it: told without a password, and tried without a trace."""

    settings: Settings

    @property
    def told(self) -> Sequence[tuple[str, str]]:
        settings, mailbox, post = self.settings, self._mailbox(), post_of(self.settings)
        count = len([each for each in (settings.mail_secrets or "").split(",") if each.strip()])
        return [
            ("mailbox", mailbox.name),
            ("post", post.name if post else NO_POST),
            ("addresses", settings.mail_addresses or "as who signs in"),
            ("name", settings.mail_name or "none"),
            ("secrets", f"{count} {FROM_SETTINGS}" if count else f"one, kept in {settings.data}"),
            ("authserv-id", settings.mail_authserv_id or "none: nobody's word on senders is believed"),
            ("plus addressing", "yes" if settings.mail_plus_addressing else "no"),
            ("templates", str(settings.mail_templates or "built in")),
        ]

    async def check(self) -> list[Finding]:
        mailbox = self._mailbox()
        try:
            found = [_listens(mailbox)] if isinstance(mailbox, LocalMailbox) else await _reaches(mailbox)
        finally:
            await mailbox.close()
        return [*found, await _reading(mailbox.name), *await self._post()]

    def _mailbox(self) -> Mailbox:
        return mailbox_of(self.settings, System(World(now_ms=wall_clock_ms, new_id=uuid7)), MailBounds())

    async def _post(self) -> list[Finding]:
        post = post_of(self.settings)
        if post is None:
            return [Finding("post", NO_POST, works=True)]
        try:
            found = Finding("post", await post.check(), works=True)
        except NotSent as error:
            found = Finding("post", str(error), works=False)
        told = [f"{await OutgoingMail.filter(state=each).count():,} {each.lower()}" for each in WAITING]
        return [found, Finding("outbox", ", ".join(told), works=True)]


async def _reaches(mailbox: Mailbox) -> list[Finding]:
    try:
        end = await mailbox.end()
        if not isinstance(mailbox, ImapMailbox):
            return [Finding("server", "lets the desk in", works=True)]
        rings = await mailbox.rings()
    except Unreachable as error:
        return [Finding("server", str(error), works=False)]
    told = "tells when mail comes (IDLE)" if rings else "does not tell when mail comes: it is polled"
    return [
        Finding("server", f"lets the desk in; the last mail has the UID {end.after} of {end.epoch}", works=True),
        Finding("server", told, works=True),
    ]


def _listens(mailbox: LocalMailbox) -> Finding:
    host, port = mailbox.listens_at
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.settimeout(1)
        there = probe.connect_ex((host, port)) == 0
    state = "takes mail" if there else "is not running; it begins with guichet serve"
    return Finding("server", f"smtp://{host}:{port} {state}", works=True)


async def _reading(name: str) -> Finding:
    row = await MailPosition.get_or_none(mailbox=name)
    if row is None or row.after is None:
        return Finding("reading", "has not begun", works=True)
    dead = await SeenMail.filter(mailbox=name, verdict=Verdict.DEAD).count()
    told = f"up to {row.after}; {dead:,} dead letters"
    return Finding("reading", f"{told}; the desk says: {row.trouble}" if row.trouble else told, works=True)
