"""/docs: what can be asked is described, each with an example that runs, and whoever may not read it does not."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLInterfaceType

from desk.page import STRICT
from desk.reference import pages
from desk.reference.examples import SAMPLES, Example, examples
from desk.reference.text import blocks
from desk.settings import Settings
from models.outgoing import State
from schema import schema, sdl
from tests.support.desk import Answer, Browser, Desk, Person, answered, cookie, running
from tests.support.mail import dead_letter, went_out, with_mail

ROOTS = {"query": schema._schema.query_type, "mutation": schema._schema.mutation_type}
ROOTS["subscription"] = schema._schema.subscription_type
PROBLEM = schema._schema.type_map["Problem"]
assert isinstance(PROBLEM, GraphQLInterfaceType)
REFUSALS = {kind.name for kind in schema._schema.get_possible_types(PROBLEM)}
HERE = Path(__file__).resolve().parents[2]
PAGES = ("/docs", "/docs/live", "/docs/schema.graphql", "/docs/examples.json")
HELD = {"updateTicket", "renewLock", "unlockTicket", "handOver", "startProcessing", "approveTicket", "rejectTicket"}
HELD |= {"closeTicket", "reopenTicket"}


@pytest.fixture
def settings(sqlite_template: Path, tmp_path: Path) -> Settings:
    """A desk of the built-in kind, with mail: pages do not depend on the database."""
    shutil.copytree(sqlite_template, tmp_path / "data")
    return with_mail(Settings(data=tmp_path / "data"))


# ---------------------------------------------------------------- the examples


def test_every_operation_has_an_example_and_every_example_is_of_one() -> None:
    fields = {field: kind for kind, root in ROOTS.items() if root for field in root.fields}
    assert {name: example.kind for name, example in examples().items()} == fields
    assert {variable for each in examples().values() for variable in each.variables} == SAMPLES.keys()


@pytest.mark.parametrize("name", [name for name, example in examples().items() if example.kind != "subscription"])
async def test_an_example_does_what_it_says(desk: Desk, name: str) -> None:
    ada: Person = await desk.admin()
    example = examples()[name]
    given = await prepared(desk, ada, name)
    if name == "setPassword":  # by a link that works once, no password is asked before
        ada = Browser(desk)
        await ada.signs_in(await desk.code(await desk.agent("bob")))
    data = await ada.asks(example.query, **{variable: given[variable] for variable in example.variables})
    outcome = data[name]
    assert outcome is not None, "an example finds something"
    if isinstance(outcome, dict):
        assert outcome.get("__typename") not in REFUSALS, outcome


async def prepared(desk: Desk, ada: Person, name: str) -> dict[str, str]:
    """What an example is asked with, in a desk that has what it needs."""
    await desk.agents("ann", "bob")
    after = await ada.as_of()
    approved = await ada.creates(userId="u-1004")
    await ada.approves(approved)
    ticket = await ada.creates(userId="u-1001")
    if name == "reopenTicket":
        await ada.closes(ticket)
    lock_token = (await ada.locks(ticket)).token if name in HELD else ""
    if name == "askToRelease":
        await (await desk.agent("bob")).locks(ticket)
    made = (await ada.does("createToken", name="x")).token.id
    password = SAMPLES["password"]
    if name == "signIn":
        browser = Browser(desk)
        await browser.signs_in(await desk.code(await desk.agent("ann")))
        await browser.does("setPassword", password=password)
    elif name == "reply":
        after = await ada.as_of()
    today = datetime.now(UTC).strftime("%Y-%m-%dT00:00:00Z")
    failed = await went_out(ticket.id, state=State.FAILED)
    of_mail = {"letterId": str((await dead_letter()).id), "mailId": str(failed.id)}
    return (
        SAMPLES | of_mail | {"id": ticket.id, "lockToken": lock_token, "after": after, "tokenId": made, "today": today}
    )


@pytest.mark.parametrize("name", [name for name, example in examples().items() if example.kind == "subscription"])
async def test_an_example_follows(desk: Desk, name: str) -> None:
    ada, example = await desk.admin(), examples()[name]
    after = await ada.as_of()
    ticket = await ada.creates(userId="u-1001", subject="Parcel is late")
    given = {"after": after, "id": ticket.id}
    async with ada.socket() as socket:
        message = await first(socket, example, {variable: given[variable] for variable in example.variables})
    told: Answer = answered(message["payload"]["data"][name])
    assert told == {"here": []} if name == "presence" else told.ticket.subject == "Parcel is late"


async def first(socket: Any, example: Example, variables: dict[str, str]) -> dict[str, Any]:
    payload = {"query": example.query, "variables": variables}
    await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
    message: dict[str, Any] = json.loads(await socket.recv())
    assert message["type"] == "next", message
    return message


# ---------------------------------------------------------------- the pages


class Read(HTMLParser):
    """The anchors and links of a page, its text, and whether every element was closed in its turn."""

    VOID = frozenset({"meta", "link", "br"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.scripts = 0
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.scripts += tag == "script" or "style" in given
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [given["href"] or ""] if tag == "a" else []
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_reference_describes_everything_and_every_link_leads_somewhere() -> None:
    read = Read(pages.reference())
    assert len(read.ids) == len(set(read.ids))
    types = set(re.findall(r"^(?:type|interface|union|input|enum|scalar) (\w+)", sdl(), re.MULTILINE))
    operations = {f"{root.name}.{field}" for root in ROOTS.values() if root for field in root.fields}
    assert types - {"Query", "Mutation", "Subscription"} | operations <= {*read.ids}
    assert {link[1:] for link in read.links if link.startswith("#")} <= {*read.ids}
    assert {link for link in read.links if not link.startswith("#")} == {"/", "/graphql", *PAGES[:3]}
    for definition in (schema._schema.type_map["Ticket"], *ROOTS.values()):
        assert definition is not None
        for field in definition.fields.values():  # type: ignore[attr-defined]
            assert " ".join((field.description or "?").replace("`", "").split()) in read.text
    assert read.scripts == 0


def test_the_live_page_is_whole() -> None:
    read = Read(pages.live())
    assert {"curl", "python", "javascript"} <= {*read.ids}
    assert "resync" in read.text
    assert read.scripts == 0


def test_what_is_written_is_text_and_never_markup() -> None:
    page = blocks('# A `<b>`\n\nx < y & [a](/b?c="d") **<i>**\n\n- one\n- `two`\n\n```js\na < b\n```\n')
    assert re.sub(r"</?(h1|p|a|strong|code|pre|ul|li)( [^>]*)?>", "", page).count("<") == 0
    assert "x &lt; y &amp; " in page
    assert Read(page).links == ['/b?c="d"']


async def test_whoever_may_ask_for_the_schema_reads_it_and_others_sign_in(desk: Desk, settings: Settings) -> None:
    browser = Browser(desk)
    await browser.signs_in(await desk.code(await desk.agent()))
    for path in PAGES:
        told = await desk.http.get(path, headers=cookie(browser.session))
        assert (told.status_code, told.headers["content-security-policy"]) == (200, STRICT), path
        sent_away = await desk.http.get(path)
        assert (sent_away.status_code, sent_away.headers["location"]) == (303, f"/?next={path}")
        plain = await desk.http.get(path, headers=cookie(browser.session) | {"accept-encoding": "identity"})
        assert plain.text == told.text
        assert "content-encoding" not in plain.headers
    assert (await desk.http.get("/docs/schema.graphql", headers=cookie(browser.session))).text == sdl()
    for name, kind in (("reference.css", "text/css; charset=utf-8"), ("mark.svg", "image/svg+xml")):
        file = await desk.http.get(f"/docs/{name}")
        assert (file.status_code, file.headers["content-type"]) == (200, kind)
    assert file.text == (HERE / "web/src/ui/mark.svg").read_text()


@pytest.mark.parametrize(("audience", "status"), [("everybody", 200), ("nobody", 404)])
async def test_the_setting_for_introspection_says_who(settings: Settings, audience: Any, status: int) -> None:
    async with running(replace(settings, introspection=audience)) as desk:
        for path in PAGES:
            assert (await desk.http.get(path)).status_code == status, path
