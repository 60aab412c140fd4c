"""Whether a user agent is a bot's. Plain Python.

Matomo's list knows bots by name. isbot's patterns are marks such as `discovery` or `.com`, which find nearly every
bot and also some people whose phone or browser is called so: where they find one, we look again without what is
known to be a person's. What remains must hold a mark, or crawler-user-agents must know the text by name.
See docs/decisions/0005-user-agents.md.
"""

import re
from functools import cache

from links.agent_lists import bounded, crawler_patterns, isbot_patterns
from links.expressions import FirstOf

_PROGRAMS = (
    "upstream/client/feed_readers",
    "upstream/client/mediaplayers",
    "upstream/client/mobile_apps",
    "local/client/desktop_apps",
    "upstream/client/browsers",
)
# Between these brackets makers of phones, and add-ons of Internet Explorer, write what they like.
_COMMENT = re.compile(r"\((Linux|Android|compatible; MSIE)\b[^()]*(?:\([^()]*\)[^()]*)*\)", re.IGNORECASE)


class Bots:
    """The lists that tell bots from people."""

    def __init__(self) -> None:
        self._marks = FirstOf(isbot_patterns())
        self._names = FirstOf(bounded("upstream/bots"))
        self._crawlers = FirstOf(crawler_patterns(), case_matters=True)
        self._programs = FirstOf(bounded(*_PROGRAMS))

    def know(self, text: str) -> bool:
        """Return whether the text is a bot's."""
        if text in self._names:
            return True
        if text not in self._marks:
            return False
        return text in self._crawlers or self._without_people(text) in self._marks

    def _without_people(self, text: str) -> str:
        """Return the text without the comment of a phone and without the name of a known program of people."""
        return self._programs.remove(_COMMENT.sub(_plain, text), " Program/1.2.3 ")


def _plain(comment: re.Match[str]) -> str:
    """Return a comment as short as they come; the word Android stays where it was."""
    kind = comment[1].lower()
    if kind.startswith("compatible"):
        return "(compatible; MSIE 7.0; Windows NT 6.0)"
    return "(Linux; Android 10)" if "android" in comment[0].lower() else comment[0]


@cache
def bots() -> Bots:
    """Return the lists, read once."""
    return Bots()
