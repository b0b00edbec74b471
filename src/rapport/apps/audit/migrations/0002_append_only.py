"""The database itself refuses to change or to remove what was written into history."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TRIGGERS = ("audit_entry_no_update", "audit_entry_no_delete")
"""The names of the triggers on SQLite."""

_SQLITE = """
    CREATE TRIGGER {name} BEFORE {verb} ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'history is append-only'); END
"""
_POSTGRESQL = """
    CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'history is append-only'; END $$;
    CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_append_only();
"""


def forbid_changes(_: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Put the triggers in place, in the words of each database."""
    if editor.connection.vendor == "postgresql":
        editor.execute(_POSTGRESQL)
    else:
        for name, verb in zip(TRIGGERS, ("UPDATE", "DELETE"), strict=True):
            editor.execute(_SQLITE.format(name=name, verb=verb))


class Migration(migrations.Migration):
    """Append-only."""

    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(forbid_changes)]
