"""Makes the table of Django's cache in which attempts to sign in are counted."""

from typing import Any

from django.core.management import call_command
from django.db import migrations

TABLE = "rapport_cache"


def make_table(_: Any, editor: Any) -> None:
    """Make the table where it is missing."""
    call_command("createcachetable", TABLE, database=editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    """Attempts are forgotten when it is taken back, which only makes limits start anew."""

    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunPython(make_table, lambda _, editor: editor.execute(f"DROP TABLE {TABLE}"))]
