"""Who may do what: one set of roles per verb, and what each role sees."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tortoise.queryset import QuerySet

from models.account import STAFF, Role
from models.errors import Forbidden
from models.event import Event
from models.message import Message, MessageKind
from models.ticket import Ticket
from models.work import Caller
from resolvers.viewer import Sight, Viewer

EVERYBODY = frozenset(Role)
PAGE: Final = """# Who may do what

Written by `python -m resolvers.policies > docs/policies.md`, from the predicates that the desk asks; a test compares \
them. `tests/api/test_policies.py` asks for every field and every mutation of the schema as every role, of their own \
ticket and of somebody else's.

## Verbs

{verbs}

A role that lacks the verb is answered FORBIDDEN, before anything is looked up. Nobody signed in has no verb: \
UNAUTHENTICATED.

## What exists

{seen}

What does not exist for a viewer is answered as what does not exist at all: null, NotFound or NOT_FOUND, in the same \
shape. A partner reads tickets by user id or id only.
"""


@dataclass(frozen=True)
class Policy:
    """Which roles have a verb, and what they do with it."""

    roles: frozenset[Role]
    does: str


MAY: Final[Mapping[str, Policy]] = {
    "create": Policy(EVERYBODY, "Make a ticket: a customer for themselves, everybody else for any user."),
    "reply": Policy(STAFF | {Role.CUSTOMER}, "Write in the thread: the requester as such, the staff in answer."),
    "browse": Policy(
        EVERYBODY - {Role.PARTNER}, "Lists and feeds of no user in particular, and tickets by their guessable number."
    ),
    "update": Policy(STAFF, "Edit a ticket."),
    "lock": Policy(STAFF, "Take the lock."),
    "renew": Policy(STAFF, "Keep the lock."),
    "unlock": Policy(STAFF, "Give the lock back."),
    "ask": Policy(STAFF, "Ask whoever holds the lock to release it."),
    "handOver": Policy(STAFF, "Pass one's own lock on to somebody else."),
    "force": Policy(frozenset({Role.ADMIN}), "Free or pass on somebody else's lock, and say why."),
    "start": Policy(STAFF, "Begin to work on a ticket."),
    "approve": Policy(STAFF, "Decide for the requester."),
    "reject": Policy(STAFF, "Decide against, with a reason."),
    "close": Policy(STAFF, "End a ticket without a decision."),
    "reopen": Policy(STAFF, "Take a ticket back to where it was."),
    "note": Policy(STAFF, "Write among agents."),
    "mail": Policy(
        STAFF,
        "Mail that came and mail that goes out, the addresses of people, who takes part in a ticket, and what is to"
        " become of mails that failed.",
    ),
    "figures": Policy(STAFF, "The numbers of the whole desk and of everybody who works there."),
    "presence": Policy(STAFF | {Role.CUSTOMER}, "See who is at a ticket and who types, and be seen there."),
    "own": Policy(
        EVERYBODY,
        "One's own password, sessions and tokens, with no more rights than one has; not by a token that was given less"
        " than its account.",
    ),
    "accounts": Policy(
        frozenset({Role.ADMIN}),
        "Everybody's accounts and tokens: make, invite, give a role, disable, read what happened to them.",
    ),
}


def allow(caller: Caller, verb: str) -> None:
    """Raises Forbidden where a viewer's role does not have this verb; whoever runs the desk may do everything."""
    if not isinstance(caller, Viewer):
        return
    if caller.role not in MAY[verb].roles or (verb == "own" and caller.narrowed):
        raise Forbidden


def visible(viewer: Viewer | Sight) -> QuerySet[Ticket]:
    """The tickets that exist for this viewer: a customer's own, for everybody else all."""
    return Ticket.filter(user_id=viewer.user_id) if viewer.role is Role.CUSTOMER else Ticket.all()


def visible_events(viewer: Viewer | None, events: QuerySet[Event]) -> QuerySet[Event]:
    """Events without those of notes, unless the viewer is staff."""
    return events if _is_staff(viewer) else events.filter(note=False)


def visible_messages(viewer: Viewer | None, messages: QuerySet[Message]) -> QuerySet[Message]:
    """Messages without notes, unless the viewer is staff."""
    return messages if _is_staff(viewer) else messages.exclude(kind=MessageKind.NOTE)


def page() -> str:
    """docs/policies.md: `python -m resolvers.policies > docs/policies.md` writes it anew."""
    rows = [f"| | {' | '.join(Role)} |", f"|---{'|---' * len(Role)}|"]
    for verb, policy in MAY.items():
        marks = ["yes" if role in policy.roles else "" for role in Role]
        rows.append(f"| **{verb}** {policy.does} | {' | '.join(marks)} |")
    seen = [f"- {inspect.getdoc(each)}" for each in (visible, visible_events, visible_messages, Viewer.reads)]
    return PAGE.format(verbs="\n".join(rows), seen="\n".join(seen))


def _is_staff(viewer: Viewer | None) -> bool:
    return viewer is not None and viewer.is_staff


if __name__ == "__main__":
    print(page(), end="")
