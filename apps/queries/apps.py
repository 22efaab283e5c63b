from django.apps import AppConfig


class QueriesConfig(AppConfig):
    name = "apps.queries"
    label = "queries"

    def ready(self) -> None:
        from apps.catalog.selectors import set_group_rule
        from apps.queries.filters import group_rule

        # The catalog keeps groups whose members are computed, and knows no expression language.
        set_group_rule(group_rule)
