"""Expressions of strangers: what they find, and that none of them takes long."""

import contextlib
import resource
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.parsers import loads
from providers.expressions import BadExpression, Budget, TooCostly, Unfit, floated, parsed, search

# Others measure the code that these go over again.
pytestmark = [pytest.mark.once, pytest.mark.no_cover]

LONG = "a" * 250_000
NUMBERS = list(range(100_000))
TWO_LONG = {"x": [{"k": LONG + "1"}, {"k": LONG + "2"}], "s": LONG, "q": '"' * 1000}


def find(text, document):
    return search(parsed(text), floated(document), Budget())


def piped(step, times):
    return "|".join([step] * times)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a.b", 1),
        ("list[].n", [1, 2.5]),
        ("sum(list[].n)", 3.5),
        ("length(list[?n > `1`])", 1),
        ("list[?n == `2.5`] | [0].n", 2.5),
        ("missing.entirely", None),
        ("list[].[n, n][]", [1, 1, 2.5, 2.5]),
        ("{both: a.b, text: join('-', ['x', 'y'])}", {"both": 1, "text": "x-y"}),
        ("sort_by(list, &n)[-1].n", 2.5),
        ("to_string(a)", '{"b":1}'),
        ("`true`", True),
    ],
)
def test_an_expression_finds_what_jmespath_says(text, found):
    document = loads(b'{"a": {"b": 1}, "list": [{"n": 1}, {"n": 2.5}]}')
    assert find(text, document) == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "must not be empty"),
        ("a..b", "at character 3"),
        ("a.b[", "at character 5"),
        ("'open", "at character 1"),
        ("sum(", "at character"),
        ("fetch(@)", r"calls fetch\(\)"),
        ("a" * 501, "at most 500"),
        ("(" * 450, "is not|too deeply"),
        ("[" * 450, "too deeply"),
        ("!" * 450 + "a", "too deeply|too long"),
        (piped("[@,@][]", 62), "too long"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(text, why):
    with pytest.raises(BadExpression, match=why):
        parsed(text)


@pytest.mark.parametrize(
    "text", ["abs('a')", "a[::0]", "sum(a)", "`1` < 'a'", "merge(@, `1`)", "length(`1`)", "max_by(a, &@)"]
)
def test_what_does_not_fit_the_document_is_said_in_a_short_sentence(text):
    with pytest.raises(Unfit) as caught:
        find(text, {"a": [{"b": LONG}]})
    assert 0 < len(str(caught.value)) <= 200


@pytest.mark.parametrize(
    ("text", "document"),
    [
        (piped("[@,@][]", 34), NUMBERS),
        (f"[{piped('[@,@]', 30)},{piped('[@,@]', 30)}]|[0]==[1]", [1]),
        (f"contains({piped('[@,@]', 30)},{piped('[@,@]', 30)})", [1]),
        (f"to_string({piped('[@,@]', 30)})", [1]),
        (piped("to_string([@])", 30), TWO_LONG),
        ("join(s, map(&'a', x[].[@,@,@,@,@,@,@,@][].[@,@,@,@,@,@,@,@][].[@,@,@,@,@,@,@,@][]))", TWO_LONG),
        (f"x[].k|{piped('[@,@][]', 16)}|sort(@)", TWO_LONG),
        (f"x|{piped('[@,@][]', 16)}|sort_by(@, &k)", TWO_LONG),
        (f"x|{piped('[@,@][]', 16)}|max_by(@, &k)", TWO_LONG),
        (f"x[].k|{piped('[@,@][]', 16)}|min(@)", TWO_LONG),
        ("map(&map(&map(&[@],[@,@,@,@]),[@,@,@,@]),@)", NUMBERS),
        ("[].map(&[@,@],[@,@,@,@])[][][][]", NUMBERS),
        ("merge(" + ",".join(["@"] * 100) + ")", {str(n): n for n in range(50_000)}),
    ],
)
def test_a_hostile_expression_is_ended_before_it_takes_time_or_memory(text, document):
    tree, plain = parsed(text), floated(document)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    with pytest.raises(TooCostly):
        search(tree, plain, Budget())
    # About a second; coverage makes five of it.
    assert time.process_time() - start < 15
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024


def test_a_large_and_honest_feed_is_within_the_budget():
    nodes = [{"id": n, "status": "up" if n % 3 else "down", "load": 0.5} for n in range(15_000)]
    budget = Budget()
    assert search(parsed("length(nodes[?status == 'up'])"), {"nodes": nodes}, budget) == 10_000
    assert search(parsed("max(nodes[].load)"), {"nodes": nodes}, budget) == 0.5


_SIGNS = [*"ab@*.|!<[]{},()&", "||", "&&", "==", "[]", "[0]", "[*]", "[?a]", "a:", "`1`", "`null`", "'x'", "map(&"]
_CALLED = ["sort", "length", "sum", "join", "to_string", "max_by", "merge", "contains", "not_null", "keys", "abs"]
_TOKENS = st.sampled_from(_SIGNS + [f"{name}(" for name in _CALLED])


@settings(max_examples=400, deadline=None)
@given(st.lists(_TOKENS, min_size=1, max_size=25).map("".join), st.data())
def test_whatever_is_written_is_a_value_or_one_of_three_refusals(text, data):
    scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    document = data.draw(
        st.recursive(scalars, lambda s: st.lists(s, max_size=4) | st.dictionaries(st.sampled_from("ab"), s))
    )
    with contextlib.suppress(BadExpression, Unfit, TooCostly):
        find(text, document)
