"""Editing a ticket: what is given changes, what is the same leaves no trace."""

from __future__ import annotations

from models.account import Account
from models.ticket import Ticket
from tests.support.desk import Answer, Desk


async def test_a_field_left_out_stays_as_it_is(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1", subject="Card lost", body="On the bus.", tags=["card"], extra={"a": 1})
    changed = await ann.updates(ticket, given={"priority": "URGENT"})
    assert changed == ticket | {"priority": "URGENT", "version": 2, "revision": 2, "updatedAt": changed.updatedAt}


async def test_every_field_given_is_taken_in_one_version_and_one_event(desk: Desk) -> None:
    ann, _ = await desk.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1", extra={"old": 1})
    given = {"subject": "s", "body": "b", "priority": "LOW", "assignee": "bob", "tags": ["t"], "extra": {"new": 2}}
    changed = await ann.updates(ticket, given=given)
    assert {name: changed[name] for name in given} == given
    assert (changed.version, changed.revision) == (2, 2)
    event = (await ann.history(ticket))[-1]
    assert (event.kind, event.ticket) == ("UPDATED", changed)
    assert (
        set(given) | {"version", "revision"} <= set(event.changed) <= set(given) | {"version", "revision", "updatedAt"}
    )


SAME = {
    "nothing": {},
    "subject": {"subject": "Card lost"},
    "body": {"body": "On the bus."},
    "priority": {"priority": "NORMAL"},
    "assignee": {"assignee": None},
    "tags": {"tags": [" card ", "bus", "card"]},
    "extra": {"extra": {"zz": 1, "a": [1, 2.5, {"bb": None, "a": True}]}},
    "extra in another order": {"extra": {"a": [1, 2.5, {"a": True, "bb": None}], "zz": 1}},
    "all": {"subject": "Card lost", "body": "On the bus.", "priority": "NORMAL", "tags": ["card", "bus"]},
}


async def test_an_update_that_changes_nothing_makes_no_event_and_no_version(desk: Desk) -> None:
    ann = await desk.agent()
    extra = {"zz": 1, "a": [1, 2.5, {"bb": None, "a": True}]}
    ticket = await ann.creates(userId="u-1", body="On the bus.", tags=["card", "bus"], extra=extra)
    before = await ann.as_of()
    traces = {name: (await ann.updates(ticket, given=given)).version for name, given in SAME.items()}
    assert traces == dict.fromkeys(SAME, 1)
    assert await ann.reads(ticket) == ticket
    assert await ann.as_of() == before


async def test_large_numbers_in_extra_that_stay_the_same_are_no_change(desk: Desk) -> None:
    ann = await desk.agent()
    extra = {"n": [1e16, 1e20, 1.5e300, 100.0, 2**53]}
    ticket = await ann.creates(userId="u-1", extra=extra)
    assert (await ann.updates(ticket, given={"extra": extra})).version == 1


async def test_true_and_one_are_not_the_same(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1", extra={"signed": 1})
    changed = await ann.updates(ticket, given={"extra": {"signed": True}})
    assert (changed.version, changed.extra["signed"] is True) == (2, True)


async def test_extra_is_replaced_whole(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1", extra={"a": 1, "b": {"c": 2}})
    assert (await ann.updates(ticket, given={"extra": {"b": {}}})).extra == {"b": {}}


async def test_null_unassigns_and_is_refused_for_every_other_field(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    await ann.updates(ticket, given={"assignee": "ann"})
    assert (await ann.updates(ticket, given={"assignee": None})).assignee is None
    for name in ("subject", "body", "priority", "tags", "extra"):
        refused = await ann.updates(ticket, given={name: None})
        assert (refused["__typename"], refused.field) == ("InvalidInput", name)


async def test_the_assignee_is_an_active_agent_or_admin(desk: Desk) -> None:
    ann, _ = await desk.agents("ann", "bob")
    await desk.admin("ada")
    await desk.customer("carla")
    await desk.partner("bank")
    ticket = await ann.creates(userId="u-1")
    for name in ("bob", "ada", "ann"):
        assert (await ann.updates(ticket, given={"assignee": name})).assignee == name
    await Account.filter(name="bob").update(active=False)
    for name in ("bob", "carla", "bank", "nobody", "", "system", "Ann", "ann ", "an agent", "a" * 101):
        refused = await ann.updates(ticket, given={"assignee": name})
        assert (refused["__typename"], refused.field) == ("InvalidInput", "assignee"), name


async def test_a_ticket_is_edited_in_every_status(desk: Desk) -> None:
    ann = await desk.agent()
    ways = {"PROCESSING": ann.starts, "APPROVED": ann.approves, "REJECTED": ann.rejects, "CLOSED": ann.closes}
    for status, way in ways.items():
        before = await way(await ann.creates(userId="u-1"))
        after = await ann.updates(before, given={"subject": "Corrected"})
        assert (after.status, after.subject, after.decision) == (status, "Corrected", before.decision)
        assert after.version == before.version + 1


async def test_a_stale_version_is_told_with_the_ticket_as_it_is(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1")
    current = await bob.updates(ticket, given={"subject": "Bob was first"})
    stale = await ann.updates(ticket, given={"subject": "Ann was late"}, expectedVersion=ticket.version)
    assert (stale["__typename"], stale.ticket) == ("VersionConflict", current)
    ahead = await ann.updates(ticket, given={"subject": "Ann"}, expectedVersion=current.version + 1)
    assert ahead["__typename"] == "VersionConflict"
    fresh = await ann.updates(ticket, given={"subject": "Ann looked"}, expectedVersion=current.version)
    assert fresh.subject == "Ann looked"


async def test_even_an_update_that_changes_nothing_expects_its_version(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    stale = await ann.updates(ticket, given={}, expectedVersion=7)
    assert stale["__typename"] == "VersionConflict"


async def test_updated_at_moves_with_the_version_and_with_messages_but_not_with_locks_or_notes(desk: Desk) -> None:
    ann, carla = await desk.agent(), await desk.customer()
    ticket = await ann.creates(userId="u-1")

    async def moved(act: object) -> bool:
        await Ticket.filter(id=ticket.id).update(updated_at_ms=1_000)
        await act  # type: ignore[misc]
        now = await ann.reads(ticket)
        assert isinstance(now, Answer)
        return bool(now.updatedAt != "1970-01-01T00:00:01.000Z")

    assert not await moved(ann.locks(ticket))
    assert not await moved(ann.unlocks(ticket))
    assert not await moved(ann.notes(ticket))
    assert not await moved(ann.updates(ticket, given={"subject": "Card lost"}))
    assert await moved(ann.updates(ticket, given={"subject": "Card found"}))
    assert await moved(carla.replies(ticket))
    assert await moved(ann.replies(ticket))
    assert await moved(ann.closes(ticket))
