"""What anyone reads of one listing."""

from decimal import Decimal

import pytest
from django.utils import timezone
from rest_framework import serializers

from providers.models import Provider
from providers.serializers import ProviderDetailOutput, ProviderOutput
from providers.tests.factories import FULL_BODY, make_provider, owner_of, push

pytestmark = pytest.mark.django_db


def test_a_listing_is_read_without_a_key(client):
    make_provider(slug="acme", name="Acme")
    answer = client.get("/api/providers/acme")
    assert answer.status_code == 200
    assert answer.json()["status"] == "success"
    data = answer.json()["data"]
    assert set(FULL_BODY) <= set(data)
    assert {"slug", "fluxLabsPartner", "verified", "isDemo", "rating", "reviewCount"} <= set(data)
    assert (data["slug"], data["name"], data["rating"], data["reviewCount"]) == ("acme", "Acme", None, 0)


def test_a_listing_shows_who_set_what_and_when(client):
    provider = make_provider(slug="acme", fields={"total_clients": 7})
    push(owner_of(provider), "acme", {"totalNodes": 5})
    data = client.get("/api/providers/acme").json()["data"]
    assert data["provenance"].keys() == {"totalClients", "totalNodes"}
    assert data["provenance"]["totalClients"]["source"] == "staff"
    mark = data["provenance"]["totalNodes"]
    assert (mark["source"], mark["pinned"]) == ("push", True)
    assert mark["at"] == data["lastPushAt"]
    assert data["lastPullAt"] is None


def test_the_quick_output_answers_what_the_framework_would(client):
    provider = make_provider(slug="acme")
    push(owner_of(provider), "acme", FULL_BODY)
    for row in (make_provider(), Provider.objects.with_tiers().get(slug="acme")):
        for output in (ProviderOutput, ProviderDetailOutput):
            assert output.show(row) == serializers.Serializer.to_representation(output(), row)
            assert output(row).data == output.show(row)


def test_a_bad_key_does_not_keep_anyone_from_reading(client):
    make_provider(slug="acme")
    assert client.get("/api/providers/acme", HTTP_AUTHORIZATION="Bearer nonsense").status_code == 200


def test_a_closed_listing_is_missing(client):
    make_provider(slug="closed", is_live=False)
    closed, missing = client.get("/api/providers/closed"), client.get("/api/providers/missing")
    assert closed.status_code == missing.status_code == 404
    assert closed.content == missing.content


def test_an_unchanged_listing_is_not_sent_again(client):
    provider = make_provider(slug="acme")
    first = client.get("/api/providers/acme")
    etag = first.headers["ETag"]
    for known in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        again = client.get("/api/providers/acme", HTTP_IF_NONE_MATCH=known)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == etag
        assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/api/providers/acme", HTTP_IF_NONE_MATCH='"x"').status_code == 200
    push(owner_of(provider), "acme", {"totalNodes": 5})
    assert client.get("/api/providers/acme", HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_a_sign_of_life_moves_the_etag_because_the_answer_shows_it(client):
    provider = make_provider(slug="acme")
    owner = owner_of(provider)
    first = push(owner, "acme", {"totalNodes": 5}).headers["ETag"]
    assert push(owner, "acme", {"totalNodes": 5}).headers["ETag"] != first


def test_scripts_of_any_site_may_read_and_none_may_write(client):
    make_provider(slug="acme")
    for path in ("/api/providers", "/api/providers/acme", "/api/providers/missing"):
        assert client.get(path).headers["Access-Control-Allow-Origin"] == "*"
    preflight = client.options("/api/providers/acme")
    assert preflight.status_code == 200
    assert "PATCH" not in preflight.headers["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Origin" not in client.patch("/api/providers/acme").headers


def test_head_answers_like_get_without_a_body(client):
    make_provider(slug="acme")
    answer = client.head("/api/providers/acme")
    assert (answer.status_code, answer.content) == (200, b"")
    assert "ETag" in answer.headers


def test_times_are_utc(client):
    provider = make_provider(slug="acme")
    push(owner_of(provider), "acme", {"totalNodes": 5})
    shown = client.get("/api/providers/acme").json()["data"]["lastPushAt"]
    assert shown.endswith("Z")
    assert shown[:10] == timezone.now().strftime("%Y-%m-%d")


def test_a_review_moves_the_etag_because_the_answer_shows_the_rating(client):
    provider = make_provider(slug="acme")
    first = client.get("/api/providers/acme").headers["ETag"]
    Provider.objects.filter(pk=provider.pk).update(rating=Decimal("4.50"), review_count=2)
    second = client.get("/api/providers/acme", HTTP_IF_NONE_MATCH=first)
    assert (second.status_code, second.json()["data"]["rating"]) == (200, 4.5)
    Provider.objects.filter(pk=provider.pk).update(rating=Decimal("4.00"))
    assert client.get("/api/providers/acme", HTTP_IF_NONE_MATCH=second.headers["ETag"]).status_code == 200
