"""The enumerations of the models as the schema names and describes them.

Take them from here: importing one names it, before anything uses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import strawberry

from models.account import Role
from models.event import EventKind
from models.mail import Check
from models.message import Delivery, MessageKind
from models.ticket import Outcome, Priority, Source, Status
from resolvers.orders import Order


def put(values: type[Enum], name: str, description: str, described: Mapping[str, str]) -> None:
    """Puts an enumeration of the models into the schema: the values that are described, each with its description."""
    definition = strawberry.enum(values, name=name, description=description).__strawberry_definition__  # type: ignore[attr-defined]
    definition.values = [value for value in definition.values if value.name in described]
    for value in definition.values:
        value.description = described[value.name]


put(
    Role,
    "Role",
    "What an account may see and do.",
    {
        "CUSTOMER": "Sees and makes own tickets (those of its userId), follows and answers them.",
        "AGENT": "Works on all tickets.",
        "PARTNER": "Makes tickets for any user and reads them by userId or id; sees no notes.",
        "ADMIN": "As an agent, and frees other people's locks and manages accounts.",
    },
)
put(
    Status,
    "TicketStatus",
    "Where a ticket is in its life.",
    {
        "OPEN": "Nobody works on it yet.",
        "PROCESSING": "An agent works on it.",
        "APPROVED": "Decided in the requester's favour.",
        "REJECTED": "Decided against it, with a reason.",
        "CLOSED": "Ended without a decision.",
    },
)
put(
    Priority,
    "TicketPriority",
    "How urgent a ticket is.",
    {"LOW": "Can wait.", "NORMAL": "The default.", "HIGH": "Before the others.", "URGENT": "At once."},
)
put(
    Source,
    "TicketSource",
    "By which door a ticket came in.",
    {
        "API": "By a program, with a token.",
        "WEB": "By the page, with its session cookie.",
        "MAIL": "By e-mail.",
        "IMPORT": "From a file of another system.",
    },
)
put(
    Order,
    "TicketOrder",
    "How a list is ordered; tickets of the same instant follow their number.",
    {
        "CREATED_DESC": "Newest first.",
        "CREATED_ASC": "Oldest first.",
        "UPDATED_DESC": "Changed last first.",
        "UPDATED_ASC": "Changed longest ago first.",
    },
)
put(
    Outcome,
    "DecisionOutcome",
    "How a ticket was decided.",
    {"APPROVED": "In the requester's favour.", "REJECTED": "Against it, with a reason."},
)
put(
    MessageKind,
    "MessageKind",
    "Which way a message goes.",
    {
        "INCOMING": "From the requester to the agents.",
        "REPLY": "From an agent to the requester.",
        "NOTE": "Among agents and admins; nobody else sees it.",
    },
)
put(
    Delivery,
    "Delivery",
    "What became of a message that is sent by mail.",
    {
        "QUEUED": "It waits to be sent.",
        "SENT": "The mail server took it.",
        "FAILED": "It was given up; an agent may try again.",
        "UNCERTAIN": "The connection broke after the text had left; a person decides.",
    },
)
put(
    EventKind,
    "TicketEventKind",
    "What happened.",
    {
        "CREATED": "The ticket came in.",
        "UPDATED": "Own fields were edited.",
        "LOCKED": "Somebody took the lock, or took it anew.",
        "LOCK_RENEWED": "The holder moved the expiry.",
        "UNLOCKED": "The lock was released, or freed by an admin.",
        "LOCK_EXPIRED": "The lease ended by time.",
        "PROCESSING_STARTED": "An agent began to work on it.",
        "APPROVED": "It was approved; its lock is freed.",
        "REJECTED": "It was rejected; its lock is freed.",
        "CLOSED": "It was closed; its lock is freed.",
        "REOPENED": "It went back to the status before.",
        "MESSAGE_ADDED": "A message or note was added.",
        "DELIVERY_CHANGED": "A mail of this ticket went on its way, arrived or failed.",
        "PARTICIPANTS_CHANGED": "Somebody takes part by mail now, or no more.",
        "ERASED": "What is personal was taken out, of this ticket and of every earlier event and message of it.",
    },
)

put(
    Check,
    "MailCheck",
    "What the desk's own mail server found of a mail.",
    {
        "PASS": "It is in order.",
        "FAIL": "It is not.",
        "NONE": "It did not say, or none of its words is believed.",
    },
)

__all__ = ["Check", "Delivery", "EventKind", "MessageKind", "Order", "Outcome", "Priority", "Role", "Source", "Status"]
