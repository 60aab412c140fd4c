"""A pytest plugin for the run on services (`-p tests.marked_must_run`): its marked tests must really run.

A test that is skipped because its service is missing looks like a pass. In this run it is a failure, and so
is a run in which a mark has no test at all.
"""

from collections import Counter

import pytest

MARKS = ("services", "browser")
_ran: Counter[str] = Counter()
_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count the marked tests that ran, and note those that did not."""
    marks = [mark for mark in MARKS if mark in report.keywords]
    if marks and report.skipped:
        _skipped.append(report.nodeid)
    elif report.when == "call":
        _ran.update(marks)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Turn a green run red when a mark has nothing to show for it."""
    if not hasattr(session.config, "workerinput") and exitstatus == 0 and _complaints():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many marked tests ran, and what is wrong when some did not."""
    counts = ", ".join(f"{_ran[mark]} {mark}" for mark in MARKS)
    terminalreporter.write_line(f"Marked tests that ran: {counts}")
    for complaint in _complaints():
        terminalreporter.write_line(f"FAILED {complaint}", red=True)


def _complaints() -> list[str]:
    without = [f"no test marked {mark} ran" for mark in MARKS if not _ran[mark]]
    return without + [f"{name} was skipped, but must run here" for name in _skipped]
