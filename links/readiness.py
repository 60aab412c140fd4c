"""What `/readyz` says about clicks."""

import time

from links.losses import read
from links.spool import folder

SHOUT_SECONDS = 60.0


def clicks() -> str:
    """Fail for a minute after a click was lost."""
    lost = read(folder())
    if time.time() - lost.last_at < SHOUT_SECONDS:
        return f"failed: clicks are being lost ({lost.count} so far); is the disk full?"
    return "ok"
