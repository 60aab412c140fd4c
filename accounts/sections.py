"""What the signed-in shell draws in its menu."""

from dataclasses import dataclass


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
