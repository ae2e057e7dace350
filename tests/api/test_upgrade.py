"""A desk that an earlier version filled is brought to this one with nothing lost."""

from __future__ import annotations

from desk.settings import Settings
from models import database
from tests.support.desk import Person, running
from tests.support.history import a_day, sealed, verdict

BEFORE_THE_CHAIN = (
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
