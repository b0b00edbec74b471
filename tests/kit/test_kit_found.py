"""What a list as a file must not do, each of which it once did."""

import csv
import io

import pytest

from rapport.kit.exports import csv_lines

FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("text", ["late;=1+1", "a; @SUM(A1)", "a\t=1+1", '";-1', "a;;+1", "a;\uff1d1", 'a;"=1+1"'])
def test_no_text_is_run_by_a_spreadsheet_that_parts_cells_by_another_sign(text, separator):
    written = "".join(csv_lines(["first", "second"], [[text, text]]))
    for row in csv.reader(io.StringIO(written, newline=""), delimiter=separator):
        assert not [cell for cell in row if cell.lstrip().startswith(FORMULA)]
