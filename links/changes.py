"""How every web worker learns that a link changed: a row in the transaction of the change."""

from links.models import LinkChange


def announce(slug: str) -> None:
    """Tell every web worker to forget what it remembers of a slug; part of the caller's transaction."""
    LinkChange.objects.create(slug=slug)
