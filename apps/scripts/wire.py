"""What parent and child say to each other: frames of a header and columns of raw bytes.

The child imports this file by itself, without the package: nothing but the standard library stands here.
The parent never trusts what comes back: it reads as many bytes as the answer to its question may have.
"""

from __future__ import annotations

import struct

__all__ = [
    "ANSWER", "ARRAY", "BAD_TYPES", "CHECK", "CLOSE", "FILTER", "FUNCTION", "MEMORY", "NOT_FINITE", "OK",
    "OPEN", "RANGE", "REGRESSION", "REQUEST", "RUN", "SYNTAX", "THREW", "TIME", "TOO_MANY", "UNCLEAR",
    "UPLOAD_BYTES",
]  # fmt: skip

#: Operation, role, seconds of CPU time left, bytes the script may use beside its columns, points an array may
#: have, and the lengths of the columns: times, values, whole-number flags, bounds (or the script's text).
REQUEST = struct.Struct("<BBdQI4Q")
#: Code, seconds of CPU time used, bytes that follow.
ANSWER = struct.Struct("<BdQ")

CHECK, OPEN, RUN, CLOSE = 1, 2, 3, 4
FILTER, FUNCTION, RANGE, ARRAY, REGRESSION = 1, 2, 3, 4, 5

OK, THREW, NOT_FINITE, TIME, MEMORY, TOO_MANY, SYNTAX = 0, 1, 2, 3, 4, 5, 6
#: The script threw null, or the engine did for lack of memory: the child tells by the memory it has used.
UNCLEAR = 7
#: Codes for results of a wrong type, with the names the original engine's classes have.
BAD_TYPES = {
    16: "null",
    17: "class java.lang.String",
    18: "class java.lang.Boolean",
    19: "class java.lang.Integer",
    20: "class java.lang.Double",
    21: "class java.math.BigInteger",
    22: "class jdk.nashorn.api.scripting.ScriptObjectMirror",
}

#: Columns enter and leave the engine as base64 in pieces of so many bytes; a multiple of three and of eight.
UPLOAD_BYTES = 3 * 2**18
