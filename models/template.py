"""Texts of the house that somebody begins with."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Final

from models.bounds import Bounds
from models.errors import BadUserInput, InvalidInput

TITLE_CHARS = 100
MOST_TEMPLATES = 50
KEYS: Final = {"title", "text"}


@dataclass(frozen=True)
class ReasonTemplate:
    """A reason to reject with, and by what it is chosen."""

    title: str
    text: str


def reason_templates(toml: str, bounds: Bounds) -> tuple[ReasonTemplate, ...]:
    """The templates of a TOML document, each a [[template]] with title and text. Raises BadUserInput."""
    try:
        document = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise BadUserInput(f"this is no TOML: {error}.") from error
    tables = document.get("template", [])
    if document.keys() - {"template"} or not isinstance(tables, list) or len(tables) > MOST_TEMPLATES:
        raise BadUserInput(f"there are [[template]] tables in it, at most {MOST_TEMPLATES}, and nothing else.")
    return tuple(_template(table, bounds) for table in tables)


def _template(table: object, bounds: Bounds) -> ReasonTemplate:
    if not isinstance(table, dict) or table.keys() != KEYS or not all(isinstance(each, str) for each in table.values()):
        raise BadUserInput("each [[template]] has a title and a text.")
    title, text = table["title"].strip(), table["text"].strip()
    if not 1 <= len(title) <= TITLE_CHARS:
        raise BadUserInput(f"a title has 1 to {TITLE_CHARS} characters.")
    try:
        return ReasonTemplate(title, bounds.told(text))
    except InvalidInput as refusal:
        raise BadUserInput(f"the text of {title!r} cannot be a reason: {refusal.message}") from refusal
