"""The given hostile addresses, all of them: one table, one judgement."""

import json
from pathlib import Path

import pytest

from egress.addresses import AddressRefused, check

pytestmark = pytest.mark.once

CASES = json.loads((Path(__file__).parent / "ssrf_cases.json").read_text())
DIRECT = [case for case in CASES if "redirect" not in case]


def name_of(case):
    return f"{case['group']}: {case['why']}"


@pytest.mark.parametrize("case", [case for case in DIRECT if case["verdict"] == "block"], ids=name_of)
def test_a_hostile_address_is_refused(names, case):
    names.answers = case.get("dns", {})
    with pytest.raises(AddressRefused):
        check(case["url"])
    assert len(names.asked) <= 1


@pytest.mark.parametrize("case", [case for case in DIRECT if case["verdict"] == "allow"], ids=name_of)
def test_a_public_address_is_accepted(names, case):
    names.answers = case.get("dns", {})
    place = check(case["url"])
    assert names.asked == list(names.answers)
    assert place.address == (names.answers[place.host][0][0] if names.answers else place.host)


def test_no_group_of_cases_was_left_out():
    assert len(CASES) == 108
    assert {case["group"] for case in CASES} - {case["group"] for case in DIRECT} == {"redirect"}
