"""`manage.py run_platform`: the embedded platform in one terminal, as `make run` starts it."""

import functools
import multiprocessing
import os
import shlex
import signal
import socket
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from honcho import manager as honcho_manager
from honcho.process import Popen, Process

from fluxplatform.demo import describe, ensure_demo
from fluxplatform.lineage import end_with_parent

HOST = "127.0.0.1"
STOPPED = {signal_["rc"] for signal_ in honcho_manager.SIGNALS.values()}
STOP_SECONDS = 15  # a worker ends the task that it has begun


class Command(BaseCommand):
    """Migrate when needed, load the demo once, then serve with a worker until Ctrl-C."""

    # The children check on their own; here it would only delay the first answer.
    requires_system_checks: list[str] = []
    help = "Run the embedded platform: web server, WebSockets, worker and scheduler in one terminal."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="make no demo account")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("run_platform is for one terminal; docs/operations.md says how production runs.")
        refuse_taken_port(HOST, settings.PORT, "PORT=8001 make run")
        refuse_taken_port(HOST, settings.WS_PORT, "WS_PORT=8005 make run")
        if has_pending_migrations():
            self.stderr.write("Preparing the database.")
            call_command("migrate", interactive=False, verbosity=0)
        if not options["no_demo"]:
            self.stdout.write(describe(ensure_demo()))
        self.stdout.write(f"Waiting for wallets on ws://{HOST}:{settings.WS_PORT}/ws/id/ (WebSockets)")
        self.stdout.write(f"Serving {settings.BASE_URL} (Ctrl-C stops)")
        self.stdout.flush()
        # The children are forked; they must not share an open database file with this process.
        connections.close_all()
        sys.exit(supervise(commands()))


def refuse_taken_port(host: str, port: int, other: str) -> None:
    """Raise CommandError when the port cannot be listened on. other: the command that chooses another one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise CommandError(
                f"Port {port} on {host} cannot be used ({reason}). Choose another: {other}"
            ) from None


def has_pending_migrations() -> bool:
    """Return whether the database's schema is older than the code."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def commands() -> dict[str, list[str]]:
    """Return the processes of the embedded platform by name."""
    web = ["granian", "--interface", "wsgi", "--host", HOST, "--port", str(settings.PORT)]
    web += ["--workers", str(settings.WEB_WORKERS), "--blocking-threads", str(settings.WEB_THREADS)]
    web += ["--no-ws", "--no-access-log", "--log-level", "error", "fluxplatform.wsgi:application"]
    # Threads, never forks: libvips has threads of its own, which a fork would leave without their locks.
    worker = ["celery", "--quiet", "--app", "fluxplatform.celery", "worker", "--beat", "--pool", "threads"]
    worker += ["--concurrency", "4", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    worker += ["--loglevel", "warning"]
    parts = {"web": web, "sockets": sockets_command(HOST, settings.WS_PORT), "worker": worker}
    return {name: [sys.executable, "-m", *command] for name, command in parts.items()}


def sockets_command(host: str, port: int) -> list[str]:
    """Return the module and arguments that serve WebSockets in one process; no header names an address there."""
    return [
        *("uvicorn", "--host", host, "--port", str(port), "--ws", "websockets-sansio", "--no-proxy-headers"),
        *("--ws-max-size", "4096", "--ws-per-message-deflate", "false", "--timeout-graceful-shutdown", "5"),
        *("--no-access-log", "--no-server-header", "--log-level", "warning", "fluxplatform.asgi:application"),
    ]


class Child(Process):  # type: ignore[misc]  # honcho has no types
    """A process that ends with its supervisor, even one that was killed and could say nothing."""

    def run(self, *args: Any, **kwargs: Any) -> None:
        """Start the command and pass its lines on until it ends."""
        end_with_parent(signal.SIGKILL)
        self._child_ctor = functools.partial(Popen, preexec_fn=functools.partial(end_with_parent, signal.SIGTERM))
        super().run(*args, **kwargs)


def supervise(processes: dict[str, list[str]]) -> int:
    """Run the processes until a signal or until one of them ends, then end all; return the exit status.

    0 after Ctrl-C or SIGTERM; otherwise what the first to end returned, at least 1.
    """
    multiprocessing.set_start_method("fork", force=True)
    honcho_manager.KILL_WAIT = STOP_SECONDS
    manager = honcho_manager.Manager()
    manager._process_ctor = Child
    for name, command in processes.items():
        # exec: the shell must not stand between the signal and the process.
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        manager.add_process(name, f"exec {shlex.join(command)}", env=environment, cwd=str(settings.BASE_DIR))
    try:
        manager.loop()
    except BrokenPipeError:
        # Nobody reads the output any more. The children end with this process.
        os._exit(1)
    return 0 if manager.returncode in STOPPED else abs(manager.returncode) or 1
