"""What narrows a list of tickets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from models.account import Role
from models.bounds import COLUMN_CHARS, NAME_CHARS, Bounds, findable
from models.errors import BadUserInput
from models.ticket import UNDECIDED, Priority, Status
from resolvers.kinds import STAND_INS
from resolvers.orders import Order
from resolvers.queues import Belongs
from resolvers.viewer import Sight, Viewer

SEARCH_CHARS = 200
WINDOW: Final = ("created_after_ms", "created_before_ms")
DECIDED: Final = ("decided_after_ms", "decided_before_ms")
FREE: Final = ("assignee", "user_id", "tag", "decided_by", *WINDOW, *DECIDED)
"""What is narrowed to one value, whatever it is."""
ONCE: Final = ("status", "priority")


@dataclass(frozen=True)
class TicketFilter:
    """What a list is narrowed to; None where it is not. Times in Unix ms, both ends exclusive."""

    status: tuple[Status, ...] | None = None
    priority: tuple[Priority, ...] | None = None
    assignee: str | None = None
    unassigned: bool = False
    user_id: str | None = None
    tag: str | None = None
    search: str | None = None
    locked: bool | None = None
    awaiting_reply: bool | None = None
    created_after_ms: int | None = None
    created_before_ms: int | None = None
    decided_after_ms: int | None = None
    decided_before_ms: int | None = None
    decided_by: str | None = None

    texts: ClassVar[dict[str, int]] = {
        "assignee": NAME_CHARS,
        "user_id": COLUMN_CHARS,
        "tag": COLUMN_CHARS,
        "search": SEARCH_CHARS,
        "decided_by": NAME_CHARS,
    }

    def along(self, sight: Sight | Viewer) -> str:
        """Whose columns order the list: the tag's rows, unless it is one user's, who has few tickets."""
        return "" if self.tag is None or self.user_id is not None or sight.role is Role.CUSTOMER else "tagged__"

    @property
    def kind(self) -> TicketFilter:
        """The filter with stand-ins for what callers give: all that decides about the statement."""
        free = {name: STAND_INS[name] for name in FREE if getattr(self, name) is not None}
        once: dict[str, Any] = {
            name: tuple(sorted(set(getattr(self, name)))) for name in ONCE if getattr(self, name) is not None
        }
        return replace(self, **free, **once)

    def by_index(self, order: Order) -> bool:
        """Whether an index holds just the rows of this list, in its order."""
        free = {"unassigned", *(WINDOW if order.by_making else ())}
        narrowed = [name for name, value in vars(self).items() if value is not None and name not in free]
        if self.unassigned:
            narrowed.append("unassigned")
        return not narrowed or narrowed in (["assignee"], ["user_id"], ["tag"]) or self._one_status(narrowed)

    def _one_status(self, narrowed: list[str]) -> bool:
        statuses = frozenset(self.status or ())
        return narrowed == ["status"] and (len(statuses) == 1 or statuses == UNDECIDED)

    @property
    def any_day(self) -> TicketFilter:
        """The filter without the days of the making, which are cut out of a list that is in this order."""
        return replace(self, created_after_ms=None, created_before_ms=None)

    @property
    def by_decision(self) -> bool:
        """Whether only decided tickets are wanted, and their days or who it was."""
        return any(getattr(self, name) is not None for name in (*DECIDED, "decided_by"))

    @property
    def belongs(self) -> Belongs | None:
        """What decides about each ticket on any day, where that is nothing but what `Belongs` knows."""
        blank: dict[str, Any] = dict.fromkeys(Belongs._fields) | {"unassigned": False}
        if replace(self.any_day, **blank) != TicketFilter():
            return None
        known = {name: getattr(self, name) for name in Belongs._fields}
        sets = {name: None if (given := known[name]) is None else frozenset(given) for name in ONCE}
        return Belongs(**known | sets)

    def check(self, bounds: Bounds) -> None:
        """Raises BadUserInput for too many values, for texts that no row can hold, or a search that is too long."""
        bounds.many("status", self.status or ())
        bounds.many("priority", self.priority or ())
        for name, chars in self.texts.items():
            value = getattr(self, name)
            if value is not None and not findable(value, chars):
                raise BadUserInput(f"The filter's {name} has at most {chars} characters, all of which can be stored.")
