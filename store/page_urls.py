"""Routes of the store pages, below `/dashboard/store/`."""

from django.urls import URLPattern, path

from store import pages

app_name = "store_pages"
urlpatterns: list[URLPattern] = [
    path("", pages.StoresPage.as_view(), name="list"),
    path("new/", pages.OpenStorePage.as_view(), name="new"),
]
