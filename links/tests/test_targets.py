import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.provisional import urls

from links.targets import TargetRefused, judge, location_of

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com/very/long/path?b=1&a=%7e&&x=#frag?ment",
        "HTTP://example.com:080//a/../b/./c",
        "https://example.com/ü?q=ß",
        "http://1.1.1.1:8080/",
        "https://[2606:4700:4700::1111]/",
        "https://example.com/a b|c^d",
        "https://example.com?q=a@b",
        "https://localhost.example.com/",
    ],
)
def test_a_target_is_kept_exactly_as_given(url):
    assert judge(url) == url


@pytest.mark.parametrize(
    ("given_url", "kept"),
    [
        ("https://MÜNCHEN.de/ü", "https://xn--mnchen-3ya.de/ü"),
        ("https://Example.COM:443/A", "https://example.com:443/A"),
        ("https://ex%61mple.com/%61", "https://example.com/%61"),
        ("http://0x1.0x1.0x1.0x1/", "http://1.1.1.1/"),
        ("https://[2606:4700:4700:0:0:0:0:1111]:1/", "https://[2606:4700:4700::1111]:1/"),
    ],
)
def test_only_the_host_is_brought_into_its_normal_form(given_url, kept):
    assert judge(given_url) == kept


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "scheme"),
        ("example.com", "scheme"),
        ("//example.com", "scheme"),
        ("/r/other", "scheme"),
        ("ftp://example.com", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("data:text/html,hi", "scheme"),
        ("http:example.com", "scheme"),
        ("http:/example.com", "scheme"),
        ("http:\\\\example.com", "scheme"),
        ("http:///example.com", "invalid_url"),
        ("http://example.com\\@evil.example", "invalid_url"),
        ("https://", "invalid_url"),
        ("https://exa mple.com", "invalid_url"),
        ("https://example.com:99999/", "invalid_url"),
        ("https://[::1", "invalid_url"),
        ("https://user@example.com/", "user_info"),
        ("https://user:pass@example.com/", "user_info"),
        ("https://@example.com/", "user_info"),
        ("https://example.com/\n", "control_character"),
        ("ht\ttps://example.com/", "control_character"),
        ("https://example.com/\x00", "control_character"),
        ("https://example.com/\x85", "control_character"),
        ("https://example.com/\ud800", "control_character"),
        ("https://localhost/", "private_host"),
        ("https://a.localhost/", "private_host"),
        ("https://intranet/", "private_host"),
        ("https://printer.local/", "private_host"),
        ("https://db.internal./", "private_host"),
        ("http://10.0.0.1/", "private_host"),
        ("http://192.168.1.1/", "private_host"),
        ("http://172.16.0.1/", "private_host"),
        ("http://169.254.169.254/latest/meta-data", "private_host"),
        ("http://100.64.0.1/", "private_host"),
        ("http://0.0.0.0/", "private_host"),
        ("http://127.1/", "own_host"),
        ("http://2130706434/", "private_host"),
        ("http://0177.0.0.2/", "private_host"),
        ("http://224.0.0.1/", "private_host"),
        ("http://255.255.255.255/", "private_host"),
        ("http://[::]/", "private_host"),
        ("http://[fe80::1]/", "private_host"),
        ("http://[fec0::1]/", "private_host"),
        ("http://[fd00::1]/", "private_host"),
        ("http://[::ffff:10.0.0.1]/", "private_host"),
        ("http://[::10.0.0.1]/", "private_host"),
        ("http://[64:ff9b::10.0.0.1]/", "private_host"),
        ("http://[2002:a00:1::]/", "private_host"),
    ],
)
def test_other_targets_are_refused(url, code, settings):
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    with pytest.raises(TargetRefused) as refused:
        judge(url)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "url", ["https://fluxly.test/r/abc", "http://FLUXLY.test./", "https://go.flux.test:99/", "https://app.test/x"]
)
def test_a_target_on_a_host_of_ours_is_refused(url, settings):
    settings.ALLOWED_HOSTS = ["fluxly.test", ".flux.test", "*"]
    settings.BASE_URL = "https://app.test"
    with pytest.raises(TargetRefused, match="back to this service"):
        judge(url)


def test_a_target_may_have_8192_characters_and_no_more():
    longest = "https://example.com/" + "a" * (8192 - 20)
    assert judge(longest) == longest
    with pytest.raises(TargetRefused, match="8192"):
        judge(longest + "a")


@given(urls())
def test_every_ordinary_url_is_kept(url):
    kept = judge(url)
    assert kept.lower() == url.lower()
    assert judge(kept) == kept


@given(st.text() | st.text().map("https://".__add__) | st.text().map("https://a.de/".__add__))
def test_no_text_whatever_makes_a_header_unsafe(text):
    try:
        kept = judge(text)
    except TargetRefused:
        return
    location = location_of(kept, "q=1")
    assert location.isascii()
    assert location.isprintable()
    assert location.lower().startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("https://a.de", "https://a.de?x=1&y"),
        ("https://a.de/p#f", "https://a.de/p?x=1&y#f"),
        ("https://a.de/p?q=2#f?", "https://a.de/p?q=2&x=1&y#f?"),
        ("https://a.de/p?", "https://a.de/p?x=1&y"),
    ],
)
def test_a_forwarded_query_follows_the_targets_own(target, location):
    assert location_of(target, "x=1&y") == location


def test_a_location_is_the_stored_bytes_with_other_characters_encoded():
    assert location_of("https://a.de/a b|ü?%7e") == "https://a.de/a b|%C3%BC?%7e"
