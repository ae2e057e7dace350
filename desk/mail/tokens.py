"""Addresses and Message-IDs that lead back to a ticket, signed: a number anyone can type opens nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

SIGNATURE_CHARS = 16
"""80 bits in base32."""
MARK = rf"(?P<number>[1-9]\d{{0,17}})\.(?P<signature>[a-z2-7]{{{SIGNATURE_CHARS}}})"
REPLY_ADDRESS = re.compile(rf"[^@\s]+\+{MARK}@[^@\s]+", re.ASCII | re.IGNORECASE)
MESSAGE_ID = re.compile(rf"<(?P<uid>[0-9a-z]+)\.{MARK}@[^@\s<>]+>", re.ASCII | re.IGNORECASE)
TICKET_HEADER = re.compile(MARK, re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Tokens:
    """Signs with the first of its secrets and takes the signature of each, so that they can be changed in turn."""

    secrets: tuple[str, ...]
    address: str
    """The desk's address, which answers come to."""

    def reply_address(self, number: int) -> str:
        """desk+1042.wjnfb3sjmq2w3jxt@desk.example"""
        local, _, domain = self.address.rpartition("@")
        return f"{local}+{number}.{self._sign(f'reply:{number}')}@{domain}"

    def message_id(self, uid: str, number: int) -> str:
        """<0198c0de0001.1042.2472ytwipu2ib32j@desk.example>; `uid` is unique, of digits and small letters."""
        return f"<{uid}.{number}.{self._sign(f'mid:{uid}:{number}')}@{self.address.rpartition('@')[2]}>"

    def ticket_header(self, number: int) -> str:
        """What X-Guichet-Ticket holds on every mail of ours: 1042.<signature>"""
        return f"{number}.{self._sign(f'ticket:{number}')}"

    def number_of_address(self, address: str) -> int | None:
        """The ticket that a recipient's address was signed for."""
        match = REPLY_ADDRESS.fullmatch(address)
        return match and self._checked(match, f"reply:{match['number']}")

    def number_of_message_id(self, message_id: str) -> int | None:
        """The ticket that one of our Message-IDs was signed for."""
        match = MESSAGE_ID.fullmatch(message_id)
        return match and self._checked(match, f"mid:{match['uid'].lower()}:{match['number']}")

    def number_of_ticket_header(self, value: str) -> int | None:
        """The ticket that an X-Guichet-Ticket was signed for."""
        match = TICKET_HEADER.fullmatch(value)
        return match and self._checked(match, f"ticket:{match['number']}")

    def _checked(self, match: re.Match[str], text: str) -> int | None:
        signature = match["signature"].lower()
        # All are compared, and in constant time: how long it takes tells nothing.
        right = [hmac.compare_digest(signature, _signature(secret, text)) for secret in self.secrets]
        return int(match["number"]) if any(right) else None

    def _sign(self, text: str) -> str:
        return _signature(self.secrets[0], text)


def _signature(secret: str, text: str) -> str:
    digest = hmac.digest(secret.encode(), text.encode(), hashlib.sha256)
    return base64.b32encode(digest).decode().lower()[:SIGNATURE_CHARS]
