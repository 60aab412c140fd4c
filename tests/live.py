"""A real server for tests and benchmarks: granian in processes of its own, with its own state and demo data."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.prepared import DEMO, prepared

ROOT = Path(__file__).resolve().parent.parent
# What another place decides, and the wish for coverage: what these do, tests within one process do too.
_FOREIGN = {"REDIS_URL", "DATABASE_URL", "VAR_DIR", "COVERAGE_PROCESS_CONFIG"}
START_SECONDS = 120  # a busy machine; an idle one needs three


@dataclass(frozen=True)
class LiveServer:
    """A running platform. url: without a final slash. demo: what `var/demo.json` holds. log: its output.

    pid: of the process that starts the web workers.
    """

    url: str
    environment: dict[str, str]
    demo: dict[str, Any]
    log: Path
    pid: int

    @property
    def spool(self) -> Path:
        """Return the folder of its click segments."""
        return Path(self.environment["VAR_DIR"]) / "clicks"

    def workers(self) -> list[int]:
        """Return the process ids of its web workers."""
        found = subprocess.run(["pgrep", "--parent", str(self.pid)], capture_output=True, text=True, check=False)
        return [int(line) for line in found.stdout.split()]

    @contextmanager
    def running(self, *arguments: str, **variables: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Run `manage.py` beside the server until the block ends."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        process = subprocess.Popen(command, cwd=ROOT, env=self.environment | variables, stdout=subprocess.DEVNULL)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def manage(self, *arguments: str) -> str:
        """Run `manage.py` beside the server; return its standard output."""
        return _run(self.environment, *arguments)

    def issue_key(self, product: str, *arguments: str) -> str:
        """Return a new key of the product's demo account, at 100,000 requests a minute unless told otherwise."""
        rate = () if "--rate-per-minute" in arguments else ("--rate-per-minute", "100000")
        return self.manage("issue_key", "--product", product, *rate, *arguments).splitlines()[-1]


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_server(
    *, workers: int = 1, threads: int = 8, respawns: bool = False, start: str = DEMO, **variables: str
) -> Iterator[LiveServer]:
    """Serve the demo data, and stop everything at the end.

    respawns: start a new worker when one dies. start: "" migrates the database and loads the data; otherwise a
    DATABASE_URL must be that of a `temporary_database`. variables: added to the environment.
    """
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="flux-live-") as folder:
        environment = {k: v for k, v in os.environ.items() if k not in _FOREIGN}
        environment |= {
            "DJANGO_SETTINGS_MODULE": "fluxplatform.settings",
            "VAR_DIR": folder,
            "PORT": str(port),
            "BASE_URL": f"http://127.0.0.1:{port}",
            "WEB_WORKERS": str(workers),
            "WEB_THREADS": str(threads),
            "LOG_FORMAT": "json",
        } | variables
        if start:
            with prepared(start, variables.get("DATABASE_URL", "").rpartition("/")[0]) as found:
                shutil.copytree(found.folder, folder, dirs_exist_ok=True)
        else:
            _run(environment, "migrate", "--verbosity", "0")
            _run(environment, "load_demo")
        log = Path(folder) / "server.log"
        with log.open("wb") as output:
            server = subprocess.Popen(
                _command(port, workers, threads, respawns), cwd=ROOT, env=environment, stdout=output, stderr=output
            )
            try:
                _wait(f"http://127.0.0.1:{port}/livez", server, log)
                demo = json.loads((Path(folder) / "demo.json").read_text()) | {"base_url": environment["BASE_URL"]}
                yield LiveServer(environment["BASE_URL"], environment, demo, log, server.pid)
            finally:
                server.send_signal(signal.SIGTERM)
                try:
                    server.wait(15)
                except subprocess.TimeoutExpired:
                    server.kill()
                    server.wait()


@contextmanager
def temporary_database(kind: str = DEMO) -> Iterator[str]:
    """Yield the URL of a PostgreSQL database of its own, a prepared one; needs DATABASE_URL to name a server."""
    import psycopg

    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    name = f"flux_live_{secrets.token_hex(4)}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        with prepared(kind, server) as found:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{found.database}"')
        try:
            yield f"{server}/{name}"
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _command(port: int, workers: int, threads: int, respawns: bool) -> list[str]:
    return [
        str(Path(sys.executable).with_name("granian")),
        "--interface=wsgi",
        "--host=127.0.0.1",
        f"--port={port}",
        f"--workers={workers}",
        f"--blocking-threads={threads}",
        "--no-ws",
        *(["--respawn-failed-workers", "--respawn-interval=0.1"] if respawns else []),
        "fluxplatform.wsgi:application",
    ]


def _run(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"manage.py {arguments[0]} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def _wait(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            requests.get(url, timeout=2)
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")
