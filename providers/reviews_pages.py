"""Reviews for people: a listing's reviews, writing and deleting one's own, and reporting another's."""

import re
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_ratelimit.core import get_usage

from accounts.models import User
from accounts.page_views import PageView, SignedInPage
from api.addresses import client_address, home_of
from api.errors import InvalidFields, NotFound, PlatformError, TooManyRequests
from providers.models import HIGHEST, LOWEST, Provider, ReportReason, Review, ReviewState
from providers.reviews_forms import ReportForm, ReviewForm
from providers.reviews_serializers import REVIEW_CURSOR
from providers.services import reviews as services

REVIEWS_A_PAGE = 20
REVIEWS_ON_PROFILE = 3
REPORTS_AN_HOUR = 10
"""How many reviews one address may report."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the published reviews give so many stars. percent: of all, 0–100."""

    rating: int
    count: int
    percent: int


def shares_of(provider: Provider) -> list[Share]:
    """Return one line for each rating, the best first; one query."""
    rows = Review.objects.of(provider).published().values_list("rating").annotate(Count("pk")).order_by()
    counts: dict[int, int] = dict(rows)
    total = sum(counts.values())
    return [
        Share(rating, counts.get(rating, 0), round(100 * counts.get(rating, 0) / total) if total else 0)
        for rating in range(HIGHEST, LOWEST - 1, -1)
    ]


def review_panel(provider: Provider, request: HttpRequest) -> dict[str, Any]:
    """Return what `providers/_reviews.html` shows on a listing's page: figures, the newest reviews, what to do.

    At most five queries, however many reviews there are.
    """
    newest = list(Review.objects.of(provider).published().newest()[: REVIEWS_ON_PROFILE + 1])
    return {
        "provider": provider,
        "shares": shares_of(provider) if provider.review_count else [],
        "reviews": newest[:REVIEWS_ON_PROFILE],
        "has_more_reviews": len(newest) > REVIEWS_ON_PROFILE,
        **_own_part(provider, request),
    }


def _own_part(provider: Provider, request: HttpRequest) -> dict[str, Any]:
    """Return the person's own review, or what keeps them from writing one."""
    if not isinstance(request.user, User):
        return {"own_review": None, "hindrance": "This is a demo listing." if provider.is_demo else ""}
    own = Review.objects.of(provider).by(request.user).first()
    refusal = None if own else services.may_not_review(provider, request.user)
    return {"own_review": own, "hindrance": refusal.message if refusal else ""}


def live_provider(slug: str) -> Provider:
    """Return the listing that the public sees; raises NotFound (404)."""
    provider = Provider.objects.live().filter(slug=slug).first()
    if provider is None:
        raise NotFound
    return provider


def cursor_of(request: HttpRequest) -> int | None:
    """Return after which review the page begins; raises InvalidFields (400) for a cursor that is none of ours."""
    text = request.GET.get("after", "")
    if text and not re.fullmatch(REVIEW_CURSOR, text):
        raise InvalidFields("There is no such page of reviews.")
    return int(text) if text else None


class ReviewsPage(PageView):
    """A listing's published reviews, for everybody."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Show a page of them; raises InvalidFields (400) for a cursor that is none of ours."""
        provider = live_provider(slug)
        after = cursor_of(request)
        found, cursor = Review.objects.of(provider).published().page(limit=REVIEWS_A_PAGE, after=after)
        context = {
            "provider": provider,
            "reviews": found,
            "next_cursor": cursor,
            "is_first": after is None,
            "shares": shares_of(provider),
            **_own_part(provider, request),
        }
        return render(request, "providers/reviews.html", context)


class ReviewPage(SignedInPage):
    """Writes or changes the person's own review of a listing."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Show the form; raises NotFound (404), and what keeps the person from writing one (403)."""
        provider, own = self._find(slug)
        refusal = services.may_not_review(provider, self.person)
        if refusal is not None and own is None:
            raise refusal
        return self._show(provider, own, ReviewForm.about(own))

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Take it, or show what is wrong; raises NotFound (404)."""
        provider, own = self._find(slug)
        form = ReviewForm.about(own, request.POST)
        if not form.is_valid():
            return self._show(provider, own, form, status=400)
        try:
            review = services.submit_review(provider=provider, author=self.person, **form.cleaned_data)
        except NotFound:
            raise
        except PlatformError as error:
            form.add_error(None, error.message)
            return self._show(provider, own, form, status=error.status)
        is_waiting = review.state == ReviewState.PENDING
        thanks = "Thank you. The staff read it, then it appears." if is_waiting else "There was nothing to change."
        messages.success(request, thanks)
        return redirect("providers:reviews", provider.slug)

    def _find(self, slug: str) -> tuple[Provider, Review | None]:
        provider = live_provider(slug)
        return provider, Review.objects.of(provider).by(self.person).first()

    def _show(self, provider: Provider, own: Review | None, form: ReviewForm, status: int = 200) -> HttpResponse:
        form.focus()
        context = {"provider": provider, "own_review": own, "form": form}
        return render(self.request, "providers/review_form.html", context, status=status)


class ReviewDeletePage(SignedInPage):
    """Deletes the person's own review, after asking."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Ask; raises NotFound (404)."""
        return render(request, "providers/review_delete.html", {"review": self._own(slug)})

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Delete it; raises NotFound (404)."""
        services.delete_review(review=self._own(slug), author=self.person)
        messages.success(request, "Your review is deleted.")
        is_live = Provider.objects.live().filter(slug=slug).exists()
        return redirect("providers:reviews", slug) if is_live else redirect("accounts:dashboard")

    def _own(self, slug: str) -> Review:
        """Return the person's review, of a listing that was closed since too."""
        own = Review.objects.by(self.person).filter(provider__slug=slug).select_related("provider").first()
        if own is None:
            raise NotFound
        return own


class ReviewReportPage(PageView):
    """Tells the staff what is wrong with a published review; for everybody."""

    def get(self, request: HttpRequest, slug: str, pk: int) -> HttpResponse:
        """Ask what; raises NotFound (404)."""
        return self._show(self._find(slug, pk), ReportForm())

    def post(self, request: HttpRequest, slug: str, pk: int) -> HttpResponse:
        """Tell them; raises NotFound (404), TooManyRequests (429)."""
        review = self._find(slug, pk)
        self._admit()
        form = ReportForm(request.POST)
        if not form.is_valid():
            return self._show(review, form, status=400)
        reason = ReportReason(form.cleaned_data["reason"])
        services.report_review(review=review, reason=reason, note=form.cleaned_data["note"])
        messages.success(request, "Thank you. The staff look at this review.")
        return redirect("providers:reviews", slug)

    def _admit(self) -> None:
        """Count the report against the address."""
        usage = get_usage(
            self.request,
            group="providers.report",
            key=lambda _group, request: home_of(client_address(request)),
            rate=f"{REPORTS_AN_HOUR}/h",
            increment=True,
        )
        # None: the cache does not answer, and the limit then lets everybody pass.
        if usage and usage["should_limit"]:
            sentence = "Too many reports from your network. Try again later."
            raise TooManyRequests(retry_after_seconds=int(usage["time_left"]), message=sentence)

    def _find(self, slug: str, pk: int) -> Review:
        provider = live_provider(slug)
        review = Review.objects.of(provider).published().filter(pk=pk).first()
        if review is None:
            raise NotFound
        review.provider = provider
        return review

    def _show(self, review: Review, form: ReportForm, status: int = 200) -> HttpResponse:
        form.focus()
        context = {"review": review, "provider": review.provider, "form": form}
        return render(self.request, "providers/review_report.html", context, status=status)
