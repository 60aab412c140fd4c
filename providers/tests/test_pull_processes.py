"""Schedulers as processes of their own, on a database file or PostgreSQL: two at once, and one that is killed."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings

from providers.tests.feeds import Answer, feed_server
from tests.live import temporary_database
from tests.prepared import MIGRATED, prepared

ROOT = Path(__file__).resolve().parents[2]
WAIT = 60
_OPEN = """
import sys
import django
django.setup()
from egress import addresses
from providers import fetching
addresses.open_networks(["127.0.0.0/8"])
fetching.SCHEMES = frozenset({"http"})
"""
_PREPARE = (
    _OPEN
    + """
from providers.tests.factories import make_provider
from providers.tests.feeds import make_source
for number in range(int(sys.argv[2])):
    make_source(make_provider(), f"http://127.0.2.{number + 1}:{sys.argv[1]}/feed.json")
"""
)
_PULL = (
    _OPEN
    + """
print("ready", flush=True)
sys.stdin.readline()
from django.core.management import call_command
call_command("run_pulls", "--places", "8")
"""
)
_EXPIRE = (
    _OPEN
    + """
from datetime import timedelta
from django.utils import timezone
from providers.models import HostTurn, PullSource
past = timezone.now() - timedelta(seconds=1)
assert PullSource.objects.filter(lease__isnull=False).update(lease_until=past)
assert HostTurn.objects.update(until=past)
"""
)
_COUNT = (
    _OPEN
    + """
from collections import Counter
from providers.models import SyncRun
runs = Counter(SyncRun.objects.filter(status="applied").values_list("provider", flat=True))
print(len(runs), max(runs.values()), SyncRun.objects.count())
"""
)


@pytest.fixture(
    params=[
        pytest.param("file", marks=pytest.mark.once),
        pytest.param("server", marks=pytest.mark.services),
    ],
)
def environment(request, tmp_path):
    """The variables of a platform of its own."""
    kept = {k: v for k, v in os.environ.items() if k not in {"REDIS_URL", "DATABASE_URL"}}
    kept |= {"DJANGO_SETTINGS_MODULE": "fluxplatform.settings", "VAR_DIR": str(tmp_path)}
    if request.param == "file":
        with prepared(MIGRATED) as found:
            shutil.copy(found.file, tmp_path)
        yield kept
        return
    assert settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    with temporary_database(MIGRATED) as url:
        yield kept | {"DATABASE_URL": url}


def run(environment, code, *arguments):
    """Run Python to its end; return what it printed."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def started(environment):
    """Return a scheduler that waits for a line of input."""
    command = [sys.executable, "-c", _PULL]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_two_schedulers_at_once_pull_each_provider_once(environment):
    with feed_server() as feed:
        feed.says({"totalNodes": 5})
        run(environment, _PREPARE, feed.port, 30)
        schedulers = [started(environment) for _ in range(2)]
        for scheduler in schedulers:
            scheduler.stdin.write("go\n")
            scheduler.stdin.flush()
        for scheduler in schedulers:
            scheduler.communicate(timeout=WAIT)
            assert scheduler.returncode == 0
        assert run(environment, _COUNT) == ["30", "1", "30"]
        assert len(feed.asked) == 30
        assert set(feed.most_at_once.values()) == {1}


def test_what_a_killed_scheduler_had_begun_is_pulled_once_its_lease_is_over(environment):
    go_on = threading.Event()
    with feed_server() as feed:
        run(environment, _PREPARE, feed.port, 3)
        feed.answer = Answer(b'{"totalNodes": 5}', before=lambda: go_on.wait(WAIT))
        scheduler = started(environment)
        scheduler.stdin.write("go\n")
        scheduler.stdin.flush()
        deadline = time.monotonic() + WAIT
        while len(feed.asked) < 3 and time.monotonic() < deadline:
            time.sleep(0.02)
        scheduler.send_signal(signal.SIGKILL)
        scheduler.communicate(timeout=WAIT)
        go_on.set()
        feed.says({"totalNodes": 6})
        heir = started(environment)
        heir.communicate("go\n", timeout=WAIT)
        assert len(feed.asked) == 3
        run(environment, _EXPIRE)
        heir = started(environment)
        heir.communicate("go\n", timeout=WAIT)
        assert len(feed.asked) == 6
        assert run(environment, _COUNT) == ["3", "1", "3"]


def test_an_interrupted_scheduler_finishes_what_it_has_begun(environment):
    asked, go_on = threading.Event(), threading.Event()
    with feed_server() as feed:
        run(environment, _PREPARE, feed.port, 1)

        def wait():
            asked.set()
            go_on.wait(WAIT)

        feed.answer = Answer(b'{"totalNodes": 5}', before=wait)
        scheduler = started(environment)
        scheduler.stdin.write("go\n")
        scheduler.stdin.flush()
        assert asked.wait(WAIT)
        scheduler.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        go_on.set()
        output, _ = scheduler.communicate(timeout=WAIT)
        assert "1 pulled, 0 failed, 0 lost." in output
        assert scheduler.returncode == 0
