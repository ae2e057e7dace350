"""Every field and every mutation of the schema, asked as every role, of their own ticket and of somebody else's.

A field that no row below knows fails: whoever adds one says here who may have it.
"""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type

from desk.demo import REASONS
from desk.settings import Settings
from models.account import Role
from models.mail import Participant, SeenMail
from models.outgoing import OutgoingMail, State
from schema import schema
from tests.support.desk import ACCESS, MUTATIONS, OF_MAIL, Answer, Browser, Desk, Errors, Person
from tests.support.mail import began_by_mail, dead_letter, went_out, with_mail

TYPES = {
    name: kind
    for name, kind in schema._schema.type_map.items()
    if isinstance(kind, GraphQLObjectType) and not name.startswith("__")
}
EVERYBODY, STAFF = {*Role}, {Role.AGENT, Role.ADMIN}
ADMIN, CUSTOMER, PARTNER = {Role.ADMIN}, {Role.CUSTOMER}, {Role.PARTNER}

# ---------------------------------------------------------------- the table


def each(names: str) -> set[str]:
    return set(names.split())


SEEN: dict[str, set[str]] = {
    "Ticket": each(
        "id number userId subject body status priority tags source awaitingReply version revision createdAt updatedAt"
        " extra assignee lock decision events messages mail html participants acknowledgement"
    ),
    "Lock": {"holder", "expiresAt"},
    "Decision": {"outcome", "decidedBy", "decidedAt", "reason"},
    "TicketEvent": each("kind ticketId at cursor ticket message actor changed reason"),
    "TicketEventConnection": {"edges", "pageInfo"},
    "TicketEventEdge": {"cursor", "node"},
    "Message": each("id ticketId kind text html createdAt delivery author mail attachments deliveries"),
    "Mail": each("automatic unconfirmed text unread receivedAt wholeUrl from rawUrl spf dkim dmarc attachments"),
    "MailAddress": {"address", "name"},
    "Participant": {"address", "name", "requester", "confirmed"},
    "Attachment": each("id name contentType size inline url"),
    "DeadLetter": each("id mailbox key size retrying at reason rawUrl"),
    "DeadLetterConnection": {"edges", "pageInfo"},
    "DeadLetterEdge": {"cursor", "node"},
    "OutgoingMail": each("id ticketId messageId recipient mailId attempts createdAt delivery nextTryAt steps rawUrl"),
    "OutgoingMailConnection": {"edges", "pageInfo"},
    "OutgoingMailEdge": {"cursor", "node"},
    "DeliveryStep": {"at", "delivery", "words"},
    "MailSetting": {"name", "value"},
    "MailFinding": {"what", "words", "works"},
    "MessageConnection": {"edges", "pageInfo"},
    "MessageEdge": {"cursor", "node"},
    "PageInfo": {"startCursor", "endCursor", "hasNextPage", "hasPreviousPage"},
    "TicketConnection": {"edges", "pageInfo", "asOf"},
    "TicketEdge": {"cursor", "node"},
    "Queue": {"numbers", "total", "asOf"},
    "Missed": {"events", "upTo"},
    "Presence": {"here"},
    "Present": {"name", "typing", "asksToRelease"},
    "Viewer": {"name", "role", "userId", "hasPassword"},
    "ReasonTemplate": {"title", "text"},
    "Figures": each(
        "asOf open processing urgent unassigned urgentUnassigned longest longestUnassigned waited approved rejected"
        " hours agents"
    ),
    "Waiting": {"number", "since"},
    "Waited": {"seconds", "tickets"},
    "Hour": {"begins", "cameIn", "decided"},
    "AgentFigures": each("name inHand approved rejected editing"),
    "Account": each("name role userId active hasPassword createdAt"),
    "AccountConnection": {"edges", "pageInfo"},
    "AccountEdge": {"cursor", "node"},
    "Token": each("id name account role userId createdAt expiresAt lastUsedAt"),
    "TokenGrant": {"token", "secret"},
    "SignInCode": {"code", "expiresAt"},
    "SignedIn": {"viewer", "expiresAt"},
    "SignInRefused": {"message"},
    "AuditEvent": each("kind account actor role address token at"),
    "AuditEventConnection": {"edges", "pageInfo"},
    "AuditEventEdge": {"cursor", "node"},
    "LockGrant": {"ticket", "token", "expiresAt"},
    "NotFound": {"message"},
    "InvalidInput": {"message", "field"},
    "TicketLocked": {"message", "lock"},
    "LockLost": {"message"},
    "VersionConflict": {"message", "ticket"},
    "InvalidTransition": {"message", "from", "to"},
    "IdempotencyConflict": {"message"},
    "Unseen": {"message", "events"},
}
"""What whoever gets the object sees of it: everything, but for HIDDEN and NAMES."""
HIDDEN = {"TicketEvent.reason", "MailAddress.address", "Mail.rawUrl", "Participant.address", "OutgoingMail.recipient"}
"""Null to all but the staff."""
NAMES = {"Ticket.assignee", "Lock.holder", "Decision.decidedBy", "TicketEvent.actor", "Message.author"}
"""Where customers read "an agent" for the name of another account."""

QUERIES: dict[str, tuple[str, dict[str, set[Role]]]] = {
    "viewer": ("viewer { name }", {"own": EVERYBODY, "other": EVERYBODY}),
    "asOf": ("asOf", {"own": EVERYBODY, "other": EVERYBODY}),
    "ticket": ("ticket(id: $id) { id }", {"own": EVERYBODY, "other": EVERYBODY - CUSTOMER}),
    "tickets": (
        "tickets(filter: {userId: $user}) { edges { node { id } } }",
        {"own": EVERYBODY, "other": EVERYBODY - CUSTOMER},
    ),
    "queue": ("queue(filter: {userId: $user}) { numbers }", {"own": EVERYBODY, "other": EVERYBODY - CUSTOMER}),
    "ticketsByNumber": ("ticketsByNumber(numbers: [$number]) { id }", {"own": EVERYBODY - PARTNER, "other": STAFF}),
    "latestApprovedTicket": (
        "latestApprovedTicket(userId: $user) { id }",
        {"own": EVERYBODY, "other": EVERYBODY - CUSTOMER},
    ),
    "latestApprovedTickets": (
        "latestApprovedTickets(userIds: [$user]) { id }",
        {"own": EVERYBODY, "other": EVERYBODY - CUSTOMER},
    ),
    "counts": ("counts(filters: [{userId: $user}])", {"own": EVERYBODY, "other": EVERYBODY - CUSTOMER}),
    "figures": ("figures(since: $today) { agents { name } }", {"own": STAFF, "other": STAFF}),
    "assignees": ("assignees", {"own": STAFF, "other": STAFF}),
    "reasonTemplates": ("reasonTemplates { title }", {"own": STAFF, "other": STAFF}),
    "deadLetters": ("deadLetters { edges { node { id } } }", {"own": STAFF, "other": STAFF}),
    "outbox": ("outbox { edges { node { id } } }", {"own": STAFF, "other": STAFF}),
    "mailSettings": ("mailSettings { name }", {"own": ADMIN, "other": ADMIN}),
    "missed": ("missed(after: $start) { events }", {"own": EVERYBODY - PARTNER, "other": STAFF}),
    "accounts": ("accounts { edges { node { name } } }", {"own": ADMIN, "other": ADMIN}),
    "account": ("account(name: $name) { name }", {"own": ADMIN, "other": ADMIN}),
    "auditEvents": ("auditEvents(account: $name) { edges { node { kind } } }", {"own": ADMIN, "other": ADMIN}),
    "tokens": ("tokens(account: $name) { id }", {"own": EVERYBODY, "other": ADMIN}),
}
"""How each is asked, and which roles find something that way."""
FEEDS = {
    "ticketEvents": {"own": EVERYBODY, "other": EVERYBODY - CUSTOMER},
    "presence": {"own": EVERYBODY - PARTNER, "other": STAFF},
}
"""Who may follow a ticket, and who is at it."""
WRITES: dict[str, dict[str, set[Role]]] = {
    "createTicket": {"own": EVERYBODY, "other": EVERYBODY - CUSTOMER},
    "reply": {"own": STAFF | CUSTOMER, "other": STAFF},
    **{
        name: {"own": STAFF, "other": STAFF}
        for name in each(
            "updateTicket lockTicket renewLock unlockTicket handOver startProcessing approveTicket rejectTicket"
            " closeTicket reopenTicket addNote"
        )
    },
}
"""Who may do it. `unlockTicket(force: true)` is the admin's, as is handing over by force, asked below."""
SIGNS: dict[str, dict[str, set[Role]]] = {
    "present": {"own": STAFF | CUSTOMER, "other": STAFF},
    "askToRelease": {"own": STAFF, "other": STAFF},
}
"""Who may say what is written nowhere."""
LETTERS: dict[str, set[Role]] = dict.fromkeys(
    ("retryDeadLetter", "addParticipant", "removeParticipant", "settleDelivery"), STAFF
)
"""Who may do it with mail, whosever it is. `checkMail` is the admin's, asked below."""
ACCOUNTS: dict[str, dict[str, set[Role]]] = {
    "signIn": {"own": EVERYBODY, "other": EVERYBODY},
    "setPassword": {"own": EVERYBODY, "other": EVERYBODY},
    "createToken": {"own": EVERYBODY, "other": ADMIN},
    "revokeToken": {"own": EVERYBODY, "other": ADMIN},
    **{
        name: {"own": ADMIN, "other": ADMIN}
        for name in each("createAccount createSignInCode enableAccount disableAccount setRole")
    },
}
"""The same of accounts; a password is always one's own. signOut is everybody's, and answers no more than true."""

# ---------------------------------------------------------------- nothing is forgotten


def test_every_field_of_the_schema_has_a_row() -> None:
    writing = {*WRITES, *SIGNS, *LETTERS, *ACCOUNTS, "checkMail", "signOut"}
    asked = {"Query": set(QUERIES), "Mutation": writing, "Subscription": set(FEEDS)}
    for name, kind in TYPES.items():
        known = SEEN.get(name, asked.get(name))
        assert known is not None, f"say in SEEN who sees what of {name}"
        assert known == kind.fields.keys(), f"say in the table of {name} who may have its new field"
    assert (WRITES.keys() | SIGNS.keys(), ACCOUNTS.keys()) == (MUTATIONS.keys(), ACCESS.keys())
    assert LETTERS.keys() == OF_MAIL.keys()


# ---------------------------------------------------------------- everybody, everywhere


@pytest.fixture
def settings(sqlite_template: Path, tmp_path: Path) -> Settings:
    """The built-in database alone: tests/api/test_roles.py asks both what a role sees."""
    shutil.copytree(sqlite_template, tmp_path / "data")
    return with_mail(Settings(data=tmp_path / "data", reason_templates=REASONS))


async def somebody(desk: Desk, role: Role) -> Person:
    who: dict[Role, Callable[[], Awaitable[Person]]] = {
        Role.CUSTOMER: lambda: desk.customer("carla", "u-1"),
        Role.AGENT: lambda: desk.agent("bob"),
        Role.PARTNER: desk.partner,
        Role.ADMIN: desk.admin,
    }
    return await who[role]()


async def case(desk: Desk, user: str) -> Answer:
    """A ticket of a user with a message, a note, a decision that stands, a history with a forced unlock, and a mail."""
    ann, ada = await desk.agent("ann"), await desk.admin()
    ticket = await ann.creates(userId=user, subject="A case")
    await ann.replies(ticket)
    await ann.notes(ticket)
    await ann.locks(ticket)
    await ada.unlocks(ticket, force=True, reason="Gone home.")
    await ann.starts(ticket)
    await ann.approves(ticket, reason="Fine.")
    await ann.locks(ticket)
    await began_by_mail(ticket.id)
    await went_out(ticket.id)
    return ticket


def found(answer: Any) -> bool:
    """Whether an answer has anything in it."""
    if isinstance(answer, dict):
        return any(map(found, answer.values()))
    return any(map(found, answer)) if isinstance(answer, list) else answer not in (None, 0)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("whose", ["own", "other"])
async def test_each_query_finds_what_the_role_may_see_and_nothing_else(desk: Desk, role: Role, whose: str) -> None:
    person, user = await somebody(desk, role), {"own": "u-1", "other": "u-2"}[whose]
    start = await person.as_of()
    await dead_letter()
    ticket = await case(desk, user)
    given = {"id": ticket.id, "user": user, "number": ticket.number, "name": person.name if whose == "own" else "ann"}
    given |= {"today": datetime.now(UTC).strftime("%Y-%m-%dT00:00:00Z"), "start": start}
    types = {"id": "ID", "user": "ID", "number": "Int", "name": "String", "today": "DateTime", "start": "Cursor"}
    for name, (selection, policy) in QUERIES.items():
        used = {key: value for key, value in given.items() if f"${key}" in selection}
        declared = ", ".join(f"${key}: {types[key]}!" for key in used)
        told = (await person.post(f"query{f'({declared})' if used else ''} {{ {selection} }}", used)).json()
        codes = [error["extensions"]["code"] for error in told.get("errors", [])]
        assert codes in ([], ["FORBIDDEN"]), (name, codes)
        assert found(told.get("data")) == (role in policy[whose]), name


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("whose", ["own", "other"])
async def test_each_feed_is_followed_by_those_who_may_see_it(desk: Desk, role: Role, whose: str) -> None:
    person, ann = await somebody(desk, role), await desk.agent("ann")
    start = await ann.as_of()
    ticket = await ann.creates(userId={"own": "u-1", "other": "u-2"}[whose])
    async with person.follows(after=start, ticket_id=ticket.id) as stream:
        if role in FEEDS["ticketEvents"][whose]:
            assert (await stream.next()).ticketId == ticket.id
        else:
            with pytest.raises(Errors) as told:
                await stream.next()
            assert told.value.code == "NOT_FOUND"


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("whose", ["own", "other"])
async def test_who_is_at_a_ticket_is_told_to_those_who_may_see_it(desk: Desk, role: Role, whose: str) -> None:
    person, ann = await somebody(desk, role), await desk.agent("ann")
    ticket = await ann.creates(userId={"own": "u-1", "other": "u-2"}[whose])
    async with person.watches(ticket) as stream:
        if role in FEEDS["presence"][whose]:
            assert await stream.here() == []
        else:
            with pytest.raises(Errors) as told:
                await stream.here()
            assert told.value.code == ("FORBIDDEN" if role is Role.PARTNER else "NOT_FOUND")


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("whose", ["own", "other"])
async def test_each_sign_is_given_by_those_who_may_and_written_nowhere(desk: Desk, role: Role, whose: str) -> None:
    person, ann = await somebody(desk, role), await desk.agent("ann")
    ticket = await ann.creates(userId={"own": "u-1", "other": "u-2"}[whose])
    await ann.locks(ticket)
    before = await ann.as_of()
    for name, policy in SIGNS.items():
        id = {"ticketId" if name == "present" else "id": ticket.id}
        outcome = await person.outcome(name, **id)
        assert (outcome in ("Presence", "Ticket")) == (role in policy[whose]), (name, outcome)
        if role not in policy[whose]:
            assert outcome == ("NotFound" if (name, role) == ("present", Role.CUSTOMER) else "FORBIDDEN")
    here = [each.name for each in (await ann.is_at(ticket)).here]
    assert set(here) == ({"ann", person.name} if role in SIGNS["present"][whose] else {"ann"})
    assert await ann.as_of() == before


@pytest.mark.parametrize("role", Role)
async def test_each_field_of_what_is_seen_is_answered_and_hidden_where_the_table_says_so(
    desk: Desk, role: Role
) -> None:
    person = await somebody(desk, role)
    ticket = await case(desk, "u-1")
    answer = await person.asks(f"query($id: ID!) {{ ticket(id: $id) {{ {everything('Ticket', 3)} }} }}", id=ticket.id)
    shown = Shown()
    shown.enter("Ticket", answer.ticket)
    for name in HIDDEN:
        assert (name in shown.values) == (role in STAFF), name
    for name in NAMES:
        assert shown.values[name] == ({"an agent"} if role is Role.CUSTOMER else shown.values[name] - {"an agent"})
    assert ("NOTE" in shown.values["Message.kind"]) == (role in STAFF)


def everything(name: str, levels: int) -> str:
    """A selection of every field of a type, and so many levels below it."""
    parts = []
    for field, definition in TYPES[name].fields.items():
        inner = get_named_type(definition.type)
        if is_leaf_type(inner):
            parts.append(field)
        elif levels:
            parts.append(f"{field} {{ {everything(inner.name, levels - 1)} }}")
    return " ".join(parts) or "__typename"


class Shown:
    """The values that were shown of each field of each type, null left out."""

    def __init__(self) -> None:
        self.values: dict[str, set[str]] = {}

    def enter(self, name: str, value: Any) -> None:
        for field, shown in value.items():
            if field == "__typename" or shown is None:
                continue
            inner = get_named_type(TYPES[name].fields[field].type)
            for each in shown if isinstance(shown, list) else [shown]:
                if is_leaf_type(inner):
                    self.values.setdefault(f"{name}.{field}", set()).add(str(each))
                else:
                    self.enter(inner.name, each)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("whose", ["own", "other"])
async def test_each_mutation_is_done_for_those_who_may_and_changes_nothing_for_others(
    desk: Desk, role: Role, whose: str
) -> None:
    person, ann, user = await somebody(desk, role), await desk.agent("ann"), {"own": "u-1", "other": "u-2"}[whose]
    for name, policy in WRITES.items():
        ticket = await ann.creates(userId=user)
        if name == "reopenTicket":
            await ann.closes(ticket)
        holds = name in ("renewLock", "unlockTicket", "handOver") and role in STAFF
        token = (await person.locks(ticket)).token if holds else "1"
        before = await ann.as_of()
        outcome = await person.outcome(name, **_asked(name, ticket, user, token))
        may = role in policy[whose]
        assert (outcome in ("Ticket", "Message", "LockGrant")) == may, (name, outcome)
        assert ((await ann.as_of()) != before) == may, name
        if not may:
            hidden = name == "reply" and role is Role.CUSTOMER
            assert outcome == ("NotFound" if hidden else "FORBIDDEN"), name


@pytest.mark.parametrize("role", Role)
async def test_each_mutation_of_mail_is_done_for_those_who_may(desk: Desk, role: Role) -> None:
    person, ticket = await somebody(desk, role), await (await desk.agent("ann")).creates(userId="u-1")
    await began_by_mail(ticket.id)
    letter, mail = await dead_letter(), await went_out(ticket.id, state=State.FAILED)
    asked: dict[str, dict[str, Any]] = {
        "retryDeadLetter": {"id": str(letter.id)},
        "addParticipant": {"ticketId": ticket.id, "address": "new@customer.example"},
        "removeParticipant": {"ticketId": ticket.id, "address": "ann@customer.example"},
        "settleDelivery": {"id": str(mail.id), "arrived": True},
    }
    for name, roles in LETTERS.items():
        done = await person.outcome(name, **asked[name])
        assert (done != "FORBIDDEN") == (role in roles), (name, done)
    check = (await person.post("mutation { checkMail { works } }")).json()
    assert ("errors" in check) == (role is not Role.ADMIN)
    may = role in STAFF
    assert (await SeenMail.get(id=letter.id)).retry == may
    assert (await OutgoingMail.get(id=mail.id)).state is (State.SENT if may else State.FAILED)
    people = {each.address for each in await Participant.filter(ticket_id=ticket.id)}
    assert people == ({"new@customer.example"} if may else {"ann@customer.example"})


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("whose", ["own", "other"])
async def test_each_mutation_of_accounts_is_done_for_those_who_may_and_changes_nothing_for_others(
    desk: Desk, role: Role, whose: str
) -> None:
    person, eve, browser = await somebody(desk, role), await desk.admin("eve"), Browser(desk)
    for name, policy in ACCOUNTS.items():
        account = person.name if whose == "own" else f"max {name}"
        if whose == "other":
            await eve.does("createAccount", name=account, role="AGENT")
        await browser.signs_in(await desk.code(person))
        token = (await eve.does("createToken", name="x", account=account)).token.id
        asked = {
            "signIn": {"secret": person.token},
            "setPassword": {"password": "correct horse battery"},
            "createToken": {"name": "y", "account": account},
            "revokeToken": {"id": token},
            "createAccount": {"name": f"another {account}", "role": "AGENT"},
            "setRole": {"account": account, "role": "PARTNER"},
        }
        before = await eve.as_of()
        outcome = await browser.outcome(name, **asked.get(name, {"account": account}))
        may = role in policy[whose]
        assert (outcome in {"SignedIn", "Account", "TokenGrant", "Token", "SignInCode"}) == may, (name, outcome)
        assert ((await eve.as_of()) != before) == (may and name != "enableAccount"), name
        if not may:
            assert outcome == ("NotFound" if name == "revokeToken" else "FORBIDDEN"), name
        if role is Role.ADMIN:
            await eve.does("enableAccount", account=person.name)
            await eve.does("setRole", account=person.name, role="ADMIN")
    assert await browser.signs_out()


async def test_nobody_has_no_account_to_ask_of_and_signs_in(desk: Desk) -> None:
    stranger, ann = desk.stranger(), await desk.agent("ann")
    for name, given in (
        ("setPassword", {"password": "correct horse battery"}),
        ("createToken", {"name": "x"}),
        ("revokeToken", {"id": "gd_00000000"}),
        ("createAccount", {"name": "x", "role": "ADMIN"}),
        ("setRole", {"account": "ann", "role": "ADMIN"}),
        *((name, {"account": "ann"}) for name in each("createSignInCode enableAccount disableAccount")),
    ):
        assert await stranger.outcome(name, **given) == "UNAUTHENTICATED", name
    for query in ("accounts { edges { cursor } }", 'account(name: "ann") { name }', "tokens { id }"):
        assert await stranger.refused(f"{{ {query} }}") == "UNAUTHENTICATED"
    assert await stranger.refused("{ auditEvents { edges { cursor } } }") == "UNAUTHENTICATED"
    assert await Browser(desk).signs_in(ann.token) == "SignedIn"


@pytest.mark.parametrize("role", Role)
async def test_only_an_admin_frees_or_passes_on_a_lock_by_force(desk: Desk, role: Role) -> None:
    person, ann = await somebody(desk, role), await desk.agent("ann")
    ticket = await ann.creates(userId="u-1")
    await ann.locks(ticket)
    by_force = {"id": ticket.id, "force": True, "reason": "Gone home."}
    for name, more in (("handOver", {"to": "ann"}), ("unlockTicket", {})):
        assert await person.outcome(name, **by_force, **more) == ("Ticket" if role in ADMIN else "FORBIDDEN"), name


def _asked(name: str, ticket: Answer, user: str, token: str) -> dict[str, Any]:
    """Arguments with which the mutation would succeed for an agent."""
    if name == "createTicket":
        return {"input": {"userId": user, "subject": "New"}}
    given: dict[str, Any] = {"ticketId" if name in ("reply", "addNote") else "id": ticket.id}
    more: dict[str, dict[str, Any]] = {
        "updateTicket": {"input": {"subject": "Changed"}},
        "renewLock": {"token": token},
        "handOver": {"to": "ann", "token": token} if token != "1" else {"to": "ann"},
        "rejectTicket": {"reason": "No."},
        "reply": {"text": "Hello."},
        "addNote": {"text": "Hm."},
    }
    return given | more.get(name, {})
