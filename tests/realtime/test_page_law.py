"""The page's law, shared with it: what it knows, and events, make what a fresh look tells.

Each case is made through the API and must be what stands in tests/law, which the page's own tests run through
`applyEvents`: so neither side can drift. `LAW=write` writes the files anew.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.desk import Answer, Desk, Person

HERE: Final = Path(__file__).resolve().parents[2]
LAW: Final = HERE / "tests/law"
DOCUMENTS: Final = (HERE / "web/src/api/documents.ts").read_text()

INSTANTS: Final = {"at", "createdAt", "updatedAt", "decidedAt", "expiresAt"}
AN_INSTANT: Final = "2026-11-20T08:30:00.000Z"
UNDECIDED: Final = {"status": ["OPEN", "PROCESSING"]}


def fragment(name: str) -> str:
    """What the page selects by one of its fragments."""
    found = re.search(rf"fragment {name} on \w+ \{{(.*?)\}}\s*`", DOCUMENTS, re.DOTALL)
    assert found, name
    return re.sub(r"\.\.\.(\w+)", lambda other: fragment(other[1]), found[1])


ROW, MAIL, ENTRY, CHANGE, PEOPLE = map(fragment, ("Row", "Mail", "Entry", "Change", "Participant"))
SNAPSHOT: Final = f"""query($filter: TicketFilter, $numbers: [Int!]!, $open: Int!) {{
  queue(filter: $filter, orderBy: CREATED_DESC) {{ numbers total asOf }}
  ticketsByNumber(numbers: $numbers) {{ {ROW} }}
  ticket(number: $open) {{
    body extra mail {{ {MAIL} }} participants {{ {PEOPLE} }}
    messages(first: 100) {{ edges {{ node {{ {ENTRY} }} }} }}
    events(first: 100) {{ edges {{ node {{ {CHANGE} }} }} }}
  }}
}}"""


@dataclass
class People:
    """Who is at the desk, and the tickets by their subjects."""

    desk: Desk
    ann: Person
    bob: Person
    bank: Person
    tickets: dict[str, Answer] = field(default_factory=dict)

    async def makes(self, subject: str, **given: Any) -> Answer:
        self.tickets[subject] = await self.bank.creates(userId="u-1", subject=subject, **given)
        return self.tickets[subject]


Step = Callable[[People], Awaitable[object]]


async def two(people: People) -> None:
    await people.makes("Card lost", body="On the train.")
    await people.makes("Parcel torn")


async def changed(people: People) -> None:
    await people.bob.updates(people.tickets["Card lost"], given={"subject": "Card found", "priority": "HIGH"})


async def came_in(people: People) -> None:
    await people.makes("Late")


async def came_and_went(people: People) -> None:
    late = await people.makes("Late")
    await people.bob.closes(late)


async def decided(people: People) -> None:
    await people.bob.approves(people.tickets["Card lost"])


async def decided_and_back(people: People) -> None:
    approved = await people.bob.approves(people.tickets["Card lost"])
    await people.bob.reopens(approved)


async def decided_and_forgotten(people: People) -> None:
    await people.bob.rejects(people.tickets["Card lost"], reason="Not ours.")
    await people.bob.updates(people.tickets["Card lost"], given={"tags": ["late"]})


async def talked(people: People) -> None:
    await people.bob.replies(people.tickets["Card lost"])
    await people.bob.notes(people.tickets["Card lost"])
    await people.bob.notes(people.tickets["Parcel torn"])


async def body_changed(people: People) -> None:
    await people.bob.updates(people.tickets["Card lost"], given={"body": "On the ferry."})


async def people_changed(people: People) -> None:
    lost = people.tickets["Card lost"]
    await people.bob.does("addParticipant", ticketId=lost.id, address="ann@customer.example")
    await people.bob.does("addParticipant", ticketId=people.tickets["Parcel torn"].id, address="bob@customer.example")


async def locked(people: People) -> None:
    grant = await people.bob.locks(people.tickets["Card lost"])
    await people.bob.unlocks(people.tickets["Card lost"], token=grant.token)
    await people.bob.locks(people.tickets["Parcel torn"])


CASES: Final[dict[str, Step]] = {
    "a-row-is-repainted": changed,
    "a-new-ticket-is-gathered": came_in,
    "a-new-ticket-that-left-is-not": came_and_went,
    "a-row-that-left-keeps-its-place": decided,
    "a-row-that-came-back-is-as-before": decided_and_back,
    "what-took-it-out-is-told": decided_and_forgotten,
    "a-thread-goes-on": talked,
    "a-body-is-read-again": body_changed,
    "who-gets-mail-is-read-again": people_changed,
    "a-lock-comes-and-goes": locked,
}


async def snapshot(people: People, numbers: list[int] | None = None) -> Answer:
    """What the page would read now: the list, these rows, or else those of the list, and ticket 1."""
    open_ticket = people.tickets["Card lost"].number
    if numbers is None:
        query = "query($filter: TicketFilter) { queue(filter: $filter) { numbers } }"
        numbers = (await people.ann.asks(query, filter=UNDECIDED)).queue.numbers
    return await people.ann.asks(SNAPSHOT, filter=UNDECIDED, numbers=numbers, open=open_ticket)


def opened(read: Answer, number: int) -> dict[str, Any]:
    messages, events = ([edge.node for edge in read.ticket[name].edges] for name in ("messages", "events"))
    return {
        "number": number,
        "body": read.ticket.body,
        "extra": read.ticket.extra,
        "mail": read.ticket.mail,
        "participants": read.ticket.participants,
        "outgoing": [],
        "behind": [],
        "messages": messages,
        "events": events,
    }


async def made(people: People, meanwhile: Step) -> dict[str, Any]:
    """A case as the desk tells it."""
    await two(people)
    number = people.tickets["Card lost"].number
    before = await snapshot(people)
    await meanwhile(people)
    events = []
    async with people.ann.follows(after=before.queue.asOf, selection=CHANGE) as stream:
        while not events or events[-1].cursor != await people.ann.as_of():
            events.append(await stream.next())
    order = before.queue.numbers
    known = sorted({*order, *(event.ticket.number for event in events)}, reverse=True)
    after = await snapshot(people, known)
    now = after.queue.numbers
    changed = {name for event in events if event.ticket.number == number for name in event.changed}
    stale, behind = bool({"body", "extra"} & changed), sorted({"participants"} & changed)
    as_before = [*(("body", "extra") if stale else ()), *behind]  # until they are read again
    shown = opened(before, number)
    reread = opened(after, number) | {"stale": stale, "behind": behind} | {name: shown[name] for name in as_before}
    return canonical(
        {
            "filter": UNDECIDED,
            "before": {
                "rows": before.ticketsByNumber,
                "order": order,
                "total": before.queue.total,
                "open": opened(before, number) | {"stale": False},
            },
            "events": events,
            "after": {
                "rows": after.ticketsByNumber,
                "order": order,
                "fresh": [each for each in now if each not in order],
                "gone": [[each, why(events, each)] for each in order if each not in now],
                "open": reread,
            },
        }
    )


def why(events: list[Answer], number: int) -> dict[str, str]:
    """What took a ticket out of the list."""
    event = next(e for e in events if e.ticket.number == number and e.ticket.status not in UNDECIDED["status"])
    return {"kind": event.kind, "actor": event.actor}


def canonical(case: dict[str, Any]) -> dict[str, Any]:
    """The same with names for what is another each time: ids and cursors by their first mention, instants as one."""
    names: dict[str, str] = {}

    def named(key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: named(name, each) for name, each in value.items()}
        if isinstance(value, list):
            return [named(key, each) for each in value]
        if key in INSTANTS and value:
            return AN_INSTANT
        if key in {"id", "ticketId", "cursor"} and value:
            return names.setdefault(value, f"{'cursor' if key == 'cursor' else 'id'}-{len(names) + 1}")
        return value

    result: dict[str, Any] = named("", case)
    return result


@pytest.mark.parametrize("name", CASES)
async def test_a_case_of_the_law_is_what_the_desk_tells(desk: Desk, name: str) -> None:
    people = People(desk, *await desk.agents("ann", "bob"), await desk.partner())
    case, file = await made(people, CASES[name]), LAW / f"{name}.json"
    if os.environ.get("LAW") == "write":
        file.write_text(json.dumps(case, indent=1) + "\n")
    assert case == json.loads(file.read_text())


def test_every_file_of_the_law_is_a_case() -> None:
    assert {file.stem for file in LAW.glob("*.json")} == set(CASES)
