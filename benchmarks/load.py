"""Servers side by side under wrk, and the CPU time that each spends on an answer."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.live import ROOT, free_port

CONNECTIONS = 32
AGENT = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Mobile Safari/537.36"
)
# One thread of wrk chooses among the links at random. With `visitors` above one, each visit is another visitor's.
_SCRIPT = """
math.randomseed(7)
local slugs = {{}}
for line in io.lines("{slugs}") do slugs[#slugs + 1] = "/r/" .. line end
local headers = {{["User-Agent"] = "{agent}", ["Referer"] = "https://news.example/"}}
request = function()
  if {visitors} > 1 then headers["User-Agent"] = "{agent} " .. math.random({visitors}) end
  return wrk.format("GET", slugs[math.random(#slugs)], headers)
end
done = function(summary, latency)
  io.write(string.format("p99 %d\\n", latency:percentile(99)))
  io.write(string.format("bad %d\\n", summary.errors.status + summary.errors.timeout + summary.errors.read))
end
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A server under test. pid: of its first process; the CPU of all below it counts."""

    name: str
    port: int
    pid: int


@dataclass(frozen=True, slots=True)
class Load:
    """One round. cpu_us: microseconds of CPU for each answer, of all the server's processes."""

    requests: int
    seconds: float
    cpu_us: float
    p99_ms: float


class Wrk:
    """wrk with its script. slugs: what is visited. visitors: how many different ones there are."""

    def __init__(self, slugs: list[str], *, visitors: int = 1) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="flux-wrk-")
        names = Path(self._folder.name) / "slugs"
        names.write_text("\n".join(slugs))
        self._script = Path(self._folder.name) / "visit.lua"
        self._script.write_text(_SCRIPT.format(slugs=names, agent=AGENT, visitors=visitors))

    def run(self, server: Server, seconds: float) -> Load:
        """Load a server; raises RuntimeError when an answer was not a redirect."""
        before = cpu_seconds(server.pid)
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "-s", str(self._script)]
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{server.port}"], capture_output=True, text=True, check=True
        )
        spent = cpu_seconds(server.pid) - before
        found = re.search(r"(\d+) requests in ([\d.]+)s", done.stdout)
        p99, bad = (re.search(rf"^{name} (\d+)", done.stdout, re.MULTILINE) for name in ("p99", "bad"))
        if not (found and p99 and bad) or int(bad[1]) or not int(found[1]):
            raise RuntimeError(f"{server.name} did not answer with redirects:\n{done.stdout}")
        number = int(found[1])
        return Load(number, float(found[2]), spent / number * 1e6, int(p99[1]) / 1000)


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process and of all below it, user and system."""
    children = subprocess.run(["pgrep", "--parent", str(pid)], capture_output=True, text=True, check=False)
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(cpu_seconds(int(child)) for child in children.stdout.split())


@contextmanager
def bare_server(threads: int) -> Iterator[Server]:
    """Serve the bare 302 with the same server and the same options as the platform."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("granian")), "--interface=wsgi", "--host=127.0.0.1"]
    command += [f"--port={port}", "--workers=1", f"--blocking-threads={threads}", "--no-ws", "--log-level=error"]
    with _running([*command, "benchmarks.bare:application"]) as pid:
        yield Server("bare WSGI 302", port, pid)


@contextmanager
def nginx_server() -> Iterator[Server]:
    """Serve `return 302` with one nginx worker."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="flux-nginx-") as folder:
        configuration = Path(folder) / "nginx.conf"
        configuration.write_text(
            "daemon off; worker_processes 1; pid nginx.pid; error_log stderr crit; events {}\n"
            "http { access_log off; server {\n"
            f"  listen 127.0.0.1:{port};\n"
            "  add_header Cache-Control 'private, no-store' always; add_header X-Robots-Tag noindex always;\n"
            "  add_header Referrer-Policy no-referrer-when-downgrade always;\n"
            "  return 302 https://example.com/very/long/path; } }\n"
        )
        with _running(["nginx", "-p", folder, "-c", str(configuration)]) as pid:
            yield Server("nginx return 302", port, pid)


@contextmanager
def _running(command: list[str]) -> Iterator[int]:
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()
