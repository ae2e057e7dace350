"""Accounts, their tokens, and what happened to them."""

from __future__ import annotations

from enum import Enum

import strawberry
from strawberry import ID

from models import account as rows
from models import credential
from models import event as events
from schema.pagination import PageInfo
from schema.scalars import Cursor, DateTime
from schema.types.enums import Role
from schema.types.viewer import Viewer
from schema.words import Info, column


@strawberry.type(description="A person or a program that can sign in.")
class Account:
    name: str = strawberry.field(description="Unique; it appears in the history for ever.")
    role: Role = strawberry.field(description="What the account may see and do.")
    user_id: ID | None = strawberry.field(description="A customer's own id in the callers' numbering; null for others.")
    active: bool = strawberry.field(description="Whether it can sign in.")
    created_at: DateTime = column("created_at_ms", "When it was made.")

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        return isinstance(value, rows.Account)

    @strawberry.field(description="Whether it can sign in by name and password.")
    def has_password(account: strawberry.Parent[rows.Account]) -> bool:
        return account.password is not None


@strawberry.type(description="An account in a page.")
class AccountEdge:
    cursor: Cursor = strawberry.field(description="`after` for the page behind this account.")
    node: rows.Account = strawberry.field(graphql_type=Account, description="The account.")


@strawberry.type(description="A page of accounts, by name.")
class AccountConnection:
    edges: list[AccountEdge] = strawberry.field(description="The accounts with their cursors.")
    page_info: PageInfo = strawberry.field(description="Whether there is more.")


@strawberry.type(description="A bearer token, without its secret, of which only a hash is kept.")
class Token:
    name: str = strawberry.field(description="What it is for.")
    created_at: DateTime = column("created_at_ms", "When it was made.")
    expires_at: DateTime | None = column("expires_at_ms", "When it ends; null: by revocation only.")
    last_used_at: DateTime | None = column("used_at_ms", "When it was used last, to the minute; null: never.")

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        return isinstance(value, credential.Token)

    @strawberry.field(description="The visible beginning of its text, such as gd_1a2b3c4d.")
    def id(token: strawberry.Parent[credential.Token]) -> ID:
        return ID(token.visible)

    @strawberry.field(description="Name of the account that it signs in.")
    def account(token: strawberry.Parent[credential.Token]) -> str:
        return token.account.name

    @strawberry.field(description="What it may see and do: as its account, or less.")
    def role(token: strawberry.Parent[credential.Token]) -> Role:
        return token.acts_as

    @strawberry.field(description="Whose tickets it sees as a CUSTOMER, in the callers' numbering; else null.")
    def user_id(token: strawberry.Parent[credential.Token]) -> ID | None:
        return ID(token.acts_for) if token.acts_for is not None else None


@strawberry.type(description="A token that was just made.")
class TokenGrant:
    token: credential.Token = strawberry.field(graphql_type=Token, description="The token as it is listed.")
    secret: str = strawberry.field(description="Its whole text for the Authorization header. It is shown this once.")


@strawberry.type(description="A code that signs an account in once: as a link, {desk}/#code={code}.")
class SignInCode:
    code: str = strawberry.field(description="Its text, shown this once. It belongs behind a #, never into a query.")
    expires_at: DateTime = strawberry.field(description="Until when it can be used.")


@strawberry.type(description="A session began; its cookie came with this answer.")
class SignedIn:
    viewer: Viewer = strawberry.field(description="Who signed in.")
    expires_at: DateTime = strawberry.field(description="When the session ends.")


@strawberry.enum(name="AuditEventKind", description="What happened to an account.")
class Kind(Enum):
    ACCOUNT_CREATED = strawberry.enum_value("ACCOUNT_CREATED", description="It was made.")
    ROLE_CHANGED = strawberry.enum_value("ROLE_CHANGED", description="It got another role, or user id.")
    ACCOUNT_DISABLED = strawberry.enum_value("ACCOUNT_DISABLED", description="It was kept from signing in.")
    ACCOUNT_ENABLED = strawberry.enum_value("ACCOUNT_ENABLED", description="It may sign in again.")
    ACCOUNT_ERASED = strawberry.enum_value("ACCOUNT_ERASED", description="What is personal was taken out.")
    PASSWORD_SET = strawberry.enum_value("PASSWORD_SET", description="Its password was set; other sessions ended.")
    CODE_CREATED = strawberry.enum_value("CODE_CREATED", description="A link was made that signs it in once.")
    TOKEN_CREATED = strawberry.enum_value("TOKEN_CREATED", description="A token of it was made.")
    TOKEN_REVOKED = strawberry.enum_value("TOKEN_REVOKED", description="A token of it was ended.")
    SIGNED_IN = strawberry.enum_value("SIGNED_IN", description="A session began.")
    SIGNED_OUT = strawberry.enum_value("SIGNED_OUT", description="A session ended by its own wish, or all of them.")


@strawberry.type(description="Something that happened to an account: who, when, from where.")
class AuditEvent:
    kind: Kind = strawberry.field(description="What happened.")
    actor: str = strawberry.field(description='Who caused it: an account, or "system" for the command line.')
    at: DateTime = column("at_ms", "When.")

    @strawberry.field(description="Name of the account.")
    def account(event: strawberry.Parent[events.Event]) -> str:
        return str(event.fact("name"))

    @strawberry.field(description="The account's role right after.")
    def role(event: strawberry.Parent[events.Event]) -> Role:
        return Role(event.fact("role"))

    @strawberry.field(description="Network address of whoever caused it; null for the command line.")
    def address(event: strawberry.Parent[events.Event]) -> str | None:
        address: str | None = event.fact("address")
        return address

    @strawberry.field(description="The token, by the visible beginning of its text, where it is about one.")
    def token(event: strawberry.Parent[events.Event]) -> ID | None:
        token = event.fact("token")
        return ID(token) if token is not None else None


@strawberry.type(description="An audit event in a page.")
class AuditEventEdge:
    cursor: Cursor = strawberry.field(description="`after` for the page behind this event.")
    node: events.Event = strawberry.field(graphql_type=AuditEvent, description="The event.")


@strawberry.type(description="A page of audit events, the newest first.")
class AuditEventConnection:
    edges: list[AuditEventEdge] = strawberry.field(description="The events with their cursors.")
    page_info: PageInfo = strawberry.field(description="Whether there is more.")
