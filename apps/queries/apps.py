from django.apps import AppConfig


class QueriesConfig(AppConfig):
    name = "apps.queries"
    label = "queries"

    def ready(self) -> None:
        """Hand the catalog and the store the expression language, which they do not know themselves."""
        from apps.catalog.ports import set_group_rule
        from apps.queries.filters import group_rule, sample_rule
        from apps.store.ingest import set_filter_reader

        set_group_rule(group_rule)
        set_filter_reader(sample_rule)
