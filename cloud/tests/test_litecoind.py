"""Calls of the Flux API end to end: HTTP in, through the gateway, to a real daemon and back."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from cloud import gateway_views
from cloud.callers import PUBLIC, Caller
from cloud.tests.litecoin import Daemon, litecoind

pytestmark = [
    pytest.mark.once,
    pytest.mark.litecoind,
    pytest.mark.skipif(not shutil.which("litecoind"), reason="Debian's litecoind is not installed"),
    pytest.mark.xdist_group("litecoind"),
]

OPERATOR = Caller("operator-1", "admin", 1, None)
Call = Callable[..., Any]


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    with litecoind() as running:
        running.call("createwallet", "")
        running.call("generatetoaddress", 101, running.call("getnewaddress"))
        yield running


@pytest.fixture
def reach(settings) -> Callable[[str], None]:
    """Return what points the gateway at a daemon."""

    def point(url: str) -> None:
        settings.CLOUD = replace(settings.CLOUD, daemon_url=url, calls_per_minute=100_000)

    return point


@pytest.fixture
def get(daemon, reach, monkeypatch, client: Client) -> Call:
    """Return what makes a call and gives the response; the operator's, unless told otherwise."""
    reach(daemon.url())

    def make(path: str, caller: Caller = OPERATOR, body: Any = None, **query: str):
        monkeypatch.setattr(gateway_views, "caller_of", lambda request: caller)
        if body is None:
            return client.get(f"/daemon/{path}", query)
        return client.post(f"/daemon/{path}", json.dumps(body), content_type="application/json")

    return make


@pytest.fixture
def data(get) -> Call:
    """Return what makes a call that must succeed, and gives its data; fractions are Decimal."""

    def make(path: str, *args: Any, **query: Any) -> Any:
        response = get(path, *args, **query)
        assert response.status_code == 200, response.content
        assert response["X-Flux-Backend"] == "daemon"
        answer = json.loads(response.content, parse_float=Decimal)
        assert answer["status"] == "success"
        return answer["data"]

    return make


def test_what_everybody_may_read(data, daemon):
    best = data("getbestblockhash", PUBLIC)
    assert data("getblockcount", PUBLIC) == 101
    assert data("getblockhash/101", PUBLIC) == data("getblockhash", PUBLIC, index="101") == best
    block = data(f"getblock/{best}", PUBLIC)
    assert (block["height"], type(block["tx"][0])) == (101, dict)
    assert data(f"getblock/{best}/1", PUBLIC)["tx"] == [block["tx"][0]["txid"]]
    assert len(data(f"getblock/{best}/0", PUBLIC)) > 200
    assert data(f"getblockheader/{best}", PUBLIC)["height"] == 101
    assert data(f"getblockheader/{best}/false", PUBLIC) == daemon.call("getblockheader", best, False)
    assert data("getblockchaininfo", PUBLIC)["chain"] == "regtest"
    assert data("getchaintips", PUBLIC)[0]["hash"] == best
    assert data("getdifficulty", PUBLIC) == Decimal("4.656542373906925e-10")
    assert data("getmempoolinfo", PUBLIC)["size"] == 0
    assert data("getrawmempool", PUBLIC) == []
    assert data("gettxoutsetinfo", PUBLIC)["height"] == 101
    assert data("getmininginfo", PUBLIC)["blocks"] == 101
    assert data("getnetworkhashps/10/-1", PUBLIC) > 0
    assert data("getconnectioncount", PUBLIC) == 0
    assert data("getnettotals", PUBLIC)["totalbytesrecv"] == 0
    assert data("getnetworkinfo", PUBLIC)["subversion"].startswith("/Litecoin")
    assert data("getpeerinfo", PUBLIC) == data("listbanned", PUBLIC) == []
    assert "getblock " in data("help", PUBLIC)
    assert data("help/getblockcount", PUBLIC).startswith("getblockcount")


def test_a_transaction_from_coin_to_block(data, daemon):
    address = data("getnewaddress")
    txid = data(f"sendtoaddress/{address}/1.23456789")
    assert list(data("getrawmempool/true", PUBLIC)) == [txid]
    assert data(f"gettransaction/{txid}", PUBLIC)["details"][0]["address"] == address
    raw = data(f"getrawtransaction/{txid}", PUBLIC)
    assert data("decoderawtransaction", PUBLIC, hexstring=raw)["txid"] == txid
    outputs = data(f"getrawtransaction/{txid}/1", PUBLIC)["vout"]
    assert Decimal("1.23456789") in [output["value"] for output in outputs]
    script = outputs[0]["scriptPubKey"]["hex"]
    assert data(f"decodescript/{script}", PUBLIC)["asm"]
    assert data("decodescript", PUBLIC, {"hex": script})["asm"]
    daemon.call("generatetoaddress", 1, address)
    assert data(f"gettxout/{txid}/0/false", PUBLIC)["confirmations"] == 1
    proof = data(f"gettxoutproof/{txid}", PUBLIC)
    assert data(f"verifytxoutproof/{proof}", PUBLIC) == [txid]
    assert data(f"getreceivedbyaddress/{address}") == Decimal("1.23456789")
    sent = data("sendmany", OPERATOR, {"amounts": {address: 0.1}})
    assert data(f"prioritisetransaction/{sent}/0/1000") is True


def test_a_raw_transaction_is_made_and_sent(data, daemon):
    coin = max(data("listunspent"), key=lambda one: one["amount"])
    address = data("getrawchangeaddress")
    inputs = [{"txid": coin["txid"], "vout": coin["vout"]}]
    raw = data("createrawtransaction", PUBLIC, transactions=json.dumps(inputs), addresses=json.dumps({address: 1}))
    assert raw == data("createrawtransaction", PUBLIC, {"transactions": inputs, "addresses": {address: 1}})
    assert data(f"fundrawtransaction/{raw}", PUBLIC)["hex"]
    signed = daemon.call(
        "signrawtransactionwithwallet", data("fundrawtransaction", PUBLIC, {"hexstring": raw})["hex"]
    )
    sent = data("sendrawtransaction", PUBLIC, {"hexstring": signed["hex"]})
    assert sent in data("getrawmempool", PUBLIC, verbose="false")


def test_the_operators_wallet(data, daemon):
    address = daemon.call("getnewaddress", "", "legacy")
    secret = data(f"dumpprivkey/{address}")
    assert data(f"importprivkey/{secret}/a label/false") is None
    signature = data("signmessage", OPERATOR, {"taddr": address, "message": "a/b\nc"})
    assert data("signmessage", taddr=address, message="a/b\nc")
    assert data("verifymessage", PUBLIC, fluxaddress=address, signature=signature, message="a/b\nc") is True
    assert data("verifymessage", PUBLIC, {"fluxaddress": address, "signature": signature, "message": "x"}) is False
    assert data("getbalance") > 0
    assert data("getunconfirmedbalance") >= 0
    assert data("getwalletinfo")["walletname"] == ""
    assert data("listtransactions/3")[0]["category"]
    assert data("listsinceblock")["transactions"]
    assert data("listreceivedbyaddress/1/true")
    assert data("listaddressgroupings") is not None
    assert data("listlockunspent") == []
    assert data("keypoolrefill/101") is None
    assert data("settxfee/0.0002") is True
    assert data("importaddress", address=data("getnewaddress"), rescan="false") is None
    assert data("rescanblockchain/0")["start_height"] == 0
    assert data("verifychain/0/2") is True
    assert data("ping") is None
    assert data("setban/203.0.113.9/add/60") is None
    assert data("clearbanned") is None


def test_an_address_is_judged_and_the_operator_alone_learns_whose_it_is(data):
    address = data("getnewaddress")
    assert data(f"validateaddress/{address}", PUBLIC)["isvalid"] is True
    assert data("validateaddress/nonsense", PUBLIC) == {"isvalid": False}


def test_amounts_keep_every_digit(get, daemon):
    exact = json.loads(get("gettxoutsetinfo", PUBLIC).content, parse_float=str)["data"]["total_amount"]
    assert Decimal(exact).as_tuple().exponent == -8
    assert get("getdifficulty", PUBLIC).content == b'{"status":"success","data":4.656542373906925e-10}'


@pytest.mark.parametrize(
    ("path", "status", "code", "told"),
    [
        ("getblockhash/1000000", 400, -8, "Block height out of range"),
        ("getblock/zz", 400, -8, "blockhash must be of length 64"),
        ("getrawtransaction/" + "0" * 64, 400, -5, "No such mempool or blockchain transaction"),
        ("getblock", 400, -1, "getblock"),
        # Methods that fluxd has and litecoind has not.
        ("getinfo", 501, -32601, "Method not found"),
        ("getfluxnodecount", 501, -32601, "Method not found"),
        ("getblockhash/x", 400, 400, "index: must be a number."),
    ],
)
def test_a_refusal_of_the_daemon_has_its_code_and_its_words(get, path, status, code, told):
    for _ in range(2):  # asked, and kept
        response = get(path, PUBLIC)
        refusal = response.json()
        assert (response.status_code, refusal["status"], refusal["data"]["code"]) == (status, "error", code)
        assert told in refusal["data"]["message"]


def test_a_wrong_password_is_the_operators_matter_and_is_not_told(get, reach, daemon):
    reach(daemon.url("wrong"))
    response = get("getmininginfo", PUBLIC)
    assert response.status_code == 502
    assert "operator" in response.json()["data"]["message"]
    assert not any(secret in response.content for secret in (b"wrong", b"gateway:", b"127.0.0.1"))


def test_a_daemon_that_stops_is_503_and_comes_back(get, reach, daemon):
    get("getblockcount")
    with litecoind() as doomed:
        reach(doomed.url())
        assert get("getblockcount", PUBLIC).json()["data"] == 0
        stopped = get("stop")
        assert (stopped.status_code, stopped["X-Cache"]) == (200, "BYPASS")
        assert "stopping" in stopped.json()["data"]
        doomed.process.wait(30)
        for path in ("getdifficulty", "getnewaddress"):
            response = get(path)
            assert response.status_code == 503
            assert response.json()["data"]["code"] == 503
            assert response["Retry-After"]
    reach(daemon.url())
    assert get("getdifficulty", PUBLIC).status_code == 200
