"""Buying in tests."""

from typing import Any

from store.models import Order, Package

ORDERS = "/api/v1/orders"


def line(package: Package, **changes: Any) -> dict[str, Any]:
    """Return one line of an order's body."""
    return {"packageId": str(package.pk), "quantity": 1} | changes


def place(client: Any, *lines: dict[str, Any], headers: Any = None, **body: Any) -> Any:
    """Ask for an order of Steve's and return the response."""
    wanted = {"playerUsername": "Steve", "items": list(lines)} | body
    return client.post(ORDERS, wanted, format="json", headers=headers)


def bought(client: Any, *lines: dict[str, Any], **body: Any) -> Order:
    """Return an order that was made."""
    response = place(client, *lines, **body)
    assert response.status_code == 200, response.content
    return Order.objects.get(pk=response.json()["data"]["id"])
