"""Routes of Fluxly."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
