"""A real daemon of bitcoind's family: Debian's litecoind on a chain of its own, without any peer."""

import base64
import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

USER, PASSWORD = "gateway", "p@ss:w/rd"
START_SECONDS = 60  # a busy machine; an idle one needs one


@dataclass(frozen=True)
class Daemon:
    """A running litecoind."""

    port: int
    process: "subprocess.Popen[bytes]"

    def url(self, password: str = quote(PASSWORD, safe="")) -> str:
        """Return its address with a user and a password, as the operator writes it."""
        return f"http://{USER}:{password}@127.0.0.1:{self.port}"

    def call(self, method: str, *arguments: Any) -> Any:
        """Call a method past the gateway."""
        body = json.dumps({"id": 1, "method": method, "params": arguments}).encode()
        token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        headers = {"Authorization": f"Basic {token}"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/", body, headers)
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - ours
            return json.loads(response.read())["result"]


@contextmanager
def litecoind() -> Iterator[Daemon]:
    """Run a litecoind in a folder of its own until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="litecoind-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = [
        "-regtest",
        f"-datadir={folder}",
        f"-rpcuser={USER}",
        f"-rpcpassword={PASSWORD}",
        f"-rpcport={port}",
    ]
    options += ["-rpcbind=127.0.0.1", "-rpcallowip=127.0.0.1", "-listen=0", "-txindex=1", "-fallbackfee=0.0001"]
    process = subprocess.Popen(["litecoind", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        daemon = Daemon(port, process)
        _wait_for(daemon)
        yield daemon
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(daemon: Daemon) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            daemon.call("getblockcount")
        except (OSError, urllib.error.URLError):
            if time.monotonic() > deadline or daemon.process.poll() is not None:
                raise
            time.sleep(0.05)
        else:
            return
