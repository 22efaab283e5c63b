"""Filters: meaning, faults with a place, and bounds."""

import time

import pytest

from apps.algebra.source import EntityInfo, MetricInfo
from apps.dialects.atsd.expressions import (
    Resolver,
    compile_entity_filter,
    compile_metric_filter,
    compile_tag_filter,
)
from apps.dialects.atsd.grammar import parse_expression
from apps.errors import SyntaxFault

ENTITY = EntityInfo(
    "nurswgvml007", label="NURswgvml007", tags={"os": "Linux", "app": "ATSD"},
    fields={"enabled": True, "createdDate": "2031-01-02T00:00:00.000Z", "interpolate": "LINEAR"},
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "name = 'NURSWGVML007'",
        "name LIKE '*VML*'",
        "name IN ('x', 'nurswgvml007')",
        "label == 'NURswgvml007' && label != 'nurswgvml007'",
        "tags.os = 'Linux' AND NOT tags.app = 'x'",
        "tags.OS = 'Linux'",
        "tags.nothing = ''",
        "enabled = true",
        "enabled",
        "createdDate > '2031-01-01'",
        "createdDate < 'now'",
        "lower(tags.app) = 'atsd' and upper(label) = 'NURSWGVML007'",
        "likeAny(tags.os, list('Win*,Lin*'))",
        "likeAll(tags.os, ('L*', '*x'))",
        "startsWithAny(name, list('a,nur'))",
        "regexAny(name, ['a.*', 'nur.*7'])",
        "name REGEX 'nur[a-z]+\\d+'",
        "matches('L*', [tags.os])",
        "memberOf('linux', 'x')",
        "property('disk::size') = '10'",
        "property_values('disk::size').contains('20')",
        "property_values('nothing').isEmpty()",
        "collection('hosts').size() = 1",
        "tags.size() = 2 and name.length() > 5",
        "name NOT LIKE 'x*' AND label NOT IN ('a')",
        "1 + 2 * 3 = 7 and -1 < 0",
        "name BETWEEN 'a' AND 'z'",
    ],
)
def test_true_of_the_entity(text):
    resolver = Resolver(
        member_of=lambda entity, groups: "linux" in groups,
        collection=lambda name: ["a"],
        property_values=lambda entity, path: ["10", "20"] if path == "disk::size" else [],
    )
    now_ns = 1_930_000_000 * 10**9
    assert compile_entity_filter(text, resolver=resolver, now_ns=now_ns)(ENTITY)
    assert not compile_entity_filter(f"NOT ({text})", resolver=resolver, now_ns=now_ns)(ENTITY)


def test_metrics():
    metric = MetricInfo("cpu", unit="%", fields={"dataType": "DOUBLE", "retentionDays": 5})
    assert compile_metric_filter("dataType = 'DOUBLE' AND retentionDays >= 5")(metric)
    assert not compile_metric_filter("units != '%'")(metric)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("", 0), ("tags.a =", 8), ("tags.a = 'x", 9), ("(tags.a = 1", 11), ("tags.a = 1)", 10),
        ("a ; b", 2), ("lowr(name)", 0), ("lower()", 0), ("name.sizes()", 0), ("name IN", 7),
    ],
)  # fmt: skip
def test_faults_have_a_place(text, start):
    with pytest.raises(SyntaxFault) as caught:
        compile_tag_filter(text)
    assert caught.value.span.start == start


def test_near_names():
    with pytest.raises(SyntaxFault) as caught:
        compile_tag_filter("lowr(tags.a) = ''")
    assert caught.value.hint == "did you mean lower?"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000, "(" * 5_000, "[" * 5_000, "!" * 10_000, "-" * 10_000, "lower(" * 3_000,
        "1" + "+1" * 9_000, "a" + ".b" * 9_000, "a" + "=1" * 9_000, "((1" + "+1" * 30 + ")" * 2,
        "name REGEX '(a'", "name REGEX '" + "(a{1000}){1000}" * 5 + "'",
    ],
)  # fmt: skip
def test_bounds(text):
    began = time.process_time()
    try:
        compile_tag_filter(text)
    except SyntaxFault:
        assert time.process_time() - began < 5
    else:
        assert len(text) < 100


def test_long_chains_of_and_are_no_trouble():
    text = " AND ".join(["tags.a = ''"] * 1_000)
    assert compile_tag_filter(text)({})


def test_regular_expressions_take_linear_time():
    accepts = compile_tag_filter("tags.a REGEX '(a+)+$' OR tags.a LIKE '*a*a*a*a*a*a*b'")
    began = time.process_time()
    assert not accepts({"a": "a" * 5_000 + "!"})
    assert time.process_time() - began < 5


def test_quotes_and_escapes():
    assert compile_tag_filter("tags.a = 'it''s'")({"a": "it's"})
    assert compile_tag_filter('tags.a = "say \\"hi\\""')({"a": 'say "hi"'})
    assert compile_tag_filter("tags.a LIKE 'x\\*'")({"a": "x*"})
    assert not compile_tag_filter("tags.a LIKE 'x\\*'")({"a": "xy"})


def test_trees_never_grow_deep():
    tree = parse_expression(" OR ".join(["value > 1"] * 500))
    assert tree.operator == "||"
