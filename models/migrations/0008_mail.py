"""Mail: its bytes, what became of each, how far a mailbox was read, who takes part in a ticket, attachments."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0007_decided")]
    operations = [
        ops.CreateModel(
            name="Attachment",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("mail_id", fields.UUIDField(db_index=True)),
                ("ordinal", fields.IntField()),
                ("name", fields.CharField(max_length=200)),
                ("content_type", fields.CharField(max_length=200)),
                ("content_id", fields.CharField(null=True, max_length=1000)),
                ("inline", fields.BooleanField()),
                ("size", fields.IntField()),
                ("sha256", fields.CharField(db_index=True, max_length=64)),
            ],
            options={"table": "attachments", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RawMail",
            fields=[
                ("sha256", fields.CharField(primary_key=True, max_length=64)),
                ("packed", fields.BinaryField()),
                ("size", fields.IntField()),
            ],
            options={"table": "mail_raw", "app": "models", "pk_attr": "sha256"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SeenMail",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("mailbox", fields.CharField(max_length=200)),
                ("epoch", fields.CharField(max_length=64)),
                ("key", fields.CharField(max_length=200)),
                ("fingerprint", fields.CharField(null=True, max_length=64)),
                ("message_id", fields.CharField(null=True, db_index=True, max_length=1000)),
                ("sender", fields.CharField(null=True, max_length=320)),
                ("subject", fields.CharField(null=True, max_length=1000)),
                ("verdict", fields.CharField(max_length=16)),
                ("reason", fields.TextField(null=True)),
                ("ticket_id", fields.UUIDField(null=True, db_index=True)),
                ("automatic", fields.BooleanField(default=False)),
                ("acknowledge_to", fields.CharField(null=True, max_length=320)),
                ("raw_sha256", fields.CharField(null=True, db_index=True, max_length=64)),
                ("size", fields.IntField()),
                ("retry", fields.BooleanField(default=False)),
                ("at_ms", fields.BigIntField()),
            ],
            options={
                "table": "mail_seen",
                "app": "models",
                "unique_together": (("mailbox", "epoch", "key"), ("mailbox", "fingerprint")),
                "indexes": [
                    Index(fields=["sender", "at_ms"]),
                    Index(fields=["verdict", "at_ms"]),
                    Index(fields=["acknowledge_to", "at_ms"]),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MailPosition",
            fields=[
                ("mailbox", fields.CharField(primary_key=True, max_length=200)),
                ("epoch", fields.CharField(null=True, max_length=64)),
                ("after", fields.CharField(null=True, max_length=200)),
                ("holder", fields.CharField(null=True, max_length=40)),
                ("until_ms", fields.BigIntField(default=0)),
                ("failing", fields.CharField(null=True, max_length=200)),
                ("failures", fields.IntField(default=0)),
                ("trouble", fields.TextField(null=True)),
            ],
            options={"table": "mail_positions", "app": "models", "pk_attr": "mailbox"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Delivered",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                ("raw_sha256", fields.CharField(max_length=64)),
                ("size", fields.IntField()),
                ("at_ms", fields.BigIntField()),
            ],
            options={"table": "mail_delivered", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ReceivedMail",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("ticket_id", fields.UUIDField(db_index=True)),
                ("message_id", fields.UUIDField(null=True, unique=True)),
                ("sender", fields.CharField(max_length=320)),
                ("sender_name", fields.CharField(null=True, max_length=200)),
                ("reply_to", fields.CharField(null=True, max_length=320)),
                ("automatic", fields.BooleanField()),
                ("unconfirmed", fields.BooleanField()),
                ("text", fields.TextField()),
                ("html", fields.TextField(null=True)),
                ("unread", fields.TextField(null=True)),
                ("spf", fields.CharField(max_length=16)),
                ("dkim", fields.CharField(max_length=16)),
                ("dmarc", fields.CharField(max_length=16)),
                ("raw_sha256", fields.CharField(db_index=True, max_length=64)),
                ("received_at_ms", fields.BigIntField()),
            ],
            options={"table": "mails", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Participant",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("ticket_id", fields.UUIDField()),
                ("address", fields.CharField(db_index=True, max_length=320)),
                ("name", fields.CharField(null=True, max_length=200)),
                ("requester", fields.BooleanField(default=False)),
                ("confirmed", fields.BooleanField(default=True)),
                ("added_at_ms", fields.BigIntField()),
            ],
            options={
                "table": "participants",
                "app": "models",
                "unique_together": (("ticket_id", "address"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
