"""Who may come in: signing in and out, accounts, tokens."""

from __future__ import annotations

import functools
from typing import Annotated

import strawberry
from strawberry import ID

from models import account as rows
from models import credential
from models.event import Event
from resolvers import accounts, sessions, tokens
from resolvers.pages import Page
from schema.cost import MUTATION
from schema.pagination import page_length
from schema.problems import InvalidInput, NotFound, SignInRefused, writes
from schema.scalars import Cursor, DateTime
from schema.types.account import (
    Account,
    AccountConnection,
    AuditEventConnection,
    SignedIn,
    SignInCode,
    Token,
    TokenGrant,
)
from schema.types.enums import Role
from schema.types.ticket import First
from schema.words import UNSET, Info, given

SignInResult = Annotated[
    SignedIn | SignInRefused,
    strawberry.union("SignInResult", description="The session, or why there is none."),
]
AccountResult = Annotated[
    Account | NotFound | InvalidInput,
    strawberry.union("AccountResult", description="The account after the change, or why it was refused."),
]
SignInCodeResult = Annotated[
    SignInCode | NotFound | InvalidInput,
    strawberry.union("SignInCodeResult", description="The code, or why there is none."),
]
TokenGrantResult = Annotated[
    TokenGrant | NotFound | InvalidInput,
    strawberry.union("TokenGrantResult", description="The token with its secret, or why there is none."),
]
TokenResult = Annotated[
    Token | NotFound,
    strawberry.union("TokenResult", description="The token that ended, or that there is none."),
]

Name = Annotated[str, strawberry.argument(description="Name of the account.")]
Whose = Annotated[str | None, strawberry.argument(description="Name of an account, for admins; left out: one's own.")]
UserId = Annotated[ID | None, strawberry.argument(description="Whose tickets a CUSTOMER sees; for no other role.")]
After = Annotated[Cursor | None, strawberry.argument(description="A cursor of this very list.")]

signs_in = functools.partial(writes, graphql_type=SignInResult)
changes_account = functools.partial(writes, graphql_type=AccountResult)
makes_code = functools.partial(writes, graphql_type=SignInCodeResult)
makes_token = functools.partial(writes, graphql_type=TokenGrantResult)
ends_token = functools.partial(writes, graphql_type=TokenResult)


@strawberry.type
class AccessQuery:
    @strawberry.field(graphql_type=AccountConnection, description="All accounts, by name. Admins only.")
    async def accounts(self, info: Info, first: First = 50, after: After = UNSET) -> Page[rows.Account]:
        return await accounts.page(info.context, page_length(first), given(after))

    @strawberry.field(graphql_type=Account | None, description="One account, or null. Admins only.")
    async def account(self, info: Info, name: Name) -> rows.Account | None:
        return await accounts.one(info.context, name)

    @strawberry.field(graphql_type=list[Token], description="The viewer's own tokens, the newest first.")
    async def tokens(self, info: Info, account: Whose = UNSET) -> list[credential.Token]:
        return await tokens.of(info.context, given(account))

    @strawberry.field(
        graphql_type=AuditEventConnection,
        description="What happened to accounts, the newest first, as far as the journal goes. Admins only.",
    )
    async def audit_events(
        self,
        info: Info,
        account: Annotated[str | None, strawberry.argument(description="Of this account only.")] = UNSET,
        first: First = 50,
        after: After = UNSET,
    ) -> Page[Event]:
        return await accounts.events(info.context, given(account), page_length(first), given(after))


@strawberry.type
class AccessMutation:
    @signs_in(
        description="Begin a session, whose cookie comes with the answer: by name and password, or by a secret, which"
        " is the code of a one-time link or a token. Over HTTP only."
    )
    async def sign_in(
        self,
        info: Info,
        name: Annotated[str | None, strawberry.argument(description="Name of the account.")] = UNSET,
        password: Annotated[str | None, strawberry.argument(description="Its password.")] = UNSET,
        secret: Annotated[str | None, strawberry.argument(description="A code or token, in place of both.")] = UNSET,
    ) -> SignedIn:
        begun = await sessions.sign_in(info.context, given(name), given(password), given(secret))
        return SignedIn(viewer=begun.viewer, expires_at=DateTime(begun.expires_at_ms))  # type: ignore[arg-type]

    @strawberry.mutation(
        directives=[MUTATION],
        description="End this session wherever it is open, its sockets too. True, also without one.",
    )
    async def sign_out(
        self,
        info: Info,
        everywhere: Annotated[
            bool | None, strawberry.argument(description="Whether all other sessions of the account end as well.")
        ] = False,
    ) -> bool:
        await sessions.sign_out(info.context, everywhere=bool(everywhere))
        return True

    @changes_account(description="Set one's own password; every other session of the account ends.")
    async def set_password(
        self,
        info: Info,
        password: Annotated[str, strawberry.argument(description="The new one, 12 to 1,000 characters.")],
        current: Annotated[
            str | None, strawberry.argument(description="The one before; not needed after a one-time link.")
        ] = UNSET,
    ) -> rows.Account:
        return await sessions.set_password(info.context, password, given(current))

    @changes_account(
        description="Make an account. Without a password, invite its owner by createSignInCode. Admins only."
    )
    async def create_account(
        self,
        info: Info,
        name: Annotated[str, strawberry.argument(description="1 to 100 printable characters; unique, for ever.")],
        role: Annotated[Role, strawberry.argument(description="What it may see and do.")],
        user_id: UserId = UNSET,
        password: Annotated[str | None, strawberry.argument(description="12 to 1,000 characters.")] = UNSET,
    ) -> rows.Account:
        return await accounts.create(info.context.viewer, name, role, given(user_id), given(password))

    @changes_account(description="Give an account another role, at once and wherever it is signed in. Admins only.")
    async def set_role(
        self,
        info: Info,
        account: Name,
        role: Annotated[Role, strawberry.argument(description="What it may see and do from now on.")],
        user_id: UserId = UNSET,
    ) -> rows.Account:
        return await accounts.set_role(info.context.viewer, account, role, given(user_id))

    @changes_account(description="Keep an account out, at once and wherever it is signed in. Admins only.")
    async def disable_account(self, info: Info, account: Name) -> rows.Account:
        return await accounts.disable(info.context.viewer, account)

    @changes_account(description="Let an account in again, with its password and its tokens. Admins only.")
    async def enable_account(self, info: Info, account: Name) -> rows.Account:
        return await accounts.enable(info.context.viewer, account)

    @makes_code(
        description="Make a code that signs an account in once, within three days: an invitation, or the way back for"
        " who forgot the password. Admins only."
    )
    async def create_sign_in_code(self, info: Info, account: Name) -> SignInCode:
        text, until_ms = await sessions.create_code(info.context.viewer, account, sessions.INVITATION_MS)
        return SignInCode(code=text, expires_at=DateTime(until_ms))

    @makes_token(description="Make a token for a program. Its secret is in the answer, and nowhere else.")
    async def create_token(
        self,
        info: Info,
        name: Annotated[str, strawberry.argument(description="What it is for, 1 to 100 printable characters.")],
        account: Whose = UNSET,
        role: Annotated[
            Role | None,
            strawberry.argument(description="A role that may do less than the account; left out: the account's."),
        ] = UNSET,
        user_id: Annotated[
            ID | None, strawberry.argument(description="Whose tickets an admin's token of the role CUSTOMER sees.")
        ] = UNSET,
        expires_at: Annotated[
            DateTime | None, strawberry.argument(description="When it ends; left out: by revocation only.")
        ] = UNSET,
    ) -> TokenGrant:
        new = tokens.NewToken(name, given(role), given(user_id), given(expires_at))
        token, text = await tokens.create(info.context.viewer, new, given(account))
        return TokenGrant(token=token, secret=text)

    @ends_token(description="End a token at once, and everything that is open with it. For its owner, and for admins.")
    async def revoke_token(
        self, info: Info, id: Annotated[ID, strawberry.argument(description="Its id, such as gd_1a2b3c4d.")]
    ) -> credential.Token:
        return await tokens.revoke(info.context.viewer, id)
