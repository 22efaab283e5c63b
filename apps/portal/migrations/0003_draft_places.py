# What a new chart began with tells its drafts apart.

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portal", "0002_drafts")]

    operations = [
        migrations.AlterField(
            model_name="draft",
            name="place",
            field=models.CharField(
                blank=True,
                help_text="Key of the chart, or the query of the address at which a new one began.",
                max_length=120,
            ),
        ),
    ]
