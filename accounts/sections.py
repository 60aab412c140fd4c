"""What the apps hang into the signed-in shell: entries of its menu, panels of its first page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# The symbols of `templates/accounts/icons.svg`; another name is drawn as a dot.
_PEOPLE_ICONS = {"home", "users", "shield", "key", "gauge", "clock", "settings", "dot"}
_PRODUCT_ICONS = {"link", "chart", "image", "store", "globe", "list", "code"}
ICONS = frozenset(_PEOPLE_ICONS | _PRODUCT_ICONS)


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the dashboard's menu.

    An app lists its own in its app config: `sections = (Section("Links", "links:list", "link"),)`.
    url_name: reversed without arguments. icon: a symbol of `templates/accounts/icons.svg`. group: heading.
    """

    title: str
    url_name: str
    icon: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One box of the dashboard's first page: a template and what it is drawn with.

    An app names its functions in its app config: `dashboard_panels = ("plans.pages.overview_panel",)`. Each
    takes the account in use and returns a Panel. That way the shell shows what it may not import.
    """

    template: str
    context: Mapping[str, Any]
