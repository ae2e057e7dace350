"""Starting, approving, rejecting, closing and reopening; and the latest approved ticket of a user."""

from __future__ import annotations

from models.decision import Decision, UserTicket
from tests.support.desk import TICKET, Answer, Desk, Person

VERBS = {
    "startProcessing": "PROCESSING",
    "approveTicket": "APPROVED",
    "rejectTicket": "REJECTED",
    "closeTicket": "CLOSED",
}
MAY_BECOME = {
    "OPEN": {"PROCESSING", "APPROVED", "REJECTED", "CLOSED"},
    "PROCESSING": {"APPROVED", "REJECTED", "CLOSED"},
}
PATHS: dict[str, list[list[str]]] = {
    "OPEN": [[], ["closeTicket", "reopenTicket"]],
    "PROCESSING": [["startProcessing"], ["startProcessing", "approveTicket", "reopenTicket"]],
    "APPROVED": [["approveTicket"], ["startProcessing", "approveTicket"]],
    "REJECTED": [["rejectTicket"], ["startProcessing", "rejectTicket"]],
    "CLOSED": [["closeTicket"], ["startProcessing", "closeTicket"]],
}
"""Ways to each status."""


async def goes(person: Person, ticket: Answer, verb: str) -> Answer:
    return await person.does(verb, id=ticket.id, **({"reason": "No."} if verb == "rejectTicket" else {}))


async def brought(person: Person, path: list[str], **given: object) -> Answer:
    ticket = await person.creates(**{"userId": "u-1"} | given)
    for verb in path:
        ticket = await goes(person, ticket, verb)
    return ticket


async def test_a_ticket_goes_where_its_life_allows_and_nowhere_else(desk: Desk) -> None:
    ann = await desk.agent()
    for status, paths in PATHS.items():
        for path in paths:
            for verb, target in VERBS.items():
                ticket = await brought(ann, path)
                assert ticket.status == status
                after = await goes(ann, ticket, verb)
                if target in MAY_BECOME.get(status, set()):
                    assert (after.status, after.version) == (target, ticket.version + 1)
                else:
                    assert (after["__typename"], after["from"], after.to) == ("InvalidTransition", status, target)
                    assert await ann.reads(ticket) == ticket


async def test_reopening_returns_a_ticket_to_where_it_was_before(desk: Desk) -> None:
    ann = await desk.agent()
    for before in ("OPEN", "PROCESSING"):
        for verb in ("approveTicket", "rejectTicket", "closeTicket"):
            ticket = await brought(ann, [*PATHS[before][0], verb])
            reopened = await ann.reopens(ticket)
            assert (reopened.status, reopened.decision, reopened.version) == (before, None, ticket.version + 1)
            refused = await ann.reopens(ticket)
            assert (refused["__typename"], refused["from"], refused.to) == ("InvalidTransition", before, "OPEN")


async def test_starting_takes_a_ticket_that_nobody_has(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    free = await ann.creates(userId="u-1")
    assert (await bob.starts(free)).assignee == "bob"
    assert {"status", "assignee"} <= set((await ann.history(free))[-1].changed)
    taken = await ann.creates(userId="u-1")
    await ann.updates(taken, given={"assignee": "ann"})
    assert (await bob.starts(taken)).assignee == "ann"


async def test_a_decision_says_who_when_and_why(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    approved = await bob.approves(await ann.creates(userId="u-1"), reason="All papers are there.")
    event = (await ann.history(approved))[-1]
    expected = {"outcome": "APPROVED", "decidedBy": "bob", "decidedAt": event.at, "reason": "All papers are there."}
    assert approved.decision == expected
    assert {"status", "decision", "awaitingReply", "version"} <= set(event.changed)
    for given in ({}, {"reason": None}, {"reason": "  "}):
        assert (await ann.approves(await ann.creates(userId="u-1"), **given)).decision.reason is None


async def test_a_rejection_needs_a_reason(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    for blank in ("", " \t\n"):
        refused = await ann.rejects(ticket, reason=blank)
        assert (refused["__typename"], refused.field) == ("InvalidInput", "reason")
    rejected = await ann.rejects(ticket, reason="The photo is blurred.")
    assert (rejected.decision.outcome, rejected.decision.reason) == ("REJECTED", "The photo is blurred.")


async def test_closing_is_no_decision(desk: Desk) -> None:
    ann = await desk.agent()
    closed = await ann.closes(await ann.creates(userId="u-1"))
    assert (closed.status, closed.decision, closed.awaitingReply) == ("CLOSED", None, False)


async def test_a_stale_version_stops_decisions_and_reopening(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    current = await ann.updates(ticket, given={"subject": "s"})
    for verb in ("approveTicket", "rejectTicket", "reopenTicket"):
        given = {"reason": "No."} if verb == "rejectTicket" else {}
        refused = await ann.does(verb, id=ticket.id, expectedVersion=1, **given)
        assert (refused["__typename"], refused.ticket) == ("VersionConflict", current)
    assert (await ann.approves(ticket, expectedVersion=2)).status == "APPROVED"


# ---------------------------------------------------------------- the latest approved ticket


async def latest(person: Person, user_id: str = "u-1") -> str | None:
    query = f"query($u: ID!) {{ latestApprovedTicket(userId: $u) {{ {TICKET} }} }}"
    ticket = (await person.asks(query, u=user_id)).latestApprovedTicket
    return ticket and str(ticket.subject)


async def test_the_latest_approved_ticket_is_the_latest_by_decision(desk: Desk) -> None:
    ann = await desk.agent()
    a, b, c = [await ann.creates(userId="u-1", subject=subject) for subject in "abc"]
    assert await latest(ann) is None
    seen = []
    for change in (ann.approves(b), ann.approves(a), ann.rejects(c), ann.updates(b, given={"body": "Edited since."})):
        await change
        seen.append(await latest(ann))
    assert seen == ["b", "a", "a", "a"]
    assert await latest(ann, "u-2") is None


async def test_a_reopening_withdraws_the_decision_and_shows_the_approved_one_before(desk: Desk) -> None:
    ann = await desk.agent()
    a, b, c = [await brought(ann, ["approveTicket"], subject=subject) for subject in "abc"]
    seen = []
    for change in (ann.reopens(b), ann.reopens(c), ann.approves(b), ann.reopens(a), ann.reopens(b), ann.rejects(b)):
        await change
        seen.append(await latest(ann))
    assert seen == ["c", "a", "b", "b", None, None]
    assert await UserTicket.get_or_none(user_id="u-1") is None
    kept = (
        await Decision.filter(user_id="u-1").order_by("decided_at_ms", "id").values_list("outcome", "withdrawn_at_ms")
    )
    outcomes, withdrawn = zip(*kept, strict=True)
    assert [*map(str, outcomes)] == ["APPROVED", "APPROVED", "APPROVED", "APPROVED", "REJECTED"]
    assert [at is not None for at in withdrawn] == [True, True, True, True, False]


async def test_user_tickets_keeps_the_extra_of_the_approval(desk: Desk) -> None:
    ann = await desk.agent()
    form = {"zz": "passport", "a": [1, {"nested": True}]}
    a = await brought(ann, ["approveTicket"], subject="a", extra=form)
    await ann.updates(a, given={"extra": {"edited": "after"}})
    row = await UserTicket.get(user_id="u-1")
    assert (str(row.ticket_id), row.extra) == (a.id, form)
    assert row.created_at_ms == row.updated_at_ms
    b = await brought(ann, ["approveTicket"], subject="b", extra={"form": 2})
    row = await UserTicket.get(user_id="u-1")
    assert (str(row.ticket_id), row.extra) == (b.id, {"form": 2})
    await ann.reopens(b)
    row = await UserTicket.get(user_id="u-1")
    assert (str(row.ticket_id), row.extra) == (a.id, form)


async def test_approving_again_takes_the_extra_of_that_moment(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await brought(ann, ["approveTicket"], extra={"form": 1})
    await ann.reopens(ticket)
    await ann.updates(ticket, given={"extra": {"form": 2}})
    await ann.approves(ticket)
    assert (await UserTicket.get(user_id="u-1")).extra == {"form": 2}


async def test_the_latest_of_many_users_come_in_the_order_asked(desk: Desk) -> None:
    ann = await desk.agent()
    for user in ("u-1", "u-2"):
        await brought(ann, ["approveTicket"], userId=user, subject=f"of {user}")
    query = "query($u: [ID!]!) { latestApprovedTickets(userIds: $u) { subject } }"
    found = (await ann.asks(query, u=["u-2", "none", "u-1", "u-2"])).latestApprovedTickets
    assert [ticket and ticket.subject for ticket in found] == ["of u-2", None, "of u-1", "of u-2"]
    assert (await ann.asks(query, u=[])).latestApprovedTickets == []
    assert len((await ann.asks(query, u=["u-1"] * 100)).latestApprovedTickets) == 100
    assert await ann.refused(query, u=["u-1"] * 101) == "BAD_USER_INPUT"


async def test_customers_see_the_latest_approved_of_their_own_only(desk: Desk) -> None:
    ann, carla = await desk.agent(), await desk.customer("carla", "u-1")
    for user in ("u-1", "u-2"):
        await brought(ann, ["approveTicket"], userId=user, subject=f"of {user}")
    assert (await latest(carla), await latest(carla, "u-2")) == ("of u-1", None)
    assert await latest(await desk.partner(), "u-2") == "of u-2"
