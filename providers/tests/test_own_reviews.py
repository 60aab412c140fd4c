"""A provider's own pages about its reviews and its status page."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import make_account
from accounts.tests.pages import member_of, outside_addresses, owner_of, signed_in
from audit.models import AuditEvent
from providers.models import Review, UptimeMonitor
from providers.tests.factories import make_provider
from providers.tests.reviewing import make_review

pytestmark = pytest.mark.django_db
REVIEWS = "/dashboard/providers/acme/reviews/"
UPTIME = "/dashboard/providers/acme/uptime/"


@pytest.fixture
def provider():
    return make_provider(slug="acme", name="Acme")


@pytest.fixture
def member(provider):
    return signed_in(member_of(provider.account))


def test_a_member_replies_and_everybody_reads_it(provider, member, client):
    review = make_review(provider)
    page = member.get(REVIEWS).content.decode()
    assert f"{REVIEWS}{review.pk}/reply/" in page
    assert 'aria-current="page">Reviews' in page
    assert outside_addresses(page) == []
    answer = member.post(f"{REVIEWS}{review.pk}/reply/", {"text": "Thank you!\r\nSee you."}, follow=True)
    assert "Your reply is published." in answer.content.decode()
    public = client.get("/providers/acme/reviews").content.decode()
    assert "Reply of Acme" in public
    assert "Thank you!<br>See you." in public


def test_a_reply_is_replaced_and_taken_back(provider, member):
    url = f"{REVIEWS}{make_review(provider).pk}/reply/"
    for text in ("Thanks.", "Many thanks."):
        member.post(url, {"text": text})
    assert "Many thanks." in member.get(url).content.decode()
    member.post(url, {"text": ""})
    assert Review.objects.get().reply == ""


def test_a_reply_is_not_longer_than_a_review_may_be(provider, member):
    answer = member.post(f"{REVIEWS}{make_review(provider).pk}/reply/", {"text": "x" * 2001})
    assert answer.status_code == 400
    assert Review.objects.get().reply == ""


def test_what_waits_or_belongs_to_others_is_missing(provider, member):
    waiting, foreign = make_review(provider, is_published=False), make_review(make_provider())
    assert waiting.text not in member.get(REVIEWS).content.decode()
    for review in (waiting, foreign):
        assert member.post(f"{REVIEWS}{review.pk}/reply/", {"text": "Ha."}).status_code == 404
    stranger = signed_in(owner_of(make_account()))
    own = make_review(provider)
    for url in (REVIEWS, UPTIME, f"{REVIEWS}{own.pk}/reply/"):
        assert stranger.get(url).status_code == 404
    assert stranger.post(UPTIME, {"status_url": "https://status.acme.com/"}).status_code == 404


def test_the_list_is_paged_and_costs_the_same_for_2_and_20(provider, member, monkeypatch):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert member.get(REVIEWS).status_code == 200
        return len(queries)

    for n in range(2):
        make_review(provider, title=f"Review {n}")
    count()  # the first look of a session also notes the session
    few = count()
    for n in range(2, 20):
        make_review(provider, title=f"Review {n}")
    assert count() == few
    monkeypatch.setattr("providers.own_reviews.REVIEWS_A_PAGE", 19)
    assert "Earlier reviews" in member.get(REVIEWS).content.decode()
    (oldest,) = Review.objects.filter(title="Review 0")
    page = member.get(f"{REVIEWS}?after={oldest.pk + 1}").content.decode()
    assert "Review 0" in page
    assert "Newest reviews" in page
    assert member.get(f"{REVIEWS}?after=0").status_code == 400


def test_a_member_names_changes_and_removes_the_status_page(provider, member):
    assert "Status page" in member.get(UPTIME).content.decode()
    assert member.post(UPTIME, {"status_url": ""}).status_code == 302
    assert not UptimeMonitor.objects.exists()
    member.post(UPTIME, {"status_url": "https://status.acme.com/"})
    page = member.get(UPTIME).content.decode()
    assert 'value="https://status.acme.com/"' in page
    assert "once we have looked for an hour" in page
    member.post(UPTIME, {"status_url": ""})
    monitor = UptimeMonitor.objects.get()
    assert (monitor.is_active, monitor.status_url) == (False, "https://status.acme.com/")
    assert 'value="https://status.acme.com/"' not in member.get(UPTIME).content.decode()
    actors = AuditEvent.objects.filter(action="uptime.monitor_set").values_list("account_id", flat=True)
    assert list(actors) == [provider.account_id] * 2


@pytest.mark.parametrize(
    "url", ["http://status.acme.com/", "https://10.0.0.1/", "https://router.local/", "acme.com"]
)
def test_a_page_that_is_not_public_and_encrypted_is_refused(provider, member, url):
    answer = member.post(UPTIME, {"status_url": url})
    assert answer.status_code == 400
    assert "begins with https://" in answer.content.decode()
    assert not UptimeMonitor.objects.exists()
