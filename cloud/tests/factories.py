"""Sign-ins for tests."""

import json
from typing import Any

from django.test import Client

from cloud import services
from cloud.models import Session
from cloud.tests.wallets import BitcoinWallet, EthereumWallet
from cloud.zelidauth import Claim, header_of, parse

Wallet = BitcoinWallet | EthereumWallet


def make_session(wallet: Wallet | None = None) -> Session:
    """Return a session of the wallet's id."""
    return sign_in(wallet or BitcoinWallet())[0]


def sign_in(wallet: Wallet) -> tuple[Session, str]:
    """Return a session of the wallet's id, and the header that opens calls with it."""
    phrase = services.issue_phrase().phrase
    signature = wallet.sign(phrase)
    session = services.sign_in(zelid=wallet.zelid, phrase=phrase, signature=signature)
    return session, header_of(Claim(wallet.zelid, signature, phrase))


def claim_of(header: str) -> Claim:
    """Return what a header says."""
    claim = parse(header)
    assert claim is not None
    return claim


def post(path: str, fields: Any, *, header: str | None = None, **more: Any) -> Any:
    """Send fields as JSON; the answer."""
    headers = {"zelidauth": header} if header else {}
    body = fields if isinstance(fields, str | bytes) else json.dumps(fields)
    return Client(headers=headers).post(path, body, **{"content_type": "application/json"} | more)


def get(path: str, *, header: str | None = None) -> Any:
    """Fetch a path; the answer."""
    return Client(headers={"zelidauth": header} if header else {}).get(path)
