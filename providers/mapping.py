"""From a provider's own JSON to the fields of a listing: a JMESPath expression for each, and what follows. Pure.

    {
        "totalNodes": "stats.nodes.online",
        "uptimePercentage": {"path": "sla.ratio", "scale": 100, "round": 2},
        "type": {"path": "kind", "map": {"hosted": "managed"}, "default": "selfSetup"},
        "tiers": "plans[?active]",
        "tiers[].tier": {"path": "size", "map": {"S": "cumulus", "M": "nimbus", "L": "stratus"}},
        "tiers[].price": {"path": "cents", "scale": 0.01, "round": 2}
    }

In this order: path; `default` where it finds nothing (null); `map`, from a text, number or boolean as text to a
value; `scale`, a factor; `round`, to so many decimals, halves away from zero. Lists are mapped item by item. A
field whose path finds nothing and that has no default is left out, so it stays as it is; `"default": null`
clears it. `tiers[].…` rules are applied to each item that `tiers` finds and make the item from their results.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, localcontext
from typing import Any

from api.errors import FieldError
from api.parsers import MAX_DIGITS
from providers import expressions
from providers.expressions import BadExpression, Budget, Node, TooCostly, Unfit
from providers.names import WRITABLE_NAMES

MAX_RULES = 40
MAX_MAPPED = 200
MAX_TEXT = 200
MAX_DECIMALS = 6
MAX_SCALE = Decimal(1_000_000_000)
MAX_TIERS = 50
MAX_WEIGHT = 20_000  # of one field's value: so many numbers, or eight times as many characters
TIER_NAMES = ("tiers[].tier", "tiers[].price", "tiers[].planName")
NAMES = WRITABLE_NAMES + TIER_NAMES
RULE_PARTS = frozenset({"path", "scale", "round", "map", "default"})
_WIDE = Context(prec=60)
_NOTHING = object()


class BadMapping(ValueError):
    """The mapping cannot be used; `errors` name every fault."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        self.errors = errors
        super().__init__("; ".join(error.sentence() for error in errors))


class _Faulty(Exception):
    def __init__(self, part: str, message: str) -> None:
        self.part, self.message = part, message


class _Unusable(Exception):
    """A value cannot be mapped: a code and a sentence."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How one field is found. default: `_NOTHING` for none."""

    tree: Node
    table: Mapping[str, Any] | None
    scale: Decimal | None
    decimals: int | None
    default: Any


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a mapping made of a document: values by the API's names, and what is wrong with the others."""

    values: dict[str, Any]
    faults: tuple[FieldError, ...]


def compiled(mapping: Any) -> dict[str, Rule]:
    """Return the rules by name. Raises BadMapping."""
    if not isinstance(mapping, dict) or not mapping:
        raise BadMapping((FieldError("", "invalid", "must be an object of field to rule, with at least one"),))
    if len(mapping) > MAX_RULES:
        raise BadMapping((FieldError("", "max_length", f"must have at most {MAX_RULES} rules"),))
    rules: dict[str, Rule] = {}
    faults: list[FieldError] = []
    for name, given in mapping.items():
        try:
            rules[name] = _rule(name, given)
        except _Faulty as error:
            path = f"{name[:MAX_TEXT]}.{error.part}" if error.part else name[:MAX_TEXT]
            faults.append(FieldError(path, "invalid", error.message))
    if "tiers" not in mapping and any(name in mapping for name in TIER_NAMES):
        faults.append(FieldError("tiers", "required", "is needed by the rules of tiers[]"))
    if faults:
        raise BadMapping(tuple(faults))
    return rules


def apply(rules: Mapping[str, Rule], document: Any) -> Mapped:
    """Return the fields that the rules find in parsed JSON; no expression can make it slow.

    Raises TooCostly when all of them together would take too long.
    """
    budget = Budget()
    plain = expressions.floated(document)
    values: dict[str, Any] = {}
    faults: list[FieldError] = []
    of_tiers = {name.partition("[].")[2]: rules[name] for name in TIER_NAMES if name in rules}
    for name in WRITABLE_NAMES:
        if name not in rules:
            continue
        try:
            found = _found(rules[name], plain, budget)
            if found is not _NOTHING:
                is_listed = name == "tiers" and of_tiers and isinstance(found, list)
                values[name] = _tiers(found, of_tiers, budget) if is_listed else exact(found)
        except (Unfit, _Unusable) as error:
            faults.append(FieldError(name, "not_mapped", str(error)))
    return Mapped(values, tuple(faults))


def exact(value: Any) -> Any:
    """Return a found value as strict JSON: floats become decimals. Raises _Unusable for what is no JSON."""
    if isinstance(value, float):
        number = Decimal(repr(value))
        if not number.is_finite():
            raise _Unusable("is not a number that JSON has")
        return int(number) if number == number.to_integral_value() and abs(number) < MAX_SCALE else number
    if isinstance(value, list):
        return [exact(item) for item in value]
    if isinstance(value, dict):
        return {name: exact(item) for name, item in value.items()}
    if value is not None and not isinstance(value, str | int | Decimal):
        raise _Unusable("is an expression, not a value")
    return value


def _rule(name: str, given: Any) -> Rule:
    if name not in NAMES:
        raise _Faulty("", "is not a field that a provider can set")
    rule = {"path": given} if isinstance(given, str) else given
    if not isinstance(rule, dict) or not isinstance(rule.get("path"), str):
        raise _Faulty("", "must be a JMESPath expression, or an object with one as its path")
    unknown = sorted(rule.keys() - RULE_PARTS)
    if unknown:
        raise _Faulty(unknown[0][:MAX_TEXT], f"is none of {', '.join(sorted(RULE_PARTS))}")
    try:
        tree = expressions.parsed(rule["path"])
    except BadExpression as error:
        raise _Faulty("path", str(error)) from None
    default = rule.get("default", _NOTHING)
    if default is not _NOTHING and Budget().weight(default) > MAX_TEXT:
        raise _Faulty("default", "is too large")
    return Rule(tree, _table(rule.get("map")), _scale(rule.get("scale")), _decimals(rule.get("round")), default)


def _table(given: Any) -> Mapping[str, Any] | None:
    if given is None:
        return None
    if not isinstance(given, dict) or not 0 < len(given) <= MAX_MAPPED:
        raise _Faulty("map", f"must be an object with 1 to {MAX_MAPPED} entries")
    for text, value in given.items():
        if isinstance(value, dict | list) or max(len(text), len(str(value))) > MAX_TEXT:
            raise _Faulty(
                "map", f"must map texts to texts, numbers, booleans or null of at most {MAX_TEXT} characters"
            )
    return given


def _scale(given: Any) -> Decimal | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float | Decimal):
        raise _Faulty("scale", "must be a number")
    factor = Decimal(repr(given)) if isinstance(given, float) else Decimal(given)
    if not 0 < abs(factor) <= MAX_SCALE:
        raise _Faulty("scale", "must not be 0, and at most 1,000,000,000")
    return factor


def _decimals(given: Any) -> int | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= MAX_DECIMALS:
        raise _Faulty("round", f"must be a whole number from 0 to {MAX_DECIMALS}")
    return given


def _found(rule: Rule, document: Any, budget: Budget) -> Any:
    """Return what a rule makes of a document, `_NOTHING` where it finds nothing and has no default."""
    value = expressions.search(rule.tree, document, budget)
    if value is None:
        return rule.default
    if budget.weight(value) > MAX_WEIGHT:
        raise _Unusable("is too large for a field")
    if isinstance(value, list):
        return [_treated(rule, item) for item in value]
    return _treated(rule, value)


def _treated(rule: Rule, value: Any) -> Any:
    if rule.table is not None:
        value = _looked_up(rule, value)
    if rule.scale is None and rule.decimals is None:
        return value
    if isinstance(value, dict | list | bool) or value is None:
        raise _Unusable("is not a number that could be scaled or rounded")
    return _calculated(rule, value)


def _looked_up(rule: Rule, value: Any) -> Any:
    if isinstance(value, dict | list):
        raise _Unusable("is not a text, number or boolean, so map cannot take it")
    plain = exact(value)
    text = ("true" if plain else "false") if isinstance(plain, bool) else plain
    known: Mapping[str, Any] = rule.table or {}
    if str(text) in known:
        return known[str(text)]
    if rule.default is _NOTHING:
        raise _Unusable(f"has a value that map does not name: {str(text)[:MAX_TEXT]!r}")
    return rule.default


def _calculated(rule: Rule, value: str | float | Decimal) -> Any:
    """Return the number, scaled and rounded. A text counts when it is a number."""
    try:
        with localcontext(_WIDE):
            number = Decimal(value if isinstance(value, str | Decimal) else repr(value)) * (rule.scale or 1)
            if rule.decimals is not None:
                number = number.quantize(Decimal(1).scaleb(-rule.decimals), rounding=ROUND_HALF_UP)
            number = number.normalize()
    except InvalidOperation:
        raise _Unusable("is not a number that could be scaled or rounded") from None
    except ArithmeticError:
        raise _Unusable("is not a number that JSON has") from None
    if not number.is_finite() or abs(number.adjusted()) > MAX_DIGITS:
        raise _Unusable("is not a number that JSON has")
    return int(number) if number == number.to_integral_value() and abs(number) < MAX_SCALE else number


def _tiers(items: list[Any], rules: Mapping[str, Rule], budget: Budget) -> list[dict[str, Any]]:
    if len(items) > MAX_TIERS:
        raise _Unusable(f"has more than {MAX_TIERS} items")
    tiers = []
    for number, item in enumerate(items):
        try:
            found = {name: _found(rule, item, budget) for name, rule in rules.items()}
            tiers.append({name: exact(value) for name, value in found.items() if value is not _NOTHING})
        except (Unfit, _Unusable) as error:
            raise _Unusable(f"item {number + 1} {error}") from None
    return tiers


__all__ = ["NAMES", "BadMapping", "Mapped", "Rule", "TooCostly", "apply", "compiled", "exact"]
