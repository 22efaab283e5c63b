"""Texts that clients keep under a service, a key of it, and a key below that."""

from __future__ import annotations

from apps.errors import ArgumentFault
from apps.queries.models import MAX_KEY_CHARS, KeptText

__all__ = ["forget", "keep", "kept", "keys", "service_keys"]

MAX_TEXT_CHARS = 1 << 20


def keep(service: str, service_key: str, key: str, text: str) -> None:
    """Keep a text; one that is there already is replaced."""
    for name in (service, service_key, key):
        if len(name) > MAX_KEY_CHARS:
            raise ArgumentFault(f"a name of metadata has at most {MAX_KEY_CHARS} characters")
    if len(text) > MAX_TEXT_CHARS:
        raise ArgumentFault(f"a text of metadata has at most {MAX_TEXT_CHARS} characters")
    _refuse_zero(service, service_key, key, text)
    place = {"service": service, "service_key": service_key, "key": key}
    KeptText.objects.update_or_create(**place, defaults={"text": text})


def kept(service: str, service_key: str, key: str) -> str | None:
    """The text of that place, None when there is none."""
    _refuse_zero(service, service_key, key)
    found = KeptText.objects.filter(service=service, service_key=service_key, key=key)
    return found.values_list("text", flat=True).first()


def forget(service: str, service_key: str, key: str) -> None:
    """Let go of a text; there may be none."""
    _refuse_zero(service, service_key, key)
    KeptText.objects.filter(service=service, service_key=service_key, key=key).delete()


def service_keys(service: str) -> list[str]:
    """Keys of a service, sorted."""
    _refuse_zero(service)
    rows = KeptText.objects.filter(service=service)
    return sorted(rows.values_list("service_key", flat=True).distinct())


def keys(service: str, service_key: str, starts_with: str = "") -> list[str]:
    """Keys below a key of a service that begin so, sorted."""
    _refuse_zero(service, service_key)
    rows = KeptText.objects.filter(service=service, service_key=service_key)
    return sorted(key for key in rows.values_list("key", flat=True) if key.startswith(starts_with))


# --- Inside ---


def _refuse_zero(*texts: str) -> None:
    if any("\0" in text for text in texts):
        raise ArgumentFault("metadata must not contain a zero byte")
