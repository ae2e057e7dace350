"""What could not be taken in of the mail, and another try."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry import ID

from models.mail import SeenMail
from resolvers import mail
from resolvers.pages import Page
from schema.pagination import page_length
from schema.problems import NotFound, writes
from schema.scalars import Cursor
from schema.types.mail import DeadLetter, DeadLetterConnection
from schema.types.ticket import First
from schema.words import UNSET, Info, given

DeadLetterResult = Annotated[
    DeadLetter | NotFound,
    strawberry.union("DeadLetterResult", description="The dead letter, or that there is none."),
]


@strawberry.type
class MailQuery:
    @strawberry.field(
        graphql_type=DeadLetterConnection,
        description="Mails that could not be taken in, the newest first. For agents and admins.",
    )
    async def dead_letters(
        self,
        info: Info,
        first: First = 50,
        after: Annotated[Cursor | None, strawberry.argument(description="A cursor of this very list.")] = UNSET,
    ) -> Page[SeenMail]:
        return await mail.dead_letters(info.context, page_length(first), given(after))


@strawberry.type
class MailMutation:
    @writes(
        graphql_type=DeadLetterResult,
        description="Have a dead letter tried again, within seconds: it becomes what it was to be, or says why not.",
    )
    async def retry_dead_letter(
        self, info: Info, id: Annotated[ID, strawberry.argument(description="Of the dead letter.")]
    ) -> SeenMail:
        return await mail.retry(info.context.viewer, id)
