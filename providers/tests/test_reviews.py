"""Reviews as services: who may write, what counts, and what stays exact."""

import contextlib
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts import closing
from accounts.errors import AccountClosed
from accounts.models import User
from accounts.tests.factories import make_account
from accounts.tests.pages import member_of, owner_of
from api.errors import NotFound
from audit.models import AuditEvent
from providers.errors import DemoListing, OwnListing, ReviewChanged, UnverifiedEmail
from providers.models import Provider, ReportReason, Review, ReviewReport, ReviewState
from providers.services import reviews as services
from providers.tests.factories import make_provider
from providers.tests.reviewing import WORDS, make_review, make_reviewer
from tests.threads import at_once

pytestmark = pytest.mark.django_db


def figures(provider: Provider) -> tuple[Decimal | None, int]:
    provider.refresh_from_db()
    return provider.rating, provider.review_count


def open_reports() -> int:
    return getattr(Review.objects.with_reports().get(), "open_reports")  # noqa: B009 - an annotation


def test_a_review_waits_for_the_staff_and_counts_once_it_is_published():
    provider = make_provider()
    review = make_review(provider, is_published=False)
    assert (review.state, figures(provider)) == (ReviewState.PENDING, (None, 0))
    before = provider.etag
    services.publish_review(review=review, actor=None)
    assert figures(provider) == (Decimal("4.00"), 1)
    assert provider.etag != before


def test_the_average_has_two_decimals_and_rounds_half_up():
    provider = make_provider()
    for rating in (5, 5, 4):
        make_review(provider, rating=rating)
    assert figures(provider) == (Decimal("4.67"), 3)
    for rating in (1, 1, 2, 3, 3):
        make_review(provider, rating=rating)
    assert figures(provider) == (Decimal("3.00"), 8)
    make_review(provider, rating=4)
    assert figures(provider) == (Decimal("3.11"), 9)


def test_a_review_of_another_provider_does_not_count():
    provider, other = make_provider(), make_provider()
    make_review(other, rating=1)
    make_review(provider, rating=5)
    assert figures(provider) == (Decimal("5.00"), 1)


def test_an_edited_review_waits_again_and_no_longer_counts():
    provider, author = make_provider(), make_reviewer()
    make_review(provider, rating=1)
    review = make_review(provider, author=author, rating=5)
    edited = services.submit_review(provider=provider, author=author, **(WORDS | {"rating": 4}))
    assert (edited.pk, edited.state, edited.version) == (review.pk, ReviewState.PENDING, 2)
    assert edited.edited_at
    assert figures(provider) == (Decimal("1.00"), 1)


def test_sending_the_same_words_again_changes_nothing():
    provider, author = make_provider(), make_reviewer()
    make_review(provider, author=author)
    again = services.submit_review(provider=provider, author=author, **WORDS)
    assert (again.state, again.version, figures(provider)[1]) == (ReviewState.PUBLISHED, 1, 1)
    assert AuditEvent.objects.filter(action="review.edited").count() == 0


def test_a_rejected_review_counts_no_more_and_its_author_may_try_again():
    provider, author = make_provider(), make_reviewer()
    review = make_review(provider, author=author)
    rejected = services.reject_review(review=review, reason="It names a private person.", actor=None)
    assert (rejected.state, figures(provider)) == (ReviewState.REJECTED, (None, 0))
    again = services.submit_review(provider=provider, author=author, **(WORDS | {"title": "Better"}))
    assert (again.state, again.reason) == (ReviewState.PENDING, "")


def test_a_decision_about_a_text_that_changed_is_refused():
    provider, author = make_provider(), make_reviewer()
    review = make_review(provider, author=author, is_published=False)
    services.submit_review(provider=provider, author=author, **(WORDS | {"title": "Edited"}))
    with pytest.raises(ReviewChanged):
        services.publish_review(review=review, actor=None, version=review.version)
    with pytest.raises(ReviewChanged):
        services.reject_review(review=review, reason="No.", actor=None, version=review.version)
    assert Review.objects.get().state == ReviewState.PENDING


def test_deciding_the_same_twice_is_told_once():
    provider = make_provider()
    review = make_review(provider)
    services.publish_review(review=review, actor=None)
    services.reject_review(review=review, reason="Spam.", actor=None)
    services.reject_review(review=review, reason="Spam.", actor=None)
    actions = AuditEvent.objects.filter(action__startswith="review.").order_by("pk")
    assert [event.action for event in actions] == ["review.written", "review.published", "review.rejected"]
    assert not any("payout" in str(event.data) for event in actions)


# --- Who may write ------------------------------------------------------------------------------------


def test_members_of_the_provider_do_not_review_it():
    provider = make_provider()
    for author in (owner_of(provider.account), member_of(provider.account)):
        with pytest.raises(OwnListing):
            make_review(provider, author=author)
    assert not Review.objects.exists()


def test_an_address_must_be_confirmed_first():
    with pytest.raises(UnverifiedEmail):
        make_review(make_provider(), author=make_reviewer(is_verified=False))


def test_a_demo_listing_takes_no_reviews():
    with pytest.raises(DemoListing):
        make_review(make_provider(is_demo=True))


def test_a_listing_that_is_not_live_takes_no_reviews():
    with pytest.raises(NotFound):
        make_review(make_provider(is_live=False))


def test_people_without_an_open_account_and_inactive_ones_write_none():
    provider, author, inactive = make_provider(), make_reviewer(), make_reviewer()
    closing.close_account(account=author.accounts.get(), actor=author)
    with pytest.raises(AccountClosed):
        make_review(provider, author=author)
    User.objects.filter(pk=inactive.pk).update(is_active=False)
    with pytest.raises(NotFound):
        make_review(provider, author=inactive)


def test_a_listing_of_a_closed_account_takes_no_reviews_and_keeps_those_it_has():
    provider, review_text = make_provider(), WORDS["text"]
    make_review(provider)
    # Closing is refused while there is a listing, so this is what a request meets in between.
    type(provider.account).objects.filter(pk=provider.account_id).update(closed_at="2026-01-01T00:00:00Z")
    with pytest.raises(AccountClosed):
        make_review(provider)
    assert [review.text for review in Review.objects.of(provider).published()] == [review_text]


@pytest.mark.parametrize("wrong", [{"rating": 0}, {"rating": 6}, {"state": "hidden"}])
def test_the_database_refuses_what_no_review_has(wrong):
    fields = {"provider": make_provider(), "author": make_reviewer()} | WORDS | wrong
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(**fields)


def test_the_database_keeps_one_review_of_each_person():
    provider, author = make_provider(), make_reviewer()
    make_review(provider, author=author)
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(provider=provider, author=author, **WORDS)


# --- What goes ----------------------------------------------------------------------------------------


def test_only_its_author_deletes_a_review_and_it_no_longer_counts():
    provider, author = make_provider(), make_reviewer()
    review = make_review(provider, author=author)
    with pytest.raises(NotFound):
        services.delete_review(review=review, author=make_reviewer())
    services.delete_review(review=review, author=author)
    assert figures(provider) == (None, 0)
    with pytest.raises(NotFound):
        services.delete_review(review=review, author=author)


def test_a_deleted_person_takes_their_reviews_along_and_the_ratings_follow():
    author = make_reviewer()
    first, second = make_provider(), make_provider()
    for provider in (first, second):
        make_review(provider, author=author, rating=1)
        make_review(provider, rating=5)
    closing.delete_person(user=author, actor=author)
    assert figures(first) == figures(second) == (Decimal("5.00"), 1)
    assert not Review.objects.filter(author_id=author.pk).exists()


# --- Replies and reports --------------------------------------------------------------------------------


def test_a_member_of_the_provider_replies_and_replaces_the_reply():
    provider = make_provider()
    review, member = make_review(provider), member_of(provider.account)
    services.reply_to_review(review=review, text="Thank you.", actor=member)
    found = services.reply_to_review(review=review, text="Thanks!", actor=owner_of(provider.account))
    assert (found.reply, bool(found.replied_at)) == ("Thanks!", True)
    assert AuditEvent.objects.filter(action="review.replied", account_id=provider.account_id).count() == 2
    found = services.reply_to_review(review=review, text="", actor=member)
    assert (found.reply, found.replied_at) == ("", None)


def test_others_do_not_reply_and_nobody_to_what_is_not_published():
    provider = make_provider()
    review = make_review(provider)
    with pytest.raises(NotFound):
        services.reply_to_review(review=review, text="Ha.", actor=owner_of(make_account()))
    waiting = make_review(provider, is_published=False)
    with pytest.raises(NotFound):
        services.reply_to_review(review=waiting, text="Ha.", actor=owner_of(provider.account))


def test_a_report_changes_nothing_but_what_the_staff_see():
    provider = make_provider()
    review = make_review(provider)
    services.report_review(review=review, reason=ReportReason.ADVERT, note="They pay for these.")
    assert open_reports() == 1
    assert figures(provider)[1] == 1
    services.dismiss_reports(review=review, actor=None)
    services.dismiss_reports(review=review, actor=None)
    assert open_reports() == 0
    assert AuditEvent.objects.filter(action="review.reports_dismissed").count() == 1


def test_reports_pile_up_to_a_limit_and_a_decision_ends_them(monkeypatch):
    monkeypatch.setattr(services, "MAX_OPEN_REPORTS", 2)
    review = make_review(make_provider())
    for _ in range(3):
        services.report_review(review=review, reason=ReportReason.OTHER)
    assert ReviewReport.objects.count() == 2
    services.reject_review(review=review, reason="An advert.", actor=None)
    assert open_reports() == 0
    with pytest.raises(NotFound):
        services.report_review(review=review, reason=ReportReason.OTHER)


# --- Exact --------------------------------------------------------------------------------------------


class Figures(TestCase):
    # Each person costs a password's slow hash.
    @settings(max_examples=15, deadline=None)
    @given(st.lists(st.sampled_from([1, 2, 3, 4, 5]), max_size=6), st.data())
    def test_the_figures_are_those_of_the_published_reviews_after_any_decisions(self, ratings, data):
        provider = make_provider()
        reviews = [make_review(provider, rating=rating) for rating in ratings]
        for review in reviews:
            if data.draw(st.booleans()):
                services.reject_review(review=review, reason="No.", actor=None)
        kept = Review.objects.of(provider).published().values_list("rating", flat=True)
        rating, count = figures(provider)
        assert count == len(kept)
        assert (rating is None) == (not kept)
        assert rating is None or abs(rating - Decimal(sum(kept)) / count) <= Decimal("0.005")


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_the_figures_are_exact_when_many_are_published_and_rejected_at_once():
    provider = make_provider()
    reviews = [make_review(provider, rating=1 + n % 5, is_published=n % 2 == 1) for n in range(20)]

    def decide(n: int) -> None:
        if n % 2:
            services.reject_review(review=reviews[n], reason="No.", actor=None)
        else:
            services.publish_review(review=reviews[n], actor=None)

    at_once(20, decide)
    kept = list(Review.objects.of(provider).published().values_list("rating", flat=True))
    assert len(kept) == 10
    assert figures(provider) == ((Decimal(sum(kept)) / 10).quantize(Decimal("0.01")), 10)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_one_person_who_writes_many_times_at_once_has_one_review():
    provider, author = make_provider(), make_reviewer()
    reviews = at_once(10, lambda n: make_review(provider, author=author, is_published=False, title=str(n)))
    assert {review.pk for review in reviews} == set(Review.objects.values_list("pk", flat=True))
    assert Review.objects.get().version == 10


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_person_who_is_deleted_while_they_write_leaves_no_review():
    provider, authors = make_provider(), [make_reviewer() for _ in range(6)]

    def act(n: int) -> None:
        author = authors[n // 2]
        if n % 2:
            closing.delete_person(user=author, actor=author)
            return
        with contextlib.suppress(NotFound, AccountClosed, UnverifiedEmail):
            make_review(provider, author=author)

    at_once(12, act)
    assert not Review.objects.exists()
    assert figures(provider) == (None, 0)
