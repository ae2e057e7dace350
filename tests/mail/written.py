"""Mails for tests: the fixtures with their verdicts, and what is written here line by line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from desk.mail.bounds import MailBounds
from desk.mail.heading import Context
from desk.mail.mail import Mail
from desk.mail.parse import parse
from desk.mail.tokens import Tokens

FIXTURES = Path(__file__).parent / "fixtures"
EXPECTED: dict[str, Any] = json.loads((FIXTURES / "expected.json").read_text("utf-8"))
FILES: dict[str, dict[str, Any]] = EXPECTED["files"]
WORLD: dict[str, Any] = EXPECTED["world"]
OWN = frozenset(WORLD["desk_addresses"])
TOKENS = Tokens((WORLD["secret"],), WORLD["desk_addresses"][0])
BOUNDS = MailBounds()


def raw(name: str) -> bytes:
    """The bytes of a fixture."""
    return (FIXTURES / name).read_bytes()


def written(*fields: str, body: str | bytes = "Hello.", **named: str) -> bytes:
    """A mail from Ann with these fields, and those that are named (content_type for Content-Type)."""
    lines = ["From: ann@customer.example", "To: desk@desk.example", "Subject: Lift", *fields]
    lines += [f"{name.replace('_', '-').title()}: {value}" for name, value in named.items()]
    head = "\r\n".join(lines).encode("utf-8", "surrogateescape")
    return head + b"\r\n\r\n" + (body.encode() if isinstance(body, str) else body)


def multipart(*parts: str, kind: str = "mixed", boundary: str = "m") -> bytes:
    """A mail of these parts, each with its own fields."""
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}--\r\n"
    return written(content_type=f'multipart/{kind}; boundary="{boundary}"', body=body)


def read(raw: bytes, bounds: MailBounds = BOUNDS, **more: Any) -> Mail:
    """The mail in these bytes, as it is read in this process."""
    return parse(raw, Context(bounds, **more))
