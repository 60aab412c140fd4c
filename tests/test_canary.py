"""Known secrets go through a whole round of work; afterwards they are nowhere but with their owner."""

import re
import sqlite3
from pathlib import Path

import pytest
import requests

from tests.live import LiveServer, running_server

PASSWORD = "canary-passphrase-4711"


@pytest.fixture(scope="module")
def server():
    with running_server() as live:
        yield live


def sign_in(server: LiveServer, email: str, password: str) -> requests.Session:
    session = requests.Session()
    page = session.get(f"{server.url}/accounts/login/", timeout=30)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token is not None
    form = {"login": email, "password": password, "csrfmiddlewaretoken": token.group(1)}
    answer = session.post(page.url, data=form, headers={"Referer": page.url}, timeout=30)
    assert "/dashboard/" in answer.url, answer.text[:2000]
    return session


def work(server: LiveServer) -> list[str]:
    """Do a bit of everything with every product; return the secrets that took part."""
    demo = server.demo
    secrets = [demo[product]["key"] for product in ("fluxme", "fluxstore", "fluxly", "fluximage")]
    secrets += [server.issue_key(product) for product in ("fluxme", "fluxstore", "fluxly", "fluximage")]

    def call(method: str, path: str, key: str, **more: object) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        return requests.request(method, server.url + path, headers=headers, timeout=60, **more).status_code  # type: ignore[arg-type]  # test helper

    for fluxme, fluxstore, fluxly, fluximage in (secrets[:4], secrets[4:]):
        assert call("PATCH", f"/api/providers/{demo['fluxme']['slug']}", fluxme, json={"totalNodes": 7}) == 200
        assert call("GET", "/api/v1/packages", fluxstore) == 200
        assert (
            call("POST", "/api/links", fluxly, json={"target_url": "https://example.com/", "password": PASSWORD})
            == 201
        )
        assert call("GET", "/api/usage", fluximage) == 200
        for key in (fluxme, fluxstore, fluxly, fluximage):
            call("POST", f"/api/v1/packages?api_key={key}", "wrong-" + key, data=b"{")
            call("GET", f"/api/nothing/{key}", key)
    codes = [gift_code(server, key) for key in (secrets[1], secrets[5])]
    return [*secrets, *codes, PASSWORD, demo["fluxstore"]["password"], demo["staff"]["password"]]


def gift_code(server: LiveServer, key: str) -> str:
    """Return the code of a new gift card, which was asked for twice under one name."""
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "canary"}
    card = {"amount": 20, "applicationScope": "store"}
    answers = [
        requests.post(f"{server.url}/api/v1/gift-cards", headers=headers, json=card, timeout=60) for _ in "12"
    ]
    first, second = (answer.json()["data"]["code"] for answer in answers)
    assert second is None
    code: str = first
    return code


def pages(server: LiveServer) -> str:
    """Return the text of the pages on which a secret might show."""
    demo = server.demo
    owner = sign_in(server, demo["fluxstore"]["email"], demo["fluxstore"]["password"])
    paths = ["/", "/dashboard/", "/dashboard/plans/", "/dashboard/keys/"]
    paths += [f"/dashboard/keys/{product}/" for product in ("fluxme", "fluxstore", "fluxly", "fluximage")]
    texts = [owner.get(server.url + path, timeout=30) for path in paths]
    staff = sign_in(server, demo["staff"]["email"], demo["staff"]["password"])
    admin = ("apikeys/apikey", "audit/auditevent", "accounts/user", "accounts/account", "plans/subscription")
    texts += [staff.get(f"{server.url}/admin/{path}/", timeout=30) for path in admin]
    for answer in texts:
        assert answer.status_code == 200, answer.url
    return "\n".join(answer.text for answer in texts)


def database_text(server: LiveServer) -> str:
    """Return every value of every table as text."""
    connection = sqlite3.connect(Path(server.environment["VAR_DIR"]) / "db.sqlite3")
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    assert "apikeys_apikey" in tables
    rows = [repr(connection.execute(f'SELECT * FROM "{table}"').fetchall()) for table in tables]  # noqa: S608 - names from the schema itself
    connection.close()
    return "\n".join(rows)


def test_a_secret_is_in_no_log_no_table_and_no_page(server):
    secrets = work(server)
    haystacks = {"pages": pages(server), "database": database_text(server), "log": server.log.read_text()}
    assert "request_id" in haystacks["log"]
    for secret in secrets:
        # Half a key is a leak too: the last four letters, which lists show, are not.
        part = secret if secret == PASSWORD else secret[-min(20, len(secret)) :]
        found = [name for name, text in haystacks.items() if part in text]
        assert found == [], f"a secret ending in …{secret[-4:]} was found in {found}"
