"""Every sample of the products' documents, run as it is written there; only host, key and names are replaced.

The samples are kept in `seed_examples/`: curl runs in a shell, JavaScript in Node, Python in Python.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from images.codecs import sniff
from images.tests import pictures
from tests.live import LiveServer, running_server

SAMPLES = Path(__file__).parent / "seed_examples"
HOSTS = re.compile(r"https://(?:fluxme\.io|api\.fluxstore\.net|fluxly\.uk|fluximage\.app)")
# CI must not pass by leaving the Node samples out; a laptop without Node may.
needs_node = pytest.mark.skipif(
    shutil.which("node") is None and "CI" not in os.environ, reason="Node is not installed"
)


@pytest.fixture(scope="module")
def server():
    with running_server() as live:
        yield live


def run(name: str, server: LiveServer, folder: Path, **replaced: str) -> str:
    """Run one sample in `folder`; return what it printed. It must end without an error."""
    text = HOSTS.sub(server.url, (SAMPLES / name).read_text())
    for old, new in replaced.items():
        text = text.replace(old, new)
    environment = {"PATH": os.environ["PATH"], "FLUXLY_API_KEY": server.demo["fluxly"]["key"]}
    program = {"sh": ["bash", "-e"], "mjs": ["node", "--input-type=module", "-"], "py": [sys.executable, "-"]}
    command = program[name.rpartition(".")[2]]
    done = subprocess.run(
        command, input=text, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def curl(name: str, server: LiveServer, folder: Path, **replaced: str) -> Any:
    return json.loads(run(name, server, folder, **replaced))


def fluxme(server: LiveServer) -> dict[str, str]:
    return {"your-slug": server.demo["fluxme"]["slug"], "your-api-key": server.demo["fluxme"]["key"]}


def fluxly(server: LiveServer) -> dict[str, str]:
    # The document's expiry date has to lie in the future for the sample to mean what it says.
    year = str(max(2026, datetime.now(UTC).year))
    return {"fluxly_live_" + "x" * 25: server.demo["fluxly"]["key"], "2026-12-31": f"{year}-12-31"}


def listing(server: LiveServer, folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        ["curl", "-s", f"{server.url}/api/providers/{server.demo['fluxme']['slug']}"],
        capture_output=True,
        check=True,
        cwd=folder,
    )
    body = json.loads(done.stdout)
    return body.get("data", body)


@needs_node
def test_fluxme_full_update_in_node(server, tmp_path):
    ending = "\nconsole.log(response.status, JSON.stringify(await response.json()));"
    text = (SAMPLES / "fluxme_full_update.mjs").read_text()
    assert text.startswith("const response = await fetch(")
    printed = run("fluxme_full_update.mjs", server, tmp_path, **fluxme(server), **{"\n});\n": "\n});\n" + ending})
    status, _, body = printed.partition(" ")
    answer = json.loads(body)
    assert status == "200"
    assert answer["status"] == "success"
    assert answer["message"] == f'Provider "{server.demo["fluxme"]["slug"]}" updated successfully'
    assert answer["data"]["name"] == "My Provider"
    assert answer["data"]["tiers"][2] == {"tier": "stratus", "price": 35.99, "planName": "Stratus"}
    assert answer["data"]["languages"] == ["en", "pl"]
    assert listing(server, tmp_path)["supportChannels"] == ["email", "discord", "phone"]


@needs_node
def test_fluxme_partial_update_in_node(server, tmp_path):
    before = listing(server, tmp_path)
    run("fluxme_partial_update.mjs", server, tmp_path, **fluxme(server))
    after = listing(server, tmp_path)
    assert after["totalNodes"] == 95
    assert [tier["price"] for tier in after["tiers"]] == [7.49, 16.99, 34.99]
    assert after["name"] == before["name"]


def test_fluxme_update_by_curl(server, tmp_path):
    answer = curl("fluxme_update.sh", server, tmp_path, **fluxme(server))
    assert list(answer)[:3] == ["status", "message", "data"]
    assert (answer["data"]["totalNodes"], answer["data"]["totalClients"]) == (95, 54)
    assert listing(server, tmp_path)["arcaneOsPercent"] == 100


def test_fluxstore_packages_by_curl(server, tmp_path):
    placeholder = f"flx_{'X' * 8}_{'X' * 32}"
    answer = curl("fluxstore_packages.sh", server, tmp_path, **{placeholder: server.demo["fluxstore"]["key"]})
    assert list(answer) == ["success", "data", "message", "errors"]
    assert answer["success"] is True
    assert answer["message"] is None
    assert answer["errors"] == []
    assert len(answer["data"]["items"]) == min(20, answer["data"]["totalCount"]) > 0


def test_fluxly_shorten_list_analyse_and_delete_by_curl(server, tmp_path):
    link = curl("fluxly_shorten.sh", server, tmp_path, **fluxly(server))
    assert list(link)[:6] == ["link_id", "slug", "target_url", "has_password", "expires_at", "click_count"]
    assert re.fullmatch(r"lnk_[A-Za-z0-9]{12}", link["link_id"])
    assert link["slug"] == "my-link"
    assert link["target_url"] == "https://example.com/very/long/path"
    assert link["has_password"] is True
    assert re.fullmatch(r"\d{4}-12-31T23:59:00\+00:00", link["expires_at"])
    assert link["click_count"] == 0
    mine = fluxly(server) | {"lnk_abcdef123456": link["link_id"]}
    assert link["link_id"] in [row["link_id"] for row in curl("fluxly_list.sh", server, tmp_path, **mine)]
    analytics = curl("fluxly_analytics.sh", server, tmp_path, **mine)
    assert {"total_clicks", "timeline", "referrers", "devices", "recent_clicks"} <= set(analytics)
    assert run("fluxly_delete.sh", server, tmp_path, **mine) == ""
    assert curl("fluxly_analytics.sh", server, tmp_path, **mine)["code"] == "not_found"


@needs_node
def test_fluxly_shorten_in_node(server, tmp_path):
    printed = run("fluxly_shorten.mjs", server, tmp_path)
    assert printed == f"Short URL: {server.url}/r/launch-day\n"


def test_fluxly_shorten_in_python(tmp_path):
    # The document gives both languages the same slug, so this one runs on a server of its own.
    with running_server() as server:
        assert run("fluxly_shorten.py", server, tmp_path) == f"Short URL: {server.url}/r/launch-day\n"


def test_fluximage_compress_by_curl(server, tmp_path):
    (tmp_path / "image.jpg").write_bytes(pictures.convert(pictures.make_noise_png(120, 80), "jpeg"))
    answer = curl(
        "fluximage_compress.sh", server, tmp_path, flx_live_your_key_here=server.demo["fluximage"]["key"]
    )
    (result,) = answer["results"]
    assert (result["name"], result["sourceName"], result["status"]) == ("image.webp", "image.jpg", "done")
    assert result["compressedSize"] < result["originalSize"]
    done = subprocess.run(["curl", "-sf", result["downloadUrl"]], capture_output=True, check=True)
    assert sniff(done.stdout) == "webp"
    assert len(done.stdout) == result["compressedSize"]


@pytest.mark.parametrize(
    "command",
    [
        "openssl rand -hex 32",
        "openssl rand -base64 32",
        "printf f47ac10b-58cc-4372-a567-0e02b2c3d479",
    ],
)
@pytest.mark.django_db
def test_fluxme_keys_made_as_the_document_shows_are_accepted(command):
    from accounts.tests.factories import make_account
    from apikeys import services
    from apikeys.lookup import find_key

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    secret = done.stdout.strip()
    services.import_key(account=make_account(), product="fluxme", name="own", secret=secret, resource="your-slug")
    assert find_key("fluxme", secret) is not None
