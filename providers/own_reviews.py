"""What a provider does about its reviews and its status page: reply, and say which page is measured."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from api.errors import NotFound
from providers.models import Provider, Review, UptimeMonitor
from providers.own_pages import OwnProviderPage
from providers.reviews_forms import ReplyForm
from providers.reviews_pages import REVIEWS_A_PAGE, cursor_of
from providers.services import reviews, uptime
from providers.uptime import uptime_panel
from providers.uptime_forms import StatusPageForm


class OwnReviewsPage(OwnProviderPage):
    """The published reviews of a listing, with the way to reply."""

    tab = "reviews"

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Show a page of them; raises InvalidFields (400) for a cursor that is none of ours."""
        provider = self.provider()
        after = cursor_of(request)
        found, cursor = Review.objects.of(provider).published().page(limit=REVIEWS_A_PAGE, after=after)
        return self.show(
            "providers/own/reviews.html", provider, reviews=found, next_cursor=cursor, is_first=after is None
        )


class OwnReplyPage(OwnProviderPage):
    """Replies to a review, or changes the reply."""

    tab = "reviews"

    def get(self, request: HttpRequest, slug: str, pk: int) -> HttpResponse:
        """Show review and form; raises NotFound (404)."""
        review = self._review(pk)
        return self._show(review, ReplyForm(initial={"text": review.reply}))

    def post(self, request: HttpRequest, slug: str, pk: int) -> HttpResponse:
        """Take the reply, or show what is wrong; raises NotFound (404)."""
        review = self._review(pk)
        form = ReplyForm(request.POST)
        if not form.is_valid():
            return self._show(review, form, status=400)
        text = form.cleaned_data["text"]
        reviews.reply_to_review(review=review, text=text, actor=self.person)
        messages.success(request, "Your reply is published." if text else "There is no reply now.")
        return redirect("providers:pages:reviews", slug)

    def _review(self, pk: int) -> Review:
        provider = self.provider()
        review = Review.objects.of(provider).published().filter(pk=pk).first()
        if review is None:
            raise NotFound
        review.provider = provider
        return review

    def _show(self, review: Review, form: ReplyForm, status: int = 200) -> HttpResponse:
        form.focus()
        return self.show("providers/own/reply.html", review.provider, status, review=review, form=form)


class OwnUptimePage(OwnProviderPage):
    """Which status page is measured, and what was found."""

    tab = "uptime"

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Show both."""
        provider = self.provider()
        monitor = UptimeMonitor.objects.filter(provider=provider, is_active=True).first()
        return self._show(provider, StatusPageForm(initial={"status_url": monitor.status_url if monitor else ""}))

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Set the page or take it away, or show what is wrong."""
        provider = self.provider()
        form = StatusPageForm(request.POST)
        if not form.is_valid():
            return self._show(provider, form, status=400)
        url = form.cleaned_data["status_url"]
        known = UptimeMonitor.objects.filter(provider=provider).first()
        if url or known:
            # Without a page the last one is kept, switched off.
            kept = url or (known.status_url if known else "")
            uptime.set_monitor(provider=provider, status_url=kept, is_active=bool(url), actor=self.person)
        messages.success(request, "We look at this page from now on." if url else "No page is measured.")
        return redirect("providers:pages:uptime", slug)

    def _show(self, provider: Provider, form: StatusPageForm, status: int = 200) -> HttpResponse:
        form.focus()
        return self.show("providers/own/uptime.html", provider, status, form=form, **uptime_panel(provider))
