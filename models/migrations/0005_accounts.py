"""Passwords; tokens with a name, a role, an end and a last use; and the accounts that there are enter the journal."""

import hashlib
import secrets

import orjson
from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

COLUMNS = "position, account_id, kind, actor, at_ms, changed, content, content_hash, salt, nonce, note"
ADVANCE = "UPDATE journal_head SET position = position + 1, nonce = {} RETURNING position"


async def forward(apps: StateApps, editor: BaseSchemaEditor) -> None:
    client, postgres = editor.client, editor.client.capabilities.dialect == "postgres"
    marks = [f"${number}" if postgres else "?" for number in range(1, 12)]
    for row in await client.execute_query_dict("SELECT * FROM accounts ORDER BY created_at_ms, id"):
        salt, nonce = secrets.token_bytes(16), secrets.token_bytes(4)
        personal = {"name": row["name"], "user_id": row["user_id"], "address": None}
        content = personal | {"role": row["role"], "active": bool(row["active"]), "token": None}
        hashed = hashlib.sha256(salt + orjson.dumps([None, "system", None, personal, None])).digest()
        (head,) = await client.execute_query_dict(ADVANCE.format(marks[0]), [nonce])
        facts = [head["position"], row["id"], "ACCOUNT_CREATED", "system", row["created_at_ms"], "[]"]
        await client.execute_query(
            f"INSERT INTO events ({COLUMNS}) VALUES ({', '.join(marks)})",
            [*facts, orjson.dumps(content).decode(), hashed, salt, nonce, False],
        )


class Migration(migrations.Migration):
    dependencies = [("models", "0004_chain")]
    operations = [
        ops.AddField(model_name="Account", name="password", field=fields.TextField(null=True)),
        ops.AddField(model_name="Token", name="name", field=fields.CharField(max_length=1_000, db_default="")),
        ops.AddField(model_name="Token", name="role", field=fields.CharField(max_length=16, null=True)),
        ops.AddField(model_name="Token", name="user_id", field=fields.CharField(max_length=1_000, null=True)),
        ops.AddField(model_name="Token", name="expires_at_ms", field=fields.BigIntField(null=True)),
        ops.AddField(model_name="Token", name="made_with", field=fields.CharField(max_length=16, null=True)),
        ops.AddField(model_name="Token", name="used_at_ms", field=fields.BigIntField(null=True)),
        ops.AddField(
            model_name="Session", name="begun_with", field=fields.CharField(max_length=16, db_default="password")
        ),
        ops.AddField(model_name="Event", name="account_id", field=fields.UUIDField(null=True)),
        ops.AddIndex(model_name="Event", index=Index(fields=["account_id", "position"])),
        ops.RunPython(forward, ops.RunPython.noop),
    ]
