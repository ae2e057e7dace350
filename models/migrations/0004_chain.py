"""The chain over the journal: its seals, who makes them, and a salted hash for each event, those of locks too."""

import hashlib
import secrets
from typing import Any

import orjson
from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

PERSONAL = ("user_id", "subject", "body", "tags", "extra", "reason")
SAID = ("ordinal", "kind", "author", "text", "html", "created_at_ms")
PAGE = 500


async def forward(apps: StateApps, editor: BaseSchemaEditor) -> None:
    client, postgres = editor.client, editor.client.capabilities.dialect == "postgres"
    await client.execute_script("INSERT INTO duties (name, until_ms) VALUES ('sealer', 0)")
    first, second, third = ("$1", "$2", "$3") if postgres else ("?", "?", "?")
    said = ", ".join(f"m.{name} AS m_{name}" for name in SAID)
    page = (
        f"SELECT e.position, e.user_id, e.actor, e.reason, e.content, e.message_id, {said} FROM events e"
        f" LEFT JOIN messages m ON m.id = e.message_id WHERE e.position > {first} ORDER BY e.position LIMIT {PAGE}"
    )
    change = f"UPDATE events SET salt = {first}, content_hash = {second} WHERE position = {third}"
    position = 0
    while rows := await client.execute_query_dict(page, [position]):
        hashed: list[list[Any]] = []
        for row in rows:
            salt = secrets.token_bytes(16)
            hashed.append([salt, hashlib.sha256(salt + personal(row)).digest(), row["position"]])
        await client.execute_many(change, hashed)
        position = rows[-1]["position"]


def personal(row: dict[str, Any]) -> bytes:
    digest = content = None
    if row["message_id"] is not None:
        said = [str(row["message_id"]), *(row[f"m_{name}"] for name in SAID)]
        digest = hashlib.sha256(orjson.dumps(said)).hexdigest()
    if row["content"] is not None:
        told = orjson.loads(row["content"])
        content = {name: told.get(name) for name in PERSONAL}
    return orjson.dumps([row["user_id"], row["actor"], row["reason"], content, digest])


class Migration(migrations.Migration):
    dependencies = [("models", "0003_sign_in")]
    operations = [
        ops.CreateModel(
            name="Seal",
            fields=[
                ("position", fields.BigIntField(primary_key=True, generated=False)),
                ("hash", fields.BinaryField()),
                ("at_ms", fields.BigIntField()),
            ],
            options={"table": "seals", "app": "models", "pk_attr": "position"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Duty",
            fields=[
                ("name", fields.CharField(primary_key=True, max_length=40)),
                ("holder", fields.CharField(null=True, max_length=40)),
                ("until_ms", fields.BigIntField(default=0)),
            ],
            options={"table": "duties", "app": "models", "pk_attr": "name"},
            bases=["Model"],
        ),
        ops.AddField(model_name="Head", name="pruned", field=fields.BigIntField(db_default=0)),
        ops.RunPython(forward, ops.RunPython.noop),
    ]
