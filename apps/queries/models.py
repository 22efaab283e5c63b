"""What clients keep here for themselves."""

from __future__ import annotations

from django.db import models

__all__ = ["MAX_KEY_CHARS", "KeptText"]

MAX_KEY_CHARS = 255


class KeptText(models.Model):
    """A text that a client of KairosDB keeps under three names (its "metadata")."""

    service = models.CharField(max_length=MAX_KEY_CHARS)
    service_key = models.CharField(max_length=MAX_KEY_CHARS)
    key = models.CharField(max_length=MAX_KEY_CHARS)
    text = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("service", "service_key", "key"), name="kept_text_is_unique"),
        )

    def __str__(self) -> str:
        return f"{self.service}/{self.service_key}/{self.key}"
