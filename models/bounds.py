"""The named bounds of what may be written, and the checks that keep them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

import orjson

from models.errors import BadUserInput, InvalidInput

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

SAFE_INTEGER = 2**53
"""Integers beyond this lose digits in JavaScript readers (ECMA-262, Number.MAX_SAFE_INTEGER)."""


UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL (PostgreSQL refuses it) and lone surrogates (which UTF-8 cannot write)."""


def storable(text: str) -> bool:
    """Says whether both databases can keep `text`."""
    return UNSTORABLE.search(text) is None


DAY_MS = 86_400_000
COLUMN_CHARS = 1_000
"""What the columns of the short texts can hold."""
ADDRESS_CHARS = 320
"""Longest address of a mail: 64 before the @ and 255 behind it (RFC 5321, 4.5.3.1)."""
MESSAGE_ID_CHARS = 1_000
"""Longest Message-ID that is kept; a line of a header has 998 (RFC 5322, 2.1.1)."""
NAME_CHARS = 200
"""What the columns can hold that name who did something, or is to do it."""
IN_COLUMNS = frozenset({"subject_chars", "tag_chars", "user_id_chars"})


def findable(text: str, chars: int = COLUMN_CHARS) -> bool:
    """Says whether a column of so many characters could hold `text`, so that asking for it makes sense."""
    return storable(text) and len(text) <= chars


@dataclass(frozen=True)
class Bounds:
    """Largest sizes of what is written and asked.

    Checks of what is written return the clean value or raise InvalidInput naming the field; checks of what is asked
    raise BadUserInput.
    """

    subject_chars: int = 200
    """Longest subject, characters (at most 1,000)."""
    body_bytes: int = 100_000
    """Longest body or message, bytes of UTF-8."""
    extra_bytes: int = 64_000
    """Largest extra, bytes of JSON."""
    extra_levels: int = 32
    """Deepest extra, levels of objects and lists."""
    extra_keys: int = 1_000
    """Most keys in extra, at all levels together."""
    tag_count: int = 20
    """Most tags of a ticket."""
    tag_chars: int = 50
    """Longest tag, characters (at most 1,000)."""
    user_id_chars: int = 128
    """Longest user id, characters (at most 1,000)."""
    reason_chars: int = 2_000
    """Longest reason of a decision, characters."""
    answer_bytes: int = 33_554_432
    """Most bytes of bodies, threads and histories in one answer."""
    page_rows: int = 100
    """Largest page of a list, rows."""
    lease_seconds: int = 3_600
    """Longest lease of a lock, seconds."""
    list_window_days: int | None = None
    """How far back a list of everybody's tickets may reach, days; it then has to say createdAfter."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is not None and (value < 1 or (name in IN_COLUMNS and value > COLUMN_CHARS)):
                limit = f" to {COLUMN_CHARS}" if name in IN_COLUMNS else ""
                raise BadUserInput(f"{name} is a number from 1{limit}, not {value}.")

    def page(self, first: int) -> int:
        """A page has 1 to `page_rows` rows."""
        if not 1 <= first <= self.page_rows:
            raise BadUserInput(f"first lies between 1 and {self.page_rows}.")
        return first

    def lease_ms(self, seconds: int) -> int:
        """A lease lasts 1 to `lease_seconds`; returned in ms."""
        if not 1 <= seconds <= self.lease_seconds:
            raise BadUserInput(f"leaseSeconds lies between 1 and {self.lease_seconds}.")
        return seconds * 1_000

    def many(self, name: str, values: Sequence[object]) -> None:
        """A list of values that are looked up at once is as long as a page at most."""
        if len(values) > self.page_rows:
            raise BadUserInput(f"{name} holds at most {self.page_rows} values.")

    def window(self, created_after_ms: int | None, now_ms: int) -> int | None:
        """A list of everybody's tickets begins within the last `list_window_days`, where these are set.

        Returns how long it does (Unix ms), or None.
        """
        if (days := self.list_window_days) is None:
            return None
        until_ms = created_after_ms + days * DAY_MS if created_after_ms is not None else None
        if until_ms is None or until_ms < now_ms:
            raise BadUserInput(
                f"This desk lists the last {days} days: say createdAfter, and none before that, or userId."
            )
        return until_ms

    def subject(self, value: str) -> str:
        """A subject is 1 to `subject_chars` characters and not blank."""
        return self._line("subject", value, self.subject_chars)

    def user_id(self, value: str) -> str:
        """A requester's id is 1 to `user_id_chars` characters and not blank."""
        return self._line("userId", value, self.user_id_chars)

    def body(self, value: str) -> str:
        """A body is at most `body_bytes` of UTF-8, and may be empty."""
        return self._text("body", value)

    def text(self, value: str) -> str:
        """The text of a message is at most `body_bytes` of UTF-8 and not blank."""
        if not value.strip():
            raise InvalidInput("text", "Write something first.")
        return self._text("text", value)

    def reason(self, value: str | None) -> str | None:
        """A reason is at most `reason_chars` characters; blank counts as none."""
        if value is None or not value.strip():
            return None
        self._plain("reason", value)
        if len(value) > self.reason_chars:
            raise InvalidInput("reason", f"A reason has at most {self.reason_chars} characters.")
        return value

    def told(self, value: str) -> str:
        """A reason that has to be given: not blank."""
        reason = self.reason(value)
        if reason is None:
            raise InvalidInput("reason", "Say why, so that others can be told.")
        return reason

    def tag_list(self, values: Sequence[str]) -> list[str]:
        """Tags are trimmed and kept once, in order; at most `tag_count` of `tag_chars` characters."""
        clean = list(dict.fromkeys(value.strip() for value in values))
        if len(clean) > self.tag_count:
            raise InvalidInput("tags", f"A ticket has at most {self.tag_count} tags.")
        for tag in clean:
            self._plain("tags", tag)
            if not 1 <= len(tag) <= self.tag_chars:
                raise InvalidInput("tags", f"A tag has 1 to {self.tag_chars} characters.")
        return clean

    def extra(self, value: object) -> dict[str, Json]:
        """`extra` is a JSON object of at most `extra_bytes`, `extra_levels` deep, with safe numbers."""
        if not isinstance(value, dict):
            raise InvalidInput("extra", "extra is a JSON object.")
        keys = self._walk(value, 1)
        if keys > self.extra_keys:
            raise InvalidInput("extra", f"extra has at most {self.extra_keys} keys.")
        if len(orjson.dumps(value)) > self.extra_bytes:
            raise InvalidInput("extra", f"extra is at most {self.extra_bytes} bytes of JSON.")
        return cast("dict[str, Json]", value)

    def _walk(self, value: object, level: int) -> int:
        """Counts the keys below `value`, refusing on the way what JSON or a database cannot keep."""
        match value:
            case str():
                self._plain("extra", value)
            case bool() | None:
                pass
            case int() | float():
                if not -SAFE_INTEGER <= value <= SAFE_INTEGER and isinstance(value, int):
                    raise InvalidInput("extra", "Integers in extra lie within ±2^53.")
                if value != value or value in (float("inf"), float("-inf")):
                    raise InvalidInput("extra", "Numbers in extra are finite.")
            case dict() | list():
                if level > self.extra_levels:
                    raise InvalidInput("extra", f"extra is at most {self.extra_levels} levels deep.")
                return self._walk_inside(value, level)
            case _:
                raise InvalidInput("extra", "extra holds JSON values only.")
        return 0

    def _walk_inside(self, value: dict[object, object] | list[object], level: int) -> int:
        if isinstance(value, list):
            return sum(self._walk(item, level + 1) for item in value)
        for key in value:
            if not isinstance(key, str):
                raise InvalidInput("extra", "Keys in extra are strings.")
            self._plain("extra", key)
        return len(value) + sum(self._walk(item, level + 1) for item in value.values())

    def _line(self, field: str, value: str, limit: int) -> str:
        self._plain(field, value)
        if not value.strip() or len(value) > limit:
            raise InvalidInput(field, f"{field} has 1 to {limit} characters.")
        return value

    def _text(self, field: str, value: str) -> str:
        self._plain(field, value)
        if len(value.encode()) > self.body_bytes:
            raise InvalidInput(field, f"{field} is at most {self.body_bytes} bytes of UTF-8.")
        return value

    @staticmethod
    def _plain(field: str, value: str) -> None:
        if not storable(value):
            raise InvalidInput(field, f"{field} holds a character that cannot be kept (NUL or half a pair).")
