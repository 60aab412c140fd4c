"""Routes of Fluxme."""

from django.urls import URLPattern, path

from providers import views

urlpatterns: list[URLPattern] = [
    path("api/providers", views.ProviderListView.as_view(), name="providers-api-list"),
    path("api/providers/<slug:slug>", views.ProviderDetailView.as_view(), name="providers-api-detail"),
]
