"""How parameters become the positional, typed arguments of a JSON-RPC call.

The table describes each method in a line such as `hashheight:str! verbosity:num=2`, read from left to right:

- `name:type` is one argument: `str`, `num`, `bool`, `json` (an array or object), `list` (an array, or text between
  commas), `one` (a text that becomes an array of one).
- `!` after it: without this parameter the method is called without any argument, and answers with its help.
- `=text` after it: what is sent when the parameter is missing. Without it, a missing one ends the list.
- `=text` alone: a text that is always sent; `=` an empty one.
- `{name:type,key=name:type}`: one object of the parameters that were given.

Nothing is guessed at: a number is a number digit by digit (the amount of a payment never passes through a float),
and what does not fit its type is refused.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from api.errors import FieldError, InvalidFields, MalformedBody
from api.parsers import loads

MOST_DIGITS = 400
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d{1,3})?")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_SENTENCES = {
    "str": "must be a text",
    "num": "must be a number",
    "bool": "must be true or false",
    "json": "must be a JSON array or object",
    "list": "must be a JSON array, or texts between commas",
    "one": "must be a text",
}


class _Misfit(Exception):
    """The value is not of the argument's type."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument. key: in an object. members: of an object, else empty. constant: what is always sent."""

    name: str = ""
    key: str = ""
    kind: str = "str"
    is_required: bool = False
    default: str | None = None
    constant: str | None = None
    members: tuple["Argument", ...] = ()


@cache
def arguments_of(description: str) -> tuple[Argument, ...]:
    """Return the arguments that a line of the table describes."""
    return tuple(_argument(token) for token in description.split())


def call_arguments(description: str, parameters: Mapping[str, Any]) -> list[Any]:
    """Return the arguments of a call. Numbers with a fraction are Decimal.

    parameters: texts of a path or a query, or the values of a JSON body. Raises InvalidFields (400).
    """
    arguments: list[Any] = []
    wanted = arguments_of(description)
    for argument in wanted:
        if argument.is_required and _is_missing(parameters.get(argument.name)):
            return []
        if any(part.is_required and _is_missing(parameters.get(part.name)) for part in argument.members):
            return []
    for argument in wanted:
        if argument.constant is not None:
            arguments.append(argument.constant)
        elif argument.members:
            values = ((part.key, _value(part, parameters)) for part in argument.members)
            given = {key: value for key, value in values if value is not None}
            if given:
                arguments.append(given)
        else:
            value = _value(argument, parameters)
            if value is None:
                break
            arguments.append(value)
    return arguments


def _is_missing(value: Any) -> bool:
    return value is None or value == ""


def _argument(token: str) -> Argument:
    if token.startswith("="):
        return Argument(constant=token[1:])
    if token.startswith("{"):
        return Argument(members=tuple(_argument(part) for part in token[1:-1].split(",")))
    named, _, rest = token.partition(":")
    key, _, name = named.rpartition("=")
    kind, has_default, default = rest.partition("=")
    return Argument(
        name=name,
        key=key or name,
        kind=kind.rstrip("!"),
        is_required=kind.endswith("!"),
        default=default if has_default else None,
    )


def _value(argument: Argument, parameters: Mapping[str, Any]) -> Any:
    """Return the typed value, the default's when it is missing, None for none."""
    value = parameters.get(argument.name)
    if _is_missing(value):
        value = argument.default
        if value is None or value == "":
            return value
    try:
        return _READERS[argument.kind](value)
    except _Misfit:
        error = FieldError(argument.name, "invalid", _SENTENCES[argument.kind])
        raise InvalidFields(errors=(error,)) from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Misfit
    return value


def _number(value: Any) -> int | Decimal:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or len(value) > MOST_DIGITS or not (match := _NUMBER.fullmatch(value)):
        raise _Misfit
    return Decimal(value) if match[2] or match[3] else int(value)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _BOOLEANS:
        return _BOOLEANS[value.lower()]
    raise _Misfit


def _structure(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = loads(value.encode("utf-8", "surrogatepass"))
        except MalformedBody:
            raise _Misfit from None
    if not isinstance(value, list | dict):
        raise _Misfit
    return value


def _one(value: Any) -> list[str]:
    return [_text(value)]


def _list(value: Any) -> list[Any]:
    if isinstance(value, str) and not value.lstrip().startswith("["):
        return value.split(",")
    structure = _structure(value)
    if not isinstance(structure, list):
        raise _Misfit
    return structure


_READERS: dict[str, Callable[[Any], Any]] = {
    "str": _text,
    "num": _number,
    "bool": _boolean,
    "json": _structure,
    "list": _list,
    "one": _one,
}
