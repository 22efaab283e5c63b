"""Bodies over the limit get an answer like any other, and are kept nowhere on the way."""

from __future__ import annotations

import json
import socket
import threading

import pytest
import waitress
from waitress import wasyncore
from waitress.channel import HTTPChannel

from tsweb.body_limit import READ_AWAY_TIMES, LimitedParser, install

LIMIT = 200_000
INSERT, CHARTS, PAGE = "/api/v1/series/insert", "/api/charts/render", "/sign-in/"


def application(environ, start_response):
    """Says how many bytes it was given."""
    size = len(environ["wsgi.input"].read())
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"size": size}).encode()]


@pytest.fixture
def address(monkeypatch, caplog):
    # The attribute is put back afterwards, whatever is installed.
    monkeypatch.setattr(HTTPChannel, "parser_class", HTTPChannel.parser_class)
    install()
    watched, over = {}, threading.Event()
    server = waitress.create_server(
        application, host="127.0.0.1", port=0, threads=1, max_request_body_size=LIMIT + 1, map=watched
    )

    def serve() -> None:
        while not over.is_set():
            wasyncore.loop(timeout=0.1, map=watched, count=1)
        server.task_dispatcher.shutdown()
        wasyncore.close_all(watched)

    thread = threading.Thread(target=serve)
    thread.start()
    yield "127.0.0.1", server.effective_port
    over.set()
    thread.join()
    # Faults inside the server end a connection without a word to the client.
    told = [*caplog.get_records("call"), *caplog.records]
    assert [record.getMessage() for record in told if record.levelname == "ERROR"] == []


def exchange(address, *pieces: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send the pieces, all of them, then read one answer."""
    with socket.create_connection(address, timeout=30) as connection:
        for piece in pieces:
            connection.sendall(piece)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
            head, blank, body = answer.partition(b"\r\n\r\n")
            if blank and len(body) >= int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]):
                break
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split()[1]), headers, body


def post(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


def chunked(size: int) -> list[bytes]:
    piece = b"2710\r\n" + b"x" * 10_000 + b"\r\n"
    return [piece] * (size // 10_000) + [b"0\r\n\r\n"]


def test_a_body_within_the_limit_arrives(address):
    sized = exchange(address, post(INSERT, f"Content-Length: {LIMIT}"), b"x" * LIMIT)
    assert (sized[0], json.loads(sized[2])) == (200, {"size": LIMIT})
    pieces = exchange(address, post(INSERT, "Transfer-Encoding: chunked"), *chunked(LIMIT - 10_000))
    assert (pieces[0], json.loads(pieces[2])) == (200, {"size": LIMIT - 10_000})


@pytest.mark.parametrize("size", [LIMIT + 1, 5 * LIMIT])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_body_over_the_limit_is_refused_in_json(address, size, is_chunked):
    if is_chunked:
        sent = [post(INSERT, "Transfer-Encoding: chunked"), *chunked(size + 10_000)]
    else:
        sent = [post(INSERT, f"Content-Length: {size}"), b"x" * size]
    status, headers, body = exchange(address, *sent)
    assert (status, headers["content-type"]) == (413, "application/json")
    assert "send it in several requests" in json.loads(body)["error"]


def test_each_family_has_its_own_form(address):
    sized = f"Content-Length: {LIMIT + 1}"
    status, _, body = exchange(address, post(CHARTS, sized), b"x" * (LIMIT + 1))
    assert (status, json.loads(body)["errors"][0]["code"]) == (400, "http-400")
    status, headers, _ = exchange(address, post(PAGE, sized), b"x" * (LIMIT + 1))
    assert (status, headers["content-type"]) == (413, "text/plain; charset=utf-8")


def test_who_asks_before_sending_is_told_at_once(address):
    answer = exchange(address, post(INSERT, f"Content-Length: {10**12}", "Expect: 100-continue"))
    assert answer[0] == 413 and "1000000000000 bytes" in json.loads(answer[2])["error"]


def test_what_is_beyond_reason_is_not_read_away(address):
    size = READ_AWAY_TIMES * LIMIT + 1
    assert exchange(address, post(INSERT, f"Content-Length: {size}"))[0] == 413


def test_other_refusals_of_the_server_are_json_too(address):
    status, _, body = exchange(address, post(INSERT, "Transfer-Encoding: chunked"), b"zz\r\n")
    assert (status, json.loads(body)) == (400, {"error": "Invalid chunk size"})
    status, _, body = exchange(address, post(INSERT, "Transfer-Encoding: chunked"), b"1" * 100_000)
    assert (status, json.loads(body)) == (400, {"error": "the chunks of the body can't be read"})


def test_nothing_of_a_refused_body_is_kept():
    class Adjustments:
        max_request_body_size = LIMIT + 1
        max_request_header_size = 262_144
        inbuf_overflow = 524_288
        url_scheme = "http"

    parser = LimitedParser(Adjustments())
    parser.received(post(INSERT, "Transfer-Encoding: chunked"))
    kept = []
    for piece in chunked(10 * LIMIT):
        assert not parser.completed
        assert parser.received(piece) == len(piece)
        kept.append(len(parser.body_rcv))
    assert parser.completed and max(kept) <= LIMIT + 10_000 and kept[-1] == 0
    parser.close()
