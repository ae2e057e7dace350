"""A desk that an earlier version filled is brought to this one with nothing lost."""

from __future__ import annotations

from desk.settings import Settings
from models import database
from tests.support.desk import Person, running
from tests.support.history import a_day, sealed, verdict

BEFORE_THE_CHAIN = (
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
        assert await again.history(first) == history
        await again.replies(first, "Still here.")
        assert (await sealed()).position == len(await again.history(first)) + 4
        assert (await verdict()).problems == []
