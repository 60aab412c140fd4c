"""Routes of Fluxme."""

from django.urls import URLPattern, URLResolver, include, path

from providers import directory_views, views

app_name = "providers"
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/providers", directory_views.ProviderListView.as_view(), name="providers-api-list"),
    path("api/providers/<slug:slug>", views.ProviderDetailView.as_view(), name="providers-api-detail"),
    path("dashboard/providers/", include("providers.page_urls")),
]
