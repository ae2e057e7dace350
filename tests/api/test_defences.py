"""What every answer tells browsers, what a browser cannot be made to do, how surprises end, and who is too slow."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from desk import app
from desk.auth import Doorkeeper
from desk.settings import Settings
from tests.support.desk import GUARD_S, Browser, Desk, Person, cookie, running

SAFE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
NOTHING = "default-src 'none'; frame-ancestors 'none'"
FOREIGN = {"origin": "https://evil.example"}
CREATE = 'mutation { createTicket(input: {userId: "u-1", subject: "x"}) { __typename } }'


@pytest.fixture
def settings(sqlite_template: Path, tmp_path: Path) -> Settings:
    """A desk of the built-in kind: doors do not depend on the database."""
    shutil.copytree(sqlite_template, tmp_path / "data")
    return Settings(data=tmp_path / "data")


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with running(settings) as desk:
        yield desk


def surprise(*_: object, **__: object) -> Any:
    raise RuntimeError("gd_secret at postgres://user:password@host")


async def answers(desk: Desk) -> list[httpx.Response]:
    """One of every kind that is no page."""
    http, query = desk.http, {"query": "{ __typename }"}
    return [
        await http.post("/graphql", json=query),
        await http.post("/graphql", json=query, headers={"accept": "application/graphql-response+json"}),
        await http.post("/graphql", content=b"{"),
        await http.post("/graphql", json=query, headers=FOREIGN),
        await http.post("/graphql", json=query, headers={"authorization": "Bearer wrong"}),
        await http.post("/graphql", content=b" " * 1_048_577, headers={"content-type": "application/json"}),
        await http.put("/graphql"),
        await http.get("/health"),
        await http.post("/health"),
        await http.get("/nothing"),
        await http.get("/assets/nothing"),
    ]


STATUSES = [200, 200, 400, 403, 401, 413, 405, 200, 405, 404, 404]


# ---------------------------------------------------------------- headers


async def test_every_answer_defends_itself_and_says_nothing_of_what_serves_it(desk: Desk) -> None:
    given = await answers(desk)
    assert [answer.status_code for answer in given] == STATUSES
    for answer in given:
        assert SAFE.items() <= dict(answer.headers).items(), answer.url
        assert answer.headers["content-security-policy"] == NOTHING
        assert "server" not in answer.headers
        assert "strict-transport-security" not in answer.headers


async def test_the_page_has_the_same_headers_and_its_own_policy(desk: Desk) -> None:
    browser = Browser(desk)
    await browser.signs_in((await desk.agent()).token)
    for path in ("/", "/graphql"):
        answer = await desk.http.get(path, headers={"accept": "text/html"} | cookie(browser.session))
        assert SAFE.items() <= dict(answer.headers).items()
        assert "script-src 'self'" in answer.headers["content-security-policy"]


async def test_over_https_browsers_are_told_to_come_so_again(settings: Settings) -> None:
    for url, told in (("https://desk.example.org", "max-age=31536000"), ("http://desk.example.org", None)):
        async with running(replace(settings, public_url=url)) as desk:
            assert {answer.headers.get("strict-transport-security") for answer in await answers(desk)} == {told}


async def test_a_handshake_says_nothing_of_what_serves_it_either(desk: Desk) -> None:
    async with desk.handshake({}) as socket:
        assert socket.response is not None
        assert "server" not in socket.response.headers
    with pytest.raises(InvalidStatus) as refused:
        async with desk.handshake(FOREIGN):
            pass
    assert "server" not in refused.value.response.headers


# ---------------------------------------------------------------- what a browser cannot be made to do


async def test_what_another_site_can_send_without_asking_is_no_request(settings: Settings) -> None:
    """A form or a simple request (Fetch Standard, 2.2.2) with the cookie in it, and even the origin right."""
    async with running(replace(settings, get_queries=True)) as desk:
        ann = await desk.agent()
        browser = Browser(desk)
        assert await browser.signs_in(ann.token) == "SignedIn"
        before = await ann.as_of()
        body = json.dumps({"query": CREATE})
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None):
            headers = browser.headers | ({"content-type": kind} if kind else {})
            answer = await desk.http.post("/graphql", content=body, headers=headers)
            assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_USER_INPUT")
        for headers in (browser.headers, ann.headers):
            answer = await desk.http.get("/graphql", params={"query": CREATE}, headers=headers)
            assert (answer.status_code, "errors" in answer.json()) == (400, True)
        assert await ann.as_of() == before
        answer = await desk.http.post("/graphql", json={"query": CREATE}, headers=browser.headers)
        assert answer.json()["data"]["createTicket"]["__typename"] == "Ticket"


# ---------------------------------------------------------------- surprises


async def test_a_surprise_is_told_by_an_id_that_is_in_the_log(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Doorkeeper, "viewer", surprise)
    monkeypatch.setattr(app, "JSONResponse", surprise)
    for kind, ask in (
        ("application/json", desk.http.post("/graphql", json={"query": "{ __typename }"})),
        ("application/json", desk.http.get("/health")),
    ):
        answer = await ask
        assert (answer.status_code, answer.headers["content-type"]) == (500, kind)
        [error] = answer.json()["errors"]
        assert error["extensions"].keys() == {"code", "id"}
        assert error["extensions"]["code"] == "INTERNAL"
        assert f"unexpected error {error['extensions']['id']}" in caplog.text
        assert not {"RuntimeError", "Traceback", "secret"} & set(answer.text.replace("_", " ").split())
        assert SAFE.items() <= dict(answer.headers).items()
    assert caplog.text.count("Traceback") == 2


# ---------------------------------------------------------------- who is too slow


async def sends(desk: Desk, *parts: str) -> bytes:
    """All that comes back for these, each sent after the answer to the one before, until the desk hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.port)
    heard = b""
    async with asyncio.timeout(GUARD_S):
        try:
            for number, part in enumerate(parts):
                if number:
                    heard += await reader.readuntil(b"\r\n\r\nNot Found")
                writer.write(part.encode())
            return heard + await reader.read()
        except ConnectionResetError:
            return heard
        finally:
            writer.close()


async def test_half_a_body_is_answered_and_the_connection_ends(settings: Settings) -> None:
    async with running(replace(settings, body_seconds=1)) as desk:
        head = "POST /graphql HTTP/1.1\r\nhost: desk\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n"
        answer = (await sends(desk, head + '{"query": ')).decode()
        assert answer.startswith("HTTP/1.1 408 ")
        assert "\r\nconnection: close\r\n" in answer
        error = json.loads(answer.partition("\r\n\r\n")[2])["errors"][0]
        assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": "bodySeconds", "bound": 1}


@pytest.mark.parametrize("begun", ["", "POST /gra", "GET /health HTTP/1.1\r\nhost: de"])
async def test_half_a_head_ends_the_connection(settings: Settings, begun: str) -> None:
    async with running(replace(settings, body_seconds=1)) as desk:
        assert await sends(desk, begun) == b""


async def test_half_a_head_after_a_whole_request_ends_the_connection_too(settings: Settings) -> None:
    async with running(replace(settings, body_seconds=1)) as desk:
        whole = "GET /nothing HTTP/1.1\r\nhost: desk\r\n\r\n"
        assert (await sends(desk, whole, whole, "GET /nothing HTTP/1.1\r\n")).count(b"HTTP/1.1 404") == 2


async def test_who_sent_a_whole_request_has_time(settings: Settings) -> None:
    """A socket lives longer than its handshake may take, and an answer that takes long comes all the same."""
    async with running(replace(settings, body_seconds=1)) as desk:
        ann = await desk.agent()
        async with ann.socket() as socket:
            await sends(desk, "")  # returns after that second
            await socket.send('{"type": "ping"}')
            async with asyncio.timeout(GUARD_S):
                assert json.loads(await socket.recv()) == {"type": "pong"}


async def test_no_address_is_made_of_the_host_that_was_sent(desk: Desk) -> None:
    answer = await desk.http.get("/graphql/", headers={"host": "evil.example", "accept": "text/html"})
    assert (answer.status_code, "location" in answer.headers) == (404, False)


async def test_a_wrong_token_is_told_what_would_be_one(desk: Desk) -> None:
    answer = await Person(desk, "nobody", "gd_wrong").post("{ viewer { name } }")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
