"""When a node is healthy: two failures take it out, three successes bring it back."""

import pytest

from cloud.node_rules import Health, Sight, best_height, next_health, sight_of

pytestmark = pytest.mark.once

GOOD, BAD = Sight("6.6.1", 1000), Sight(error="It does not answer.")


def after(*sights: Sight, best: int = 1000) -> list[bool]:
    health: Health | None = None
    found = []
    for sight in sights:
        health = next_health(health, sight, best=best)
        found.append(health.is_up)
    return found


def test_the_first_check_decides_at_once():
    assert after(GOOD) == [True]
    assert after(BAD) == [False]


def test_the_second_failure_in_a_row_takes_a_node_out_and_the_third_success_brings_it_back():
    assert after(GOOD, BAD, GOOD, BAD, BAD, GOOD, GOOD, GOOD) == [
        *(True, True, True, True),
        *(False, False, False, True),
    ]
    assert after(BAD, GOOD, GOOD, BAD, GOOD, GOOD, GOOD) == [False] * 6 + [True]


@pytest.mark.parametrize(("height", "is_up"), [(990, True), (989, False), (1000, True), (0, False)])
def test_a_node_is_at_most_ten_blocks_behind(height, is_up):
    health = next_health(None, Sight("6.6.1", height), best=1000)
    assert (health.is_up, health.height) == (is_up, height)
    assert bool(health.error) is not is_up


@pytest.mark.parametrize(
    ("version", "height"),
    [
        *((None, 5), ("", 5), (6, 5), ("x" * 9, 5), ("6.6.1\n", 5), ("6", 5)),
        *(("6.6.1", None), ("6.6.1", "5"), ("6.6.1", 5.5), ("6.6.1", True), ("6.6.1", -1)),
        *(("6.6.1", 2**31), ("6.6.1", 2**64 - 1)),
    ],
)
def test_a_node_that_does_not_say_how_it_is_is_not_healthy(version, height):
    assert sight_of(version, height).error


@pytest.mark.parametrize(
    ("heights", "best"),
    [
        ([], 0),
        ([7], 7),
        ([1000, 1005], 1005),
        ([1000, 9000], 9000),  # which of two is wrong cannot be told
        ([1000, 1001, 9000], 1001),
        ([990, 1000, 1000], 1000),
        ([980, 990, 1000], 1000),
        ([900, 900, 1000, 1010, 2**31 - 1], 1010),
        ([900, 1000, 9000], 9000),  # nor who of three is right when no two agree
    ],
)
def test_the_best_of_three_or_more_is_one_that_another_node_comes_near(heights, best):
    assert best_height([Sight("6.6.1", height) for height in heights] + [BAD]) == best


def test_the_greatest_height_that_a_daemon_can_count_is_one():
    assert sight_of("8.17.0", 2**31 - 1) == Sight("8.17.0", 2**31 - 1)
