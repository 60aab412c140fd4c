"""Routes of Fluxme."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
