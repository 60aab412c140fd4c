"""API documentation: one OpenAPI schema for each product, Swagger UI and Redoc from the package."""

from importlib import import_module

from django.urls import URLPattern, path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularRedocView, SpectacularSwaggerSplitView

DOCUMENTED = {
    "fluxme": ("providers.urls", "Fluxme provider API", "Keep your directory listing up to date."),
    "fluxstore": ("store.urls", "FluxStore management API", "Manage a game-server webstore."),
    "fluxly": ("links.urls", "Fluxly API", "Shorten links and read their analytics."),
    "fluximage": ("images.urls", "Fluximage API", "Compress images."),
}


def _routes(product: str) -> list[URLPattern]:
    module, title, description = DOCUMENTED[product]
    settings = {"TITLE": title, "DESCRIPTION": description}
    schema = SpectacularJSONAPIView.as_view(patterns=import_module(module).urlpatterns, custom_settings=settings)
    swagger = SpectacularSwaggerSplitView.as_view(url_name=f"docs-{product}-schema", title=title)
    redoc = SpectacularRedocView.as_view(url_name=f"docs-{product}-schema", title=title)
    return [
        path(f"{product}/openapi.json", schema, name=f"docs-{product}-schema"),
        path(f"{product}/redoc/", redoc, name=f"docs-{product}-redoc"),
        path(f"{product}/", swagger, name=f"docs-{product}"),
    ]


urlpatterns = [route for product in DOCUMENTED for route in _routes(product)]
