"""Scripts that mean harm: an error answer in bounded time, the server unharmed, no process left over."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import pytest

from apps.errors import ExecutionFault, TsError
from apps.scripts.pool import ScriptPool
from tests.scripts.conftest import Scripts
from tests.scripts.processes import children, is_gone

TIME = "Script execution exceeded the time limit of 1 seconds"
MEMORY = "Script execution exceeded the memory limit"
THREW = "Error during script execution, please check the syntax"

ENDLESS = {
    "loop": "while (true) {} return 1",
    "loop that catches": "while (true) { try { while (true) {} } catch (e) {} } return 1",
    "loop in finally": "try { while (true) {} } finally { while (true) {} return 1 }",
    "generator": "var g = (function* () { while (true) yield 1 })(); for (var x of g) {} return 1",
    "regular expression": "return /^(a+)+$/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!') ? 1 : 0",
    "proxy": "var p = new Proxy({}, { get: function () { return p } }); while (true) p = p.x; return 1",
    "getter": "var o = { get x() { while (true) {} } }; return o.x",
    "conversion": "return +{ valueOf: function () { while (true) {} } }",
    "built-in function": "return new Array(1073741823).join('').length",
    "built-in search": "return Array.prototype.indexOf.call({ length: 9007199254740991 }, 1)",
    "sorting": "var a = []; for (var i = 0; i < 9e4; i++) a[i] = i * 7 % 1009; while (1) a.sort(); return 1",
    "iterator": "this.constructor.prototype; for (;;) { var d = new Date(); } return 1",
}
GREEDY = {
    "arrays": "var a = []; while (1) a.push(new Array(1e6)); return 1",
    "objects": "var a = []; while (1) a.push({ x: 1 }); return 1",
    "text": "var s = 'x'; while (1) s += s; return 1",
    "texts": "var a = []; while (1) a.push('x'.repeat(1e6) + a.length); return 1",
    "text of numbers": "var a = []; while (1) a.push(String(1e308).repeat(1e5)); return 1",
    "typed arrays": "var a = []; while (1) a.push(new Float64Array(1e6).fill(1)); return 1",
    "properties": "var o = {}; for (var i = 0; ; i++) o['k' + i] = i; return 1",
    "globals": "for (var i = 0; ; i++) this['k' + i] = 'x'.repeat(1000); return 1",
    "promises": "while (1) Promise.resolve(1).then(function () {}); return 1",
    "sorting": "var a = []; while (1) { a = a.concat([3, 1, 2]).concat(a).sort() } return 1",
    "caught": "var a = []; try { while (1) a.push(new Array(1e5)) } catch (e) { throw e } return 1",
}
WRONG = {
    "recursion": "function f() { return f() } return f()",
    "recursion of getters": "var o = { get x() { return this.x } }; return o.x",
    "deep text": "return JSON.parse(new Array(1e6).join('['))",
    "deep source": "return eval(new Array(1e5).join('('))",
    "huge regular expression": "return new RegExp(new Array(1e5).join('(') + new Array(1e5).join(')'))",
    "process": "return this.constructor.constructor('return process')()",
    "require": "return require('fs').readFileSync('/etc/passwd')",
    "host objects": "return Java.type('java.lang.System').exit(1)",
    "engine modules": "return std.open('/etc/passwd', 'r') || os",
    "network": "return fetch('http://127.0.0.1/')",
    "timer": "setTimeout(function () {}, 1e9); return 1",
    "waiting": "Atomics.wait(new Int32Array(new SharedArrayBuffer(8)), 0, 0); return 1",
    "quit": "quit(); return 1",
    "thrown proxy": "throw new Proxy({}, { getPrototypeOf: function () { throw 1 } }); return 1",
    "thrown error with a getter": "var e = new InternalError('out of memory'); Object.defineProperty(e,"
    " 'message', { get: function () { throw e } }); throw e; return 1",
    "big number": "var b = 2n; while (1) b = b * b; return 1",
    "thrown with a getter": "throw { get message() { while (true) {} } }; return 1",
    "thrown with a text": "throw { toString: function () { while (true) {} } }; return 1",
    "revoked": "var p = Proxy.revocable({}, {}); p.revoke(); throw p.proxy; return 1",
}
PLAIN = "value + 1"


def failure(scripts: Scripts, script: str) -> str:
    """What the script is answered; and that scripts still run after it."""
    with pytest.raises(ExecutionFault) as raised:
        scripts.points(script)
    assert scripts.points(PLAIN) == [2, 3, 7, 11]
    return raised.value.message


@pytest.mark.parametrize("name", ENDLESS)
def test_endless_scripts_are_stopped(pool_with: Callable[..., ScriptPool], name: str) -> None:
    # Memory is no limit here, and CPU time counts, not the clock: other tests may want the processor too.
    others, pool = children(), pool_with(memory_bytes=256 * 2**20)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert failure(Scripts(pool), ENDLESS[name]) == TIME
    pool.close()
    assert children() == others
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 5


@pytest.mark.parametrize("name", GREEDY)
def test_greedy_scripts_are_stopped(pool_with: Callable[..., ScriptPool], name: str) -> None:
    others, pool = children(), pool_with(seconds=20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert failure(Scripts(pool), GREEDY[name]) == MEMORY
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024
    pool.close()
    assert children() == others


@pytest.mark.parametrize("name", WRONG)
def test_wrong_scripts_fail(scripts: Scripts, name: str) -> None:
    assert failure(scripts, WRONG[name]) == THREW


def test_promises_and_timers_never_run(scripts: Scripts) -> None:
    script = "Promise.resolve().then(function () { while (true) {} }); return value"
    assert scripts.points(script) == [1, 2, 6, 10]
    assert scripts.points("(async function () { while (true) await 1 })(); return value") == [1, 2, 6, 10]
    loading = "import('os').then(function (os) { os.exec() }); return value"
    assert scripts.points(loading) == [1, 2, 6, 10]


POLLUTION = """
if (!this.done) {
    this.done = true;
    var wrong = function () { return -1 };
    ['push', 'map', 'join', 'slice'].forEach(function (name) { Array.prototype[name] = wrong });
    Object.defineProperty(Object.prototype, '0', { set: wrong, get: wrong, configurable: true });
    Object.defineProperty(Array.prototype, '1', { set: wrong, get: wrong, configurable: true });
    Object.prototype.then = Object.prototype.length = wrong;
    Object.prototype[Symbol.iterator] = Array.prototype[Symbol.iterator] = wrong;
    Function.prototype.call = Function.prototype.apply = Function.prototype.bind = wrong;
    Number.prototype.valueOf = wrong;
    var typed = Object.getPrototypeOf(Float64Array.prototype);
    Object.defineProperty(typed, 'length', { get: wrong });
    Object.defineProperty(typed, 'buffer', { get: wrong });
    Uint8Array.prototype.toBase64 = Uint8Array.prototype.setFromBase64 = wrong;
    Float64Array = Uint8Array = ArrayBuffer = Array.from = wrong;
    Math.sqrt = Math.abs = Math.trunc = Math.max = wrong;
    Reflect.apply = Object.freeze = Object.create = wrong;
}
"""


def test_changed_built_ins_harm_only_the_script(scripts: Scripts) -> None:
    assert scripts.points(f"{POLLUTION} return value") == [1, 2, 6, 10]
    loop = "var s = 0; while (values.hasNext()) s += values.next().getLongValue(); return s"
    assert scripts.ranges(f"{POLLUTION} {loop}") == [9, 10]
    loop = "var s = 0; for (var i = 0; i < valueArray.size(); i++) s += valueArray.get(i).getDoubleValue();"
    assert scripts.ranges(f"{POLLUTION} {loop} return s", "array") == [9, 10.5]
    width = "return regression.getSlopeConfidenceInterval() / regression.getSlopeStdErr()"
    found = scripts.regression(f"{POLLUTION} {width}", [0, 1, 2, 3], [1, 3, 2, 5])
    assert found == pytest.approx(4.302652729749464, rel=1e-12)


@pytest.mark.parametrize(
    "change",
    [
        "values.hasNext = function () { return true }",
        "values.__proto__.hasNext = function () { return true }",
        "Object.getPrototypeOf(values).next = function () { return null }",
        "delete Object.getPrototypeOf(values).next",
        "values.constructor = null",
    ],
)
def test_iterators_are_what_they_are(scripts: Scripts, change: str) -> None:
    count = "var n = 0; while (values.hasNext()) { values.next(); n++ } return n"
    assert scripts.ranges(f"{change}; {count}") == [3, 1]


def test_nothing_of_the_loop_is_in_scope(scripts: Scripts) -> None:
    names = "['script', 'times', 'results', 'driver', 'Regression', 'DataPoint', 'operations', 'wrong']"
    script = f"{names}.filter(function (name) {{ return eval('typeof ' + name) !== 'undefined' }}).length"
    assert scripts.points(f"return {script}") == [0, 0, 0, 0]
    reached = "var f = arguments.callee; return f.caller || f.arguments ? 1 : 0"
    assert scripts.points(reached)[0] in (0, 1)


def test_a_script_that_is_checked_may_be_hostile_too(scripts: Scripts) -> None:
    for script in ("a=>" * 50_000 + "1", "[" * 300_000, "var x" + ", x" * 200_000, "/" + "(a*" * 30_000):
        started = time.process_time()
        try:
            scripts.pool.check(script, "function")
        except TsError as error:
            assert error.message
        assert time.process_time() - started < 2
        assert scripts.points(PLAIN) == [2, 3, 7, 11]


def test_a_killed_process_leaves_nothing(pool_with: Callable[..., ScriptPool]) -> None:
    before, pool = children(), pool_with()
    with pytest.raises(ExecutionFault):
        Scripts(pool).points(ENDLESS["built-in search"])
    assert children() == before
    assert Scripts(pool).points(PLAIN) == [2, 3, 7, 11]
    (pid,) = children() - before
    pool.close()
    assert is_gone(pid)
