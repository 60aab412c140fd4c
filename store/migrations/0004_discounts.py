"""Bans are found by address; the ledger goes with a card that paid for nothing, and is never changed."""

import django.db.models.deletion
from django.db import migrations, models

CREATE = """
CREATE FUNCTION store_ledger_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger of gift cards is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER store_ledger_is_kept BEFORE UPDATE ON store_giftcardentry
    FOR EACH ROW EXECUTE FUNCTION store_ledger_is_kept();
"""
DROP = """
DROP TRIGGER store_ledger_is_kept ON store_giftcardentry;
DROP FUNCTION store_ledger_is_kept();
"""


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CREATE)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP)


class Migration(migrations.Migration):
    dependencies = [("store", "0003_catalogue_indexes")]
    operations = [
        migrations.AlterField(
            model_name="giftcardentry",
            name="card",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="entries", to="store.giftcard"
            ),
        ),
        migrations.AddIndex(
            model_name="ban", index=models.Index(fields=["store", "ip_address"], name="bans_by_address")
        ),
        migrations.RunPython(create, drop),
    ]
