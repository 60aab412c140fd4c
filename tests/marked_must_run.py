"""A pytest plugin (`-p tests.marked_must_run --must-run services`): tests with that mark must really run.

A test that is skipped because its service is missing looks like a pass. In such a run it is a failure, and so
is a run in which a mark has no test at all.
"""

from collections import Counter

import pytest

_marks: list[str] = []
_ran: Counter[str] = Counter()
_skipped: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the marks from the command line."""
    parser.addoption(
        "--must-run", action="append", default=[], metavar="MARK", help="a mark without skipped tests"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Note the marks."""
    _marks[:] = config.getoption("--must-run")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count the marked tests that ran, and note those that did not."""
    marks = [mark for mark in _marks if mark in report.keywords]
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
    counts = ", ".join(f"{_ran[mark]} {mark}" for mark in _marks)
    terminalreporter.write_line(f"Marked tests that ran: {counts}")
    for complaint in _complaints():
        terminalreporter.write_line(f"FAILED {complaint}", red=True)


def _complaints() -> list[str]:
    without = [f"no test marked {mark} ran" for mark in _marks if not _ran[mark]]
    return without + [f"{name} was skipped, but must run here" for name in _skipped]
