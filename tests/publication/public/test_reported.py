"""What stands beside a public figure rests on public figures alone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from orchestration.publication.public import reported
from orchestration.publication.public.cube import cut
from tests.publication.public import test_cube

NOVEMBER = {"period_start": date(2025, 11, 1), "period_end": date(2025, 11, 30)}
A_YEAR_AGO = {"period_start": date(2024, 12, 1), "period_end": date(2024, 12, 31)}
CHANCE = {"spc_mean": 41.5, "spc_lower": 20.25, "spc_upper": 62.75, "variation": "common_cause"}
JUDGED = {"rag": "red", "spc_rule": "none", "spc_reason": None, "base_flag": "small"}


def exact(count, **changed):
    return test_cube.figure(count, suppression_rule="SR0", **changed)


def status_of(figure, **changed):
    """The release's own row: everything in it rests on exact figures."""
    own = {"status_reason": None, "previous_value": 39.0, "year_ago_value": 51.0, "backlog": 17.0}
    return dict(figure) | own | CHANCE | JUDGED | {"is_complete": True} | changed


def made(row, *others, backlogs=None):
    return reported.status(row, reported.Figures(cut([row, *others])), backlogs or {})


def test_of_an_exact_series_everything_stays():
    row = status_of(exact(43))
    left = made(row)
    assert {name: left[name] for name in row} == row | {"backlog": None}
    assert left["rounded_to"] == 0


def test_a_rounded_figure_is_compared_with_rounded_figures_and_judged_by_nothing():
    figure = test_cube.figure
    left = made(status_of(figure(43)), figure(38, **NOVEMBER), figure(52, **A_YEAR_AGO))
    assert (left["value"], left["numerator"], left["denominator"]) == (45, Decimal(45), None)
    assert (left["previous_value"], left["year_ago_value"]) == (40, 50)
    assert (left["rag"], left["variation"], left["spc_rule"]) == ("grey", "none", "none")
    gone = ("spc_mean", "spc_lower", "spc_upper", "backlog", "base_flag", "is_complete")
    assert [left[name] for name in gone] == [None] * len(gone)
    assert (left["spc_reason"], left["rounded_to"]) == ("rounded", 5)


def test_a_hidden_figure_says_by_which_rule_and_has_no_part_of_it():
    left = made(status_of(test_cube.figure(6)))
    assert (left["value"], left["numerator"]) == (None, None)
    assert (left["value_status"], left["status_reason"]) == ("suppressed", "disclosure:SR3")
    assert left["spc_reason"] == "no_value"


def test_a_figure_before_that_is_hidden_is_no_figure_to_compare_with():
    left = made(status_of(test_cube.figure(43)), test_cube.figure(6, **A_YEAR_AGO))
    assert (left["value"], left["year_ago_value"]) == (45, None)


def test_a_figure_that_there_is_not_keeps_its_reason():
    gap = {"value": None, "numerator": None, "value_status": "not_available"}
    left = made(status_of(test_cube.figure(0) | gap, status_reason="not_received"))
    assert (left["value_status"], left["status_reason"]) == ("not_available", "not_received")


def test_a_series_with_one_figure_that_is_not_exact_is_not_exact():
    """No rule makes such a series; if one did, its limits would rest on what is hidden."""
    row, other = status_of(exact(43)), test_cube.figure(38, **NOVEMBER)
    assert made(row, other)["spc_mean"] is None


def test_a_figure_that_is_not_public_has_no_row():
    weekly = {"period_type": "rolling_12m"}
    assert made(status_of(test_cube.figure(43, **weekly))) is None


@pytest.mark.parametrize("column", ["value", "numerator"])
def test_an_exact_figure_that_two_tables_tell_differently_stops_the_release(column):
    row = status_of(exact(43))
    figures = reported.Figures(cut([row]))
    with pytest.raises(ValueError, match="is not the public figure"):
        reported.status(row | {column: 44.0}, figures, {})


@pytest.mark.parametrize(
    ("late", "left"), [(exact(17, value=17.0), 17), (exact(18, value=18.0), None)]
)
def test_a_backlog_is_shown_where_it_is_an_exact_public_figure(late, left):
    late = late | {"indicator_id": "late_n"}
    row = status_of(exact(43))
    assert made(row, late, backlogs={"plans_n": "late_n"})["backlog"] == left


def test_a_backlog_of_rounded_figures_is_not_shown():
    late = test_cube.figure(17, value=17.0) | {"indicator_id": "late_n"}
    assert made(status_of(exact(43)), late, backlogs={"plans_n": "late_n"})["backlog"] is None


def test_the_newest_figure_is_of_the_period_that_the_release_says_or_of_a_public_kind():
    month, november = test_cube.figure(43), test_cube.figure(38, **NOVEMBER)
    rows = [november, month]
    assert list(reported.latest([november], rows)) == [november]
    assert list(reported.latest([month | {"period_type": "rolling_12m"}], rows)) == [month]
    assert list(reported.latest([month | {"indicator_id": "other_n"}], rows)) == []


def cell(figure, **changed):
    row = {"indicator_id": "plans_n", "actual_period_type": "month", "actual_status": "value"}
    row |= {"period_end": figure["period_end"], "actual_value": figure["value"], "is_met": True}
    return reported.plan_cell(row | changed, reported.Figures(cut([figure])))


@pytest.mark.parametrize(
    ("figure", "actual", "is_met", "status"),
    [
        (exact(43), 43, True, "value"),
        (test_cube.figure(43), 45, None, "value"),
        (test_cube.figure(6, value=6.0), None, None, "suppressed"),
    ],
)
def test_a_cell_of_the_plan_is_judged_where_its_figure_is_exact(figure, actual, is_met, status):
    left = cell(figure)
    assert (left["actual_value"], left["is_met"], left["actual_status"]) == (actual, is_met, status)


def test_a_cell_of_the_plan_without_a_figure_has_none():
    left = cell(exact(43), actual_value=None, is_met=None, actual_status=None)
    assert (left["actual_value"], left["actual_status"]) == (None, None)


def promise(*figures, newest=(), **changed):
    row = {name: figures[0][name] for name in ("period_type", "period_start", "period_end")}
    row |= {"indicator_id": "plans_n", "indicator_ids": "plans_n", "position": "on_course"}
    row |= {"actual_value": figures[0]["value"], "unit": "count", "year_ago_value": 51.0}
    return reported.promise(row | changed, reported.Figures(cut(figures)), newest)


def test_a_promise_is_judged_where_every_figure_that_counts_for_it_is_exact():
    left = promise(exact(43))
    assert (left["position"], left["actual_value"], left["year_ago_value"]) == ("on_course", 43, 51)
    other = test_cube.figure(20) | {"indicator_id": "other_n"}
    left = promise(exact(43), other, indicator_ids="plans_n; other_n")
    assert left["position"] == "no_verdict"


def test_a_promise_that_is_not_judged_shows_the_first_public_figure_that_it_names():
    """Which one the release chose says which is the worst."""
    row = made(status_of(test_cube.figure(43)))
    first = row | {"indicator_id": "first_n", "value": None}
    left = promise(test_cube.figure(43), newest=[row, first], indicator_ids="first_n; plans_n")
    assert (left["position"], left["indicator_id"]) == ("no_verdict", "plans_n")
    assert (left["actual_value"], left["year_ago_value"], left["rounded_to"]) == (45, None, 5)
    left = promise(test_cube.figure(43), newest=[first], indicator_ids="first_n")
    assert (left["actual_value"], left["indicator_id"]) == (None, None)


def test_a_promise_without_evidence_stays_one():
    left = promise(test_cube.figure(43), actual_value=None, position="no_evidence")
    assert (left["position"], left["actual_value"]) == ("no_evidence", None)


@pytest.mark.parametrize(
    ("figure", "left"),
    [(exact(43), ("better", "plans_n")), (test_cube.figure(43), ("no_verdict", None))],
)
def test_what_an_action_moved_is_said_where_its_figures_are_exact(figure, left):
    row = {"indicator_ids": "plans_n", "movement": "better", "better_ids": "plans_n"}
    found = reported.action(row | {"worse_ids": None}, reported.Figures(cut([figure])))
    assert (found["movement"], found["better_ids"]) == left


HIDDEN_SINCE = {
    "old_value": "45", "old_value_symbol": "", "new_value": "", "new_value_symbol": "c",
}  # fmt: skip


def test_a_correction_shows_what_the_public_file_shows():
    figure = test_cube.figure(6)
    left = reported.restatement(figure | HIDDEN_SINCE, None, reported.Figures(cut([figure])))
    assert (left["old_value"], left["old_status"]) == (45, "value")
    assert (left["new_value"], left["new_status"]) == (None, "suppressed")
    assert left["rounded_to"] == 5


@pytest.mark.parametrize(
    ("figure", "reason"), [(exact(43), "later_snapshot"), (test_cube.figure(43), None)]
)
def test_why_a_rounded_figure_was_corrected_is_not_said(figure, reason):
    """A figure stands in the file because it changed, or because a figure beside it did."""
    figures = reported.Figures(cut([figure]))
    left = reported.restatement(figure | HIDDEN_SINCE, "later_snapshot", figures)
    assert left["reason"] == reason
