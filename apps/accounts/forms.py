"""Forms for signing in with a page; failures are counted together with those of the API."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError

from apps.accounts.attempts import RETRY_AFTER_S, failures

__all__ = ["AdminSignInForm", "SignInForm"]


def _too_fast() -> ValidationError:
    return ValidationError(
        f"Too many attempts have failed. Wait {RETRY_AFTER_S} seconds, then try again.", code="slowed"
    )


class _Counted:
    """Counts what fails; a right password works also while its name is being guessed at."""

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("username") or ""
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        with failures.verification(name, address) as admitted:
            if not admitted:
                raise _too_fast()
            try:
                cleaned = super().clean()
            except ValidationError:
                slowed = failures.is_slowed(name, address)
                failures.record(name, address)
                if slowed:
                    raise _too_fast() from None
                raise
        failures.forget(name, address)
        return cleaned


class SignInForm(_Counted, AuthenticationForm):
    """Of the portal."""


class AdminSignInForm(_Counted, AdminAuthenticationForm):
    """Of the administration."""
