"""How scripts become functions, and where their errors stand."""

from __future__ import annotations

import pytest

from apps.errors import SyntaxFault
from tests.scripts.conftest import Scripts


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("value*2", [2, 4, 12, 20]),
        ("return value*2", [2, 4, 12, 20]),
        ("value*2;", [2, 4, 12, 20]),
        ("\n\n  value*2\n\n", [2, 4, 12, 20]),
        ("// twice\nvalue*2 // of it", [2, 4, 12, 20]),
        ("/* twice\n */ value*2", [2, 4, 12, 20]),
        ("var x = value; return x", [1, 2, 6, 10]),
        ("var x = value;\r\nreturn(x)", [1, 2, 6, 10]),
        ("if (value > 2) return\tvalue; return 0", [0, 0, 6, 10]),
        ("var returnValue = 3; return returnValue + 1", [4, 4, 4, 4]),
        ("typeof returnValue === 'undefined' ? 1 : returnValue", [1, 1, 1, 1]),
        ("Math.sqrt(value * value) + timestamp % 1000", [1, 2, 6, 10]),
        ("new Date(timestamp).getUTCSeconds()", [1, 4, 9, 12]),
        ("new Date(timestamp).getHours()", [0, 0, 0, 0]),
        ("'äöü€😀'.length + value", [7, 8, 12, 16]),
    ],
)
def test_expressions_and_bodies(scripts: Scripts, script: str, expected: list[float]) -> None:
    assert scripts.points(script) == expected


@pytest.mark.parametrize(
    ("script", "line", "column", "text"),
    [
        ("value *", 1, 8, "Unexpected end of script"),
        ("return value *", 1, 15, "Unexpected end of script"),
        ("value *\n", 2, 1, "Unexpected end of script"),
        ("value * ;", 1, 9, None),
        ("var x = 1;\nvar y = 2 2;\nreturn x", 2, 11, None),
        ("// first\n  value $ 2", 2, 9, None),
        ("'äöü€😀' + value 5", 1, 17, None),
        ("\r\n\r\nreturn )", 3, 8, None),
        ("value \u2028 * * 2", 2, 4, None),
        ("'open", 1, 1, None),
        ("/* open", 1, 1, None),
        ("return 'a' +\n  (1", 2, 5, "Unexpected end of script"),
        ("va\0lue", 1, 3, "Illegal character"),
        ("1 +\n \ud800", 2, 2, "Illegal character"),
    ],
)
def test_errors_stand_where_the_user_wrote_them(
    scripts: Scripts, script: str, line: int, column: int, text: str | None
) -> None:
    with pytest.raises(SyntaxFault) as raised:
        scripts.pool.check(script, "function")
    assert raised.value.message.startswith(f"<eval>:{line}:{column} ")
    told = raised.value.message.removeprefix(f"<eval>:{line}:{column} ")
    assert told and "\n" not in told
    assert text is None or told == text


@pytest.mark.parametrize(
    "script",
    [
        "return 1 } function other() { return 2",
        "return 1 }, function () { return 2",
        "return 1 }, other() { return 2",
        "return 1 }); while (true) {} (function () { return 2",
        "return 1 } + function () { return 2",
        "return 1 }})(); ({ a() { while (true) {}",
        "return 1 }; {",
    ],
)
def test_a_script_can_not_leave_its_function(scripts: Scripts, script: str) -> None:
    with pytest.raises(SyntaxFault):
        scripts.pool.check(script, "function")
    with pytest.raises(SyntaxFault):
        scripts.points(script)


def test_checking_does_not_run_anything(scripts: Scripts) -> None:
    scripts.pool.check("while (true) {} return 1", "range")
    scripts.pool.check("(function () { while (true) {} return 1 })()", "filter")


def test_a_text_that_is_all_brackets_is_refused(scripts: Scripts) -> None:
    with pytest.raises(SyntaxFault, match="<eval>:1:1 Nested too deeply"):
        scripts.pool.check("(" * 200_000, "function")
