"""Sample tickets for newcomers: a small desk in the middle of its day."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path
from typing import Final

from models.account import Account, Role
from models.ticket import Priority, Ticket
from models.work import Caller
from resolvers import accounts, decisions, messages, tickets
from resolvers.guard import Guard
from resolvers.tickets import NewTicket
from resolvers.viewer import Viewer

WELCOME: Final = """
The desk is running. Each link signs in once, within ten minutes; a new start prints new ones.

  ann, an agent     {url}/#code={ann}
  bob, an agent     {url}/#code={bob}
                    (open bob's in a private window, and see ann work)
  carla, a customer {url}/#code={carla}
  dora, the admin   {url}/#code={dora}
  the explorer      {url}/graphql#code={explorer}

A program sends a token. This one is ann's, new with every start:

  curl -s {url}/graphql -H 'Content-Type: application/json' \\
    -H 'Authorization: Bearer {token}' \\
    -d '{{"query": "{{ tickets(first: 5) {{ edges {{ node {{ number subject status }} }} }} }}"}}'

Mail to {smtp} becomes a ticket, and so does a file: .venv/bin/guichet mail drop FILE.eml {where}
More tokens: .venv/bin/guichet token create --name emil --role AGENT {where}
Ctrl-C ends it.
"""

PEOPLE: Final = {
    "ann": (Role.AGENT, None),
    "bob": (Role.AGENT, None),
    "carla": (Role.CUSTOMER, "u-1001"),
    "dora": (Role.ADMIN, None),
}
LINKS: Final = {"ann": "ann", "bob": "bob", "carla": "carla", "dora": "dora", "explorer": "ann"}
"""Sign-in links, and the account that each signs in."""

REASONS: Final = Path(__file__).with_name("demo.toml")
SAMPLES: Final = [
    ("u-1001", "Card lost on the train", "I left my card on the 8:40 to Lyon. Please block it.", Priority.URGENT),
    ("u-1002", "Proof of address was refused", "I sent the electricity bill, and it says unreadable.", Priority.HIGH),
    ("u-1003", "How do I change my e-mail address?", "The settings page only shows the old one.", Priority.NORMAL),
    ("u-1001", "New card has not arrived", "Ordered two weeks ago.", Priority.NORMAL),
    ("u-1004", "Identity check", "Passport and selfie are attached to the form.", Priority.NORMAL),
    ("u-1005", "Charged twice for one parcel", "Two payments of 12.90 on Monday.", Priority.HIGH),
    ("u-1006", "Thank you", "Everything works now.", Priority.LOW),
    ("u-1007", "Close my account", "I am moving abroad at the end of the month.", Priority.NORMAL),
]

BEFORE: Final = [
    "Transfer is still pending",
    "Please raise my limit",
    "Identity check: driving licence",
    "Refund has not come",
    "Card was declined abroad",
    "New address",
    "Identity check: passport",
    "Statement for my tax office",
]
"""What others asked in the two days before, over and over."""
PACE_MS: Final = 90 * 60_000
ASKED: Final = 32
LEFT: Final = 6
"""How far apart these came in, how many they were, and every how many-th nobody decided."""


async def fill(system: Caller) -> None:
    """Makes the people, those who are not there yet, and their samples, in a desk that has no ticket yet."""
    for name, (role, user_id) in PEOPLE.items():
        if not await Account.exists(name=name):
            await accounts.create(system, name, role, user_id, secrets.token_urlsafe())  # else each link asks for one
    if await Ticket.exists():
        return
    ann, bob, carla = [Viewer.of(await Account.get(name=name), system.world) for name in ("ann", "bob", "carla")]
    await _days_before(ann, bob)
    made = [
        await tickets.create(bob, NewTicket(user_id, subject, body, priority, ["sample"], {}), None)
        for user_id, subject, body, priority in SAMPLES
    ]
    ids = [str(ticket.id) for ticket in made]
    unguarded = Guard()
    await decisions.start(ann, ids[0], unguarded)
    await messages.reply(ann, ids[0], "Your card is blocked. A new one is on its way.", None, unguarded)
    await messages.reply(carla, ids[0], "Thank you, that was quick!", None, unguarded)
    await messages.add_note(ann, ids[0], "Second lost card this year.", None)
    await decisions.start(bob, ids[1], unguarded)
    await decisions.approve(ann, ids[4], "Passport and selfie match.", unguarded)
    await decisions.reject(bob, ids[5], "The second payment was only a reservation.", unguarded)
    await decisions.close(ann, ids[6], unguarded)


async def _days_before(ann: Viewer, bob: Viewer) -> None:
    """Two days of work by the desk's clock; PostgreSQL has its own, and there all of it is done now."""
    start_ms, made = ann.world.now_ms() - ASKED * PACE_MS, dict[int, str]()
    steps = [(start_ms + n * PACE_MS, n) for n in range(ASKED)]
    steps += [(at_ms + (2 + n % 5) * PACE_MS // 3, n) for at_ms, n in steps if n % LEFT]
    for at_ms, n in sorted(steps):
        agent = _then(bob if n % 3 else ann, at_ms)
        if n not in made:
            priority = (Priority.NORMAL, Priority.HIGH, Priority.NORMAL, Priority.LOW)[n % 4]
            new = NewTicket(f"u-{1010 + n % 17}", BEFORE[n % len(BEFORE)], "", priority, ["sample"], {})
            made[n] = str((await tickets.create(agent, new, None)).id)
        elif n % 7 == 3:
            await decisions.reject(agent, made[n], "The document has expired.", Guard())
        else:
            await decisions.approve(agent, made[n], None, Guard())


def _then(agent: Viewer, ms: int) -> Viewer:
    """Somebody at an instant that is over (Unix ms)."""
    return replace(agent, world=replace(agent.world, now_ms=lambda: ms))
