"""A real desk on a real port, and people who use it by its front door."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from uuid_utils.compat import uuid7
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from desk.app import Broadcasting, create_app
from desk.clock import wall_clock_ms
from desk.serving import configured
from desk.settings import Settings
from models.account import Role
from models.work import System, World
from resolvers import sessions, tokens
from tests.support.brisk import Server

GUARD_S = 60.0
"""Only against hanging: no test waits for a clock, and a machine may have a tenth of itself for a while."""

SESSION = "guichet_session"
"""The cookie's name."""

TICKET = """
  __typename id number userId subject body status priority assignee tags extra source awaitingReply version revision
  lock { holder expiresAt } decision { outcome decidedBy decidedAt reason } createdAt updatedAt
"""
EVENT = f"cursor kind ticketId actor at changed ticket {{ {TICKET} }} message {{ id kind author text }}"
PROBLEM = (
    "... on Problem { message } ... on InvalidInput { field } ... on TicketLocked { held: lock { holder expiresAt } }"
)
TICKET_RESULT = f"""__typename ... on Ticket {{ {TICKET} }} ... on VersionConflict {{ ticket {{ {TICKET} }} }}
  ... on InvalidTransition {{ from to }} {PROBLEM}"""
LOCK_RESULT = f"__typename ... on LockGrant {{ token expiresAt ticket {{ {TICKET} }} }} {PROBLEM}"
HERE = "here { name typing asksToRelease }"
MESSAGE_RESULT = f"""__typename ... on Message {{ id ticketId kind author text createdAt }}
  ... on Unseen {{ events {{ {EVENT} }} }} {PROBLEM}"""

REFUSED = "... on Problem { message }"
INVALID = f"{REFUSED} ... on InvalidInput {{ field }}"
ACCOUNT_RESULT = f"__typename ... on Account {{ name role userId active hasPassword createdAt }} {INVALID}"
TOKEN = "id name account role userId createdAt expiresAt lastUsedAt"

MUTATIONS: dict[str, tuple[str, str]] = {
    "createTicket": ("$input: CreateTicketInput!, $idempotencyKey: String", TICKET_RESULT),
    "updateTicket": (
        "$id: ID!, $input: UpdateTicketInput!, $expectedVersion: Int, $lockToken: String, $idempotencyKey: String",
        TICKET_RESULT,
    ),
    "lockTicket": ("$id: ID!, $leaseSeconds: Int", LOCK_RESULT),
    "renewLock": ("$id: ID!, $token: String!, $leaseSeconds: Int", LOCK_RESULT),
    "unlockTicket": ("$id: ID!, $token: String, $force: Boolean, $reason: String", TICKET_RESULT),
    "startProcessing": ("$id: ID!, $lockToken: String, $idempotencyKey: String", TICKET_RESULT),
    "approveTicket": (
        "$id: ID!, $reason: String, $expectedVersion: Int, $lockToken: String, $idempotencyKey: String",
        TICKET_RESULT,
    ),
    "rejectTicket": (
        "$id: ID!, $reason: String!, $expectedVersion: Int, $lockToken: String, $idempotencyKey: String",
        TICKET_RESULT,
    ),
    "closeTicket": ("$id: ID!, $lockToken: String, $idempotencyKey: String", TICKET_RESULT),
    "reopenTicket": (
        "$id: ID!, $expectedVersion: Int, $lockToken: String, $idempotencyKey: String",
        TICKET_RESULT,
    ),
    "reply": (
        "$ticketId: ID!, $text: String!, $basedOn: Cursor, $lockToken: String, $idempotencyKey: String, "
        "$recipients: [String!], $attachments: [ID!]",
        MESSAGE_RESULT,
    ),
    "addNote": ("$ticketId: ID!, $text: String!, $idempotencyKey: String", MESSAGE_RESULT),
    "present": ("$ticketId: ID!, $typing: Boolean!", f"__typename ... on Presence {{ {HERE} }} {REFUSED}"),
    "askToRelease": ("$id: ID!", TICKET_RESULT),
    "handOver": (
        "$id: ID!, $to: String!, $token: String, $leaseSeconds: Int, $force: Boolean, $reason: String",
        TICKET_RESULT,
    ),
}
"""Every mutation of tickets: its arguments and what is selected of its result."""
OF_MAIL: dict[str, tuple[str, str]] = {
    "addParticipant": (
        "$ticketId: ID!, $address: String!, $name: String",
        f"__typename ... on Ticket {{ id participants {{ address name confirmed }} }} {INVALID}",
    ),
    "removeParticipant": (
        "$ticketId: ID!, $address: String!",
        f"__typename ... on Ticket {{ id participants {{ address name confirmed }} }} {INVALID}",
    ),
    "settleDelivery": (
        "$id: ID!, $arrived: Boolean!",
        f"__typename ... on OutgoingMail {{ id delivery steps {{ delivery words }} }} {INVALID}",
    ),
    "retryDeadLetter": ("$id: ID!", f"__typename ... on DeadLetter {{ id retrying }} {REFUSED}"),
}
"""The same of mail; checkMail has a list for a result."""
ACCESS: dict[str, tuple[str, str]] = {
    "signIn": (
        "$name: String, $password: String, $secret: String",
        f"__typename ... on SignedIn {{ viewer {{ name role }} expiresAt }} {REFUSED}",
    ),
    "setPassword": ("$password: String!, $current: String", ACCOUNT_RESULT),
    "createAccount": ("$name: String!, $role: Role!, $userId: ID, $password: String", ACCOUNT_RESULT),
    "setRole": ("$account: String!, $role: Role!, $userId: ID", ACCOUNT_RESULT),
    "disableAccount": ("$account: String!", ACCOUNT_RESULT),
    "enableAccount": ("$account: String!", ACCOUNT_RESULT),
    "createSignInCode": (
        "$account: String!",
        f"__typename ... on SignInCode {{ code expiresAt }} {INVALID}",
    ),
    "createToken": (
        "$name: String!, $account: String, $role: Role, $userId: ID, $expiresAt: DateTime",
        f"__typename ... on TokenGrant {{ secret token {{ {TOKEN} }} }} {INVALID}",
    ),
    "revokeToken": ("$id: ID!", f"__typename ... on Token {{ {TOKEN} }} {REFUSED}"),
}
"""The same of accounts; signOut has a result without fields."""


def document(name: str, given: dict[str, Any]) -> str:
    """The document of a mutation that passes exactly the arguments that are given."""
    declared, selection = (MUTATIONS | OF_MAIL | ACCESS)[name]
    used = [part.strip() for part in declared.split(", ") if part.strip().lstrip("$").split(":")[0] in given]
    passed = ", ".join(f"{part.split(':')[0].lstrip('$')}: {part.split(':')[0]}" for part in used)
    return f"mutation({', '.join(used)}) {{ {name}({passed}) {{ {selection} }} }}"


class Errors(Exception):
    """A GraphQL answer with errors."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors)
        self.errors = errors

    @property
    def code(self) -> str:
        return str(self.errors[0]["extensions"]["code"])


class Answer(dict[str, Any]):
    """An object of an answer, its fields as attributes."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def answered(value: Any) -> Any:
    """JSON with objects as Answer."""
    if isinstance(value, dict):
        return Answer({name: answered(item) for name, item in value.items()})
    return [answered(item) for item in value] if isinstance(value, list) else value


@dataclass
class Stream:
    """One subscription as a client sees it."""

    socket: ClientConnection
    id: str
    seen: list[Answer] = field(default_factory=list)

    async def message(self) -> dict[str, Any]:
        """The next message of the protocol, whatever it is."""
        async with asyncio.timeout(GUARD_S):
            answer: dict[str, Any] = json.loads(await self.socket.recv())
        return answer

    async def next(self) -> Answer:
        """The next event; Errors if there is none."""
        event: Answer = await self.told("ticketEvents")
        self.seen.append(event)
        return event

    async def told(self, field: str) -> Any:
        """What the next message says under the operation's field; Errors if there is none."""
        message = await self.message()
        if message["type"] == "error":
            raise Errors(message["payload"])
        assert message["type"] == "next", message
        if message["payload"].get("errors"):
            raise Errors(message["payload"]["errors"])
        return answered(message["payload"]["data"][field])

    async def take(self, count: int) -> list[Answer]:
        """The next `count` events."""
        return [await self.next() for _ in range(count)]


class Presence(Stream):
    """A subscription of who is at a ticket."""

    async def here(self) -> list[str]:
        """Who is told to be there next, each with what they do."""
        return [
            each.name + " types" * each.typing + " asks" * each.asksToRelease
            for each in (await self.told("presence")).here
        ]

    async def becomes(self, *here: str) -> None:
        """Waits until these are there."""
        while await self.here() != list(here):
            pass


class Person:
    """Somebody with a token (or without), who speaks GraphQL to the desk."""

    def __init__(self, desk: Desk, name: str, token: str | None) -> None:
        self.desk, self.name, self.token = desk, name, token

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"} if self.token else {}

    async def post(self, query: str, variables: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        """The raw HTTP answer."""
        body = {"query": query, "variables": variables or {}, **more}
        return await self.desk.http.post("/graphql", json=body, headers=self.headers)

    async def asks(self, query: str, **variables: Any) -> Answer:
        """The data of a query; raises Errors where there are any."""
        answer = (await self.post(query, variables)).json()
        if answer.get("errors"):
            raise Errors(answer["errors"])
        return answered(answer["data"])  # type: ignore[no-any-return]

    async def does(self, mutation: str, **arguments: Any) -> Answer:
        """The result of a mutation, a ticket, grant, message or problem, told apart by __typename."""
        data = await self.asks(document(mutation, arguments), **arguments)
        return data[mutation]  # type: ignore[no-any-return]

    async def outcome(self, mutation: str, **arguments: Any) -> str:
        """What a mutation comes to, in one word: the __typename of its result, or the code of its error."""
        try:
            return str((await self.does(mutation, **arguments))["__typename"])
        except Errors as errors:
            return errors.code

    async def refused(self, query: str, **variables: Any) -> str:
        """The code of the error that a query is answered with."""
        try:
            answer = await self.asks(query, **variables)
        except Errors as errors:
            return errors.code
        raise AssertionError(f"answered: {answer}")

    # ---------------------------------------------------------------- the words of the desk

    async def signs_out(self, **given: bool) -> bool:
        query = "mutation($everywhere: Boolean) { signOut(everywhere: $everywhere) }"
        return bool((await self.asks(query, **given)).signOut)

    async def creates(self, *, key: str | None = None, **given: Any) -> Answer:
        given.setdefault("subject", "Card lost")
        arguments: dict[str, Any] = {"input": given} | ({"idempotencyKey": key} if key else {})
        return await self.does("createTicket", **arguments)

    async def updates(self, ticket: Answer, *, given: dict[str, Any], **guard: Any) -> Answer:
        return await self.does("updateTicket", id=ticket.id, input=given, **guard)

    async def locks(self, ticket: Answer, **given: Any) -> Answer:
        return await self.does("lockTicket", id=ticket.id, **given)

    async def renews(self, ticket: Answer, token: str, **given: Any) -> Answer:
        return await self.does("renewLock", id=ticket.id, token=token, **given)

    async def unlocks(self, ticket: Answer, **given: Any) -> Answer:
        return await self.does("unlockTicket", id=ticket.id, **given)

    async def starts(self, ticket: Answer, **guard: Any) -> Answer:
        return await self.does("startProcessing", id=ticket.id, **guard)

    async def approves(self, ticket: Answer, **given: Any) -> Answer:
        return await self.does("approveTicket", id=ticket.id, **given)

    async def rejects(self, ticket: Answer, *, reason: str = "Not ours to give.", **guard: Any) -> Answer:
        return await self.does("rejectTicket", id=ticket.id, reason=reason, **guard)

    async def closes(self, ticket: Answer, **guard: Any) -> Answer:
        return await self.does("closeTicket", id=ticket.id, **guard)

    async def reopens(self, ticket: Answer, **guard: Any) -> Answer:
        return await self.does("reopenTicket", id=ticket.id, **guard)

    async def replies(self, ticket: Answer, text: str = "We look into it.", **given: Any) -> Answer:
        return await self.does("reply", ticketId=ticket.id, text=text, **given)

    async def notes(self, ticket: Answer, text: str = "Seen before.", **given: Any) -> Answer:
        return await self.does("addNote", ticketId=ticket.id, text=text, **given)

    async def is_at(self, ticket: Answer, *, typing: bool = False) -> Answer:
        return await self.does("present", ticketId=ticket.id, typing=typing)

    async def asks_to_release(self, ticket: Answer) -> Answer:
        return await self.does("askToRelease", id=ticket.id)

    async def hands_over(self, ticket: Answer, to: str, **given: Any) -> Answer:
        return await self.does("handOver", id=ticket.id, to=to, **given)

    async def missed(self, after: str) -> Answer:
        """What happened after a cursor."""
        query = "query($after: Cursor!) { missed(after: $after) { events upTo } }"
        return (await self.asks(query, after=after)).missed  # type: ignore[no-any-return]

    async def reads(self, ticket: Answer) -> Answer | None:
        """The ticket as this person sees it now, or None."""
        data = await self.asks(f"query($id: ID!) {{ ticket(id: $id) {{ {TICKET} }} }}", id=ticket.id)
        return data.ticket  # type: ignore[no-any-return]

    async def history(self, ticket: Answer) -> list[Answer]:
        """The first 100 events of a ticket as this person sees them."""
        query = f"query($id: ID!) {{ ticket(id: $id) {{ events(first: 100) {{ edges {{ node {{ {EVENT} }} }} }} }} }}"
        data = await self.asks(query, id=ticket.id)
        return [edge.node for edge in data.ticket.events.edges]

    async def as_of(self) -> str:
        """The journal's position."""
        return str((await self.asks("{ asOf }")).asOf)

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[ClientConnection]:
        """A WebSocket, acknowledged."""
        subprotocol = Subprotocol("graphql-transport-ws")
        async with connect(self.desk.ws_url, subprotocols=[subprotocol], max_queue=None) as socket:
            payload = {"authorization": f"Bearer {self.token}"} if self.token else {}
            await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            yield socket

    @asynccontextmanager
    async def follows(
        self,
        *,
        after: str | None = None,
        ticket_id: str | None = None,
        user_id: str | None = None,
        selection: str = EVENT,
    ) -> AsyncIterator[Stream]:
        """A live subscription on a socket of its own. It begins when the server got it: see `Desk.settled`."""
        async with self.socket() as socket:
            yield await subscribe(socket, "1", after=after, ticketId=ticket_id, userId=user_id, selection=selection)

    @asynccontextmanager
    async def watches(self, ticket: Answer) -> AsyncIterator[Presence]:
        """Who is at a ticket, as it is told on a socket of its own."""
        async with self.socket() as socket:
            yield await watch(socket, "1", ticket.id)


class Browser(Person):
    """The desk's page in a browser: it keeps the cookie of its session, and names its origin with all that it sends."""

    def __init__(self, desk: Desk, session: str | None = None) -> None:
        super().__init__(desk, "a browser", None)
        self.session = session

    @property
    def headers(self) -> dict[str, str]:
        return super().headers | cookie(self.session) | {"origin": self.desk.url}

    async def post(self, query: str, variables: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        """The raw HTTP answer; a cookie that it sets or takes away is kept here alone."""
        answer = await super().post(query, variables, **more)
        self.desk.http.cookies.clear()
        if "set-cookie" in answer.headers:
            self.session = answer.cookies.get(SESSION)
        return answer

    async def signs_in(self, secret: str | None = None, **given: str) -> str:
        """What signing in comes to, by a secret or by name and password: SignedIn, SignInRefused or an error's code."""
        return await self.outcome("signIn", **({"secret": secret} if secret is not None else {}), **given)

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[ClientConnection]:
        """A WebSocket, acknowledged; who it is says the cookie of its handshake, and nothing else."""
        async with self.desk.handshake(self.headers) as socket:
            await socket.send('{"type": "connection_init"}')
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            yield socket


def cookie(session: str | None) -> dict[str, str]:
    """The header that carries a session."""
    return {"cookie": f"{SESSION}={session}"} if session is not None else {}


async def subscribe(socket: ClientConnection, id: str, *, selection: str = EVENT, **variables: Any) -> Stream:
    """Starts ticketEvents on a socket, and returns once the server has begun it (it answered a query sent after)."""
    query = (
        "subscription($after: Cursor, $ticketId: ID, $userId: ID) {"
        f" ticketEvents(after: $after, ticketId: $ticketId, userId: $userId) {{ {selection} }} }}"
    )
    payload = {"query": query, "variables": variables}
    await socket.send(json.dumps({"type": "subscribe", "id": id, "payload": payload}))
    return Stream(socket, id)


async def watch(socket: ClientConnection, id: str, ticket_id: str) -> Presence:
    """Starts a presence subscription on a socket."""
    query = f"subscription($id: ID!) {{ presence(ticketId: $id) {{ {HERE} }} }}"
    payload = {"query": query, "variables": {"id": ticket_id}}
    await socket.send(json.dumps({"type": "subscribe", "id": id, "payload": payload}))
    return Presence(socket, id)


class Clock:
    """The desk's clock: real time plus what a test adds to it, unless it was stopped."""

    def __init__(self) -> None:
        self.ahead_ms = 0
        self._stopped_at_ms: int | None = None

    def __call__(self) -> int:
        return (wall_clock_ms() if self._stopped_at_ms is None else self._stopped_at_ms) + self.ahead_ms

    def stops(self) -> None:
        """From now on only what the test adds passes."""
        self._stopped_at_ms = wall_clock_ms()

    def passes(self, seconds: float) -> None:
        self.ahead_ms += round(seconds * 1_000)


@dataclass
class Desk:
    """A running desk in this process, and the people made for it."""

    port: int
    http: httpx.AsyncClient
    clock: Clock
    settings: Settings
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def on_postgres(self) -> bool:
        return not self.settings.embedded

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/graphql"

    def handshake(self, headers: dict[str, str]) -> connect:
        """A WebSocket that begins with these headers, and on which nothing was said yet."""
        return connect(self.ws_url, additional_headers=headers, subprotocols=[Subprotocol("graphql-transport-ws")])

    async def code(self, person: Person) -> str:
        """A code that signs somebody in once."""
        return (await sessions.create_code(System(World(now_ms=self.clock, new_id=uuid7)), person.name))[0]

    async def person(self, name: str, role: Role, user_id: str | None = None) -> Person:
        """Somebody with a token of this role."""
        if name not in self.people:
            caller = System(World(now_ms=self.clock, new_id=uuid7))
            token = await tokens.issue(caller, name, role, user_id)
            self.people[name] = Person(self, name, token)
        return self.people[name]

    async def agent(self, name: str = "ann") -> Person:
        return await self.person(name, Role.AGENT)

    async def agents(self, *names: str) -> list[Person]:
        return [await self.agent(name) for name in names]

    async def admin(self, name: str = "ada") -> Person:
        return await self.person(name, Role.ADMIN)

    async def customer(self, name: str = "carla", user_id: str = "u-1") -> Person:
        return await self.person(name, Role.CUSTOMER, user_id)

    async def partner(self, name: str = "bank") -> Person:
        return await self.person(name, Role.PARTNER)

    def stranger(self) -> Person:
        """Somebody without a token."""
        return Person(self, "nobody", None)


def client_of(port: int) -> httpx.AsyncClient:
    """A client of a server on this machine. It reads no certificates, which would take 50 ms each time."""
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=GUARD_S, verify=False)


@asynccontextmanager
async def running(settings: Settings, *, channel: Broadcasting | None = None) -> AsyncIterator[Desk]:
    """Serves a desk in this process on a free port of 127.0.0.1 until the end of the block."""
    clock = Clock()
    app = create_app(settings, clock=clock, channel=channel)
    server = Server(configured(app, settings, port=0))
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(GUARD_S):
        while not server.started:
            assert not serving.done(), serving.result()
            await asyncio.sleep(0)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        async with client_of(port) as http:
            yield Desk(port, http, clock, settings)
    finally:
        server.should_exit = True
        await serving
