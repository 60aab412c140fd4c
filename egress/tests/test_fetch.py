"""What is sent, what comes back, and that nothing else is looked up or connected to."""

import gzip
import time
import zlib

import pytest

from egress.client import Fetched, Limits, fetch
from egress.errors import BadAnswer, TooLarge, Unreachable
from egress.tests.servers import PUBLIC, answer, says

pytestmark = pytest.mark.once

BOTH = frozenset({"http", "https"})


def get(url="http://example.com/", **options) -> Fetched:
    return fetch(url, schemes=BOTH, **options)


def test_an_answer_comes_back_whole(internet):
    internet.serve(says(answer(b'{"a": 1}', "ETag: x", "Vary: a", "Vary: b")))
    started = time.monotonic()
    fetched = get("http://example.com/status?a=b#part")
    assert 0 < fetched.elapsed_seconds <= time.monotonic() - started
    assert (fetched.status, fetched.body, fetched.url) == (200, b'{"a": 1}', "http://example.com/status?a=b")
    assert dict(fetched.headers) == {"content-length": "8", "etag": "x", "vary": "a, b"}
    assert fetched.received_bytes == len(answer(b'{"a": 1}', "ETag: x", "Vary: a", "Vary: b"))


def test_the_request_says_what_it_must_and_nothing_about_us(internet, settings):
    settings.BASE_URL = "https://flux.example"
    server = internet.serve(says(answer()), port=8080)
    get("http://EXAMPLE.com.:8080/a%20b/ü?q=ü#part", headers={"X-Key": "a b"})
    assert server.requests[0] == (
        b"GET /a%20b/%C3%BC?q=%C3%BC HTTP/1.1\r\nhost: example.com:8080\r\n"
        b"user-agent: FluxPlatform (+https://flux.example)\r\naccept: */*\r\nx-key: a b\r\n"
        b"accept-encoding: gzip, deflate\r\nconnection: close\r\n\r\n"
    )


def test_a_caller_may_name_its_own_agent_and_types(internet):
    server = internet.serve(says(answer()))
    get(headers={"User-Agent": "mine", "ACCEPT": "text/html"})
    assert b"\r\nuser-agent: mine\r\naccept: text/html\r\n" in server.requests[0]


def test_a_name_is_looked_up_once_and_the_connection_goes_to_its_answer(internet, names):
    names.answers["rebind.example"] = [[PUBLIC], ["127.0.0.1"]]
    internet.serve(says(answer(b"ours")))
    assert get("http://rebind.example/").body == b"ours"
    assert names.asked == ["rebind.example"]
    assert internet.peers == [(PUBLIC, 80)]


def test_an_address_is_not_looked_up_at_all(internet, names):
    server = internet.serve(says(answer()), address="2606:2800::1")
    get("http://[2606:2800:0::1]/")
    assert names.asked == []
    assert b"\r\nhost: [2606:2800::1]\r\n" in server.requests[0]


def test_each_fetch_is_judged_anew(internet, names):
    names.answers["later.example"] = [[PUBLIC], ["10.0.0.1"]]
    internet.serve(says(answer()))
    get("http://later.example/")
    with pytest.raises(Unreachable):
        get("http://later.example/")
    assert internet.peers == [(PUBLIC, 80)]


def test_the_next_address_of_a_name_is_tried_and_no_more_than_three(internet, names):
    names.answers["many.example"] = [["93.184.216.1", "2606:2800::2", PUBLIC, "93.184.216.4"]]
    internet.serve(says(answer(b"third")))
    assert get("http://many.example/").body == b"third"
    names.answers["many.example"][0].insert(0, "93.184.216.9")
    with pytest.raises(Unreachable):
        get("http://many.example/")
    assert internet.peers[3:] == [("93.184.216.9", 80), ("93.184.216.1", 80), ("2606:2800::2", 80)]


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified", "404 Not Found", "429 Wait", "500 Oh"])
def test_every_status_is_an_answer(internet, status):
    internet.serve(says(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nRetry-After: 7\r\n\r\n".encode()))
    fetched = get()
    assert (fetched.status, fetched.headers["retry-after"]) == (int(status[:3]), "7")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_content_is_sent_with_its_length(internet, method):
    server = internet.serve(says(answer()))
    get(method=method, content=b"abc", headers={"Content-Type": "text/plain"})
    assert server.requests[0].startswith(f"{method} / HTTP/1.1\r\n".encode())
    assert b"\r\ncontent-length: 3\r\n" in server.requests[0]
    assert server.requests[0].endswith(b"\r\n\r\nabc")


def test_a_post_without_content_says_so(internet):
    server = internet.serve(says(answer()))
    get(method="POST")
    assert b"\r\ncontent-length: 0\r\n" in server.requests[0]


def test_an_answer_to_head_has_no_body_whatever_its_headers_say(internet):
    internet.serve(says(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\nContent-Encoding: gzip\r\n\r\n"))
    assert get(method="HEAD").body == b""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Host", "127.0.0.1"),
        ("content-length", "9"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "keep-alive"),
        ("Expect", "100-continue"),
        ("Proxy-Authorization", "Basic eA=="),
        ("X-Key", "a\r\nX-Injected: 1"),
        ("X-Key", "a\n"),
        ("X-Key", " a"),
        ("X-Key", "ä"),
        ("X-Key", "a\0b"),
        ("X Key", "a"),
        ("X-Key:", "a"),
        ("", "a"),
    ],
)
def test_a_header_that_would_change_the_request_is_not_sent(internet, name, value):
    with pytest.raises(ValueError, match="may not be sent"):
        get(headers={name: value})
    assert internet.peers == []


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "get", "GET / HTTP/1.1\r\nX: y\r\n\r\nGET"])
def test_a_method_that_is_not_known_is_not_sent(internet, method):
    with pytest.raises(ValueError, match="not a method"):
        get(method=method)
    assert internet.peers == []


def test_only_https_is_fetched_unless_the_caller_says_otherwise(internet):
    internet.serve(says(answer()))
    with pytest.raises(Unreachable):
        fetch("http://example.com/")
    assert internet.peers == []


def test_the_environment_changes_nothing(internet, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine example.com login me password hush\n")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NETRC", str(netrc))
    server = internet.serve(says(answer(b"", "Set-Cookie: a=b")))
    get()
    get()
    assert internet.peers == [(PUBLIC, 80), (PUBLIC, 80)]
    assert b"hush" not in server.requests[1]
    assert b"cookie" not in server.requests[1]


def gzipped(data):
    return gzip.compress(data, mtime=0)


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzipped),
        ("X-GZIP", gzipped),
        ("identity, gzip", gzipped),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("identity", bytes),
        ("", bytes),
    ],
)
def test_a_packed_body_is_unpacked(internet, encoding, pack):
    body = b"all work and no play " * 5000
    internet.serve(says(answer(pack(body), f"Content-Encoding: {encoding}")))
    assert get().body == body


@pytest.mark.parametrize("pack", [bytes, gzipped, zlib.compress])
def test_a_body_may_be_exactly_as_long_as_allowed(internet, pack):
    body = b"a" * 1000
    headers = [] if pack is bytes else [f"Content-Encoding: {'gzip' if pack is gzipped else 'deflate'}"]
    internet.serve(says(answer(pack(body), *headers)))
    assert get(limits=Limits(max_bytes=1000)).body == body
    with pytest.raises(TooLarge):
        get(limits=Limits(max_bytes=999))


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("br", b"\x0b\x02\x80hello\x03"),
        ("zstd", b"(\xb5/\xfd\x04\x00)\x00\x00hello"),
        ("compress", b"x"),
        ("gzip, gzip", gzipped(gzipped(b"x"))),
        ("gzip", b"not packed"),
        ("deflate", b"not packed"),
        ("gzip", gzipped(b"x" * 1000)[:-4]),
        ("gzip", gzipped(b"x")[:-8] + b"\0" * 8),
        ("gzip", gzipped(b"x") + b"more"),
        ("gzip", gzipped(b"x") + gzipped(b"y")),
    ],
)
def test_a_body_that_is_packed_otherwise_or_damaged_is_a_bad_answer(internet, encoding, body):
    internet.serve(says(answer(body, f"Content-Encoding: {encoding}")))
    with pytest.raises(BadAnswer):
        get()


def test_a_chunked_body_is_joined(internet):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    internet.serve(says(head, b"3\r\nabc\r\n", b"4;x=y\r\ndefg\r\n", b"0\r\nX-Trailer: z\r\n\r\n"))
    assert get().body == b"abcdefg"


def test_a_body_without_a_length_ends_with_the_connection(internet):
    internet.serve(says(b"HTTP/1.0 200 OK\r\n\r\n", b"abc"))
    assert get().body == b"abc"


def test_an_early_answer_to_a_large_request_is_read(internet):
    internet.serve(says(answer(b"too long", status="413 Content Too Large")), port=80)
    assert get(method="POST", content=b"x" * 200_000).status == 413
