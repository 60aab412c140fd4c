"""What is kept of a visitor."""

from datetime import UTC, datetime, timedelta

import pytest

from links import visitors
from links.models import VisitorSalt
from links.records import pack as pack_record
from links.records import unpack
from links.visitors import SALTS, Salts, destroy_old_salts, salt_of, tail_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def salted():
    SALTS.refresh(NOON)
    yield
    SALTS.day, SALTS.salt = None, b""
    tail_of.cache_clear()


def kept(address="203.0.113.77", referrer="", agent="Firefox"):
    (record,) = unpack(pack_record(1, 1.0, tail_of(address, referrer, agent)), is_final=True).records
    return record


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", ""),
        ("unix:", ""),
        ("1.2.3", ""),
    ],
)
def test_an_address_is_cut_to_its_network(address, network):
    assert kept(address).network == network
    content = tail_of(address, "", "")[0]
    assert not address or len(address) < 6 or address.encode() not in content


@pytest.mark.parametrize(
    ("referrer", "host"),
    [
        ("https://News.Example/secret/path?token=1#f", "news.example"),
        ("https://user:password@news.example/", "news.example"),
        ("http://127.0.0.1:8000/r/abc", ""),
        ("nonsense", ""),
        ("about:blank", ""),
        ("https://[", ""),
        ("", ""),
    ],
)
def test_a_referrer_is_cut_to_its_host_and_our_own_are_none(referrer, host):
    assert kept(referrer=referrer).referrer == host


def test_one_visitor_is_the_same_all_day_and_another_one_the_next():
    today = kept().visitor
    assert len(today) == 16
    assert kept().visitor == today
    assert kept(agent="Chrome").visitor != today
    assert kept("203.0.113.78").visitor != today
    SALTS.refresh(NOON + timedelta(days=1))
    assert kept().visitor != today


def test_without_a_salt_or_an_address_a_visitor_is_nobody():
    assert kept("").visitor == ""
    SALTS.salt = b""
    tail_of.cache_clear()
    assert kept().visitor == ""


def test_all_processes_share_the_salt_of_a_day():
    one, other = Salts(), Salts()
    one.refresh(NOON)
    other.refresh(NOON)
    assert one.salt == other.salt == SALTS.salt


def test_a_salt_that_another_process_made_first_is_taken(monkeypatch):
    salt_of(NOON.date())
    monkeypatch.setattr("django.db.models.query.QuerySet.first", lambda self: None)
    assert salt_of(NOON.date()) == SALTS.salt


def test_salts_are_destroyed_two_days_after_their_day():
    days = [NOON.date() - timedelta(days=n) for n in range(5)]
    for day in days:
        salt_of(day)
    assert destroy_old_salts(NOON) == 3
    assert set(VisitorSalt.objects.values_list("day", flat=True)) == set(days[:2])


def test_the_caches_are_bounded():
    assert tail_of.cache_info().maxsize == visitors._REMEMBERED
