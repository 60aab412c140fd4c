"""Servers that mean harm: each is bounded in time, in bytes and in memory, and delays nobody else."""

import contextlib
import gzip
import socket
import struct
import time
import tracemalloc
import zlib
from concurrent.futures import ThreadPoolExecutor

import httpcore
import pytest

from egress.client import Limits, fetch
from egress.connections import Deadline, GuardedStream
from egress.errors import BadAnswer, FetchFailed, TooLarge, TooSlow, Unreachable
from egress.tests.servers import answer, redirect, says

pytestmark = pytest.mark.once

SHORT = Limits(seconds=0.6)
# A fetch ends within this, however loaded the machine that tests is.
SOON_SECONDS = 8.0
MEGABYTE = 1024 * 1024


def get(url="http://example.com/", limits=None):
    return fetch(url, schemes=frozenset({"http", "https"}), limits=limits or Limits())


def refusal_of(kind, limits=None):
    """Return the failure of a fetch, which must come soon and without taking much memory."""
    tracemalloc.start()
    started = time.monotonic()
    with pytest.raises(kind) as caught:
        get(limits=limits)
    elapsed, (_, peak_bytes) = time.monotonic() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert elapsed < SOON_SECONDS
    assert peak_bytes < 6 * MEGABYTE
    return caught.value


def drips(beginning: bytes, drop: bytes):
    """Return a handler that goes on for ever, a drop every 20 ms."""

    def handler(connection):
        connection.sendall(beginning)
        while True:
            connection.sendall(drop)
            time.sleep(0.02)

    return handler


def pours(beginning: bytes, piece: bytes):
    """Return a handler that goes on for ever, as fast as it is read."""

    def handler(connection):
        connection.sendall(beginning)
        while True:
            connection.sendall(piece)

    return handler


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
LONG = OK + b"Content-Length: 10737418240\r\n\r\n"


@pytest.mark.parametrize(
    "handler",
    [
        drips(b"", b""),
        drips(b"HTTP/1.1 200 OK\r\nX-A: ", b"a"),
        drips(OK, b"X-A: a\r\n"),
        drips(LONG, b"a"),
        drips(CHUNKED, b"1\r\na\r\n"),
        drips(CHUNKED + b"1;", b"a"),
        drips(OK + b"\r\n", b"a"),
        drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        drips(OK + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"")[:1]),
    ],
    ids=[
        *("nothing", "one header", "headers", "body", "chunks", "chunk extension"),
        *("body without length", "100 Continue", "gzip"),
    ],
)
def test_a_server_that_drips_is_cut_off_in_time(internet, handler):
    internet.serve(handler)
    # A second byte that is wrong may end it before the time does.
    failure = refusal_of((TooSlow, BadAnswer), SHORT)
    assert failure.status == 502


def test_a_server_that_never_reads_is_cut_off_in_time(internet):
    internet.serve(lambda _connection: time.sleep(10), speaks_first=True)
    with pytest.raises(TooSlow):
        fetch(
            "http://example.com/",
            method="POST",
            content=b"x" * 20 * MEGABYTE,
            schemes=frozenset({"http"}),
            limits=SHORT,
        )


def test_a_connection_that_is_never_accepted_is_given_up_in_time(internet, names, monkeypatch):
    def never(connecting, _target):
        time.sleep(connecting.gettimeout())
        raise TimeoutError("timed out")

    names.answers["example.com"] = [["93.184.216.34", "93.184.216.35", "93.184.216.36"]]
    monkeypatch.setattr(socket.socket, "connect", never)
    started = time.monotonic()
    refusal_of(TooSlow, SHORT)
    assert time.monotonic() - started >= SHORT.seconds


@pytest.mark.parametrize(
    "handler",
    [
        pours(LONG, b"a" * 65536),
        pours(OK + b"\r\n", b"a" * 65536),
        pours(CHUNKED, b"10000\r\n" + b"a" * 65536 + b"\r\n"),
        pours(CHUNKED, b"1\r\na\r\n" * 1000),
        pours(OK, b"X-A: " + b"a" * 8000 + b"\r\n"),
        pours(OK + b"X-A: ", b"a" * 65536),
        pours(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
        pours(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100),
        pours(CHUNKED + b"0\r\n", b"X-Trailer: a\r\n"),
        says(OK + b"".join(b"X-%d: a\r\n" % n for n in range(201)) + b"\r\n"),
    ],
    ids=[
        *("10 GB", "no length", "large chunks", "small chunks", "headers", "one header"),
        *("100 Continue", "103 Early Hints", "trailers", "201 headers"),
    ],
)
def test_a_server_that_never_ends_is_cut_off(internet, handler):
    internet.serve(handler)
    refusal_of((TooLarge, BadAnswer))


def test_headers_may_have_as_many_bytes_as_allowed(internet):
    head = OK + b"Content-Length: 1\r\nX-A: "
    padding = b"a" * (4096 - len(head) - 4)
    internet.serve(says(head + padding + b"\r\n\r\n" + b"b"))
    assert get(limits=Limits(max_header_bytes=4096)).body == b"b"
    with pytest.raises(TooLarge):
        get(limits=Limits(max_header_bytes=4095))


def bomb(packed_bytes, wbits):
    """Return zeros, packed a thousandfold, without ever holding them."""
    packer, packed = zlib.compressobj(9, wbits=wbits), b""
    while len(packed) < packed_bytes:
        packed += packer.compress(b"\0" * MEGABYTE)
    return packed + packer.flush()


@pytest.mark.parametrize(("encoding", "wbits"), [("gzip", 31), ("deflate", 15), ("deflate", -15)])
def test_a_bomb_does_not_go_off(internet, encoding, wbits):
    internet.serve(says(answer(bomb(200_000, wbits), f"Content-Encoding: {encoding}")))
    refusal_of(TooLarge)


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd", "gzip, br", "x" * 1000, "gzip,,deflate"])
def test_a_bomb_in_other_wrapping_is_not_opened(internet, encoding):
    internet.serve(says(answer(gzip.compress(bomb(200_000, 31)), f"Content-Encoding: {encoding}")))
    refusal_of(BadAnswer)


def test_packed_nothing_without_end_is_cut_off(internet):
    # Empty stored blocks: the input goes on and on, and no output comes.
    head = OK + b"Content-Encoding: deflate\r\n\r\n"
    internet.serve(pours(head, b"\x00\x00\x00\xff\xff" * 10_000))
    refusal_of(TooLarge)


@pytest.mark.parametrize(
    "reply",
    [
        b"this is no HTTP\r\n\r\n",
        b"\x16\x03\x01\x00\xa5\x01\x00\x00",
        b"220 mail.example ESMTP\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        OK + b"no colon\r\n\r\n",
        OK + b"X-A : a\r\n\r\n",
        OK + b"X-A: a\0b\r\n\r\n",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        OK + b"Transfer-Encoding: gzip\r\n\r\nx",
        CHUNKED + b"garbage\r\n",
        CHUNKED + b"-1\r\na\r\n",
        CHUNKED + b"fffffffffffffffffffff\r\n",
        CHUNKED + b"3\r\nabc",
        CHUNKED + b"3\r\nabcdef\r\n",
        OK + b"Content-Length: 9\r\n\r\nabc",
        OK + b"Content-Le",
    ],
)
def test_what_is_no_whole_answer_is_a_bad_one(internet, reply):
    internet.serve(says(reply))
    refusal_of(BadAnswer)


def resets(*pieces):
    """Return a handler that sends the pieces and then resets the connection instead of closing it."""

    def handler(connection):
        for piece in pieces:
            connection.sendall(piece)
        time.sleep(0.05)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return handler


@pytest.mark.parametrize("sent", [LONG, CHUNKED + b"3\r\nabc\r\n", OK])
def test_a_reset_in_the_middle_is_a_bad_answer(internet, sent):
    internet.serve(resets(sent))
    refusal_of(BadAnswer)


@pytest.mark.parametrize("handler", [resets(), says()])
def test_a_server_that_says_nothing_is_as_good_as_none(internet, handler):
    internet.serve(handler)
    refusal_of(Unreachable)


def test_a_server_that_resets_what_is_sent_to_it_is_as_good_as_none(internet):
    internet.serve(resets(), speaks_first=True)
    with pytest.raises(Unreachable):
        fetch("http://example.com/", method="PUT", content=b"x" * 20 * MEGABYTE, schemes=frozenset({"http"}))


def test_a_connection_that_breaks_while_it_is_written_to_is_read_on():
    ours, theirs = socket.socketpair()
    theirs.sendall(b"HTTP/1.1 413 Content Too Large\r\n")
    theirs.close()
    stream = GuardedStream(ours, Deadline(5), allowance=1000)
    with pytest.raises(httpcore.WriteError):
        stream.write(b"x")
    assert stream.read(1000) == b"HTTP/1.1 413 Content Too Large\r\n"


def test_one_slow_server_delays_no_other(internet, names):
    names.answers |= {f"slow{n}.example": [["93.184.216.99"]] for n in range(20)}
    internet.serve(drips(LONG, b"a"), address="93.184.216.99")
    internet.serve(says(answer(b"quick")))
    limits = Limits(seconds=3)
    with ThreadPoolExecutor(30) as pool:
        slow = [pool.submit(get, f"http://slow{n}.example/", limits) for n in range(20)]
        while len(internet.peers) < 20:
            time.sleep(0.01)
        started = time.monotonic()
        quick = [future.result() for future in [pool.submit(get) for _ in range(20)]]
        assert time.monotonic() - started < limits.seconds / 2
        assert not any(future.done() for future in slow)
        assert {fetched.body for fetched in quick} == {b"quick"}
        assert {type(future.exception()) for future in slow} == {TooSlow}


@pytest.fixture
def opened(monkeypatch):
    """Return the sockets of the fetch, which the list keeps from being collected."""
    sockets = []
    real_connect = socket.socket.connect

    def noted(connecting, target):
        if not target[0].startswith("127."):
            sockets.append(connecting)
        return real_connect(connecting, target)

    monkeypatch.setattr(socket.socket, "connect", noted)
    return sockets


@pytest.mark.parametrize(
    "handler",
    [drips(LONG, b"a"), says(redirect("http://localhost/")), pours(LONG, b"a" * 65536), says(answer(b"fine"))],
    ids=["slow", "redirect", "large", "fine"],
)
def test_no_connection_is_left_open(internet, opened, handler):
    internet.serve(handler)
    with contextlib.suppress(FetchFailed):
        get(limits=SHORT)
    assert [left.fileno() for left in opened] == [-1]
