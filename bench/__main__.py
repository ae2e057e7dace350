"""`python -m bench`: the desk beside a raw server in one run, as ratios. Figures go by hand into bench/RESULTS.md."""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.load import http_post, requests_per_second

HOST = "127.0.0.1"
DESK, RAW = 18_700, 18_701
TICKETS = 2_000

LIST = "{ tickets(first: 50) { edges { node { id number userId subject status priority tags version createdAt } } } }"
LATEST = "query($u: ID!) { latestApprovedTicket(userId: $u) { id status } }"
CREATE = "mutation($i: CreateTicketInput!) { createTicket(input: $i) { ... on Ticket { id } } }"
APPROVE = "mutation($id: ID!) { approveTicket(id: $id) { ... on Ticket { id } } }"
UPDATE = "mutation($id: ID!, $i: UpdateTicketInput!) { updateTicket(id: $id, input: $i) { ... on Ticket { version } } }"


@contextmanager
def serving(*command: str) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", *command], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def ask(token: str, query: str, **variables: object) -> dict[str, dict[str, str]]:
    body = json.dumps({"query": query, "variables": variables}).encode()
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"http://{HOST}:{DESK}/graphql", body, headers)
    with urllib.request.urlopen(request) as answer:
        data: dict[str, dict[str, str]] = json.load(answer)["data"]
    return data


def answers(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}{path}") as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


async def measure(token: str, ids: list[str], rounds: int, seconds: float) -> None:
    def graphql(query: str, variables: Callable[[int], object]) -> Callable[[int], bytes]:
        return lambda number: http_post(
            HOST, DESK, json.dumps({"query": query, "variables": variables(number)}).encode(), token
        )

    works = {
        "list of 50 x 9 fields": graphql(LIST, lambda n: {}),
        "latestApprovedTicket": graphql(LATEST, lambda n: {"u": f"u-{n % TICKETS}"}),
        "updateTicket, durable, with its event": graphql(
            UPDATE, lambda n: {"id": ids[n % len(ids)], "i": {"subject": f"Subject {n}"}}
        ),
    }
    raw = http_post(HOST, RAW, b"{}")
    limits, figures = [], {name: [] for name in works}
    for _ in range(rounds):
        limits.append(await requests_per_second(HOST, RAW, lambda n: raw, seconds))
        for name, request in works.items():
            figures[name].append(await requests_per_second(HOST, DESK, request, seconds))
    limit = statistics.median(limits)
    print(f"| work | per second (median of {rounds}) | of raw uvicorn |\n|---|---|---|")
    print(f"| raw uvicorn, a constant | {limit:,.0f} | 1 |")
    for name, found in figures.items():
        print(f"| {name} | {statistics.median(found):,.0f} | {statistics.median(found) / limit:.3f} |")


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=2.0)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = ("--data", str(Path(folder)))
        make = ("-m", "desk", "token", "create", "--name", "bench", "--role", "ADMIN", *data)
        token = subprocess.run([sys.executable, *make], check=True, capture_output=True, text=True).stdout.strip()
        quiet = ("--no-access-log", "--log-level", "critical")
        with (
            serving("desk", "serve", "--port", str(DESK), *data),
            serving("uvicorn", "bench.raw:app", "--port", str(RAW), *quiet),
        ):
            while not (answers(DESK, "/health") and answers(RAW, "/")):
                pass
            made = [ask(token, CREATE, i={"userId": f"u-{n}", "subject": f"Ticket {n}"}) for n in range(TICKETS)]
            ids = [ticket["createTicket"]["id"] for ticket in made]
            for id in ids[::2]:
                ask(token, APPROVE, id=id)
            asyncio.run(measure(token, ids[1::2], chosen.rounds, chosen.seconds))


if __name__ == "__main__":
    main()
