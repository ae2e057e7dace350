"""What a browser signs in with: codes that are used once, and sessions."""

from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


def credential() -> list[tuple[str, Any]]:
    return [
        ("lookup", fields.CharField(primary_key=True, max_length=16)),
        (
            "account",
            fields.ForeignKeyField(
                "models.Account",
                source_field="account_id",
                db_index=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ("secret_hash", fields.BinaryField()),
        ("created_at_ms", fields.BigIntField()),
        ("expires_at_ms", fields.BigIntField(db_index=True)),
    ]


class Migration(migrations.Migration):
    dependencies = [("models", "0002_head_and_search")]
    operations = [
        ops.CreateModel(
            name="SignInCode",
            fields=credential(),
            options={"table": "sign_in_codes", "app": "models", "pk_attr": "lookup"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Session",
            fields=credential(),
            options={"table": "sessions", "app": "models", "pk_attr": "lookup"},
            bases=["Model"],
        ),
    ]
