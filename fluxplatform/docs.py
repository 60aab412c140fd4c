"""API documentation: one OpenAPI schema for each product, Swagger UI and Redoc from the package."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularRedocView, SpectacularSwaggerSplitView

DOCUMENTED = {
    "fluxme": ("providers.urls", "Fluxme provider API", "Keep your directory listing up to date."),
    "fluxstore": ("store.urls", "FluxStore management API", "Manage a game-server webstore."),
    "fluxly": ("links.urls", "Fluxly API", "Shorten links and read their analytics."),
    "fluximage": ("images.urls", "Fluximage API", "Compress images."),
    "fluxcloud": ("cloud.urls", "Flux Cloud API", "Sign in with a wallet, and call the Flux node API 6.6.1."),
}
# Where a product's pages are, when that is not its name.
_PLACES = {"fluxcloud": "cloud"}
# What is done to a schema besides naming its enumerations: the gateway's routes have no views to be found by.
_HOOKS = {"fluxcloud": ["drf_spectacular.hooks.postprocess_schema_enums", "cloud.openapi.add_gateway"]}

# Swagger UI and Redoc would ask a validator, a font service and a logo server for more; the browser refuses.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none'"
)
View = Callable[..., HttpResponseBase]


def _at_home(view: View) -> View:
    """Let the page load nothing from other hosts."""

    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response["Content-Security-Policy"] = POLICY
        return response

    return answer


def _routes(product: str) -> list[URLPattern]:
    module, title, description = DOCUMENTED[product]
    place = _PLACES.get(product, product)
    settings: dict[str, Any] = {"TITLE": title, "DESCRIPTION": description}
    if product in _HOOKS:
        settings["POSTPROCESSING_HOOKS"] = _HOOKS[product]
    schema = SpectacularJSONAPIView.as_view(patterns=import_module(module).urlpatterns, custom_settings=settings)
    swagger = SpectacularSwaggerSplitView.as_view(url_name=f"docs-{product}-schema", title=title)
    redoc = SpectacularRedocView.as_view(url_name=f"docs-{product}-schema", title=title)
    return [
        path(f"{place}/openapi.json", schema, name=f"docs-{product}-schema"),
        path(f"{place}/redoc/", _at_home(redoc), name=f"docs-{product}-redoc"),
        path(f"{place}/", _at_home(swagger), name=f"docs-{product}"),
    ]


urlpatterns = [route for product in DOCUMENTED for route in _routes(product)]
