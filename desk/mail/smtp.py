"""Mail handed to a server by SMTP, one command after the other: at which one the line breaks decides what is known."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from desk.mail.mailbox import Unreachable
from desk.mail.post import Closed, Envelope, Later, Receipt, Refused, Uncertain

COMMAND_S: Final = 30.0
"""How long the server may take for a command, seconds."""
DATA_S: Final = 600.0
"""How long it may take for the end of a mail (RFC 5321, 4.5.3.2.6), seconds: whoever leaves earlier makes doubts."""
QUIT_S: Final = 5.0
REFUSED: Final = range(500, 600)
NEEDS_LOGIN: Final = frozenset({530, 534, 535, 538})
"""Answers that are about the desk itself, and so about all its mail (RFC 4954, 6)."""


@dataclass(frozen=True)
class Server:
    """Whom to hand mail to, and as whom; without a user nobody signs in."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = True
    """TLS from the first byte (RFC 8314); else STARTTLS is asked for, unless the host is this machine."""
    plain: bool = False
    """No TLS at all; for a host that is this machine."""


class SmtpPost:
    """One server. Each mail has a connection of its own. `sent` looks into the folder of sent mail, if there is one."""

    def __init__(self, server: Server, sent: Callable[[str], Awaitable[bool | None]] | None = None) -> None:
        self._server, self._sent = server, sent
        self.name = f"smtp://{server.user}@{server.host}:{server.port}"[:200]

    async def send(self, mail: bytes, envelope: Envelope, key: str) -> Receipt:
        client = await self._open()
        try:
            await self._offer(client, mail, envelope)
            receipt = await self._hand_over(client, mail)
        except BaseException:
            client.close()
            raise
        with suppress(SMTPException, OSError):  # it was taken: how the line ends tells nothing more
            await client.quit(timeout=QUIT_S)
        client.close()
        return receipt

    async def was_sent(self, mail_id: str) -> bool | None:
        try:
            return await self._sent(mail_id) if self._sent else None
        except Unreachable:
            return None

    async def check(self) -> str:
        client = await self._open()
        with suppress(SMTPException, OSError):
            await client.quit(timeout=QUIT_S)
        client.close()
        return f"lets the desk in{f' as {self._server.user}' if self._server.user else ''}"

    # ---------------------------------------------------------------- one mail, step by step

    async def _open(self) -> SMTP:
        to = self._server
        starttls = not (to.tls or to.plain)
        client = SMTP(hostname=to.host, port=to.port, use_tls=to.tls, start_tls=starttls, timeout=COMMAND_S)
        try:
            await client.connect()
            await client.ehlo()
            if to.user:
                await client.login(to.user, to.password)
        except (SMTPException, OSError) as error:
            client.close()
            what = "does not let the desk in" if isinstance(error, SMTPResponseException) else "cannot be reached"
            raise Closed(f"It {what}: {_words(error)}") from error
        return client

    async def _offer(self, client: SMTP, mail: bytes, envelope: Envelope) -> None:
        """Sender and recipient. Nothing has left yet: a broken line here is no doubt."""
        options = [f"SIZE={len(mail)}"] if client.supports_extension("size") else []
        utf8 = not (envelope.sender.isascii() and envelope.recipient.isascii())
        if utf8:
            if not client.supports_extension("smtputf8"):
                raise Refused("The server takes no addresses with such characters (SMTPUTF8, RFC 6531).")
            options.append("SMTPUTF8")
        encoding = "utf-8" if utf8 else "ascii"
        try:
            await client.mail(envelope.sender, options=options, encoding=encoding)
            await client.rcpt(envelope.recipient, encoding=encoding)
        except SMTPResponseException as error:
            if error.code in NEEDS_LOGIN:
                raise Closed(f"It does not let the desk in: {_words(error)}") from error
            raise (Refused if error.code in REFUSED else Later)(_words(error)) from error
        except (SMTPException, OSError) as error:
            raise Later(_words(error)) from error

    async def _hand_over(self, client: SMTP, mail: bytes) -> Receipt:
        """The mail itself. With an answer the server has decided; without one nobody knows."""
        try:
            answer = await client.data(mail, timeout=DATA_S)
        except SMTPResponseException as error:
            raise (Refused if error.code in REFUSED else Later)(_words(error)) from error
        except (SMTPException, OSError) as error:
            raise Uncertain(f"The line broke while the mail was being sent: {_words(error)}") from error
        return Receipt(f"{answer.code} {answer.message}")


def _words(error: Exception) -> str:
    """What the server said, or what happened to the line."""
    if isinstance(error, SMTPResponseException):
        return f"{error.code} {error.message}"
    return str(error) or type(error).__name__
