"""Which figures are public, and what each shows."""

from datetime import date
from decimal import Decimal

import pytest

from orchestration.publication.public.cube import cut, named, public

BASE = {
    "indicator_id": "plans_n",
    "basis": "local",
    "period_type": "month",
    "period_start": date(2025, 12, 1),
    "period_end": date(2025, 12, 31),
    "area_code": "E06999999",
    "breakdown": "all",
    "breakdown_value": "all",
    "numerator": Decimal(43),
    "denominator": None,
    "value": 43.0,
    "value_status": "value",
    "suppression_rule": "SR3",
    "unit": "count",
    "aggregation": "stock",
    "snapshot": "month",
    "period_types": "month",
}
YEAR = {
    "period_type": "calendar_year",
    "period_start": date(2025, 1, 1),
    "snapshot": "newest",
    "aggregation": "sum",
    "period_types": "calendar_year; month; rolling_12m",
}


def figure(numerator, denominator=None, **changed):
    whole = None if denominator is None else Decimal(denominator)
    return BASE | {"numerator": Decimal(numerator), "denominator": whole} | changed


def share(part, whole, **changed):
    return figure(part, whole, unit="pct", value=100 * part / whole, **changed)


def shown(row):
    one = public(row)
    return [cell.symbol or cell.value for cell in (one.numerator, one.denominator, one.value)]


def test_service_performance_of_the_whole_area_is_exact():
    row = share(3, 71, suppression_rule="SR0")
    assert shown(row) == [3, 71, pytest.approx(100 * 3 / 71)]
    assert public(row).is_exact


def test_a_part_of_service_performance_is_hidden_and_rounded_like_all_else():
    part = share(43, 71, suppression_rule="SR0", breakdown="sex", breakdown_value="F")
    assert shown(part) == [45, 70, 64]
    assert not public(part).is_exact


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        (figure(43), [45, "z", 45]),
        (figure(7), ["c", "z", "c"]),
        (figure(8), [10, "z", 10]),
        (figure(0), [0, "z", 0]),
        (figure(0, suppression_rule="SR1"), ["*", "z", "*"]),
        (figure(43, suppression_rule="SR4"), [40, "z", 40]),
        (share(43, 71), [45, 70, 64]),
        (share(7, 71), ["c", 70, "c"]),
        (share(64, 71), ["c", 70, "c"]),
        (share(63, 71), [65, 70, 93]),
        (share(71, 71), [70, 70, 100]),
        (share(9, 9), ["c", 10, "c"]),
        (share(15, 27), [15, 25, "u"]),
        (share(15, 28), [15, 30, 50]),
    ],
    ids=lambda one: None,
)
def test_counts_are_hidden_up_to_7_and_rounded_and_shares_follow_from_what_is_shown(row, cells):
    assert shown(row) == cells


@pytest.mark.parametrize(
    ("aggregation", "cases", "value"),
    [("median", 8, 13), ("median", 7, "c"), ("percentile", 28, 13), ("percentile", 27, "c")],
)
def test_a_median_needs_ten_rounded_cases_and_a_percentile_thirty(aggregation, cases, value):
    row = BASE | {"numerator": None, "denominator": Decimal(cases), "value": 12.6}
    assert shown(row | {"unit": "weeks", "aggregation": aggregation})[2] == value


@pytest.mark.parametrize(
    ("rule", "cells", "reason"),
    [("SR2", ["*", "*", "*"], None), ("SR3", [0, 0, "z"], "nil_base")],
)
def test_a_share_of_nobody_is_a_count_of_0_and_hidden_where_0_is(rule, cells, reason):
    gap = {"value_status": "not_applicable", "status_reason": "nil_base", "unit": "pct"}
    row = BASE | gap | {"suppression_rule": rule, "numerator": None, "value": None}
    assert (shown(row), public(row).figure["status_reason"]) == (cells, reason)


def test_nobody_left_over_is_hidden_where_0_is():
    """Another indicator may count who is left over, and hides that it is nobody."""
    assert shown(share(120, 120, suppression_rule="SR2")) == ["*", 120, "*"]
    assert shown(share(120, 120, suppression_rule="SR3")) == [120, 120, 100]


def test_a_figure_that_there_is_not_says_so_and_is_no_small_number():
    gap = {"numerator": None, "denominator": None, "value": None}
    assert shown(BASE | gap | {"value_status": "not_available"}) == ["x"] * 3
    assert shown(BASE | gap | {"value_status": "not_applicable"}) == ["z"] * 3


def periods(*rows):
    return [(one.figure["period_type"], one.figure["breakdown"]) for one in cut(rows)]


def test_a_protected_figure_has_months_and_whole_years_and_no_windows_that_roll():
    rolling = {"period_type": "rolling_12m", "period_start": date(2025, 1, 1)}
    flow = figure(43, **YEAR)
    rows = [flow, flow | rolling, flow | {"period_type": "month"}]
    assert periods(*rows) == [("calendar_year", "all"), ("month", "all")]
    exact = [row | {"suppression_rule": "SR0"} for row in rows]
    assert len(periods(*exact)) == 3


def parts(*counts, total, **changed):
    rows = [figure(total, **changed)]
    for label, count in zip("FMU", counts, strict=False):
        rows.append(figure(count, breakdown="sex", breakdown_value=label, **changed))
    return rows


def test_a_breakdown_is_shown_at_the_end_of_quarters_and_of_years_and_one_at_a_time():
    november = {"period_start": date(2025, 11, 1), "period_end": date(2025, 11, 30)}
    assert ("month", "sex") in periods(*parts(30, 40, total=70))
    assert ("month", "sex") not in periods(*parts(30, 40, total=70, **november))
    assert ("calendar_year", "sex") in periods(*parts(30, 40, total=70, **YEAR))


def test_a_breakdown_that_its_total_would_give_away_is_left_out():
    assert ("month", "sex") in periods(*parts(50, 41, 4, total=95))
    assert ("month", "sex") not in periods(*parts(52, 42, 7, total=101))


def test_a_breakdown_without_its_total_is_left_out():
    assert periods(*parts(30, 40, total=70)[1:]) == []


def test_ethnic_groups_and_other_areas_of_detail_are_not_public():
    detail = {"breakdown": "ethnicity_group", "breakdown_value": "WBRI"}
    assert periods(figure(43), figure(40, **detail)) == [("month", "all")]


@pytest.mark.parametrize(
    ("left_out", "groups"),
    [("all", []), ("F", []), (None, ["F", "M"])],
    ids=["of the whole area", "of a group", "nothing"],
)
def test_a_figure_that_gives_something_away_is_left_out_with_its_breakdown(left_out, groups):
    women, men = (
        figure(count, **YEAR, breakdown="sex", breakdown_value=group)
        for group, count in (("F", 20), ("M", 30))
    )
    rows = [figure(50, **YEAR), women, men]
    gone = [named(one.key) for one in cut(rows) if one.key[-1] == left_out]
    whole, *rest = cut(rows, gone)
    assert [one.key[-1] for one in rest] == groups
    assert (whole.numerator.symbol, whole.value.symbol) == (
        ("x", "x") if left_out == "all" else (None, None)
    )
