"""Which members of several wildcard inputs belong together in one formula."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from apps.algebra.series import Samples, Series, SeriesKey, fold
from apps.errors import LimitFault

__all__ = ["Match", "match_members"]

MAX_RESULTS = 10_000


@dataclass(frozen=True, eq=False)
class Match:
    """One series per input that go into one result; ``key`` names the result (no metric)."""

    members: tuple[Series, ...]
    key: SeriesKey


#: Tags by their names in lower case, with the names as they are and the values.
_Tags = dict[str, tuple[str, str]]
_Partial = tuple[tuple[Series, ...], str, _Tags]


def _by_name(one: Series) -> _Tags:
    return {fold(name): (name, value) for name, value in one.key.tags}


def match_members(
    inputs: Sequence[Sequence[Series]], optional: Sequence[bool] = ()
) -> tuple[list[Match], int]:
    """Join inputs on entity and on the tags that both members have, whatever the case of their names.

    A single series goes with every member; an empty input counts as a single series without samples. Also
    gives the number of members that found no partner. Where an ``optional`` input has no partner for a
    member, a series without samples stands in.
    """
    bundles = [at for at, one in enumerate(inputs) if len(one) > 1]
    blank = Series(SeriesKey("", ""), Samples.empty())
    singles = [one[0] if one else blank for one in inputs]
    if not bundles:
        return [Match(tuple(singles), SeriesKey("", ""))], 0
    partials: list[_Partial] = [((one,), one.key.entity, _by_name(one)) for one in inputs[bundles[0]]]
    lost = 0
    for at in bundles[1:]:
        stands_in = at < len(optional) and optional[at]
        partials, missed = _join(partials, inputs[at], stands_in)
        lost += missed
    matches = []
    for members, entity, tags in partials:
        row = list(singles)
        for at, member in zip(bundles, members, strict=True):
            row[at] = member
        matches.append(Match(tuple(row), SeriesKey.of("", entity, dict(tags.values()))))
    return matches, lost


def _join(
    partials: list[_Partial], others: Sequence[Series], optional: bool = False
) -> tuple[list[_Partial], int]:
    """Each partial with every member that agrees with it; members are looked up by shared tags."""
    by_names: dict[frozenset[str], list[int]] = defaultdict(list)
    for at, other in enumerate(others):
        by_names[frozenset(fold(name) for name, _ in other.key.tags)].append(at)
    indexes: dict[tuple[frozenset[str], frozenset[str]], dict[tuple[str, ...], list[int]]] = {}
    joined: list[_Partial] = []
    used: set[int] = set()
    lost = 0
    for members, entity, tags in partials:
        names = frozenset(tags)
        before = len(joined)
        for other_names, places in by_names.items():
            shared = sorted(names & other_names)
            index = indexes.get((frozenset(shared), other_names))
            if index is None:
                index = defaultdict(list)
                for at in places:
                    known = _by_name(others[at])
                    index[(others[at].key.entity, *(known[name][1] for name in shared))].append(at)
                indexes[frozenset(shared), other_names] = index
            for at in index.get((entity, *(tags[name][1] for name in shared)), ()):
                used.add(at)
                joined.append(((*members, others[at]), entity, {**_by_name(others[at]), **tags}))
                if len(joined) > MAX_RESULTS:
                    raise LimitFault(f"the formula would make more than {MAX_RESULTS} series")
        if len(joined) == before and optional:
            joined.append(((*members, Series(SeriesKey("", entity), Samples.empty())), entity, tags))
        lost += len(joined) == before
    return joined, lost + len(others) - len(used)
