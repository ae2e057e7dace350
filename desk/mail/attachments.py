"""Which part of a mail is its text, which its HTML, and what the others are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from desk.mail.charsets import one_line
from desk.mail.mail import Part
from desk.mail.structure import Leaf

NAME_BYTES = 150
NOT_IN_NAMES = re.compile("[\u200b-\u200f\ufeff]")
"""Marks that cannot be seen, beside the controls that `one_line` takes out."""
UNNAMED = {"text/calendar": "invite.ics", "message/rfc822": "message.eml"}


def body(leaves: Iterable[Leaf], media_type: str) -> Leaf | None:
    """The first part of that type that is to be read with the mail; an empty one, or a file, only where no other is."""
    found = [leaf for leaf in leaves if leaf.media_type == media_type and leaf.disposition != "attachment"]
    return min(found, key=lambda leaf: (bool(leaf.filename), not leaf.data.strip()), default=None)


def attachments(leaves: Sequence[Leaf], bodies: Sequence[Leaf | None], html: str) -> Iterator[Part]:
    """The other parts, in their order, without texts that are empty."""
    for number, leaf in enumerate(leaves, 1):
        if any(leaf is body for body in bodies) or (leaf.media_type == "text/plain" and not leaf.data.strip()):
            continue
        inline = leaf.disposition == "inline" or (leaf.content_id is not None and f"cid:{leaf.content_id}" in html)
        name = filename(leaf.filename) or UNNAMED.get(leaf.media_type, f"part-{number}.bin")
        yield Part(name, leaf.media_type, leaf.content_id, inline, leaf.data)


def filename(written: str) -> str:
    """The last component of a path, of at most NAME_BYTES with its ending; empty where that is no name."""
    name = NOT_IN_NAMES.sub("", one_line(written.replace("\\", "/").rpartition("/")[2])).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode()) > 20:
        return _cut(name, NAME_BYTES)
    return _cut(stem, NAME_BYTES - len((dot + ending).encode())) + dot + ending


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore")
