from datetime import timedelta
from typing import Any

from django.db import migrations, models
from django.db.models import F

_DAYS = 10


def _fill(apps: Any, _editor: Any) -> None:
    """Those there are were all given ten days for each phase."""
    apps.get_model("assurance", "Line").objects.update(closes_at=F("ends_at") + timedelta(days=3 * _DAYS))


class Migration(migrations.Migration):
    """The days of its window stand with each line."""

    dependencies = [("assurance", "0001_initial")]

    operations = [
        migrations.AddField("line", "report_days", models.PositiveSmallIntegerField(default=_DAYS)),
        migrations.AddField("line", "verify_days", models.PositiveSmallIntegerField(default=_DAYS)),
        migrations.AddField("line", "settle_days", models.PositiveSmallIntegerField(default=_DAYS)),
        migrations.AddField("line", "closes_at", models.DateTimeField(null=True)),
        migrations.RunPython(_fill, migrations.RunPython.noop),
        migrations.AlterField("line", "closes_at", models.DateTimeField()),
    ]
