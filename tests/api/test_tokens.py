"""Tokens: made for programs, shown once, with no more rights than their maker, and ended at any time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models.account import Role
from models.credential import Token
from tests.support.desk import TOKEN, Answer, Browser, Desk, Person

VIEWER = "{ viewer { name role } }"
LISTED = f"query($account: String) {{ tokens(account: $account) {{ {TOKEN} }} }}"


@pytest.fixture
async def ann(desk: Desk) -> Person:
    return await desk.agent("ann")


def after(desk: Desk, seconds: int) -> str:
    return datetime.fromtimestamp(desk.clock() / 1_000 + seconds, UTC).isoformat()


async def listed(person: Person, account: str | None = None) -> list[Answer]:
    return list((await person.asks(LISTED, account=account)).tokens)


def bearer(grant: Answer, desk: Desk) -> Person:
    return Person(desk, "a program", grant.secret)


async def test_a_token_is_shown_once_and_listed_by_its_visible_part(ann: Person) -> None:
    grant = await ann.does("createToken", name="nightly report")
    assert grant.secret.startswith(f"{grant.token.id}_")
    assert (await bearer(grant, ann.desk).asks(VIEWER)).viewer == {"name": "ann", "role": "AGENT"}
    newest, first = await listed(ann)
    assert (newest.id, newest.name, newest.account, newest.role) == (grant.token.id, "nightly report", "ann", "AGENT")
    assert (newest.userId, newest.expiresAt, first.name) == (None, None, "command line")
    kept = await Token.get(lookup=grant.token.id.removeprefix("gd_"))
    assert grant.secret.rpartition("_")[2].encode() not in bytes(kept.secret_hash)


async def test_a_revoked_token_is_refused_from_then_on(ann: Person) -> None:
    grant = await ann.does("createToken", name="x")
    assert (await ann.does("revokeToken", id=grant.token.id)).id == grant.token.id
    assert await bearer(grant, ann.desk).refused(VIEWER) == "UNAUTHENTICATED"
    assert [token.name for token in await listed(ann)] == ["command line"]
    for id in (grant.token.id, "gd_00000000", "", "\0", "é", "x" * 5_000):
        assert await ann.outcome("revokeToken", id=id) == "NotFound"


async def test_its_last_use_is_known_to_the_minute(ann: Person) -> None:
    (token,) = await listed(ann)
    async with ann.follows():
        while (token := (await listed(ann))[0]).lastUsedAt is None:
            pass
    assert token.lastUsedAt >= token.createdAt


async def test_a_token_ends_by_time(ann: Person) -> None:
    grant = await ann.does("createToken", name="x", expiresAt=after(ann.desk, 600))
    program = bearer(grant, ann.desk)
    ann.desk.clock.passes(540)
    assert (await program.asks(VIEWER)).viewer.name == "ann"
    ann.desk.clock.passes(61)
    assert await program.refused(VIEWER) == "UNAUTHENTICATED"
    assert (await listed(ann))[0].expiresAt == grant.token.expiresAt


MAY = {
    Role.ADMIN: {"ADMIN", "AGENT", "PARTNER", "CUSTOMER"},
    Role.AGENT: {"AGENT", "PARTNER"},
    Role.PARTNER: {"PARTNER"},
    Role.CUSTOMER: {"CUSTOMER"},
}


@pytest.mark.parametrize("role", Role)
async def test_a_token_may_do_less_than_its_account_and_never_more(desk: Desk, role: Role) -> None:
    person = await desk.person("sue", role, "u-1" if role is Role.CUSTOMER else None)
    for wanted in Role:
        user = {"userId": "u-1"} if wanted is Role.CUSTOMER else {}
        told = await person.does("createToken", name="x", role=wanted, **user)
        assert (told["__typename"] == "TokenGrant") == (wanted in MAY[role]), wanted
        if wanted in MAY[role]:
            assert (await bearer(told, desk).asks(VIEWER)).viewer.role == wanted
        else:
            assert told.field == "role"


async def test_a_token_that_ends_makes_none_that_outlives_it(desk: Desk) -> None:
    ada = await desk.admin()
    brief = bearer(await ada.does("createToken", name="x", expiresAt=after(desk, 600)), desk)
    for late in ({}, {"expiresAt": after(desk, 601)}, {"expiresAt": after(desk, 0)}):
        assert (await brief.does("createToken", name="y", **late)).field == "expiresAt"
    assert await brief.outcome("createToken", name="y", expiresAt=after(desk, 599)) == "TokenGrant"
    assert await Browser(desk).signs_in(brief.token) == "SignInRefused"  # nor a session, which it would outlive


async def test_a_narrower_token_manages_nothing_of_its_account(desk: Desk) -> None:
    ada, browser = await desk.admin(), Browser(desk)
    narrow = bearer(await ada.does("createToken", name="x", role="AGENT"), desk)
    await browser.signs_in(ada.token)
    (token, *_) = await listed(ada)
    for mutation, given in (("createToken", {"name": "y"}), ("revokeToken", {"id": token.id})):
        assert await narrow.outcome(mutation, **given) == "FORBIDDEN"
    assert await narrow.outcome("setPassword", password="correct horse battery") == "FORBIDDEN"
    for query in ("{ tokens { id } }", "mutation { signOut(everywhere: true) }", '{ account(name: "ada") { name } }'):
        assert await narrow.refused(query) == "FORBIDDEN"
    assert (await browser.asks(VIEWER)).viewer.role == "ADMIN"
    assert await Browser(desk).signs_in(narrow.token) == "SignInRefused"


async def test_a_revoked_token_takes_with_it_what_it_made(desk: Desk) -> None:
    ada, ann = await desk.admin(), await desk.agent("ann")
    child = bearer(await ann.does("createToken", name="child"), desk)
    grandchild = bearer(await child.does("createToken", name="grandchild"), desk)
    await (browser := Browser(desk)).signs_in(ann.token)
    by_page = bearer(await browser.does("createToken", name="by the page"), desk)
    first = (await listed(ann))[-1]
    assert await ada.outcome("revokeToken", id=first.id) == "Token"
    for person in (ann, child, grandchild, browser, by_page):
        assert await person.refused(VIEWER) == "UNAUTHENTICATED"
    assert await listed(ada, "ann") == []


async def test_an_admins_token_may_speak_for_a_customer_and_nobody_elses(desk: Desk) -> None:
    ada, ann, carla = await desk.admin(), await desk.agent("ann"), await desk.customer("carla", "u-1")
    own, other = await ann.creates(userId="u-7"), await ann.creates(userId="u-1")
    grant = await ada.does("createToken", name="as u-7", role="CUSTOMER", userId="u-7")
    program = bearer(grant, desk)
    assert (grant.token.role, grant.token.userId) == ("CUSTOMER", "u-7")
    assert [await program.reads(ticket) is not None for ticket in (own, other)] == [True, False]
    for person, given in (
        (ada, {"role": "CUSTOMER"}),
        (ada, {"userId": "u-7"}),
        (ada, {"role": "CUSTOMER", "userId": ""}),
        (ann, {"userId": "u-7"}),
        (carla, {"userId": "u-7"}),
    ):
        assert (await person.does("createToken", name="x", **given)).field == "userId", given
    assert await program.outcome("createToken", name="x") == "FORBIDDEN"
    await desk.admin("eve")
    for role, user in (("CUSTOMER", {"userId": "u-1"}), ("AGENT", {})):
        await ada.does("setRole", account="ada", role=role, **user)
        assert await program.refused(VIEWER) == "UNAUTHENTICATED"
        ada = await desk.admin("eve")


async def test_a_token_sleeps_while_its_account_has_fewer_rights(desk: Desk) -> None:
    ada, ann = await desk.admin(), await desk.agent("ann")
    fixed = bearer(await ann.does("createToken", name="x", role="AGENT"), desk)
    await ada.does("setRole", account="ann", role="PARTNER")
    assert (await ann.asks(VIEWER)).viewer.role == "PARTNER"
    assert await fixed.refused(VIEWER) == "UNAUTHENTICATED"
    await ada.does("setRole", account="ann", role="ADMIN")
    assert (await fixed.asks(VIEWER)).viewer.role == "AGENT"


async def test_other_peoples_tokens_are_an_admins(desk: Desk) -> None:
    ada, (ann, bob) = await desk.admin(), await desk.agents("ann", "bob")
    (token,) = await listed(ann)
    assert await bob.outcome("revokeToken", id=token.id) == "NotFound"
    assert await bob.refused(LISTED, account="ann") == "FORBIDDEN"
    assert await bob.outcome("createToken", name="x", account="ann") == "FORBIDDEN"
    assert [each.id for each in await listed(ada, "ann")] == [token.id]
    assert (await ada.does("createToken", name="x", account="ann")).token.account == "ann"
    for nobody in ("nobody", "", "\0"):
        assert await listed(ada, nobody) == []
        assert await ada.outcome("createToken", name="x", account=nobody) == "NotFound"
    assert (await ada.does("createToken", name="x", account="ann", role="ADMIN")).field == "role"
    assert await ada.outcome("revokeToken", id=token.id) == "Token"
    assert await ann.refused(VIEWER) == "UNAUTHENTICATED"


async def test_an_account_has_a_hundred_tokens_at_most_and_names_that_can_be_read(ann: Person) -> None:
    for name in ("", "x" * 101, "a\nb", "\0"):
        assert (await ann.does("createToken", name=name)).field == "name"
    for _ in range(99):
        assert await ann.outcome("createToken", name="x") == "TokenGrant"
    assert (await ann.does("createToken", name="x")).field == "account"
    assert len(await listed(ann)) == 100
    await Token.filter(name="x").update(expires_at_ms=ann.desk.clock() - 60_000)
    assert await ann.outcome("createToken", name="x") == "TokenGrant"  # what is over makes room
