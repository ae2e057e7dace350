"""Days at a desk without a door: who is there, and what they may do next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import cast
from uuid import UUID

from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from models.account import Role
from models.database import head
from models.errors import GuichetError
from models.ticket import Priority, Status, Ticket
from models.work import System
from resolvers import decisions, imports, journal, locks, messages, tickets
from resolvers.context import Context, Door
from resolvers.guard import Guard
from resolvers.queues import Queues
from resolvers.viewer import Viewer
from tests.models.conftest import STAFF, House

nth = st.integers(0, 9)
guard = Guard()

Step = Callable[["Day"], Awaitable[object]]


class Day:
    """Who is there, and the tickets they made."""

    def __init__(self, house: House) -> None:
        self.house, self.made = house, list[Ticket]()

    def viewer(self, name: str = "ann") -> Viewer:
        user_id = "u-1" if name == "carla" else None
        return Viewer(uuid7(), name, STAFF.get(name, Role.CUSTOMER), user_id, self.house.world)

    def id(self, nth: int) -> str:
        return str(self.made[nth % len(self.made)].id) if self.made else str(UUID(int=0))

    async def creates(self, priority: Priority, ms: int) -> None:
        self.house.clock_ms += ms  # back, too: on SQLite its tickets then come in between
        new = tickets.NewTicket("u-1", "Card lost", "", priority, [], {})
        self.made.append(await tickets.create(self.viewer(), new, None))

    async def takes_over(self, status: Status, ms: int) -> None:
        """A row of a file, made at another time."""
        at, by = self.house.clock_ms + ms, System(self.house.world)
        await imports.take(by, [imports.ImportedTicket(str(uuid7()), "u-1", "x", status=status, created_at_ms=at)])

    async def context(self, kept: Queues | None) -> Context:
        return Context(self.house.world, self.viewer(), await head(), cast("Door", None), kept)


def verb(act: Callable[[Day, str], Awaitable[object]]) -> st.SearchStrategy[Step]:
    return nth.map(lambda n: lambda day: act(day, day.id(n)))


async def renews(day: Day) -> None:
    await journal.renew(System(day.house.world))


steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(lambda p, ms: lambda day: day.creates(p, ms), st.sampled_from(Priority), st.sampled_from([0, 0, 5, -3])),
    st.builds(
        lambda n, to: lambda day: tickets.update(day.viewer(), day.id(n), to, guard),
        nth,
        st.one_of(
            st.fixed_dictionaries({"priority": st.sampled_from(Priority)}),
            st.fixed_dictionaries({"assignee": st.sampled_from([None, "ann", "bob"])}),
        ),
    ),
    st.builds(lambda status, ms: lambda day: day.takes_over(status, ms), st.sampled_from(Status), st.integers(-9, 9)),
    verb(lambda day, id: decisions.start(day.viewer("bob"), id, guard)),
    verb(lambda day, id: decisions.approve(day.viewer(), id, None, guard)),
    verb(lambda day, id: decisions.reject(day.viewer(), id, "no", guard)),
    verb(lambda day, id: decisions.close(day.viewer(), id, guard)),
    verb(lambda day, id: decisions.reopen(day.viewer(), id, guard)),
    verb(lambda day, id: locks.lock(day.viewer(), id, 60)),
    verb(lambda day, id: messages.add_note(day.viewer(), id, "Seen.", None)),
    verb(lambda day, id: messages.reply(day.viewer("carla"), id, "Again.", None, guard)),
    st.just(renews),
)


async def tries(day: Day, step: Step) -> None:
    with suppress(GuichetError):  # nothing happened
        await step(day)
