"""How the inputs of a derived series meet: the settings ``match``, ``missing`` and ``division-by-zero``."""

from __future__ import annotations

from apps.algebra.periods import Period, period_grid
from apps.algebra.transforms.formula_intervals import whole_units
from apps.dialects.charts.drafts import Draft
from apps.dialects.charts.sections import Setting
from apps.dialects.charts.window import read_interval
from apps.errors import ArgumentFault, TsError

__all__ = ["division_of", "match_of", "missing_of"]

_RULES = {"fill": False, "exact": False, "previous": None, "nearest": None, "grid": True}
_MISSING = {"gap": "gap", "0": "zero", "zero": "zero", "last": "last", "skip": "skip"}
_DIVISIONS = {"gap": "gap", "0": "zero", "zero": "zero", "infinite": "infinite"}


def _fault(setting: Setting, hint: str) -> ArgumentFault:
    return ArgumentFault(
        f"{setting.name} does not take {setting.text.strip()[:40]!r}",
        code="bad-value", span=setting.span, hint=hint,
    )  # fmt: skip


def _period(setting: Setting, text: str, zone: str) -> Period:
    try:
        period, sign = read_interval(text)
        period = whole_units(period)
        period_grid(period, 0, 1, zone=zone)
    except TsError as error:
        raise error.at(setting.span) from None
    if sign < 0 or not period.count:
        raise _fault(setting, "an interval is longer than 0")
    return period


def match_of(draft: Draft, zone: str) -> tuple[str, Period | None]:
    """The rule and its limit or period; ``fill`` where none is set."""
    setting = draft.section.get("match")
    if setting is None or not setting.text.strip():
        return "fill", None
    hint = "fill, exact, previous 10 minute, nearest 30 second or grid 1 minute"
    word, _, rest = setting.text.strip().lower().partition(" ")
    takes = _RULES.get(word, False)
    if word not in _RULES or (rest.strip() and takes is False) or (not rest.strip() and takes):
        raise _fault(setting, hint)
    return word, _period(setting, rest.strip(), zone) if rest.strip() else None


def missing_of(draft: Draft, source: Draft, zone: str) -> tuple[str, Period | None]:
    """What stands for a missing value of an input: as the input itself says, else the derived series."""
    setting = source.section.own("missing") or draft.section.get("missing")
    if setting is None or not setting.text.strip():
        return "", None
    word, _, rest = setting.text.strip().lower().partition(" ")
    if word not in _MISSING or (rest.strip() and word != "last"):
        raise _fault(setting, "gap, 0, last 10 minute or skip")
    return _MISSING[word], _period(setting, rest.strip(), zone) if rest.strip() else None


def division_of(draft: Draft) -> str:
    """What a division by zero gives; a word that says nothing was reported when it was read."""
    setting = draft.section.get("division-by-zero")
    return _DIVISIONS.get(setting.text.strip().lower() if setting else "", "infinite")
