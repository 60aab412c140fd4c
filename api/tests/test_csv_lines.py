"""CSV that spreadsheets may open."""

import csv
import io

import pytest

from api.csv_lines import csv_lines

pytestmark = pytest.mark.once


@pytest.mark.parametrize("mark", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_never_begins_with_a_mark_that_opens_a_formula(mark):
    cells = next(csv.reader(io.StringIO(csv_lines([[f"{mark}1", f"a{mark}"]]), newline="")))
    assert cells == [f"'{mark}1", f"a{mark}"]


def test_cells_survive_the_way_through_csv():
    values = ["a,b", 'say "hi"', "two\r\nlines", "ü", ""]
    assert next(csv.reader(io.StringIO(csv_lines([values]), newline=""))) == values
    assert csv_lines([[None, True, False, -7]]) == ",true,false,-7\r\n"
