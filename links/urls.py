"""Routes of Fluxly."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from links import bulk_views, views, visits

app_name = "links"
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/links", views.LinkListView.as_view(), name="links"),
    path("api/links/bulk", bulk_views.LinkBulkView.as_view(), name="bulk"),
    path("api/links/export.csv", bulk_views.LinkExportView.as_view(), name="export"),
    path("api/links/<str:link_id>", views.LinkDetailView.as_view(), name="link"),
    path("api/links/<str:link_id>/analytics", views.LinkAnalyticsView.as_view(), name="analytics"),
    path("api/links/<str:link_id>/qr", views.LinkQrView.as_view(), name="qr"),
    path("dashboard/links/", include("links.page_urls")),
    re_path(r"^r/(?P<slug>[^/]+)\+$", visits.preview, name="preview"),
    path("r/<str:slug>", visits.visit, name="visit"),
]
