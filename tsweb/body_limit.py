"""Bodies beyond the limit: thrown away as they arrive, and refused in the form of the other answers.

Waitress reads a whole request before the application sees it. Its own limit answers in plain text and hangs
up while the client is still sending, which then never reads the answer. Here the rest of a body that is too
long is read and kept nowhere, so memory and disk hold no more than the limit allows.
"""

from __future__ import annotations

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import BadRequest, Error, RequestEntityTooLarge

from tsweb.middleware import error_answer, too_long

__all__ = ["LimitedParser", "install"]

#: A body of so many times the limit is not read to its end: the connection is closed instead.
READ_AWAY_TIMES = 16
#: A chunk's length with its extensions, and what may follow the last chunk.
MAX_CHUNK_LINE_BYTES = 4 * 1024
MAX_TRAILER_BYTES = 64 * 1024


def install() -> None:
    """Let every connection of this process read its requests so."""
    HTTPChannel.parser_class = LimitedParser


class Refused(Error):
    """A refusal of the server itself, before the application was asked."""

    def __init__(self, path: str, status: int, reason: str, text: str) -> None:
        super().__init__(text)
        self.path, self.code, self.reason = path, status, reason

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        status, content_type, body = error_answer(self.path, self.code, self.body)
        # Charts answer 400 where others answer 413.
        reason = self.reason if status == self.code else BadRequest.reason
        return f"{status} {reason}", [("Content-Type", content_type)], body


class LimitedParser(HTTPRequestParser):
    """Reads one request. ``left_bytes`` is how much of a refused body will still be read away."""

    left_bytes: int | None = None

    def received(self, data: bytes) -> int:
        if self.left_bytes is not None:
            return self._read_away(data)
        consumed = super().received(data)
        if self.chunked and self.body_rcv is not None and self.error is None:
            self._bound_chunks()
        if self.error is not None and not isinstance(self.error, Refused):
            self._refuse(self.error)
        return consumed

    def _bound_chunks(self) -> None:
        """Lines that never end would be searched again from their start with every piece that arrives."""
        receiver = self.body_rcv
        if len(receiver.control_line) > MAX_CHUNK_LINE_BYTES or len(receiver.trailer) > MAX_TRAILER_BYTES:
            self.error, self.completed = BadRequest("the chunks of the body can't be read"), True

    def _refuse(self, error: Error) -> None:
        path, limit = getattr(self, "path", "") or "", self.adj.max_request_body_size - 1
        if not isinstance(error, RequestEntityTooLarge):
            self.error = Refused(path, error.code, error.reason, str(error.body))
            return
        self.error = Refused(path, error.code, error.reason, too_long(self.content_length, limit))
        if self.expect_continue:
            # It waits for leave before it sends the body; the refusal is what it gets instead.
            self.expect_continue = False
        elif self.content_length <= READ_AWAY_TIMES * limit:
            self.left_bytes = (self.content_length or READ_AWAY_TIMES * limit) - self.body_bytes_received
            self.completed = False
            # What has come of it goes at once, and the rest of it nowhere.
            if self.body_rcv is not None:
                self.body_rcv.getbuf().close()
                self.body_rcv.buf = _Nowhere()

    def _read_away(self, data: bytes) -> int:
        if self.chunked:
            # The framing tells where the body ends.
            consumed = self.body_rcv.received(data)
            self._bound_chunks()
            ended = self.body_rcv.completed or self.body_rcv.error is not None
        else:
            consumed = min(len(data), self.left_bytes)
            ended = False
        self.left_bytes -= consumed
        self.completed = self.completed or ended or self.left_bytes <= 0
        return consumed


class _Nowhere:
    """A buffer that keeps nothing."""

    def append(self, data: bytes) -> None:
        """Let go of it."""

    def close(self) -> None:
        """There is nothing to close."""

    def __len__(self) -> int:
        return 0
