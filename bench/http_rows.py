"""The rows of requests and answers: lists, the latest approved ticket, updates."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack
from itertools import count, cycle

from bench import requests, servers
from bench.load import beside, encoded, requests_per_second
from bench.requests import Request
from bench.running import Figures, Run, Work
from bench.servers import Server

LOOKED_AT = 3
"""So many answers of each server are compared before anything is measured."""
BESIDE_PER_S = 20.0


async def list_same(run: Run) -> Figures:
    names = ("desk", "postgres", "yoga", "yoga cached", "mercurius")
    return await _measured(run, names, requests.list_same, run.material.agent, distinct=1, raw=True)


async def list_same_busy(run: Run) -> Figures:
    names = ("desk", "postgres", "yoga", "yoga cached", "mercurius")
    return await _measured(run, names, requests.list_same, run.material.agent, distinct=1, busy=True)


async def list_never_same(run: Run) -> Figures:
    names = ("desk", "postgres", "yoga", "mercurius")
    return await _measured(run, names, requests.list_never_same, run.material.agent)


async def latest_hot(run: Run) -> Figures:
    names, hot = ("desk", "postgres", "yoga", "mercurius"), requests.HOT_USERS
    return await _measured(run, names, requests.latest_hot, run.material.partner, distinct=hot, raw=True)


async def latest_hot_busy(run: Run) -> Figures:
    names, hot = ("desk", "postgres", "yoga", "mercurius"), requests.HOT_USERS
    return await _measured(run, names, requests.latest_hot, run.material.partner, distinct=hot, busy=True)


async def latest_each_once(run: Run) -> Figures:
    names = ("desk", "postgres", "yoga", "mercurius")
    return await _measured(run, names, requests.latest_each_once, run.material.partner)


async def update(run: Run) -> Figures:
    names, ids = ("desk", "postgres", "yoga", "mercurius"), run.material.ids()
    return await _measured(run, names, lambda n: requests.update(n, ids), run.material.agent)


async def _measured(
    run: Run,
    names: tuple[str, ...],
    request: Callable[[int], Request],
    token: str,
    *,
    distinct: int | None = None,
    busy: bool = False,
    raw: bool = False,
) -> Figures:
    """Requests per second. Where they are few and `distinct`, each is made once and for all."""
    with ExitStack() as stack:
        running = [await run.begun(stack, name) for name in names]
        compare(running, [request(n) for n in range(LOOKED_AT)], token)
        if raw:
            answer = run.fresh()
            answer.write_bytes(running[0].bytes_of(request(0), token))
            running.append(stack.enter_context(servers.raw(answer)))
        return await run.in_turn(
            {server.name: _work(run, server, _following(request, token, distinct), busy) for server in running}
        )


def _following(request: Callable[[int], Request], token: str, distinct: int | None) -> Callable[[], bytes]:
    """One request after another, as bytes; numbers go on over all rounds."""

    def made(n: int) -> bytes:
        return encoded(request(n), token)

    return map(made, count(LOOKED_AT)).__next__ if distinct is None else cycle(map(made, range(distinct))).__next__


def _work(run: Run, server: Server, following: Callable[[], bytes], busy: bool) -> Work:
    # tickets that no hot answer shows: neither the newest nor those of the first users
    others = run.material.ids()[1_000:9_000]
    change = _following(lambda n: requests.update(n, others), run.material.agent, None)

    async def work() -> float:
        async with AsyncExitStack() as stack:
            if busy:
                await stack.enter_async_context(beside(server.port, change, BESIDE_PER_S))
            return await requests_per_second(server.port, following, run.seconds)

    return work


def compare(running: list[Server], wanted: list[Request], token: str) -> None:
    """Raises RuntimeError unless all servers answer each request with the same data."""
    for request in wanted:
        first, *others = [(server.name, server.ask(request, token)) for server in running]
        for name, data in others:
            if data != first[1]:
                raise RuntimeError(f"{name} answers {data}, {first[0]} {first[1]}, when asked {request}")
