"""Flux Cloud: what a signature, a kept answer, a call to a daemon and a waiting socket cost.

    DATABASE_URL=postgres://… REDIS_URL=redis://… python -m benchmarks.cloud [--parts verify,kept,daemon,sockets]

Needs wrk for `kept` and litecoind for `daemon`. Without DATABASE_URL and REDIS_URL on the embedded parts.
"""

import argparse
import http.client
import json
import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from benchmarks.cloud_sockets import measure_sockets
from benchmarks.environment import machine, temporary_platform
from benchmarks.load import cpu_seconds
from tests.live import LiveServer, running_server, temporary_database

CLIENTS = 64
_WRK = """
local number = 0
request = function()
  number = number + {step}
  return wrk.format("GET", "/daemon/getblockhash/" .. number)
end
"""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", default="verify,kept,daemon,sockets")
    parser.add_argument("--sockets", type=int, default=1000)
    options = parser.parse_args()
    parts = options.parts.split(",")
    print(machine(), "·", "Redis" if os.environ.get("REDIS_URL") else "embedded")
    print("| what | measured | target |\n|---|---|---|")
    if "kept" in parts:
        kept()
    if "daemon" in parts:
        daemon()
    if "verify" in parts or "sockets" in parts:
        with temporary_platform():
            if "verify" in parts:
                verify()
            if "sockets" in parts:
                measure_sockets(options.sockets, row)


def row(what: str, measured: str, target: str) -> None:
    """Print a line of the table."""
    print(f"| {what} | {measured} | {target} |", flush=True)


def verify() -> None:
    """Print the CPU time of reading a `zelidauth` header and judging its signature."""
    from cloud import zelidauth
    from cloud.signatures import VERIFIED, is_signed
    from cloud.tests.wallets import BitcoinWallet, EthereumWallet

    for name, wallet in (("Bitcoin", BitcoinWallet()), ("Ethereum", EthereumWallet())):
        phrase = "1795815617188" + "a" * 44
        header = zelidauth.header_of(zelidauth.Claim(wallet.zelid, wallet.sign(phrase), phrase))

        def judged(judge: Callable[[str, str, str], bool], header: str = header) -> None:
            claim = zelidauth.parse(header)
            assert claim is not None
            assert judge(claim.zelid, claim.phrase, claim.signature)

        row(f"{name} `zelidauth`, CPU", f"{cpu_us(partial(judged, is_signed), 1000):.0f} µs", "≤ 300 µs")
        kept_us = cpu_us(partial(judged, VERIFIED.is_signed), 20_000)
        row(f"{name} `zelidauth` seen before, CPU", f"{kept_us:.1f} µs", "≤ 30 µs")


def cpu_us(act: Callable[[], None], count: int) -> float:
    """Return the CPU time of one act in microseconds, the best of five rounds."""
    rounds = []
    for _ in range(5):
        started = time.process_time()
        for _ in range(count):
            act()
        rounds.append((time.process_time() - started) / count * 1e6)
    return min(rounds)


class Daemon(BaseHTTPRequestHandler):
    """Answers every call with its first argument; counts how often each was made. delay: in seconds."""

    protocol_version = "HTTP/1.1"
    calls: Counter[str] = Counter()
    delay = 0.0

    def do_POST(self) -> None:
        """Answer one call."""
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).calls[f"{call['method']} {call['params']}"] += 1
        time.sleep(type(self).delay)
        body = b'{"result":"%064x","error":null,"id":%d}' % (hash(str(call["params"])) & (2**64 - 1), call["id"])
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def gateway(daemon_url: str) -> Iterator[LiveServer]:
    """Run the platform in front of a daemon."""
    with ExitStack() as stack:
        variables = {"FLUX_DAEMON_URL": daemon_url, "CLOUD_CALLS_PER_MINUTE": "100000000", "LOG_LEVEL": "WARNING"}
        if "REDIS_URL" in os.environ and "DATABASE_URL" in os.environ:
            variables |= {"REDIS_URL": os.environ["REDIS_URL"]}
            variables["DATABASE_URL"] = stack.enter_context(temporary_database())
        yield stack.enter_context(running_server(workers=1, threads=CLIENTS, respawns=False, **variables))


def kept() -> None:
    """Print what a kept answer costs against one that is asked for, and how often a daemon is asked."""
    Daemon.calls, Daemon.delay = Counter(), 0.0
    with ThreadingHTTPServer(("127.0.0.1", 0), Daemon) as stub:
        threading.Thread(target=stub.serve_forever, daemon=True).start()
        with gateway(f"http://u:p@127.0.0.1:{stub.server_address[1]}") as server:
            rates: dict[int, list[float]] = {0: [], 1: []}
            for _ in range(3):
                for step, found in rates.items():
                    found.append(_per_cpu_second(server, step))
            same, other = (statistics.median(rates[step]) for step in (0, 1))
            row("public GET asked for each time, answers in a CPU second", f"{other:,.0f}", "")
            row("the same, kept", f"{same:,.0f} = {same / other:.1f} ×", "≥ 3 ×")
            Daemon.calls, Daemon.delay = Counter(), 0.1
            with ThreadPoolExecutor(CLIENTS) as clients:
                url = f"{server.url}/daemon/getblockhash/987654321"
                list(clients.map(lambda _: requests.get(url, timeout=30).raise_for_status(), range(CLIENTS)))
            # Of this call alone: some of wrk's were still on their way when it ended.
            asked = Daemon.calls["getblockhash [987654321]"]
            row(f"calls to the daemon, {CLIENTS} clients at once", str(asked), "≤ 1")
        stub.shutdown()


def _per_cpu_second(server: LiveServer, step: int, seconds: int = 4) -> float:
    """Return how many answers the server gives in a second of its CPU time; step 0: always the same answer."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(
            _WRK.format(step=step).replace("local number = 0", f"local number = {time.time_ns() % 10**9}")
        )
        script.flush()
        before = cpu_seconds(server.pid)
        command = ["wrk", "-t1", "-c32", f"-d{seconds}s", "-s", script.name, server.url]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        spent = cpu_seconds(server.pid) - before
    if "Non-2xx" in done.stdout:
        raise RuntimeError(done.stdout)
    return int(done.stdout.partition(" requests in")[0].split()[-1]) / spent


def daemon(count: int = 400) -> None:
    """Print what the gateway adds to a call that is not kept, to a real daemon, in turn with direct calls."""
    from cloud.tests.litecoin import PASSWORD, USER, litecoind

    with litecoind() as running, gateway(running.url()) as server:
        direct = http.client.HTTPConnection("127.0.0.1", running.port)
        token = requests.auth._basic_auth_str(USER, PASSWORD)
        through = http.client.HTTPConnection(server.url.partition("://")[2])
        call = json.dumps({"id": 1, "method": "decodescript", "params": ["00"]})
        spent: dict[str, list[float]] = {"direct": [], "through": []}
        for _ in range(count):
            spent["direct"].append(_post_ms(direct, "/", call, {"Authorization": token}))
            spent["through"].append(_post_ms(through, "/daemon/decodescript", '{"hex":"00"}', {}))
        medians = {name: statistics.median(times[20:]) for name, times in spent.items()}
        row("JSON-RPC call to litecoind, median", f"{medians['direct']:.2f} ms", "")
        added = medians["through"] - medians["direct"]
        row("the same through the gateway", f"{medians['through']:.2f} ms = + {added:.2f} ms", "≤ + 3 ms")


def _post_ms(connection: http.client.HTTPConnection, path: str, body: str, headers: dict[str, str]) -> float:
    started = time.perf_counter()
    connection.request("POST", path, body, headers | {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = response.read()
    if response.status != 200:
        raise RuntimeError(answer)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
