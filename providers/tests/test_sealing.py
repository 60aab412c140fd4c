"""Secrets are sealed, and survive a new key."""

import pytest
from cryptography.fernet import Fernet

from providers import sealing

pytestmark = pytest.mark.once

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture
def keys(settings):
    def use(*keys):
        settings.PULL_SECRET_KEYS = list(keys)

    return use


def test_a_sealed_secret_shows_nothing_and_opens_again(keys):
    keys(OLD)
    sealed = sealing.seal("pässword")
    assert "pässword" not in sealed
    assert sealed != sealing.seal("pässword")
    assert sealing.opened(sealed) == "pässword"


def test_a_new_key_seals_while_the_old_one_still_opens(keys):
    keys(OLD)
    before = sealing.seal("secret")
    keys(NEW, OLD)
    after = sealing.seal("secret")
    assert sealing.opened(before) == "secret"
    keys(NEW)
    assert sealing.opened(after) == "secret"


def test_what_an_old_key_sealed_is_sealed_anew_once(keys):
    keys(OLD)
    before = sealing.seal("secret")
    keys(NEW, OLD)
    after = sealing.renewed(before)
    assert after is not None
    assert sealing.renewed(after) is None
    keys(NEW)
    assert sealing.opened(after) == "secret"


@pytest.mark.parametrize("text", ["", "nonsense", "gAAAAA=="])
def test_what_no_key_opens_is_said_to_be_broken(keys, text):
    keys(OTHER)
    with pytest.raises(sealing.SealBroken):
        sealing.opened(text)
