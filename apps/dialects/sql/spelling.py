"""How names, texts and types are written: in quotes where they need them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from apps.dialects.sql.nodes import Name, TypeName
from apps.dialects.sql.words import RESERVED

__all__ = ["WORD", "name_text", "names_text", "path_text", "quoted", "table_name_text", "type_text"]

#: What is a word without quotes.
WORD = re.compile(r"[^\W\d][\w$]*")


def quoted(text: str, sign: str = "'") -> str:
    return f"{sign}{text.replace(sign, sign * 2)}{sign}"


def name_text(name: Name, reserved: Iterable[str] = RESERVED) -> str:
    """An identifier, in quotes when it needs them or when they kept its case."""
    plain = WORD.fullmatch(name.key) is not None and name.key not in reserved
    if plain and (not name.quoted or name.text == name.key):
        return name.key
    return quoted(name.text or name.key, '"')


def path_text(path: tuple[Name, ...]) -> str:
    """Only the first part can be taken for something else than a name."""
    return ".".join([name_text(path[0]), *(name_text(part, ()) for part in path[1:])])


def names_text(names: tuple[Name, ...]) -> str:
    """``(a, b)``, nothing for none."""
    return f"({', '.join([name_text(name) for name in names])})" if names else ""


def table_name_text(name: Name) -> str:
    """The dots of an unquoted name divide words, and only the first could be taken for something else."""
    first, *rest = name.key.split(".")
    if name.quoted:
        return name_text(name)
    parts = [name_text(Name(first)), *(name_text(Name(part), ()) for part in rest)]
    return ".".join(parts) if not any('"' in part for part in parts) else quoted(name.text, '"')


def type_text(kind: TypeName) -> str:
    return kind.name + (f"({', '.join(map(str, kind.arguments))})" if kind.arguments else "")
