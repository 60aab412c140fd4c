"""The order in which waiting pictures get their turn: round the clients, one picture each."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Turns(Generic[Item]):
    """A queue that a client with many pictures cannot close to one with a single picture.

    Each client's own items keep their order.
    """

    def __init__(self) -> None:
        self._queues: OrderedDict[bytes, deque[Item]] = OrderedDict()

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))

    def __iter__(self) -> Iterator[Item]:
        return iter([item for queue in self._queues.values() for item in queue])

    def put(self, client: bytes, item: Item) -> None:
        """Add a client's item behind its others; a client without any comes last in the round."""
        self._queues.setdefault(client, deque()).append(item)

    def take(self) -> Item:
        """Remove and return the next item; raises IndexError when there is none."""
        if not self._queues:
            raise IndexError("nobody waits")
        client, queue = next(iter(self._queues.items()))
        item = queue.popleft()
        if queue:
            self._queues.move_to_end(client)
        else:
            del self._queues[client]
        return item

    def remove(self, client: bytes, item: Item) -> None:
        """Remove an item whose turn has not come; raises KeyError or ValueError when it is not there."""
        queue = self._queues[client]
        queue.remove(item)
        if not queue:
            del self._queues[client]
