"""The words of the key pages, which are each product's own.

Sources: the products' documents. Fluximage has one key with the buttons Generate Key and Roll Key; Fluxly calls
the section Developer API and the button Generate; FluxStore regenerates.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class KeyWords:
    """How a product speaks of its keys.

    header: how a request carries the key. resource: what a key is bound to, "" for nothing.
    has_form: False where a key is made with one button. max_grace_days: how long an old secret may go on working.
    """

    section: str
    intro: str
    make: str
    roll: str
    header: str
    roll_warning: str
    resource: str = ""
    has_form: bool = True
    ticks_everything: bool = True
    max_grace_days: int = 0


_ROLL_WARNING = (
    "The old secret stops working at once: every program that still sends it is refused. "
    "Name, permissions, expiry and rate limit stay."
)
WORDS: Mapping[str, KeyWords] = MappingProxyType(
    {
        "fluxme": KeyWords(
            section="API keys",
            intro="A key changes the listing of one provider. Make one for each provider that you run.",
            make="Generate key",
            roll="Roll key",
            header="Authorization: Bearer",
            roll_warning="The old secret stops working at once, unless you give it some days of grace below.",
            resource="Provider",
            max_grace_days=7,
        ),
        "fluxstore": KeyWords(
            section="API keys",
            intro="A key manages one store, and may do only what you tick. Edit creates and changes things; it "
            "does not include View.",
            make="Create key",
            roll="Regenerate",
            header="X-Api-Key:",
            roll_warning=_ROLL_WARNING,
            resource="Store",
            ticks_everything=False,
        ),
        "fluxly": KeyWords(
            section="Developer API",
            intro="Shorten links, read analytics and manage links from your own code.",
            make="Generate",
            roll="Roll key",
            header="Authorization: Bearer",
            roll_warning=_ROLL_WARNING,
        ),
        "fluximage": KeyWords(
            section="API Key",
            intro="One key lets your own code, scripts and integrations compress images without the dashboard.",
            make="Generate Key",
            roll="Roll Key",
            header="Authorization: Bearer",
            roll_warning="Rolling your key instantly invalidates the existing key. Every service, environment "
            "variable and integration that still uses it fails from that moment on: be ready to give "
            "them the new key.",
            has_form=False,
        ),
    }
)
