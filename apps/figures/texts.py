"""Texts inside a figure. plotly.js reads a few HTML tags and links in them, so ours carry none."""

from __future__ import annotations

import re

__all__ = ["safe_text"]

#: Control characters, and the marks that turn the direction of a text around.
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE_ENDS = re.compile(r"\r\n|\r|\n|\\n")
MAX_LENGTH = 300


def safe_text(text: str | None, *, lines: bool = True) -> str:
    """The text as a figure shows it: letter by letter, whatever it contains.

    ``&`` and ``<`` become entities (plotly.js shows those as the letters), a line feed or ``\\n`` becomes a
    line break, ``%{`` can't start a template, and a text of more than 300 letters is cut.
    """
    if not text:
        return ""
    text = _LINE_ENDS.sub("\n", str(text)).replace("&nbsp;", "\u00a0").replace("\t", " ")
    text = _INVISIBLE.sub("", text)
    if len(text) > MAX_LENGTH:
        text = text[: MAX_LENGTH - 1] + "…"
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = text.replace("%{", "%&#123;")
    return text.replace("\n", "<br>" if lines else " ")
