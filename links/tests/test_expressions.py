import re

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from links.agent_lists import bounded
from links.expressions import FirstOf, without_lookaround

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("expression", "simpler"),
    [
        (r"a(?!b)c", "ac"),
        (r"(?<!lib)http", "http"),
        (r"x(?=[)(]\))y", "xy"),
        (r"(?<! a/|b/)g(?!(?:wv|app))", "g"),
        ("plain", "plain"),
    ],
)
def test_look_around_is_left_out_with_all_that_it_holds(expression, simpler):
    assert without_lookaround(expression) == simpler


def test_the_first_in_the_order_of_the_list_wins():
    first = FirstOf(["world", "hello", "wor"])
    assert first.find("Hello World") == 0
    assert first.find("hello") == 1
    assert first.find("nothing") is None


def test_look_around_decides_after_all():
    first = FirstOf(["(?<!lib)http", "lib"])
    assert first.find("libhttp") == 1
    assert first.find("http libhttp") == 0


def test_what_is_found_can_be_removed():
    assert FirstOf(["b+"]).remove("abbbc", "-") == "a-c"
    assert FirstOf(["b+"]).remove("ac", "-") == "ac"


BRANDS = bounded("upstream/device/mobiles")[:300]
FIRST = FirstOf(BRANDS)
COMPILED = [regex.compile(expression, re.IGNORECASE) for expression in BRANDS]
MODELS = st.sampled_from(["SM-T295", "Pixel 8", "HUAWEI P30", "TB-X606F", "M bot Tab", "BUZZ 4", "Nokia7"])


@given(st.lists(st.one_of(MODELS, st.text(max_size=8)), max_size=5).map("; ".join))
def test_the_quick_way_finds_what_trying_one_by_one_finds(text):
    slow = next((index for index, expression in enumerate(COMPILED) if expression.search(text)), None)
    assert FIRST.find(text.encode("utf-8", "replace").decode()) == slow
