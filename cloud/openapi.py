"""OpenAPI of the gateway, made from the route table: one operation a route, grouped as in the API's own pages.

The routes have no views of their own for drf-spectacular to find: `add_gateway` puts them into its schema.
"""

import re
from typing import Any

from cloud.arguments import Argument, arguments_of
from cloud.backends.mock import example_of
from cloud.route_table import ROUTES
from cloud.routes import Route

SECTIONS = {
    "Authentication": "Login phrases and signatures: sign in with SSP, ZelCore, MetaMask or another wallet.",
    "ID": "Sessions and privileges of a Flux ID.",
    "Daemon": "The blockchain: blocks, transactions, the wallet, the network and the node list.",
    "Benchmark": "Hardware, benchmarks and the tier that a node qualifies for.",
    "Flux": "The Flux network: nodes, peers, versions, and the upkeep of a node.",
    "Apps": "Decentralised applications: registration, deployment, control and monitoring.",
    "Explorer": "Addresses, balances and transactions, as a node's own explorer has them.",
    "Syncthing": "Synchronised folders and devices of a node.",
    "Backup/Restore": "Backups of an application's volumes.",
    "Volume Browser": "Files in an application's volumes.",
    "IOUtils": "Uploads into an application's volumes.",
    "Fluxshare": "The operator's files on a node.",
    "Arcane": "Configuration of ArcaneOS nodes.",
    "Payment": "Payments for applications.",
}
_TIERS = {
    "public": "Public.",
    "user": "Any signed-in Flux ID.",
    "admin": "The operator.",
    "fluxteam": "The Flux team.",
    "adminandfluxteam": "The operator and the Flux team.",
    "appowner": "The app's owner.",
    "appownerabove": "The app's owner, the operator and the Flux team.",
}
_TYPES: dict[str, dict[str, Any]] = {
    "str": {"type": "string"},
    "num": {"oneOf": [{"type": "number"}, {"type": "string"}]},
    "bool": {"oneOf": [{"type": "boolean"}, {"type": "string"}]},
    "json": {},
    "list": {},
    "one": {"type": "string"},
}
_IN_A_URL: dict[str, dict[str, Any]] = {
    "num": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$"},
    "bool": {"type": "string", "enum": ["true", "false", "1", "0"]},
}
_REFUSALS = {
    "400": "A parameter or the body is not in shape, or the daemon refused the call.",
    "401": "Not signed in.",
    "403": "Signed in, but below the tier of the call.",
    "429": "The minute's calls are used up.",
    "501": "The daemon behind the call does not know the method.",
    "502": "The service behind the call gave no answer that could be read.",
    "503": "The service behind the call does not answer.",
    "504": "The service behind the call took too long.",
}


def add_gateway(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the gateway's routes to a schema; a hook of drf-spectacular's.

    Its settings are the process's, so it may be called for another product's schema, made at the same moment.
    """
    del request, public
    if not any(getattr(pattern, "name", "") == "gateway" for pattern in generator.patterns or ()):
        return result
    components = result.setdefault("components", {})
    components.setdefault("schemas", {}).update(_schemas())
    components.setdefault("securitySchemes", {})["zelidauth"] = {
        "type": "apiKey",
        "in": "header",
        "name": "zelidauth",
        "description": "`zelid=…&signature=…&loginPhrase=…`, each value percent-encoded; or the same as JSON.",
    }
    for route in ROUTES:
        if not route.is_own:
            operations = result.setdefault("paths", {}).setdefault(_path(route), {})
            operations[route.method.lower()] = _operation(route)
    result["tags"] = [{"name": name, "description": text} for name, text in SECTIONS.items()]
    return result


def _path(route: Route) -> str:
    """Return the path with those parameters alone that it must have: OpenAPI knows no optional ones."""
    return "/".join([route.literal, *(f"{{{name}}}" for name in route.names[: route.required_count])])


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{route.method.lower()}{route.literal}"),
        "tags": [route.section],
        "summary": route.literal.rpartition("/")[2],
        "description": _description(route),
        "parameters": _parameters(route),
        "responses": {"200": _success(route)} | {status: _refusal(text) for status, text in _REFUSALS.items()},
        "x-permission": route.tier,
    }
    if not route.is_public or route.decrypt_tier:
        operation["security"] = [{"zelidauth": []}] + ([{}] if route.is_public else [])
    else:
        operation["security"] = [{}]
    if route.method == "POST":
        operation["requestBody"] = _body(route)
    if route.is_deprecated:
        operation["deprecated"] = True
    return operation


def _description(route: Route) -> str:
    sentences = [f"Permission: {_TIERS[route.tier]}"]
    if route.is_forbidden:
        sentences.append("Between nodes only: never passed on from here, always 403.")
    if route.decrypt_tier:
        sentences.append(f"With `decrypt`: {_TIERS[route.decrypt_tier]}")
    if route.rpc:
        sentences.append(f"JSON-RPC method `{route.rpc}`.")
    if route.is_kept:
        sentences.append(f"Kept for {route.cache_seconds} seconds.")
    if route.private_fields:
        fields = ", ".join(f"`{name}`" for name in route.private_fields)
        sentences.append(f"The operator alone sees {fields}.")
    if len(route.names) > route.required_count:
        as_path = "/".join([route.literal, *(f"{{{name}}}" for name in route.names)])
        sentences.append(f"Parameters may stand in the path too: `{as_path}`.")
    if route.version == "doc-only":
        sentences.append("Documented, but nodes of version 6.6.1 do not know it.")
    elif route.version != "6.6.1":
        sentences.append(f"Since version {route.version}.")
    return " ".join(sentences)


def _arguments(route: Route) -> dict[str, Argument]:
    """Return what the daemon takes, by the parameter's name."""
    found = arguments_of(route.rpc_arguments)
    return {part.name: part for argument in found for part in (argument.members or (argument,))}


def _parameters(route: Route) -> list[dict[str, Any]]:
    arguments = _arguments(route)
    parameters = []
    for position, name in enumerate((*route.names, *route.query)):
        argument = arguments.get(name, Argument())
        is_required = position < route.required_count
        schema = dict(_IN_A_URL.get(argument.kind, {"type": "string"}))
        if argument.default:
            schema["default"] = argument.default
        place = "path" if is_required else "query"
        parameters.append({"name": name, "in": place, "required": is_required, "schema": schema})
    return parameters


def _body(route: Route) -> dict[str, Any]:
    arguments = _arguments(route)
    names = {name: dict(_TYPES[arguments[name].kind]) if name in arguments else {} for name in route.body}
    if route.body_mode == "multipart":
        schema: dict[str, Any] = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
        return {"content": {"multipart/form-data": {"schema": schema}}}
    return {"content": {"application/json": {"schema": {"type": "object", "properties": names}}}}


def _success(route: Route) -> dict[str, Any]:
    example = example_of(route)
    if isinstance(example, str):
        return {"description": "The file.", "content": {"text/plain": {"schema": {"type": "string"}}}}
    schema = {"$ref": "#/components/schemas/FluxSuccess"}
    return {"description": "The answer.", "content": {"application/json": {"schema": schema, "example": example}}}


def _refusal(text: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/FluxError"}
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _schemas() -> dict[str, Any]:
    data = {
        "type": "object",
        "required": ["code", "name", "message"],
        "properties": {"code": {"type": "integer"}, "name": {"type": "string"}, "message": {"type": "string"}},
    }
    return {
        "FluxSuccess": {
            "type": "object",
            "required": ["status", "data"],
            "properties": {"status": {"type": "string", "enum": ["success"]}, "data": {}},
        },
        "FluxError": {
            "type": "object",
            "required": ["status", "data"],
            "properties": {"status": {"type": "string", "enum": ["error"]}, "data": data},
        },
    }
