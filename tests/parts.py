"""The PostgreSQL and the Redis of a test: those of the run, or its own, which it may stop, start and freeze."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from tests.live import free_port, temporary_database

START_SECONDS = 30  # a busy machine; an idle one needs less than one


class PrivatePostgres:
    """A cluster in a folder of its own that lets everybody in, made to be quick and not to outlive the machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self._port}/postgres"
        self._run("initdb", "--username=postgres", "--auth=trust", "--no-sync")

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c fsync=off -k {self._folder}"
        log = str(self._folder / "log")
        self._run("pg_ctl", "start", "-w", "-t", str(START_SECONDS), "-l", log, "-o", options)

    def stop(self) -> None:
        """Stop it as a crash does: nothing is finished, every connection breaks."""
        self._run("pg_ctl", "stop", "-w", "-m", "immediate")

    def _run(self, program: str, *arguments: str) -> None:
        command = [_postgres_program(program), "-D", str(self._folder / "data"), *arguments]
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            command = ["runuser", "-u", "postgres", "--", *command]
        # Not captured: the server would hold the pipe open for as long as it runs.
        subprocess.run(command, cwd=self._folder, check=True, stdout=subprocess.DEVNULL)


class PrivateRedis:
    """A Redis without a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(self._port), "--save", ""]
        self._process = subprocess.Popen(command, cwd=self._folder, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self._port)).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError("Redis did not start")

    def stop(self) -> None:
        """Stop it as a crash does: what it held is gone."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it answer nobody until the block ends, while the kernel goes on accepting connections for it."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)


@contextmanager
def services() -> Iterator[dict[str, str]]:
    """Yield the variables of a server on the PostgreSQL and the Redis of the run, with a database of its own."""
    with temporary_database() as database:
        yield {"DATABASE_URL": database, "REDIS_URL": settings.REDIS_URL}


@contextmanager
def private_postgres() -> Iterator[PrivatePostgres]:
    """Yield a running cluster with the database `postgres`."""
    with tempfile.TemporaryDirectory(prefix="flux-postgres-") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        postgres = PrivatePostgres(Path(folder))
        postgres.start()
        try:
            yield postgres
        finally:
            postgres.stop()


@contextmanager
def private_redis() -> Iterator[PrivateRedis]:
    """Yield a running Redis."""
    with tempfile.TemporaryDirectory(prefix="flux-redis-") as folder:
        redis = PrivateRedis(Path(folder))
        redis.start()
        try:
            yield redis
        finally:
            redis.stop()


def _postgres_program(name: str) -> str:
    """Return a program of the newest PostgreSQL of Debian's, which keeps them off the search path."""
    found = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"),
        key=lambda path: int(re.sub(r"\D", "", path.parts[-3]) or 0),
    )
    return str(found[-1]) if found else name
