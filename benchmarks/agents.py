"""How well and how fast user agents are classified, beside the lists that one could use alone.

    python -m benchmarks.agents --bots FILE --devices FILE
    python -m benchmarks.agents --renew

Tab-separated files with a head line. bots: set, is_bot (0 or 1), user agent. devices: device (desktop, mobile or
tablet), system, browser, user agent. --renew takes the newest isbot from npm into `links/agent_lists/`.
"""

import argparse
import json
import resource
import statistics
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks.environment import machine
from links.agent_lists import ISBOT, bounded, crawler_patterns, isbot_patterns
from links.agents import classify
from links.devices import device_of
from links.expressions import FirstOf

Rows = list[tuple[str, str]]


def main() -> None:
    """Print the tables, or renew the list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bots", type=Path)
    parser.add_argument("--devices", type=Path)
    parser.add_argument("--renew", action="store_true")
    options = parser.parse_args()
    if options.renew:
        renew()
        return
    print(machine())
    known = read(options.bots, 1) if options.bots else []
    devices = read(options.devices, 0) if options.devices else []
    cost([text for _, text in known + devices])
    if known:
        compare_bots(known)
    if devices:
        compare_devices(devices)


def read(path: Path, column: int) -> Rows:
    """Return (label, user agent) of every line."""
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return [(fields[column], fields[-1]) for fields in lines]


def cost(texts: list[str]) -> None:
    """Print what it takes to load the lists, to class a new text, and to class one again."""
    before, started = memory_mb(), time.perf_counter()
    classify("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/130.0.0.0 Mobile Safari/537.36")
    print(f"\nlists loaded in {time.perf_counter() - started:.2f} s, {memory_mb() - before:.0f} MB")
    print("\n| one user agent | median | p99 | most |\n|---|---|---|---|")
    for name in ("new", "remembered"):
        spent = [timed(text) for text in texts]
        p99 = statistics.quantiles(spent, n=100)[98]
        print(f"| {name} | {statistics.median(spent):.2f} µs | {p99:.2f} µs | {max(spent):.0f} µs |")
    print(f"\nafter {len(texts)} different ones: {memory_mb() - before:.0f} MB")


def timed(text: str) -> float:
    """Return the microseconds of one call."""
    started = time.perf_counter()
    classify(text)
    return (time.perf_counter() - started) * 1e6


def compare_bots(rows: Rows) -> None:
    """Print whom each candidate takes for a bot."""
    marks, crawlers = FirstOf(isbot_patterns()), FirstOf(crawler_patterns(), case_matters=True)
    matomo_bots = FirstOf(bounded("upstream/bots"))
    candidates: dict[str, Callable[[str], bool]] = {
        "isbot alone": marks.__contains__,
        "crawler-user-agents alone": crawlers.__contains__,
        "Matomo's bots alone": matomo_bots.__contains__,
        "isbot or crawler-user-agents": lambda text: text in marks or text in crawlers,
        "**links.agents**": lambda text: classify(text).is_bot,
    }
    print("\n| list | bots found | people flagged |\n|---|---|---|")
    for name, judge in candidates.items():
        print(f"| {name} | {share(rows, '1', judge)} | {share(rows, '0', judge)} |")


def share(rows: Rows, label: str, judge: Callable[[str], bool]) -> str:
    """Return how many of the lines with a label are taken for a bot."""
    verdicts = [judge(text) for is_bot_line, text in rows if is_bot_line == label]
    return f"{100 * statistics.mean(verdicts):.2f} % of {len(verdicts)}"


def compare_devices(rows: Rows) -> None:
    """Print how many devices are right."""
    total = Counter(label for label, _ in rows)
    right = Counter(label for label, text in rows if device_of(text[:512]) == label)
    print("\n| device | right |\n|---|---|")
    for label, number in sorted(total.items()):
        print(f"| {label} | {100 * right[label] / number:.2f} % of {number} |")


def memory_mb() -> float:
    """Return the most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def renew() -> None:
    """Write the patterns of the newest isbot; its number goes into the docstring by hand."""
    script = "const p=require('isbot/package.json');console.log(JSON.stringify([p.version,require('isbot').list]))"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "install", "--silent", "--ignore-scripts", "isbot"], cwd=folder, check=True)
        answer = subprocess.run(["node", "-e", script], cwd=folder, check=True, capture_output=True)
    version, patterns = json.loads(answer.stdout)
    ISBOT.write_text(json.dumps(patterns, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"isbot {version}: {len(patterns)} patterns; name the version in links/agent_lists/__init__.py")


if __name__ == "__main__":
    main()
