"""A desk that an earlier version filled is brought to this one with nothing lost."""

from __future__ import annotations

from desk.settings import Settings
from models import database
from tests.support.desk import Person, running
from tests.support.history import a_day, sealed, verdict

LISTS = {
    "idx_tickets_": ["created_d3a232", "updated_c206d0", "status_37a8e8", "status_202f59", "assigne_563036", "decided"],
    "idx_tickets": ["_assigne_2b2faf", "_user_id_f294e5", "_user_id_7513c1"],
    "idx_tickets_undecided_": ["created", "updated"],
    "idx_tickets_not_closed_": ["created", "updated"],
}
BEFORE_THE_CHAIN = (
    *(f"DROP INDEX {some}{index}" for some, names in LISTS.items() for index in names),
    "CREATE INDEX idx_tickets_user_id_ddd790 ON tickets (user_id)",
    "CREATE INDEX idx_tickets_created_7bc2ae ON tickets (created_at_ms)",
    "CREATE INDEX idx_tickets_updated_03482b ON tickets (updated_at_ms)",
    "DROP TABLE ticket_tags",
    "CREATE TABLE ticket_tags (id INTEGER, ticket_id CHAR(36), tag VARCHAR(1000))",
    "DELETE FROM events WHERE account_id IS NOT NULL",
    "UPDATE events SET position = (SELECT count(*) FROM events e WHERE e.position <= events.position)",
    "UPDATE journal_head SET position = (SELECT count(*) FROM events)",
    "DROP INDEX idx_events_account_e0027c",
    *(
        f"ALTER TABLE {table} DROP COLUMN {column}"
        for table, columns in {
            "accounts": ["password"],
            "tokens": ["name", "role", "user_id", "expires_at_ms", "made_with", "used_at_ms"],
            "sessions": ["begun_with"],
            "events": ["account_id"],
        }.items()
        for column in columns
    ),
    "DROP TABLE seals",
    "DROP TABLE duties",
    "ALTER TABLE journal_head DROP COLUMN pruned",
    "UPDATE events SET salt = NULL, content_hash = NULL WHERE content IS NULL",
    "UPDATE events SET content_hash = salt WHERE content IS NOT NULL",
    *(
        f"DROP TABLE {name}"
        for name in (
            "attachments",
            "mail_raw",
            "mail_seen",
            "mail_positions",
            "mail_delivered",
            "mails",
            "participants",
            "outgoing_mails",
        )
    ),
    "DELETE FROM tortoise_migrations WHERE name >= '0004'",
)
"""From what is there now to what 0003 left."""


async def test_a_journal_from_before_the_chain_is_hashed_sealed_and_verified(settings: Settings) -> None:
    async with running(settings) as desk:
        ann = await desk.agent()
        first, _, _ = await a_day(desk)
        await sealed()
        history = await ann.history(first)
    async with database.connected(settings.database):
        for statement in BEFORE_THE_CHAIN:
            await database.primary().execute_query(statement)
        await database.migrate()
        assert (await verdict()).problems == []
    async with running(settings) as desk:
        again = Person(desk, "ann", ann.token)
        kept = await again.history(first)
        assert [event | {"cursor": ""} for event in kept] == [event | {"cursor": ""} for event in history]
        await again.replies(first, "Still here.")
        assert (await sealed()).position == (await database.head()).position
        assert (await verdict()).problems == []
