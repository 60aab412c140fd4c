"""What the pooled connections to daemons and to Flux nodes share: their limits, and what their faults come to."""

import httpcore

CONNECT_SECONDS = 5.0
MOST_CONNECTIONS = 32
MOST_BYTES = 64 * 1024 * 1024

# No connection came about, so nothing was sent.
NOT_CONNECTED = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout)
SLOW = (httpcore.ReadTimeout, httpcore.WriteTimeout)
BROKEN = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol)


def pool(*, idle_seconds: float) -> httpcore.ConnectionPool:
    """Return connections that all threads share. idle_seconds: less than the other side keeps an idle one."""
    return httpcore.ConnectionPool(
        max_connections=MOST_CONNECTIONS,
        max_keepalive_connections=MOST_CONNECTIONS,
        keepalive_expiry=idle_seconds,
    )


def timeouts(seconds: float) -> dict[str, float]:
    """Return how long each step of a call may take. seconds: for the answer, and for each piece of it."""
    connect = min(seconds, CONNECT_SECONDS)
    return {"connect": connect, "pool": connect, "read": seconds, "write": seconds}
