"""Accounts: who makes them, how people sign in by name and password, and what the journal keeps of it."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from models.account import Account
from models.credential import Session
from tests.support.desk import Answer, Browser, Desk, Person

PASSWORD, OTHER = "correct horse battery", "staple of another kind"
ON_SQLITE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
"""Of what is refused before any database is asked."""
VIEWER = "{ viewer { name role userId hasPassword } }"
AUDIT = """query($account: String, $first: Int, $after: Cursor) {
  auditEvents(account: $account, first: $first, after: $after) {
    edges { node { kind account actor role address token at } } pageInfo { endCursor hasNextPage } } }"""


@pytest.fixture
async def ada(desk: Desk) -> Person:
    return await desk.admin("ada")


async def audit(ada: Person, account: str | None = None) -> list[Answer]:
    """What happened to accounts, the newest first."""
    page = (await ada.asks(AUDIT, account=account, first=100)).auditEvents
    return [edge.node for edge in page.edges]


async def zoe(ada: Person, **given: Any) -> Browser:
    """A new agent with a password, in front of a browser."""
    await ada.does("createAccount", **({"name": "zoe", "role": "AGENT", "password": PASSWORD} | given))
    return Browser(ada.desk)


@pytest.mark.usefixtures("dear_passwords")
async def test_who_has_an_account_with_a_password_signs_in_by_it(ada: Person) -> None:
    browser = await zoe(ada)
    assert await browser.signs_in(name="zoe", password=PASSWORD) == "SignedIn"
    told = (await browser.asks(VIEWER)).viewer
    assert told == {"name": "zoe", "role": "AGENT", "userId": None, "hasPassword": True}
    assert (await browser.creates(userId="u-1")).source == "WEB"
    kept = (await Account.get(name="zoe")).password or ""
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert PASSWORD not in kept


async def test_whatever_is_wrong_is_told_alike(ada: Person) -> None:
    browser = await zoe(ada)
    await ada.does("createAccount", name="bea", role="AGENT")
    await zoe(ada, name="max")
    await ada.does("disableAccount", account="max")
    wrong = [("zoe", OTHER), ("zoe", ""), ("nobody", PASSWORD), ("bea", PASSWORD), ("max", PASSWORD)]
    wrong += [("", PASSWORD), ("\0", PASSWORD), ("z" * 2_000, PASSWORD)]
    told = [await browser.does("signIn", name=name, password=word) for name, word in wrong]
    assert {answer["__typename"] for answer in told} == {"SignInRefused"}
    assert len({answer.message for answer in told}) == 1
    assert browser.session is None


async def test_an_invitation_signs_in_once_and_lets_its_owner_choose_a_password(ada: Person) -> None:
    await ada.does("createAccount", name="zoe", role="CUSTOMER", userId="u-1")
    code = (await ada.does("createSignInCode", account="zoe")).code
    browser, again = Browser(ada.desk), Browser(ada.desk)
    assert [await browser.signs_in(code), await again.signs_in(code)] == ["SignedIn", "SignInRefused"]
    assert not (await browser.asks(VIEWER)).viewer.hasPassword
    assert (await browser.does("setPassword", password=PASSWORD)).hasPassword
    assert await again.signs_in(name="zoe", password=PASSWORD) == "SignedIn"
    assert await browser.outcome("setPassword", password=OTHER) == "InvalidInput"  # the link served once


async def test_a_new_password_asks_for_the_one_before_and_ends_every_other_session(ada: Person) -> None:
    here, there = await zoe(ada), Browser(ada.desk)
    for browser in (here, there):
        await browser.signs_in(name="zoe", password=PASSWORD)
    waiting = (await ada.does("createSignInCode", account="zoe")).code
    for current in ({}, {"current": OTHER}):
        refused = await here.does("setPassword", password=OTHER, **current)
        assert (refused["__typename"], refused.field) == ("InvalidInput", "current")
    assert await here.outcome("setPassword", password=OTHER, current=PASSWORD) == "Account"
    assert (await here.asks(VIEWER)).viewer.name == "zoe"
    assert await there.refused(VIEWER) == "UNAUTHENTICATED"
    assert await there.signs_in(waiting) == "SignInRefused"
    assert await there.signs_in(name="zoe", password=PASSWORD) == "SignInRefused"
    assert await there.signs_in(name="zoe", password=OTHER) == "SignedIn"


async def test_a_link_of_ones_own_sets_nobody_elses_password(ada: Person) -> None:
    """A token goes before the cookie, which may be another account's."""
    await zoe(ada)
    browser = Browser(ada.desk)
    await browser.signs_in(await ada.desk.code(await ada.desk.agent("bob")))
    browser.token = (await ada.does("createToken", name="stolen", account="zoe")).secret
    assert (await browser.asks(VIEWER)).viewer.name == "zoe"
    assert (await browser.does("setPassword", password=OTHER)).field == "current"
    await browser.signs_out()
    browser.token = None
    assert (await browser.asks(VIEWER)).viewer.name == "bob"


@ON_SQLITE
@pytest.mark.parametrize(
    "password", ["", "abcdefghijk", "abcde" * 201, "abcdefghijkl\0", "Zoe, the first of all", " " * 12, "abcd" * 3]
)
async def test_a_password_has_twelve_characters_and_is_not_the_name(ada: Person, password: str) -> None:
    name = "zoe, the first of all"
    refused = await ada.does("createAccount", name=name, role="AGENT", password=password)
    assert (refused["__typename"], refused.field) == ("InvalidInput", "password")
    assert not await Account.exists(name=name)


@ON_SQLITE
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " zoe"}, "name"),
        ({"name": "z" * 101}, "name"),
        ({"name": "system"}, "name"),
        ({"name": "rule:1"}, "name"),
        ({"name": "z\0"}, "name"),
        ({"name": "ada"}, "name"),
        ({"name": "ADA"}, "name"),
        ({"name": "System"}, "name"),
        ({"name": "zo\u0308e"}, "name"),
        ({"name": "rule\uff1ax"}, "name"),
        ({"name": "\u3164"}, "name"),
        ({"name": "erased-1"}, "name"),
        ({"role": "CUSTOMER"}, "userId"),
        ({"userId": "u-1"}, "userId"),
        ({"role": "CUSTOMER", "userId": ""}, "userId"),
    ],
)
async def test_what_fits_no_account_is_refused_by_its_field(ada: Person, given: dict[str, str], field: str) -> None:
    before = await ada.as_of()
    refused = await ada.does("createAccount", **({"name": "zoe", "role": "AGENT"} | given))
    assert (refused["__typename"], refused.field) == ("InvalidInput", field)
    assert await ada.as_of() == before


async def test_the_last_admin_stays_one(ada: Person) -> None:
    for mutation, given in (("setRole", {"role": "AGENT"}), ("disableAccount", {})):
        assert await ada.outcome(mutation, account="ada", **given) == "InvalidInput"
    await ada.desk.admin("eve")
    assert await ada.outcome("disableAccount", account="eve") == "Account"
    assert await ada.outcome("setRole", account="ada", role="AGENT") == "InvalidInput"
    await ada.does("enableAccount", account="eve")
    assert await ada.outcome("setRole", account="ada", role="AGENT") == "Account"
    assert await ada.outcome("setRole", account="eve", role="AGENT") == "FORBIDDEN"


async def test_admins_who_disable_each_other_at_once_leave_one(ada: Person) -> None:
    admins = [ada, *[await ada.desk.admin(f"admin {number}") for number in range(5)]]
    pairs = zip(admins, [*admins[1:], ada], strict=True)
    told = await asyncio.gather(*(each.outcome("disableAccount", account=other.name) for each, other in pairs))
    assert set(told) <= {"Account", "InvalidInput", "UNAUTHENTICATED"}
    assert await Account.filter(role="ADMIN", active=True).count() >= 1


async def test_a_disabled_account_is_out_and_its_tokens_come_back_with_it(ada: Person) -> None:
    ann, browser = await ada.desk.agent("ann"), Browser(ada.desk)
    code, waiting = await ada.desk.code(ann), await ada.desk.code(ann)
    await browser.signs_in(code)
    assert (await ada.does("disableAccount", account="ann")).active is False
    assert [await ann.refused(VIEWER), await browser.refused(VIEWER)] == ["UNAUTHENTICATED"] * 2
    assert (await ada.does("enableAccount", account="ann")).active is True
    assert (await ann.asks(VIEWER)).viewer.name == "ann"
    assert await browser.refused(VIEWER) == "UNAUTHENTICATED"
    assert await Browser(ada.desk).signs_in(waiting) == "SignInRefused"


async def test_another_role_counts_from_the_next_request_on(ada: Person) -> None:
    ann = await ada.desk.agent("ann")
    ticket = await ann.creates(userId="u-1")
    assert (await ada.does("setRole", account="ann", role="CUSTOMER", userId="u-2")).userId == "u-2"
    assert (await ann.asks(VIEWER)).viewer.role == "CUSTOMER"
    assert await ann.reads(ticket) is None


async def test_what_is_not_there_is_not_found(ada: Person) -> None:
    given: dict[str, dict[str, str]] = {"setRole": {"role": "AGENT"}, "disableAccount": {}, "createSignInCode": {}}
    for mutation, more in given.items():
        for name in ("nobody", "", "\0", "x" * 2_000):
            assert await ada.outcome(mutation, account=name, **more) == "NotFound"
    await ada.does("createAccount", name="zoe", role="AGENT")
    await ada.does("disableAccount", account="zoe")
    assert (await ada.does("createSignInCode", account="zoe")).field == "account"


async def test_accounts_are_listed_by_name_in_pages(ada: Person) -> None:
    names = ["ada", *(f"zoe {number}" for number in range(5))]
    for name in names[1:]:
        await ada.does("createAccount", name=name, role="AGENT")
    query = """query($after: Cursor) { accounts(first: 4, after: $after) {
      edges { node { name role active hasPassword } } pageInfo { endCursor hasNextPage } } }"""
    first = (await ada.asks(query)).accounts
    second = (await ada.asks(query, after=first.pageInfo.endCursor)).accounts
    assert [edge.node.name for edge in (*first.edges, *second.edges)] == names
    assert (first.pageInfo.hasNextPage, second.pageInfo.hasNextPage) == (True, False)
    for wrong in ("", "Tg", "x", await ada.as_of()):
        assert await ada.refused(query, after=wrong) == "BAD_USER_INPUT"
    one = "query($name: String!) { account(name: $name) { name } }"
    assert [(await ada.asks(one, name=name)).account for name in ("zoe 1", "nobody", "\0")] == [
        {"name": "zoe 1"},
        None,
        None,
    ]


async def test_everything_leaves_an_audit_event_with_who_when_and_from_where(ada: Person) -> None:
    browser = await zoe(ada)
    await browser.signs_in(name="zoe", password=PASSWORD)
    token = (await browser.does("createToken", name="ci")).token.id
    await browser.does("revokeToken", id=token)
    await browser.does("setPassword", password=OTHER, current=PASSWORD)
    await ada.does("createSignInCode", account="zoe")
    await browser.signs_out()
    await ada.does("setRole", account="zoe", role="PARTNER")
    await ada.does("disableAccount", account="zoe")
    await ada.does("enableAccount", account="zoe")
    events = (await audit(ada, "zoe"))[::-1]
    assert [(event.kind, event.actor, event.role) for event in events] == [
        ("ACCOUNT_CREATED", "ada", "AGENT"),
        ("PASSWORD_SET", "ada", "AGENT"),
        ("SIGNED_IN", "zoe", "AGENT"),
        ("TOKEN_CREATED", "zoe", "AGENT"),
        ("TOKEN_REVOKED", "zoe", "AGENT"),
        ("PASSWORD_SET", "zoe", "AGENT"),
        ("CODE_CREATED", "ada", "AGENT"),
        ("SIGNED_OUT", "zoe", "AGENT"),
        ("ROLE_CHANGED", "ada", "PARTNER"),
        ("ACCOUNT_DISABLED", "ada", "PARTNER"),
        ("ACCOUNT_ENABLED", "ada", "PARTNER"),
    ]
    assert {(event.address, event.account) for event in events} == {("127.0.0.1", "zoe")}
    assert [event.token for event in events if event.token] == [token, token]
    assert all(before.at <= after.at for before, after in pairwise(events))
    assert {event.address for event in await audit(ada, "ada")} == {None}  # made by the command line


async def test_a_refusal_leaves_none_and_no_ticket_shows_any(ada: Person) -> None:
    ticket, before = await ada.creates(userId="u-1"), len(await audit(ada))
    browser = await zoe(ada)
    await browser.signs_in(name="zoe", password=OTHER)
    await ada.outcome("setRole", account="ada", role="AGENT")
    await ada.outcome("setRole", account="zoe", role="AGENT")  # which it has
    assert len(await audit(ada)) == before + 2
    assert [event.kind for event in await ada.history(ticket)] == ["CREATED"]
    assert await Session.all().count() == 0


async def test_the_audit_events_are_read_in_pages(ada: Person) -> None:
    await zoe(ada)
    everything, after, read = await audit(ada), None, []
    while True:
        page = (await ada.asks(AUDIT, first=1, after=after)).auditEvents
        read += [edge.node for edge in page.edges]
        after = page.pageInfo.endCursor
        if not page.pageInfo.hasNextPage:
            break
    assert read == everything
    assert await audit(ada, "nobody") == []
    assert await ada.refused(AUDIT, account="zoe", after=after) == "BAD_USER_INPUT"
