from typing import Any

from django.apps import AppConfig


class StoreConfig(AppConfig):
    name = "apps.store"
    label = "store"

    def ready(self) -> None:
        """Hand the catalog what it can't import: it stands below the store."""
        from apps.catalog.ports import set_last_times
        from apps.catalog.services import series_removed
        from apps.store.source import StoreSource

        set_last_times(lambda series_ids: StoreSource().last_times(series_ids))
        series_removed.connect(_forget_samples, dispatch_uid="store.forget_samples")


def _forget_samples(sender: Any, series_ids: list[int], **kwargs: Any) -> None:
    from apps.store.writer import delete_series

    delete_series(series_ids)
