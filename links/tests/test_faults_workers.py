"""Web workers are killed while visitors come: each redirect that was answered is a click, once."""

import os
import random
import signal
import time
from contextlib import ExitStack

import pytest

from links.spool import SUFFIX
from tests.ledger import Ledger, database_of
from tests.live import LiveServer, running_server
from tests.parts import services
from tests.sightings import observing, open_files

WAIT_SECONDS = 60.0
# From then on granian puts up with the death of any worker.
SETTLED_SECONDS = 10.0
SLUGS = ["demo-plain", "demo-expiring"]


def kill(server: LiveServer, among: set[int] | None = None) -> tuple[int, set[int]]:
    """Kill a worker that has clicks to lose, once both are there; return it and the one that is left."""
    began = time.monotonic()
    while (waited := time.monotonic() - began) < WAIT_SECONDS:
        # When both start again at once, every visitor may have come to the one that was ready first.
        is_any = among is None or waited > SETTLED_SECONDS
        # Not even a worker that was just killed and is still listed has files open.
        files = {pid: names for pid in server.workers() if (names := open_files(pid))}
        writing = [pid for pid, names in files.items() if any(name.endswith(SUFFIX) for name in names)]
        victims = [pid for pid in writing if is_any or pid in (among or ())]
        if len(files) == 2 and victims:
            time.sleep(random.uniform(0, 0.05))
            os.kill(victims[0], signal.SIGKILL)
            return victims[0], files.keys() - {victims[0]}
        time.sleep(0.01)
    raise AssertionError(f"too few workers write clicks:\n{server.log.read_text()[-2000:]}")


@pytest.mark.parametrize(
    ("is_embedded", "kills"),
    [
        pytest.param(True, 3, marks=pytest.mark.once),
        pytest.param(False, 20, marks=[pytest.mark.services, pytest.mark.alone]),
    ],
)
def test_what_killed_workers_answered_is_stored_once(is_embedded, kills):
    with ExitStack() as stack:
        variables = {} if is_embedded else stack.enter_context(services())
        server = stack.enter_context(running_server(workers=2, threads=4, respawns=True, **variables))
        ledger = Ledger(server.url)
        killed: set[int] = set()
        left = None
        with ledger.visiting(SLUGS, visitors=6, pause_seconds=0.005):
            for _ in range(kills):
                # In turns: granian gives up when a worker dies within 5 s of its start and no other did meanwhile.
                # The second is often killed while the first one starts again: nobody answers for a moment.
                dead, left = kill(server, left)
                killed.add(dead)
            with observing(server) as observer:
                assert len(observer.connections) == 2
        assert len(killed) == kills
        server.manage("ingest_clicks")
        assert ledger.refused == {}
        assert len(ledger.answered) > 10 * kills
        assert ledger.check(database_of(server)) >= len(ledger.answered)
        # The lock of a dead writer is gone with it, so its segment is delivered to its end and put away.
        assert len(list(server.spool.glob(f"delivered/*{SUFFIX}"))) >= kills
