"""What was measured, kept as it came in bench/results.json, and told in bench/RESULTS.md."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Final

from bench.rows import NAMES, ROWS, Goal, Row
from bench.running import Figures

HERE = Path(__file__).resolve().parent
KEPT, PAGE = HERE / "results.json", HERE / "RESULTS.md"
BEGIN, END = "<!-- made by make bench -->", "<!-- end of what make bench makes -->"
OWN_COLUMN: Final = ("desk", "yoga", "mercurius")
DEARER: Final = 2.0
"""What costs more than so many times as much on PostgreSQL wants an explanation."""


@dataclass(frozen=True)
class Measured:
    """One row as it was measured: when, where, how long each of the rounds was, and every figure."""

    on: str
    machine: str
    seconds: float
    figures: Figures

    @classmethod
    def now(cls, seconds: float, figures: Figures) -> Measured:
        rounded = {name: [float(f"{value:.4g}") for value in values] for name, values in figures.items()}
        return cls(date.today().isoformat(), _machine(), seconds, rounded)


Results = dict[str, Measured]


def kept() -> Results:
    """What the last runs measured, row by row."""
    told = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    return {name: Measured(**told[name]) for name in ROWS if name in told}


def keep(results: Results) -> None:
    """Writes the figures, and the part of the page that is made from them."""
    rows = (f"{json.dumps(name)}: {json.dumps(asdict(row))}" for name, row in results.items())
    KEPT.write_text("{\n" + ",\n".join(rows) + "\n}\n")
    before, _, rest = PAGE.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{page(results)}\n\n{END}{after}")


def page(results: Results) -> str:
    """The table of all rows, and PostgreSQL's beside it."""
    days, machines = ({getattr(row, name) for row in results.values()} for name in ("on", "machine"))
    rounds = {len(values) for row in results.values() for values in row.figures.values()}
    about = f"{', '.join(sorted(machines))}; {', '.join(sorted(days))}; median of {max(rounds)} rounds"
    lines = [f"{about}, each ratio the median of the rounds' own.", "", *_table(results), ""]
    if any("postgres" in row.figures for row in results.values()):
        lines += ["The same on PostgreSQL (18, on the same machine, durable):", "", *_postgres(results)]
    return "\n".join(lines).rstrip()


def _table(results: Results) -> Iterator[str]:
    yield f"| work | {' | '.join(NAMES[name] for name in OWN_COLUMN)} | beside | goal |"
    yield "|---" * (len(OWN_COLUMN) + 3) + "|"
    for name, measured in results.items():
        row, figures = ROWS[name], measured.figures
        own = [shown(median(figures[name])) if name in figures else "–" for name in OWN_COLUMN]
        others = [
            f"{NAMES.get(name, name)} {shown(median(values))}"
            for name, values in figures.items()
            if name not in (*OWN_COLUMN, "postgres")
        ]
        goals = "; ".join(_against(goal, row, figures) for goal in row.goals)
        yield f"| {row.title}, {row.unit} | {' | '.join(own)} | {', '.join(others) or '–'} | {goals or '–'} |"


def _against(goal: Goal, row: Row, figures: Figures) -> str:
    told = f"{goal.sign} {goal.bound:g} × {NAMES.get(goal.to, goal.to)}" if goal.to else f"{goal.sign} {goal.bound:g}"
    value = goal.reached(figures)
    if value is None:
        return f"{told}: not measured"
    return f"{told}: {'met' if goal.is_met_by(value) else '**missed**'}, {shown(value)}"


def _postgres(results: Results) -> Iterator[str]:
    yield "| work | SQLite | PostgreSQL | PostgreSQL's cost ÷ SQLite's |"
    yield "|---" * 4 + "|"
    for name, measured in results.items():
        row, figures = ROWS[name], measured.figures
        if "postgres" in figures:
            ours, theirs = figures["desk"], figures["postgres"]
            dearer = median(b / a if row.less_is_better else a / b for a, b in zip(ours, theirs, strict=True))
            told = f"**{shown(dearer)}**" if dearer > DEARER else shown(dearer)
            yield f"| {row.title}, {row.unit} | {shown(median(ours))} | {shown(median(theirs))} | {told} |"


def shown(value: float) -> str:
    """A figure in as many digits as it deserves."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _machine() -> str:
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    model = names[0] if names else platform.machine()
    return f"{os.cpu_count()} cores ({model}), {platform.system()}, Python {platform.python_version()}"
