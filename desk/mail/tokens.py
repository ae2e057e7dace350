"""Addresses and Message-IDs that lead back to a ticket, signed: a number anyone can type opens nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tokens:
    """Signs with the first of its secrets and takes the signature of each, so that they can be changed in turn."""

    secrets: tuple[str, ...]
    address: str
    """The desk's address, which answers come to."""

    def reply_address(self, number: int) -> str:
        """desk+1042.wjnfb3sjmq2w3jxt@desk.example"""
        raise NotImplementedError

    def message_id(self, uid: str, number: int) -> str:
        """<0198c0de0001.1042.2472ytwipu2ib32j@desk.example>; `uid` is unique, of letters and digits."""
        raise NotImplementedError

    def ticket_header(self, number: int) -> str:
        """What X-Guichet-Ticket holds on every mail of ours: 1042.<signature>"""
        raise NotImplementedError

    def number_of_address(self, address: str) -> int | None:
        """The ticket that a recipient's address was signed for."""
        raise NotImplementedError

    def number_of_message_id(self, message_id: str) -> int | None:
        """The ticket that one of our Message-IDs was signed for."""
        raise NotImplementedError

    def number_of_ticket_header(self, value: str) -> int | None:
        """The ticket that an X-Guichet-Ticket was signed for."""
        raise NotImplementedError
