"""What tests of Flux Cloud may use."""

import pytest

from apikeys import authentication
from apikeys.windows import MemoryWindows
from cloud import limits

MINUTE = 1_800_000_000


@pytest.fixture
def frozen_flux_minute(monkeypatch):
    """Stop the clock of the windows ten seconds into a minute."""
    store = MemoryWindows(lambda: MINUTE + 10.0)
    for module in (limits, authentication):
        monkeypatch.setattr(module, "rate_windows", lambda: store)
