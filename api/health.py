"""`/livez` and `/readyz`: is the process alive; can it do its work."""

from collections.abc import Callable

import structlog
from celery import current_app
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

log = structlog.get_logger(__name__)


def livez(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as the process answers at all; no I/O."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when every part answers and the schema is current, else 503 with a reason for each part.

    A part that says `degraded: …` leaves the others able to work, so the process stays ready.
    """
    parts = {name: _state(check) for name, check in CHECKS.items()}
    faults = [state for state in parts.values() if state != "ok"]
    is_ready = all(fault.startswith("degraded: ") for fault in faults)
    word = "unavailable" if not is_ready else "degraded" if faults else "ok"
    body = {"status": word, "checks": parts}
    return JsonResponse(body, status=200 if is_ready else 503, headers={"Cache-Control": "no-store"})


def _state(check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - whatever a part raises is its reason; the class says enough
        log.warning("readiness_check_failed", check=check.__name__, error=type(error).__name__)
        return f"failed: {type(error).__name__}"


def database() -> str:
    """Ask the database one question."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def cache_store() -> str:
    """Write to the cache and read it back."""
    cache.set("readyz", "ok", 10)
    return "ok" if cache.get("readyz") == "ok" else "failed: the cache forgets"


def broker() -> str:
    """Connect to the task broker, waiting at most 2 s for an answer."""
    # Redis reads its timeouts from the transport's options, the other transports `connect_timeout`.
    waits = {"socket_connect_timeout": 2, "socket_timeout": 2}
    with current_app.connection_for_write(connect_timeout=2, transport_options=waits) as broker_connection:
        broker_connection.ensure_connection(max_retries=1, timeout=2)
    return "ok"


def migrations() -> str:
    """Compare the schema with the code."""
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"failed: {len(pending)} migrations are not applied" if pending else "ok"


CHECKS: dict[str, Callable[[], str]] = {
    "database": database,
    "cache": cache_store,
    "broker": broker,
    "migrations": migrations,
}
