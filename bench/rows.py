"""The table: what is measured, by which piece of work, and how fast it is to be."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from bench import http_rows, large_rows, live_rows
from bench.running import Figures, Run

NAMES: Final[Mapping[str, str]] = {
    "desk": "Guichet",
    "postgres": "PostgreSQL",
    "yoga": "Yoga",
    "yoga cached": "Yoga's response cache",
    "mercurius": "Mercurius",
    "raw": "raw uvicorn",
    "bun": "Bun",
}
"""What a server is called where people read of it; others are called what they are."""


@dataclass(frozen=True)
class Goal:
    """At least, or at most, so many times what `to` does in the same round; without `to`, so much."""

    sign: str
    bound: float
    to: str | None = None

    def reached(self, figures: Figures) -> float | None:
        """The median of the rounds' ratios; None where one of the two was not measured."""
        if self.to is None:
            return median(figures["desk"]) if "desk" in figures else None
        if not (figures.get("desk") and figures.get(self.to)):
            return None
        return median(ours / theirs for ours, theirs in zip(figures["desk"], figures[self.to], strict=True))

    def is_met_by(self, value: float) -> bool:
        return value >= self.bound if self.sign == "≥" else value <= self.bound


@dataclass(frozen=True)
class Row:
    """One piece of work."""

    title: str
    unit: str
    measure: Callable[[Run], Coroutine[Any, Any, Figures]]
    goals: tuple[Goal, ...] = ()
    less_is_better: bool = False


def at_least(bound: float, to: str) -> Goal:
    return Goal("≥", bound, to)


def at_most(bound: float, to: str | None = None) -> Goal:
    return Goal("≤", bound, to)


PER_SECOND: Final = "requests/s"
ROWS: Final[Mapping[str, Row]] = {
    "list-same": Row(
        "list of 50 × 10 fields, the same again and again",
        PER_SECOND,
        http_rows.list_same,
        (at_least(0.6, "raw"), at_least(5, "mercurius")),
    ),
    "list-same-busy": Row(
        "list again and again, with 20 updates/s of other tickets", PER_SECOND, http_rows.list_same_busy
    ),
    "list-never-same": Row(
        "the same list, never twice the same", PER_SECOND, http_rows.list_never_same, (at_least(1, "mercurius"),)
    ),
    "latest-hot": Row(
        "latestApprovedTicket(userId), hot",
        PER_SECOND,
        http_rows.latest_hot,
        (at_least(0.6, "raw"), at_least(0.9, "mercurius")),
    ),
    "latest-hot-busy": Row(
        "latestApprovedTicket(userId), hot, with 20 updates/s of other tickets", PER_SECOND, http_rows.latest_hot_busy
    ),
    "latest-each-once": Row(
        "latestApprovedTicket(userId), each user once", PER_SECOND, http_rows.latest_each_once, (at_least(2, "yoga"),)
    ),
    "update": Row("updateTicket with its event, durable", PER_SECOND, http_rows.update, (at_least(1, "yoga"),)),
    "fan-out": Row(
        "fan-out to 500 sockets, updates as fast as they go",
        "deliveries/s",
        live_rows.fan_out,
        (at_least(3, "mercurius"), at_least(0.5, "bun")),
    ),
    "commit-to-last": Row(
        "from the commit to the last of 500", "ms", live_rows.commit_to_last, (at_most(3, "bun"),), less_is_better=True
    ),
    "idle-memory": Row(
        "memory of an idle subscriber, of 2,000", "KB", live_rows.idle_memory, (at_most(25),), less_is_better=True
    ),
    "deep-page": Row(
        "page 10,000 deep in 1,000,000 tickets",
        "ms",
        large_rows.deep_page,
        (at_most(1.1, "a first page"),),
        less_is_better=True,
    ),
    "one-of-10000": Row(
        "updates of one customer's tickets, 10,000 customers each watching their own",
        PER_SECOND,
        live_rows.one_of_many,
        (at_least(0.9, "1 watcher"),),
    ),
    "workers": Row(
        "latest, lists and updates mixed, 2 workers on PostgreSQL and Redis",
        "requests per worker-CPU-second",
        large_rows.workers,
        (at_least(0.85, "1 worker"),),
    ),
}
