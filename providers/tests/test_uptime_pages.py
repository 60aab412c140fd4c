"""Measured uptime over HTTP: the listing's JSON, days and incidents, the panel of the profile, the staff admin."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from providers.models import Incident, Provider, UptimeDay, UptimeMonitor
from providers.tests.factories import make_provider, owner_of, push
from providers.tests.status_pages import make_monitor
from providers.uptime import cause_text, uptime_panel

pytestmark = pytest.mark.django_db


@pytest.fixture
def monitor():
    """Return a monitor of two measured days, with an hour of downtime yesterday and an incident now."""
    found = make_monitor(make_provider(slug="acme", name="Acme"))
    today, now = timezone.now().date(), timezone.now().replace(microsecond=0)
    for back, down in ((1, 3600), (2, 0)):
        day = today - timedelta(days=back)
        UptimeDay.objects.create(monitor=found, day=day, measured_seconds=86_400, down_seconds=down, checks=288)
    begun = now - timedelta(days=1)
    Incident.objects.create(monitor=found, started_at=begun, ended_at=begun + timedelta(hours=1), cause="http_503")
    Incident.objects.create(monitor=found, started_at=now, cause="unreachable")
    Provider.objects.update(
        measured_uptime_percent=Decimal("97.916"), measured_uptime_since=today - timedelta(days=2)
    )
    return found


def read(path="/uptime", slug="acme"):
    return Client().get(f"/api/providers/{slug}{path}")


def test_days_and_incidents_can_be_read_by_everybody(monitor):
    answer = read()
    data = answer.json()["data"]
    known = Client().get("/api/providers/acme/uptime", HTTP_IF_NONE_MATCH=answer.headers["ETag"])
    assert known.status_code == 304
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert data["measuredUptime"]["percent"] == 97.916
    assert data["isMeasured"] is True
    assert [(day["measuredSeconds"], day["downSeconds"], day["checks"]) for day in data["days"]] == [
        (86_400, 0, 288),
        (86_400, 3600, 288),
    ]
    now, before = data["incidents"]
    assert (now["cause"], now["endedAt"], now["durationSeconds"]) == ("unreachable", None, None)
    assert (before["cause"], before["durationSeconds"]) == ("http_503", 3600)


def test_a_listing_shows_the_figure_beside_its_own(monitor):
    since = (timezone.now().date() - timedelta(days=2)).isoformat()
    expected = {"days": 90, "percent": 97.916, "since": since}
    assert read("").json()["data"]["measuredUptime"] == expected
    assert Client().get("/api/providers").json()["data"]["items"][0]["measuredUptime"] == expected
    make_provider(slug="other")
    assert read("", "other").json()["data"]["measuredUptime"] is None


def test_the_figure_is_read_only_to_a_push(monitor):
    provider = Provider.objects.get()
    answer = push(owner_of(provider), "acme", {"totalNodes": 5, "measuredUptime": {"percent": 100}})
    assert [(warning["field"], warning["code"]) for warning in answer.json()["warnings"]] == [
        ("measuredUptime", "read_only")
    ]


def test_a_listing_without_checks_has_none(monitor):
    make_provider(slug="other")
    data = read(slug="other").json()["data"]
    assert data == {"measuredUptime": None, "isMeasured": False, "days": [], "incidents": []}


def test_what_is_no_listing_or_no_parameter_is_refused(monitor):
    make_provider(slug="gone", is_live=False)
    assert read(slug="gone").status_code == read(slug="nobody").status_code == 404
    assert read("/uptime?days=5").status_code == 400


def test_days_cost_the_same_for_2_and_90(monitor):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert read().status_code == 200
        return len(queries)

    few = count()
    for back in range(3, 90):
        UptimeDay.objects.create(monitor=monitor, day=timezone.now().date() - timedelta(days=back))
    assert len(read().json()["data"]["days"]) == 89
    assert count() == few <= 4


def test_the_panel_has_ninety_bars_and_the_incidents_in_words(monitor):
    provider = Provider.objects.get()
    with CaptureQueriesContext(connection) as queries:
        html = render_to_string("providers/_uptime.html", {"provider": provider} | uptime_panel(provider))
    assert len(queries) == 3
    assert html.count("<rect") == 90
    assert "97.916 %" in html
    assert "Answered with status 503" in html
    assert "for 1 h" in html
    assert "not over yet" in html


def test_the_panel_before_the_first_check_and_without_any(monitor):
    Provider.objects.update(measured_uptime_percent=None, measured_uptime_since=None)
    Incident.objects.all().delete()
    provider = Provider.objects.get()
    html = render_to_string("providers/_uptime.html", {"provider": provider} | uptime_panel(provider))
    assert "A percentage is shown once we have looked for an hour" in html
    assert "No incident" in html
    UptimeMonitor.objects.update(is_active=False)
    assert uptime_panel(provider) == {"is_measured": False}
    assert "Measured" not in render_to_string(
        "providers/_uptime.html", {"provider": provider, "is_measured": False}
    )


def test_every_cause_has_words():
    assert cause_text("http_404") == "Answered with status 404"
    assert cause_text("too_slow") == "Answered too slowly"
    assert cause_text("something_new") == "something_new"


# --- The staff admin ------------------------------------------------------------------------------------

HOME = "/admin/providers/uptimemonitor/"


@pytest.fixture
def staff():
    client = Client()
    client.force_login(User.objects.create_superuser("staff@example.test", "correct horse"))
    return client


def test_staff_say_which_page_is_looked_at(staff):
    provider = make_provider()
    data = {"provider": provider.pk, "status_url": "https://status.acme.com/", "is_active": "on"}
    assert staff.post(f"{HOME}add/", data).status_code == 302
    found = UptimeMonitor.objects.get()
    assert (found.provider, found.status_url, found.is_active) == (provider, "https://status.acme.com/", True)
    staff.post(f"{HOME}{found.pk}/change/", {"status_url": "https://status.acme.com/"})
    found.refresh_from_db()
    assert (found.is_active, found.next_due_at) == (False, None)


@pytest.mark.parametrize(
    "url", ["http://status.acme.com/", "https://127.0.0.1/", "https://status.local/", "x", ""]
)
def test_staff_are_told_which_pages_are_never_asked(staff, url):
    answer = staff.post(f"{HOME}add/", {"provider": make_provider().pk, "status_url": url, "is_active": "on"})
    assert answer.status_code == 200
    assert "status_url" in answer.context["adminform"].form.errors
    assert not UptimeMonitor.objects.exists()


def test_the_admin_pages_open_and_delete_nothing(staff, monitor):
    for path in (HOME, f"{HOME}?q=acme", f"{HOME}{monitor.pk}/change/", "/admin/providers/incident/"):
        assert staff.get(path).status_code == 200
    assert staff.get(f"{HOME}{monitor.pk}/delete/").status_code == 403
