from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from links.analytics import Range, analyse
from links.models import DaySum, Kind, Link, LinkTotal, QuarterSum

BEFORE_SUMS = [("links", "0002_clicks_and_sums")]
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def migrate(targets):
    """Migrate and return the models as they are then."""
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.fixture
def models_before_sums(transactional_db):
    latest = [key for key in MigrationExecutor(connection).loader.graph.leaf_nodes() if key[0] == "links"]
    yield migrate(BEFORE_SUMS), lambda: migrate(latest)
    migrate(latest)


def old_link(models, slug, **fields):
    account = models.get_model("accounts", "Account").objects.create(name="Earlier", slug=slug)
    links = models.get_model("links", "Link").objects
    return links.create(
        account=account, slug=slug, skeleton=slug, link_id=slug, target_url="", target_digest="", **fields
    )


def old_click(models, link, at, **overrides):
    fields = {"referrer": "", "device": "desktop", "browser": "Firefox", "os": "Linux"} | overrides
    models.get_model("links", "Click").objects.create(link_id=link.pk, clicked_at=at, **fields)


def test_clicks_that_were_stored_before_there_were_sums_are_summed_up(models_before_sums):
    models, migrate_on = models_before_sums
    clicked = old_link(models, "clicked", click_count=3)
    old_link(models, "never-clicked")
    old_click(models, clicked, NOON + timedelta(minutes=14, seconds=59), referrer="news.example", device="mobile")
    old_click(models, clicked, NOON + timedelta(minutes=15))
    old_click(models, clicked, NOON + timedelta(days=1))
    old_click(models, clicked, NOON, is_bot=True)
    migrate_on()

    link = Link.objects.get(slug="clicked")
    assert (link.click_count, link.redirect_count) == (3, 3)
    total = LinkTotal.objects.get()
    assert (total.link, total.people, total.bots) == (link, 3, 1)
    quarters = QuarterSum.objects.filter(kind=Kind.ALL, is_bot=False).order_by("starts_at")
    starts = [NOON, NOON + timedelta(minutes=15), NOON + timedelta(days=1)]
    assert list(quarters.values_list("starts_at", "clicks")) == [(start, 1) for start in starts]
    midnight = NOON - timedelta(hours=12)
    days = DaySum.objects.filter(kind=Kind.ALL, is_bot=False).order_by("starts_at")
    assert list(days.values_list("starts_at", "clicks")) == [(midnight, 2), (midnight + timedelta(days=1), 1)]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_the_analysis_of_earlier_clicks_agrees_with_itself(models_before_sums, zone):
    models, migrate_on = models_before_sums
    old = old_link(models, "clicked")
    for hours in range(40):
        old_click(
            models, old, NOON + timedelta(hours=hours), referrer=f"{hours % 12}.example", is_bot=hours % 5 == 0
        )
    migrate_on()
    asked = Range(date(2026, 11, 1), date(2026, 11, 30), ZoneInfo(zone), "exclude")
    body = analyse(Link.objects.get(slug="clicked"), asked)
    for name in ("timeline", "referrers", "devices", "browsers", "os"):
        assert sum(row["clicks"] for row in body[name]) == body["total_clicks"] == 32
    assert (len(body["recent_clicks"]), body["bots"]) == (32, 8)
