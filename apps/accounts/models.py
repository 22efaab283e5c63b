"""What is kept of sign-ins that failed, shared by all processes and servers of an installation."""

from __future__ import annotations

from django.db import models

__all__ = ["FailedSignIn"]


class FailedSignIn(models.Model):
    """Failures of one user name from one address since ``since_s``."""

    #: Of name and address, neither of which has a bounded length.
    pair = models.CharField(max_length=64, unique=True, editable=False)
    name = models.CharField(max_length=150)
    address = models.CharField(max_length=64)
    since_s = models.FloatField(db_index=True)
    distinct = models.PositiveIntegerField(default=0, help_text="different wrong passwords")
    repeated = models.PositiveIntegerField(default=0, help_text="the same wrong password again")

    class Meta:
        verbose_name = "failed sign-in"

    def __str__(self) -> str:
        return f"{self.name} from {self.address}"
