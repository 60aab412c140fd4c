"""JMESPath expressions of strangers on documents of strangers, at a cost that is bounded beforehand. Pure.

A short expression can double a list with each step (`[@,@][]|[@,@][]|…`), compare a list with itself in 2^30
ways, or join a text a million times. So the interpreter of `jmespath` runs here on a budget: each node of the
expression that is visited, and each piece of data that a function may have to touch, is paid for first.
"""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any

from jmespath import exceptions
from jmespath.functions import Functions
from jmespath.parser import Parser
from jmespath.visitor import TreeInterpreter

MAX_LENGTH = 500  # characters
MAX_NODES = 250  # of the parsed expression
MAX_DEPTH = 40
# A visit takes about a microsecond: what all expressions of a mapping may spend is gone in about a second.
BUDGET = 12_000_000
_VISIT = 16
_APPENDED = 8  # for each item of a new list, which bounds the memory too
_CHARACTERS = 8  # as many weigh as much as one number
_MESSAGE = 200

# A node of the syntax tree: its type, a value, its children.
Node = Any


class BadExpression(ValueError):
    """The text is no expression that can be used; the message says why, in a sentence without a full stop."""


class TooCostly(Exception):
    """The evaluation would take too much time or memory."""


class Unfit(Exception):
    """The expression cannot be applied to this document; the message says why."""


class Budget:
    """What evaluations may spend together, and the weights of the values that they have seen."""

    def __init__(self, units: int = BUDGET) -> None:
        self.left = units
        # The values are kept as well, or another one could get the id of one that is gone.
        self._weights: dict[int, tuple[Any, int]] = {}

    def spend(self, units: int) -> None:
        """Pay; raises TooCostly."""
        self.left -= units
        if self.left < 0:
            raise TooCostly

    def weight(self, value: Any) -> int:
        """Return how many numbers a value weighs as much as, everything in it counted as often as it is met."""
        if isinstance(value, str):
            return 1 + len(value) // _CHARACTERS
        if not isinstance(value, dict | list):
            return 1
        known = self._weights.get(id(value))
        if known is not None:
            return known[1]
        # Inner values first, without recursion: the expression can nest deeper than Python can call.
        stack: list[Any] = [value]
        while stack:
            inner = stack[-1]
            parts = inner.values() if isinstance(inner, dict) else inner
            unknown = [p for p in parts if isinstance(p, dict | list) and id(p) not in self._weights]
            if unknown:
                self.spend(len(unknown))
                stack += unknown
            else:
                keys = sum(map(self.weight, inner)) if isinstance(inner, dict) else 0
                self._weights[id(inner)] = (inner, 1 + keys + sum(map(self.weight, parts)))
                stack.pop()
        return self._weights[id(value)][1]


@lru_cache(maxsize=4096)
def parsed(text: str) -> Node:
    """Return the syntax tree of an expression. Raises BadExpression."""
    if len(text) > MAX_LENGTH:
        raise BadExpression(f"must have at most {MAX_LENGTH} characters")
    try:
        tree: Node = Parser()._parse(text).parsed  # type: ignore[attr-defined]  # past the cache of `parse`
    except exceptions.EmptyExpressionError:
        raise BadExpression("must not be empty") from None
    except exceptions.ParseError as error:
        raise BadExpression(f"is not a JMESPath expression ({_reason(error)})") from None
    except RecursionError:
        raise BadExpression("is nested too deeply") from None
    except (exceptions.JMESPathError, ValueError):
        raise BadExpression("is not a JMESPath expression") from None
    _check(tree)
    return tree


def search(tree: Node, document: Any, budget: Budget) -> Any:
    """Return what the expression finds, None for nothing. Raises Unfit, TooCostly.

    document: of dict, list, str, bool, None, int and float only; see `floated`.
    """
    try:
        return _Interpreter(budget).visit(tree, document)
    except exceptions.JMESPathTypeError as error:
        # Its own text would hold the whole value.
        given, wanted = error.actual_type, " or ".join(error.expected_types)
        raise Unfit(f"{error.function_name}() was given {given}, and takes {wanted}"[:_MESSAGE]) from None
    except exceptions.ArityError as error:
        raise Unfit(f"{error.function_name}() has the wrong number of arguments"[:_MESSAGE]) from None
    except (ValueError, TypeError, ArithmeticError):
        raise Unfit("the expression cannot be applied to this document") from None
    except RecursionError:
        raise TooCostly from None


def floated(value: Any) -> Any:
    """Return JSON with its decimals as floats, the only fractions that the functions of JMESPath know."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [floated(item) for item in value]
    if isinstance(value, dict):
        return {name: floated(item) for name, item in value.items()}
    return value


def _reason(error: exceptions.ParseError) -> str:
    if isinstance(error, exceptions.ArityError):
        return f"wrong number of arguments for {error.function_name}()"[:_MESSAGE]
    position = getattr(error, "lexer_position", error.lex_position)
    return f"at character {position + 1}" if isinstance(position, int) else "it ends too early"


def _check(tree: Node) -> None:
    """Refuse a tree that is too large, and functions that nobody knows."""
    count, depth, level = 0, 0, [tree]
    while level:
        count, depth = count + len(level), depth + 1
        if count > MAX_NODES or depth > MAX_DEPTH:
            raise BadExpression("is too long or nested too deeply")
        for node in level:
            if node["type"] == "function_expression" and node["value"] not in Functions.FUNCTION_TABLE:
                raise BadExpression(f"calls {node['value']}(), which is no function of JMESPath")
        # The parts of a slice are numbers.
        level = [child for node in level for child in node["children"] if isinstance(child, dict)]


# Those whose work is more than a look at their arguments.
_DEEP = frozenset(
    ("avg", "contains", "join", "map", "max", "max_by", "min", "min_by", "reverse", "sort", "sort_by", "sum")
)
_SORTING = frozenset(("sort", "sort_by"))
_LONG_SORT = 20  # comparisons for each item of the longest list that fits the budget


class _Interpreter(TreeInterpreter):
    """jmespath's own, that pays before it works."""

    def __init__(self, budget: Budget) -> None:
        super().__init__()
        self._budget = budget
        self._functions = _Functions(budget)

    def visit(self, node: Node, *args: Any, **kwargs: Any) -> Any:
        self._budget.spend(_VISIT)
        return super().visit(node, *args, **kwargs)

    def visit_comparator(self, node: Node, value: Any) -> Any:
        left, right = (self.visit(child, value) for child in node["children"])
        self._budget.spend(min(self._budget.weight(left), self._budget.weight(right)))
        # Both sides are known by now: literals keep the original from evaluating them again.
        known = [_literal(left), _literal(right)]
        comparison: Any = {**node, "children": known}
        return super().visit_comparator(comparison, value)

    def visit_flatten(self, node: Node, value: Any) -> Any:
        base = self.visit(node["children"][0], value)
        if isinstance(base, list):
            self._budget.spend(_APPENDED * sum(len(item) if isinstance(item, list) else 1 for item in base))
        flattening: Any = {**node, "children": [_literal(base)]}
        return super().visit_flatten(flattening, value)


def _literal(value: Any) -> Any:
    return {"type": "literal", "value": value, "children": []}


class _Functions(Functions):
    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    def call_function(self, function_name: str, resolved_args: Iterable[Any]) -> Any:
        """Pay for what the arguments weigh, then call."""
        resolved_args = list(resolved_args)
        spend, weight = self._budget.spend, self._budget.weight
        # Copies and type checks look at each item.
        spend(_APPENDED * sum(len(arg) for arg in resolved_args if isinstance(arg, dict | list)))
        if function_name in _DEEP:
            times = _LONG_SORT if function_name in _SORTING else 1
            spend(times * sum(map(weight, resolved_args)))
        if function_name == "join":
            self._spend_on_joining(*resolved_args[:2])
        if function_name == "to_string":
            # An escaped character takes six, and what is escaped again grows again.
            spend(_VISIT * sum(map(weight, resolved_args)))
        return super().call_function(function_name, resolved_args)

    def _spend_on_joining(self, separator: Any = "", items: Any = ()) -> None:
        if isinstance(separator, str) and isinstance(items, list):
            self._budget.spend(self._budget.weight(separator) * len(items))
