"""Reviews and measured uptime in a browser: on a phone, in both schemes, without JavaScript, with the keyboard."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from providers.models import Incident, Provider, Review, UptimeDay
from providers.services import reviews as services
from providers.tests.factories import make_provider
from providers.tests.reviewing import make_review
from providers.tests.status_pages import make_monitor
from tests.test_browser import NARROW, WIDE, browser, opened, overflow, owner, pytestmark, sign_in

__all__ = ["browser", "owner", "pytestmark"]
LONG_WORD = "Unterbrechungsfreistromversorgung" * 4


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_review_is_written_answered_and_read_on_a_phone_without_javascript(browser, live_server, owner, scheme):
    provider = make_provider(slug="acme", name="Acme")
    page = opened(browser, live_server, viewport=NARROW, color_scheme=scheme, java_script_enabled=False)
    sign_in(page, owner)
    page.goto("/providers/acme/reviews")
    page.get_by_role("link", name="Write a review").click()
    page.get_by_label("Your rating").select_option("4")
    page.get_by_label("Title").fill(LONG_WORD[:100])
    page.get_by_label("Your review").fill(f"They answer within an hour. {LONG_WORD}\nSecond line.")
    page.get_by_label("Shown as").fill("Ada")
    assert overflow(page) == 0
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Your review waits")).to_be_visible()
    review = services.publish_review(review=Review.objects.get(), actor=None)
    author = provider.account.memberships.get().user
    services.reply_to_review(review=review, text=f"Thank you. {LONG_WORD}", actor=author)
    for path in ("/providers/acme/reviews", "/providers/acme"):
        page.goto(path)
        assert page.get_by_text("They answer within an hour.").is_visible()
        assert page.get_by_text("4 of 5 stars").first.count() == 1
        assert overflow(page) == 0


def test_a_provider_replies_with_the_keyboard_alone(browser, live_server, owner):
    provider = make_provider(account=owner.accounts.get(), slug="acme", name="Acme")
    make_review(provider)
    page = opened(browser, live_server, viewport=WIDE)
    sign_in(page, owner)
    page.goto("/dashboard/providers/acme/reviews/")
    page.get_by_role("link", name="Reply to Ada").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Your reply").focus()
    page.keyboard.type("Thank you!")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your reply is published.")).to_be_visible()
    assert Review.objects.get().reply == "Thank you!"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_ninety_days_of_uptime_fit_on_a_phone(browser, live_server, owner, scheme):
    provider = make_provider(account=owner.accounts.get(), slug="acme", name="Acme")
    monitor, now = make_monitor(provider), timezone.now()
    for back in range(80):
        down = 7200 if back == 30 else 0
        day = now.date() - timedelta(days=back)
        UptimeDay.objects.create(monitor=monitor, day=day, measured_seconds=80_000, down_seconds=down)
    begun = now - timedelta(days=30)
    Incident.objects.create(
        monitor=monitor, started_at=begun, ended_at=begun + timedelta(hours=2), cause="http_503"
    )
    Provider.objects.update(
        measured_uptime_percent="99.887", measured_uptime_since=now.date() - timedelta(days=79)
    )
    page = opened(browser, live_server, viewport=NARROW, color_scheme=scheme, java_script_enabled=False)
    sign_in(page, owner)
    for path in ("/providers/acme", "/dashboard/providers/acme/uptime/"):
        page.goto(path)
        assert page.get_by_text("99.887 %").first.is_visible()
        assert page.locator(".uptime-plot rect").count() == 90
        box = page.locator(".uptime-plot").bounding_box()
        assert box is not None
        assert box["height"] > 20
        assert page.get_by_text("Answered with status 503").is_visible()
        assert overflow(page) == 0
