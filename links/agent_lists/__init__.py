"""The lists that user agents are judged by, as others keep them. Plain Python.

Three come from installed packages and are renewed with them (`make lock UPGRADE=1`). `isbot.json` holds the
patterns of the npm package isbot 5.2.3 as they are, in JavaScript's notation, since PyPI does not have them;
anybody may copy them (`isbot.LICENSE`: Unlicense). `python -m benchmarks.agents --renew` writes a newer one.
"""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml_rs

ISBOT = Path(__file__).parent / "isbot.json"
# Matomo's rule: an expression counts where no letter or digit stands before it.
BOUNDED = r"(?:^|[^A-Z0-9_-]|[^A-Z0-9-]_|sprd-|MZ-)(?:{})"


def isbot_patterns() -> list[str]:
    """Return the patterns of isbot."""
    patterns: list[str] = json.loads(ISBOT.read_text(encoding="utf-8"))
    return patterns


def crawler_patterns() -> list[str]:
    """Return the patterns of the package crawler-user-agents."""
    text = (_folder("crawleruseragents") / "crawler-user-agents.json").read_text(encoding="utf-8")
    return [entry["pattern"] for entry in json.loads(text)]


def matomo(name: str) -> list[dict[str, Any]]:
    """Return the entries of one of Matomo's lists, such as `upstream/bots`, in its order.

    They are LGPL: the package device-detector, whose engine we do not use, brings them as they are.
    """
    text = (_folder("device_detector") / "regexes" / f"{name}.yml").read_text(encoding="utf-8")
    content = yaml_rs.loads(text)
    return list(content.values()) if isinstance(content, dict) else list(content)


def bounded(*names: str) -> list[str]:
    """Return the expressions of some of Matomo's lists as its own engine uses them."""
    return [BOUNDED.format(entry["regex"]) for name in names for entry in matomo(name)]


def _folder(package: str) -> Path:
    """Return where a package lies, without importing it: its engine would take seconds and 60 MB."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(package)
    return Path(spec.submodule_search_locations[0])
