"""What the fault drills share: how long they are, their seed, the table of what they did, and the last word."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from random import Random

from desk.settings import Settings
from tests.support.processes import command

ROUNDS = int(os.environ.get("DRILL_ROUNDS", "1"))
"""Multiplies how often a drill breaks something: 1 in `make test`."""
SECONDS = float(os.environ.get("DRILL_SECONDS", "0"))
"""How long a drill that draws its moments goes on at least, seconds; 0 is as many rounds as are asked for."""
SEED = int(os.environ.get("DRILL_SEED") or secrets.randbits(32))

COLUMNS = ("acknowledged", "kills", "lost", "doubled", "gaps")
"""What every drill counts; whatever else it tells, and that is not 0, stands in the last column."""


def drawn() -> Random:
    """Draws from the seed, which pytest shows with a failure; DRILL_SEED repeats it."""
    print(f"DRILL_SEED={SEED}")
    return Random(SEED)


async def verified(settings: Settings) -> str:
    """Runs `guichet verify` on the desk and returns what it says; fails where it finds anything."""
    code, said = await command(settings, "verify")
    assert code == 0, said
    return said


def table(drills: Iterable[tuple[str, dict[str, object]]]) -> list[str]:
    """The drills and their figures as the lines of a Markdown table."""
    lines = [f"| drill | {' | '.join(COLUMNS)} | besides |", f"|---{'|---' * len(COLUMNS)}|---|"]
    for name, figures in drills:
        besides = ", ".join(f"{value} {key}" for key, value in figures.items() if key not in COLUMNS and value)
        lines.append(f"| {name} | {' | '.join(str(figures.get(key, '')) for key in COLUMNS)} | {besides} |")
    return lines
