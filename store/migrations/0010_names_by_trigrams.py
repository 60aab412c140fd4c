"""PostgreSQL finds parts of names by trigrams; SQLite reads all names, as it did.

pg_trgm is a trusted extension: whoever may create in the database may create it.
"""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

# Name, table, and what `icontains` and `contains` compare.
INDEXES = (
    ("customers_by_part_of_name", "store_customer", "player_key"),
    ("customers_by_part_of_uuid", "store_customer", "player_uuid"),
    ("packages_by_part_of_name", "store_package", "upper(name)"),
    ("gift_cards_by_part_of_recipient", "store_giftcard", "upper(recipient_name)"),
    ("gift_cards_by_part_of_message", "store_giftcard", "upper(message)"),
)


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name, table, compared in INDEXES:
            schema_editor.execute(f"CREATE INDEX {name} ON {table} USING gin ({compared} gin_trgm_ops)")


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name, _, _ in INDEXES:
            schema_editor.execute(f"DROP INDEX {name}")


class Migration(migrations.Migration):
    dependencies = [("store", "0009_lists_at_speed")]
    operations = [TrigramExtension(), migrations.RunPython(create, drop)]
