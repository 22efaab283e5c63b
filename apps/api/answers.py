"""Answers that are written in blocks: short ones whole, long ones streamed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from django.http import HttpResponse, StreamingHttpResponse

__all__ = ["answer_blocks"]

#: Up to this size an answer is sent with its length, which costs clients and proxies least.
WHOLE_BYTES = 1 << 20


def answer_blocks(
    blocks: Iterable[bytes], content_type: str = "application/json;charset=UTF-8"
) -> HttpResponse | StreamingHttpResponse:
    """The answer of these blocks; a long one is sent while it is being written."""
    remaining = iter(blocks)
    taken, size = [], 0
    for block in remaining:
        taken.append(block)
        size += len(block)
        if size > WHOLE_BYTES:
            stream = itertools.chain(taken, remaining)
            return StreamingHttpResponse(stream, content_type=content_type)
    return HttpResponse(b"".join(taken), content_type=content_type)
