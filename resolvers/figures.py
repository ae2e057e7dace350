"""How the desk is doing, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any, Final

from tortoise.expressions import Q

from models import database
from models.bounds import DAY_MS
from models.errors import BadUserInput, LimitExceeded
from models.prepared import Prepared, kept
from models.replica import Read
from models.ticket import UNDECIDED, Outcome, Priority, Status, Ticket
from resolvers import assignees, board
from resolvers.board import QUARTER_MS, Board, Standing, quarter
from resolvers.context import Context
from resolvers.cursors import JournalCursor
from resolvers.policies import allow
from resolvers.rows import Rows
from resolvers.viewer import is_account

MOST_DAYS = 8
"""How far back it is told what came in and was decided."""
HOUR_MS: Final = 4 * QUARTER_MS
WAITED_MS: Final = (0, QUARTER_MS, HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS, 8 * HOUR_MS)
"""From when on tickets count together that have waited as long, up to the next."""
STAND_IN: Final = {"ms": -(2**62)}


@dataclass(frozen=True)
class Waiting:
    """An undecided ticket, and since when it is there (Unix ms)."""

    number: int
    since: int


@dataclass(frozen=True)
class Waited:
    """How many undecided tickets are there for so many seconds, and not for as many as the next ones."""

    seconds: int
    tickets: int


@dataclass(frozen=True)
class Hour:
    """What came in and what was decided in the hour that began then (Unix ms)."""

    begins: int
    came_in: int
    decided: int


@dataclass(frozen=True)
class Agent:
    """What somebody has in hand, has decided, and edits now."""

    name: str
    in_hand: int
    approved: int
    rejected: int
    editing: list[int]


@dataclass(frozen=True)
class Figures:
    """The numbers of the desk, those of decisions and of what came in since an instant, and the position of all."""

    as_of: str
    open: int
    processing: int
    urgent: int
    unassigned: int
    urgent_unassigned: int
    longest: Waiting | None
    longest_unassigned: Waiting | None
    waited: list[Waited]
    approved: int
    rejected: int
    hours: list[Hour]
    agents: list[Agent]


async def figures(context: Context, since_ms: int) -> Figures:
    """The figures; raises Forbidden, BadUserInput for another instant than `board` counts from, LimitExceeded."""
    allow(context.viewer, "figures")
    context.sources.saw_all()
    now_ms = context.now_ms
    if since_ms % QUARTER_MS or since_ms < now_ms - MOST_DAYS * DAY_MS:
        raise BadUserInput(f"since is a full quarter of an hour within the last {MOST_DAYS} days.")
    names = await assignees.active()
    kept = context.queues.board if context.queues else Board()
    async with kept.turn:
        head, locks = await _locked(now_ms)
        while not (await kept.follow(head) and _since(now_ms) - MOST_DAYS * DAY_MS <= kept.since_ms <= since_ms):
            await _begin(kept, _since(now_ms))
            head, locks = await _locked(now_ms)  # of the same position as what is kept, when that has followed
        if not kept.fits:
            bound = board.MOST_TICKETS
            raise LimitExceeded("There are too many tickets to count.", limit="figures", value=bound + 1, bound=bound)
        for _, _, expires_at_ms in locks:
            context.sources.ends(expires_at_ms)
        context.sources.ends(_next(kept.waiting, since_ms, now_ms))
        editing = [(holder, number) for number, holder, _ in locks]
        return _told(kept, str(JournalCursor.at(head)), since_ms, now_ms, names, sorted(editing))


def _standing() -> Prepared:
    since = STAND_IN["ms"]
    counted = Q(status__in=list(UNDECIDED)) | Q(created_at_ms__gte=since) | Q(decided_at_ms__gte=since)
    found = Ticket.filter(counted).limit(board.MOST_TICKETS + 1)
    return Prepared(found.values_list("number", *Standing._fields), STAND_IN)


def _locks() -> Prepared:
    held = Ticket.filter(lock_expires_at_ms__gt=STAND_IN["ms"])
    return Prepared(held.values_list("number", "lock_holder", "lock_expires_at_ms"), STAND_IN)


_kept_standing, _kept_locks = kept(_standing), kept(_locks)


async def _locked(now_ms: int) -> Read[Sequence[Any]]:
    """Number, holder and end (Unix ms) of each lock."""
    return await _kept_locks().snapshot(database.quick(), {"ms": now_ms})


async def _begin(kept: Board, since_ms: int) -> None:
    head, rows = await _kept_standing().snapshot(database.reader(), {"ms": since_ms})
    kept.begin(head, rows, since_ms)


def _since(now_ms: int) -> int:
    """From when on a board counts that is begun now: a day more than is told, so that it need not begin again soon."""
    return quarter(now_ms) - (MOST_DAYS + 1) * DAY_MS


def _next(waiting: Rows, since_ms: int, now_ms: int) -> int:
    """When the figures change by themselves: a ticket has waited as long as others, or an hour begins."""
    passing = [(waiting.made_at(waiting.until(now_ms - waited)), waited) for waited in WAITED_MS[1:]]
    hours = since_ms + max(0, (now_ms - since_ms) // HOUR_MS + 1) * HOUR_MS
    return min([hours, *(made_ms + waited for made_ms, waited in passing if made_ms is not None)])


def _told(
    kept: Board, as_of: str, since_ms: int, now_ms: int, names: Sequence[str], editing: Sequence[tuple[str, int]]
) -> Figures:
    """Everything that is kept, added up."""
    hands = kept.in_hand.items()
    urgent = [(key, count) for key, count in hands if key.priority == Priority.URGENT]
    in_hand, decided = Counter[str | None](), Counter[tuple[str, str | None]]()
    for key, count in hands:
        in_hand[key.assignee] += count
    for done, count in kept.decided.items():
        if done.quarter_ms >= since_ms:
            decided[done.outcome, done.by] += count
    edits = {holder: [number for _, number in each] for holder, each in groupby(editing, itemgetter(0))}
    busy = {*in_hand, *(by for _, by in decided), *edits}

    def agent(name: str) -> Agent:
        approved, rejected = (decided[outcome, name] for outcome in Outcome)
        return Agent(name, in_hand[name], approved, rejected, edits.get(name, []))

    return Figures(
        as_of=as_of,
        open=sum(count for key, count in hands if key.status == Status.OPEN),
        processing=sum(count for key, count in hands if key.status == Status.PROCESSING),
        urgent=sum(count for _, count in urgent),
        unassigned=len(kept.unassigned),
        urgent_unassigned=sum(count for key, count in urgent if key.assignee is None),
        longest=_longest(kept.waiting),
        longest_unassigned=_longest(kept.unassigned),
        waited=_waited(kept.waiting, now_ms),
        approved=sum(count for (outcome, _), count in decided.items() if outcome == Outcome.APPROVED),
        rejected=sum(count for (outcome, _), count in decided.items() if outcome == Outcome.REJECTED),
        hours=_hours(kept, since_ms, now_ms),
        agents=[agent(name) for name in sorted({*names, *(name for name in busy if name and is_account(name))})],
    )


def _longest(rows: Rows) -> Waiting | None:
    made_ms = rows.made_at(0)
    return None if made_ms is None else Waiting(rows.between(None, None)[0], made_ms)


def _waited(waiting: Rows, now_ms: int) -> list[Waited]:
    longer = [len(waiting), *(waiting.until(now_ms - waited) for waited in WAITED_MS[1:]), 0]
    return [Waited(ms // 1_000, more - less) for ms, (more, less) in zip(WAITED_MS, pairwise(longer), strict=True)]


def _hours(kept: Board, since_ms: int, now_ms: int) -> list[Hour]:
    decided = Counter[int]()
    for key, count in kept.decided.items():
        decided[key.quarter_ms] += count

    def within(counted: Counter[int], begins: int) -> int:
        return sum(counted[quarter_ms] for quarter_ms in range(begins, begins + HOUR_MS, QUARTER_MS))

    hours = range(since_ms, now_ms + 1, HOUR_MS)
    return [Hour(begins, within(kept.came, begins), within(decided, begins)) for begins in hours]
