"""Routes of Flux Cloud."""

from django.urls import URLPattern, URLResolver

app_name = "cloud"
urlpatterns: list[URLPattern | URLResolver] = []
