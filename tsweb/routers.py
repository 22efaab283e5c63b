"""Which database a model lives in: samples in their own, everything else in the default one."""

from __future__ import annotations

from django.conf import settings

SAMPLES_APP = "store"


class SamplesRouter:
    """Chunks and the head log go to ``settings.SAMPLES_DATABASE``, which may be the default database."""

    def _alias(self, app_label: str) -> str:
        return settings.SAMPLES_DATABASE if app_label == SAMPLES_APP else "default"

    def db_for_read(self, model, **hints):
        return self._alias(model._meta.app_label)

    db_for_write = db_for_read

    def allow_relation(self, first, second, **hints):
        return self._alias(first._meta.app_label) == self._alias(second._meta.app_label)

    def allow_migrate(self, db, app_label, **hints):
        return db == self._alias(app_label)
