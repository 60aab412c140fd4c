"""Routes of Flux Cloud."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from cloud.gateway_views import gateway

app_name = "cloud"
SECTIONS = (
    "daemon",
    "benchmark",
    "flux",
    "apps",
    "explorer",
    "syncthing",
    "backup",
    "ioutils",
    "arcane",
    "payment",
)
# In any case, as on a Flux node; Django cannot reverse a pattern with a flag inside.
_IN_ANY_CASE = "|".join("".join(f"[{sign}{sign.upper()}]" for sign in section) for section in SECTIONS)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("cloud.id_urls")),
    re_path(rf"^(?:{_IN_ANY_CASE})(?:/|$)", gateway, name="gateway"),
]
