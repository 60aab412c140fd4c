"""Routes of Flux Cloud."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from cloud import signin_pages
from cloud.configuration import GATEWAY_SECTIONS
from cloud.gateway_views import gateway

app_name = "cloud"
# In any case, as on a Flux node; Django cannot reverse a pattern with a flag inside.
_IN_ANY_CASE = "|".join("".join(f"[{sign}{sign.upper()}]" for sign in section) for section in GATEWAY_SECTIONS)

urlpatterns: list[URLPattern | URLResolver] = [
    path("id/signin", signin_pages.SignInPage.as_view(), name="signin"),
    path("id/signin/arrived", signin_pages.ArrivedPage.as_view(), name="arrived"),
    path("dashboard/flux-id/", signin_pages.FluxIdsPage.as_view(), name="flux-ids"),
    path("dashboard/flux-id/link/", signin_pages.LinkPage.as_view(), name="flux-id-link"),
    path("dashboard/flux-id/<int:pk>/unlink/", signin_pages.UnlinkPage.as_view(), name="flux-id-unlink"),
    path("", include("cloud.id_urls")),
    re_path(rf"^(?:{_IN_ANY_CASE})(?:/|$)", gateway, name="gateway"),
]
