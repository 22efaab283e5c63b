"""The tree of sections: which setting stands where, and what a section inherits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from apps.algebra.expr import nodes
from apps.algebra.expr.check import MAX_LENGTH
from apps.dialects.charts.diagnostics import Diagnostics
from apps.dialects.charts.expand import Entry
from apps.dialects.charts.formula import parse_formula
from apps.dialects.charts.setting_row import Row
from apps.dialects.charts.settings import (
    FREE_SECTIONS,
    SECTION_DEPTHS,
    fault_of,
    find,
    suggest,
)
from apps.dialects.charts.texts import split_list
from apps.errors import LimitFault, TsError
from apps.spans import Span

__all__ = ["Section", "Setting", "build_tree", "pairs_of", "plain_name", "split_list_kept"]

_CSS = re.compile(r"\s*[\w-]+\s*:[^?]*(?:;|$)")
_LIKE_CODE = re.compile(r"\breturn\b|[?=]\s*['\"]|^\s*\(|['\"]\s*[+:]")
_STATEMENT = re.compile(r"(?:var|let|const|if|function)\b")
#: Settings that mean something only where they stand.
_PAGE_ONLY = frozenset({"title", "width-units", "height-units"})
_OWN_ONLY = frozenset({"type", "alias", "value", "left-units", "top-units", "position", "id"})
#: What names a bar or a link, not the series in it.
_PARENT_ONLY = frozenset({"label", "tooltip"})
#: What a derived series does not take over from above.
DERIVED_OWN = frozenset(
    {
        "metric", "entity", "entities", "entity-group", "entity-expression", "tag-expression", "table",
        "attribute", "statistics", "period", "rate", "rate-counter", "time-offset", "replace-value",
        "exact-match", "series-limit", "filter",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """A setting of a section; several entries when it is repeatable and stands on several lines."""

    name: str
    entries: tuple[Entry, ...]

    @property
    def text(self) -> str:
        joined = "\n".join(entry.value for entry in self.entries)
        return "" if joined == '""' else joined

    @property
    def is_reset(self) -> bool:
        """An empty value puts an inherited setting back to its default."""
        return len(self.entries) == 1 and not self.entries[0].value

    @property
    def span(self) -> Span:
        return self.entries[0].value_span.cover(self.entries[-1].value_span)

    @property
    def name_span(self) -> Span:
        return self.entries[-1].name_span

    @property
    def made(self) -> bool:
        """Whether something was filled in, so that the text stands nowhere as such."""
        return any(entry.made or "${" in entry.value for entry in self.entries)

    @cached_property
    def placed(self) -> tuple[str, int]:
        """The lines where they stand, with blanks for what is between them, and where they begin."""
        first = self.entries[0].value_span.start
        if self.made:
            return self.text, first
        parts: list[str] = []
        at = first
        for entry in self.entries:
            gap = entry.value_span.start - at
            parts.append("\n" + " " * (gap - 1) if gap > 0 else "")
            parts.append(entry.value)
            at = entry.value_span.start + len(entry.value)
        return "".join(parts), first

    @cached_property
    def tree(self) -> nodes.Node | TsError:
        """The value as an expression, or what is wrong with it. Many sections inherit one setting."""
        text, base = self.placed
        marked = re.match(r"\s*javascript\s*:", text, re.IGNORECASE)
        skipped = marked.end() if marked else 0
        try:
            return parse_formula(text[skipped:], base + skipped, self.span if self.made else None)
        except TsError as error:
            return error

    def tree_within(self, found: Diagnostics) -> nodes.Node | TsError:
        """The expression, as long as all expressions of the text together are not too long."""
        if "tree" not in self.__dict__:
            found.formula_left -= len(self.text)
            if found.formula_left < 0:
                return LimitFault("all expressions together are too long", span=self.span)
        return self.tree

    @cached_property
    def is_code(self) -> bool:
        """Whether a style is an expression that gives a style."""
        text = self.text[:MAX_LENGTH]
        return bool(_LIKE_CODE.search(text)) and not _CSS.fullmatch(text)


@dataclass(eq=False)
class Section:
    """A section of the tree. ``implied``: the text has no header for it."""

    name: str
    span: Span
    parent: Section | None = None
    implied: bool = False
    settings: dict[str, Setting] = field(default_factory=dict)
    unknown: dict[str, Setting] = field(default_factory=dict)
    children: list[Section] = field(default_factory=list)
    free: list[Entry] = field(default_factory=list)

    @property
    def depth(self) -> int:
        return SECTION_DEPTHS[self.name]

    def all(self, name: str) -> Iterator[Section]:
        """The sections of that name directly or further below, in the order of the text."""
        for child in self.children:
            if child.name == name:
                yield child
            yield from child.all(name)

    def own(self, name: str) -> Setting | None:
        """The setting as written in this section."""
        setting = self.settings.get(name)
        return None if setting is None or setting.is_reset else setting

    @cached_property
    def effective(self) -> dict[str, Setting]:
        """What applies here: the nearest definition on the way up, resets taken out."""
        above = {} if self.parent is None else self.parent.effective
        page_wide = self.parent is not None and self.parent.name == "configuration"
        dropped = _OWN_ONLY | _PAGE_ONLY if page_wide else _OWN_ONLY
        if self.parent is not None and self.parent.name in ("column", "link"):
            dropped = dropped | _PARENT_ONLY
        merged = {name: setting for name, setting in above.items() if name not in dropped}
        for name, setting in self.settings.items():
            merged.pop(name, None)
            if not setting.is_reset:
                merged[name] = setting
        return merged

    def get(self, name: str, *, derived: bool = False) -> Setting | None:
        """The setting as it applies here; a derived series takes over less from above."""
        if derived and name in DERIVED_OWN:
            return self.own(name)
        return self.effective.get(name)

    def text(self, name: str, *, derived: bool = False) -> str | None:
        setting = self.get(name, derived=derived)
        return None if setting is None else setting.text

    def resolved(self, *, derived: bool = False) -> dict[str, str]:
        """All settings that apply here, by plain name."""
        return {
            name: setting.text
            for name, setting in self.effective.items()
            if not derived or name not in DERIVED_OWN or name in self.settings
        }

    @cached_property
    def tag_filters(self) -> dict[str, tuple[tuple[str, ...], Span]]:
        """Tag filters by name, those nearer by overriding those further up."""
        above = {} if self.parent is None else self.parent.tag_filters
        own = {name: (values, span) for child in self.children for name, values, span in _tag_entries(child)}
        return {**above, **own} if own else above


def _goes_on(known: Setting) -> bool:
    """Whether a replace-value is a function body that further lines of it may complete."""
    return known.name == "replace-value" and bool(_STATEMENT.match(known.entries[0].value))


def _tag_entries(section: Section) -> Iterator[tuple[str, tuple[str, ...], Span]]:
    if section.name == "tags":
        for entry in section.free:
            values = tuple(value for value in split_list_kept(entry.value) if value)
            if values:
                yield plain_name(entry.name).lower(), values, entry.span
    elif section.name == "tag":
        fields = {entry.name.lower(): entry for entry in section.free}
        if "name" in fields and "value" in fields:
            entry = fields["name"]
            yield entry.value.lower(), (fields["value"].value,), entry.span


def pairs_of(section: Section, kind: str) -> dict[str, str]:
    """The pairs of the free sections of a kind that apply to a section, nearer ones over those further up."""
    above = {} if section.parent is None else pairs_of(section.parent, kind)
    own = {
        plain_name(entry.name): entry.value.replace("\\=", "=")
        for child in section.children
        if child.name == kind
        for entry in child.free
    }
    return {**above, **own} if own else above


def plain_name(name: str) -> str:
    """A tag name without its quotes and escapes."""
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1]
    return name.replace("\\=", "=").replace("\\\\", "\\")


def split_list_kept(text: str) -> list[str]:
    """Values of a tag: a backslash before a comma is taken away, other escapes stay for the pattern."""
    if "\\" not in text:
        return split_list(text)
    marked = text.replace("\\\\", "\0").replace("\\,", "\1")
    return [part.replace("\1", ",").replace("\0", "\\\\").strip() for part in marked.split(",")]


class _Builder:
    def __init__(self, found: Diagnostics) -> None:
        self.found = found
        self.root = Section("configuration", Span(0, 0), implied=True)
        self.open = [self.root]
        self.told: set[tuple[str, str]] = set()

    def header(self, entry: Entry) -> None:
        name = entry.name
        if name not in SECTION_DEPTHS:
            near = self.found.near(name, SECTION_DEPTHS)
            self.found.error(
                "unknown-section", f"there is no section [{name[:60]}]", entry.name_span,
                hint=f"did you mean [{near[0]}]?" if near else None, fix=near[0] if near else None,
            )  # fmt: skip
            return
        if name == "configuration":
            if not self.root.implied and self.root.children:
                self.found.warning("duplicate-section", "there is one [configuration]", entry.span)
            self.root.implied, self.root.span = False, entry.span
            self.open = [self.root]
            return
        depth = SECTION_DEPTHS[name]
        if name in FREE_SECTIONS or name in ("axis", "tag"):
            while self.open[-1].name in FREE_SECTIONS or self.open[-1].name in ("axis", "tag"):
                self.open.pop()
            while name in ("axis", "placeholders") and self.open[-1].depth > SECTION_DEPTHS["widget"]:
                self.open.pop()
            self.enter(Section(name, entry.span, self.open[-1]))
            return
        self.close_to(name, depth)
        self.imply(name, depth, entry.span)
        self.enter(Section(name, entry.span, self.open[-1]))

    def close_to(self, name: str, depth: int) -> None:
        """Close the sections that end where this one begins."""
        while self.open[-1].depth >= depth:
            top = self.open[-1]
            if name == "series" and top.name in ("column", "link"):
                widget = top.parent
                kind = (widget.text("type") or "").lower() if widget else ""
                if (top.name, kind) in (("column", "bar"), ("link", "graph")):
                    return
            self.open.pop()

    def imply(self, name: str, depth: int, span: Span) -> None:
        """Make the ancestors a fragment leaves out."""
        for level, ancestor in ((1, "group"), (2, "widget")):
            if depth > level and self.open[-1].depth < level:
                if level == 1 and depth == 2 and self.open[-1] is self.root:
                    self.enter(Section("group", span, self.root, implied=True))
                elif depth > level:
                    self.enter(Section(ancestor, span, self.open[-1], implied=True))

    def enter(self, section: Section) -> None:
        self.open[-1].children.append(section)
        self.open.append(section)

    def setting(self, entry: Entry) -> None:
        section = self.open[-1]
        if section.name in FREE_SECTIONS or section.name == "tag":
            self.free(section, entry)
            return
        row = find(entry.name)
        if row is None:
            self.unknown(section, entry)
            return
        if " " in entry.name.strip():
            self.found.warning(
                "blank-in-name", "setting names are written with hyphens", entry.name_span,
                hint=f"write {row.name}", fix=row.name,
            )  # fmt: skip
        if section.name == "column" and row.name in ("columns", "sort") and section.parent is not None:
            section = section.parent  # after a [column] these still mean the table
        entry = self.of_today(row, entry)
        known = section.settings.get(row.name)
        if known is not None and (row.repeatable or _goes_on(known)):
            section.settings[row.name] = Setting(row.name, (*known.entries, entry))
            return
        if known is not None:
            self.found.warning(
                "duplicate-setting", f"{row.name} is set already in this section; the last one counts",
                entry.name_span,
            )  # fmt: skip
        section.settings[row.name] = Setting(row.name, (entry,))
        self.check(row, entry)

    def of_today(self, row: Row, entry: Entry) -> Entry:
        """The setting with the word of today where it has one that older releases took."""
        today = row.older_words.get(entry.value.strip().lower()) if row.older else None
        if today is None:
            return entry
        self.found.info(
            "older-word", f"{entry.value.strip()} is an older word for {today}", entry.value_span,
            hint=f"write {today}", fix=None if entry.made else today,
        )  # fmt: skip
        return replace(entry, value=today)

    def check(self, row: Row, entry: Entry) -> None:
        if entry.made or "${" in entry.value:
            return
        if row.name == "type" and self.open[-1].name != "widget":
            return
        fault = None if row.name == "type" else fault_of(row, entry.value)
        if fault is not None:
            hint = f"write {fault.fix}" if fault.fix else fault.hint
            self.found.error("bad-value", fault.message, entry.value_span, hint=hint, fix=fault.fix)
        elif not row.effective and ("no-effect", row.name) not in self.told:
            self.told.add(("no-effect", row.name))
            self.found.info("no-effect", f"{row.name} is known, it has no effect here", entry.name_span)

    def free(self, section: Section, entry: Entry) -> None:
        if section.name == "tags" and entry.blank_before and section.free:
            row = find(entry.name)
            if row is not None and not entry.name.startswith('"'):
                self.found.warning(
                    "setting-in-tags", f"{row.name} is read as a tag here: [tags] ends at the next section",
                    entry.name_span, hint=f"move {row.name} above [tags], or quote it if it is a tag",
                )  # fmt: skip
        elif section.name == "tags" and find(entry.name) and not entry.name.startswith('"'):
            self.found.info(
                "tag-like-setting", f"the tag {entry.name} is named like a setting", entry.name_span,
                hint=f'quote it: "{entry.name}"', fix=f'"{entry.name}"',
            )  # fmt: skip
        elif section.name == "tags" and " " in entry.name.strip() and not entry.name.startswith('"'):
            self.found.warning(
                "blank-in-tag", "a tag name with blanks is quoted", entry.name_span,
                hint=f'write "{entry.name.strip()}"', fix=f'"{entry.name.strip()}"',
            )  # fmt: skip
        section.free.append(entry)

    def unknown(self, section: Section, entry: Entry) -> None:
        section.unknown[entry.name] = Setting(entry.name, (entry,))
        if entry.name.lower().startswith("column-"):
            return
        self.found.hints_left -= 1
        hinted = self.found.hints_left >= 0 and len(entry.name) < 60
        near = suggest(entry.name) if hinted else None
        self.found.error(
            "unknown-setting", f"there is no setting {entry.name[:60]!r}", entry.name_span,
            hint=f"did you mean {near}?" if near else None, fix=near,
        )  # fmt: skip


def build_tree(entries: list[Entry], found: Diagnostics) -> Section:
    """The sections of a configuration below one ``[configuration]``."""
    builder = _Builder(found)
    for entry in entries:
        if entry.kind == "header":
            builder.header(entry)
        else:
            builder.setting(entry)
    return builder.root
