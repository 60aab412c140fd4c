"""One route of the Flux API, and how a line of `routes.tsv` becomes one.

The table's facts are the node's. What this platform makes of them is decided here, once: the stricter of the tier
that the node enforces and the one that its documents promise, what may be kept, and what is never forwarded.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

# A node answers these by where the call comes from, or by a node's own signature: through a gateway they would
# answer everybody.
FORBIDDEN = frozenset(
    {
        "/flux/backendfolder",
        "/flux/streamchain",
        "/flux/streamchainpreparation",
        "/flux/addoutgoingpeer",
        "/flux/checkappavailability",
        "/flux/keepupnpportsopen",
    }
)
# These are answered by views and sockets of their own.
OWN_SECTIONS = frozenset({"id", "zelid", "ws", "terminal"})
# Tiers that the table describes in a sentence, and what that comes to here.
_TIERS_IN_WORDS = {
    "node-signature|adminandfluxteam": "adminandfluxteam",
    "localhost": "admin",
    "public; decrypt: appowner|appownerabove": "public",
    "user; adminandfluxteam when no temporary message": "user",
    # Without an app's name nobody is its owner.
    "appownerabove; adminandfluxteam when no appname": "appownerabove",
    "(no route in code)": "public",
    "peer protocol": "public",
}
_WITHOUT_OWNER = ("public", "user", "appownerabove", "adminandfluxteam", "admin")
_PRIVATE_FIELDS = re.compile(r"data\.([\w/]+) removed unless admin")


@dataclass(frozen=True)
class Route:
    """One method of one path.

    path: in Express's notation, `/daemon/getblock/:hashheight?/:verbosity?`. tier: the one that is enforced.
    decrypt_tier: the one with a `decrypt` parameter, "" for no other. cache_seconds: how long a public answer may
    be kept, 0 for not at all. rpc: the daemon's method in lower case, "" for none; rpc_arguments: see
    `arguments`. query, body: names besides those of the path. body_mode: what a node's handler reads (`stream`,
    `parsed`, `multipart`). answer_mode: `json`, `chunked-json` or `file`. private_fields: taken out of the data
    of an answer to anybody but the operator. version: `6.6.1`, a newer one, or `doc-only`.
    """

    method: str
    path: str
    section: str
    tier: str
    decrypt_tier: str = ""
    cache_seconds: int = 0
    rpc: str = ""
    rpc_arguments: str = ""
    query: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    body_mode: str = ""
    answer_mode: str = "json"
    private_fields: tuple[str, ...] = ()
    version: str = "6.6.1"
    is_documented: bool = True
    is_deprecated: bool = False
    is_forbidden: bool = False

    @cached_property
    def literal(self) -> str:
        """Return the path before its first parameter: `/daemon/getblock`."""
        return self.path.partition("/:")[0]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the parameters of the path in their order."""
        return tuple(part[1:].rstrip("?") for part in self.path.split("/") if part.startswith(":"))

    @cached_property
    def required_count(self) -> int:
        """Return how many parameters the path must have."""
        return sum(1 for part in self.path.split("/") if part.startswith(":") and not part.endswith("?"))

    @cached_property
    def parameter_names(self) -> frozenset[str]:
        """Return the names that a path segment or a query may carry."""
        return frozenset((*self.names, *self.query))

    @property
    def is_public(self) -> bool:
        """Return whether everybody may call it."""
        return self.tier == "public"

    @property
    def is_kept(self) -> bool:
        """Return whether an answer may be kept and given to the next caller: to no more than public GETs."""
        return self.method == "GET" and self.is_public and self.cache_seconds > 0

    @property
    def is_own(self) -> bool:
        """Return whether a view or a socket of this platform answers it rather than the gateway."""
        return self.method not in {"GET", "POST"} or self.path.split("/")[1] in OWN_SECTIONS

    @property
    def changes_state(self) -> bool:
        """Return whether a call may have an effect: all but what a node itself would answer from its cache."""
        return not self.is_kept


def stricter(one: str, other: str) -> str:
    """Return the tier of the two that lets fewer callers in; "" counts as public."""
    ranks = [_WITHOUT_OWNER.index(tier) for tier in (one or "public", other or "public")]
    return _WITHOUT_OWNER[max(ranks)]


def read_table(text: str) -> Iterator[Route]:
    """Yield the routes of a `routes.tsv`."""
    for row in csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        yield _route(row)


def _route(row: dict[str, str]) -> Route:
    literal = row["path"].partition("/:")[0]
    names = {part[1:].rstrip("?") for part in row["path"].split("/") if part.startswith(":")}
    tier = _tier(row["tier_code"], row["tier_doc"])
    private = _PRIVATE_FIELDS.search(row["note"])
    return Route(
        method=row["method"],
        path=row["path"],
        section=row["section"],
        tier=tier,
        decrypt_tier="appownerabove" if "decrypt:" in row["tier_code"] else "",
        cache_seconds=int(row["cache_s"] or 0) if tier == "public" else 0,
        rpc=row["rpc"].lower(),
        rpc_arguments=row["rpc_args"],
        query=tuple(name for name in row["query_params"].split(",") if name and name not in names),
        body=tuple(filter(None, row["body_fields"].split(","))),
        body_mode=row["body_mode"].replace("?", "stream"),
        answer_mode=row["resp_mode"] or "json",
        private_fields=tuple(private[1].split("/")) if private else (),
        version=row["version"],
        is_documented=row["in_openapi"] == "Y",
        is_deprecated="deprecated" in row["note"] or "DEPRECATED" in row["tier_doc"],
        is_forbidden=literal in FORBIDDEN,
    )


def _tier(real: str, documented: str) -> str:
    real = _TIERS_IN_WORDS.get(real, real)
    documented = documented.lower().removeprefix("deprecated+")
    if real in _WITHOUT_OWNER:
        return stricter(real, documented)
    # `appowner` and `fluxteam` are documented nowhere as anything else.
    return real
