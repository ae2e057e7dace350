"""Who wrote a mail, and to whom."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email import utils
from typing import Any

from desk.mail.charsets import one_line
from desk.mail.headers import plain
from desk.mail.mail import Address
from models.bounds import ADDRESS_CHARS, NAME_CHARS

LENIENT: dict[str, Any] = {"strict": False} if hasattr(utils, "supports_strict_parsing") else {}
"""Where Python knows of strict parsing, it is the default, and drops a whole list for one address that is none."""
WHOLE = re.compile(r"[^\s@<>()\[\]\",;:]{1,64}@[^\s@<>()\[\]\",;:]{1,255}")
"""An address as it stands in a text."""


def addresses(fields: Iterable[str]) -> list[Address]:
    """The addresses in these fields, each once, in their order; where a field is no list, those that stand in it."""
    found: dict[str, Address] = {}
    for field in fields:
        for address in _checked(_listed(field)) or _checked(("", text) for text in WHOLE.findall(plain(field))):
            found.setdefault(address.address, address)
    return list(found.values())


def _listed(field: str) -> list[tuple[str, str]]:
    try:
        return utils.getaddresses([field], **LENIENT)
    except Exception:  # RecursionError for many brackets; others by version
        return []


def _checked(pairs: Iterable[tuple[str, str]]) -> list[Address]:
    return [address for name, text in pairs if (address := _address(name, text)) is not None]


def _address(name: str, text: str) -> Address | None:
    written = one_line(text)
    local, at, domain = written.partition("@")
    if not (local and at and domain) or "@" in domain or " " in written or len(written) > ADDRESS_CHARS:
        return None
    return Address(written.lower(), plain(name)[:NAME_CHARS].strip(), written)
