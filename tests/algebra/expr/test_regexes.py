"""Regular expressions in expressions: what they match, over texts and columns, and what is refused."""

from __future__ import annotations

import time

import numpy as np
import pytest

from apps.algebra.expr.evaluate import Scope, evaluate
from apps.algebra.expr.values import Column
from apps.dialects.charts.formula import parse_formula
from apps.errors import LimitFault, SyntaxFault, TsError, UnknownName


def value(code: str, **names: object) -> object:
    return evaluate(parse_formula(code), Scope(names=dict(names), work=1_000_000))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'a-b-c'.replace(/-/g, '')", "abc"),
        ("'a-b-c'.replace(/-/, '')", "ab-c"),
        (r"'a1b22'.match(/\d+/g).join('|')", "1|22"),
        (r"'p7'.match(/p(\d)/)[1] / 7", 1),
        ("'x'.match(/y/)", None),
        ("'x'.match(/y/g)", None),
        ("/^nur/i.test('Nurswg')", True),
        ("!/^nur/.test('Nurswg')", True),
        ("'abc'.search(/c/)", 2),
        (r"'x.y'.split(/\./)[1]", "y"),
        ("'ab'.replace(/(a)(b)/, '$2$1$$')", "ba$"),
        ("'ab'.replace(/b/, '[$&]')", "a[b]"),
        ("'a/b'.replace(/[/]/g, '_')", "a_b"),
        ("'abc'.replace(/b/, function (m) { return m.toUpperCase(); })", "aBc"),
        (r"/(\w+)@(\w+)/.exec('me@home')[2]", "home"),
        ("10 / 2 / 5", 1),
        ("(4) / 2 / 1", 2),
        (r"/\u0041/.test('A')", True),
        (r"/=/.test('a=b')", True),
    ],
)
def test_what_they_give(text, expected):
    assert value(text) == expected


def test_a_column_of_texts_is_matched_row_by_row():
    names = Column.of(["srv-1", None, "srv-22"])
    assert value("name.replace(/srv-/, '')", name=names).rows() == ["1", None, "22"]
    assert list(value(r"/\d\d$/.test(name)", name=names).rows()) == [False, False, True]
    numbers = Column(np.array([1.0, 2.0]))
    assert value("/1/.test(n)", n=numbers).rows() == [True, False]


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("'a'.replace(/(?=x)/, '')", "not-offered", "/(?=x)/"),
        ("'a'.replace(/(?<!x)a/, '')", "not-offered", "/(?<!x)a/"),
        (r"/(x)\1/.test('xx')", "not-offered", r"/(x)\1/"),
        ("/x/y.test('x')", "not-offered", "/x/y"),
        ("/(/.test('x')", "bad-regex", "/(/"),
        ("1 + /abc", "text-not-closed", "/"),
    ],
)
def test_what_they_cannot_do_is_told_where_it_stands(text, code, place):
    with pytest.raises(SyntaxFault) as caught:
        parse_formula(text)
    assert caught.value.code == code
    assert text[caught.value.span.start : caught.value.span.end] == place
    assert caught.value.hint or code == "bad-regex"


def test_what_takes_no_regular_expression_says_so():
    for text in ("'abc'.indexOf(/b/)", "/x/.match('x')", "/x/('x')"):
        with pytest.raises(UnknownName):
            value(text)
    with pytest.raises(TsError):
        value("[1].replace(/1/, '')")


def test_hostile_patterns_take_linear_time():
    began = time.process_time()
    assert value(r"/^(a+)+$/.test(text)", text="a" * 20_000 + "!") is False
    assert value(r"/(a|a)*b/.test(text)", text="a" * 20_000) is False
    assert time.process_time() - began < 10
    with pytest.raises(LimitFault):
        value("text.replace(/a/g, text)", text="a" * 9_000)
    with pytest.raises(LimitFault):
        parse_formula("/" + "a" * 1001 + "/.test('a')")
