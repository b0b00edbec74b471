from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="engagement",
            name="spend",
            field=models.DecimalField(decimal_places=2, max_digits=14, null=True),
        ),
    ]
