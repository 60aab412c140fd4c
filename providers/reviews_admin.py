"""Reviews in the staff admin: read, then published or rejected, one by one or several at once, by the services."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.admin_base import ServiceAdmin
from accounts.models import User
from api.errors import PlatformError
from providers.models import Review, ReviewReport
from providers.models.reviews import MAX_REASON
from providers.reviews_forms import RejectionForm
from providers.services import reviews as services

DECISIONS = [("", "Leave it as it is"), ("publish", "Publish"), ("reject", "Reject")]


class DecisionForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when it runs
    """What the staff make of one review; only of the text that they had before them."""

    decision = forms.ChoiceField(choices=DECISIONS, required=False, widget=UnfoldAdminSelectWidget)
    new_reason = forms.CharField(
        label="Reason of a rejection",
        max_length=MAX_REASON,
        required=False,
        help_text="The author reads it.",
        widget=UnfoldAdminTextInputWidget,
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Review
        fields: ClassVar[list[str]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen_version"].initial = self.instance.version

    def clean(self) -> dict[str, Any]:
        """Ask for a reason where the author will want one."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("decision") == "reject" and not data.get("new_reason"):
            raise forms.ValidationError({"new_reason": "Say why: the author reads it."})
        return data


class ReportedFilter(admin.SimpleListFilter):
    """Those that somebody reported and nobody has looked at."""

    title = "reports"
    parameter_name = "reported"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer one choice."""
        return [("yes", "Reported")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Review]) -> QuerySet[Review]:
        """Leave those with an open report."""
        if self.value() != "yes":
            return queryset
        return queryset.filter(Exists(ReviewReport.objects.filter(review=OuterRef("pk"), handled_at=None)))


class ReportInline(TabularInline):  # type: ignore[misc]  # unfold has no types
    """What was reported of a review."""

    model = ReviewReport
    extra = 0
    can_delete = False
    hide_title = True
    fields = readonly_fields = ["created_at", "reason", "note", "handled_at"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds here."""
        return False


@admin.register(Review)
class ReviewAdmin(ServiceAdmin):
    """Reviews, the newest first. Their words are their authors'; the staff decide who sees them."""

    form = DecisionForm
    list_display = ["created_at", "provider", "rating", "title", "display_name", "state", "reports_waiting"]
    list_filter = ["state", ReportedFilter, "rating"]
    list_select_related = ["provider"]
    search_fields = ["=provider__slug", "title", "text", "display_name"]
    ordering = ["-id"]
    show_full_result_count = False
    shown = (
        *("provider", "author_number", "display_name", "rating", "title", "text", "state", "reason", "version"),
        *("reply", "replied_at", "created_at", "edited_at", "published_at"),
    )
    fields = (*shown, "decision", "new_reason", "seen_version")
    readonly_fields = shown
    inlines = [ReportInline]
    actions = ["publish", "reject", "dismiss", "remove_reply"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Review]:
        """Count the open reports along."""
        return Review.objects.with_reports().select_related("provider")

    @admin.display(description="open reports", ordering="open_reports")
    def reports_waiting(self, review: Review) -> int:
        """Return how many reports nobody has looked at."""
        return int(review.open_reports)  # type: ignore[attr-defined]  # annotated

    @admin.display(description="author")
    def author_number(self, review: Review) -> str:
        """Return who wrote it, without the e-mail address."""
        return f"person {review.author_id}"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The staff write no reviews."""
        return False

    def save_model(self, request: HttpRequest, obj: Review, form: Any, change: bool) -> None:
        """Do what was decided, through the services."""
        data, actor = form.cleaned_data, cast(User, request.user)
        version = data["seen_version"]
        if data["decision"] == "publish":
            services.publish_review(review=obj, actor=actor, version=version)
        elif data["decision"] == "reject":
            services.reject_review(review=obj, reason=data["new_reason"], actor=actor, version=version)

    @admin.action(description="Publish", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Review]) -> HttpResponse | None:
        """Publish the chosen reviews, after showing them."""
        act = partial(services.publish_review, actor=cast(User, request.user))
        return self._decide(request, queryset, "Publish", "Everybody will see these reviews.", act)

    @admin.action(description="Reject", permissions=["change"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Review]) -> HttpResponse | None:
        """Reject the chosen reviews for one reason, after showing them."""
        form = RejectionForm(request.POST if "confirmed" in request.POST else None)
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        act = partial(services.reject_review, reason=reason, actor=cast(User, request.user))
        return self._decide(request, queryset, "Reject", "Nobody but their authors will see these.", act, form)

    @admin.action(description="Leave as it is, though reported", permissions=["change"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[Review]) -> None:
        """Mark the reports about the chosen reviews as looked at."""
        for review in queryset:
            services.dismiss_reports(review=review, actor=cast(User, request.user))

    @admin.action(description="Remove the provider's reply", permissions=["change"])
    def remove_reply(self, request: HttpRequest, queryset: QuerySet[Review]) -> None:
        """Take the replies to the chosen reviews back."""
        actor = cast(User, request.user)
        act = partial(services.reply_to_review, text="", actor=actor, by_operator=True)
        self._each(request, queryset, lambda review: act(review=review))

    def _decide(
        self,
        request: HttpRequest,
        queryset: QuerySet[Review],
        title: str,
        warning: str,
        act: Callable[..., object],
        form: RejectionForm | None = None,
    ) -> HttpResponse | None:
        """Show the reviews first, then decide about just what was shown."""
        if "confirmed" not in request.POST or (form is not None and not form.is_valid()):
            shown = {"title": title, "warning": warning, "reviews": queryset, "form": form}
            context = self.admin_site.each_context(request) | shown | {"action": request.POST["action"]}
            return render(request, "admin/providers/decide_reviews.html", context)
        self._each(request, queryset, lambda review: act(review=review, version=_seen(request.POST, review)))
        return None

    def _each(self, request: HttpRequest, queryset: QuerySet[Review], act: Callable[[Review], object]) -> None:
        """Do it to each review; a refusal becomes a message and does not keep the others."""
        for review in queryset:
            try:
                act(review)
            except PlatformError as refused:
                self.message_user(request, f"{review}: {refused.message}", messages.ERROR)


def _seen(data: Mapping[str, Any], review: Review) -> int:
    """Return the version that the page showed; one that no version has when it showed none."""
    text = str(data.get(f"version_{review.pk}", ""))
    return int(text) if text.isdecimal() and len(text) < 10 else 0
