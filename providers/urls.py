"""Routes of Fluxme."""

from django.urls import URLPattern, URLResolver, include, path

from providers import directory_views, files, pull_views, reviews_pages, reviews_views, uptime_views, views

app_name = "providers"
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/providers", directory_views.ProviderListView.as_view(), name="providers-api-list"),
    path("api/providers/schema", directory_views.PushSchemaView.as_view(), name="providers-api-schema"),
    path("api/providers/<slug:slug>", views.ProviderDetailView.as_view(), name="providers-api-detail"),
    path("api/providers/<slug:slug>/history", directory_views.HistoryView.as_view(), name="api-history"),
    path("api/providers/<slug:slug>/price-history", directory_views.PriceHistoryView.as_view(), name="api-prices"),
    path("api/providers/<slug:slug>/reviews", reviews_views.ReviewListView.as_view(), name="api-reviews"),
    path("api/providers/<slug:slug>/uptime", uptime_views.UptimeView.as_view(), name="api-uptime"),
    path("providers/<slug:slug>/reviews", reviews_pages.ReviewsPage.as_view(), name="reviews"),
    path("providers/<slug:slug>/review", reviews_pages.ReviewPage.as_view(), name="review"),
    path("providers/<slug:slug>/review/delete", reviews_pages.ReviewDeletePage.as_view(), name="review-delete"),
    path(
        "providers/<slug:slug>/reviews/<int:pk>/report",
        reviews_pages.ReviewReportPage.as_view(),
        name="review-report",
    ),
    path("api/providers/<slug:slug>/pull", pull_views.PullSettingsView.as_view(), name="providers-api-pull"),
    path("api/providers/<slug:slug>/pull/test", pull_views.PullTestView.as_view(), name="providers-api-pull-test"),
    path("api/providers/<slug:slug>/refresh", pull_views.RefreshView.as_view(), name="providers-api-refresh"),
    path("api/providers/<slug:slug>/sync-runs", pull_views.SyncRunListView.as_view(), name="providers-api-runs"),
    path("api/providers/<slug:slug>/pins/<str:field>", pull_views.PinView.as_view(), name="providers-api-pin"),
    path("providers/export.csv", files.ExportPage.as_view(), name="export"),
    path("providers/feed.atom", files.FeedPage.as_view(), name="feed"),
    path("dashboard/providers/", include("providers.page_urls")),
    path("", include("providers.directory_urls")),
]
