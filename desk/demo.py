"""Sample tickets for newcomers: a small desk in the middle of its day."""

from __future__ import annotations

import secrets
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


async def fill(system: Caller) -> None:
    """Makes the people, those who are not there yet, and their samples, in a desk that has no ticket yet."""
    for name, (role, user_id) in PEOPLE.items():
        if not await Account.exists(name=name):
            await accounts.create(system, name, role, user_id, secrets.token_urlsafe())  # else each link asks for one
    if await Ticket.exists():
        return
    ann, bob, carla = [Viewer.of(await Account.get(name=name), system.world) for name in ("ann", "bob", "carla")]
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
