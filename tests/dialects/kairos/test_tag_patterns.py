"""Regular expressions of tag filters: they mean what Python's mean, and no value makes them slow."""

from __future__ import annotations

import re
import time

import pytest

from apps.algebra.series import SeriesKey
from apps.dialects.kairos.names import TagFilter
from apps.errors import ArgumentFault

VALUES = [
    "", "a", "ab", "abc", "b", "ba", "web01", "web02", "web01x", "WEB01", "db-1", "a|b", "(a)", "a)b", "x]y",
    "ä",
]  # fmt: skip


def accepted(pattern: str, values: list[str] = VALUES) -> list[str]:
    wanted = TagFilter({"host": [f"regex:{pattern}"]})
    return [value for value in values if wanted.accepts(SeriesKey.of("m", "default", {"host": value}))]


@pytest.mark.parametrize(
    "pattern",
    [
        "", "a", "web.*", "(?i)web\\d+", "a|b", "[^w].*", "(?!web).*", "^(?!web01$).*", "(?!a|b).+",
        "(?=.*b)a.*", "^(?!web)(?!db).*$", "(?=w)(?!web01$).*", "(?!(?:a|b)c?$).*", "(?![)w]).*",
        "(?!\\(|\\)).*", "(?!.*\\)).*",
        "(?!x\\]).*", "(?!a)(a|b).*", "(?!web0[12]$)[a-z]+\\d+.*", "(?=)a", "(?!)a", "(?!a)", "^^(?!a).*",
    ],
)  # fmt: skip
def test_they_mean_what_others_mean(pattern: str) -> None:
    assert accepted(pattern) == [one for one in VALUES if re.fullmatch(pattern, one)]


@pytest.mark.parametrize(
    "pattern",
    ["(", "(?!a", "(?!a)b|c", "a(?!b).*", "(?!(?=a)b).*", "(?!a)*", "(?!" * 1000, "(?!" + "[" * 10_000],
    ids=lambda pattern: pattern[:20],
)
def test_what_can_not_be_read_is_told(pattern: str) -> None:
    with pytest.raises(ArgumentFault, match="can't be read") as fault:
        accepted(pattern)
    assert pattern[:20] in fault.value.message


def test_no_value_takes_long() -> None:
    started = time.process_time()
    assert accepted("(?!(a+)+$)(a|aa)*b?", ["a" * 5000, "a" * 5000 + "b"]) == ["a" * 5000 + "b"]
    assert time.process_time() - started < 2
