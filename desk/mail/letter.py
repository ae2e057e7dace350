"""The desk's letters: acknowledgements and replies, written once, byte for byte as they are sent."""

from __future__ import annotations

import html
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from string import Template
from typing import Final, Literal
from uuid import UUID

from desk.mail.tokens import Tokens
from models.attachment import Attachment, Files
from models.errors import BadUserInput, InvalidInput
from models.message import Message
from models.outbox import Letter, Recipient
from models.ticket import Ticket

MOST_REFERENCES: Final = 20
"""Message-IDs of the thread that a letter names, the newest."""
LONGEST_REFERENCE: Final = 250
"""Characters of one; longer ones are left out."""
LINE: Final = 900
"""Characters of a header's line (RFC 5322, 2.1.1: at most 998). At the usual 78 Python makes encoded words of long
Message-IDs, which no client can follow."""
QUOTED_LINES: Final = 200
"""Lines of what is answered that a reply quotes."""
NAMES: Final = frozenset({"number", "subject", "name", "text", "quoted"})
"""What a template may fill in: the ticket's number and subject, the requester's name, what is said, what it answers."""


@dataclass(frozen=True)
class Form:
    """How a kind of letter looks: its subject, its text, and its HTML if it has any."""

    subject: str
    text: str
    html: str | None = None


@dataclass(frozen=True)
class Forms:
    """How the desk's letters look, with `$number`, `$subject`, `$name`, `$text` and `$quoted` filled in."""

    acknowledgement: Form = Form(
        "[#$number] $subject",
        "Hello,\n\nwe have your request, and it has the number $number. Somebody will look at it.\n"
        "To add something, answer this mail.\n",
        "<p>Hello,</p>\n<p>we have your request, and it has the number <strong>$number</strong>."
        " Somebody will look at it.<br>To add something, answer this mail.</p>\n",
    )
    reply: Form = Form(
        "[#$number] $subject",
        "$text\n\n$quoted",
        '<div style="white-space: pre-wrap">$text</div>\n<blockquote style="white-space: pre-wrap; color: #667085;'
        ' border-left: 2px solid #d0d5dd; margin: 1em 0; padding-left: 1em">$quoted</blockquote>\n',
    )

    @classmethod
    def read(cls, text: str) -> Forms:
        """Those of a TOML file, with a table for each that looks otherwise. Raises BadUserInput and ValueError."""
        tables = tomllib.loads(text)
        known = {each.name: each.default for each in fields(cls)}
        if unknown := tables.keys() - known.keys():
            raise BadUserInput(f"there is no letter {', '.join(sorted(unknown))}")
        return cls(**{name: _form(name, tables.get(name, {}), form) for name, form in known.items()})


def _form(name: str, given: object, usual: object) -> Form:
    assert isinstance(usual, Form)
    if given == {}:
        return usual
    if not isinstance(given, Mapping) or given.keys() - {"subject", "text", "html"} or not given.get("text"):
        raise BadUserInput(f"[{name}] has a text, and may have a subject and html")
    if not all(isinstance(value, str) for value in given.values()):
        raise BadUserInput(f"[{name}] holds texts only")
    for value in given.values():
        template = Template(value)
        if not template.is_valid() or (unknown := set(template.get_identifiers()) - NAMES):
            what = (
                f"${', $'.join(sorted(unknown))}" if template.is_valid() else "a $ that names nothing ($$ is a dollar)"
            )
            raise BadUserInput(f"[{name}] has {what}; it may have ${', $'.join(sorted(NAMES))}")
    subject = given.get("subject", usual.subject)
    if "\n" in subject:
        raise BadUserInput(f"the subject of [{name}] is one line")
    return Form(subject, given["text"], given.get("html"))


@dataclass(frozen=True)
class Secretary:
    """Writes the desk's letters: under its name and address, signed so that answers find back."""

    tokens: Tokens
    forms: Forms = Forms()
    name: str = ""
    plus_addressing: bool = True
    """Whether mail to desk+anything@ arrives at desk@."""
    files: Files | None = None
    """Where the files of replies are."""

    def acknowledgement(self, ticket: Ticket, to: str, thread: Sequence[str], uid: str, now_ms: int) -> Letter:
        """Tells a requester that the ticket is there (RFC 3834, 3.1)."""
        mail = self._mail(ticket, self.forms.acknowledgement, [to], thread, uid, now_ms, {"name": to})
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
        return self._letter(mail, ticket)

    def reply(
        self,
        ticket: Ticket,
        message: Message,
        quoted: Message | None,
        to: Sequence[Recipient],
        thread: Sequence[str],
        uid: str,
        files: Sequence[Attachment] = (),
    ) -> Letter:
        """A message of the thread to who takes part, with what it answers, and its files."""
        said = quoted.text if quoted else ticket.body
        fill = {"text": message.text, "quoted": said, "name": to[0].name or to[0].address}
        mail = self._mail(
            ticket, self.forms.reply, [_named(each) for each in to], thread, uid, message.created_at_ms, fill
        )
        for file in files:
            content = self.files.read(file.sha256) if self.files else None
            if content is None:
                raise InvalidInput("attachments", f"{file.name} is not there any more: add it once more.")
            kind, _, subtype = file.content_type.partition("/")
            mail.add_attachment(content, maintype=kind, subtype=subtype, filename=file.name)
        return self._letter(mail, ticket)

    def _mail(
        self,
        ticket: Ticket,
        form: Form,
        to: Sequence[str],
        thread: Sequence[str],
        uid: str,
        now_ms: int,
        fill: Mapping[str, str],
    ) -> EmailMessage:
        fill = {"number": str(ticket.number), "subject": ticket.subject, "text": "", "quoted": ""} | dict(fill)
        plain = all(each.isascii() for each in to)
        mail = EmailMessage(policy=(SMTP if plain else SMTPUTF8).clone(max_line_length=LINE))
        mail["Message-ID"] = self.tokens.message_id(uid, ticket.number)
        mail["Date"] = datetime.fromtimestamp(now_ms // 1_000, UTC)
        mail["From"] = Address(self.name, addr_spec=self.tokens.address) if self.name else self.tokens.address
        mail["To"] = to[0]
        if len(to) > 1:
            mail["Cc"] = ", ".join(to[1:])
        if self.plus_addressing:
            mail["Reply-To"] = self.tokens.reply_address(ticket.number)
        mail["Subject"] = " ".join(Template(form.subject).substitute(fill).split())
        thread = [each for each in thread if each.isascii() and len(each) <= LONGEST_REFERENCE][-MOST_REFERENCES:]
        if thread:
            mail["In-Reply-To"] = thread[-1]
            mail["References"] = " ".join(thread)
        mail["X-Guichet-Ticket"] = self.tokens.ticket_header(ticket.number)
        text = Template(form.text).substitute(fill | {"quoted": quote(fill["quoted"])})
        mail.set_content(text.rstrip() + "\n", cte="quoted-printable")
        if form.html is not None:
            safe = {name: html.escape(value) for name, value in fill.items()}  # its blockquote needs no >
            mail.add_alternative(Template(form.html).substitute(safe), subtype="html", cte="quoted-printable")
        return mail

    def _letter(self, mail: EmailMessage, ticket: Ticket) -> Letter:
        number = ticket.number
        sender = self.tokens.reply_address(number) if self.plus_addressing else self.tokens.address
        return Letter(str(mail["Message-ID"]), sender, mail.as_bytes())


def quote(text: str) -> str:
    """The text as it stands in an answer to it."""
    lines = text.strip().splitlines()
    cut = ["[…]"] if len(lines) > QUOTED_LINES else []
    return "\n".join(f"> {line}" for line in [*lines[:QUOTED_LINES], *cut])


def _named(person: Recipient) -> str:
    """A recipient as the header has it; a name or an address that could say more than that is left out."""
    try:
        return str(Address(person.name or "", addr_spec=person.address))
    except (ValueError, IndexError):
        return person.address


def sample(writer: Secretary, kind: Literal["acknowledgement", "reply"]) -> Letter:
    """A letter about a ticket that there is not."""
    id, at_ms, thread = UUID(int=1), 1_780_000_000_000, ["<sample@example.org>"]
    body = "My card is gone since yesterday.\nIt may be on the train."
    ticket = Ticket(id=id, number=1042, subject="Card lost", body=body)
    if kind == "acknowledgement":
        return writer.acknowledgement(ticket, "ann@example.org", thread, "1", at_ms)
    message = Message(id=id, text="Which train was it?", created_at_ms=at_ms)
    return writer.reply(ticket, message, None, [Recipient("ann@example.org", "Ann Example")], thread, "1")
