"""Those who deliver clicks are killed, at each step and at any moment: each click is stored once."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from links.records import make_tail, pack
from links.spool import Spool
from links.tests.factories import CHROME_ON_ANDROID, make_link
from tests.ledger import Ledger, read, referrer_of
from tests.live import ROOT

STEPS = ["locked", "read", "stored", "offset", "committed"]
WAIT_SECONDS = 60.0


class Ingesters:
    """The program of `links.tests.ingesters` and its children."""

    def __init__(self, environment: dict[str, str]) -> None:
        command = [sys.executable, "-m", "links.tests.ingesters"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def _tell(self, command: str) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def deliver(self, step: str = "-") -> int:
        """Deliver in a child; return how it ended."""
        return self._tell(f"wait {self._tell(f'once {step}')}")

    def die(self, step: str) -> int:
        """Deliver in a child that dies at a step; return how it ended.

        PostgreSQL may take a moment to notice that the one before died, and to let go of its segment.
        """
        deadline = time.monotonic() + WAIT_SECONDS
        while (end := self.deliver(step)) == 0 and time.monotonic() < deadline:
            time.sleep(0.02)
        return end

    def follow(self) -> int:
        """Start a child that delivers for ever; return its process id."""
        return self._tell("follow")

    def kill(self, child: int) -> None:
        """Kill a child; it must have lived until then."""
        os.kill(child, signal.SIGKILL)
        assert self._tell(f"wait {child}") == -signal.SIGKILL

    def close(self) -> None:
        """End the program."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


class Platform:
    """A database with one link, a folder for its clicks, and those who deliver them."""

    def __init__(self, folder: Path, database: str, link: int) -> None:
        self.database = database
        self.ledger = Ledger()
        self._link = link
        self._folder = folder / "clicks"
        self.spool = Spool(self._folder)
        environment = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
        environment |= {
            "DJANGO_SETTINGS_MODULE": "fluxplatform.settings",
            "DATABASE_URL": database,
            "VAR_DIR": str(folder),
        }
        self.ingesters = Ingesters(environment)

    def click(self, number: int) -> None:
        """Write clicks as a web worker does: each is in the ledger as answered once it is written."""
        for _ in range(number):
            click = self.ledger.next_number()
            tail = make_tail(visitor=b"visitor8", network="", referrer=referrer_of(click), agent=CHROME_ON_ANDROID)
            assert self.spool.write(pack(self._link, timezone.now().timestamp(), tail))
            self.ledger.answered[click] = (0.0, 0.0)

    def stored(self) -> int:
        """Return how many clicks the database has."""
        return int(read(self.database, "SELECT count(*) FROM links_click")[0][0])

    def waiting(self) -> list[Path]:
        """Return the segments that are not put away yet."""
        return list(self._folder.glob("*.clicks"))


@contextmanager
def platform(folder):
    """Yield a platform on the database of this test: itself on PostgreSQL, a copy in a file on SQLite."""
    link = make_link().pk
    if connection.vendor == "postgresql":
        name = connection.settings_dict["NAME"]
        database = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    else:
        path = folder / "db.sqlite3"
        database = f"sqlite:///{path}"
        with closing(sqlite3.connect(path)) as copy:
            connection.connection.backup(copy)
    started = Platform(folder, database, link)
    try:
        yield started
    finally:
        started.ingesters.close()


@pytest.mark.django_db(transaction=True)
def test_one_who_is_killed_at_a_step_leaves_all_or_nothing(tmp_path):
    # The embedded run, which has SQLite, is the short one.
    rounds = 20 if connection.vendor == "postgresql" else 3
    with platform(tmp_path) as it:
        for number in range(rounds):
            for step in STEPS:
                it.click(10)
                before = it.stored()
                assert it.ingesters.die(step) == -signal.SIGKILL
                everything = len(it.ledger.answered)
                assert it.stored() == (everything if step == "committed" else before), step
            if number % 2:
                # Every other round its writer is gone, and the next one begins another segment.
                it.spool.close()
            assert it.ingesters.deliver() == 0
        it.spool.close()
        assert it.ingesters.deliver() == 0
        assert it.ledger.check(it.database) == rounds * len(STEPS) * 10
        assert it.waiting() == []


@pytest.mark.django_db(transaction=True)
def test_one_who_is_killed_at_any_moment_beside_another_loses_and_repeats_nothing(tmp_path):
    kills = 20 if connection.vendor == "postgresql" else 6
    is_over = threading.Event()
    with platform(tmp_path) as it:

        def write() -> None:
            while not is_over.wait(0.005):
                it.click(20)
                if random.random() < 0.05:
                    it.spool.close()

        writer = threading.Thread(target=write)
        writer.start()
        try:
            survivor = it.ingesters.follow()
            for _ in range(kills):
                victim = it.ingesters.follow()
                time.sleep(random.uniform(0.05, 0.25))
                it.ingesters.kill(victim)
        finally:
            is_over.set()
            writer.join()
        it.spool.close()
        deadline = time.monotonic() + WAIT_SECONDS
        while it.waiting() and time.monotonic() < deadline:
            time.sleep(0.05)
        it.ingesters.kill(survivor)
        assert it.ledger.check(it.database) == len(it.ledger.answered)
        assert it.waiting() == []
