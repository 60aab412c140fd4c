"""Which back end answers a route: by the route's section, and by what the operator has configured."""

from functools import lru_cache

from django.conf import settings

from cloud.backends import Backend
from cloud.backends.daemon import BenchmarkBackend, DaemonBackend
from cloud.backends.mock import MockBackend
from cloud.backends.node import NodeBackend
from cloud.configuration import CloudSettings
from cloud.routes import Route


def backend_for(route: Route) -> Backend:
    """Return the back end of a route; the mock where nothing is configured."""
    return _choice(settings.CLOUD).of(route)


def backends() -> tuple[Backend, ...]:
    """Return every back end that is configured, and the mock when something is left to it."""
    return _choice(settings.CLOUD).all


def fingerprint() -> str:
    """Return what names the services that are configured: answers of others must not be taken for theirs."""
    return _choice(settings.CLOUD).fingerprint


class _Choice:
    def __init__(self, configured: CloudSettings) -> None:
        self._rpc: dict[str, Backend] = {}
        if configured.daemon_url:
            self._rpc["Daemon"] = DaemonBackend(configured.daemon_url)
        if configured.benchmark_url:
            self._rpc["Benchmark"] = BenchmarkBackend(configured.benchmark_url)
        self._rest: Backend = NodeBackend(configured.nodes) if configured.nodes else MockBackend()
        self.all = (*self._rpc.values(), self._rest)
        places = [configured.daemon_url, configured.benchmark_url, *configured.nodes]
        self.fingerprint = " ".join(place.rpartition("@")[2] for place in places)

    def of(self, route: Route) -> Backend:
        return self._rpc.get(route.section, self._rest) if route.rpc else self._rest


@lru_cache(maxsize=8)
def _choice(configured: CloudSettings) -> _Choice:
    return _Choice(configured)
