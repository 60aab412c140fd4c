"""What a call carries: the values of the path and the query, judged before anything is done with them.

A parameter stands in the path or in the query under the same name. A name that stands in both with two values, or
twice in the query, is refused: the tier would be judged by one and the call made with the other. So is one in the
query that belongs into the body.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, unquote

from api.errors import FieldError, InvalidFields, MalformedBody
from cloud.routes import Route

MOST_PARAMETERS = 50
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# A text that is signed may have lines.
_CONTROL_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_REFUSED_IN_NAMES = re.compile(r"[\[\]$\x00-\x1f\x7f]")
_REFUSED_NAMES = frozenset({"__proto__", "constructor", "prototype"})
# Parameters of the daemon's own methods that name a file on its machine.
_FILES = frozenset({"destination", "filename"})
_DECODINGS = 3


def query_pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Return the names and values of a query string, decoded once.

    Raises MalformedBody (400) for brackets, dollars and the names of JavaScript's own in names: a node's parser
    turns them into objects and operators.
    """
    if not text:
        return ()
    try:
        found = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_PARAMETERS, errors="strict")
    except ValueError:
        raise MalformedBody(
            f"The query could not be read: it must be UTF-8 with at most {MOST_PARAMETERS} parameters."
        ) from None
    for name, value in found:
        if _REFUSED_IN_NAMES.search(name) or name in _REFUSED_NAMES:
            raise MalformedBody("Names in the query must not hold brackets, $ or control characters.")
        if _CONTROL_IN_TEXT.search(value):
            raise MalformedBody("Values in the query must not hold control characters.")
    return tuple(found)


def parameters_of(route: Route, values: Mapping[str, str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the route's parameters by name, wherever they stood. Raises InvalidFields (400)."""
    found = dict(values)
    for name, value in pairs:
        if name not in route.parameter_names:
            if name in route.body:
                raise _refused(name, "must be given in the body")
            continue
        if found.setdefault(name, value) != value:
            raise _refused(name, "must be given once, in the path or in the query")
    for name, value in found.items():
        _check(route, name, value)
    return found


def further_pairs(route: Route, pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return what the query holds besides the route's parameters."""
    return tuple(pair for pair in pairs if pair[0] not in route.parameter_names)


def _check(route: Route, name: str, value: str) -> None:
    if _CONTROL_IN_TEXT.search(value):
        raise _refused(name, "must not hold control characters")
    if route.rpc and name not in _FILES:
        return
    for _ in range(_DECODINGS):
        if "\\" in value or _CONTROL.search(value) or ".." in value.split("/"):
            raise _refused(name, "must not lead out of its folder: no `..`, no backslash, in no encoding")
        decoded = unquote(value)
        if decoded == value:
            return
        value = decoded
    raise _refused(name, "is encoded too many times")


def _refused(name: str, sentence: str) -> InvalidFields:
    return InvalidFields(errors=(FieldError(name, "invalid", sentence),))
