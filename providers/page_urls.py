"""Routes of the provider's own pages, below `/dashboard/providers/`."""

from django.urls import URLPattern, path

from providers import own_keys, own_pages

app_name = "pages"
urlpatterns: list[URLPattern] = [
    path("", own_pages.OwnProvidersPage.as_view(), name="list"),
    path("<slug:slug>/", own_pages.ListingPage.as_view(), name="listing"),
    path("<slug:slug>/keys/", own_keys.OwnKeysPage.as_view(), name="keys"),
]
