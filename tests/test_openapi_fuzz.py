"""The five schemas against the running server: every check that schemathesis has, and no failure."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from cloud.tests.wallets import BitcoinWallet
from cloud.zelidauth import Claim, header_of
from tests.live import LiveServer, running_server

SECONDS_PER_PRODUCT = int(os.environ.get("FUZZ_SECONDS", "20"))
CONFIG = Path(__file__).with_name("schemathesis.toml")
# An address may send 30 wrong keys a minute, and each operation is tried with one: a large product comes in parts.
_CATALOGUE = "^/api/v1/(categories|packages|servers)"
_DISCOUNTS = "^/api/v1/(coupons|sales)"
_CARDS = "^/api/v1/(gift-cards|bans)"
RUNS = {
    "fluxme": ("fluxme",),
    "fluxstore catalogue": ("fluxstore", f"--include-path-regex={_CATALOGUE}"),
    "fluxstore discounts": ("fluxstore", f"--include-path-regex={_DISCOUNTS}"),
    "fluxstore cards and bans": ("fluxstore", f"--include-path-regex={_CARDS}"),
    "fluxstore orders and keys": ("fluxstore", f"--exclude-path-regex={_CATALOGUE}|{_DISCOUNTS}|{_CARDS}"),
    "fluxly": ("fluxly",),
    "fluximage": ("fluximage",),
    # In front of the mock; the one session must not end.
    "cloud": ("cloud", "--exclude-path-regex=/logout"),
}
OPERATOR = BitcoinWallet(71)


@pytest.fixture
def server():
    """A server for each run: wrong keys are counted by address, whatever product they are meant for."""
    with running_server(FLUX_ADMIN_ID=OPERATOR.zelid, CLOUD_CALLS_PER_MINUTE="1000000") as live:
        yield live


def signed_in_header(server: LiveServer) -> str:
    """Return the `zelidauth` of the operator, to whom every tier but the owners' is open."""
    phrase = requests.get(f"{server.url}/id/loginphrase", timeout=30).json()["data"]
    claim = Claim(OPERATOR.zelid, OPERATOR.sign(phrase), phrase)
    login = {"zelid": claim.zelid, "loginPhrase": claim.phrase, "signature": claim.signature}
    requests.post(f"{server.url}/id/verifylogin", json=login, timeout=30).raise_for_status()
    return header_of(claim)


def sign_in_token(server: LiveServer) -> str:
    """Return an access token of the demo store's owner."""
    owner = {name: server.demo["fluxstore"][name] for name in ("email", "password")}
    answer = requests.post(f"{server.url}/_allauth/app/v1/auth/login", json=owner, timeout=30)
    return str(answer.json()["meta"]["access_token"])


@pytest.mark.fuzz
@pytest.mark.parametrize("run", RUNS)
def test_no_request_that_the_schema_suggests_breaks_a_promise(server, run, tmp_path):
    product, *part = RUNS[run]
    variables = {
        "FLUX_KEY": "" if product == "cloud" else server.issue_key(product),
        "FLUX_TOKEN": sign_in_token(server),
        "FLUX_ZELIDAUTH": signed_in_header(server),
    }
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        f"--config-file={CONFIG}",
        "run",
        f"{server.url}/docs/{product}/openapi.json",
        f"--url={server.url}",
        *part,
        "--checks=all",
        "--max-response-time=10",
        f"--max-time={SECONDS_PER_PRODUCT}",
        "--max-examples=60",
        "--continue-on-failure",
        "--seed=1",
        "--no-color",
        "--warnings=off",
        "--generation-database=none",
    ]
    done = subprocess.run(
        command, cwd=tmp_path, env=os.environ | variables, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    generated = re.search(r"(\d+) generated", done.stdout)
    assert generated is not None
    assert int(generated.group(1)) > 100
