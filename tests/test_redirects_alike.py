"""The two ways to answer a visitor give the same answer and the same click, whatever link and whatever request."""

import re
from datetime import timedelta

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from links import redirects, segments, services, spool
from links.models import Link
from links.records import unpack
from links.redirects import answer_redirects
from links.table import LinkTable
from links.tests.factories import CHROME_ON_ANDROID, make_link
from links.tests.wsgi_calls import call, environ_of
from links.visitors import SALTS

pytestmark = pytest.mark.django_db
django = WSGIHandler()


@pytest.fixture(autouse=True)
def still(monkeypatch):
    """No thread in the background: a test's database is its own thread's. The day has its salt."""
    monkeypatch.setattr(redirects, "watch", lambda table: None)
    SALTS.refresh()


@pytest.fixture
def application():
    return answer_redirects(django)


@pytest.fixture
def not_asked(monkeypatch):
    """Fail when Django is entered."""

    def fail(*_):
        raise AssertionError("Django was entered")

    return answer_redirects(fail)


def clicks():
    """Return what is in the spool, without times, and empty it."""
    spool.spool().close()
    found = []
    for path in segments.waiting(spool.folder()):
        with segments.opened(path) as segment:
            assert segment is not None
            records = unpack(segment.rest(0), is_final=segment.is_final).records
            found += [(r.link_id, r.visitor, r.network, r.referrer, r.agent) for r in records]
        path.unlink()
    return found


def bare(answer):
    """Return the answer without what differs between any two pages: request ids and form tokens."""
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    headers.pop("set-cookie", None)
    headers.pop("content-length", None)
    body = re.sub(rb'(name="csrfmiddlewaretoken" value=")[^"]+|[0-9a-f]{32}', rb"\1", answer.body)
    return answer.status, headers, body


latin = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=80)
# A link may be seen with any of these states, which no service would make together in one step.
links = st.fixed_dictionaries(
    {
        "target_url": st.sampled_from(
            ["https://example.com/", "https://example.com/a?b=1#c", "https://bücher.example/ü|x?q={a}#日"]
        ),
        "redirect_type": st.sampled_from([302, 307]),
        "forward_query": st.booleans(),
        "is_active": st.sampled_from([True, True, True, False]),
        "password_hash": st.sampled_from(["", "", "", "argon2$never"]),
        "max_clicks": st.sampled_from([None, None, None, 1, 1000]),
        "expired_url": st.sampled_from(["", "https://example.org/over?x=1"]),
        "redirect_count": st.sampled_from([0, 5]),
        "ends_in_seconds": st.sampled_from([None, None, -1, 3600]),
        "is_deleted": st.sampled_from([False, False, False, True]),
    }
)
requests_ = st.fixed_dictionaries(
    {
        "REQUEST_METHOD": st.sampled_from(["GET", "GET", "GET", "HEAD", "POST", "PUT", "OPTIONS"]),
        "QUERY_STRING": st.sampled_from(["", "", "a=1&b=%20", "x=%00", "key=fluxly_live_abc", "é=\x80", "+"]),
        "REMOTE_ADDR": st.sampled_from(["203.0.113.77", "2001:db8::1", "", None]),
        "HTTP_HOST": st.sampled_from(["localhost", "localhost", "127.0.0.1:8000", "evil.example", "a b", None]),
        "HTTP_REFERER": st.one_of(
            st.none(), st.sampled_from(["https://news.example/x?y", "http://localhost/"]), latin
        ),
        "HTTP_USER_AGENT": st.one_of(st.none(), st.just(CHROME_ON_ANDROID), latin),
        "HTTP_X_FORWARDED_FOR": st.sampled_from([None, "198.51.100.1"]),
        "CONTENT_TYPE": st.sampled_from([None, "text/plain; charset=klingon"]),
    }
)
suffixes = st.sampled_from(["", "", "", "", "", "+", "/", "x", "%2B"])


@given(links, requests_, suffixes)
@example(
    {"target_url": "https://example.com/", "forward_query": True},
    {"QUERY_STRING": "a=1", "HTTP_USER_AGENT": "é\x00"},
    "",
)
@settings(
    deadline=None,
    max_examples=250,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_both_ways_answer_alike_and_write_the_same_click(fields, request, suffix):
    Link.objects.all().delete()
    fields = dict(fields)
    now = timezone.now()
    link = make_link()
    seconds = fields.pop("ends_in_seconds", None)
    fields["expires_at"] = None if seconds is None else now + timedelta(seconds=seconds)
    fields["deleted_at"] = now if fields.pop("is_deleted", False) else None
    redirect_count = fields.setdefault("redirect_count", 0)
    Link.objects.filter(pk=link.pk).update(**fields)
    environ = environ_of(f"/r/{link.slug}{suffix}", **request)
    expected = bare(call(django, environ))
    expected_clicks = clicks()
    is_visit = expected[0] in {302, 307} and environ["REQUEST_METHOD"] in {"GET", "POST"}
    assert len(expected_clicks) == (is_visit and "over" not in expected[1]["location"])
    application = answer_redirects(django)
    # First from the database, then from memory.
    for _ in range(2):
        Link.objects.filter(pk=link.pk).update(redirect_count=redirect_count)
        assert bare(call(application, environ)) == expected
        assert clicks() == expected_clicks


def test_a_plain_link_is_answered_without_entering_django(not_asked):
    link = make_link(forward_query=True, redirect_type=307)
    for query in ("", "a=1"):
        answer = call(not_asked, environ_of(f"/r/{link.slug}", QUERY_STRING=query))
        assert answer.status == 307
        assert answer.headers["location"].endswith(query)
    assert len(clicks()) == 2


def test_a_remembered_link_costs_no_query(application, django_assert_num_queries):
    path = f"/r/{make_link().slug}"
    with django_assert_num_queries(1):
        assert call(application, environ_of(path)).status == 302
    with django_assert_num_queries(0):
        for _ in range(3):
            assert call(application, environ_of(path)).status == 302


def test_a_remembered_miss_costs_no_query(application, django_assert_num_queries):
    path = "/r/nothing-here"
    assert call(application, environ_of(path)).status == 404
    with django_assert_num_queries(0):
        assert call(application, environ_of(path)).status == 404


def test_a_remembered_link_ends_at_its_second(monkeypatch):
    ends_at = timezone.now() + timedelta(seconds=30)
    moment = ends_at.timestamp() - 1
    monkeypatch.setattr("links.redirects.time.time", lambda: moment)
    application = answer_redirects(lambda *_: pytest.fail("Django was entered"))
    environ = environ_of(f"/r/{make_link(expires_at=ends_at).slug}")
    assert [call(application, environ).status for _ in range(2)] == [302, 302]
    moment += 1
    with pytest.raises(pytest.fail.Exception, match="Django was entered"):
        call(application, environ)


@pytest.mark.parametrize("host", ["evil.example", "a b", None])
def test_a_remembered_link_is_for_hosts_of_ours_alone(application, host):
    environ = environ_of(f"/r/{make_link().slug}")
    assert [call(application, environ).status for _ in range(2)] == [302, 302]
    other = environ_of(f"/r/{make_link().slug}", HTTP_HOST=host) | {"PATH_INFO": environ["PATH_INFO"]}
    assert bare(call(application, other)) == bare(call(django, other))


def test_a_link_is_answered_while_the_database_is_away_and_an_unknown_one_is_a_page(application, monkeypatch):
    link = make_link()
    environ = environ_of(f"/r/{link.slug}")
    call(application, environ)

    def fail(*_):
        raise OperationalError

    monkeypatch.setattr(redirects, "load_plain_link", fail)
    assert call(application, environ).status == 302
    assert call(application, environ_of("/r/unknown")).status == 404


def test_other_paths_are_left_alone(application):
    assert call(application, environ_of("/livez")).status == 200
    assert call(application, environ_of("/r/")).status == 404


@pytest.fixture
def behind_tls(settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_HSTS_SECONDS = 3600
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.NUM_PROXIES = 1


@pytest.mark.parametrize("scheme", ["https", "http", None])
def test_behind_tls_both_ways_answer_alike(behind_tls, scheme):
    handler = WSGIHandler()
    application = answer_redirects(handler)
    link = make_link()
    secure = environ_of(
        f"/r/{link.slug}", HTTP_X_FORWARDED_PROTO="https", HTTP_X_FORWARDED_FOR="1.1.1.1, 198.51.100.9"
    )
    assert (
        call(application, secure).headers["strict-transport-security"]
        == "max-age=3600; includeSubDomains; preload"
    )
    assert clicks()[0][2] == "198.51.100.0/24"
    environ = secure | {"HTTP_X_FORWARDED_PROTO": scheme} if scheme else environ_of(f"/r/{link.slug}")
    expected = bare(call(handler, environ))
    expected_clicks = clicks()
    assert bare(call(application, environ)) == expected
    assert clicks() == expected_clicks
    assert expected[0] == (302 if scheme == "https" else 301)


def test_a_change_of_the_target_shows_once_it_is_known(application):
    from links.watcher import Watcher

    tables: list[LinkTable] = []
    redirects_watch = tables.append
    link = make_link()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redirects, "watch", redirects_watch)
        call(application, environ_of(f"/r/{link.slug}"))
    watching = Watcher(tables[0])
    watching.look()
    call(application, environ_of(f"/r/{link.slug}"))
    services.update_link(link=link, target_url="https://example.org/new")
    watching.look()
    assert call(application, environ_of(f"/r/{link.slug}")).headers["location"] == "https://example.org/new"
