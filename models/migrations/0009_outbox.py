"""Mail that goes out."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.columns import JsonColumn


class Migration(migrations.Migration):
    dependencies = [("models", "0008_mail")]
    operations = [
        ops.CreateModel(
            name="OutgoingMail",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("ticket_id", fields.UUIDField(db_index=True)),
                ("message_id", fields.UUIDField(null=True, db_index=True)),
                ("sender", fields.CharField(max_length=320)),
                ("recipient", fields.CharField(max_length=320, db_index=True)),
                ("mail_id", fields.CharField(max_length=1000, db_index=True)),
                ("raw_sha256", fields.CharField(max_length=64, db_index=True)),
                ("state", fields.CharField(max_length=16)),
                ("attempts", fields.IntField(default=0)),
                ("since_ms", fields.BigIntField()),
                ("due_ms", fields.BigIntField()),
                ("holder", fields.CharField(null=True, max_length=40)),
                ("until_ms", fields.BigIntField(default=0)),
                ("steps", JsonColumn()),
                ("created_at_ms", fields.BigIntField()),
            ],
            options={
                "table": "outgoing_mails",
                "app": "models",
                "indexes": [Index(fields=["state", "due_ms"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
