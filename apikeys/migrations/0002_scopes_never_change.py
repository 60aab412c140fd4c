"""A key's scopes never change after it was made: refused by the database too, on PostgreSQL and SQLite."""

from django.db import migrations

POSTGRESQL = """
CREATE FUNCTION apikeys_scopes_never_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the scopes of a key never change' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER apikeys_scopes_never_change BEFORE UPDATE ON apikeys_apikey FOR EACH ROW
    WHEN (OLD.scopes IS DISTINCT FROM NEW.scopes) EXECUTE FUNCTION apikeys_scopes_never_change();
"""
SQLITE = """
CREATE TRIGGER apikeys_scopes_never_change BEFORE UPDATE OF scopes ON apikeys_apikey FOR EACH ROW
    WHEN OLD.scopes IS NOT NEW.scopes
BEGIN
    SELECT RAISE(ABORT, 'the scopes of a key never change');
END
"""


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL)
    elif schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(SQLITE)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER apikeys_scopes_never_change ON apikeys_apikey")
        schema_editor.execute("DROP FUNCTION apikeys_scopes_never_change()")
    elif schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER apikeys_scopes_never_change")


class Migration(migrations.Migration):
    dependencies = [("apikeys", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
