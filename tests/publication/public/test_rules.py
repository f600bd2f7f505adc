"""What the rules of the catalogue show: the vectors, and what the public cube adds."""

import csv
import json
from pathlib import Path

import pytest

from orchestration.publication.public import rules
from orchestration.publication.public.complements import Cell, Sum, protected
from orchestration.publication.public.rules import RULES, Shown, base_of_survey, in_cube

VECTORS = Path(__file__).parents[2] / "vectors" / "suppression_vectors.csv"


def vectors(*starts):
    with VECTORS.open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if row["rule"].startswith(starts)]


def number(text):
    return None if text == "NULL" else int(text)


def told(shown: Shown):
    return shown.symbol or f"{shown.value:g}"


@pytest.mark.parametrize("row", vectors("SR1", "SR3", "SR4"), ids=str)
def test_a_count_is_shown_as_its_publisher_shows_it(row):
    rule = RULES[row["rule"].removesuffix("_count")]
    assert told(rule.count(number(row["value_or_num_or_table"]))) == row["expected"]


@pytest.mark.parametrize("row", vectors("SR2"), ids=str)
def test_a_share_is_shown_as_its_publisher_shows_it(row):
    code = row["rule"].partition("_")[0]
    part, whole = number(row["value_or_num_or_table"]), number(row["denominator"])
    shown = RULES[code].share(part, whole, guards_complement=code == "SR2C")
    assert told(shown) == row["expected"]


@pytest.mark.parametrize("row", vectors("SR5"), ids=str)
def test_a_survey_is_judged_by_its_base(row):
    assert base_of_survey(number(row["value_or_num_or_table"])) == row["expected"]


@pytest.mark.parametrize(
    "row", [one for one in vectors("SECONDARY") if one["expected"] != "policy"], ids=str
)
def test_what_totals_would_give_away_is_hidden_too(row):
    told = json.loads(row["value_or_num_or_table"])
    lines, by_column = told, None
    if isinstance(told, dict):
        lines = [[*line, total] for line, total in zip(told["cells"], told["row_totals"], strict=1)]
        by_column = told["col_totals"]
    width = len(lines[0]) - 1
    cells = [shown(count) for line in lines for count in line[:-1]]
    sums = [
        Sum(tuple(range(at * width, (at + 1) * width)), line[-1], line[-1])
        for at, line in enumerate(lines)
    ]
    for at, total in enumerate(by_column or []):
        sums.append(Sum(tuple(range(at, len(cells), width)), total, total))
    found = ["c" if cell.is_hidden else cell.count for cell in protected(cells, sums, hidden)]
    expected = json.loads(row["expected"].replace("'", '"'))
    assert found == [one for line in expected for one in line[:width]]


def shown(count: int) -> Cell:
    """A cell as SR3 shows it: readers know that a hidden one is 1 to 4."""
    return Cell(count, 1, 4, True) if 1 <= count <= 4 else Cell(count, count, count)


def hidden(cell: Cell) -> Cell:
    """A cell hidden to protect another: readers know nothing of it."""
    return Cell(cell.count, 0, float("inf"), True)


def test_a_total_that_is_not_the_sum_of_its_parts_is_no_table():
    with pytest.raises(ValueError, match="not the sum of its parts"):
        protected([shown(3), shown(9)], [Sum((0, 1), 20, 20)], hidden)


@pytest.mark.parametrize("code", RULES)
def test_the_public_cube_hides_1_to_7_and_rounds_to_5_or_more(code):
    rule = in_cube(code)
    assert [rule.count(count).value for count in range(1, 8)] == [None] * 7
    for count in range(8, 200):
        value = rule.count(count).value
        assert value % rules.ROUNDED_TO == 0 and abs(value - count) <= rule.rounded_to / 2


def test_a_count_that_does_not_exist_is_no_small_number():
    assert RULES["SR3"].count(None) == Shown(None, "x")
