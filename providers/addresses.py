"""The public addresses of the directory, whole, for what leaves this site: feeds, sitemaps, files."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse


def whole(path: str) -> str:
    """Return the address of a path of this site."""
    return f"{settings.BASE_URL}{path}"


def directory_path() -> str:
    """Return the path of the list."""
    return reverse("providers:directory")


def listing_path(slug: str) -> str:
    """Return the path of a listing's page."""
    return reverse("providers:profile", args=[slug])


def country_path(code: str) -> str:
    """Return the path of a country's page. code: ISO 3166 alpha-2."""
    return reverse("providers:country", args=[code.lower()])


def tier_path(tier: str) -> str:
    """Return the path of the page of a node size."""
    return reverse("providers:tier", args=[tier])


def tag(*parts: object) -> str:
    """Return a name for good (RFC 4151) of something of this site, which survives a change of its paths."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return f"tag:{host},2026:/providers/{'/'.join(str(part) for part in parts)}"
