"""On PostgreSQL, refuse changes of the change log whoever asks: the ORM, raw SQL or a support tool."""

from django.db import migrations

CREATE = """
CREATE FUNCTION providers_change_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'changes of providers are append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER providers_change_append_only BEFORE UPDATE OR DELETE ON providers_change
    FOR EACH ROW EXECUTE FUNCTION providers_change_append_only();
"""
DROP = """
DROP TRIGGER providers_change_append_only ON providers_change;
DROP FUNCTION providers_change_append_only();
"""


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CREATE)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP)


class Migration(migrations.Migration):
    dependencies = [("providers", "0001_provider")]
    operations = [migrations.RunPython(create, drop)]
