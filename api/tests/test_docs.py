"""Each product's documentation: a valid schema, and pages that load nothing from elsewhere."""

import re

import pytest
from django.contrib.staticfiles import finders
from drf_spectacular.validation import validate_schema

from api.envelopes import product_of

# Where the pages of a product are, and its name.
PRODUCTS = {
    "fluxme": "fluxme",
    "fluxstore": "fluxstore",
    "fluxly": "fluxly",
    "fluximage": "fluximage",
    "cloud": "fluxcloud",
}
PAGES = [f"/docs/{place}/{page}" for place in PRODUCTS for page in ("", "redoc/")]


@pytest.mark.parametrize("place", PRODUCTS)
def test_the_schema_is_valid_openapi_and_tells_of_one_product(client, place):
    response = client.get(f"/docs/{place}/openapi.json")
    assert response.status_code == 200
    schema = response.json()
    validate_schema(schema)
    assert schema["openapi"].startswith("3.")
    assert {product_of(path) for path in schema["paths"]} <= {PRODUCTS[place]}


@pytest.mark.parametrize("url", PAGES)
def test_a_page_of_the_documentation_names_no_other_host(client, url):
    page = client.get(url).content.decode()
    assert re.findall(r"""(?:src|href|url)\s*[=(:]\s*["']?(?:https?:)?//[^"'\s)]+""", page) == []


@pytest.mark.parametrize("url", PAGES)
def test_what_a_page_of_the_documentation_loads_is_here(client, url):
    page = client.get(url).content.decode()
    assets = re.findall(r"""(?:src|href)=["']/static/([^"']+)["']""", page)
    assert assets
    assert all(finders.find(asset) for asset in assets)


@pytest.mark.parametrize("url", PAGES)
def test_a_browser_lets_a_page_of_the_documentation_load_from_here_only(client, url):
    policy = client.get(url)["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';")
    assert "http" not in policy
    assert "*" not in policy


def test_the_second_part_of_the_page_is_a_script_of_ours(client):
    page = client.get("/docs/fluxly/").content.decode()
    (script,) = re.findall(r'src="(/docs/[^"]+)"', page)
    assert client.get(script.replace("&amp;", "&")).status_code == 200
