"""Passwords: argon2id (RFC 9106) by argon2-cffi, off the event loop, and never many at once."""

from __future__ import annotations

import asyncio
import functools
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from models.bounds import storable
from models.errors import InvalidInput

DIFFERENT = 5
"""Characters that a password has at least, each counted once."""
SHORTEST, LONGEST = 12, 1_000
"""Characters (NIST SP 800-63B asks for at least 8, and forbids rules of composition)."""

_hasher: Final = PasswordHasher()
_threads: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
"""One hash takes a core some 100 ms and 64 MiB: two at once, the others wait."""


@functools.cache
def _nobodys() -> str:
    """What is compared where there is no account, so that it takes as long."""
    return _hasher.hash("nobody's")


def password(text: str, name: str) -> str:
    """A password of 12 to 1,000 characters that is not the account's own name; else InvalidInput."""
    if not SHORTEST <= len(text) <= LONGEST or not storable(text):
        raise InvalidInput("password", f"A password has {SHORTEST} to {LONGEST:,} characters.")
    if text.strip().casefold() == name.casefold() or len(set(text)) < DIFFERENT:
        raise InvalidInput("password", "A password is not the account's name, nor a few characters again and again.")
    return text


async def hashed(text: str) -> str:
    """The argon2id hash of a password, salted."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, text)


async def fits(text: str, kept: str | None) -> bool:
    """Whether this is the password whose hash was kept. Takes as long where none was."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _fits, text, kept)


def _fits(text: str, kept: str | None) -> bool:
    try:
        _hasher.verify(kept or _nobodys(), text)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):  # the last for half a pair, which has no bytes
        return False
    return kept is not None
