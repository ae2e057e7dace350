"""The docs name what there is: every setting with its default, every bound, error code, command, and living links."""

from __future__ import annotations

import re
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

import pytest
from cyclopts import App

from desk import rates
from desk.cli import app
from desk.settings import PREFIX, Settings
from models import bounds, idempotency, password, statements, template
from models.bounds import Bounds
from models.errors import Fault
from resolvers import (
    board,
    feed,
    figures,
    filters,
    following,
    imports,
    lists,
    messages,
    policies,
    queues,
    sessions,
    tokens,
)
from schema import errors as coded
from schema import limits

HERE = Path(__file__).resolve().parents[2]
OPERATIONS = (HERE / "docs" / "operations.md").read_text()
GUARANTEES = (HERE / "docs" / "guarantees.md").read_text()
EXAMPLE = (HERE / ".env.example").read_text().splitlines()
PAGES = sorted([*HERE.glob("*.md"), *(HERE / "docs").rglob("*.md")])
SETTINGS = [item for item in fields(Settings) if item.name != "bounds"] + list(fields(Bounds))
FIXED = {
    "SAFE_INTEGER": bounds.SAFE_INTEGER,
    "KEY_CHARS": idempotency.KEY_CHARS,
    "SEARCH_CHARS": filters.SEARCH_CHARS,
    "LONGEST_WORD": statements.LONGEST_WORD,
    "LONGEST_QUEUE": lists.LONGEST_QUEUE,
    "LONGEST_KEPT": queues.LONGEST_KEPT,
    "MOST_KEPT": queues.MOST_KEPT,
    "MOST_KEPT_ROWS": queues.MOST_KEPT_ROWS,
    "MOST_EVENTS": following.MOST_EVENTS,
    "MOST_COUNTED_FILTERS": lists.MOST_COUNTED_FILTERS,
    "MOST_TICKETS": board.MOST_TICKETS,
    "MOST_DAYS": figures.MOST_DAYS,
    "TITLE_CHARS": template.TITLE_CHARS,
    "MOST_TEMPLATES": template.MOST_TEMPLATES,
    "UNSEEN_SHOWN": messages.UNSEEN_SHOWN,
    "EXTERNAL_ID_CHARS": imports.EXTERNAL_ID_CHARS,
    "DOCUMENTS_KEPT": limits.DOCUMENTS_KEPT,
    "PAGE": feed.PAGE,
    "CODE_MS": sessions.CODE_MS,
    "INVITATION_MS": sessions.INVITATION_MS,
    "SHORTEST": password.SHORTEST,
    "LONGEST": password.LONGEST,
    "TOKENS_PER_ACCOUNT": tokens.TOKENS_PER_ACCOUNT,
    "MOST_COUNTED": rates.MOST_COUNTED,
}


def shown(setting: Field[Any]) -> str:
    """A default as a person would set it."""
    assert setting.default is not MISSING
    value = setting.default
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def slug(heading: str) -> str:
    """A heading as the anchor that links point to."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def prose(page: Path) -> str:
    """A page without its code blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_operations_names_every_setting_with_its_default(setting: Field[Any]) -> None:
    option, variable = f"--{setting.name.replace('_', '-')}", f"{PREFIX}{setting.name.upper()}"
    default = f"`{shown(setting)}`" if shown(setting) else "none"
    assert f"| `{option}` | `{variable}` | {default} |" in OPERATIONS


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_the_example_has_every_setting_commented_out_with_its_default(setting: Field[Any]) -> None:
    assert f"# {PREFIX}{setting.name.upper()}={shown(setting)}" in EXAMPLE


def test_operations_names_no_setting_that_there_is_not() -> None:
    there_are = {f"{PREFIX}{setting.name.upper()}" for setting in SETTINGS}
    of_commands = {f"{PREFIX}{name}" for name in ("HOST", "PORT", "WORKERS")}
    named = set(re.findall(rf"{PREFIX}[A-Z_]+", OPERATIONS)) | set(re.findall(rf"{PREFIX}[A-Z_]+", "\n".join(EXAMPLE)))
    assert named == there_are | of_commands


def test_nothing_in_the_example_is_switched_on() -> None:
    assert [line for line in EXAMPLE if line and not line.startswith("#")] == []


@pytest.mark.parametrize("name", FIXED)
def test_operations_names_every_fixed_bound_with_its_number(name: str) -> None:
    number = "2^53" if name == "SAFE_INTEGER" else f"{FIXED[name]:,}"
    assert FIXED["SAFE_INTEGER"] == 2**53
    assert f"| `{name}` | {number} |" in OPERATIONS


def test_operations_names_every_limit_of_a_document_with_its_bound() -> None:
    table = OPERATIONS.split("## Limits of a document")[1].split("\n## ")[0]
    told = dict(re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", table, re.MULTILINE))
    settings = {"variables": Settings.variables_bytes, "cost": Settings.query_cost}
    assert told == {limit: f"{bound:,}" for limit, bound in (limits.BOUNDS | settings).items()}


def test_operations_names_every_error_code() -> None:
    codes = {fault.code for fault in Fault.__subclasses__()}
    codes |= set(re.findall(r'"([A-Z_]{6,})"', Path(coded.__file__).read_text()))
    assert codes == set(re.findall(r"^\| `([A-Z_]+)` \| [^|]*\|[^|]*\|$", OPERATIONS, re.MULTILINE)) - FIXED.keys()


def test_operations_names_every_command() -> None:
    for name in _commands(app, ""):
        assert f"`guichet{name}`" in OPERATIONS


def _commands(of: App, above: str) -> list[str]:
    found = []
    for name in of:
        if not name.startswith("-"):
            below = _commands(of[name], f"{above} {name}")
            found += below or [f"{above} {name}"]
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(HERE)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in {slug(found) for found in re.findall(r"^#+ (.*)$", prose(target), re.MULTILINE)}, link


def test_the_policies_are_those_that_the_desk_asks() -> None:
    assert (HERE / "docs" / "policies.md").read_text() == policies.page()


PROMISES = re.findall(r"^\*\*.*?(?=^\*\*|^## )", GUARANTEES, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise[2:40])
def test_every_promise_names_tests_that_there_are(promise: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", promise)
    assert named, "a promise without a test is a wish"
    for file, test in named:
        assert re.search(rf"^ *(async )?def {test}\(", (HERE / file).read_text(), re.MULTILINE), f"{file}::{test}"


def test_the_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(page.name[:4]) for page in sorted((HERE / "docs" / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_page_that_the_source_refers_to_exists() -> None:
    for room in ("models", "resolvers", "schema", "desk"):
        for file in (HERE / room).rglob("*.py"):
            for page in re.findall(r"docs/[\w/.-]+\.md", file.read_text()):
                assert (HERE / page).exists(), f"{file}: {page}"
