"""Routes of the provider's own pages, below `/dashboard/providers/`."""

from django.urls import URLPattern, path

from providers import own_changes, own_edit, own_keys, own_listing, own_pages, own_reviews, pull_pages

app_name = "pages"
urlpatterns: list[URLPattern] = [
    path("", own_pages.OwnProvidersPage.as_view(), name="list"),
    path("<slug:slug>/", own_listing.ListingPage.as_view(), name="listing"),
    path("<slug:slug>/edit/", own_edit.EditPage.as_view(), name="edit"),
    path("<slug:slug>/pins/<slug:field>/release/", own_listing.ReleasePage.as_view(), name="release"),
    path("<slug:slug>/changes/", own_changes.ChangesPage.as_view(), name="changes"),
    path("<slug:slug>/pull/", pull_pages.PullPage.as_view(), name="pull"),
    path("<slug:slug>/pull/act/", pull_pages.PullActPage.as_view(), name="pull-act"),
    path("<slug:slug>/pull/remove/", pull_pages.PullRemovePage.as_view(), name="pull-remove"),
    path("<slug:slug>/sync-log/", pull_pages.SyncLogPage.as_view(), name="sync-log"),
    path("<slug:slug>/held/<int:pk>/", pull_pages.HeldChangePage.as_view(), name="held"),
    path("<slug:slug>/keys/", own_keys.OwnKeysPage.as_view(), name="keys"),
    path("<slug:slug>/reviews/", own_reviews.OwnReviewsPage.as_view(), name="reviews"),
    path("<slug:slug>/reviews/<int:pk>/reply/", own_reviews.OwnReplyPage.as_view(), name="reply"),
    path("<slug:slug>/uptime/", own_reviews.OwnUptimePage.as_view(), name="uptime"),
]
