"""The built-in mock: an example in the documented shape for every route, always the same.

`examples.json` has the shapes of the public API description with values made up for this project, and the seed's
own examples word for word. Addresses are from the ranges for documentation.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from api.renderers import dumps
from cloud.backends import JSON, Answer, BackendStatus, Call
from cloud.routes import Route

EXAMPLES = Path(__file__).resolve().parent.parent / "examples.json"
VERSION = "6.6.1"


class MockBackend:
    """Answers from the examples."""

    name = "mock"

    def call(self, call: Call) -> Answer:
        """Return the route's example, without what only the operator may see."""
        example = example_of(call.route)
        if isinstance(example, str):
            return Answer(200, "text/plain; charset=utf-8", example.encode())
        limit = call.parameters.get("limit", "")
        if limit.isdecimal() and isinstance(example["data"], list):
            example = example | {"data": example["data"][: int(limit)]}
        hidden = () if call.caller.privilege == "admin" else call.route.private_fields
        if hidden:
            shown = {name: value for name, value in example["data"].items() if name not in hidden}
            example = example | {"data": shown}
        return Answer(200, JSON, dumps(example))

    def status(self) -> BackendStatus:
        """Return that it is there: it is part of the program."""
        return BackendStatus(self.name, is_configured=True, is_reachable=True, version=VERSION)


def example_of(route: Route) -> Any:
    """Return the example of a route: the whole answer, or the text of a file."""
    return _examples()[f"{route.method} {route.literal}"]


@cache
def _examples() -> dict[str, Any]:
    examples: dict[str, Any] = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return examples
