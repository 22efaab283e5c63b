from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CatalogConfig(AppConfig):
    name = "apps.catalog"
    label = "catalog"

    def ready(self) -> None:
        from apps.catalog.groups import grant_to_groups

        # For every app, as each brings permissions of its own; auth creates them just before this runs.
        post_migrate.connect(grant_to_groups, dispatch_uid="catalog.grant_to_groups")
