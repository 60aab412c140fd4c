"""What a `User-Agent` says: device, browser, system, and whether a bot sent it. Plain Python.

Nothing here is our own knowledge: the lists are those that others keep (`links.agent_lists`, ua-parser). They
are read at the first question, so that a process that never asks does not pay for them.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from threading import Lock

from links.agent_lists import BOUNDED, matomo
from links.bots import bots
from links.devices import device_of
from links.expressions import FirstOf

UNKNOWN = "unknown"
MAX_LENGTH = 512
_MAX_NAME = 32
_REMEMBERED = 50_000
# One name for one thing: the parser's names tell variants apart that readers of a chart do not.
_BROWSERS = {
    "Android": "Android Browser",
    "IE": "Internet Explorer",
    "IE Mobile": "Internet Explorer",
    "Mobile Safari UI/WKWebView": "Safari",
    "MiuiBrowser": "Mi Browser",
}
_SYSTEMS = {"Mac OS X": "macOS", "Mac": "macOS", "Chrome OS": "ChromeOS", "iPadOS": "iOS"}
_LINUXES = frozenset(
    {"Linux", "GNU/Linux", "Ubuntu", "Kubuntu", "Debian", "Fedora", "Red Hat", "CentOS", "SUSE", "Arch Linux"}
    | {"Linux Mint", "Mandriva", "Gentoo", "Slackware", "PCLinuxOS"}
)
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Agent:
    """The class of a user agent. device: desktop, mobile, tablet or unknown, as televisions and consoles are."""

    device: str = UNKNOWN
    browser: str = UNKNOWN
    os: str = UNKNOWN
    is_bot: bool = False


def classify(user_agent: str) -> Agent:
    """Return the class of a `User-Agent` header, of which the first 512 characters count.

    Bots are link previews, crawlers, monitors and the HTTP libraries of programs. The last 50,000 are remembered.
    """
    return _classify(user_agent[:MAX_LENGTH])


@lru_cache(_REMEMBERED)
def _classify(text: str) -> Agent:
    # A lone surrogate cannot be written as UTF-8, which the native parts want.
    sound = text.encode("utf-8", "replace").decode()
    with _lock:
        browser, system = _names().of(sound)
        return Agent(device_of(sound) or UNKNOWN, browser, system, bots().know(sound))


class _Names:
    """ua-parser's lists of browsers and systems, without its list of devices, the largest.

    Matomo knows systems of programs that are no browsers.
    """

    def __init__(self) -> None:
        from ua_parser import Domain
        from ua_parser.loaders import load_lazy_builtins
        from ua_parser.regex import Resolver

        browsers, systems, _ = load_lazy_builtins()
        self._resolve = Resolver((browsers, systems, []))
        self._domains = Domain.USER_AGENT | Domain.OS
        entries = [entry for entry in matomo("upstream/oss") if "\\" not in entry["name"]]
        self._more_systems = FirstOf([BOUNDED.format(entry["regex"]) for entry in entries])
        self._more_names: list[str] = [entry["name"] for entry in entries]

    def of(self, text: str) -> tuple[str, str]:
        """Return the names of browser and system."""
        found = self._resolve(text, self._domains)
        browser = _browser(found.user_agent.family) if found.user_agent else UNKNOWN
        system = found.os.family if found.os else self._more(text)
        return browser[:_MAX_NAME], _system(system)[:_MAX_NAME]

    def _more(self, text: str) -> str:
        index = self._more_systems.find(text)
        return UNKNOWN if index is None else self._more_names[index]


@cache
def _names() -> _Names:
    return _Names()


def _browser(family: str) -> str:
    """Return the browser's name without the words that tell phones apart: Chrome Mobile is Chrome."""
    return _BROWSERS.get(family) or family.removesuffix(" WebView").removesuffix(" Mobile").removeprefix("Mobile ")


def _system(family: str) -> str:
    return "Linux" if family in _LINUXES else _SYSTEMS.get(family, family)
