"""The typed, positional arguments of a JSON-RPC call."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.errors import InvalidFields
from api.renderers import dumps
from cloud.arguments import MOST_DIGITS, arguments_of, call_arguments
from cloud.route_table import ROUTES

pytestmark = pytest.mark.once


def of(literal: str, method: str = "GET", **parameters):
    (route,) = (r for r in ROUTES if (r.method, r.literal) == (method, f"/daemon/{literal}"))
    return call_arguments(route.rpc_arguments, parameters)


@pytest.mark.parametrize(
    ("literal", "parameters", "expected"),
    [
        ("getinfo", {}, []),
        ("help", {}, []),
        ("help", {"command": "getinfo"}, ["getinfo"]),
        ("getblock", {"hashheight": "7"}, ["7", 2]),
        ("getblock", {"hashheight": "7", "verbosity": "0"}, ["7", 0]),
        # Without what the method needs it is called bare, and answers with its help.
        ("getblock", {"verbosity": "0"}, []),
        ("getblockhash", {"index": "-1"}, [-1]),
        ("getblockhash", {"index": ""}, []),
        ("getrawmempool", {}, [False]),
        ("getrawmempool", {"verbose": "TRUE"}, [True]),
        ("gettxout", {"txid": "ab", "n": "0"}, ["ab", 0, True]),
        ("gettxoutproof", {"txids": "ab,cd"}, [["ab", "cd"]]),
        ("gettxoutproof", {"txids": '["ab"]', "blockhash": "ef"}, [["ab"], "ef"]),
        ("getspentinfo", {"txid": "ab", "index": "1"}, [{"txid": "ab", "index": 1}]),
        ("getblockhashes", {"high": "2", "low": "1"}, [2, 1]),
        ("getblockhashes", {"high": "2", "low": "1", "noOrphans": "1"}, [2, 1, {"noOrphans": True}]),
        ("getaddressbalance", {"address": "t1"}, [{"addresses": ["t1"]}]),
        (
            "getaddressdeltas",
            {"address": "t1", "start": "1", "chaininfo": "true"},
            [{"addresses": ["t1"], "start": 1, "chainInfo": True}],
        ),
        ("getaddressdeltas", {"start": "1"}, []),
        ("getbalance", {}, ["*", 1, False]),
        ("sendtoaddress", {"fluxaddress": "t1", "amount": "0.1"}, ["t1", Decimal("0.1"), "", "", False]),
        ("sendmany", {"amounts": '{"t1":0.10}'}, ["", {"t1": Decimal("0.10")}, 1, ""]),
        ("setban", {"ip": "203.0.113.1", "command": "add", "absolute": "true"}, ["203.0.113.1", "add"]),
        ("zgetoperationstatus", {}, [[]]),
    ],
)
def test_parameters_become_typed_arguments_in_order(literal, parameters, expected):
    arguments = of(literal, **parameters)
    assert arguments == expected
    assert [type(value) for value in arguments] == [type(value) for value in expected]


def test_a_body_brings_its_own_types():
    assert of("sendtoaddress", "POST", fluxaddress="t1", amount=Decimal("1.5"), substractfeefromamount=True) == [
        "t1",
        Decimal("1.5"),
        "",
        "",
        True,
    ]
    assert of("getaddressbalance", "POST", addresses=["t1", "t2"]) == [{"addresses": ["t1", "t2"]}]
    assert of("createrawtransaction", "POST", transactions=[], addresses={}) == [[], {}, 0]


def test_an_amount_keeps_its_digits():
    amount = "20999999.99999999"
    assert dumps(of("settxfee", amount=amount)) == b"[20999999.99999999]"
    assert dumps(of("settxfee", amount="0.10")) == b"[0.10]"
    assert dumps(of("settxfee", amount="1e-8")) == b"[0.00000001]"
    assert dumps(of("getblockhash", index="18446744073709551617")) == b"[18446744073709551617]"


MISFITS: dict[tuple[str, str], list[Any]] = {
    ("getblockhash", "index"): ["x", "1_0", " 1", "01", "0x1", "NaN", "Infinity", "1e1000", "٣", [], True],
    ("getblocksubsidy", "height"): ["1" * (MOST_DIGITS + 1)],
    ("getrawmempool", "verbose"): ["yes", "2", 1, []],
    ("listunspent", "addresses"): ["t1", "7", '{"a":1,"a":2}', 7, "[" * 100],
    ("getblock", "hashheight"): [7, ["a"], {}],
    ("gettxoutproof", "txids"): ["[1", 7, {"a": 1}],
}


@pytest.mark.parametrize(
    ("literal", "name", "value"), [(*place, value) for place, values in MISFITS.items() for value in values]
)
def test_what_does_not_fit_its_type_is_refused_by_name(literal, name, value):
    with pytest.raises(InvalidFields) as refused:
        of(literal, **{name: value})
    (error,) = refused.value.errors
    assert error.field == name


def test_every_argument_of_the_table_can_be_read():
    for route in ROUTES:
        for argument in arguments_of(route.rpc_arguments):
            for part in argument.members or (argument,):
                known = route.parameter_names | set(route.body)
                assert part.constant is not None or part.name in known, (route.path, part)


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(["txid", "n", "includemempool"]), st.text(max_size=20)))
def test_any_text_is_sent_or_refused(parameters):
    try:
        arguments = of("gettxout", **parameters)
    except InvalidFields:
        return
    assert arguments == [] or [type(value) for value in arguments] == [str, int, bool]
