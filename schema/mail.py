"""Mail that could not be taken in, mail that goes out, and to whom."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry import ID

from models.mail import SeenMail
from models.outgoing import OutgoingMail as OutgoingRow
from models.ticket import Ticket
from resolvers import mail, outbox
from resolvers.pages import Page
from schema.arguments import Id
from schema.cost import MUTATION
from schema.pagination import page_length
from schema.problems import InvalidInput, NotFound, writes
from schema.scalars import Cursor
from schema.types.enums import Delivery
from schema.types.mail import DeadLetter, DeadLetterConnection
from schema.types.outbox import MailFinding, MailSetting, OutgoingMail, OutgoingMailConnection
from schema.types.ticket import First
from schema.types.ticket import Ticket as TicketType
from schema.words import UNSET, Info, given

DeadLetterResult = Annotated[
    DeadLetter | NotFound,
    strawberry.union("DeadLetterResult", description="The dead letter, or that there is none."),
]
ParticipantsResult = Annotated[
    TicketType | NotFound | InvalidInput,
    strawberry.union("ParticipantsResult", description="The ticket, or why nobody was added or removed."),
]
OutgoingMailResult = Annotated[
    OutgoingMail | NotFound | InvalidInput,
    strawberry.union("OutgoingMailResult", description="The mail, or why there was nothing to decide."),
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

    @strawberry.field(
        graphql_type=OutgoingMailConnection,
        description="Mail that goes out or went, the newest first. For agents and admins.",
    )
    async def outbox(
        self,
        info: Info,
        delivery: Annotated[
            Delivery | None, strawberry.argument(description="Only what became of it; left out, all.")
        ] = UNSET,
        first: First = 50,
        after: Annotated[Cursor | None, strawberry.argument(description="A cursor of this very list.")] = UNSET,
    ) -> Page[OutgoingRow]:
        return await outbox.mails(info.context, given(delivery), page_length(first), given(after))

    @strawberry.field(description="The desk's mail settings, without passwords; null without mail. For admins.")
    async def mail_settings(self, info: Info) -> list[MailSetting] | None:
        house = outbox.settings(info.context)
        return [MailSetting(name=name, value=value) for name, value in house.told] if house else None


@strawberry.type
class MailMutation:
    @strawberry.mutation(
        description="Try the desk's mail settings; changes nothing, sends nothing. Empty without mail. For admins.",
        directives=[MUTATION],
    )
    async def check_mail(self, info: Info) -> list[MailFinding]:
        house = outbox.settings(info.context)
        found = await house.check() if house else []
        return [MailFinding(what=each.what, words=each.words, works=each.works) for each in found]

    @writes(
        graphql_type=ParticipantsResult,
        description="Have somebody take part in a ticket by mail, or confirm who wrote with no more than its address.",
    )
    async def add_participant(
        self,
        info: Info,
        ticket_id: Id,
        address: Annotated[str, strawberry.argument(description="Of their mailbox, at most 320 characters.")],
        name: Annotated[str | None, strawberry.argument(description="At most 200 characters.")] = UNSET,
    ) -> Ticket:
        return await outbox.add_participant(info.context.viewer, ticket_id, address, given(name))

    @writes(
        graphql_type=ParticipantsResult,
        description="Have somebody take part by mail no more. What is on its way to them goes on.",
    )
    async def remove_participant(
        self,
        info: Info,
        ticket_id: Id,
        address: Annotated[str, strawberry.argument(description="As it is among the participants.")],
    ) -> Ticket:
        return await outbox.remove_participant(info.context.viewer, ticket_id, address)

    @writes(
        graphql_type=OutgoingMailResult,
        description="Decide of a mail that failed, or of which nobody knows whether it arrived.",
    )
    async def settle_delivery(
        self,
        info: Info,
        id: Annotated[ID, strawberry.argument(description="Of the outgoing mail.")],
        arrived: Annotated[
            bool,
            strawberry.argument(description="true: it did, SENT; false: the same mail is sent once more, QUEUED."),
        ],
    ) -> OutgoingRow:
        return await outbox.settle(info.context.viewer, id, arrived=arrived)

    @writes(
        graphql_type=DeadLetterResult,
        description="Have a dead letter tried again, within seconds: it becomes what it was to be, or says why not.",
    )
    async def retry_dead_letter(
        self, info: Info, id: Annotated[ID, strawberry.argument(description="Of the dead letter.")]
    ) -> SeenMail:
        return await mail.retry(info.context.viewer, id)
