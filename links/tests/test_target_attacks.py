"""Targets written so that two readers see two hosts, or so that a private one looks public."""

import ipaddress
from urllib.parse import urlsplit

import pytest
from ada_url import URL
from hypothesis import example, given
from hypothesis import strategies as st

from links.targets import TargetRefused, judge

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/status",
        "https://example.com:443/a?b=c#f",
        "https://example.com./",
        "https://[2606:2800:220:1:248:1893:25c8:1946]/",
        "https://172.15.255.255/",
        "https://100.63.255.255/",
        "https://11.0.0.1/",
        "https://example.com/?next=http://127.0.0.1/",
        "https://shop.example/",
        "hTTp://example.com:8443/",
        "https://my_shop.example.com/",
    ],
)
def test_public_hosts_are_accepted(url):
    assert judge(url) == url


REFUSED_HOSTS = """
127.0.0.1 127.0.1 2130706433 0x7f.0x0.0x0.0x1 017700000001 127.0.0.01 00000177.1 4294967297 127.0.0.1.0
0.0.0.0 localhost localhost. localhost.localdomain 0X7F000001 ::1
[::1] [::] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b::a9fe:a9fe] [2002:7f00:1::]
[2002:c0a8:101::] [2001:0:4136:e378:8000:63bf:3fff:fdd2] [fe80::1%25eth0] [fc00::1] [fd20:ce::254] [ff02::1]
[2001:db8::1] [3fff::1] [4000::1] [5f00::1] [64:ff9b:1::1] [::ffff:0:10.0.0.1] [::ffff:10.0.0.1] [127.0.0.1]
169.254.169.254 2852039166 169.254.43518 100.100.100.200 168.63.129.16 metadata
10.0.0.1 172.31.255.255 100.64.0.1 192.0.0.9 192.0.2.1 203.0.113.1 192.88.99.1 239.255.255.250 255.255.255.255
db.internal kubernetes.default.svc.cluster.local x.onion x.test x.invalid x.private x.alt x.corp x.home.arpa
%31%32%37.0.0.1 127.0.0.1%00.example.com 127.0.0.1%23.example.com 127.0.0.1%2f.example.com
①②⑦.⓪.⓪.① 127．0．0．1 ⓛⓞⓒⓐⓛⓗⓞⓢⓣ local\u200dhost [::ⓕⓕⓕⓕ:127.0.0.1] 017700000001｡ localhost。 loc\u00adalhost
..example.com a..example.com example.com.. .example.com example.com:99999 example.com:٣ exa'mple.com
"""


@pytest.mark.parametrize("host", REFUSED_HOSTS.split())
def test_private_disguised_and_impossible_hosts_are_refused(host):
    with pytest.raises(TargetRefused):
        judge(f"http://{host}/")


def test_a_name_longer_than_dns_can_hold_is_refused():
    label = "a" * 49
    longest = ".".join([label] * 5) + ".dev"  # 253 characters
    assert judge(f"https://{longest}/")
    for name in ("a" + longest, "a" * 64 + ".com"):
        with pytest.raises(TargetRefused, match="not a valid URL"):
            judge(f"https://{name}/")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com@127.0.0.1/",
        "http://user:pass@example.com/",
        "http://127.0.0.1#@example.com/",
        "http://127.0.0.1\\@example.com/",
        "http://example.com\\.evil.example/",
        "http:\\\\127.0.0.1\\",
        "http:127.0.0.1/",
        "http:///127.0.0.1/",
        "http://127.0.0.1%23@example.com/",
        "http://example.com\u2100@127.0.0.1/",
        "http://",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "ldap://127.0.0.1/",
        "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
        "ws://example.com/",
        "\thttp://127.0.0.1/",
        "hTTp://127.0.0.1/",
        "http://example.com/\r\nX-Injected: 1",
        "http://example.com\r\n.127.0.0.1/",
        "https://example.com/\u2028",
        "https://example.com/\u202egpj.exe",
    ],
)
def test_other_tricks_are_refused(url):
    with pytest.raises(TargetRefused):
        judge(url)


def test_spaces_around_a_target_are_no_part_of_it():
    assert judge(" https://example.com/a b ") == "https://example.com/a b"


@pytest.mark.parametrize(
    "url",
    [
        "https://münchen.app/",
        "https://MÜNCHEN.app/",
        "https://xn--mnchen-3ya.app/",
        "https://XN--MNCHEN-3YA.app./",
        "https://go.xn--mnchen-3ya.app/",
        "https://fluxly。app/",
        "https://ﬂuxly.app/",
        "https://f%6cuxly.app./",
        "https://base.app:8443/r/x",
        "http://9.9.9.9/",
        "http://0x09090909/",
        "http://[::ffff:9.9.9.9]/",
        "http://[::9.9.9.9]/",
        "http://[2002:909:909::]/",
        "http://[64:ff9b::909:909]/",
        "http://[2606:4700:0:0::1]/",
        "http://[::1]/",
    ],
)
def test_a_host_of_ours_is_known_in_every_spelling(url, settings):
    settings.ALLOWED_HOSTS = [".münchen.app", "FLUXLY.app.", "9.9.9.9", "[2606:4700::1]", "[::1]", "*"]
    settings.BASE_URL = "https://Base.app.:8443"
    with pytest.raises(TargetRefused) as refused:
        judge(url)
    assert refused.value.code == "own_host"


# What attackers join: pieces that parsers disagree about, and addresses in the bases that they read.
PIECES = """
http:// HTTPS:// http:/ // / \\ @ : # ? . .. % %2e %40 %23 [ ] ; & \u00ad \u200d \u2100 \uff0f \uff1a 。 ． ß ①
example.com a.de localhost 127.0.0.1 0x7f 0177 2130706433 ::1 [::ffff:7f00:1] 80
"""
PRIVATE = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10"]
_joined = st.lists(st.sampled_from([*PIECES.split(), " ", "\t", "\n", "\r", "\x00"]), max_size=8).map("".join)


@given(_joined | _joined.map("http://".__add__) | _joined.map("http://example.com".__add__))
@example("http://a.de\\@localhost")
@example("http://a.de:80@localhost")
def test_what_is_kept_leads_every_reader_to_the_public_host_that_was_judged(text):
    try:
        kept = judge(text)
    except TargetRefused:
        return
    parsed = URL(kept)
    assert parsed.href == URL(text).href
    assert (parsed.username, parsed.password) == ("", "")
    assert urlsplit(kept).hostname == parsed.hostname.strip("[]")
    assert urlsplit(kept).username is None
    assert "." in parsed.hostname or ":" in parsed.hostname
    assert parsed.hostname.rstrip(".").rpartition(".")[2] != "localhost"
    assert judge(kept) == kept


def _octets(number: int, spell) -> str:
    return ".".join(spell(octet) for octet in number.to_bytes(4))


@given(st.one_of([st.ip_addresses(v=4, network=network) for network in PRIVATE]), st.data())
def test_a_private_address_is_refused_in_every_notation(address, data):
    number = int(address)
    spellings = [
        str(address),
        str(number),
        hex(number),
        f"0{number:o}",
        _octets(number, hex),
        _octets(number, lambda octet: f"0{octet:o}"),
        f"{number >> 24}.{number & 0xFFFFFF}",
        f"{number >> 24}.{number >> 16 & 0xFF}.{number & 0xFFFF}",
        f"[::ffff:{address}]",
        f"[::{address}]",
        f"[64:ff9b::{address}]",
        f"[{ipaddress.IPv6Address((0x2002 << 112) | (number << 80))}]",
        f"{address}.",
        "".join(f"%{ord(character):x}" for character in str(address)),
        str(address).translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)}),
    ]
    host = data.draw(st.sampled_from(spellings))
    with pytest.raises(TargetRefused):
        judge(f"http://{host}/")
