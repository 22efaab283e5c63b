"""Another page, as a card with a link. Nothing of another origin is loaded into this one."""

from __future__ import annotations

from urllib.parse import urlsplit

from apps.errors import Note
from apps.figures.panel import PanelSpec
from apps.figures.registry import register_widget
from apps.figures.spec import Figure

__all__ = ["build_page", "safe_address"]


@register_widget("page")
def build_page(spec: PanelSpec) -> Figure:
    """The card names the host, so that a reader sees where the link goes."""
    given = spec.settings.get("url", "").strip()
    address = safe_address(given)
    notes: tuple[Note, ...] = ()
    if address is None:
        message = f"{given[:60]!r} is no address that can be opened" if given else "this page has no url"
        notes = (Note("bad-address", message),)
    table = {
        "kind": "page",
        "address": address,
        "host": (urlsplit(address).netloc or "this site") if address else None,
        "label": spec.title or address,
    }
    return Figure(None, (), notes, table)


def safe_address(text: str) -> str | None:
    """The address when it is one of the web or of this site; scripts and data are neither."""
    if len(text) > 2000 or any(ord(letter) <= 32 or letter == "\\" for letter in text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc:
        return text
    local = not parts.scheme and not parts.netloc and text.startswith("/") and not text.startswith("//")
    return text if local else None
