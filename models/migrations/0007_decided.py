"""An index of what was decided, by when."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.columns import Part


class Migration(migrations.Migration):
    dependencies = [("models", "0006_lists")]
    operations = [
        ops.AddIndex(
            model_name="Ticket",
            index=Part("idx_tickets_decided", ("decided_at_ms", "number"), "decided_at_ms IS NOT NULL"),
        )
    ]
