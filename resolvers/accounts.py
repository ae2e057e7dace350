"""Accounts and their tokens."""

from __future__ import annotations

from models.account import Account, Role, Token, account_name
from models.errors import InvalidInput
from models.unit_of_work import unit_of_work
from models.work import Caller, Work


@unit_of_work
async def create_token(work: Work, caller: Caller, name: str, role: Role, user_id: str | None) -> str:
    """A new token for the account `name`, which is made if there is none; returns its text, kept nowhere.

    Raises InvalidInput for another role or user id than the account has, and where a customer has no user id or
    somebody else has one.
    """
    if (role is Role.CUSTOMER) != (user_id is not None):
        raise InvalidInput("userId", "A customer has a user id, and nobody else has one.")
    user_id = work.bounds.user_id(user_id) if user_id is not None else None
    await work.hold_time()
    account = await Account.get_or_none(name=account_name(name))
    if account is None:
        account = await Account.create(
            id=work.new_id(), name=name, role=role, user_id=user_id, created_at_ms=work.now_ms
        )
    account.agrees(role, user_id)
    token, text = Token.mint(account, work.now_ms)
    await token.save()
    return text
