import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tasks", "0002_late_data"),
    ]

    operations = [
        migrations.AddField(
            model_name="task",
            name="stored",
            field=models.JSONField(
                default=list,
                editable=False,
                help_text="Stretches [start, end) of time in which it stored points.",
            ),
        ),
        migrations.CreateModel(
            name="Output",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "series_id",
                    models.BigIntegerField(help_text="Of the catalog; the series may be gone."),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="outputs", to="tasks.task"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="output",
            constraint=models.UniqueConstraint(fields=("task", "series_id"), name="output_once"),
        ),
    ]
