"""From a foreign JSON to the fields of a listing."""

from decimal import Decimal

import pytest

from api.parsers import loads
from providers import mapping
from providers.names import PROTECTED, api_name

pytestmark = pytest.mark.once


def mapped(rules, document):
    rules = rules if isinstance(rules, dict) else loads(rules.encode())
    return mapping.apply(mapping.compiled(rules), loads(document.encode()))


def value_of(rule, document, field="totalNodes"):
    result = mapped({field: rule}, document)
    assert not result.faults
    return result.values.get(field, "left out")


@pytest.mark.parametrize(
    ("rule", "document", "value"),
    [
        ("a.b", '{"a": {"b": 5}}', 5),
        ({"path": "a", "scale": Decimal("0.01")}, '{"a": 799}', Decimal("7.99")),
        ({"path": "a", "scale": 0.01, "round": 2}, '{"a": 1999}', Decimal("19.99")),
        ({"path": "a", "scale": 100, "round": 3}, '{"a": 0.99987654}', Decimal("99.988")),
        ({"path": "a", "round": 0}, '{"a": 2.5}', 3),
        ({"path": "a", "round": 0}, '{"a": -2.5}', -3),
        ({"path": "a", "round": 1}, '{"a": "7.25"}', Decimal("7.3")),
        ({"path": "a", "scale": 1}, '{"a": "12"}', 12),
        ({"path": "a", "map": {"up": True}}, '{"a": "up"}', True),
        ({"path": "a", "map": {"true": "managed"}}, '{"a": true}', "managed"),
        ({"path": "a", "map": {"1": "managed", "2.5": "dedicated"}}, '{"a": 2.5}', "dedicated"),
        ({"path": "a", "map": {"x": 3}, "scale": 10}, '{"a": "x"}', 30),
        ({"path": "a", "map": {"up": True}, "default": False}, '{"a": "down"}', False),
        ({"path": "a", "map": {"german": "de", "English": "en"}}, '{"a": ["german", "English"]}', ["de", "en"]),
        ({"path": "a", "default": 7}, "{}", 7),
        ({"path": "a", "default": None}, "{}", None),
        ("a", "{}", "left out"),
        ("a", '{"a": null}', "left out"),
        ("to_number(a)", '{"a": "7.5"}', Decimal("7.5")),
        ("a", '{"a": 12.0}', 12),
        ("a", '{"a": 0.1}', Decimal("0.1")),
    ],
)
def test_a_rule_finds_maps_scales_and_rounds_in_this_order(rule, document, value):
    found = value_of(rule, document)
    assert (found, type(found)) == (value, type(value))


def test_tiers_are_made_item_by_item():
    rules = """{"tiers": "plans[?active]", "tiers[].tier": {"path": "size", "map": {"S": "cumulus",
        "L": "stratus"}}, "tiers[].price": {"path": "cents", "scale": 0.01, "round": 2},
        "tiers[].planName": "title"}"""
    document = """{"plans": [{"active": true, "size": "S", "cents": 799, "title": "Small"},
        {"active": false, "size": "?"}, {"active": true, "size": "L", "cents": "3599"}]}"""
    assert mapped(rules, document).values == {
        "tiers": [
            {"tier": "cumulus", "price": Decimal("7.99"), "planName": "Small"},
            {"tier": "stratus", "price": Decimal("35.99")},
        ]
    }


@pytest.mark.parametrize(
    ("rule", "document", "why"),
    [
        ({"path": "a", "map": {"x": 1}}, '{"a": "y"}', "map does not name: 'y'"),
        ({"path": "a", "map": {"x": 1}}, '{"a": {}}', "map cannot take it"),
        ({"path": "a", "scale": 2}, '{"a": "many"}', "is not a number"),
        ({"path": "a", "scale": 2}, '{"a": true}', "is not a number"),
        ({"path": "a", "round": 2}, '{"a": {"b": 1}}', "is not a number"),
        ({"path": "a", "round": 2}, '{"a": "NaN"}', "is not a number"),
        ({"path": "a", "round": 2}, '{"a": "1e90"}', "is not a number"),
        ({"path": "a", "scale": 2}, '{"a": "Infinity"}', "is not a number that JSON has"),
        ({"path": "a", "scale": 1000}, '{"a": "9e999999"}', "is not a number that JSON has"),
        ({"path": "a", "scale": 1}, '{"a": "9e999999"}', "is not a number that JSON has"),
        ({"path": "a", "scale": 1}, '{"a": "9e-999999"}', "is not a number that JSON has"),
        ({"path": "a", "scale": 1}, '{"a": "1e999999999999999999"}', "is not a number that JSON has"),
        ("to_number('inf')", "{}", "is not a number that JSON has"),
        ("&a", "{}", "is an expression"),
        ("abs('x')", "{}", "abs"),
        ("@", '{"a": "' + "x" * 200_000 + '"}', "too large"),
    ],
)
def test_what_cannot_be_mapped_is_named_and_the_rest_goes_on(rule, document, why):
    result = mapped({"totalNodes": rule, "name": "'Still here'"}, document)
    assert result.values == {"name": "Still here"}
    assert [(fault.field, fault.code) for fault in result.faults] == [("totalNodes", "not_mapped")]
    assert why in result.faults[0].message


def test_a_fault_within_a_tier_names_its_item():
    rules = {"tiers": "p", "tiers[].tier": {"path": "s", "map": {"S": "cumulus"}}}
    result = mapped(rules, '{"p": [{"s": "S"}, {"s": "XL"}]}')
    assert result.values == {}
    assert "item 2" in result.faults[0].message


def test_a_list_of_thousands_is_no_list_of_tiers():
    result = mapped({"tiers": "p", "tiers[].price": "@"}, '{"p": [' + ",".join("1" * 1000) + "]}")
    assert "more than 50" in result.faults[0].message


@pytest.mark.parametrize(
    ("rules", "field", "why"),
    [
        ({}, "", "at least one"),
        ([], "", "must be an object"),
        ({str(n): "a" for n in range(41)}, "", "at most 40"),
        ({"totalNodes": "a..b"}, "totalNodes.path", "at character"),
        ({"totalNodes": 7}, "totalNodes", "must be a JMESPath expression"),
        ({"totalNodes": {"scale": 2}}, "totalNodes", "must be a JMESPath expression"),
        ({"totalNodes": {"path": "a", "factor": 2}}, "totalNodes.factor", "is none of"),
        ({"totalNodes": {"path": "a", "scale": 0}}, "totalNodes.scale", "must not be 0"),
        ({"totalNodes": {"path": "a", "scale": True}}, "totalNodes.scale", "number"),
        ({"totalNodes": {"path": "a", "scale": "2"}}, "totalNodes.scale", "number"),
        ({"totalNodes": {"path": "a", "round": 7}}, "totalNodes.round", "from 0 to 6"),
        ({"totalNodes": {"path": "a", "round": 1.5}}, "totalNodes.round", "whole number"),
        ({"totalNodes": {"path": "a", "map": {}}}, "totalNodes.map", "1 to 200"),
        ({"totalNodes": {"path": "a", "map": {"a": []}}}, "totalNodes.map", "must map texts"),
        ({"totalNodes": {"path": "a", "default": ["x" * 100] * 100}}, "totalNodes.default", "too large"),
        ({"nodes": "a"}, "nodes", "not a field"),
        ({"tiers[].price": "a"}, "tiers", "is needed"),
    ],
)
def test_a_bad_mapping_is_refused_when_it_is_compiled(rules, field, why):
    with pytest.raises(mapping.BadMapping) as caught:
        mapping.compiled(rules)
    assert caught.value.errors[0].field == field
    assert why in caught.value.errors[0].message


@pytest.mark.parametrize("name", [api_name(attribute) for attribute in PROTECTED])
def test_no_rule_can_be_written_for_a_protected_field(name):
    with pytest.raises(mapping.BadMapping):
        mapping.compiled({name: "a"})


def test_all_faults_of_a_mapping_come_at_once():
    with pytest.raises(mapping.BadMapping) as caught:
        mapping.compiled({"totalNodes": "(", "name": 1, "verified": "a"})
    assert len(caught.value.errors) == 3


def test_all_rules_together_have_one_budget():
    nodes = '{"n": [' + ",".join("1" * 60_000) + "]}"
    rule = "length(n[?@ > `0`])"
    assert mapped({"totalNodes": rule}, nodes).values == {"totalNodes": 60_000}
    with pytest.raises(mapping.TooCostly):
        mapped(dict.fromkeys(["totalNodes", "totalClients", "dataCenters", "sla", "comments"], rule), nodes)
