"""What is quoted at the end is folded away; whatever else stands in a mail is shown."""

from __future__ import annotations

import pytest

from desk.mail.bounds import MailBounds
from desk.mail.quotes import without_quote
from tests.mail.written import BOUNDS

INTRODUCTIONS = [
    "On Tue, 3 Mar 2026 at 10:10, Dora <dora@desk.example> wrote:",
    "On Tue, 3 Mar 2026 at 10:10, Dora with a name that is quite long\n<dora@desk.example> wrote:",
    "On 3 Mar 2026, at 10:10, Dora wrote:",
    "Am 03.03.2026 um 10:10 schrieb Dora:",
    "Am Di., 3. März 2026 um 10:10 Uhr schrieb Dora <dora@desk.example>:",
    "Le mar. 3 mars 2026 à 10:10, Dora <dora@desk.example> a écrit :",
    "El mar, 3 mar 2026 a las 10:10, Dora (<dora@desk.example>) escribió:",
    "Il giorno mar 3 mar 2026 alle ore 10:10 Dora <dora@desk.example> ha scritto:",
    "Op di 3 mrt 2026 om 10:10 schreef Dora <dora@desk.example>:",
    "Den tis 3 mars 2026 kl 10:10 skrev Dora <dora@desk.example>:",
    "在 2026年3月3日 10:10，Dora<dora@desk.example> 写道：",
]
PASTED = [
    "-----Original Message-----\nFrom: Dora\nSent: Tuesday",
    "-----Ursprüngliche Nachricht-----\nVon: Dora",
    "________________________________\nFrom: Dora <dora@desk.example>\nSent: Tuesday, 3 March 2026",
    "Von: Dora <dora@desk.example>\nGesendet: Dienstag, 3. März 2026",
    "*De :* Dora <dora@desk.example>\n*Envoyé :* mardi",
    "From: Dora <dora@desk.example>\nTo: Ann\nDate: Tuesday",
]


def folded(text: str, bounds: MailBounds = BOUNDS) -> str:
    return without_quote(text, bounds)


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
@pytest.mark.parametrize("quote", ["> Hold the badge.\n>\n> Dora", "Hold the badge.\n\nDora"])
def test_an_answer_is_shown_without_what_it_answers(introduction: str, quote: str) -> None:
    assert folded(f"It works.\n\nAnn\n\n{introduction}\n\n{quote}\n") == "It works.\n\nAnn"


@pytest.mark.parametrize("pasted", PASTED)
def test_a_pasted_original_is_folded(pasted: str) -> None:
    assert folded(f"It works.\n\n{pasted}\nSubject: Badge\n\nHold the badge.\n> older\nnewer") == "It works."


@pytest.mark.parametrize("introduction", ["Dora <dora@desk.example> kirjutas:", "2026-03-03 10:10 Dora:", ""])
def test_a_quote_at_the_end_is_folded_in_any_language(introduction: str) -> None:
    assert folded(f"It works.\n{introduction}\n> Hold the badge.\n>> What?\n") == "It works."


@pytest.mark.parametrize(
    "text",
    [
        "> Which door?\nThe north one.\n> Since when?\nMonday.",
        "See below.\nOn Tue, 3 Mar 2026 at 10:10, Dora wrote:\n> Which door?\nThe north one.",
        "> all of it\n> is quoted",
        "> all of it,\n> at 10:10 Dora wrote:",
        "-----Original Message-----\nnothing above",
        "Look.\n---------- Forwarded message ---------\nFrom: A <a@x.example>\nDate: Monday\n\nOn 1:00 B wrote:\n> x",
        "Look.\n\nBegin forwarded message:\n\nFrom: A <a@x.example>\nDate: Monday\n\n> x",
        "From: Berlin To: Paris, 2 people, a@x.example.\nWhen does it leave?",
        "From: a@x.example is what I typed.\n\nIt failed.\n\nThe date: unknown",
        "Hello.\nOn Monday the door wrote:\nE17",
        "Hello.\nOn 3 March we pressed the button and the door wrote:\nE17",
        "Hello.\nSee above:\nE17 at 10:10",
        "a\n---\nb\n______\nc",
        "",
        "\n\n",
    ],
)
def test_what_is_no_quote_is_shown(text: str) -> None:
    assert folded(text) == text


def test_so_many_lines_are_looked_through() -> None:
    bounds = MailBounds(quote_lines=3, quote_chars=60)
    assert folded("a\nb\n> c", bounds) == "a\nb"
    assert folded("a\nb\nc\n> d", bounds) == "a\nb\nc\n> d"
    assert folded("a\n> b\n> c\nd", bounds) == "a\n> b\n> c\nd"
    introduction = "On Tue, 3 Mar 2026 at 10:10, Dora <dora@desk.example> wrote:"
    assert folded(f"a\nb\n{introduction}\nd\ne", bounds) == "a\nb"
    assert folded(f"a\nb\n{introduction}\nd", MailBounds(quote_chars=50)) == f"a\nb\n{introduction}\nd"
