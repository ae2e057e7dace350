"""A served desk that is shot at: who asks, what it gave out so far, what it logs, how much memory it holds."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import psutil

from desk.settings import Settings
from models import database
from models.account import Role
from tests.fuzz.drawn import KEPT, RETURNED, SCALARS
from tests.support.desk import GUARD_S, Desk, Person
from tests.support.processes import Server

CODES = {
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "BAD_USER_INPUT",
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "NOT_FOUND",
    "RESYNC",
    "LIMIT_EXCEEDED",
    "RATE_LIMITED",
}
"""Every code of the contract but UNAVAILABLE and INTERNAL: nothing is broken here, so nothing may say so."""
ROLES = (Role.AGENT, Role.CUSTOMER, Role.ADMIN, Role.PARTNER, None)
"""Hypothesis draws the first most often: who may do most there comes first, nobody last."""
GROWTH = 4 * 2**20
"""Bytes by which the memory may grow in the second half of the cases: 1 kB a request would be more in 20,000."""
TROUBLE = re.compile(r"^\S+ \S+ (?:ERROR|CRITICAL) .*|.*Traceback.*", re.MULTILINE)
PLAIN = re.compile(r"[\w.:+-]{1,100}")


def check(answer: httpx.Response) -> dict[str, Any]:
    """Data, or errors that each have a code of the contract."""
    assert answer.status_code < 500, answer.text
    body = answer.json()
    assert isinstance(body, dict)
    coded(body.get("errors", []))
    assert body.get("data") is not None or body.get("errors"), body
    return body


def coded(errors: list[dict[str, Any]]) -> None:
    """Every error says what, in words and by a code."""
    for error in errors:
        assert error["message"]
        assert error.get("extensions", {}).get("code") in CODES, error


class Target:
    """`guichet serve`, somebody of every role, and the values that it gave out, to be given back to it."""

    def __init__(self, server: Server, desk: Desk) -> None:
        self.desk = desk
        self.people: dict[Role | None, Person] = {None: desk.stranger()}
        self.growth, self.reached = GROWTH, set[str]()
        self._process = psutil.Process(server.pid)
        self._memory: list[int] = []
        self._given: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=KEPT))

    async def invite(self, *roles: Role) -> Person:
        """Somebody new for each of the roles, made as an operator would; returns the last."""
        async with database.connected(self.desk.settings.database):
            for role in roles:
                number = len(self.desk.people)
                user_id = f"u-{number}" if role is Role.CUSTOMER else None
                self.people[role] = await self.desk.person(f"{role.lower()}-{number}", role, user_id)
        return self.people[roles[-1]]

    async def post(self, role: Role | None, body: str) -> None:
        """Sends a body as somebody; the answer is data or coded errors, and comes."""
        headers = self.people[role].headers | {"content-type": "application/json"}
        async with asyncio.timeout(GUARD_S):
            answer = await self.desk.http.post("/graphql", content=self.real(body), headers=headers)
        said = check(answer)
        self.learn(said.get("data"))
        self.reached |= {name for name, value in (said.get("data") or {}).items() if value is not None}
        self.count()
        if role and any(error["extensions"]["code"] == "UNAUTHENTICATED" for error in said.get("errors", [])):
            await self.invite(role)  # somebody has ended this account or its token

    def learn(self, value: Any, name: str = "") -> None:
        """Keeps the scalars of an answer."""
        match value:
            case dict():
                for name, item in value.items():
                    self.learn(item, name)
            case list():
                for item in value:
                    self.learn(item, name)
            case str() if PLAIN.fullmatch(value) and (kind := SCALARS.get(name)) and value not in self._given[kind]:
                self._given[kind].append(value)

    def real(self, text: str) -> str:
        """The text, with values that the desk gave out where one is asked for."""
        return RETURNED.sub(lambda found: self._one_of(self._given[found[1]], int(found[2])), text)

    def _one_of(self, given: deque[str], number: int) -> str:
        return given[number % len(given)] if given else ""

    def count(self) -> None:
        """A case is done: looks at the memory."""
        self._memory.append(self._process.memory_info().rss)

    def flat(self) -> None:
        """The first half of the cases fills what is kept on purpose; then the memory stays as it is."""
        half, eighth = len(self._memory) // 2, len(self._memory) // 8
        figures = [f"{held / 2**10:.0f}" for held in self._memory[:: eighth or 1]]
        print(f"{len(self._memory)} cases, memory in kB by eighths: {', '.join(figures)}")
        if eighth:
            grown = median(self._memory[-eighth:]) - median(self._memory[half : half + eighth])
            assert grown < self.growth, f"{grown / 2**10:.0f} kB more after {half} cases"


@asynccontextmanager
async def shot_at(settings: Settings, path: Path) -> AsyncIterator[Target]:
    """A served desk with something in it. At the end it still answers, logged no surprise, and holds no more memory."""
    server = Server(settings, path)
    try:
        await server.start()
        async with server.client() as desk:
            target = Target(server, desk)
            await target.invite(*Role)
            ann, carla = target.people[Role.AGENT], target.people[Role.CUSTOMER]
            for ticket in await ann.creates(userId="u-1", tags=["kyc"]), await carla.creates():
                for given in ticket, await ann.notes(ticket), await ann.locks(ticket):
                    target.learn(given)
            target.learn(await ann.asks("{ asOf }"))
            yield target
            newcomer = await target.invite(Role.ADMIN)
            assert await newcomer.as_of()
        target.flat()
        assert await server.stop() == 0
        log = server.log
        found = TROUBLE.search(log)
        assert found is None, log[found.start() :][:4_000]
    finally:
        server.kill()
