import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys import tokens

pytestmark = pytest.mark.once

SHAPES = {
    "fluxly": r"fluxly_live_[0-9A-Za-z]{25}",
    "fluximage": r"flx_live_[0-9a-f]{40}",
    "fluxme": r"fluxme_live_[0-9A-Za-z]{40}",
    "fluxstore": r"flx_ab12cd34_[0-9A-Za-z]{32}",
}


@pytest.mark.parametrize("product", SHAPES)
def test_a_fresh_key_has_the_documented_shape(product):
    token = tokens.mint(product, "ab12cd34" if product == "fluxstore" else "")
    assert re.fullmatch(SHAPES[product], token.text)
    assert tokens.parse(product, token.text) == token


@pytest.mark.parametrize("product", SHAPES)
def test_two_fresh_keys_differ(product):
    assert tokens.mint(product, "ab12cd34").text != tokens.mint(product, "ab12cd34").text


def test_only_the_secret_part_of_a_store_key_is_hashed():
    token = tokens.mint("fluxstore", "ab12cd34")
    assert token.digest == tokens.digest_of(token.text.rpartition("_")[2])
    assert token.resource == "ab12cd34"


def test_other_keys_are_hashed_whole():
    token = tokens.mint("fluxly")
    assert token.digest == tokens.digest_of(token.text)


def test_the_hint_of_fluximage_shows_five_and_four():
    token = tokens.parse("fluximage", "flx_live_a3b4c" + "0" * 31 + "f8e9")
    assert token is not None
    assert token.hint == "flx_live_a3b4c...f8e9"


def test_the_hint_of_an_imported_key_shows_its_last_four_only():
    token = tokens.parse("fluxme", "f47ac10b-58cc-4372-a567-0e02b2c3d479")
    assert token is not None
    assert token.hint == "...d479"


def test_a_token_never_shows_its_secret_when_printed():
    token = tokens.mint("fluxly")
    assert token.text not in repr(token)


@pytest.mark.parametrize("store_id", ["", "short", "UPPERCAS", "ab12cd345"])
def test_a_store_key_needs_a_proper_store_id(store_id):
    with pytest.raises(ValueError, match="cannot stand"):
        tokens.mint("fluxstore", store_id)


def test_an_unknown_product_has_no_key_format():
    with pytest.raises(ValueError, match="no key format"):
        tokens.mint("cloud")
    assert tokens.parse("cloud", "x" * 40) is None


@given(st.text(max_size=80))
def test_parsing_accepts_only_the_exact_shapes(text):
    for product, shape in SHAPES.items():
        if product == "fluxme":
            assert (tokens.parse(product, text) is not None) == bool(re.fullmatch(r"[!-~]{32,256}", text))
        elif product != "fluxstore":
            assert (tokens.parse(product, text) is not None) == bool(re.fullmatch(shape, text))


@pytest.mark.parametrize("text", ["fluxly_live_x", "FLX_LIVE_x", "flx_ab12cd34_x", "fluxme_live_x"])
def test_our_own_prefixes_are_recognised(text):
    assert tokens.has_own_prefix(text)


def test_a_trailing_line_end_is_not_part_of_a_key():
    assert tokens.parse("fluxly", tokens.mint("fluxly").text + "\n") is None
