"""A browser's session: it begins with a code or a token, serves the desk's own page only, and ends when it should."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest
from tortoise.expressions import F
from websockets.exceptions import InvalidStatus

from desk.settings import Settings
from models.account import Account
from models.credential import Session, SignInCode
from tests.support.desk import GUARD_S, SESSION, Browser, Desk, Person, cookie, document, running

JSON, PUBLIC = "application/json", "https://desk.example.org"
SIGN_IN = 'mutation { signIn(secret: "gc_wrong") { __typename } }'
VIEWER = "{ viewer { name role } }"
BAD, UNKNOWN, FORBIDDEN = (400, "BAD_USER_INPUT"), (401, "UNAUTHENTICATED"), (403, "FORBIDDEN")
FOREIGN = "https://evil.example", "null", "", "127.0.0.1", "http://127.0.0.1", "http://127.0.0.1:1", "file://"


@pytest.fixture
async def ann(desk: Desk) -> Person:
    return await desk.agent("ann")


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return Browser(desk)


async def signing_in(desk: Desk, secret: object, **headers: str) -> httpx.Response:
    """The answer to signIn with this secret; the client keeps no cookie of it."""
    body = {"query": document("signIn", {"secret": 1}), "variables": {"secret": secret}}
    answer = await desk.http.post("/graphql", json=body, headers=headers)
    desk.http.cookies.clear()
    return answer


def outcome(answer: httpx.Response) -> str:
    """What signing in came to; nobody gets a cookie who was refused."""
    data = answer.json()["data"]
    word = str(data["signIn"]["__typename"] if data else answer.json()["errors"][0]["extensions"]["code"])
    assert ("set-cookie" in answer.headers) == (word == "SignedIn")
    return word


async def is_known(browser: Browser) -> bool:
    """Whether the desk takes the cookie, by both doors; where it does not, it says so as the contract has it."""
    viewer = (await browser.post(VIEWER)).json()["data"]
    async with browser.desk.handshake(browser.headers) as socket, asyncio.timeout(GUARD_S):
        await socket.send('{"type": "connection_init"}')
        if viewer is not None:
            assert json.loads(await socket.recv()) == {"type": "connection_ack"}
            return True
        await socket.wait_closed()
    assert socket.close_code == 4401
    return False


async def turned_away(desk: Desk, headers: dict[str, str]) -> int:
    """The status with which the handshake of a WebSocket is refused."""
    with pytest.raises(InvalidStatus) as refused:
        async with desk.handshake(headers):
            pass
    return refused.value.response.status_code


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal, which has the contract's shape, and signs nobody in."""
    assert answer.headers["content-type"] == JSON, answer.text
    body: dict[str, Any] = answer.json()
    [error] = body.pop("errors")
    assert (body, error.keys(), bool(error["message"])) == ({}, {"message", "extensions"}, True)
    assert "set-cookie" not in answer.headers
    return answer.status_code, error["extensions"]["code"]


def attributes(answer: httpx.Response) -> dict[str, object]:
    """What is said about the one cookie of an answer."""
    [header] = answer.headers.get_list("set-cookie")
    [(name, cookie)] = SimpleCookie(header).items()
    assert name.removeprefix("__Host-") == SESSION
    return {name: value for name, value in cookie.items() if value}


async def time_passes(desk: Desk, seconds: int) -> None:
    """By the desk's clock; PostgreSQL's cannot be set, so there codes and sessions end sooner instead."""
    if desk.on_postgres:
        for kind in (SignInCode, Session):
            await kind.all().update(expires_at_ms=F("expires_at_ms") - seconds * 1_000)
    else:
        desk.clock.passes(seconds)


async def everything_asked(desk: Desk, headers: dict[str, str]) -> list[httpx.Response]:
    """The answers to the three requests that a page can have somebody's browser send."""
    return [
        await desk.http.post("/graphql", json={"query": query}, headers=headers)
        for query in (
            "{ __typename }",
            'mutation { signIn(secret: "gc_wrong") { __typename } }',
            "mutation { signOut }",
        )
    ]


async def test_a_code_is_exchanged_for_a_cookie_that_no_script_reads_and_no_other_site_sends(ann: Person) -> None:
    answer = await signing_in(ann.desk, await ann.desk.code(ann))
    assert (outcome(answer), answer.headers["cache-control"]) == ("SignedIn", "no-store")
    assert attributes(answer) == {"httponly": True, "samesite": "strict", "path": "/", "max-age": "43200"}


async def test_the_cookie_goes_over_https_only_where_the_desk_is_reached_so(settings: Settings) -> None:
    async with running(replace(settings, trusted_proxies="127.0.0.1")) as desk:
        right = (await desk.agent()).token
        assert "secure" in attributes(await signing_in(desk, right, **{"x-forwarded-proto": "https"}))
    for url, secure in ((PUBLIC, True), ("http://desk.example.org", False)):
        async with running(replace(settings, public_url=url)) as desk:
            assert ("secure" in attributes(await signing_in(desk, right, origin=url))) is secure


async def test_a_session_signs_in_and_what_it_makes_comes_from_the_web(ann: Person, browser: Browser) -> None:
    assert await browser.refused(VIEWER) == "UNAUTHENTICATED"
    assert await browser.signs_in(await ann.desk.code(ann)) == "SignedIn"
    assert (await browser.asks(VIEWER)).viewer == {"name": "ann", "role": "AGENT"}
    ticket = await browser.creates(userId="u-1")
    assert (ticket.source, (await ann.creates(userId="u-1")).source) == ("WEB", "API")
    assert [event.actor for event in await ann.history(ticket)] == ["ann"]


async def test_a_session_signs_in_a_socket(ann: Person, browser: Browser) -> None:
    await browser.signs_in(await ann.desk.code(ann))
    async with browser.follows(after=await browser.as_of()) as stream:
        query = document("createTicket", {"input": 1})
        payload = {"query": query, "variables": {"input": {"userId": "u-1", "subject": "Card lost"}}}
        await stream.socket.send(json.dumps({"id": "2", "type": "subscribe", "payload": payload}))
        heard = [await stream.message() for _ in range(3)]  # the answer, its end and the event, in some order
    told = {message["id"]: message["payload"]["data"] for message in heard if message["type"] == "next"}
    assert told["2"]["createTicket"]["source"] == "WEB"
    assert (told["1"]["ticketEvents"]["kind"], told["1"]["ticketEvents"]["actor"]) == ("CREATED", "ann")


async def test_a_code_signs_in_once_and_a_token_as_often_as_it_is_given(ann: Person, browser: Browser) -> None:
    code = await ann.desk.code(ann)
    assert [await browser.signs_in(code) for _ in range(3)] == ["SignedIn", "SignInRefused", "SignInRefused"]
    assert [await browser.signs_in(ann.token), await browser.signs_in(f" {ann.token}\n")] == ["SignedIn"] * 2
    assert (await browser.asks(VIEWER)).viewer.name == "ann"


async def test_of_ten_who_use_a_code_at_once_exactly_one_is_let_in(ann: Person) -> None:
    for rounds in range(1, 6):
        code, browsers = await ann.desk.code(ann), [Browser(ann.desk) for _ in range(10)]
        assert sorted(await asyncio.gather(*(browser.signs_in(code) for browser in browsers))) == [
            *["SignInRefused"] * 9,
            "SignedIn",
        ]
        assert await Session.all().count() == rounds


async def test_a_code_waits_for_ten_minutes(ann: Person, browser: Browser) -> None:
    soon, late = await ann.desk.code(ann), await ann.desk.code(ann)
    await time_passes(ann.desk, 540)
    assert await browser.signs_in(soon) == "SignedIn"
    await time_passes(ann.desk, 60)
    assert await browser.signs_in(late) == "SignInRefused"


async def test_no_secret_stands_in_for_another(ann: Person, browser: Browser) -> None:
    code = await ann.desk.code(ann)
    await browser.signs_in(ann.token)
    for bearer in (browser.session, code):
        assert await Person(ann.desk, "nobody", bearer).refused(VIEWER) == "UNAUTHENTICATED"
    assert not await is_known(Browser(ann.desk, ann.token))
    assert not await is_known(Browser(ann.desk, code))
    assert await browser.signs_in(browser.session) == "SignInRefused"
    assert await browser.signs_in(code) == "SignedIn"  # nobody used it up


async def test_a_token_that_is_sent_goes_before_the_cookie(ann: Person, browser: Browser) -> None:
    await browser.signs_in(ann.token)
    browser.token = (await ann.desk.agent("bob")).token
    assert (await browser.asks(VIEWER)).viewer.name == "bob"
    assert (await browser.creates(userId="u-1")).source == "API"
    browser.token = "gd_wrong"
    assert await browser.refused(VIEWER) == "UNAUTHENTICATED"


async def test_what_is_no_secret_is_refused_in_the_contracts_words(ann: Person) -> None:
    token, code = str(ann.token), await ann.desk.code(ann)
    strings = ["", " ", "gc", "gc__", "gd_é_é", "gc_00000000_x", token[:-1], f"{code}x", code.upper(), f"x{code}"]
    strings += ["\0", "gc_\0_x", f"{code}\0", "x" * 10_000, f"gc_{'é' * 10_000}_x", code + "x" * 10_000]
    for secret in strings:
        assert outcome(await signing_in(ann.desk, secret)) == "SignInRefused", secret[:60]
    for nothing in (None, True, 1.5, [code], {}, {"secret": code}):
        assert outcome(await signing_in(ann.desk, nothing)) == "BAD_USER_INPUT", nothing
    for both in ({"name": "ann"}, {"password": "x"}, {"name": "ann", "password": "x", "secret": code}):
        assert await Browser(ann.desk).signs_in(**both) == "BAD_USER_INPUT", both


async def test_a_visible_part_that_is_too_long_is_wrong_like_any_other(desk: Desk) -> None:
    token, code, session = (f"{prefix}_{'a' * 100}_x" for prefix in ("gd", "gc", "gs"))
    assert refusal(await Person(desk, "nobody", token).post(VIEWER)) == UNKNOWN
    assert [outcome(await signing_in(desk, secret)) for secret in (token, code)] == ["SignInRefused"] * 2
    assert not await is_known(Browser(desk, session))


async def test_a_socket_signs_nobody_in_and_signs_out_for_good(ann: Person, browser: Browser) -> None:
    async with ann.socket() as socket:
        payload = {"query": document("signIn", {"secret": 1}), "variables": {"secret": ann.token}}
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        told = json.loads(await socket.recv())
    assert told["payload"]["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert await Session.all().count() == 0
    await browser.signs_in(ann.token)
    async with browser.socket() as socket:
        await socket.send('{"id": "1", "type": "subscribe", "payload": {"query": "mutation { signOut }"}}')
        async with asyncio.timeout(GUARD_S):
            await socket.wait_closed()
    assert socket.close_code == 4401
    assert not await is_known(browser)


async def test_a_session_ends_by_time(settings: Settings) -> None:
    unseen = replace(settings, session_seconds=600, cache=False)  # time is moved by rewriting rows, without an event
    async with running(unseen) as desk:
        answer = await signing_in(desk, (await desk.agent()).token)
        assert attributes(answer)["max-age"] == "600"
        browser = Browser(desk, answer.cookies[SESSION])
        await time_passes(desk, 540)
        assert await is_known(browser)
        await time_passes(desk, 60)
        assert not await is_known(browser)


async def test_who_signs_out_is_out_for_good_and_only_there(ann: Person, browser: Browser) -> None:
    other = Browser(ann.desk)
    await browser.signs_in(ann.token)
    await other.signs_in(ann.token)
    session, answer = browser.session, await browser.post("mutation { signOut }")
    assert (answer.json()["data"], attributes(answer)["max-age"], browser.session) == ({"signOut": True}, "0", None)
    assert not await is_known(Browser(ann.desk, session))
    assert await is_known(other)


async def test_signing_out_of_nothing_is_answered_alike(ann: Person, browser: Browser) -> None:
    await browser.signs_in(ann.token)
    for session in (None, browser.session, browser.session, "", "x", ann.token):
        assert await Browser(ann.desk, session).signs_out()
    assert await ann.desk.stranger().signs_out()
    assert await ann.signs_out()
    assert (await ann.asks(VIEWER)).viewer.name == "ann"


async def test_an_account_that_is_switched_off_has_no_session_and_gets_none(ann: Person, browser: Browser) -> None:
    code = await ann.desk.code(ann)
    await browser.signs_in(ann.token)
    await Account.filter(name="ann").update(active=False)
    assert not await is_known(browser)
    assert [await browser.signs_in(code), await browser.signs_in(ann.token)] == ["SignInRefused"] * 2


async def test_what_is_over_is_forgotten_when_somebody_signs_in(ann: Person, browser: Browser) -> None:
    await browser.signs_in(ann.token)
    await ann.desk.code(ann)
    await time_passes(ann.desk, 540)
    await ann.desk.code(ann)
    await time_passes(ann.desk, 60)
    assert await browser.signs_in(ann.token) == "SignedIn"
    assert (await SignInCode.all().count(), await Session.all().count()) == (1, 2)
    await time_passes(ann.desk, ann.desk.settings.session_seconds - 300)
    assert await browser.signs_in(ann.token) == "SignedIn"
    assert (await SignInCode.all().count(), await Session.all().count()) == (0, 2)


async def test_a_page_of_another_origin_is_refused_whoever_is_signed_in(ann: Person, browser: Browser) -> None:
    await browser.signs_in(ann.token)
    for foreign in ({"origin": origin} for origin in FOREIGN):
        for headers in (foreign, foreign | ann.headers, foreign | cookie(browser.session)):
            assert [refusal(answer) for answer in await everything_asked(ann.desk, headers)] == [FORBIDDEN] * 3, headers
            assert await turned_away(ann.desk, headers) == 403
    assert await is_known(browser)  # nor was it signed out


async def test_an_origin_that_cannot_be_read_is_refused_like_a_foreign_one(desk: Desk) -> None:
    unreadable = {"origin": "http://["}
    assert await turned_away(desk, unreadable) == 403
    assert [refusal(answer) for answer in await everything_asked(desk, unreadable)] == [FORBIDDEN] * 3


async def test_a_session_without_an_origin_does_not_come_from_the_page(ann: Person, browser: Browser) -> None:
    await browser.signs_in(ann.token)
    for headers in (cookie(browser.session), cookie(browser.session) | ann.headers):
        assert [refusal(answer) for answer in await everything_asked(ann.desk, headers)] == [FORBIDDEN] * 3
        assert await turned_away(ann.desk, headers) == 403
    assert await is_known(browser)


async def test_the_desks_own_page_and_programs_are_answered(ann: Person) -> None:
    for headers in (ann.headers, {"origin": ann.desk.url} | ann.headers, {}, {"origin": ann.desk.url}):
        assert [answer.status_code for answer in await everything_asked(ann.desk, headers)] == [200] * 3
        async with ann.desk.handshake(headers):
            pass


async def test_behind_a_proxy_the_page_has_the_public_url_for_its_origin(settings: Settings) -> None:
    async with running(replace(settings, public_url=f"{PUBLIC}/")) as desk:
        signed_in = await signing_in(desk, (await desk.agent()).token, origin=PUBLIC)
        name = f"__Host-{SESSION}"  # which browsers take from this very host only
        headers = {"origin": PUBLIC, "cookie": f"{name}={signed_in.cookies[name]}"}
        assert [answer.status_code for answer in await everything_asked(desk, headers)] == [200] * 3
        for foreign in ({"origin": f"{PUBLIC}.evil.example"}, {"origin": f"{PUBLIC}:444"}):
            assert [refusal(answer) for answer in await everything_asked(desk, foreign)] == [FORBIDDEN] * 3
            assert await turned_away(desk, foreign) == 403


async def test_behind_a_proxy_the_page_is_live_too(settings: Settings) -> None:
    async with running(replace(settings, public_url=PUBLIC)) as desk, desk.handshake({"origin": PUBLIC}) as socket:
        await socket.send('{"type": "connection_init"}')
        assert json.loads(await socket.recv()) == {"type": "connection_ack"}
