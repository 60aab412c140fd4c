import xml.etree.ElementTree as ET

import pytest
import pyvips
import segno

from apikeys.tests.factories import client_for, make_key
from links import qr, services
from links.tests.factories import make_link

pytestmark = pytest.mark.django_db
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def link(account):
    return make_link(account=account, custom_slug="launch-day")


def pixels(png):
    """Return the rows of a picture, True for black."""
    image = pyvips.Image.new_from_buffer(png, "")
    assert image.bands == 1
    data = bytes(image.cast("uchar").write_to_memory())
    rows = [data[n : n + image.width] for n in range(0, len(data), image.width)]
    return [[value == 0 for value in row] for row in rows]


def modules(text):
    return [[bool(module) for module in row] for row in segno.make_qr(text, error="m", boost_error=False).matrix]


def test_the_code_is_an_svg_of_256_pixels_by_default(client, link):
    response = client.get(f"/api/links/{link.link_id}/qr")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/svg+xml")
    assert response.headers["Cache-Control"] == "private, max-age=3600"
    picture = ET.fromstring(response.content)  # noqa: S314 - our own
    assert (picture.tag, picture.get("width"), picture.get("height")) == (f"{SVG}svg", "256", "256")
    side = len(modules(link.short_url)) + 8
    assert picture.get("viewBox") == f"0 0 {side} {side}"
    assert picture.get("role") == "img"
    assert picture.findtext(f"{SVG}title") == f"QR code of {link.short_url}"


@pytest.mark.parametrize("size", [64, 100, 256, 1001, 2048])
def test_a_png_has_exactly_the_size_and_every_module_in_its_place(client, link, size):
    response = client.get(f"/api/links/{link.link_id}/qr", {"format": "png", "size": size})
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/png")
    rows = pixels(response.content)
    assert (len(rows), len(rows[0])) == (size, size)
    code = modules(link.short_url)
    scale = size // (len(code) + 8)
    start = (size - scale * (len(code) + 8)) // 2 + 4 * scale
    end = start + scale * len(code)
    assert [row[start:end:scale] for row in rows[start:end:scale]] == code
    dark = [(y, x) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark]
    assert len(dark) == scale * scale * sum(sum(row) for row in code)
    assert min(min(place) for place in dark) == start
    assert max(max(place) for place in dark) == end - 1


def test_a_code_that_no_longer_fits_makes_the_picture_larger():
    text = "https://example.com/" + "a" * 300
    assert len(pixels(qr.png(text, size=64))) == len(modules(text)) + 8


def test_the_size_of_an_svg_is_the_wanted_one(client, link):
    picture = ET.fromstring(client.get(f"/api/links/{link.link_id}/qr?size=2048").content)  # noqa: S314
    assert (picture.get("width"), picture.get("height")) == ("2048", "2048")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", "gif"),
        ("format", "PNG"),
        ("format", ""),
        ("size", "63"),
        ("size", "2049"),
        ("size", "2_56"),
        ("size", "256.0"),
        ("size", "+256"),
        ("size", "٢٥٦"),
        ("size", ""),
        ("size", "1e3"),
        ("size", "9" * 5000),
    ],
)
def test_a_wrong_query_is_refused_by_name(client, link, name, value):
    response = client.get(f"/api/links/{link.link_id}/qr", {name: value})
    assert response.status_code == 400
    assert response.json()["code"] == "invalid_field"
    assert list(response.json()["errors"]) == [name]


def test_foreign_deleted_and_missing_links_have_no_code(account, client, link):
    foreign = make_link()
    services.delete_link(link=link)
    for link_id in (foreign.link_id, link.link_id, "lnk_000000000000"):
        response = client.get(f"/api/links/{link_id}/qr")
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_a_key_that_may_not_view_is_refused(account, link):
    key = make_key("fluxly", account=account, scopes={"Links": ["Edit"]})
    assert client_for(key.secret).get(f"/api/links/{link.link_id}/qr").status_code == 403
