"""What a user would pick instead: `sharp` from npm, driven through one node process, and `cwebp`."""

import json
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

_SCRIPT = """
const sharp = require('sharp'), fs = require('fs');
const lines = require('readline').createInterface({input: process.stdin});
sharp.concurrency(1); sharp.cache(false);
(async () => {
  console.log(sharp.versions.sharp + ', libvips ' + sharp.versions.vips);
  for await (const line of lines) {
    const {input, format, options} = JSON.parse(line), data = fs.readFileSync(input);
    const before = process.cpuUsage();
    const written = await sharp(data)[format](options).toBuffer();
    const spent = process.cpuUsage(before);
    fs.writeFileSync(input + '.out', written);
    console.log((spent.user + spent.system) / 1e6);
  }
})();
"""


@dataclass(frozen=True, slots=True)
class Written:
    """What a rival made of a picture. cpu_seconds: the least of some rounds, user and system."""

    data: bytes
    cpu_seconds: float


class Sharp:
    """A running node process with sharp; `version` names it."""

    def __init__(self, requests: IO[str], answers: IO[str], folder: Path) -> None:
        self._requests, self._answers, self._input = requests, answers, folder / "input"
        self.version = f"sharp {answers.readline().strip()}"

    def write(self, data: bytes, format: str, *, rounds: int = 3, **options: Any) -> Written:  # noqa: A002
        """Encode one picture on one thread."""
        self._input.write_bytes(data)
        spent = []
        for _ in range(rounds):
            print(
                json.dumps({"input": str(self._input), "format": format, "options": options}), file=self._requests
            )
            self._requests.flush()
            spent.append(float(self._answers.readline()))
        return Written(self._input.with_suffix(".out").read_bytes(), min(spent))


@contextmanager
def running_sharp(folder: Path) -> Iterator[Sharp]:
    """Install the newest sharp into a folder and start it."""
    subprocess.run(["npm", "install", "--silent", "sharp"], cwd=folder, check=True)
    (folder / "drive.js").write_text(_SCRIPT)
    with subprocess.Popen(
        ["node", "drive.js"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as node:
        assert node.stdin is not None
        assert node.stdout is not None
        yield Sharp(node.stdin, node.stdout, folder)
        node.stdin.close()


def cwebp_seconds(data: bytes, folder: Path, *, rounds: int = 3) -> float:
    """Return the CPU seconds of `cwebp -m 4 -q 82`, its start included; the least of some rounds."""
    source = folder / "cwebp.input"
    source.write_bytes(data)
    spent = []
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(["cwebp", "-quiet", "-m", "4", "-q", "82", source, "-o", folder / "cwebp.out"], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent)
