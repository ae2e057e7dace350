"""Files of mails that came and of replies: their rows in the database, their bytes by SHA-256 in the data folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final
from uuid import uuid4

import orjson
from tortoise import fields
from tortoise.models import Model

FOLDER: Final = "attachments"
"""In the data folder. What lies there never changes, and is named by its SHA-256."""


class Attachment(Model):
    """A file, as its sender named and typed it; nothing of either is to be believed."""

    id = fields.UUIDField(primary_key=True)
    mail_id = fields.UUIDField(db_index=True)
    """The mail that it came with, or the message that it goes with; its own id while it waits for one."""
    ordinal = fields.IntField()
    name = fields.CharField(max_length=200)
    content_type = fields.CharField(max_length=200)
    content_id: str | None = fields.CharField(max_length=1_000, null=True)  # type: ignore[assignment]
    inline = fields.BooleanField()
    size = fields.IntField()
    sha256 = fields.CharField(max_length=64, db_index=True)

    class Meta:
        table = "attachments"

    @property
    def told(self) -> list[object]:
        """What an event vouches for."""
        return [str(self.id), self.ordinal, self.name, self.content_type, self.inline, self.size, self.sha256]


def digest(files: Sequence[Attachment]) -> str:
    """SHA-256 of what goes with a message, hexadecimal: what its event vouches for."""
    told = [each.told for each in sorted(files, key=lambda each: each.ordinal)]
    return hashlib.sha256(orjson.dumps(told)).hexdigest()


class Files:
    """The bytes of attachments, in the folder of the desk's data. Every call may block."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER

    def path(self, sha256: str) -> Path:
        """Where the bytes with this hash are, if they are."""
        return self._folder / sha256[:2] / sha256

    def keep(self, contents: Iterable[bytes]) -> None:
        """Stores contents; when it returns they are on the disk, under their names."""
        folders: set[Path] = set()
        for content in contents:
            path = self.path(hashlib.sha256(content).hexdigest())
            if not path.exists():
                folders.add(path.parent)
                _write(path, content)
        for folder in folders:
            _sync(folder)

    def replace(self, contents: Sequence[bytes]) -> None:
        """Stores contents in the place of whatever has their names."""
        self.forget(hashlib.sha256(content).hexdigest() for content in contents)
        self.keep(contents)

    def read(self, sha256: str) -> bytes | None:
        """The bytes with this hash, or None where they are not there, or are others."""
        try:
            content = self.path(sha256).read_bytes()
        except FileNotFoundError:
            return None
        return content if hashlib.sha256(content).hexdigest() == sha256 else None

    def forget(self, hashes: Iterable[str]) -> None:
        """Removes contents that no row names any more."""
        for sha256 in hashes:
            self.path(sha256).unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    if not path.parent.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        for folder in (path.parent.parent, path.parent.parent.parent):
            _sync(folder)
    part = path.with_name(f"{path.name}.{uuid4().hex}")  # two who store the same do not meet
    with part.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
