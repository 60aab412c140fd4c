"""Which of thousands of regular expressions is the first to occur in a text. Plain Python.

Trying them one by one costs 5 to 10 ms a text. RE2 first finds out, from the literals that they need, which few
could occur, and looks for those without backtracking, so that no text makes it slow.
"""

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache

import re2
import regex

_LOOKAROUND = re.compile(r"\(\?<?[!=]")


class FirstOf:
    """The first of many expressions, in their order, that occurs in a text. Case matters only when asked for.

    Built at the first question. Raises regex.error or re2.error then, for an expression that nobody understands.
    """

    def __init__(self, expressions: Sequence[str], *, case_matters: bool = False) -> None:
        self.expressions = expressions
        self._case_matters = case_matters

    @cached_property
    def _filter(self) -> re2.Filter:
        options = re2.Options()
        options.case_sensitive = self._case_matters
        options.log_errors = False
        built = re2.Filter()
        for expression in self.expressions:
            built.Add(without_lookaround(expression), options)
        built.Compile()
        return built

    @cached_property
    def _doubtful(self) -> dict[int, regex.Pattern[str]]:
        """Those with look-around, which RE2 does not have: without it, it finds more, and we look again."""
        found = {i: text for i, text in enumerate(self.expressions) if _LOOKAROUND.search(text)}
        return {index: self._compiled(text) for index, text in found.items()}

    def find(self, text: str) -> int | None:
        """Return the index of the first expression that occurs, None when none does."""
        for index in sorted(self._filter.Match(text) or ()):
            doubt = self._doubtful.get(index)
            if doubt is None or doubt.search(text):
                return int(index)
        return None

    def __contains__(self, text: str) -> bool:
        return self.find(text) is not None

    def remove(self, text: str, instead: str) -> str:
        """Return the text with `instead` where the first expression that occurs was found."""
        index = self.find(text)
        return (
            text
            if index is None
            else self._compiled(self.expressions[index]).sub(lambda _: instead, text, count=1)
        )

    def _compiled(self, expression: str) -> regex.Pattern[str]:
        return _compile(expression, 0 if self._case_matters else regex.IGNORECASE)


@lru_cache(4096)
def _compile(expression: str, flags: int) -> regex.Pattern[str]:
    return regex.compile(expression, flags)


def without_lookaround(expression: str) -> str:
    """Return an expression without look-around that occurs wherever the given one does."""
    while found := _LOOKAROUND.search(expression):
        start = found.start()
        expression = expression[:start] + expression[_end_of_group(expression, start) :]
    return expression


def _end_of_group(expression: str, start: int) -> int:
    """Return where the group that opens at `start` is over."""
    depth, is_class, at = 0, False, start
    while at < len(expression):
        letter = expression[at]
        if letter == "\\":
            at += 1
        elif is_class:
            is_class = letter != "]"
        elif letter == "[":
            is_class = True
        elif letter in "()":
            depth += 1 if letter == "(" else -1
            if depth == 0:
                break
        at += 1
    return at + 1
