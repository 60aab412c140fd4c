"""Routes of plans, below `/dashboard/plans/`."""

from django.urls import URLPattern, path

from plans import pages

app_name = "plans"
urlpatterns: list[URLPattern] = [path("", pages.PlansPage.as_view(), name="overview")]
