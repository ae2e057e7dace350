"""Who may do what: one set of roles per verb, and what each role sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tortoise.queryset import QuerySet

from models.account import STAFF, Role
from models.errors import Forbidden
from models.event import Event
from models.message import Message, MessageKind
from models.ticket import Ticket
from resolvers.viewer import Viewer

EVERYBODY = frozenset(Role)

MAY: Final[Mapping[str, frozenset[Role]]] = {
    "create": EVERYBODY,
    "update": STAFF,
    "lock": STAFF,
    "renew": STAFF,
    "unlock": STAFF,
    "force": frozenset({Role.ADMIN}),
    "start": STAFF,
    "approve": STAFF,
    "reject": STAFF,
    "close": STAFF,
    "reopen": STAFF,
    "reply": STAFF | {Role.CUSTOMER},
    "note": STAFF,
    "browse": EVERYBODY - {Role.PARTNER},
}
"""`browse`: lists and feeds of no user in particular, and tickets by their guessable number."""


def allow(viewer: Viewer, verb: str) -> None:
    """Raises Forbidden where the viewer's role does not have this verb."""
    if viewer.role not in MAY[verb]:
        raise Forbidden


def visible(viewer: Viewer) -> QuerySet[Ticket]:
    """The tickets that exist for this viewer."""
    return Ticket.filter(user_id=viewer.user_id) if viewer.role is Role.CUSTOMER else Ticket.all()


def visible_events(viewer: Viewer | None, events: QuerySet[Event]) -> QuerySet[Event]:
    """Events without those of notes, unless the viewer is staff."""
    return events if _is_staff(viewer) else events.filter(note=False)


def visible_messages(viewer: Viewer | None, messages: QuerySet[Message]) -> QuerySet[Message]:
    """Messages without notes, unless the viewer is staff."""
    return messages if _is_staff(viewer) else messages.exclude(kind=MessageKind.NOTE)


def _is_staff(viewer: Viewer | None) -> bool:
    return viewer is not None and viewer.is_staff
