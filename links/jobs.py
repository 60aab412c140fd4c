"""What has to be done now and then."""

from links import retention, segments, visitors
from links.spool import folder


def tidy() -> None:
    """Remove what is older than it may be; safe to run twice at the same time."""
    visitors.destroy_old_salts()
    retention.remove_old_changes()
    segments.take_back(folder())
    segments.remove_old(folder())
    retention.remove_old_segments()
