"""Only what we signed leads to a ticket, also while the secret is changed."""

from __future__ import annotations

import pytest

from desk.mail.tokens import Tokens

OLD = Tokens(("old",), "desk@desk.example")
BOTH = Tokens(("new", "old"), "desk@desk.example")
NEW = Tokens(("new",), "desk@desk.example")


@pytest.mark.parametrize("number", [1, 1042, 10**17])
def test_what_is_signed_leads_back(number: int) -> None:
    assert OLD.number_of_address(OLD.reply_address(number)) == number
    assert OLD.number_of_message_id(OLD.message_id("0198c0de0001", number)) == number
    assert OLD.number_of_ticket_header(OLD.ticket_header(number)) == number


def test_capitals_on_the_way_do_no_harm() -> None:
    assert OLD.number_of_address(OLD.reply_address(7).upper()) == 7
    assert OLD.number_of_message_id(OLD.message_id("0198c0de0001", 7).upper()) == 7


def test_a_secret_is_changed_in_turn() -> None:
    assert BOTH.number_of_address(OLD.reply_address(7)) == 7
    assert NEW.number_of_address(BOTH.reply_address(7)) == 7
    assert NEW.number_of_address(OLD.reply_address(7)) is None


def test_a_signature_is_for_one_number_and_one_purpose() -> None:
    signature = OLD.reply_address(7).partition(".")[2].partition("@")[0]
    assert OLD.number_of_address(f"desk+7.{signature}@desk.example") == 7
    assert OLD.number_of_address(f"desk+8.{signature}@desk.example") is None
    assert OLD.number_of_ticket_header(f"7.{signature}") is None
    assert OLD.number_of_message_id(f"<0198c0de0001.7.{signature}@desk.example>") is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "desk@desk.example",
        "desk+7@desk.example",
        "desk+7.@desk.example",
        "desk+07.aaaaaaaaaaaaaaaa@desk.example",
        "desk+٧.aaaaaaaaaaaaaaaa@desk.example",
        f"desk+{10**30}.aaaaaaaaaaaaaaaa@desk.example",
    ],
)
def test_what_was_never_signed_leads_nowhere(address: str) -> None:
    assert OLD.number_of_address(address) is None
    assert OLD.number_of_message_id(f"<{address}>") is None
    assert OLD.number_of_ticket_header(address) is None
