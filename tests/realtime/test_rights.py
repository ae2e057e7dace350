"""What is open ends with the right to it: a socket outlives no token, no session, no account and no role."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from websockets.asyncio.client import ClientConnection

from desk.live.fanout import Fanout
from desk.settings import Settings
from models.event import Event
from tests.support.desk import GUARD_S, Browser, Desk, Person, running, subscribe
from tests.support.processes import command

PASSWORD, OTHER = "correct horse battery", "staple of another kind"


async def closed(socket: ClientConnection) -> int | None:
    """The code with which the socket is closed; nothing came before."""
    async with asyncio.timeout(GUARD_S):
        await socket.wait_closed()
    return socket.close_code


async def revoked(desk: Desk, ada: Person, name: str) -> None:
    (token,) = (await ada.asks("query($name: String!) { tokens(account: $name) { id } }", name=name)).tokens
    await ada.does("revokeToken", id=token.id)


async def revoked_elsewhere(desk: Desk, ada: Person, name: str) -> None:
    """By another process."""
    (token,) = (await ada.asks("query($name: String!) { tokens(account: $name) { id } }", name=name)).tokens
    assert (await command(desk.settings, "token", "revoke", "--id", token.id))[0] == 0


async def disabled(desk: Desk, ada: Person, name: str) -> None:
    await ada.does("disableAccount", account=name)


async def erased(desk: Desk, ada: Person, name: str) -> None:
    assert (await command(desk.settings, "erase", "--user", "u-1"))[0] == 0


@pytest.mark.parametrize("end", [revoked, revoked_elsewhere, disabled, erased])
async def test_a_token_that_ended_ends_every_socket_that_came_with_it(
    desk: Desk, end: Callable[[Desk, Person, str], Awaitable[None]]
) -> None:
    ada, carla, ann = await desk.admin(), await desk.customer("carla", "u-1"), await desk.agent("ann")
    async with carla.follows() as first, carla.follows(user_id="u-1") as second, ann.follows() as other:
        await end(desk, ada, "carla")
        assert [await closed(first.socket), await closed(second.socket)] == [4401, 4401]
        ticket = await ann.creates(userId="u-2")
        while (event := await other.next()).kind == "ERASED":
            pass
        assert event.ticketId == ticket.id  # who has nothing to do with it noticed nothing


async def test_signing_out_ends_the_sessions_sockets_and_no_others(desk: Desk) -> None:
    ann, here, there = await desk.agent("ann"), Browser(desk), Browser(desk)
    for browser in (here, there):
        await browser.signs_in(ann.token)
    async with here.follows() as one, Browser(desk, here.session).follows() as window, there.follows() as other:
        await here.signs_out()
        assert [await closed(one.socket), await closed(window.socket)] == [4401, 4401]
        await ann.creates(userId="u-1")
        assert (await other.next()).kind == "CREATED"
        await here.signs_in(ann.token)
        await here.signs_out(everywhere=True)
        assert await closed(other.socket) == 4401


async def test_a_revoked_token_ends_the_sessions_that_it_began(desk: Desk) -> None:
    ann, browser = await desk.agent("ann"), Browser(desk)
    await browser.signs_in(ann.token)
    grant = await ann.does("createToken", name="x")
    async with browser.follows() as stream:
        await ann.does("revokeToken", id=grant.token.id)
        (token,) = (await ann.asks("{ tokens { id } }")).tokens
        await browser.does("revokeToken", id=token.id)
        assert await closed(stream.socket) == 4401
    assert await browser.refused("{ viewer { name } }") == "UNAUTHENTICATED"


async def test_a_new_password_ends_the_sockets_of_other_sessions(desk: Desk) -> None:
    ada, here, there = await desk.admin(), Browser(desk), Browser(desk)
    await ada.does("createAccount", name="zoe", role="AGENT", password=PASSWORD)
    for browser in (here, there):
        await browser.signs_in(name="zoe", password=PASSWORD)
    async with here.follows() as stays, there.follows() as goes:
        await here.does("setPassword", password=OTHER, current=PASSWORD)
        assert await closed(goes.socket) == 4401
        await ada.creates(userId="u-1")
        assert (await stays.next()).kind == "CREATED"


async def test_a_session_that_ends_by_time_ends_its_sockets(settings: Settings) -> None:
    async with running(replace(settings, session_seconds=1)) as desk:
        browser = Browser(desk)
        await browser.signs_in((await desk.agent()).token)
        async with browser.follows() as stream:
            assert await closed(stream.socket) == 4401


async def test_another_role_sends_its_socket_back_for_what_it_may_follow_now(desk: Desk) -> None:
    ada, ann, bob = await desk.admin(), await desk.agent("ann"), await desk.agent("bob")
    ticket, start = await bob.creates(userId="u-1"), await bob.as_of()
    async with ann.follows(ticket_id=ticket.id) as stream, ann.socket() as idle:
        await ada.does("setRole", account="ann", role="PARTNER")
        assert await closed(stream.socket) == 1012
        await bob.notes(ticket)
        await bob.starts(ticket)
        again = await subscribe(idle, "1", after=start, ticketId=ticket.id)
        assert (await again.next()).kind == "PROCESSING_STARTED"  # the note is none of a partner's


async def test_events_that_take_long_to_carry_hold_up_no_right_that_ends(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, carla = await desk.admin(), await desk.customer("carla", "u-1")

    async def for_ever(_fanout: Fanout, _event: Event) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Fanout, "_carry", for_ever)
    async with carla.follows() as stream:
        await ada.creates(userId="u-2")
        await revoked(desk, ada, "carla")
        assert await closed(stream.socket) == 4401


async def test_what_changes_nothing_of_a_right_leaves_its_sockets_alone(desk: Desk) -> None:
    ada, ann = await desk.admin(), await desk.agent("ann")
    async with ann.follows() as stream:
        await ada.does("createSignInCode", account="ann")
        grant = await ann.does("createToken", name="x")
        await ann.does("revokeToken", id=grant.token.id)
        await Browser(desk).signs_in(ann.token)
        await ann.creates(userId="u-1")
        assert (await stream.next()).kind == "CREATED"
