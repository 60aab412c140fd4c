"""Routes of the public directory's pages."""

from django.urls import URLPattern, path
from django.views.generic import RedirectView

from providers import compare_pages, directory_pages, profile_pages

urlpatterns: list[URLPattern] = [
    path("providers", directory_pages.DirectoryPage.as_view(), name="directory"),
    path(
        "providers/", RedirectView.as_view(pattern_name="providers:directory", permanent=True, query_string=True)
    ),
    path("providers/compare", compare_pages.ComparePage.as_view(), name="compare"),
    path("providers/country/<str:place>", directory_pages.CountryPage.as_view(), name="country"),
    path("providers/tier/<str:tier>", directory_pages.TierPage.as_view(), name="tier"),
    path("providers/<slug:slug>", profile_pages.ProfilePage.as_view(), name="profile"),
    path("providers/<slug:slug>/badge.svg", profile_pages.BadgeView.as_view(), name="badge"),
]
