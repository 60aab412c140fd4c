"""CSV that spreadsheets may open: RFC 4180, and no cell that one of them would run."""

import csv
import io
from collections.abc import Iterable

# A cell that begins with one of these is a formula to spreadsheets, and may send its neighbours away.
_OPENS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(rows: Iterable[Iterable[object]]) -> str:
    """Return the rows as lines, each with its end (CR LF).

    None is an empty cell, a boolean `true` or `false`. A text that would open a formula gets an apostrophe first.
    """
    out = io.StringIO()
    csv.writer(out).writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_OPENS_A_FORMULA):
        return f"'{value}"
    return value
