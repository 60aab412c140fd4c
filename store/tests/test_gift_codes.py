"""Codes of gift cards: how they are made, and how what people type is read."""

import pytest

from store import gift_codes

pytestmark = pytest.mark.once
CODE = "7K3MQ0ZD41XRHT9B2VNC"


def test_a_code_has_20_characters_of_32_so_80_bits_stay_secret_beside_the_last_four():
    codes = {gift_codes.new_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert {len(code) for code in codes} == {20}
    assert set("".join(codes)) == set(gift_codes.ALPHABET)
    assert len(set(gift_codes.ALPHABET)) == 32
    assert not set("ILOU") & set(gift_codes.ALPHABET)


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        "7K3M-Q0ZD-41XR-HT9B-2VNC",
        " 7k3m q0zd 41xr ht9b 2vnc\n",
        "7K3M-QOZD-4IXR-HT9B-2VNC",
        "7k3m-qozd-4lxr-ht9b-2vnc",
        "7K3M--Q0ZD  41XRHT9B2VNC",
    ],
)
def test_what_people_type_is_read_as_they_mean_it(typed):
    assert gift_codes.meant(typed) == CODE


@pytest.mark.parametrize(
    "typed", ["", CODE[:-1], CODE + "C", CODE[:-1] + "U", CODE[:-1] + "_", CODE[:-1] + "ı", "x" * 10_000]
)
def test_what_cannot_be_a_code_is_none(typed):
    assert gift_codes.meant(typed) is None


def test_a_code_is_written_in_groups_of_four_that_are_read_back():
    code = gift_codes.new_code()
    assert gift_codes.written(CODE) == "7K3M-Q0ZD-41XR-HT9B-2VNC"
    assert gift_codes.meant(gift_codes.written(code)) == code
