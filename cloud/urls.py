"""Routes of Flux Cloud."""

from django.urls import URLPattern, URLResolver, include, path

app_name = "cloud"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("cloud.id_urls")),
]
