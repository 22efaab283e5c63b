"""Scripts as functions: which texts are bodies and which expressions, and where in them an error stands.

Like ``wire`` this file is imported by the child without the package.
"""

from __future__ import annotations

import re

__all__ = ["SyntaxPlace", "place_of", "wrapped"]

#: ``return`` followed by a blank or a bracket, after nothing or what is no letter or digit: a function body.
_BODY = re.compile(r"(?:^|[^A-Za-z0-9])return[\s(;]")
#: After ``return`` a line break ends the statement, so blanks and comments before an expression go in front.
_LEAD = re.compile(r"(?:\s|//[^\n\u2028\u2029]*|/\*.*?\*/)*", re.DOTALL)
_LINE_ENDS = re.compile("[\n\u2028\u2029]")
_AT = re.compile(r"\n\s+at (?:.*\()?<input>:(\d+):(\d+)")
_RETURN = "return "
_LONGEST_TEXT = 300

SyntaxPlace = tuple[int, int, str]


def function_body(script: str) -> tuple[str, int]:
    """The text to put between braces, and where ``return`` was put in (-1 if nowhere)."""
    if _BODY.search(script):
        return script, -1
    lead = _LEAD.match(script)
    at = lead.end() if lead else 0
    return script[:at] + _RETURN + script[at:], at


def wrapped(script: str, parameters: str) -> tuple[str, str, str]:
    """Two source texts that both parse only if the script is one whole function body, and the one to use.

    A script may close the brace around it. What may follow that brace differs between an object's method and
    a declared function: no text fits both but a body that leaves the brace alone. They end by throwing
    0 before anything that a script put behind the brace could run.
    """
    body, _ = function_body(unix_lines(script))
    method = f"throw 0; ({{script({parameters}) {{\n{body}\n}}}})"
    declared = f"throw 0; function script({parameters}) {{\n{body}\n}}"
    return method, declared, f"(function ({parameters}) {{\n{body}\n}})"


def unix_lines(script: str) -> str:
    return script.replace("\r\n", "\n").replace("\r", "\n")


def place_of(script: str, told: str) -> SyntaxPlace:
    """Line and column in the user's script, counted from 1, and the text, of what the engine tells.

    The engine counts columns in bytes. A place behind the script is its end.
    """
    script = unix_lines(script)
    body, inserted = function_body(script)
    text = told.split("\n", 1)[0].removeprefix("SyntaxError: ")
    at = _AT.search(told)
    lines = _LINE_ENDS.split(body)
    if at is None:
        return 1, 1, _one_line(text)
    # The first line of the source is the wrapper's.
    row, byte = int(at[1]) - 2, int(at[2]) - 1
    if row < 0:
        return 1, 1, _one_line(text)
    if row >= len(lines):
        return *_line_column(script, len(script)), "Unexpected end of script"
    column = len(lines[row].encode()[:byte].decode(errors="ignore"))
    offset = sum(len(line) + 1 for line in lines[:row]) + column
    if inserted >= 0 and offset > inserted:
        offset = max(inserted, offset - len(_RETURN))
    return *_line_column(script, min(offset, len(script))), _one_line(text)


def _line_column(script: str, offset: int) -> tuple[int, int]:
    before = _LINE_ENDS.split(script[:offset])
    return len(before), len(before[-1]) + 1


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_TEXT]
