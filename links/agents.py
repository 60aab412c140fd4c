"""What a `User-Agent` says: device, browser, system, and whether a bot sent it. Plain Python.

Coarse by design: a few marks, tried in order, because most browsers also name the ones they descend from.
"""

import re
from dataclasses import dataclass

UNKNOWN = "unknown"

_BOT = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|facebookexternalhit|facebookcatalog|whatsapp|embedly|pinterest/|"
    r"skypeuripreview|vkshare|headless|lighthouse|monitor|pingdom|uptime|statuscake|mediapartners|bingbot|google-",
    re.IGNORECASE,
)
_TABLET = re.compile(r"iPad|Tablet|Kindle|Silk/|Android(?!.*Mobile)")
_MOBILE = re.compile(r"Mobi|iPhone|iPod|Android")
_DESKTOP = re.compile(r"Windows NT|Macintosh|X11|CrOS")
_BROWSERS = (
    ("Edge", re.compile(r"Edg(e|A|iOS)?/")),
    ("Opera", re.compile(r"OPR/|Opera")),
    ("Samsung Internet", re.compile(r"SamsungBrowser/")),
    ("Firefox", re.compile(r"Firefox/|FxiOS/")),
    ("Chrome", re.compile(r"Chrome/|CriOS/|Chromium/")),
    ("Safari", re.compile(r"Version/.*Safari/")),
)
_SYSTEMS = (
    ("iOS", re.compile(r"iPhone|iPad|iPod")),
    ("Android", re.compile(r"Android")),
    ("Windows", re.compile(r"Windows")),
    ("macOS", re.compile(r"Macintosh|Mac OS X")),
    ("ChromeOS", re.compile(r"CrOS")),
    ("Linux", re.compile(r"Linux|X11")),
)
_DEVICES = (("tablet", _TABLET), ("mobile", _MOBILE), ("desktop", _DESKTOP))


@dataclass(frozen=True, slots=True)
class Agent:
    """The class of a user agent; `unknown` where no mark fits."""

    device: str = UNKNOWN
    browser: str = UNKNOWN
    os: str = UNKNOWN
    is_bot: bool = False


def classify(user_agent: str) -> Agent:
    """Return the class of a `User-Agent` header, of which the first 512 characters count.

    Bots are link previews, crawlers and monitors; a program's HTTP library is not one.
    """
    text = user_agent[:512]
    return Agent(
        device=_first(_DEVICES, text),
        browser=_first(_BROWSERS, text),
        os=_first(_SYSTEMS, text),
        is_bot=_BOT.search(text) is not None,
    )


def _first(marks: tuple[tuple[str, re.Pattern[str]], ...], text: str) -> str:
    return next((name for name, mark in marks if mark.search(text)), UNKNOWN)
