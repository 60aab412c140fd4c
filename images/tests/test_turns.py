"""Whose turn it is."""

import pytest

from images.turns import Turns

pytestmark = pytest.mark.once

A, B, C = b"a", b"b", b"c"


def queue(*items: tuple[bytes, int]) -> Turns[int]:
    turns: Turns[int] = Turns()
    for client, item in items:
        turns.put(client, item)
    return turns


def taken(turns: Turns[int]) -> list[int]:
    return [turns.take() for _ in range(len(turns))]


def test_one_client_keeps_its_order():
    assert taken(queue((A, 1), (A, 2), (A, 3))) == [1, 2, 3]


def test_clients_take_turns_however_many_items_each_has():
    assert taken(queue((A, 1), (A, 2), (A, 3), (B, 10), (C, 20), (C, 21))) == [1, 10, 20, 2, 21, 3]


def test_a_client_that_comes_back_goes_behind_those_that_wait():
    turns = queue((A, 1), (B, 10), (B, 11))
    assert turns.take() == 1
    turns.put(A, 2)
    assert taken(turns) == [10, 2, 11]


def test_what_is_removed_gets_no_turn():
    turns = queue((A, 1), (A, 2), (B, 10))
    turns.remove(A, 1)
    turns.remove(B, 10)
    assert (len(turns), list(turns), taken(turns)) == (1, [2], [2])


def test_nobody_waits_in_an_empty_queue():
    turns = queue()
    assert len(turns) == 0
    with pytest.raises(IndexError):
        turns.take()
    with pytest.raises(KeyError):
        turns.remove(A, 1)
