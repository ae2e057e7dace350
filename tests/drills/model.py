"""A desk of plain Python, written from the rules of a ticket. It answers with a ticket, grant or message as the staff
sees it, or with the name of the refusal; what happened to a ticket is its story; `passes` moves the clock."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

Thing = dict[str, Any]
STAFF = {"AGENT", "ADMIN"}
MAY_ALSO = {"CUSTOMER": {"createTicket", "reply"}, "PARTNER": {"createTicket"}}
NAMES = {"actor", "assignee", "author", "decidedBy", "lock"}
LEASE_ONLY = {"LOCKED", "LOCK_RENEWED", "UNLOCKED", "LOCK_EXPIRED"}
UNCOUNTED = {"lock", "awaitingReply"}
LIVING, OVER = {"OPEN", "PROCESSING"}, {"APPROVED", "REJECTED", "CLOSED"}
DECIDED = {"approveTicket": (LIVING, "APPROVED"), "rejectTicket": (LIVING, "REJECTED")}
LIFE = {"startProcessing": ({"OPEN"}, "PROCESSING"), "closeTicket": (LIVING, "CLOSED"), "reopenTicket": (OVER, "OPEN")}
MOVES = DECIDED | LIFE


@dataclass
class Ticket:
    view: Thing
    before: str = "OPEN"
    token: int = 0
    ends: int = 0
    story: list[Thing] = field(default_factory=list)

    def happened(self, kind: str, actor: str, message: Thing | None = None, **changes: Any) -> None:
        """Every event but of a note is a revision, and what is the ticket's own makes a version."""
        self.view["version"] += any(self.view[name] != changes[name] for name in changes.keys() - UNCOUNTED)
        self.view["revision"] += message is None or message["kind"] != "NOTE"
        self.view |= changes
        self.story.append({"kind": kind, "actor": actor, "message": message, "ticket": deepcopy(self.view)})


class Model:
    def __init__(self, people: dict[str, tuple[str, str | None]]) -> None:
        self.people, self.now = people, 0
        self.tickets: list[Ticket] = []
        self.approvals: list[Ticket] = []
        self.under: dict[tuple[str, str | None], tuple[object, Thing]] = {}

    def does(self, who: str, mutation: str, n: int | None, given: Thing, key: str | None = None) -> Thing | str:
        if refusal := self._forbidden(who, mutation, given) or self._invalid(mutation, given):
            return refusal
        if n is not None and not self.sees(who, self.tickets[n]):
            return "NotFound"
        if key is not None and (who, key) in self.under:
            first, outcome = self.under[who, key]
            return deepcopy(outcome) if first == (mutation, n, given) else "IdempotencyConflict"
        ticket = Ticket(self._new(who, **given["input"])) if n is None else self.tickets[n]
        if refusal := self._refused(who, mutation, ticket, given):
            return refusal
        outcome = deepcopy(self._done(who, mutation, ticket, given))
        self.under[who, key] = (mutation, n, deepcopy(given)), outcome
        return deepcopy(outcome)

    def passes(self, seconds: int) -> None:
        self.now += seconds
        for ticket in self.tickets:
            if ticket.view["lock"] and ticket.ends <= self.now:
                ticket.happened("LOCK_EXPIRED", "system", lock=None)

    def sees(self, who: str, ticket: Ticket, event: Thing | None = None) -> bool:
        role, user = self.people[who]
        note = event is not None and event["message"] is not None and event["message"]["kind"] == "NOTE"
        return (role != "CUSTOMER" or ticket.view["userId"] == user) and (role in STAFF or not note)

    def told(self, who: str, thing: Thing) -> Thing:
        if self.people[who][0] != "CUSTOMER":
            return thing
        hidden = self.people.keys() - {who}
        masked = {name: "an agent" for name in NAMES & thing.keys() if thing[name] in hidden}
        return {name: self.told(who, of) if isinstance(of, dict) else of for name, of in thing.items()} | masked

    def latest_approved(self, who: str, user: str) -> Thing | None:
        theirs = (each for each in reversed(self.approvals) if each.view["userId"] == user and self.sees(who, each))
        return next((self.told(who, each.view) for each in theirs), None)

    def _forbidden(self, who: str, mutation: str, given: Thing) -> str | None:
        role, user = self.people[who]
        beyond = role not in STAFF and mutation not in MAY_ALSO[role]
        not_theirs = role == "CUSTOMER" and given.get("input", {}).get("userId", user) != user
        return "FORBIDDEN" if beyond or not_theirs or (given.get("force") and role != "ADMIN") else None

    def _invalid(self, mutation: str, given: Thing) -> str | None:
        fields, why = given.get("input", {}), mutation == "rejectTicket" or given.get("force")
        told = [fields.get("subject", "x"), given.get("text", "x"), given["reason"] if why else "x"]
        nobody = fields.get("assignee") and self.people.get(fields["assignee"], ("",))[0] not in STAFF
        return "InvalidInput" if nobody or not all(map(str.strip, told)) else None

    def _refused(self, who: str, mutation: str, ticket: Ticket, given: Thing) -> str | None:
        holder, token, view = ticket.view["lock"], given.get("lockToken", given.get("token")), ticket.view
        if mutation != "addNote" and self.people[who][0] in STAFF:
            if token is not None and (holder is None or token != ticket.token):
                return "LockLost"
            if holder not in (None, who) and not given.get("force"):
                return "TicketLocked"
        if given.get("expectedVersion", view["version"]) != view["version"]:
            return "VersionConflict"
        missed = [event for event in ticket.story[given.get("basedOn", 1_000) :] if event["kind"] not in LEASE_ONLY]
        if any(event["actor"] != who and self.sees(who, ticket, event) for event in missed):
            return "Unseen"
        return "InvalidTransition" if view["status"] not in MOVES.get(mutation, (LIVING | OVER, ""))[0] else None

    def _new(self, who: str, subject: str, userId: str | None = None, **given: Any) -> Thing:  # noqa: N803
        default = {"body": "", "priority": "NORMAL", "tags": [], "extra": {}, "source": "API", "awaitingReply": True}
        kept = {"status": "OPEN", "assignee": None, "lock": None, "decision": None, "version": 1, "revision": 0}
        return default | kept | {"subject": subject, "userId": userId or self.people[who][1]} | given

    def _done(self, who: str, mutation: str, ticket: Ticket, given: Thing) -> Thing:
        view, status = ticket.view, MOVES.get(mutation, ((), None))[1]
        if mutation in ("reply", "addNote"):
            return self._says(who, mutation, ticket, given["text"])
        if mutation in ("lockTicket", "renewLock"):
            ticket.token += mutation == "lockTicket"
            ticket.ends = self.now + given["leaseSeconds"]
            ticket.happened("LOCKED" if mutation == "lockTicket" else "LOCK_RENEWED", who, lock=who)
            return {"token": ticket.token, "ticket": view}
        if mutation == "createTicket":
            self.tickets.append(ticket)
            ticket.happened("CREATED", who)
        elif mutation == "updateTicket" and view | given["input"] != view:
            ticket.happened("UPDATED", who, **given["input"])
        elif mutation == "unlockTicket" and view["lock"]:
            ticket.happened("UNLOCKED", who, lock=None)
        elif status == "PROCESSING":
            ticket.happened("PROCESSING_STARTED", who, status=status, assignee=view["assignee"] or who)
        elif status == "OPEN":
            self.approvals = [each for each in self.approvals if each is not ticket]
            ticket.happened("REOPENED", who, status=ticket.before, decision=None)
        elif status is not None:
            ticket.before = view["status"]
            self.approvals += [ticket] * (status == "APPROVED")
            why = given.get("reason", "").strip() and given["reason"]
            by = {"outcome": status, "decidedBy": who, "reason": why or None}
            decision = by if mutation in DECIDED else None
            ticket.happened(status, who, status=status, decision=decision, awaitingReply=False, lock=None)
        return view

    def _says(self, who: str, mutation: str, ticket: Ticket, text: str) -> Thing:
        kind = "NOTE" if mutation == "addNote" else "REPLY" if self.people[who][0] in STAFF else "INCOMING"
        message = {"kind": kind, "author": who, "text": text}
        awaits = {"INCOMING": True, "REPLY": False, "NOTE": ticket.view["awaitingReply"]}[kind]
        ticket.happened("MESSAGE_ADDED", who, message, awaitingReply=awaits)
        if kind == "INCOMING" and ticket.view["status"] == "CLOSED":
            self._done(who, "reopenTicket", ticket, {})
        return message
