from typing import Any

from django.db import migrations
from django.db.models import F


def fold_names(apps: Any, schema_editor: Any) -> None:
    """Names were folded before they were stored, so nearly all are their own folded form."""
    alias = schema_editor.connection.alias
    for model in ("Metric", "Entity", "Tag"):
        rows = apps.get_model("catalog", model).objects.using(alias)
        rows.update(folded=F("name"))
        for name in list(rows.order_by().values_list("name", flat=True).distinct()):
            folded = name.strip().lower()
            if folded != name:
                rows.filter(name=name).update(folded=folded)


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0004_exact_names"),
    ]

    operations = [
        # Backwards the columns go, and their content with them.
        migrations.RunPython(fold_names, migrations.RunPython.noop),
    ]
