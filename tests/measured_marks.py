"""A pytest plugin (`-p tests.measured_marks --measure services`): coverage is taken of tests with that mark alone.

Tracing nearly doubles what a test costs. What one run has measured the next need not measure again.
"""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the mark from the command line."""
    parser.addoption("--measure", metavar="MARK", help="the mark of the tests whose coverage is wanted")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tell pytest-cov to stop tracing during all others."""
    for item in items:
        if not item.get_closest_marker(config.getoption("--measure")):
            item.add_marker("no_cover")
