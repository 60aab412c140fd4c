"""What people say about a provider, and what others report about that."""

from typing import ClassVar

from django.db import models
from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import User
from providers.models.listing import Provider

LOWEST, HIGHEST = 1, 5
MIN_TEXT, MAX_TEXT = 20, 2000
MAX_TITLE = 100
MAX_NAME = 40
MAX_REPLY = 2000
MAX_REASON = 300


class ReviewState(models.TextChoices):
    """Who sees a review: its author always, the public only a published one."""

    PENDING = "pending", "Waiting for the staff"
    PUBLISHED = "published", "Published"
    REJECTED = "rejected", "Rejected"


class ReportReason(models.TextChoices):
    """What somebody finds wrong with a published review."""

    FALSE = "false", "It is not true, or not about this provider"
    INSULT = "insult", "It insults or threatens somebody"
    PRIVATE = "private", "It tells what is private"
    ADVERT = "advert", "It advertises, or was paid for"
    OTHER = "other", "Something else"


class ReviewQuerySet(models.QuerySet["Review"]):
    """Chainable reads of reviews."""

    def of(self, provider: Provider) -> "ReviewQuerySet":
        """Return all of the provider's reviews, in whatever state."""
        return self.filter(provider=provider)

    def by(self, author: User) -> "ReviewQuerySet":
        """Return the person's own reviews."""
        return self.filter(author=author)

    def published(self) -> "ReviewQuerySet":
        """Return those that the public may see."""
        return self.filter(state=ReviewState.PUBLISHED)

    def newest(self) -> "ReviewQuerySet":
        """Return the newest first, by when they were written."""
        return self.order_by("-pk")

    def page(self, *, limit: int, after: int | None) -> tuple[list["Review"], int | None]:
        """Return at most `limit` of them, the newest first, and the cursor of the next page where there is one.

        after: the cursor, which is the key of the last review of the page before.
        """
        rows = self.newest() if after is None else self.newest().filter(pk__lt=after)
        found = list(rows[: limit + 1])
        return found[:limit], found[limit - 1].pk if len(found) > limit else None

    def with_reports(self) -> "ReviewQuerySet":
        """Count the reports that nobody has looked at yet, as `open_reports`."""
        waiting = Count("reports", filter=Q(reports__handled_at__isnull=True))
        return self.annotate(open_reports=waiting)


class Review(models.Model):
    """One person's opinion of one provider, with the provider's one reply.

    rating: 1–5. title: at most 100 characters, may be empty. text: 20–2,000 characters of plain text.
    display_name: what the author chose to be shown as, 2–40 characters. version: counts the author's edits, so
    that nobody decides about a text that they have not seen. reason: why the staff rejected it, shown to the
    author. published_at: when it was published last; null while it is not.
    """

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="reviews")
    author = models.ForeignKey(User, on_delete=models.CASCADE, related_name="reviews")
    display_name = models.CharField(max_length=MAX_NAME)
    rating = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=MAX_TITLE, blank=True)
    text = models.TextField()
    state = models.CharField(max_length=9, choices=ReviewState.choices, default=ReviewState.PENDING)
    reason = models.CharField(max_length=MAX_REASON, blank=True)
    version = models.PositiveIntegerField(default=1)
    reply = models.TextField(blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    edited_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[ReviewQuerySet] = ReviewQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "author"], name="one_review_per_person"),
            models.CheckConstraint(condition=Q(rating__range=(LOWEST, HIGHEST)), name="review_rating_range"),
            models.CheckConstraint(condition=Q(state__in=ReviewState.values), name="review_state_known"),
        ]
        indexes = [models.Index(fields=["provider", "state", "-id"], name="reviews_of_provider")]

    def __str__(self) -> str:
        return f"{self.rating}/{HIGHEST} for provider {self.provider_id}, {self.state}"

    @property
    def is_published(self) -> bool:
        """Return whether the public may see it."""
        return self.state == ReviewState.PUBLISHED

    @property
    def own_reply(self) -> "Review | None":
        """Return what holds the provider's reply, None while there is none."""
        return self if self.reply else None


class ReviewReport(models.Model):
    """Somebody finds a published review wrong. Who it was is not kept. handled_at: when the staff decided."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="reports")
    reason = models.CharField(max_length=7, choices=ReportReason.choices)
    note = models.CharField(max_length=MAX_REASON, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(reason__in=ReportReason.values), name="review_report_reason_known")
        ]

    def __str__(self) -> str:
        return f"{self.reason} about review {self.review_id}"
