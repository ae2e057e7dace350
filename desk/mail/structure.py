"""The parts of a mail, taken apart at its boundaries.

The standard library reads headers and transfer encodings. Its parser goes into what is inside by recursion, messages
within messages too: 3,000 levels cost it 2 s and the stack. Here every step is a place in the bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from typing import NamedTuple

from desk.mail.bounds import MailBounds
from desk.mail.headers import Fields, message_ids, plain

EMPTY_LINE = re.compile(rb"\n\r?\n")
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,98}/[a-z0-9][a-z0-9!#$&^_.+-]{0,98}")
"""What a content type may be (RFC 6838, 4.2), in less than 200 characters."""
FIELD = re.compile(rb"[!-9;-~]+:")
FIRST_FIELD = re.compile(
    rb"\n(?=(?:return-path|received|delivered-to|from|to|cc|subject|date|message-id|mime-version|reply-to|sender"
    rb"|in-reply-to|references|dkim-signature|authentication-results|content-[a-z-]+|x-[a-z-]+):)",
    re.IGNORECASE,
)
"""What a header begins with that has something foreign above it."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part that holds no others, its transfer encoding undone; a message in it is one file."""

    media_type: str
    charset: str | None
    disposition: str
    """attachment or inline in small letters; may be empty, or anything."""
    filename: str
    """As the sender wrote it; may be empty, or a path."""
    content_id: str | None
    data: bytes


class Delimiter(NamedTuple):
    """A line that ends a part: where its text above ends, where its own line end is, whose it is, if none follows."""

    start: int
    end: int
    level: int
    closes: bool


class Opened:
    """A mail taken apart as far as its bounds let it; `reasons` says what was left out."""

    def __init__(self, raw: bytes, bounds: MailBounds, size: int | None = None, *, header_only: bool = False) -> None:
        self.reasons: list[str] = []
        self.leaves: list[Leaf] = []
        self._bounds = bounds
        self._parser = BytesHeaderParser(policy=Fields.bounded(bounds))
        self._raw = _from_header(raw)
        message, self._body = self._header(0)
        self.media_type = message.get_content_type()
        self.fields: dict[str, list[str]] = {}
        """Every field's values from the top, still encoded, by its name in small letters."""
        self._list_fields(message)
        if (size or len(raw)) > bounds.mail_bytes:
            self.reasons.append(f"It is larger than {bounds.mail_bytes} bytes: only its header was read.")
        elif not header_only:
            self._take_apart(message, self._body)

    def body(self) -> bytes:
        """What stands below the header, as it came."""
        return self._raw[self._body + 1 :]

    def _list_fields(self, message: Message) -> None:
        bounds, lengths = self._bounds, [len(value) for _, value in message.raw_items()]
        if len(lengths) > bounds.field_count:
            self.reasons.append(f"Its header has more than {bounds.field_count} fields: the others were left out.")
        if max(lengths, default=0) > bounds.field_bytes:
            self.reasons.append(f"A field is longer than {bounds.field_bytes} bytes: the rest of it was left out.")
        for name, value in message.items()[: bounds.field_count]:
            self.fields.setdefault(name.lower(), []).append(value)

    def _take_apart(self, part: Message, body: int) -> None:
        """Goes from one delimiter to the next; `body` is always the place of the line end above a part's body."""
        open_boundaries, delimiters = list[bytes](), 0
        while True:
            boundary = self._boundary(part, open_boundaries)
            found = self._next(body, [*open_boundaries, *boundary])
            if found is not None and found.level == len(open_boundaries):
                open_boundaries += boundary
            else:
                self._add(part, self._raw[body + 1 : None if found is None else found.start])
            while found is not None and found.closes:  # what stands below it belongs to nothing
                del open_boundaries[found.level :]
                found = self._next(found.end, open_boundaries)
            if found is None:
                return
            delimiters += 1
            if delimiters > self._bounds.part_count:
                self.reasons.append(f"It has more than {self._bounds.part_count} parts: the others were left out.")
                return
            del open_boundaries[found.level + 1 :]
            part, body = self._header(found.end)

    def _header(self, start: int) -> tuple[Message, int]:
        """The header below the line end at `start`, and where the line end above its body is."""
        most = start + 1 + self._bounds.header_bytes
        empty = EMPTY_LINE.search(self._raw, start, len(self._raw) if start == 0 else most)
        end = empty.start() + 1 if empty else min(most, len(self._raw))
        if is_cut := end > most:
            end = most
            self.reasons.append(f"Its header is longer than {self._bounds.header_bytes} bytes: the rest was left out.")
        message = self._parser.parsebytes(self._raw[start + 1 : end])
        below = message.get_payload()  # from the first line on that is no field
        assert isinstance(below, str)
        if below and not is_cut:
            return message, end - len(below) - 1
        return message, empty.end() - 1 if empty else end - 1

    def _boundary(self, part: Message, open_boundaries: list[bytes]) -> list[bytes]:
        """The boundary of a multipart that may be gone into, if it is one."""
        if part.get_content_maintype() != "multipart":
            return []
        try:
            boundary = (part.get_boundary() or "").encode()
        except ValueError:
            return []
        if not boundary:
            return []
        if len(open_boundaries) == self._bounds.levels:
            self.reasons.append(
                f"It is nested deeper than {self._bounds.levels} levels: what is below was not taken apart."
            )
            return []
        return [boundary]

    def _next(self, start: int, boundaries: list[bytes]) -> Delimiter | None:
        """The next line that ends a part of any of the open multiparts."""
        if not boundaries:
            return None
        names = b"|".join(map(re.escape, boundaries))
        match = re.compile(rb"\n--(%s)(--)?[ \t]*(?=\r?\n|\Z)" % names).search(self._raw, start)
        if match is None:
            return None
        above = match.start() - self._raw.startswith(b"\r", match.start() - 1)  # its line end is not the part's
        return Delimiter(above, self._line_end(match.end()), boundaries.index(match[1]), bool(match[2]))

    def _line_end(self, place: int) -> int:
        found = self._raw.find(b"\n", place)
        return len(self._raw) if found < 0 else found

    def _add(self, part: Message, body: bytes) -> None:
        part.set_payload(body.decode("ascii", "surrogateescape"))
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        self.leaves.append(
            Leaf(
                _media_type(part.get_content_type()),
                _tried(part.get_content_charset),
                part.get_content_disposition() or "",
                plain(_tried(part.get_filename) or ""),
                next(iter(message_ids(part.get("content-id", ""))), "").strip("<>") or None,
                data,
            )
        )


def _media_type(declared: str) -> str:
    if declared.startswith("multipart/"):
        return "text/plain"  # it calls itself a multipart and holds no part
    return declared if MEDIA_TYPE.fullmatch(declared) else "application/octet-stream"


def _tried(read: Callable[[], str | None]) -> str | None:
    """A parameter of a Content-… field, or None where the standard library raises for it."""
    try:
        return read()
    except Exception:  # LookupError, UnicodeError, ValueError for charsets that are none
        return None


def _from_header(raw: bytes) -> bytes:
    """The mail from its first field on, with a line end above it."""
    raw = b"\n" + raw
    if FIELD.match(raw, 1):
        return raw
    first = FIRST_FIELD.search(raw)
    return raw[first.start() :] if first else b"\n" + raw
