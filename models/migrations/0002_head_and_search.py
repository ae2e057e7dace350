"""What Tortoise's operations cannot say: the journal's one row, the number sequence, the full-text index."""

import secrets

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

POSTGRES = (
    "CREATE SEQUENCE ticket_number",
    "CREATE TABLE search (id bigint PRIMARY KEY, words tsvector NOT NULL, note boolean NOT NULL)",
    "CREATE INDEX idx_search_words ON search USING gin (words)",
)
SQLITE = ("CREATE VIRTUAL TABLE search USING fts5(words, note UNINDEXED)",)


async def forward(apps: StateApps, editor: BaseSchemaEditor) -> None:
    postgres = editor.client.capabilities.dialect == "postgres"
    for sql in POSTGRES if postgres else SQLITE:
        await editor.client.execute_script(sql)
    blob = "'\\x%s'::bytea" if postgres else "x'%s'"
    journal_id, nonce = blob % secrets.token_hex(8), blob % ("00" * 4)
    await editor.client.execute_script(
        f"INSERT INTO journal_head (id, journal_id, position, nonce) VALUES (1, {journal_id}, 0, {nonce})"
    )


class Migration(migrations.Migration):
    dependencies = [("models", "0001_initial")]
    operations = [ops.RunPython(forward, ops.RunPython.noop)]
