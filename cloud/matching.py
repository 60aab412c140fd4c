"""Which route a path names: as Express reads it, in a handful of dictionary look-ups.

Case of the fixed parts, and one final slash, do not count. `//`, `.`, `..`, `;` and a backslash have no meaning of
their own, so a path with them names no route, or fails in its parameter. Percent signs were decoded once, by the
server; what is left of them is text.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cloud.routes import Route

LONGEST_PATH = 16 * 1024


@dataclass(frozen=True, slots=True)
class Match:
    """A route, and the values of its parameters that stood in the path."""

    route: Route
    values: Mapping[str, str]


class Matcher:
    """Finds routes by path. The longest fixed part goes first: `/x/error/clear` before `/x/error/:message?`."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_method: dict[str, dict[str, list[Route]]] = defaultdict(lambda: defaultdict(list))
        self._deepest = 0
        for route in routes:
            self._by_method[route.method][route.literal.lower()].append(route)
            self._deepest = max(self._deepest, route.literal.count("/"))

    def find(self, method: str, path: str) -> Match | None:
        """Return the match, None when no route of the method has this path."""
        return self._find(method, _parts(path))

    def methods(self, path: str) -> tuple[str, ...]:
        """Return the methods that the path has; none at all for an unknown path."""
        parts = _parts(path)
        return tuple(method for method in sorted(self._by_method) if self._find(method, parts))

    def _find(self, method: str, parts: list[str]) -> Match | None:
        routes = self._by_method.get(method)
        if not parts or routes is None:
            return None
        # Bytes, for only the alphabet of ASCII has a case here: the sign of Kelvin is no k.
        literal = "/" + "/".join(parts[: self._deepest]).encode("utf-8", "replace").lower().decode()
        for count in range(min(len(parts), self._deepest), 0, -1):
            values = parts[count:]
            for route in routes.get(literal, ()):
                if route.required_count <= len(values) <= len(route.names):
                    return Match(route, dict(zip(route.names, values, strict=False)))
            literal = literal.rpartition("/")[0]
        return None


def _parts(path: str) -> list[str]:
    """Return the segments; none for a path that no route can have."""
    if len(path) > LONGEST_PATH or not path.startswith("/"):
        return []
    parts = path[1:].removesuffix("/").split("/")
    return [] if any(part in {"", ".", ".."} for part in parts) else parts
