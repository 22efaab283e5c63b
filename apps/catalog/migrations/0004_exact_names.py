from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_forecasts"),
    ]

    operations = [
        migrations.AddField(
            model_name="entity",
            name="folded",
            field=models.CharField(db_index=True, default="", editable=False, max_length=1024),
        ),
        migrations.AddField(
            model_name="metric",
            name="folded",
            field=models.CharField(db_index=True, default="", editable=False, max_length=1024),
        ),
        migrations.AddField(
            model_name="series",
            name="any_case_hash",
            field=models.CharField(editable=False, max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="tag",
            name="folded",
            field=models.CharField(default="", editable=False, max_length=1024),
        ),
        migrations.AddIndex(
            model_name="series",
            index=models.Index(
                condition=models.Q(("any_case_hash__isnull", False)),
                fields=["metric", "entity", "any_case_hash"],
                name="series_in_any_case",
            ),
        ),
        migrations.AddIndex(
            model_name="tag",
            index=models.Index(fields=["folded", "value_hash"], name="tag_in_any_case"),
        ),
    ]
