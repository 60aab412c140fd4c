"""Routes of the pages, below `/dashboard/links/`."""

from django.urls import URLPattern, path

from links import analytics_pages, pages

app_name = "pages"
urlpatterns: list[URLPattern] = [
    path("", pages.LinksPage.as_view(), name="list"),
    path("new/", pages.NewLinkPage.as_view(), name="new"),
    path("api/", pages.DeveloperApiPage.as_view(), name="api"),
    path("<str:link_id>/", pages.LinkDetailPage.as_view(), name="detail"),
    path("<str:link_id>/edit/", pages.LinkEditPage.as_view(), name="edit"),
    path("<str:link_id>/switch/", pages.LinkSwitchPage.as_view(), name="switch"),
    path("<str:link_id>/delete/", pages.LinkDeletePage.as_view(), name="delete"),
    path("<str:link_id>/qr.<str:kind>", pages.LinkQrPage.as_view(), name="qr"),
    path("<str:link_id>/analytics/", analytics_pages.AnalyticsPage.as_view(), name="analytics"),
    path("<str:link_id>/analytics.csv", analytics_pages.TimelinePage.as_view(), name="timeline"),
]
