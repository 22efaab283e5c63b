from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Expiry",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "stripe", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("stripe", models.IntegerField()),
                ("id", models.BigIntegerField()),
                ("expires_ns", models.BigIntegerField(db_index=True)),
                ("t0", models.BigIntegerField(help_text="earliest sample, ns")),
                ("t1", models.BigIntegerField(help_text="latest sample, ns")),
                ("payload", models.BinaryField()),
            ],
            options={"indexes": [models.Index(fields=["t1", "stripe"], name="expiry_by_newest")]},
        ),
    ]
