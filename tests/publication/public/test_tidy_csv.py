"""What stands in the public files."""

import csv
import io

import pytest

from orchestration.publication.public import tidy_csv
from orchestration.publication.public.cube import cut
from tests.publication.public.test_cube import figure, share

WORDS = {"short_title": "Plans", "area_name": "Sampleton", "status_reason": None}
WORDS |= {"is_provisional": False, "is_revised": False}


def rows(data):
    return list(csv.DictReader(io.StringIO(data.decode())))


def made(*figures):
    return cut([one | WORDS for one in figures])


def test_a_number_and_a_symbol_never_share_a_column():
    (row,) = rows(tidy_csv.figures(made(share(3, 71))))
    assert (row["numerator"], row["numerator_symbol"]) == ("", "c")
    assert (row["denominator"], row["denominator_symbol"]) == ("70", "")
    assert (row["value"], row["value_symbol"]) == ("", "c")


def test_a_correction_is_told_with_what_the_public_saw_and_sees():
    before = {one.key: one for one in made(figure(43))}
    told = rows(tidy_csv.restatements(made(figure(54)), before, "2025-10/r1", "2025-11/r1"))
    assert [(one["old_value"], one["new_value"]) for one in told] == [("45", "55")]
    assert told[0]["new_release"] == "2025-11/r1"


def test_a_figure_that_is_the_same_and_one_that_is_new_are_no_corrections():
    before = {one.key: one for one in made(figure(43))}
    assert rows(tidy_csv.restatements(made(figure(43)), before, "a", "b")) == []
    assert rows(tidy_csv.restatements(made(figure(43)), {}, "a", "b")) == []


@pytest.mark.parametrize("start", tidy_csv.RUN_BY_SPREADSHEETS)
def test_a_text_that_a_spreadsheet_would_run_is_a_text(start):
    assert tidy_csv.plain(f"{start}cmd|' /C calc'!A0").startswith("'")


def test_a_number_below_nought_stays_a_number():
    assert tidy_csv.plain(-3) == "-3"
    assert tidy_csv.plain(-2.5) == "-2.5"
