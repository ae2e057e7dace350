"""The rows of a CSV or JSON Lines file, with the line each begins on."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from models.bounds import Json
from models.errors import BadUserInput

Cells = Mapping[str, Json]
Format = Literal["csv", "jsonl"]


LONGEST_CELL = 2**31 - 1
"""The csv module stops for good at longer cells (its default is 131,072); here a row too long is one row refused."""
NOT_UTF_8 = re.compile("[\udc80-\udcff]")
"""What surrogateescape makes of bytes that are none."""
DEEPEST = 100
"""Levels of a JSON row; what Python reads at its limit, it might not write again."""


class Row(NamedTuple):
    """A row of the file: the line that it begins on, what it holds, and why it could not be read, if so."""

    line: int
    cells: Cells
    problem: str | None = None


class Lines:
    """The lines of one row after the other, with a way back: a stray quote costs its line, not all that follow."""

    def __init__(self, text: Iterator[str]) -> None:
        self.start = 1
        self._row: list[str] = []
        self._text = text
        self._again: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self._row.append(self._again.popleft() if self._again else next(self._text))
        return self._row[-1]

    def next_row(self) -> None:
        self.start += len(self._row)
        self._row = []

    def refused(self, problem: str) -> Row:
        """The first line of this row as one that cannot be read; the others are read again."""
        first, *others = self._row
        self._again.extendleft(reversed(others))
        self._row = [first]
        return Row(self.start, {"text": first.rstrip("\r\n")}, problem)


def header_of(file: Path, format: Format) -> list[str]:
    """The columns of the file: the first row of CSV, or every key in JSON Lines. Raises BadUserInput."""
    if format == "jsonl":
        return list(dict.fromkeys(key for row in json_rows(file) if row.problem is None for key in row.cells))
    with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        try:
            header = next(csv.reader(text, strict=True), [])
        except csv.Error as error:
            raise BadUserInput(f"The first line of {file} is no CSV: {error}.") from error
    if NOT_UTF_8.search("".join(header)):
        raise BadUserInput(f"The first line of {file} is not UTF-8.")
    return header


def csv_rows(file: Path) -> Iterator[Row]:
    """The rows under the header of a CSV file in UTF-8; blank lines are none."""
    csv.field_size_limit(LONGEST_CELL)
    with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        lines = Lines(text)
        reader = csv.reader(lines, strict=True)
        header = next(reader, [])
        while True:
            lines.next_row()
            try:
                cells = next(reader, None)
            except csv.Error as error:
                yield lines.refused(f"This is no CSV: {error}.")
                continue
            if cells is None:
                return
            if NOT_UTF_8.search("".join(cells)):
                yield lines.refused("This is not UTF-8.")
            elif len(cells) == len(header):
                yield Row(lines.start, dict(zip(header, cells, strict=True)))
            elif cells:
                yield lines.refused(f"There are {len(cells)} cells under {len(header)} columns.")


def json_rows(file: Path) -> Iterator[Row]:
    """The objects of a file with one per line; blank lines are none."""
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            text = line.removeprefix(codecs.BOM_UTF8).strip()
            cells, problem = None, f"This is no JSON object of at most {DEEPEST} levels."
            try:
                cells = json.loads(text) if text else None
            except (ValueError, RecursionError) as error:
                problem = f"This is no JSON: {error}."
            if isinstance(cells, dict) and _shallow(cells, DEEPEST):
                yield Row(number, cells)
            elif text:
                yield Row(number, {"text": text.decode(errors="replace")}, problem)


def _shallow(value: Json, levels: int) -> bool:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels > 0 and all(_shallow(item, levels - 1) for item in inside)
