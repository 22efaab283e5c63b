from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_newest_times"),
    ]

    operations = [
        migrations.AddField(
            model_name="series",
            name="kind",
            field=models.CharField(
                blank=True, default="", editable=False, help_text="empty, or FORECAST…", max_length=20
            ),
        ),
        migrations.AddField(
            model_name="series",
            name="forecast_name",
            field=models.CharField(blank=True, default="", editable=False, max_length=512),
        ),
    ]
