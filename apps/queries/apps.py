from django.apps import AppConfig


class QueriesConfig(AppConfig):
    name = "apps.queries"
    label = "queries"

    def ready(self) -> None:
        """Hand the catalog and the store the expression language, and the algebra processes for scripts."""
        from django.conf import settings

        from apps.algebra.scripting import set_script_runner
        from apps.catalog.ports import set_group_rule
        from apps.queries.filters import group_rule, sample_rule
        from apps.scripts.pool import ScriptLimits, ScriptPool
        from apps.store.ingest import set_filter_reader

        set_group_rule(group_rule)
        set_filter_reader(sample_rule)
        limits = ScriptLimits(
            seconds=settings.TSWEB_SCRIPT_SECONDS,
            memory_bytes=settings.TSWEB_SCRIPT_MEMORY_BYTES,
            max_batch=settings.TSWEB_SCRIPT_MAX_BATCH,
        )
        set_script_runner(ScriptPool(limits))
