"""Every write to reviews. Each takes the lock of the provider's row first, so that its two figures stay exact.

Locks are taken in this order: person, provider, review.
"""

from decimal import ROUND_HALF_UP, Decimal

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from accounts.closing import hold_open
from accounts.models import Account, Membership, User
from api.errors import NotFound
from audit.services import record
from providers.errors import DemoListing, OwnListing, ReviewChanged, UnverifiedEmail
from providers.models import Provider, ReportReason, Review, ReviewReport, ReviewState

# More open reports about one review tell the staff nothing new.
MAX_OPEN_REPORTS = 50
_HUNDREDTH = Decimal("0.01")


@transaction.atomic
def submit_review(
    *, provider: Provider, author: User, rating: int, title: str, text: str, display_name: str
) -> Review:
    """Write the person's review of a listing, or change the one they wrote. It waits for the staff.

    Submitting what is there already changes nothing, and a published review then stays published.

    Raises NotFound (404) for a listing that is not live, DemoListing, OwnListing, UnverifiedEmail and, for people
    without an open account and listings of a closed one, AccountClosed (all 403).
    """
    _require_may_review(provider, author)
    row = _lock_provider(provider.pk)
    wanted = {"rating": rating, "title": title, "text": text, "display_name": display_name}
    review = Review.objects.of(row).by(author).first()
    if review is None:
        review = Review.objects.create(provider=row, author=author, **wanted)
        record("review.written", target=review, user=author, data={"provider": row.slug, "rating": rating})
        return review
    if all(getattr(review, name) == value for name, value in wanted.items()):
        return review
    for name, value in wanted.items():
        setattr(review, name, value)
    review.state, review.reason = ReviewState.PENDING, ""
    review.version += 1
    review.edited_at, review.published_at = timezone.now(), None
    review.save()
    review.provider = row
    _recount(row)
    record("review.edited", target=review, user=author, data={"provider": row.slug, "version": review.version})
    return review


@transaction.atomic
def delete_review(*, review: Review, author: User) -> None:
    """Delete one's own review, for good; raises NotFound (404) for another's, and for one that is gone."""
    row = _lock_provider(review.provider_id)
    found = _lock_review(review, row)
    if found.author_id != author.pk:
        raise NotFound
    record("review.deleted", target=found, user=author, data={"provider": row.slug})
    found.delete()
    _recount(row)


@transaction.atomic
def publish_review(*, review: Review, actor: User | None, version: int | None = None) -> Review:
    """Show a review to the public. Reports about it are done with.

    version: the one that was looked at. Raises ReviewChanged (409) when the author edited it since.
    """
    row = _lock_provider(review.provider_id)
    found = _lock_review(review, row, version)
    _handle_reports(found)
    if not found.is_published:
        found.state, found.reason, found.published_at = ReviewState.PUBLISHED, "", timezone.now()
        found.save(update_fields=["state", "reason", "published_at"])
        _recount(row)
        _record_decision("review.published", found, actor)
    return found


@transaction.atomic
def reject_review(*, review: Review, reason: str, actor: User | None, version: int | None = None) -> Review:
    """Keep a review from the public, or take it back. reason: 1–300 characters, which its author reads.

    version: as in `publish_review`. Raises ReviewChanged (409).
    """
    row = _lock_provider(review.provider_id)
    found = _lock_review(review, row, version)
    _handle_reports(found)
    if found.state != ReviewState.REJECTED or found.reason != reason:
        found.state, found.reason, found.published_at = ReviewState.REJECTED, reason, None
        found.save(update_fields=["state", "reason", "published_at"])
        _recount(row)
        _record_decision("review.rejected", found, actor)
    return found


@transaction.atomic
def reply_to_review(*, review: Review, text: str, actor: User, by_operator: bool = False) -> Review:
    """Answer a published review for its provider, in place of an earlier answer. text: ≤ 2,000; "" takes it back.

    by_operator: done by the staff. Otherwise the actor is a member of the provider's account.
    Raises NotFound (404) for others, and for a review that is not published.
    """
    row = _lock_provider(review.provider_id)
    found = _lock_review(review, row)
    is_member = Account.objects.of_user(actor).filter(pk=row.account_id).exists()
    if not found.is_published or not (by_operator or is_member):
        raise NotFound
    if found.reply != text:
        found.reply, found.replied_at = text, timezone.now() if text else None
        found.save(update_fields=["reply", "replied_at"])
        action = "review.replied" if text else "review.reply_removed"
        record(action, target=found, account_id=row.account_id, user=actor, data={"provider": row.slug})
    return found


@transaction.atomic
def report_review(*, review: Review, reason: ReportReason, note: str = "") -> None:
    """Tell the staff of a published review; nothing else happens to it. note: ≤ 300 characters.

    Raises NotFound (404) for a review that is not published.
    """
    row = _lock_provider(review.provider_id)
    found = _lock_review(review, row)
    if not found.is_published:
        raise NotFound
    if found.reports.filter(handled_at__isnull=True).count() < MAX_OPEN_REPORTS:
        ReviewReport.objects.create(review=found, reason=reason, note=note)
        record("review.reported", target=found, data={"provider": row.slug, "reason": reason})


@transaction.atomic
def dismiss_reports(*, review: Review, actor: User | None) -> None:
    """Leave a review as it is: whoever reported it was heard."""
    row = _lock_provider(review.provider_id)
    found = _lock_review(review, row)
    if _handle_reports(found):
        _record_decision("review.reports_dismissed", found, actor)


def remove_reviews_of(author: User) -> None:
    """Remove what a person wrote, before the person is deleted; their ratings no longer count.

    Runs in the transaction of `accounts.closing.delete_person`, which holds the person's row.
    """
    providers = Review.objects.by(author).order_by("provider_id").values_list("provider_id", flat=True)
    for provider_id in list(providers):
        row = _lock_provider(provider_id)
        Review.objects.of(row).by(author).delete()
        _recount(row)


def may_not_review(provider: Provider, author: User) -> DemoListing | OwnListing | UnverifiedEmail | None:
    """Return what keeps the person from reviewing the listing, None when nothing does."""
    if provider.is_demo:
        return DemoListing()
    if Membership.objects.filter(account_id=provider.account_id, user=author).exists():
        return OwnListing()
    if not EmailAddress.objects.filter(user=author, email__iexact=author.email, verified=True).exists():
        return UnverifiedEmail()
    return None


def _require_may_review(provider: Provider, author: User) -> None:
    """Raise what keeps the person from reviewing; hold person and account until the transaction ends."""
    # Held, so that the person is not deleted between here and the review's own row.
    held = User.objects.select_for_update(no_key=True).filter(pk=author.pk, is_active=True).first()
    if held is None or not provider.is_live:
        raise NotFound
    hold_open(provider.account_id)
    refusal = may_not_review(provider, author)
    if refusal is not None:
        raise refusal
    own = Account.objects.of_user(author).values_list("pk", flat=True).first()
    hold_open(own or 0)


def _lock_provider(provider_id: int) -> Provider:
    return Provider.objects.select_for_update(no_key=True).get(pk=provider_id)


def _lock_review(review: Review, row: Provider, version: int | None = None) -> Review:
    """Return the review as it is now; the provider's lock keeps it so. Raises NotFound, ReviewChanged."""
    found = Review.objects.of(row).filter(pk=review.pk).first()
    if found is None:
        raise NotFound
    if version is not None and found.version != version:
        raise ReviewChanged
    found.provider = row
    return found


def _recount(row: Provider) -> None:
    """Set the listing's two figures by its published reviews; the caller holds the listing's lock."""
    figures = Review.objects.of(row).published().aggregate(count=Count("pk"), total=Sum("rating"))
    count: int = figures["count"]
    # By whole numbers: the databases' own averages round differently.
    rating = (Decimal(figures["total"]) / count).quantize(_HUNDREDTH, ROUND_HALF_UP) if count else None
    if (row.rating, row.review_count) != (rating, count):
        row.rating, row.review_count = rating, count
        row.save(update_fields=["rating", "review_count"])


def _handle_reports(review: Review) -> int:
    return review.reports.filter(handled_at__isnull=True).update(handled_at=timezone.now())


def _record_decision(action: str, review: Review, actor: User | None) -> None:
    data = {"provider": review.provider.slug, "version": review.version}
    record(action, target=review, account_id=review.provider.account_id, user=actor, data=data)
