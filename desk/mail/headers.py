"""The header of a mail: fields as text, whatever stands in them.

The standard library reads by a policy. Its default one parses a field when it is touched, and raises for hundreds of
real ones; its old one (compat32) leaves them as they are, which is what `Fields` builds on.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email._policybase import Compat32
from email.utils import parsedate_to_datetime

from desk.mail.bounds import MailBounds
from desk.mail.charsets import decoded, one_line

FOLD = re.compile(r"[\r\n]+[ \t]*")
WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]*)?\?([bBqQ])\?([^?]*)\?=")
"""An encoded word (RFC 2047), with the language that RFC 2231 lets it have."""
NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
MESSAGE_ID = re.compile(r"<[^<>\s]{1,990}>")


@dataclass
class Word:
    """Neighbouring encoded words of one charset: senders cut within a character, so they are decoded as one."""

    charset: str
    data: bytes


class Fields(Compat32):
    """Every field is plain text: unfolded, its bytes UTF-8 or else cp1252, as long as it may be, still encoded."""

    field_bytes = MailBounds.field_bytes
    parameters_bytes = MailBounds.parameters_bytes

    @classmethod
    def bounded(cls, bounds: MailBounds) -> Fields:
        """The policy with other bounds than the usual."""
        return cls(field_bytes=bounds.field_bytes, parameters_bytes=bounds.parameters_bytes)  # type: ignore[call-arg]

    def header_fetch_parse(self, name: str, value: str) -> str:
        most = self.parameters_bytes if name.lower().startswith("content-") else self.field_bytes
        data = FOLD.sub(" ", value[:most]).encode("ascii", "surrogateescape")
        return decoded(data).strip()


def plain(field: str) -> str:
    """A field with its encoded words decoded, as one line."""
    pieces: list[str | Word] = []
    end = 0
    for match in WORD.finditer(field):
        between, end = field[end : match.start()], match.end()
        word = Word(match[1].lower(), _word_bytes(match[2], match[3]))
        last = pieces[-1] if pieces and not between.strip() else None
        if last is None:
            pieces.append(between)
        if isinstance(last, Word) and last.charset == word.charset:
            last.data += word.data
        else:
            pieces.append(word)
    text = "".join(piece if isinstance(piece, str) else decoded(piece.data, piece.charset) for piece in pieces)
    return one_line(text + field[end:])


def message_ids(field: str) -> list[str]:
    """The Message-IDs in a field, in their order, with their angle brackets."""
    return MESSAGE_ID.findall(field)


def instant(field: str) -> datetime | None:
    """The Date of a mail in UTC, or None where there is no such day."""
    try:
        at = parsedate_to_datetime(field)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except Exception:  # it raises TypeError, ValueError, IndexError, OverflowError, by version
        return None


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(data.replace(b"_", b" "))
    data = NOT_BASE64.sub(b"", data)
    if len(data) % 4 == 1:
        data = data[:-1]
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
