"""Whatever is accepted, other readers of URLs see the same host and port: there is no second meaning."""

import socket
from urllib.parse import urlsplit

import ada_url
import httpcore
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from egress.addresses import DEFAULT_PORTS, AddressRefused, check

pytestmark = pytest.mark.once

PUBLIC = "93.184.216.34"
# What hostile URLs are made of, so that many combinations of it are tried.
PARTS = (
    *(
        "http",
        "https",
        "HTTP",
        ":",
        "/",
        "//",
        "///",
        "\\",
        "@",
        "#",
        "?",
        "%",
        ".",
        "..",
        "-",
        "_",
        "[",
        "]",
        "::1",
        "::",
    ),
    *(
        "example.com",
        "EXAMPLE.com.",
        "localhost",
        "127.0.0.1",
        "11.0.0.1",
        "0x7f.1",
        "2130706433",
        "2606:2800::1",
        "a",
        "1",
    ),
    *(
        ":80",
        ":443",
        ":8080",
        ":22",
        ":0",
        ":080",
        "%2e",
        "%40",
        "%00",
        "\t",
        "\n",
        " ",
        "\xad",
        "ü",
        "ß",
        "。",
        "．",
        "①",
        "ⓛ",
    ),
    *(
        "℀",
        "／",
        "＠",
        "：",
        "xn--",
        "bcher-kva",
        "xn--bcher-kva.example",
        ".internal",
        "user",
        "&",
        ";",
        "=",
        "\u200d",
        "İ",
    ),
)
HOSTILE = st.one_of(
    st.lists(st.sampled_from(PARTS), max_size=10).map("".join),
    st.tuples(
        st.sampled_from(("http://", "https://", "HTTPS://", "http:/", "http:")),
        st.lists(st.sampled_from(PARTS), min_size=1, max_size=8).map("".join),
    ).map("".join),
    st.tuples(st.sampled_from(("http://", "https://")), st.text(min_size=1, max_size=20), st.just("/")).map(
        "".join
    ),
    st.text(max_size=40),
)
LABELS = st.text(st.characters(categories=["Ll", "Lu", "Lo", "Nd"]), min_size=1, max_size=12)
PLAUSIBLE = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(("http", "https", "HTTPs")),
    st.one_of(
        st.sampled_from(("11.0.0.1", "[2606:2800::1]", "[2606:2800:0:0::1]", "EXAMPLE.com.")),
        st.builds("{}.{}".format, LABELS, st.sampled_from(("com", "example", "example.COM", "xn--bcher-kva.de"))),
    ),
    st.sampled_from(("", ":80", ":443", ":8080", ":8443")),
    st.one_of(
        st.just(""),
        st.builds(
            "{}{}".format, st.sampled_from("/?#"), st.lists(st.sampled_from(PARTS), max_size=6).map("".join)
        ),
        st.builds("{}{}".format, st.sampled_from("/?#"), st.text(st.characters(categories=["L", "N", "P", "S"]))),
    ),
)


def judged(url):
    """Judge a URL in a world where every name is public."""

    def answer(_host, port, *_args, **_options):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC, port))]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", answer)
        return check(url)


@given(HOSTILE)
@example("http://example.com./")
@example("https://bücher.example:8443/ü?ü#ü")
@example("https://[2606:2800::1]:8080/")
@example("http://example.com/..//127.0.0.1/")
@example("http://example.com/?@127.0.0.1/#@localhost")
def test_a_hostile_address_is_refused_or_has_one_meaning(url):
    has_one_meaning(url)


@given(PLAUSIBLE)
def test_a_plausible_address_has_one_meaning(url):
    # Hypothesis fails this test if most are refused.
    assume(has_one_meaning(url))


def has_one_meaning(url):
    """Return whether the URL was accepted; assert that every reader then sees the same place."""
    try:
        place = judged(url)
    except AddressRefused:
        return False
    written = ada_url.URL(url)
    assert (written.protocol, written.username, written.password) == (f"{place.scheme}:", "", "")
    assert written.hostname.strip("[]").removesuffix(".") == place.host
    assert int(written.port or DEFAULT_PORTS[place.scheme]) == place.port
    # What is fetched is read alike by ada, by the standard library and by what connects.
    assert "#" not in place.url
    for scheme, host, port in (_by_ada(place.url), _by_urllib(place.url), _by_httpcore(place.url)):
        assert (scheme, host, port or DEFAULT_PORTS[scheme]) == (place.scheme, place.host, place.port)
    # Judging it again changes nothing.
    assert judged(place.url) == place
    return True


def _by_ada(url):
    parsed = ada_url.URL(url)
    return parsed.protocol.removesuffix(":"), parsed.hostname.strip("[]"), int(parsed.port or 0)


def _by_urllib(url):
    parsed = urlsplit(url)
    return parsed.scheme, parsed.hostname, parsed.port


def _by_httpcore(url):
    parsed = httpcore.URL(url)
    return parsed.scheme.decode(), parsed.host.decode().strip("[]"), parsed.port
