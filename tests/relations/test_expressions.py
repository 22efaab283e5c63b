"""Expressions: three-valued logic, NaN beside NULL, texts as numbers and back, and what they look like."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.errors import ArgumentFault, SyntaxFault, TsError, UnknownName
from apps.relations.columns import Column, Table, constant, of_values, text_codes
from apps.relations.context import Context
from apps.relations.evaluate import evaluate
from apps.relations.expressions import (
    Arithmetic,
    Between,
    Call,
    Case,
    Cast,
    Col,
    Compare,
    Const,
    Expr,
    In,
    IsNull,
    Like,
    Logic,
    Negate,
    Not,
    Regex,
    Switch,
    columns_of,
)
from apps.spans import Span
from tests.relations.plain import doubles, evaluated, same, texts, value_of, wholes

NAN, NULL = Const(math.nan), Const(None)
ONE, TEN = Const(1), Const(10)


def call(name: str, *values: object) -> Expr:
    arguments = (value if hasattr(value, "at") else Const(value) for value in values)
    return Call(name, tuple(arguments))


TRUE, FALSE = Compare("=", ONE, ONE), Compare("!=", ONE, ONE)


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        (Logic("or", (TRUE, NULL)), True),
        (Logic("and", (FALSE, NULL)), False),
        (Logic("and", (TRUE, NULL)), None),
        (Logic("or", (FALSE, NULL)), None),
        (Not(NULL), None),
        (Compare("=", NAN, NAN), None),
        (Compare("<", NULL, ONE), None),
        (Arithmetic("+", NULL, ONE), None),
        (Arithmetic("+", NAN, ONE), math.nan),
        (Arithmetic("/", ONE, Const(0)), math.inf),
        (Arithmetic("/", Const(-1), Const(0)), -math.inf),
        (Arithmetic("/", Const(0), Const(0)), math.nan),
        (Arithmetic("%", Const(-7), Const(3)), -1.0),
        (Arithmetic("+", Const(12), Const(40)), 52.0),
        (Negate(Const("3")), -3.0),
        (IsNull(NAN), True),
        (IsNull(NULL), True),
        (IsNull(NAN, negated=True), False),
        (IsNull(Const("")), False),
        (call("abs", "foo"), math.nan),
        (call("sqrt", math.nan), math.nan),
        (call("isnull", math.nan, 5.0), 5.0),
        (call("isnull", 1, 2), 1),
        (call("isnull", "a", 2), "a"),
        (call("coalesce", None, math.nan, 7), 7.0),
        (call("coalesce", None, math.nan), None),
        (call("nullif", 3, 3), None),
        (call("nullif", 3, 4), 3),
        (Cast(NAN, "varchar"), None),
        (Cast(Const("x"), "number"), math.nan),
        (Cast(Const("1e2"), "number"), 100.0),
        (Cast(Const(2.5), "bigint"), 2),
        (Compare("=", Const(10), Const("10")), True),
        (Compare("=", Const("10"), Const(10.0)), True),
        (Compare("=", Const("a"), Const("A")), False),
        (In(ONE, (Const(2), NULL)), None),
        (In(ONE, (ONE, NULL)), True),
        (In(ONE, (Const(2),), negated=True), True),
        (In(Const("a"), (Const("b"), ONE)), None),
        (Between(TEN, ONE, TEN), True),
        (Between(TEN, ONE, TEN, high_inclusive=False), False),
        (Between(ONE, ONE, TEN, low_inclusive=False), False),
        (Switch(Const(0), (((ONE,), Const("a")),), Const(5)), 5),
        (Switch(Const(2), (((ONE, Const(2)), Const("a")),)), "a"),
        (Switch(Const(3), (((ONE, Const(2)), Const("a")),)), None),
    ],
)
def test_rules_of_values(expression: Expr, wanted: object) -> None:
    found = value_of(expression)
    assert same(found, wanted), found


def test_different_branches_are_mixed() -> None:
    table = Table.of(x=wholes(1, 2, 3))
    case = Switch(Col("x"), (((ONE,), Const("a")), ((Const(2),), Const(2.5))))
    column = evaluate(case, table, Context())
    assert column.type == "java_object"
    assert column.tolist() == ["a", 2.5, None]
    assert evaluate(Case(((TRUE, ONE),), Const(2.5)), table, Context()).type == "double"
    assert evaluate(call("isnull", 1, 2), table, Context()).type == "bigint"
    assert evaluate(call("coalesce", 1, "a"), table, Context()).type == "java_object"


@pytest.mark.parametrize(
    ("value", "text"),
    [(3, "3"), (3.10, "3.1"), (1.235, "1.23"), (1.000003, "1"), (-1.236, "-1.24"), (0.001, "0"),
     (-0.001, "0"), (1e20, "100000000000000000000"), (math.inf, "Infinity"), (12.345678, "12.35")],
)  # fmt: skip
def test_numbers_as_texts(value: float, text: str) -> None:
    assert value_of(Cast(Const(value), "varchar")) == text
    assert value_of(call("concat", "<", value, None, math.nan, ">")) == f"<{text}>"


def test_entities_ignore_case_and_other_texts_do_not() -> None:
    table = Table.of(entity=texts("nurswgvml007", "NURswgvml008", None, folded=True), tag=texts(*"aAb"))
    assert evaluate(Compare("=", Col("entity"), Const("NURSWGVML007")), table, Context()).tolist() == [
        True, False, None,
    ]  # fmt: skip
    assert evaluate(In(Col("entity"), (Const("nurSwgvml008"),)), table, Context()).values.tolist() == [
        False, True, False,
    ]  # fmt: skip
    assert evaluate(Compare("=", Col("tag"), Const("a")), table, Context()).tolist() == [True, False, False]
    assert evaluate(Compare("!=", Col("tag"), Col("entity")), table, Context()).tolist() == [True, True, None]


@pytest.mark.parametrize(
    ("text", "pattern", "escape", "wanted"),
    [
        ("nurswgvml007", "nur%00_", "\\", True),
        ("abc", "ABC", "\\", False),
        ("a%c", "a\\%c", "\\", True),
        ("abc", "a\\%c", "\\", False),
        ("a_c", "a#_c", "#", True),
        ("a\nc", "a_c", "\\", True),
        ("", "%", "\\", True),
        ("a.c", "a.c", "\\", True),
        ("abc", "a.c", "\\", False),
    ],
)
def test_like(text: str, pattern: str, escape: str, wanted: bool) -> None:
    assert value_of(Like(Const(text), Const(pattern), escape)) is wanted
    assert value_of(Like(Const(text), Const(pattern), escape, negated=True)) is not wanted


def test_regex_matches_the_whole_text() -> None:
    assert value_of(Regex(Const("xay"), Const(".*a.*|.*b.*"))) is True
    assert value_of(Regex(Const("xay"), Const("a"))) is False
    assert value_of(Regex(Const("ABC"), Const("(?i)abc"))) is True
    assert value_of(Regex(NULL, Const("a"))) is None
    table = Table.of(x=texts("ab", "cd"), p=texts("a.", "x"))
    assert evaluate(Regex(Col("x"), Col("p")), table, Context()).tolist() == [True, False]


def test_no_regex_hangs() -> None:
    assert value_of(Regex(Const("a" * 5000 + "!"), Const("(a+)+"))) is False
    with pytest.raises(SyntaxFault):
        value_of(Regex(Const("aa"), Const(r"(a)\1")))


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        (call("upper", "aé"), "AÉ"),
        (call("length", "abc"), 3),
        (call("replace", "a-b-c", "-", "+"), "a+b+c"),
        (call("locate", "b", "abcb"), 2),
        (call("locate", "b", "abcb", 3), 4),
        (call("locate", "x", "abc"), 0),
        (call("substr", "abcd", 2, 2), "bc"),
        (call("substr", "abcd", 0), "abcd"),
        (call("substr", "abcd", 2, 0), "bcd"),
        (call("substr", "abcd", 9), ""),
        (call("substr", None, 1), None),
        (call("concat", "a", 1.5, None, "b"), "a1.5b"),
        (call("round", 2.5), 3.0),
        (call("round", -2.5), -2.0),
        (call("round", 1.005, 2), 1.01),
        (call("round", 1234, -2), 1200.0),
        (call("ceil", 1.2), 2.0),
        (call("mod", -7, 3), -1.0),
        (call("log", 10, 1000), 3.0),
        (call("power", 2, 10), 1024.0),
        (call("asin", 2), math.nan),
        (call("pi"), math.pi),
        (call("greatest", 1, None, 3.5), 3.5),
    ],
)
def test_functions_of_numbers_and_texts(expression: Expr, wanted: object) -> None:
    assert same(value_of(expression), wanted), value_of(expression)


def test_faults_name_what_is_wrong_and_where() -> None:
    with pytest.raises(UnknownName, match="'lenght'") as unknown:
        value_of(Call("lenght", (ONE,), at=Span(7, 16)))
    assert unknown.value.hint == "did you mean length?" and unknown.value.span == Span(7, 16)
    with pytest.raises(ArgumentFault, match="takes 3 arguments"):
        value_of(call("replace", "a"))
    with pytest.raises(ArgumentFault, match="no condition"):
        value_of(Logic("and", (ONE, TRUE)))
    with pytest.raises(UnknownName, match="'vaule'"):
        evaluate(Col("vaule"), Table.of(value=wholes(1)), Context())
    with pytest.raises(TsError, match="Invalid date value: 'bad'"):
        value_of(Compare(">", Const(0, "timestamp"), Const("bad")))


def test_nested_switches_cost_what_they_hold() -> None:
    nested: Expr = Col("x")
    for _ in range(40):
        nested = Switch(nested, (((ONE,), Const(2)), ((Const(2),), ONE)), Const(0))
    assert evaluate(nested, Table.of(x=wholes(1, 2, 7)), Context()).tolist() == [1, 2, 0]
    assert columns_of(nested) == {"x"}


def test_literals_of_different_types_are_different_nodes() -> None:
    assert len({Const(1), Const(1.0), Const(True)}) == 3
    assert columns_of(Logic("and", (Compare("=", Col("a"), Col("b")), IsNull(Col("a"))))) == {"a", "b"}


# --- Against one value at a time ----------------------------------------------------------------------

NUMBER = st.one_of(
    st.none(), st.just(math.nan), st.sampled_from([0.0, -0.0, 1.0, -2.5, 3.0, math.inf]), st.floats(-9, 9)
)
NUMBERS = st.one_of(
    st.sampled_from([Col("x"), Col("y"), Col("n")]), NUMBER.filter(lambda v: v is not None).map(Const)
)
TEXT = st.one_of(st.none(), st.text("aBc\u00e9\U0001f600", max_size=2))
TEXTS = st.one_of(st.sampled_from([Col("s"), Col("t")]), st.text("aBc", max_size=2).map(Const))
OPERATOR = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
ARITHMETIC = st.recursive(
    NUMBERS, lambda part: st.builds(Arithmetic, st.sampled_from("+-*/%"), part, part), max_leaves=4
)
CONDITION = st.recursive(
    st.one_of(
        st.builds(Compare, OPERATOR, ARITHMETIC, ARITHMETIC),
        st.builds(Compare, OPERATOR, TEXTS, TEXTS),
        st.builds(IsNull, st.one_of(ARITHMETIC, TEXTS), st.booleans()),
    ),
    lambda part: st.one_of(
        st.builds(Not, part),
        st.builds(Logic, st.sampled_from(["and", "or"]), st.tuples(part, part)),
    ),
    max_leaves=5,
)
ROW = st.tuples(NUMBER, NUMBER, st.one_of(st.none(), st.integers(-3, 3)), TEXT, TEXT)


@settings(max_examples=150, deadline=None)
@given(st.lists(ROW, max_size=6), st.one_of(CONDITION, ARITHMETIC), st.booleans())
def test_columns_agree_with_single_values(rows: list[tuple], expression: Expr, coded: bool) -> None:
    names = ("x", "y", "n", "s", "t")
    kinds = ("double", "double", "bigint", "varchar", "varchar")
    columns = {
        name: of_values(kind, [row[place] for row in rows])
        for place, (name, kind) in enumerate(zip(names, kinds, strict=True))
    }
    if coded:
        columns["s"] = text_codes(columns["s"])
    found = evaluate(expression, Table(columns, len(rows)), Context()).tolist()
    wanted = [evaluated(expression, dict(zip(names, row, strict=True))) for row in rows]
    assert all(
        same(_widened(one), _widened(other)) for one, other in zip(found, wanted, strict=True)
    ), (found, wanted)


def _widened(value: object) -> object:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def test_columns_check_themselves() -> None:
    with pytest.raises(ValueError, match="holds int64"):
        Column("bigint", doubles(1.0).values)
    with pytest.raises(ValueError, match="does not have 2 rows"):
        Table({"a": wholes(1)}, 2)
    assert constant(None, 3, "varchar").tolist() == [None, None, None]
    assert constant("a", 2).tolist() == ["a", "a"]
