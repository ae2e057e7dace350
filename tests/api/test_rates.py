"""How often somebody may come: requests by the second, attempts to sign in by the minute, each with its own bound."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from desk.rates import Rates, Windows, place
from desk.settings import Settings
from models.errors import BadUserInput, RateLimited
from tests.support.desk import GUARD_S, Clock, Person, running
from tests.support.redis import Redis

QUERY = {"query": "{ __typename }"}
POLICY = '"requests";q=3;w=1'


@pytest.fixture
def settings(sqlite_template: Path, tmp_path: Path) -> Settings:
    """A desk of the built-in kind: nothing is counted in the database."""
    shutil.copytree(sqlite_template, tmp_path / "data")
    return Settings(data=tmp_path / "data", requests_per_second=3)


async def asked(person: Person, **headers: str) -> httpx.Response:
    return await person.desk.http.post("/graphql", json=QUERY, headers=person.headers | headers)


async def statuses(person: Person, times: int, **headers: str) -> list[int]:
    return [(await asked(person, **headers)).status_code for _ in range(times)]


# ---------------------------------------------------------------- requests


async def test_who_asks_too_often_is_told_so_and_when_to_come_again_and_nobody_else_is(settings: Settings) -> None:
    async with running(settings) as desk:
        ann, bob = await desk.agents("ann", "bob")
        desk.clock.stops()
        assert await statuses(ann, 3) == [200, 200, 200]
        refused = await asked(ann)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert refused.headers["content-type"] == "application/json"
        [error] = refused.json()["errors"]
        extensions = {"code": "RATE_LIMITED", "limit": "requestsPerSecond", "value": 4, "bound": 3, "retryAfter": 1}
        assert error["extensions"] == extensions
        assert await statuses(bob, 3) == await statuses(desk.stranger(), 3) == [200, 200, 200]
        desk.clock.passes(1)
        assert await statuses(ann, 4) == [200, 200, 200, 429]


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
async def test_an_answer_that_is_given_again_counts_like_any_other(settings: Settings, connection: str) -> None:
    async with running(settings) as desk:
        ann = await desk.agent()
        desk.clock.stops()
        left = []
        for _ in range(4):
            given = ann.headers | {"connection": connection}
            answer = await desk.http.post("/graphql", json={"query": "{ asOf }"}, headers=given)
            left.append((answer.status_code, answer.headers["ratelimit"].partition(";t")[0]))
        assert left == [(200, '"requests";r=2'), (200, '"requests";r=1'), (200, '"requests";r=0'), (429, left[2][1])]


async def test_every_answer_says_what_is_left_in_the_words_of_the_draft(settings: Settings) -> None:
    """draft-ietf-httpapi-ratelimit-headers-10, 3 and 4."""
    async with running(settings) as desk:
        ann, nobody = await desk.agent(), desk.stranger()
        desk.clock.stops()

        def told(answer: httpx.Response) -> tuple[int, str]:
            assert answer.headers["ratelimit-policy"] == POLICY
            return answer.status_code, answer.headers["ratelimit"]

        assert [told(await asked(ann)) for _ in range(4)] == [
            (200, '"requests";r=2;t=1'), (200, '"requests";r=1;t=1'),
            (200, '"requests";r=0;t=1'), (429, '"requests";r=0;t=1'),
        ]  # fmt: skip
        assert told(await asked(nobody, authorization="Bearer wrong")) == (401, '"requests";r=2;t=1')
        assert told(await asked(nobody, origin="https://evil.example")) == (403, '"requests";r=2;t=1')
        assert told(await desk.http.post("/graphql", content=b"{")) == (400, '"requests";r=1;t=1')
        assert told(await desk.http.get("/graphql")) == (404, '"requests";r=0;t=1')


async def test_wrong_credentials_and_no_credentials_are_counted_by_address(settings: Settings) -> None:
    async with running(settings) as desk:
        desk.clock.stops()
        for number in range(3):
            assert await statuses(Person(desk, "nobody", f"wrong {number}"), 1) == [401]
        assert await statuses(Person(desk, "nobody", "wrong"), 1) == await statuses(desk.stranger(), 1) == [429]


async def test_operations_over_sockets_are_counted_together_with_requests_and_the_socket_goes_on(
    settings: Settings,
) -> None:
    async with running(settings) as desk:
        ann, bob = await desk.agents("ann", "bob")
        desk.clock.stops()
        assert await statuses(ann, 2) == [200, 200]
        async with ann.socket() as socket, bob.socket() as other:

            async def operation(query: str) -> str:
                await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": query}}))
                async with asyncio.timeout(GUARD_S):
                    message = json.loads(await socket.recv())
                    if message["type"] == "next":
                        assert json.loads(await socket.recv())["type"] == "complete"
                        return "answered"
                assert message["type"] == "error"
                extensions = message["payload"][0]["extensions"]
                assert (extensions["limit"], extensions["bound"]) == ("requestsPerSecond", 3)
                return str(extensions["code"])

            assert await operation("{ __typename }") == "answered"
            for query in ("{ __typename }", "subscription { ticketEvents { cursor } }"):
                assert await operation(query) == "RATE_LIMITED"
            desk.clock.passes(1)
            assert await operation("{ __typename }") == "answered"
            assert other.close_code is None


# ---------------------------------------------------------------- who is where


@pytest.mark.parametrize(("proxies", "believed"), [(None, False), ("10.0.0.1", False), ("10.0.0.1, 127.0.0.0/8", True)])
async def test_a_forwarded_address_counts_only_from_a_proxy_that_was_named(
    settings: Settings, proxies: str | None, believed: bool
) -> None:
    async with running(replace(settings, requests_per_second=1, trusted_proxies=proxies)) as desk:
        desk.clock.stops()
        nobody, others = desk.stranger(), ["192.0.2.1", "192.0.2.2", "2001:db8::1"]
        first = [await statuses(nobody, 1, **{"x-forwarded-for": other}) for other in others]
        assert first == ([[200]] * 3 if believed else [[200], [429], [429]])
        spoofed = {"x-forwarded-for": "203.0.113.9, 192.0.2.1"}  # what a client sends comes before what the proxy adds
        assert await statuses(nobody, 1, **spoofed) == [429]


@pytest.mark.parametrize("proxies", ["*", "desk.example.org", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.1;10.0.0.2"])
def test_trusted_proxies_are_addresses_and_networks(proxies: str) -> None:
    with pytest.raises(BadUserInput, match="trusted_proxies"):
        Settings(trusted_proxies=proxies)


def test_a_place_is_what_one_customer_has_of_the_net() -> None:
    assert place("192.0.2.1") == place("::ffff:192.0.2.1") != place("192.0.2.2")
    assert place("2001:db8::1") == place("2001:db8::ffff:ffff:ffff:ffff") != place("2001:db8:0:1::1")


# ---------------------------------------------------------------- signing in


async def tries(rates: Rates, name: str, times: int, address: str | None = None) -> str | None:
    """Tries so often; the limit that was met at last, if one was."""
    limit = None
    for _ in range(times):
        try:
            await rates.attempt(name, address)
        except RateLimited as refused:
            limit = str(refused.details["limit"])
    return limit


async def test_an_account_is_tried_so_often_in_a_minute_whoever_tries() -> None:
    clock = Clock()
    clock.stops()
    rates = Rates(Settings(), clock)
    assert await tries(rates, "ann", 10, "192.0.2.1") is None
    with pytest.raises(RateLimited) as refused:
        await rates.attempt(" ANN", "192.0.2.2")
    assert refused.value.details == {"limit": "signInAttempts", "value": 11, "bound": 10, "retryAfter": 60}
    assert await tries(rates, "bob", 10) is None
    clock.passes(59)
    assert await tries(rates, "ann", 1) == "signInAttempts"
    clock.passes(1)
    assert await tries(rates, "ann", 10) is None


async def test_an_address_tries_so_often_and_then_no_longer_uses_up_what_others_have() -> None:
    rates = Rates(Settings(sign_in_attempts_per_address=5), Clock())
    assert await tries(rates, "ann", 5, "2001:db8::1") is None
    assert await tries(rates, "ann", 90, "2001:db8::2") == "signInAttemptsPerAddress"
    assert await tries(rates, "ann", 5, "192.0.2.1") is None


async def test_a_name_may_be_anything(redis: Redis) -> None:
    rates = Rates(Settings(broadcast_url=redis.url), Clock())
    for name in ("", "\0", "\ud800", "é" * 1_000_000, "LIMITS*", "a b\r\nFLUSHALL"):
        assert await tries(rates, name, 11) == "signInAttempts", name[:9]
    await rates.close()


async def test_all_processes_count_together_over_redis_and_alone_while_it_is_away(redis: Redis) -> None:
    one, other = (Rates(Settings(broadcast_url=redis.url), Clock()) for _ in range(2))
    assert (await tries(one, "ann", 6), await tries(other, "ann", 4)) == (None, None)
    with pytest.raises(RateLimited) as refused:
        await other.attempt("ann", None)
    assert refused.value.details["value"] == 11
    assert 1 <= int(refused.value.details["retryAfter"]) <= 60
    async with asyncio.timeout(GUARD_S):
        for away in (redis.pause, redis.kill):
            away()
            assert await tries(one, away.__name__, 10, "192.0.2.1") is None
            assert await tries(one, away.__name__, 1, "192.0.2.1") == "signInAttempts"
        redis.start()
        assert await tries(one, "bob", 10) is None
        assert await tries(other, "bob", 1) == "signInAttempts"
    await one.close()
    await other.close()


# ---------------------------------------------------------------- memory


def test_no_number_of_names_fills_the_memory() -> None:
    windows = Windows(60_000, Clock(), most=10)
    for number in range(1_000):
        assert windows.hit(f"{number}")[0] == 1
    assert len(windows._counts) == 10
    assert windows.hit("999")[0] == 2


def test_windows_that_ended_are_forgotten() -> None:
    clock = Clock()
    clock.stops()
    windows = Windows(1_000, clock)
    for number in range(100):
        windows.hit(f"{number}")
    clock.passes(1)
    assert windows.look("0") == (0, 1_000)
    windows.hit("new")
    assert list(windows._counts) == ["new"]


def test_a_clock_that_is_set_back_locks_nobody_out() -> None:
    clock = Clock()
    clock.stops()
    windows = Windows(1_000, clock)
    assert windows.hit("ann") == (1, 1_000)
    clock.passes(-3_600)
    assert windows.hit("ann") == (1, 1_000)
