"""What clients should not send, to a real server: a status, the envelope, nothing written, no secret."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.live import LiveServer, running_server
from tests.test_throttle_processes import wait_for_a_minute_with_room

# Others measure the code that these go over again.
pytestmark = [pytest.mark.once, pytest.mark.no_cover]

TEN_MEGABYTES = 10 * 1024 * 1024


@pytest.fixture(scope="module")
def server():
    with running_server() as live:
        yield live


@dataclass(frozen=True)
class Door:
    """One product's way in: a route that reads JSON (or a form) and the keys that its error bodies have."""

    product: str
    method: str
    path: str
    unknown: str
    wrong_method: str
    keys: frozenset[str]


DOORS = [
    Door(
        "fluxme",
        "PATCH",
        "/api/providers/{slug}",
        "/api/providers/a/b/c",
        "PUT",
        frozenset({"status", "message", "errors"}),
    ),
    Door(
        "fluxstore",
        "POST",
        "/api/v1/packages",
        "/api/v1/nothing",
        "PUT",
        frozenset({"success", "data", "message", "errors"}),
    ),
    Door("fluxly", "POST", "/api/links", "/api/links/x/y/z", "PUT", frozenset({"detail", "code"})),
]
IMAGES = Door("fluximage", "POST", "/api/compress", "/api/compress/more", "PUT", frozenset({"error", "code"}))
JSON_BODIES: dict[str, bytes] = {
    "malformed": b'{"a":',
    "empty": b"",
    "not an object": b"[1, 2]",
    "NUL": b'{"name": "a\\u0000b"}',
    "raw NUL": b'{"name": "a\x00b"}',
    "nested 5,000 deep": b'{"name":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "duplicate keys": b'{"name": "a", "name": "b"}',
    "NaN": b'{"price": NaN}',
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "huge number": b'{"price": 1e999999999}',
    "lone surrogate": b'{"name": "\\ud800"}',
}


@pytest.fixture(params=DOORS, ids=lambda door: door.product)
def door(request) -> Door:
    return request.param


@pytest.fixture(scope="module")
def keys(server) -> dict[str, str]:
    return {door.product: server.issue_key(door.product) for door in [*DOORS, IMAGES]}


def send(
    server: LiveServer, door: Door, headers: dict[str, str], body: Any = b"{}", **changes: Any
) -> requests.Response:
    path = changes.pop("path", door.path).replace("{slug}", server.demo["fluxme"]["slug"])
    return requests.request(
        changes.pop("method", door.method), server.url + path, headers=headers, data=body, timeout=30
    )


def bearer(key: str, content_type: str = "application/json") -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "Content-Type": content_type}


def assert_refused(answer: requests.Response, status: int, door: Door) -> None:
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["Content-Type"] == "application/json"
    assert door.keys <= set(answer.json())
    assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize("kind", JSON_BODIES)
def test_a_body_that_is_not_strict_json_is_a_400(server, keys, door, kind):
    answer = send(server, door, bearer(keys[door.product]), JSON_BODIES[kind])
    assert_refused(answer, 400, door)
    assert answer.headers["X-RateLimit-Limit"]


def test_a_wrong_content_type_is_a_415(server, keys, door):
    assert_refused(send(server, door, bearer(keys[door.product], "text/xml"), b"<a/>"), 415, door)


def test_ten_megabytes_are_a_413(server, keys, door):
    body = json.dumps({"name": "x" * TEN_MEGABYTES}).encode()
    assert_refused(send(server, door, bearer(keys[door.product]), body), 413, door)


def test_an_unknown_route_is_a_404(server, keys, door):
    assert_refused(send(server, door, bearer(keys[door.product]), path=door.unknown), 404, door)
    assert_refused(send(server, door, {}, path=door.unknown), 404, door)


def test_a_wrong_method_is_a_405_with_allow(server, keys, door):
    answer = send(server, door, bearer(keys[door.product]), method=door.wrong_method)
    assert_refused(answer, 405, door)
    assert door.method in answer.headers["Allow"]


def test_headers_that_disagree_are_a_401(server, keys, door):
    headers = bearer(keys[door.product]) | {"X-Api-Key": server.issue_key(door.product)}
    assert_refused(send(server, door, headers), 401, door)


def test_a_key_in_the_query_is_refused(server, keys, door):
    key = keys[door.product]
    path = f"{door.path}?api_key={key}"
    assert_refused(send(server, door, {"Content-Type": "application/json"}, path=path), 401, door)
    assert_refused(send(server, door, bearer(key), path=path), 400, door)


def test_a_key_of_another_product_is_a_401(server, keys, door):
    for other, key in keys.items():
        if other != door.product:
            assert_refused(send(server, door, bearer(key)), 401, door)


def test_an_expired_key_is_a_401(server, door):
    key = server.issue_key(door.product)
    expire = (
        "from apikeys.models import ApiKey; from django.utils import timezone; "
        f"ApiKey.objects.filter(hint__endswith={key[-4:]!r}).update(expires_at=timezone.now())"
    )
    server.manage("shell", "-c", expire)
    assert_refused(send(server, door, bearer(key)), 401, door)


def test_nul_in_the_url_is_a_400(server, keys, door):
    assert_refused(send(server, door, bearer(keys[door.product]), path=f"{door.path}?q=%00"), 400, door)


def test_the_image_door_refuses_in_its_own_words(server, keys):
    key = keys["fluximage"]
    missing = requests.post(f"{server.url}/api/compress", timeout=30)
    assert (missing.status_code, missing.json()) == (401, {"error": "Unauthorized"})
    assert_refused(send(server, IMAGES, bearer(key)), 415, IMAGES)
    no_boundary = bearer(key, "multipart/form-data")
    assert_refused(send(server, IMAGES, no_boundary, b"x"), 400, IMAGES)
    assert_refused(send(server, IMAGES, bearer(key), path=IMAGES.unknown), 404, IMAGES)
    assert_refused(send(server, IMAGES, bearer(key), method="PUT"), 405, IMAGES)
    text = requests.post(
        f"{server.url}/api/compress",
        headers={"Authorization": f"Bearer {key}"},
        files={"file": b"not an image"},
        timeout=30,
    )
    assert text.status_code == 422
    assert text.json()["results"][0]["error"]["code"] == "unsupported_format"


def test_nothing_was_written_and_no_secret_was_logged(server, keys):
    count = (
        "from store.models import Package; from links.models import Link; from providers.models import Change; "
        "pushed = Change.objects.filter(source='push', provider__slug='demo-provider'); "
        "print(Package.objects.filter(name__in=['a', 'b']).count(), pushed.count(), "
        "Link.objects.filter(created_at__gt=Link.objects.earliest('created_at').created_at).exclude(title__gt='').count())"
    )
    packages, changes, _links = server.manage("shell", "-v", "0", "-c", count).split()
    assert (packages, changes) == ("0", "0")
    log = server.log.read_text()
    assert '"event": "request"' in log
    for key in keys.values():
        assert key not in log
        assert key[-20:] not in log


@pytest.mark.parametrize(
    "content_type",
    ["application/json; x*=bogus''y", "application/json; charset=hex", "application/json; charset*=bogus''x"],
)
def test_odd_parameters_of_a_content_type_do_not_crash_the_server(server, keys, content_type):
    path = "/api/links?search=%e9"
    answer = requests.get(server.url + path, headers=bearer(keys["fluxly"], content_type), timeout=30)
    assert answer.status_code == 200
    assert requests.get(f"{server.url}/livez?a=b", headers={"Content-Type": content_type}, timeout=30).ok


def test_the_limit_counts_what_the_url_spoils(server):
    key = server.issue_key("fluxly", "--rate-per-minute", "5")
    answer = requests.get(f"{server.url}/api/links?token=1", headers=bearer(key), timeout=30)
    assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (400, "4")
    wrong = requests.get(f"{server.url}/api/links?token=1", headers=bearer("nope"), timeout=30)
    assert wrong.status_code == 401


@pytest.mark.parametrize("body", [b"[" * 5000, b"[]", b"null", b'{"email": "\\ud800", "password": "x"}', b"\xff"])
def test_the_sign_in_api_refuses_what_is_not_strict_json(server, body):
    url = f"{server.url}/_allauth/app/v1/auth/login"
    answer = requests.post(url, data=body, headers={"Content-Type": "application/json"}, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_body")


def test_a_wrong_method_under_a_key_is_counted_for_providers_too(server, keys):
    url = f"{server.url}/api/providers/{server.demo['fluxme']['slug']}"
    answer = requests.delete(url, headers=bearer(keys["fluxme"]), timeout=30)
    assert answer.status_code == 405
    assert "X-RateLimit-Limit" in answer.headers


def test_wrong_tokens_of_people_are_limited_like_wrong_keys():
    with running_server() as server:
        url = f"{server.url}/api/stores/{server.demo['fluxstore']['storeId']}/api-keys"
        wait_for_a_minute_with_room(15)
        statuses = [requests.get(url, headers=bearer("a.b.c"), timeout=30).status_code for _ in range(32)]
    assert statuses == [401] * 30 + [429] * 2
