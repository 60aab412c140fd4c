"""More of each kind of hostile address than was given, and what is handed out for the good ones."""

import pytest
from ada_url import URL

from egress import addresses
from egress.addresses import AddressRefused, CheckedAddress, check

pytestmark = pytest.mark.once

PUBLIC = "93.184.216.34"


def is_refused(url, **options):
    try:
        check(url, **options)
    except AddressRefused:
        return True
    return False


# Every name below would resolve to a public address: what is refused here is refused by how it is written.
DISGUISED = """
http://2130706433/ http://0177.0.0.1/ http://0x7f000001/ http://0x7f.1/ http://127.1/ http://0/ http://0x0/
http://00.00.00.00/ http://11.0.0.01/ http://11.0.1/ http://0xb.0.0.1/ http://013.0.0.1/ http://184549377/
http://11.0.0.1./ http://011.0.0.1/ http://256.1.1.1/ http://1.2.3.4.5/ http://1.2.3.256/ http://1.2.3./
http://.1.2.3/ http://example.1/ http://example.0x1/ http://①①.0.0.1/ http://11。0。0。1/ http://１１.0.0.1/
http://١١.0.0.1/ http://11.0.0.1%2f/ http://1e1/ http://[::1/ http://::1]/ http://[]/ http://[::1]x/ http://[::g]/
http://[1.2.3.4]/ http://[v1.a]/ http://[fe80::1%25lo]/ http://[fe80::1%lo]/ http://[2606:2800::1%25eth0]/
http://[2606:2800::1]]/ http://[[2606:2800::1]]/ http://[2606:2800:1]/ http://example.com:/ http://example.com:080/
http://example.com:65536/ http://example.com:-80/ http://example.com:+80/ http://example.com:8٠/
http://example.com:80:80/ http://example.com:http/ http://example.com:80a/ http://:80/ http://[::]:/
http://@example.com/ http://:@example.com/ http://a@b@example.com/ http://example.com%40x/ http://example.com%00/
http://example.com%2f@x/ http://exa%6dple.com/ http://example.com%2e/ http:///example.com/ http:////example.com/
http:/example.com/ http:example.com/ //example.com/ example.com /example.com http;//example.com/ http//example.com/
http://example.com\\ http://example.com\\@x/ http:\\\\example.com/ http:/\\example.com/ http://example.com/\\..\\x
http://example..com/ http://.example.com/ http://example.com../ http://-example.com/ http://example-.com/
http://a.-b.com/ http://exam_ple.com/ http://exam*ple.com/ http://exam'ple.com/ http://exam!ple.com/
http://exam,ple.com/ http://exam$ple.com/ http://exam~ple.com/ http://exam&ple.com/ http://exam(ple.com/
http://exam;ple.com/ http://exam=ple.com/ http://exam+ple.com/ http://exam<ple.com/ http://exam|ple.com/
http://exam^ple.com/ http://exam"ple.com/ http://exam{ple.com/ http://exam`ple.com/ http://xn--/
http://xn--localhost-/ http://example.c_m/ http://example.-/ http://example.1a-/ http://_dmarc.example.com/
http://localhost/ http://LOCALHOST/ http://a.localhost/ http://localhost.localdomain/ http://ip6-localhost/
http://x.local/ http://db.internal/ http://metadata.google.internal/ http://instance-data/ http://x.lan/
http://x.home/ http://x.corp/ http://x.home.arpa/ http://x.intranet/ http://x.test/ http://x.invalid/
http://x.onion/ http://x.private/ http://x.alt/ http://redis/ http://ⓛocalhost/ http://ｌｏｃａｌｈｏｓｔ/ http://x.ｌocal/
http://x。internal/ http://x.internal./ http://local%68ost/ ftp://example.com/ ws://example.com/ wss://example.com/
file://example.com/ httpx://example.com/ http2://example.com/ httpſ://example.com/ blob:http://example.com/
view-source:http://example.com/ jar:http://example.com/!/ data:text/html,x dict://example.com/ tftp://example.com/
sftp://example.com/ netdoc:///etc/passwd about:blank unix:/run/x http+unix://x/
""".replace("\\\\", "\\")


@pytest.mark.parametrize("url", DISGUISED.split())
def test_a_disguise_is_refused_before_anything_is_looked_up(names, url):
    names.answers = _Everything()
    assert is_refused(url)
    assert names.asked == []


class _Everything(dict):
    """Answers for every name with a public address."""

    def get(self, _name, _default=None):
        return [[PUBLIC]]


UNSEEN = (
    "\t\n\r\0\x0b\x0c\x1f \x7f\x80\x85\xa0\xad\u061c\u180e\u200b\u200d\u200e\u2028\u2029\u202e\u2060\u2066\u3000"
    "\ufeff"
)


@pytest.mark.parametrize("mark", UNSEEN, ids=lambda mark: f"U+{ord(mark):04X}")
def test_an_invisible_character_is_refused_wherever_it_stands(names, mark):
    names.answers = _Everything()
    for place in range(len("http://example.com/path?query#fragment") + 1):
        url = "http://example.com/path?query#fragment"
        assert is_refused(url[:place] + mark + url[place:]), place
    assert names.asked == []


@pytest.mark.parametrize(
    "url", ["http://example.com/\ud800", "http://exa\udfffmple.com/", "", " ", "http://example.com/" + "a" * 8174]
)
def test_what_is_no_text_or_too_much_of_it_is_refused(names, url):
    names.answers = _Everything()
    assert is_refused(url)


PORTS = [
    1,
    7,
    21,
    22,
    23,
    25,
    53,
    110,
    111,
    143,
    389,
    445,
    465,
    587,
    873,
    993,
    1433,
    2049,
    2375,
    2379,
    3000,
    3306,
    3389,
]
PORTS += [
    5000,
    5432,
    5672,
    5900,
    5984,
    6379,
    6443,
    8000,
    8086,
    8500,
    9000,
    9090,
    9200,
    10250,
    11211,
    15672,
    27017,
    65535,
]


@pytest.mark.parametrize("port", PORTS)
def test_ports_of_other_services_are_refused(names, port):
    names.answers = _Everything()
    for host in ("example.com", "93.184.216.34", "[2606:2800::1]"):
        assert is_refused(f"http://{host}:{port}/")
    assert names.asked == []


@pytest.mark.parametrize("port", [80, 443, 8080, 8443])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_ports_of_web_servers_are_accepted(names, scheme, port):
    names.answers["example.com"] = [[PUBLIC]]
    assert check(f"{scheme}://example.com:{port}/").port == port


@pytest.mark.parametrize(
    "answers",
    [
        [],
        ["127.0.0.1"],
        [PUBLIC, "10.0.0.1"],
        ["10.0.0.1", PUBLIC],
        [PUBLIC, "93.184.216.35", "169.254.169.254"],
        ["2606:2800::1", "::1"],
        [PUBLIC, "::ffff:127.0.0.1"],
        [PUBLIC, "fe80::1%eth0"],
        [PUBLIC, "::"],
        ["2606:2800::1", PUBLIC, "2002:7f00:1::"],
        ["168.63.129.16"],
        ["2606:2800::1%eth0"],
    ],
)
def test_a_name_is_refused_if_any_of_its_addresses_is(names, answers):
    names.answers["example.com"] = [answers]
    assert is_refused("https://example.com/")
    assert names.asked == ["example.com"]


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port", "normal"),
    [
        ("HTTPS://EXAMPLE.COM", "https", "example.com", 443, "https://example.com/"),
        ("https://example.com.:443/a#b", "https", "example.com", 443, "https://example.com/a"),
        ("http://example.com:8080?x", "http", "example.com", 8080, "http://example.com:8080/?x"),
        ("http://example.com#@127.0.0.1/", "http", "example.com", 80, "http://example.com/"),
        ("http://example.com?@127.0.0.1/", "http", "example.com", 80, "http://example.com/?@127.0.0.1/"),
        ("http://example.com/@127.0.0.1/", "http", "example.com", 80, "http://example.com/@127.0.0.1/"),
        ("http://example.com/a/../%2e/b", "http", "example.com", 80, "http://example.com/b"),
        ("http://example.com/%0d%0aX:%20y", "http", "example.com", 80, "http://example.com/%0d%0aX:%20y"),
        (
            "https://Bücher.example/ü",
            "https",
            "xn--bcher-kva.example",
            443,
            "https://xn--bcher-kva.example/%C3%BC",
        ),
        ("https://xn--bcher-kva.example", "https", "xn--bcher-kva.example", 443, "https://xn--bcher-kva.example/"),
        ("https://faß.de/", "https", "xn--fa-hia.de", 443, "https://xn--fa-hia.de/"),
        ("https://例え。テスト/", "https", "xn--r8jz45g.xn--zckzah", 443, "https://xn--r8jz45g.xn--zckzah/"),
        ("https://ｅｘａｍｐｌｅ。com/", "https", "example.com", 443, "https://example.com/"),
        ("https://1.example.com/", "https", "1.example.com", 443, "https://1.example.com/"),
        ("https://3com.example/", "https", "3com.example", 443, "https://3com.example/"),
        ("https://a--b.example/", "https", "a--b.example", 443, "https://a--b.example/"),
    ],
)
def test_what_was_judged_is_handed_out_in_one_form(names, url, scheme, host, port, normal):
    names.answers[host] = [["2606:2800::1", PUBLIC, PUBLIC]]
    assert check(url) == CheckedAddress(normal, scheme, host, port, "2606:2800::1", (PUBLIC,))
    assert names.asked == [host]


def test_an_address_is_handed_out_without_brackets(names):
    place = check("https://[2606:2800:0:0:0:0:0:1]:8443/")
    assert place == CheckedAddress("https://[2606:2800::1]:8443/", "https", "2606:2800::1", 8443, "2606:2800::1")
    assert names.asked == []


def test_the_caller_chooses_among_the_schemes(names):
    names.answers["example.com"] = [[PUBLIC]]
    assert is_refused("http://example.com/", schemes=frozenset({"https"}))
    assert is_refused("https://example.com/", schemes=frozenset({"http"}))
    assert check("https://example.com/", schemes=frozenset({"https"})).scheme == "https"


def test_names_may_be_as_long_as_dns_can_hold(names):
    names.answers = _Everything()
    longest = ".".join([*["a" * 62] * 3, "a" * 60, "dev"])
    assert len(longest) == 253
    assert check(f"https://{longest}/").host == longest
    assert is_refused(f"https://a{longest}/")
    assert not is_refused(f"https://{'a' * 63}.dev/")
    assert is_refused(f"https://{'a' * 64}.dev/")


def test_a_url_that_the_two_readers_see_differently_is_refused(names, monkeypatch):
    names.answers = _Everything()
    for seen in ("http://other.example/", "https://example.com:80/", "http://example.com:8080/"):
        monkeypatch.setattr(addresses, "URL", lambda _url, seen=seen: URL(seen))
        assert is_refused("http://example.com/")
    assert names.asked == []


def test_without_opened_networks_nothing_private_is_reached(names):
    names.answers["inside.example"] = [["10.1.2.3"]]
    for url in ("http://10.1.2.3/", "http://inside.example/", "http://inside/"):
        assert is_refused(url)


def test_an_opened_network_is_reached_by_address_and_name_on_every_port(names, open_networks):
    open_networks("10.1.0.0/16", "fd12::/16")
    names.answers |= {
        "inside.example": [["10.1.2.3"]],
        "status": [["10.1.2.3", "fd12::1"]],
        "db.internal": [["10.1.2.4"]],
    }
    for url in (
        "http://10.1.2.3:3000/",
        "http://[fd12::1]/",
        "http://inside.example:9000/",
        "http://db.internal/",
    ):
        assert not is_refused(url)
    assert check("http://status:8000/").address == "10.1.2.3"


@pytest.mark.parametrize(
    "url",
    [
        "http://10.2.0.1/",
        "http://127.0.0.1/",
        "http://[::ffff:10.1.2.3]/",
        "http://[64:ff9b::a01:203]/",
        "http://example.com:22/",
        "http://93.184.216.34:22/",
        "http://half.example/",
        "http://outside/",
        "http://10.1.515/",
        "http://me@10.1.2.3/",
    ],
)
def test_an_opened_network_opens_nothing_else(names, open_networks, url):
    open_networks("10.1.0.0/16")
    names.answers |= {"half.example": [["10.1.2.3", "10.2.0.1"]], "outside": [[PUBLIC]], "example.com": [[PUBLIC]]}
    assert is_refused(url)


@pytest.mark.parametrize(
    "host",
    """
    169.254.169.254 169.254.170.2 100.100.100.200 168.63.129.16 192.0.0.192 [fd00:ec2::254] [fd20:ce::254]
    [fe80::a9fe:a9fe]
    """.split(),  # noqa: SIM905 - easier to read
)
def test_no_setting_opens_what_hands_out_a_machines_passwords(open_networks, host):
    open_networks("0.0.0.0/0", "::/0")
    assert is_refused(f"http://{host}/")
    assert not is_refused("http://10.0.0.1/")


def test_public_addresses_stay_reachable_with_an_opened_network(names, open_networks):
    open_networks("10.1.0.0/16")
    names.answers["example.com"] = [[PUBLIC]]
    assert check("https://example.com/").address == PUBLIC
