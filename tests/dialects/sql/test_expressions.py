"""Expressions: what binds how strongly, what each form becomes, and how columns without alias are called."""

from __future__ import annotations

import pytest

from apps.dialects.sql import nodes
from apps.dialects.sql.canonical import column_name, expression_text
from apps.dialects.sql.parse import parse_expression, parse_statement

# As in ATSD: unary minus; * / %; + -; comparisons, IS, LIKE, REGEX, IN; BETWEEN; NOT; AND; OR.
SAME_AS = [
    ("a + b * c", "a + (b * c)"),
    ("a - b - c", "(a - b) - c"),
    ("a / b % c", "(a / b) % c"),
    ("-a * b", "(-a) * b"),
    ("a * -b", "a * (-b)"),
    ("a + b = c - d", "(a + b) = (c - d)"),
    ("a = b = c", "(a = b) = c"),
    ("not a = b", "not (a = b)"),
    ("not a and b", "(not a) and b"),
    ("a or b and not c", "a or (b and (not c))"),
    ("a between b and c and d", "(a between b and c) and d"),
    ("a = 1 between b and c", "(a = 1) between b and c"),
    ("not a between b and c", "not (a between b and c)"),
    ("a like b and c", "(a like b) and c"),
    ("a + 1 is null", "(a + 1) is null"),
    ("a is null = b", "(a is null) = b"),
    ("a + 1 in (1, 2)", "(a + 1) in (1, 2)"),
    ("-a::text", "-(a::text)"),
    ("-1::text", "-(1::text)"),
    ("a + b::text", "a + (b::text)"),
    ("counter_agg(a, b) -> rate() * 2", "(counter_agg(a, b) -> rate()) * 2"),
    ("a <> b", "a != b"),
    ("+a + +1", "a + 1"),
    ("now - 1*HOUR", "now - (1 * hours)"),
    ("x between 1 incl and 2 incl", "x between 1 and 2"),
    ("x NOT IN (1)", "x not in (1)"),
    ("INTERVAL '15' MINUTE", "'15 minute'::interval"),
    ("Value + VALUE", 'value + "Value"'),
]
DIFFERENT = [
    ("(a + b) * c", "a + b * c"),
    ("a - (b - c)", "a - b - c"),
    ("(a and b) and c", "a and b and c"),
    ("-(-1)", "1"),
    ("1", "1.0"),
    ("'a'", "a"),
    ("x between 1 excl and 2", "x between 1 and 2"),
    ("2 * hour", "2 * (hour)"),
    ("x like 'a'", "x not like 'a'"),
]
CANONICAL = [
    ("1/0", "1 / 0"),
    ("SUM(value*2)", "sum(value * 2)"),
    ("LAG(value)", "lag(value)"),
    ("'a'", "'a'"),
    ("CASE 0 WHEN 1 THEN 'a' ELSE 5 END", "case 0 when 1 then 'a' else 5 end"),
    ("(value - LAG(value))", "value - lag(value)"),
    ("100 * (value / LAG(value) - 1)", "100 * (value / lag(value) - 1)"),
    ("LAG(value, 2, -1)", "lag(value, 2, -1)"),
    ("LAG(SUM(value))", "lag(sum(value))"),
    ("1=1 OR NULL", "1 = 1 or null"),
    ("1!=1 AND NULL", "1 != 1 and null"),
    ("ABS('foo')", "abs('foo')"),
    ("tags.n = 10", "tags.n = 10"),
    ("CAST(NaN AS STRING)", "cast(nan as string)"),
    ("CAST(x)", "cast(x)"),
    ("ISNULL(NaN, x)", "isnull(nan, x)"),
    ("'group' IN entity.groups", "'group' in entity.groups"),
    ("entity NOT IN collection('name')", "entity not in collection('name')"),
    ("text REGEX '.*a.*|.*b.*'", "text regex '.*a.*|.*b.*'"),
    ("text NOT LIKE 'a!%' ESCAPE '!'", "text not like 'a!%' escape '!'"),
    (
        "CASE x WHEN 1 OR 2 THEN 'a' WHEN 3 THEN 'b' END",
        "case x when 1 or 2 then 'a' when 3 then 'b' end",
    ),
    (
        "CASE WHEN x > 1 OR y IS NOT NULL THEN 1 END",
        "case when x > 1 or y is not null then 1 end",
    ),
    ("EXTRACT(DAY FROM now - 1 * DAY, 'UTC')", "extract(day from now - 1 * day, 'UTC')"),
    ("DATEADD(HOUR, -1, '2031-04-05', 'UTC')", "dateadd(hour, -1, '2031-04-05', 'UTC')"),
    ("date_round(time, 5 MINUTES)", "date_round(time, 5 minute)"),
    (
        "date_format(time, 'yyyy', AUTO)",
        "date_format(time, 'yyyy', auto)",
    ),
    ("date_parse('31.01.2031', 'dd.MM.yyyy', 'UTC')", "date_parse('31.01.2031', 'dd.MM.yyyy', 'UTC')"),
    ("LOOKUP('table', tags.a)", "lookup('table', tags.a)"),
    ("property(entity, 'type:key=v:tag')", "property(entity, 'type:key=v:tag')"),
    ("CONCAT(a, '-', b, 1.50)", "concat(a, '-', b, 1.50)"),
    ("RANDOM() + PI()", "random() + pi()"),
    ("30E4 + .5", "30e4 + .5"),
    ("a - -1", "a - -1"),
    ("-(1)", "-(1)"),
    ("- -a", "-(-a)"),
    ("COUNT(*) FILTER (WHERE x = 1)", "count(*) filter (where x = 1)"),
    ('"a b"."C"', '"a b"."C"'),
    ("tags.order", "tags.order"),
    ('"order" + "now" + "hour"', '"order" + "now" + hour'),
]


@pytest.mark.parametrize("text, same", SAME_AS)
def test_binds(text, same):
    assert parse_expression(text) == parse_expression(same)


@pytest.mark.parametrize("text, other", DIFFERENT)
def test_differs(text, other):
    assert parse_expression(text) != parse_expression(other)


@pytest.mark.parametrize("text, canonical", CANONICAL)
def test_canonical_text(text, canonical):
    found = parse_expression(text)
    assert expression_text(found) == canonical
    assert parse_expression(canonical) == found


def test_equal_trees_have_equal_hashes():
    first, second = parse_expression("SUM( value *2)"), parse_expression("sum(Value * 2)")
    assert first == second and hash(first) == hash(second)


def test_what_forms_become():
    assert parse_expression("now") == nodes.Calendar("now")
    assert parse_expression("now()") == nodes.Call("now")
    assert parse_expression("CURRENT_TIMESTAMP") == nodes.Call("current_timestamp")
    assert parse_expression("3 * HOURS") == nodes.Duration(nodes.Number(3, True), "hour")
    assert parse_expression("-5") == nodes.Number(-5, True)
    assert parse_expression("1e2") == nodes.Number(100.0, False)
    # Beyond 64 bits a number is no longer whole.
    assert parse_expression("9223372036854775808") == nodes.Number(2.0**63, False)
    assert parse_expression("9223372036854775807") == nodes.Number(2**63 - 1, True)
    assert parse_expression("x") == nodes.Column((nodes.Name("x"),))


def test_logic_is_flat():
    found = parse_expression("a and b and c and d")
    assert isinstance(found, nodes.Logic) and len(found.operands) == 4


def test_every_part_has_its_place():
    text = '  sum( value*2 )  + tags."a b"'
    found = parse_expression(text)
    assert text[found.at.start : found.at.end] == text.strip()
    assert text[found.left.at.start : found.left.at.end] == "sum( value*2 )"
    assert text[found.left.name_at.start : found.left.name_at.end] == "sum"
    assert text[found.left.arguments[0].at.start : found.left.arguments[0].at.end] == "value*2"
    assert text[found.right.at.start : found.right.at.end] == 'tags."a b"'


@pytest.mark.parametrize(
    "text, name",
    [
        ("datetime", "datetime"),
        ("VALUE", "value"),
        ('"My Column"', "My Column"),
        ('tags."dc-name"', "tags.dc-name"),
        ("t1.value", "t1.value"),
        ("(value - LAG(value))", "value - lag(value)"),
        ("SUM(value*2)", "sum(value * 2)"),
        ("DELTA(value)", "delta(value)"),
        ("row_number()", "row_number()"),
        # PostgreSQL names such columns after the function.
        ("counter_agg(ts, val)", "counter_agg"),
        ("delta(counter_agg(ts, val))", "delta"),
        ("delta(rollup(counter_agg))", "delta"),
        ("delta(counter_agg)", "delta"),
        ("summary -> delta()", "delta"),
        ("extrapolated_delta(counter_agg, method => 'prometheus')", "extrapolated_delta"),
        ("time_bucket('15 min'::interval, ts)", "time_bucket"),
        ("toolkit_experimental.time_bucket_range('1 h', ts)", "time_bucket_range"),
        ("row_number() OVER (ORDER BY ts)", "row_number"),
        ("sum(v) OVER (PARTITION BY id)", "sum"),
        ("val::numeric", "val"),
        ("rate(s)::numeric(10, 2)", "rate"),
        ("'15 min'::interval", "interval"),
        ("CAST(val AS number)", "cast(val as number)"),
    ],
)
def test_names_of_columns(text, name):
    item = parse_statement(f"SELECT {text}" + (" FROM m t1" if "t1." in text else "")).items[0]
    assert column_name(item.expression) == name
