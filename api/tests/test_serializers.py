"""Inputs: every fault in one answer, with its path; unknown names refused with the nearest known one."""

import time

import pytest
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from api.errors import FieldError, InvalidFields
from api.fields import StrictCharField, StrictDecimalField, StrictIntegerField
from api.serializers import StrictSerializer
from api.validation import field_errors

pytestmark = pytest.mark.once


class TierInput(StrictSerializer):
    price = StrictDecimalField(max_digits=8, decimal_places=2, max_value=100_000)
    title = StrictCharField(required=False)


class OpenInput(StrictSerializer):
    refuse_unknown = False
    note = StrictCharField(required=False)
    tier = TierInput(required=False)


class LooseInput(serializers.Serializer):
    anything = serializers.CharField(required=False)


class ThingInput(StrictSerializer):
    name = StrictCharField(max_length=5)
    maxUses = StrictIntegerField(max_value=7, required=False)  # noqa: N815 - the product's own spelling
    tiers = TierInput(many=True, required=False, max_length=3)  # type: ignore[call-arg]  # DRF hands it to the list
    boxes = serializers.ListField(child=TierInput(), required=False)
    tags = serializers.ListField(child=StrictCharField(max_length=3), required=False)
    limits = serializers.DictField(child=StrictIntegerField(), required=False)
    open = OpenInput(required=False)
    loose = LooseInput(required=False)

    def validate(self, attrs):
        if attrs.get("name") == "evil":
            raise serializers.ValidationError("may not be evil", code="evil")
        return attrs


def faults_of(data, **kwargs) -> list[tuple[str, str]]:
    with pytest.raises(InvalidFields) as caught:
        ThingInput.parse_data(data, **kwargs)
    return [(fault.field, fault.code) for fault in caught.value.errors]


def test_every_fault_comes_in_one_answer():
    data = {"maxUses": 8, "tiers": [{"price": 1}, {"price": 100_001, "title": 7}], "maxUse": 1}
    assert faults_of(data) == [
        ("name", "required"),
        ("maxUses", "max_value"),
        ("tiers[1].price", "max_value"),
        ("tiers[1].title", "not_text"),
        ("maxUse", "unknown_field"),
    ]


def test_an_unknown_name_comes_with_the_nearest_known_one():
    with pytest.raises(InvalidFields) as caught:
        ThingInput.parse_data({"name": "a", "maxUse": 1})
    assert caught.value.errors == (FieldError("maxUse", "unknown_field", "unknown field; did you mean maxUses?"),)


def test_an_unknown_name_like_no_other_comes_alone():
    with pytest.raises(InvalidFields) as caught:
        ThingInput.parse_data({"name": "a", "zzzzzz": 1})
    assert caught.value.errors == (FieldError("zzzzzz", "unknown_field", "unknown field"),)


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"tiers": [{"price": 1}, {"price": 1, "prise": 2}]}, "tiers[1].prise"),
        ({"boxes": [{"price": 1, "prise": 2}]}, "boxes[0].prise"),
        ({"open": {"anything": 1, "tier": {"price": 1, "prise": 2}}}, "open.tier.prise"),
    ],
)
def test_an_unknown_name_inside_is_refused_with_its_path(data, path):
    assert faults_of({"name": "a"} | data) == [(path, "unknown_field")]


def test_an_object_may_ignore_unknown_names():
    read = ThingInput.parse_data({"name": "a", "open": {"else": 1, "note": "b"}, "loose": {"else": 1}})
    assert read == {"name": "a", "open": {"note": "b"}, "loose": {}}


def test_unknown_names_are_named_up_to_twenty():
    faults = faults_of({"name": "a"} | {f"x{n}": 1 for n in range(21)})
    assert faults[:20] == [(f"x{n}", "unknown_field") for n in range(20)]
    assert faults[20:] == [("", "unknown_field")]
    assert len(faults_of({"name": "a"} | {f"x{n}": 1 for n in range(20)})) == 20


def test_a_body_full_of_long_unknown_names_is_refused_at_once():
    started = time.perf_counter()
    faults = faults_of({f"{n:0>6}" + "maxUses" * 200: 1 for n in range(700)})
    assert time.perf_counter() - started < 1
    assert max(len(field) for field, _ in faults) == 100


def test_a_fault_of_the_whole_object_has_no_path_and_its_own_code():
    assert faults_of({"name": "evil", "maxUse": 1}) == [("", "evil"), ("maxUse", "unknown_field")]


@pytest.mark.parametrize("data", [[], [{"name": "a"}], "name", 7, None, True])
def test_a_body_that_is_no_object_is_refused(data):
    assert faults_of(data) == [("", "not_an_object")]


def test_an_item_that_is_no_object_is_refused_at_its_place():
    assert faults_of({"name": "a", "tiers": [{"price": 1}, 7]}) == [("tiers[1]", "invalid")]


def test_a_list_that_is_no_list_is_refused_at_its_name():
    assert faults_of({"name": "a", "tiers": {"price": 1}}) == [("tiers", "not_a_list")]


def test_a_list_that_is_too_long_is_refused_at_its_name():
    assert faults_of({"name": "a", "tiers": [{"price": 1}] * 4}) == [("tiers", "max_length")]


def test_faults_in_lists_and_dictionaries_of_plain_values_have_their_place():
    faults = faults_of({"name": "a", "tags": ["abc", "abcd"], "limits": {"a": 1, "b": "1"}})
    assert faults == [("tags[1]", "max_length"), ("limits.b", "not_integer")]


def test_absent_fields_stay_absent_and_a_partial_input_asks_for_none():
    assert ThingInput.parse_data({"maxUses": 1}, partial=True) == {"maxUses": 1}
    assert ThingInput.parse_data({}, partial=True) == {}


def test_the_context_reaches_the_serializer():
    class Asking(StrictSerializer):
        def validate(self, attrs):
            return {"limit": self.context["limit"]}

    assert Asking.parse_data({}, context={"limit": 7}) == {"limit": 7}


def test_the_wording_follows_a_field_name():
    with pytest.raises(InvalidFields) as caught:
        ThingInput.parse_data({"name": "a", "maxUses": 8})
    assert caught.value.errors[0].sentence() == "maxUses: must be less than or equal to 7."


@pytest.mark.parametrize(
    ("detail", "fault"),
    [
        ("Wrong.", FieldError("", "invalid", "Wrong.")),
        (["Wrong."], FieldError("", "invalid", "Wrong.")),
        ([ErrorDetail("Wrong.", code="odd")], FieldError("", "odd", "Wrong.")),
        ({"non_field_errors": ["Wrong."]}, FieldError("", "invalid", "Wrong.")),
        ({"a": {"non_field_errors": ["Wrong."]}}, FieldError("a", "invalid", "Wrong.")),
        ({"a": {2: {"b": ["Wrong."]}}}, FieldError("a[2].b", "invalid", "Wrong.")),
        ({"a": [["Wrong."]]}, FieldError("a[0]", "invalid", "Wrong.")),
        (["Ensure this field is shorter."], FieldError("", "invalid", "must be shorter.")),
        (["Ensure that this value is 5."], FieldError("", "invalid", "must be 5.")),
    ],
)
def test_a_nested_validation_error_becomes_a_path(detail, fault):
    assert field_errors(detail) == (fault,)
