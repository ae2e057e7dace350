"""Indexes by which every list is read in its order; a tag's rows know what their ticket is ordered by."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State
from tortoise.migrations.schema_generator.state_apps import StateApps

from models.columns import Part

ORDERS = {"created": ["created_at_ms", "number"], "updated": ["updated_at_ms", "number"]}
EQUAL: tuple[list[str], ...] = ([], ["status"], ["assignee"], ["user_id"])
PARTS = {"undecided": "status_before IS NULL", "not_closed": "status NOT IN ('CLOSED')"}
FILL = (
    "INSERT INTO ticket_tags (ticket_id, tag, created_at_ms, updated_at_ms, number)"
    " SELECT t.id, j.value, t.created_at_ms, t.updated_at_ms, t.number FROM tickets t, {}(t.tags) j ORDER BY t.number"
)


async def fill(apps: StateApps, editor: BaseSchemaEditor) -> None:
    each = "json_array_elements_text" if editor.client.capabilities.dialect == "postgres" else "json_each"
    await editor.client.execute_script(FILL.format(each))


class NoIndex(ops.AlterField):
    """Takes the index of a column away: on SQLite, Tortoise's own would rebuild the table and lose all the others."""

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        if state_editor:
            model = new_state.apps.get_model(f"{app_label}.{self.model_name}")
            await state_editor.remove_index(model, Index(fields=[self.name]))


class Migration(migrations.Migration):
    dependencies = [("models", "0005_accounts")]
    operations = [
        *(
            ops.AddIndex(model_name="Ticket", index=Index(fields=[*columns, *order]))
            for columns in EQUAL
            for order in ORDERS.values()
        ),
        *(
            ops.AddIndex(model_name="Ticket", index=Part(f"idx_tickets_{part}_{name}", tuple(order), where))
            for part, where in PARTS.items()
            for name, order in ORDERS.items()
        ),
        NoIndex(model_name="Ticket", name="user_id", field=fields.CharField(max_length=1000)),
        NoIndex(model_name="Ticket", name="created_at_ms", field=fields.BigIntField()),
        NoIndex(model_name="Ticket", name="updated_at_ms", field=fields.BigIntField()),
        ops.DeleteModel(name="TicketTag"),
        ops.CreateModel(
            name="TicketTag",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                (
                    "ticket",
                    fields.ForeignKeyField(
                        "models.Ticket",
                        source_field="ticket_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="tagged",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("tag", fields.CharField(max_length=1000)),
                ("created_at_ms", fields.BigIntField()),
                ("updated_at_ms", fields.BigIntField()),
                ("number", fields.IntField()),
            ],
            options={
                "table": "ticket_tags",
                "app": "models",
                "indexes": [Index(fields=["tag", *order]) for order in ORDERS.values()],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.RunPython(fill, ops.RunPython.noop),
    ]
