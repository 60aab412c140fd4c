"""What kind of device a user agent stands for: desktop, mobile, tablet or "" for anything else. Plain Python.

Half of the tablets say `Mobile` like a phone, and some desktops say Android: only a list of models tells, and
Matomo keeps one of 15,000. What no list knows is judged by the marks that makers of browsers agreed on.
"""

import re
from functools import cache
from typing import Any

from links.agent_lists import BOUNDED, matomo
from links.expressions import FirstOf

DESKTOP, MOBILE, TABLET = "desktop", "mobile", "tablet"
_LISTS = ("consoles", "car_browsers", "cameras", "portable_media_player", "notebooks", "mobiles")
# Televisions, consoles, cars, watches, speakers and cameras are none of the three.
_KINDS = {
    "desktop": DESKTOP,
    "smartphone": MOBILE,
    "phablet": MOBILE,
    "feature phone": MOBILE,
    "portable media player": MOBILE,
    "tablet": TABLET,
}
_DESKTOP_SYSTEMS = re.compile(
    r"Windows(?! Phone| CE| Mobile)|Macintosh|Mac ?OS(?: X)?[/ ;,)]|\bMac_PowerPC|macOS|X11|CrOS|OpenVMS|"
    r"Linux (?:x86_64|i[3-6]86)|Darwin/\d.*x86_64|BSD|SunOS|Solaris|AmigaOS|Haiku|BeOS|OS/2|IRIX|OSF1|Syllable"
)
_NOT_DESKTOP = re.compile(
    r"Andr[o0]id|Tablet(?! PC)|Mobile|Mobi/|iPhone|iPad|iPod|Phone|like Mac OS X|Xbox|Tesla/|FBMD/|PlayStation|"
    r"Nintendo|OculusBrowser|PicoBrowser|Symbian|Series ?60|MIDP|Kindle|Silk/|webOS|Tizen|NetTV|"
    r"Windows NT 6\.[23].+Touch",
    re.IGNORECASE,
)
_TELEVISION = re.compile(
    r"HbbTV|Smart-?TV|SMART-TV|Andr0id|(?:Android(?: UHD)?|Google|Apple) ?TV|BRAVIA|Tizen.+ TV |\bAFT[A-Z]|CrKey|"
    r"Roku|NetCast|VIDAA|Opera TV|\(TV;| TV$|[ _]Shell[ _]\w{6}"
)
# Internet Explorer says Touch on Windows 8 where there is a touch screen, which then were tablets.
_TABLET = re.compile(
    r"iPad|Tablet(?! PC)|Kindle|Silk/(?!.*Mobile)|PlayBook|Windows NT 6\.[23].+Touch|"
    r"Android(?!.*(?:Mobile|eliboM))",
    re.DOTALL,
)
_MOBILE = re.compile(
    r"Mobi|Andr[o0]id|iPhone|iPod|Phone|iOS|BlackBerry|BB10|Symbian|Series ?60|MIDP|CLDC|KAIOS|J2ME|webOS|PalmOS|"
    r"Windows CE|UP\.Browser|UCWEB|MAUI|Bada|Sailfish|HarmonyOS|CFNetwork/",
    re.IGNORECASE,
)
_MAYBE_DESKTOP = re.compile(
    r"\bWin(?:dows)?(?:[ -]?(?:NT|\d)|\b)|CYGWIN|Linux|\bMac\b|macOS|Darwin", re.IGNORECASE
)


class Models:
    """Matomo's lists of brands, each with its models."""

    def __init__(self) -> None:
        brands = [brand for name in _LISTS for brand in matomo(f"upstream/device/{name}")]
        self._brands = FirstOf([BOUNDED.format(brand["regex"]) for brand in brands])
        self._models = [_Brand(brand) for brand in brands]

    def kind(self, text: str) -> str | None:
        """Return the kind of device as Matomo calls it, None for one that is not listed."""
        index = self._brands.find(text)
        return None if index is None else self._models[index].kind(text)


class _Brand:
    """One brand. Only a brand with models of several kinds is looked at more closely."""

    def __init__(self, brand: dict[str, Any]) -> None:
        self._kind: str = brand.get("device") or ""
        models = brand.get("models") or []
        self._kinds: list[str] = [model.get("device") or self._kind for model in models]
        self._models = FirstOf([BOUNDED.format(model["regex"]) for model in models])
        self._is_uniform = set(self._kinds) <= {self._kind}

    def kind(self, text: str) -> str:
        index = None if self._is_uniform else self._models.find(text)
        return self._kind if index is None else self._kinds[index]


def device_of(text: str) -> str:
    """Return desktop, mobile or tablet, "" where it is none of them or cannot be told."""
    if _TELEVISION.search(text):
        return ""
    if _DESKTOP_SYSTEMS.search(text) and not _NOT_DESKTOP.search(text):
        return DESKTOP
    kind = models().kind(text)
    if kind:
        return _KINDS.get(kind, "")
    if _TABLET.search(text):
        return TABLET
    if _MOBILE.search(text):
        return MOBILE
    return DESKTOP if _MAYBE_DESKTOP.search(text) else ""


@cache
def models() -> Models:
    """Return the lists, read once."""
    return Models()
