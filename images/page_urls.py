"""Routes of the pages, below `/dashboard/images/`."""

from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt

from images import pages

app_name = "pages"
urlpatterns: list[URLPattern] = [
    # Exempt, because the page looks for the token itself: see `images.pages.UploadPage`.
    path("", csrf_exempt(pages.ImagesPage.as_view()), name="compress"),
    path("settings/", pages.SettingsPage.as_view(), name="settings"),
]
