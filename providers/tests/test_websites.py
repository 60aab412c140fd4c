"""Which web addresses a listing may show."""

import pytest

from providers.websites import is_discord_invite, public_url

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "url",
    [
        "https://myprovider.com",
        "http://myprovider.com/",
        "HTTPS://MyProvider.com/Path",
        "https://a.b.example.co.uk:8443/x?y=1#z",
        "https://x.com/a@b",
        "https://xn--mnchen-3ya.de",
    ],
)
def test_a_public_address_is_kept_as_it_is(url):
    assert public_url(url) == url


def test_an_international_name_is_kept_in_its_ascii_form():
    assert public_url("https://münchen.de/ü") == "https://xn--mnchen-3ya.de/%C3%BC"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "myprovider.com",
        "//myprovider.com",
        "ftp://myprovider.com",
        "javascript:alert(1)",
        "https:myprovider.com",
        "https:///myprovider.com",
        "https://user@myprovider.com",
        "https://user:password@myprovider.com",
        "https://@myprovider.com",
        "https://localhost",
        "https://intranet",
        "https://box.local",
        "https://db.internal",
        "https://a.localhost",
        "https://127.0.0.1",
        "https://127.1",
        "https://0x7f000001",
        "https://2130706433",
        "https://10.0.0.1.",
        "https://[::1]/",
        "https://１２７.0.0.1/",
        "https://a..com",
        "https://.com",
        "https://x.com\\@y.com",
        "https://my provider.com",
        "https://myprovider.com/a b",
        "https://myprovider.com:99999",
        "https://" + "a" * 64 + ".com",
        "https://x.com/" + "ü" * 1000,
    ],
)
def test_other_addresses_are_refused(url):
    assert public_url(url) is None


@pytest.mark.parametrize("url", ["https://discord.gg/XXXXX", "https://discord.com/invite/flux-hosting"])
def test_an_invitation_to_discord_is_known(url):
    assert is_discord_invite(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://discord.gg/XXXXX",
        "https://discord.gg/",
        "https://discord.gg/a/b",
        "https://discord.gg/abc?x=1",
        "https://discord.gg.evil.com/abc",
        "https://discord.com/channels/1",
        "https://discord.gg/abc\n",
        "discord.gg/abc",
    ],
)
def test_other_addresses_are_no_invitation(url):
    assert not is_discord_invite(url)
