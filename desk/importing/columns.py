"""The mapping: which column of a file is which part of a ticket."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from models.errors import BadUserInput


@Parameter(name="*", group="Mapping", negative="", show_default=False, show_env_var=False)
@dataclass(frozen=True)
class Columns:
    """Where the parts of a ticket are in the file; a mapping file has the same names as keys."""

    subject: tuple[str, ...] = ()
    """Column of the subject; given again, the columns are joined by " · "."""
    body: tuple[str, ...] = ()
    """Column of the body; given again, one line each."""
    user_id: str | None = None
    """Column of the requester's id."""
    user_id_value: str | None = None
    """Requester's id for rows that name none."""
    status: str | None = None
    """Column of the status; where it is blank or left out: OPEN."""
    status_value: tuple[str, ...] = ()
    """What a word of the file means, as in "On ice=CLOSED"; may be given again. [status-values] in a mapping file."""
    priority: str | None = None
    """Column of the priority: LOW, NORMAL, HIGH or URGENT."""
    tag: Annotated[tuple[str, ...], Parameter(alias="--tags")] = ()
    """Column of a tag; may be given again."""
    tag_separator: str | None = None
    """What stands between several tags in one column."""
    extra: tuple[str, ...] = ()
    """Column that is kept in extra under its name; may be given again. A JSON object is merged in."""
    created_at: str | None = None
    """Column of the time of creation."""
    updated_at: str | None = None
    """Column of the time of the last change; left out: the latest time of the row."""
    decided_at: str | None = None
    """Column of the time of the approval or rejection (or of the end, for a ticket that is closed)."""
    time_format: str | None = None
    """How times are written, as for strptime; left out: ISO 8601, or month/day/year hour:minute."""
    zone: str | None = None
    """Zone of times that name none, such as America/New_York."""
    external_id: str | None = None
    """Column that tells a row from all others of its origin; left out: a hash of the row, so equal rows are one."""
    from_: str | None = None
    """Origin that the external ids belong to; left out: the file's name without its ending."""

    def named(self) -> list[str]:
        """The columns of the file that the mapping speaks of."""
        several = (*self.subject, *self.body, *self.tag, *self.extra)
        single = (self.user_id, self.status, self.priority, self.created_at, self.updated_at, self.decided_at)
        return [*several, *(name for name in (*single, self.external_id) if name is not None)]

    def check(self, header: Sequence[str]) -> None:
        """Raises BadUserInput where the mapping does not fit a file with these columns."""
        has = f"The file has these columns: {', '.join(header) or 'none'}."
        if not self.subject:
            raise BadUserInput(f"Say which column is the subject: --subject COLUMN. {has}")
        if self.user_id is None and self.user_id_value is None:
            raise BadUserInput(f"Say whose tickets these are: --user-id COLUMN, or --user-id-value TEXT. {has}")
        for name in self.named():
            if (count := header.count(name)) != 1:
                raise BadUserInput(f"There {'is no' if count == 0 else 'are several'} {name!r} in the file. {has}")


OPTIONS: Final = {item.name.rstrip("_").replace("_", "-"): item for item in fields(Columns)}


def with_file(given: Columns, file: Path) -> Columns:
    """The mapping of a TOML file, with what was given on the command line in its place. Raises BadUserInput."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadUserInput(f"{file} is no TOML: {error}") from error
    statuses = table.pop("status-values", {})
    told: dict[str, str | tuple[str, ...]] = {}
    for key, value in table.items():
        if key not in OPTIONS:
            raise BadUserInput(f"{file}: there is no {key!r}; the keys are {', '.join(OPTIONS)}, [status-values].")
        several = isinstance(OPTIONS[key].default, tuple)
        values = value if several and isinstance(value, list) else [value]
        if not all(isinstance(item, str) for item in values):
            raise BadUserInput(f"{file}: {key} is {'text or a list of texts' if several else 'text'}.")
        told[OPTIONS[key].name] = tuple(values) if several else value
    if not isinstance(statuses, dict):
        raise BadUserInput(f"{file}: status-values is a table.")
    words = (*told.pop("status_value", ()), *(f"{word}={status}" for word, status in statuses.items()))
    told |= {item.name: value for item in fields(Columns) if (value := getattr(given, item.name)) != item.default}
    return replace(Columns(**told), status_value=(*words, *given.status_value))  # type: ignore[arg-type]
