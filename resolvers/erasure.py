"""Taking out what is personal: of a user's tickets, of all that the journal keeps of them, and of their accounts."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

import orjson

from models import statements
from models.account import ERASED, Account
from models.attachment import Files
from models.bounds import storable
from models.credential import Session, SignInCode, Token
from models.decision import Decision
from models.errors import InvalidInput
from models.event import Event
from models.idempotency import Idempotency
from models.mail import forget_mail
from models.message import Message
from models.ticket import Ticket, left_of
from models.unit_of_work import unit_of_work
from models.work import Caller, Work
from resolvers.guard import any_with_id
from resolvers.viewer import is_account

TICKETS_AT_ONCE = 20


@dataclass
class Erased:
    """How much there was."""

    accounts: int
    tickets: int = 0


async def erase(caller: Caller, user_id: str, reason: str | None, files: Files) -> Erased:
    """Erases a user: accounts cannot sign in any more, tickets keep their facts under a user id that says nothing.

    Each ticket gets an ERASED event that signs this off. What came by mail goes, raw mail and files too. A
    call that was interrupted is completed by another.
    """
    if not storable(user_id):
        raise InvalidInput("user", "No user id has such a character.")
    alias = f"{ERASED}{secrets.token_hex(6)}"
    names = {name: f"{alias}-{number}" for number, name in enumerate(await _sign_out(caller, user_id), 1)}
    erased = Erased(len(names))
    while count := await _erase_some(caller, user_id, alias, names, reason, files):
        erased.tickets += count
    await _rename(caller, alias, names)  # last, since an interrupted call finds the accounts by their user id
    return erased


@unit_of_work
async def _sign_out(work: Work, caller: Caller, user_id: str) -> list[str]:
    """Keeps the user's accounts from signing in; returns their names."""
    accounts = await Account.filter(user_id=user_id).order_by("name").select_for_update()
    await work.hold_time()
    for account in accounts:
        for kind in (Token, SignInCode, Session):
            await kind.filter(account_id=account.id).delete()
        await account.disable(work)
    return [account.name for account in accounts]


@unit_of_work
async def _rename(work: Work, caller: Caller, alias: str, names: dict[str, str]) -> None:
    for name, new in names.items():
        account = await Account.named(name, hold=True)
        await work.hold_time()
        events = await Event.filter(account_id=account.id)
        for event in events:
            told = (event.told or {}) | {"name": new, "user_id": alias, "address": None}
            event.content, event.actor = orjson.dumps(told).decode(), names.get(event.actor, event.actor)
            event.salt = None
        await Event.bulk_update(events, ["content", "actor", "salt"], batch_size=100)
        await account.erase(work, new, alias)
        await Idempotency.filter(account=name).delete()


@unit_of_work
async def _erase_some(
    work: Work, caller: Caller, user_id: str, alias: str, names: dict[str, str], reason: str | None, files: Files
) -> int:
    found = Ticket.filter(user_id=user_id).order_by("id").limit(TICKETS_AT_ONCE)
    tickets = [
        await work.ticket(any_with_id(id)) for id in cast("list[UUID]", await found.values_list("id", flat=True))
    ]
    await _redact(work, tickets, alias, names, files)
    for ticket in tickets:
        ticket.erase(work, alias, work.bounds.reason(reason))
    return len(tickets)


async def _nobodys(alias: str, actors: set[str]) -> dict[str, str]:
    """Names that no account has any more: of customers, whose request was under way while they were erased."""
    known = {account.name for account in await Account.filter(name__in=actors)}
    return {name: alias for name in actors if is_account(name) and name not in known and not name.startswith(ERASED)}


async def _redact(work: Work, tickets: Sequence[Ticket], alias: str, names: dict[str, str], files: Files) -> None:
    """Leaves of every earlier event what the ERASED will hold of the person, and no salt to guess the rest by."""
    ids = [ticket.id for ticket in tickets]
    events = await Event.filter(ticket_id__in=ids)
    names = names | await _nobodys(alias, {event.actor for event in events})
    for event in events:
        if (told := event.told) is not None:
            event.content = orjson.dumps(told | left_of(alias)).decode()
        event.user_id, event.actor = alias, names.get(event.actor, event.actor)
        event.salt = event.reason = None
    if events:
        await Event.bulk_update(events, ["content", "user_id", "actor", "salt", "reason"], batch_size=100)
    messages = Message.filter(ticket_id__in=ids)
    await messages.update(text="", html=None)
    for name, new in names.items():
        await messages.filter(author=name).update(author=new)
    await Decision.filter(ticket_id__in=ids).update(user_id=alias, reason=None, extra={})
    await Ticket.filter(id__in=ids).update(external_id=None)
    await Idempotency.filter(ticket_id__in=ids).delete()
    if unnamed := await forget_mail(ids):
        files.forget(unnamed)  # should this not be committed, they are made again out of the raw mail
    await statements.forget_words(work.connection, [ticket.number for ticket in tickets])
