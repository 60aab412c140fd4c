"""Which route a path names: as Express reads it."""

import time
from urllib.parse import unquote

import pytest

from cloud.matching import LONGEST_PATH, Matcher
from cloud.route_table import ROUTES

pytestmark = pytest.mark.once
MATCHER = Matcher(ROUTES)


def found(path: str, method: str = "GET") -> tuple[str, dict] | None:
    match = MATCHER.find(method, path)
    return (match.route.literal, dict(match.values)) if match else None


@pytest.mark.parametrize("ending", ["", "/"])
@pytest.mark.parametrize("spelling", [str.lower, str.upper, str.title])
def test_every_route_is_found_in_any_case_and_with_a_final_slash(ending, spelling):
    for route in ROUTES:
        values = tuple(f"Value{number}" for number in range(len(route.names)))
        for count in range(route.required_count, len(values) + 1):
            path = "/".join((spelling(route.literal), *values[:count])) + ending
            match = MATCHER.find(route.method, path)
            assert match is not None, path
            assert match.route is route, path
            assert dict(match.values) == dict(zip(route.names, values[:count], strict=False))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/daemon/getblock", ("/daemon/getblock", {})),
        ("/daemon/getblock/7", ("/daemon/getblock", {"hashheight": "7"})),
        ("/Daemon/GetBlock/aB/1/", ("/daemon/getblock", {"hashheight": "aB", "verbosity": "1"})),
        ("/daemon/getblock/7/1/2", None),
        ("/daemon/getinfo/7", None),
        ("/syncthing/system/error/clear", ("/syncthing/system/error/clear", {})),
        ("/syncthing/system/error/other", ("/syncthing/system/error", {"message": "other"})),
        ("/syncthing/events/disk", ("/syncthing/events/disk", {})),
        ("/syncthing/events/disk/5", ("/syncthing/events", {"events": "disk", "since": "5"})),
        ("/apps/appspecifications", None),
        ("/apps/appspecifications/example", ("/apps/appspecifications", {"appname": "example"})),
        ("/explorer/fusion/coinbase/t1", ("/explorer/fusion/coinbase", {"address": "t1"})),
        ("/explorer/fusion", None),
    ],
)
def test_optional_parts_and_longer_fixed_parts(path, expected):
    assert found(path) == expected


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "//",
        "daemon/getinfo",
        "/daemon",
        "/daemon/",
        "/daemon//getinfo",
        "//daemon/getinfo",
        "/daemon/getinfo//",
        "/daemon/getinfo;x=1",
        "/daemon;/getinfo",
        "/daemon/./getinfo",
        "/daemon/../daemon/getinfo",
        "/daemon/help/..",
        "/daemon\\getinfo",
        "/daemon/getinfo\0",
        "/daemon/getinfo%00",
        "/daemon/get%69nfo",
        "/daemon/getinfo ",
        "/daemon/getİnfo",
        "/daemon/getbloc\N{KELVIN SIGN}",
        "/x/daemon/getinfo",
        unquote("/daemon%2f%2fgetinfo"),
        unquote("/daemon/help/%2e%2e"),
        "/daemon/help/" + "x" * LONGEST_PATH,
        "/" * 1000,
    ],
)
def test_a_path_that_only_looks_like_a_route_is_none(path):
    assert found(path) is None
    assert MATCHER.methods(path) == ()


def test_what_is_left_of_a_percent_sign_is_text():
    assert found("/daemon/help/%2e%2e") == ("/daemon/help", {"command": "%2e%2e"})
    assert found("/daemon/help/a;b") == ("/daemon/help", {"command": "a;b"})


def test_a_path_tells_its_methods():
    assert MATCHER.methods("/daemon/submitblock") == ("GET", "POST")
    assert MATCHER.methods("/apps/appexec") == ("POST",)
    assert found("/apps/appexec") is None
    assert found("/apps/appexec", "DELETE") is None


def test_finding_a_route_takes_microseconds():
    paths = ["/daemon/getblock/0/1", "/syncthing/svc/random/string/7", "/apps/nothing/of/the/kind"]
    started = time.process_time()
    for _ in range(1000):
        for path in paths:
            MATCHER.find("GET", path)
    assert (time.process_time() - started) / 3000 < 50e-6
