"""The badge: its words, its size, its headers, and that nothing in it comes from a name unescaped."""

from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from providers.badges import Badge
from providers.models import Provider, Source
from providers.services import Proposal, apply_update
from providers.tests.factories import make_provider

SVG = "{http://www.w3.org/2000/svg}"
TIERS = [{"tier": "cumulus", "price": Decimal("7.99"), "plan_name": "C"}]


def drawn(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - our own drawing


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in drawn(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("price", "uptime", "right", "words"),
    [
        ("$7.99", "99.9", "from $7.99 · 99.9 %", "Acme: Flux provider, from $7.99 a month, 99.9 % claimed uptime"),
        ("$7.99", None, "from $7.99", "Acme: Flux provider, from $7.99 a month"),
        (None, "100", "100 %", "Acme: Flux provider, 100 % claimed uptime"),
        (None, None, "listed", "Acme: Flux provider"),
    ],
)
def test_the_badge_says_what_is_known(price, uptime, right, words):
    svg = Badge("Acme", price, uptime).svg()
    assert texts(svg) == ["Flux provider", right]
    assert drawn(svg).get("aria-label") == words
    assert [title.text for title in drawn(svg).iter(f"{SVG}title")] == [words]


@pytest.mark.parametrize("price", ["$0.00", "$7.99", "$100,000.00"])
def test_every_word_has_the_room_that_the_box_gives_it(price):
    badge = Badge("Acme", price, "99.999")
    root = drawn(badge.svg())
    assert (root.get("width"), root.get("viewBox")) == (str(badge.width), f"0 0 {badge.width} 20")
    boxes = [(int(r.get("x", "0")), int(r.get("width", "0"))) for r in root.iter(f"{SVG}rect")][1:]
    assert [boxes[0][0], boxes[0][1], sum(boxes[1])] == [0, boxes[1][0], badge.width]
    for (left, width), text in zip(boxes, root.iter(f"{SVG}text"), strict=True):
        assert int(text.get("x", "0")) == left + 8
        assert int(text.get("textLength", "0")) == width - 16


def test_a_name_never_becomes_markup():
    svg = Badge('"/><script>alert(1)</script>&', None, None).svg()
    assert {element.tag for element in drawn(svg).iter()} == {
        f"{SVG}{tag}" for tag in ("svg", "title", "style", "clipPath", "rect", "g", "text")
    }
    assert (drawn(svg).get("aria-label") or "").startswith('"/><script>alert(1)</script>&')


@pytest.mark.django_db
def test_any_site_may_show_the_badge_and_keep_it_an_hour(client, django_assert_num_queries):
    provider = make_provider(
        slug="acme", name="Acme", fields={"tiers": TIERS, "uptime_percentage": Decimal("99.900")}
    )
    with django_assert_num_queries(1):
        answer = client.get("/providers/acme/badge.svg")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer["Cache-Control"] == "public, max-age=3600"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "Set-Cookie" not in answer
    assert "Cookie" not in answer.get("Vary", "")
    assert texts(answer.content.decode()) == ["Flux provider", "from $7.99 · 99.9 %"]
    apply_update(Proposal(provider=provider, fields={"tiers": []}, source=Source.STAFF))
    assert texts(client.get("/providers/acme/badge.svg").content.decode()) == ["Flux provider", "99.9 %"]


@pytest.mark.django_db
def test_measured_uptime_goes_before_a_claim(client):
    provider = make_provider(slug="acme", name="Acme", fields={"uptime_percentage": Decimal(100)})
    Provider.objects.filter(pk=provider.pk).update(measured_uptime_percent=Decimal("99.812"))
    svg = client.get("/providers/acme/badge.svg").content.decode()
    assert texts(svg) == ["Flux provider", "99.812 %"]
    assert drawn(svg).get("aria-label") == "Acme: Flux provider, 99.812 % measured uptime"


@pytest.mark.django_db
def test_a_closed_or_missing_listing_has_no_badge(client):
    make_provider(slug="closed", is_live=False)
    assert client.get("/providers/closed/badge.svg").status_code == 404
    assert client.get("/providers/missing/badge.svg").status_code == 404
