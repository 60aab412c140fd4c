"""What lists sort and search by, and on PostgreSQL the indexes that serve them."""

from django.db import migrations, models

# Word for word what `providers.lookups` and `providers.paging` ask, or the indexes would not serve them.
TEXTS_AND_TIMES = {"name": 'sort_name COLLATE "C"', "updated": "updated_at"}
NUMBERS = {
    "price": "cheapest",
    "price_cumulus": "cheapest_cumulus",
    "price_nimbus": "cheapest_nimbus",
    "price_stratus": "cheapest_stratus",
    "nodes": "total_nodes",
    "uptime": "uptime_percentage",
    "rating": "rating",
}
SORTS = {
    f"{name}_{direction}": f"({place}) {direction}"
    for name, place in TEXTS_AND_TIMES.items()
    for direction in ("asc", "desc")
} | {
    f"{name}_{direction}": f"COALESCE({column}, {last}) {direction}"
    for name, column in NUMBERS.items()
    for direction, last in (("asc", 10_000_000), ("desc", -1))
}
CREATE = [
    """ALTER TABLE providers_provider ADD COLUMN word_vector tsvector
       GENERATED ALWAYS AS (array_to_tsvector(string_to_array(words, ' '))) STORED""",
    "CREATE INDEX providers_by_word ON providers_provider USING gin (word_vector)",
    "CREATE INDEX providers_by_language ON providers_provider USING gin (languages jsonb_path_ops)",
    "CREATE INDEX providers_by_support ON providers_provider USING gin (support_channels jsonb_path_ops)",
    *(
        f"CREATE INDEX providers_by_{name} ON providers_provider "
        f'({place}, (slug COLLATE "C")) WHERE is_live'
        for name, place in SORTS.items()
    ),
]
DROP = [
    *(f"DROP INDEX providers_by_{name}" for name in (*SORTS, "support", "language", "word")),
    "ALTER TABLE providers_provider DROP COLUMN word_vector",
]


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in CREATE:
            schema_editor.execute(statement)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in DROP:
            schema_editor.execute(statement)


def cheapest(name):
    field = models.DecimalField(blank=True, decimal_places=2, editable=False, max_digits=8, null=True)
    return migrations.AddField(model_name="provider", name=name, field=field)


class Migration(migrations.Migration):
    dependencies = [("providers", "0003_provenance")]
    operations = [
        migrations.AddField(
            model_name="provider",
            name="sort_name",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=100),
        ),
        migrations.AddField(
            model_name="provider",
            name="words",
            field=models.TextField(blank=True, db_default="", default="", editable=False),
        ),
        cheapest("cheapest"),
        cheapest("cheapest_cumulus"),
        cheapest("cheapest_nimbus"),
        cheapest("cheapest_stratus"),
        migrations.RunPython(create, drop),
    ]
