"""How tests read the directory's list."""

from typing import Any

LIST = "/api/providers"


def listed(client, query: str = "", **headers) -> dict[str, Any]:
    """Return the data of one page."""
    answer = client.get(f"{LIST}?{query}", **headers)
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def slugs(client, query: str = "") -> list[str]:
    """Return the slugs of one page."""
    return [item["slug"] for item in listed(client, query)["items"]]


def pages(client, query: str) -> list[list[str]]:
    """Return the slugs of every page, from the first to the last."""
    found = []
    cursor = ""
    while cursor is not None:
        page = listed(client, f"{query}&after={cursor}" if cursor else query)
        found.append([item["slug"] for item in page["items"]])
        cursor = page["nextCursor"]
    return found


def refused(client, query: str) -> list[tuple[str, str]]:
    """Return field and code of each fault of a query that is refused."""
    answer = client.get(f"{LIST}?{query}")
    assert answer.status_code == 400, answer.content
    return [(fault["field"], fault["code"]) for fault in answer.json()["errors"]]
