"""Who may call what."""

import pytest

from cloud.tiers import PRIVILEGES, TIERS, allows

pytestmark = pytest.mark.once

ME, OTHER = "14BKBi3zwPG66UmbfKLRfT78Vs1bL4uiMv", "14dQFmgDLVEVG7vNH8ibWuUEkuvxuogg13"
# Per tier: the privileges that may call it, whose app it may be, and neither.
MAY = {
    "public": {"public", "user", "admin", "fluxteam"},
    "user": {"user", "admin", "fluxteam"},
    "admin": {"admin"},
    "fluxteam": {"fluxteam"},
    "adminandfluxteam": {"admin", "fluxteam"},
    "appowner": set(),
    "appownerabove": {"admin", "fluxteam"},
}


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("privilege", PRIVILEGES)
@pytest.mark.parametrize("owner", [None, OTHER, ME])
def test_the_table_of_tiers(tier, privilege, owner):
    zelid = None if privilege == "public" else ME
    owns = zelid is not None and owner == ME and tier.startswith("appowner")
    assert allows(tier, zelid=zelid, privilege=privilege, owner=owner) is (privilege in MAY[tier] or owns)


@pytest.mark.parametrize("tier", TIERS)
def test_a_privilege_without_an_id_counts_for_nothing(tier):
    assert allows(tier, zelid=None, privilege="admin", owner=ME) is (tier == "public")


def test_an_owner_in_other_letters_is_the_same_ethereum_address_but_another_bitcoin_address():
    mixed = "0xaABB2978419D10c23a08D584bD54F8CC37658A15"
    assert allows("appowner", zelid=mixed.lower(), privilege="user", owner=mixed)
    assert not allows("appowner", zelid=ME.lower(), privilege="user", owner=ME)


def test_an_unknown_tier_is_no_tier():
    with pytest.raises(KeyError):
        allows("root", zelid=ME, privilege="admin")
