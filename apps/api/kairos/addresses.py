"""Which addresses are KairosDB's, and the headers that all their answers carry.

Loaded by the middleware before anything else of the family, so it imports nothing heavy.
"""

from __future__ import annotations

import re

__all__ = ["ANSWER_HEADERS", "is_kairos_path", "preflight_headers"]

_PREFIX = "/api/v1/"
_FAMILY = frozenset(
    {
        "datapoints", "metric", "metricnames", "tagnames", "tagvalues", "health", "features", "metadata",
        "rollups", "admin",
    }
)  # fmt: skip

#: Grafana and other pages ask from anywhere. A browser that is told "anyone" does not let a page read what
#: was answered to a visitor's session, so only what everybody may read can be read this way.
ANSWER_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Pragma": "no-cache",
    "Cache-Control": "no-cache",
    "Expires": "0",
}
_NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~, -]{1,1000}")


def is_kairos_path(path: str) -> bool:
    """Whether an address is KairosDB's alone; ``/api/v1/version`` is ATSD's too and does not count."""
    return path.startswith(_PREFIX) and path[len(_PREFIX) :].split("/", 1)[0] in _FAMILY


def preflight_headers(path: str, method: str, headers: str) -> dict[str, str]:
    """What ``OPTIONS`` adds here: the method and the headers that a page wants to use are echoed."""
    if not (is_kairos_path(path) or path.rstrip("/") == f"{_PREFIX}version"):
        return {}
    told = {"Access-Control-Allow-Origin": "*", "Access-Control-Max-Age": "86400"}
    if _NAMES.fullmatch(headers):
        told["Access-Control-Allow-Headers"] = headers
    if method.isalpha() and len(method) <= 20:
        # The second spelling is KairosDB's own.
        told |= {"Access-Control-Allow-Methods": method, "Access-Control-Allow_Method": method}
    return told
