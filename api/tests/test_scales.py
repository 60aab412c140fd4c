import pytest

from api.scales import ceiling_of

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("number", "ceiling"),
    [(0, 2), (1, 2), (2, 2), (3, 4), (9, 10), (10, 10), (11, 20), (61, 80), (99, 100), (101, 200), (10**9, 10**9)],
)
def test_the_axis_ends_at_a_round_number_with_a_whole_half(number, ceiling):
    assert ceiling_of(number) == ceiling
