"""Routes of the key pages, below `/dashboard/keys/`."""

from django.urls import URLPattern, path

from apikeys import pages

app_name = "apikeys"
urlpatterns: list[URLPattern] = [
    path("", pages.KeysOverviewPage.as_view(), name="overview"),
    path("<slug:product>/", pages.KeysPage.as_view(), name="keys"),
    path("<slug:product>/<uuid:pk>/roll/", pages.KeyRollPage.as_view(), name="roll"),
    path("<slug:product>/<uuid:pk>/revoke/", pages.KeyRevokePage.as_view(), name="revoke"),
]
