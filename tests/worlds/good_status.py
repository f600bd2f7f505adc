"""What a release tells of the figures of the good candidate: status, charts, trajectory and plan.

The rows follow from those of the other tables, so that a test that changes a figure changes what
is told of it too; a test that breaks one of these tables changes its rows afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

HOME = "E08000015"
RATED = "slt_within_18w_pct"  # has a trajectory and a target
CHARTED = "nd_open_referrals_n"  # has limits
Rows = list[dict[str, Any]]

_TEXT = dict.fromkeys
COLUMNS: dict[str, dict[str, str]] = {
    "indicator_status": _TEXT(["indicator_id", "basis", "period_type"], "text")
    | {"period_end": "date", "area_code": "text", "value": "number"}
    | _TEXT(["numerator", "denominator"], "exact")
    | _TEXT(["value_status", "status_reason"], "text")
    | _TEXT(["previous_value", "year_ago_value", "trajectory_value"], "number")
    | {"trajectory_read": "text", "target_value": "number"}
    | _TEXT(["target_operator", "rag"], "text")
    | _TEXT(["spc_mean", "spc_lower", "spc_upper"], "number")
    | _TEXT(["spc_rule", "spc_reason", "variation", "assurance"], "text")
    | {"backlog": "number", "longest_wait_band": "text", "finding_count": "count"}
    | {
        "is_revised": "truth",
        "is_complete": "truth",
        "period_start": "date",
        "trajectory_operator": "text",
    }
    | _TEXT(["interval_lower", "interval_upper"], "number"),
    "indicator_latest": _TEXT(["indicator_id", "basis", "period_type"], "text")
    | {"period_end": "date", "area_code": "text", "value": "number"}
    | _TEXT(["value_status", "status_reason"], "text"),
    "spc_points": _TEXT(["indicator_id", "basis", "area_code"], "text")
    | {"period_end": "date", "chart": "text", "value": "number"}
    | _TEXT(["spc_mean", "spc_lower", "spc_upper", "near_lower", "near_upper"], "number")
    | _TEXT(["spc_rule", "spc_reason", "variation", "assurance"], "text"),
    "trajectory_points": {"indicator_id": "text", "period_start": "date", "period_end": "date"}
    | {"trajectory_value": "number", "trajectory_read": "text", "operator": "text"}
    | {"plan_raw": "text", "plan_period_end": "date"}
    | {"next_raw": "text", "next_period_end": "date"},
    "improvement_plan": {"statement": "count", "metric": "text", "indicator_id": "text"}
    | {"kind": "text", "period_end": "date", "raw": "text", "operator": "text"}
    | {"target_value": "number", "actual_value": "number", "is_met": "truth"}
    | {"direction": "text", "baseline_value": "number", "metric_number": "count"}
    | {"is_cumulative": "truth"}
    | _TEXT(["plan_column", "unit", "reading", "statement_title", "planned_as"], "text")
    | {"planned_value": "number", "replaced_month": "date", "replaced_by": "text"}
    | {"actual_period_type": "text"},
    "parameters": _TEXT(["name", "value", "unit", "meaning", "source"], "text"),
    "roadmap": {"commitment_id": "text", "due_date": "date"}
    | _TEXT(["text", "evidence", "threshold"], "text")
    | {"actual_value": "number", "position": "text", "kind": "text", "sort_order": "count"}
    | _TEXT(["indicator_id", "period_type"], "text")
    | _TEXT(["period_start", "period_end"], "date")
    | _TEXT(["unit", "direction", "threshold_operator"], "text")
    | _TEXT(["threshold_value", "year_ago_value"], "number"),
}
UNIQUE_ON = {
    "indicator_status": ["indicator_id", "basis", "period_type", "period_end", "area_code"],
    "indicator_latest": ["indicator_id", "basis", "area_code"],
    "spc_points": ["indicator_id", "basis", "area_code", "period_end", "chart"],
    "trajectory_points": ["indicator_id", "period_end"],
    "improvement_plan": ["statement", "metric", "kind", "period_end"],
    "parameters": ["name"],
    "roadmap": ["commitment_id"],
}
SPLIT = {"indicator_status": "year", "spc_points": "year"}
_EXPECTED = {date(2025, 4, 30): 48.0, date(2025, 5, 31): 49.0}
_LIMITS = {"spc_mean": 40.0, "spc_lower": 34.0, "spc_upper": 46.0}
_NO_LIMITS = {"spc_mean": None, "spc_lower": None, "spc_upper": None}


def status_of(tables: Mapping[str, Rows]) -> dict[str, Rows]:
    """The rows of these tables for the figures of the others."""
    wholes = [row for row in tables["indicator_values"] if row["breakdown"] == "all"]
    return {
        "indicator_status": _once([_status(figure, wholes) for figure in wholes]),
        "indicator_latest": _latest(wholes, tables["indicators"]),
        "spc_points": _once([_point(row) for row in wholes if _is_point(row)]),
        "trajectory_points": [
            {"indicator_id": RATED, "period_start": date(2025, 4, 1)}
            | {"period_end": date(2025, 4, 30), "trajectory_value": 48.0}
            | {"trajectory_read": "plan_point", "operator": "=", "plan_raw": "48%"}
            | {"plan_period_end": date(2025, 4, 30), "next_raw": None, "next_period_end": None},
            {"indicator_id": RATED, "period_start": date(2025, 5, 1)}
            | {"period_end": date(2025, 5, 31), "trajectory_value": 49.0}
            | {"trajectory_read": "interpolated", "operator": "=", "plan_raw": "48%"}
            | {"plan_period_end": date(2025, 4, 30), "next_raw": "51%"}
            | {"next_period_end": date(2025, 7, 31)},
            dict.fromkeys(COLUMNS["trajectory_points"])
            | {"indicator_id": "appeals_n", "period_end": date(2025, 5, 31)}
            | {"trajectory_read": "none"},
        ],
        "improvement_plan": _cells(wholes),
        "roadmap": _promises(wholes),
        "parameters": [
            {"name": "rag_amber_points", "value": "5", "meaning": "Points a share may miss"},
            {"name": "rag_amber_pct", "value": "10", "meaning": "Percent a count may miss"},
            {"name": "day_count", "value": "exclusive", "meaning": "First day of a limit"},
            {"name": "trend_n", "value": "7", "meaning": "Points of a trend"},
            {"name": "shift_n", "value": "7", "meaning": "Points of a shift"},
            {"name": "spc_least_points", "value": "12", "meaning": "Points of a chart"},
        ],
    }


def _once(rows: Rows) -> Rows:
    """Each row once: a figure that a test puts in twice has one status."""
    return list({tuple(row[name] for name in _KEY if name in row): row for row in rows}.values())


_KEY = ("indicator_id", "basis", "period_type", "period_end", "area_code")


def _status(figure: Mapping[str, Any], wholes: Rows) -> dict[str, Any]:
    value, is_planned = figure["value"], _is_planned(figure)
    expected = _EXPECTED.get(figure["period_end"]) if is_planned else None
    is_charted = _is_point(figure) and figure["indicator_id"] == CHARTED
    reason = "autocorrelated_caution" if is_charted else "too_few_points"
    if not _is_point(figure):
        reason = "no_value" if figure["period_type"] == "month" else "not_monthly"
        reason = "not_complete" if figure["is_complete"] is False else reason
    copied = ("value", "numerator", "denominator", "value_status", "status_reason")
    copied += ("is_revised", "is_complete")
    is_share = figure["indicator_id"].endswith("_pct") and value is not None
    return (
        {name: figure[name] for name in (*_KEY, "period_start", *copied)}
        | {"previous_value": _before(figure, wholes), "year_ago_value": None}
        | {"trajectory_value": expected, "trajectory_operator": expected and "="}
        | {"trajectory_read": _read(figure, expected), "rag": _rag(value, expected)}
        | {"target_value": 75.0 if is_planned else None}
        | {"target_operator": "=" if is_planned else None}
        | (_LIMITS if is_charted else _NO_LIMITS)
        | {"spc_rule": "none", "spc_reason": reason, "assurance": "none"}
        | {"variation": "common_cause" if is_charted else "none"}
        | {"backlog": None, "longest_wait_band": None, "finding_count": 0}
        | {"interval_lower": min(max(value - 9, 0.0), 100.0) if is_share else None}
        | {"interval_upper": max(min(value + 9, 100.0), 0.0) if is_share else None}
    )


def _latest(wholes: Rows, catalogue: Rows) -> Rows:
    """The newest figure of each; an indicator without one at home says that none is due."""
    newest = {}
    for row in sorted(wholes, key=lambda row: (row["period_end"], row["period_start"])):
        key = (row["indicator_id"], row["basis"], row["area_code"])
        newest[key] = {name: row[name] for name in COLUMNS["indicator_latest"]}
    for one in catalogue:
        gap = {"indicator_id": one["indicator_id"], "basis": "local", "area_code": HOME}
        status = {"value": None, "value_status": "not_available", "status_reason": "not_due"}
        period = {"period_type": "month", "period_end": date(2025, 5, 31)}
        newest.setdefault(tuple(gap.values()), gap | status | period)
    return list(newest.values())


def _is_planned(figure: Mapping[str, Any]) -> bool:
    place = (figure["basis"], figure["period_type"], figure["area_code"])
    return figure["indicator_id"] == RATED and place == ("local", "month", HOME)


def _is_point(figure: Mapping[str, Any]) -> bool:
    is_figure = figure["period_type"] == "month" and figure["value"] is not None
    return is_figure and figure["is_complete"] is not False


def _before(figure: Mapping[str, Any], wholes: Rows) -> float | None:
    end = figure["period_start"] - timedelta(days=1)
    before = {"period_end": end, "period_type": "month"}
    wanted = {name: figure[name] for name in _KEY} | before
    found = [row["value"] for row in wholes if all(row[n] == v for n, v in wanted.items())]
    return found[0] if found and figure["period_type"] == "month" else None


def _read(figure: Mapping[str, Any], expected: float | None) -> str:
    if expected is None:
        return "none"
    return "plan_point" if figure["period_end"] == date(2025, 4, 30) else "interpolated"


def _rag(value: float | None, expected: float | None) -> str:
    if value is None or expected is None:
        return "grey"
    return "green" if value >= expected else "amber" if value >= expected - 5 else "red"


def _point(figure: Mapping[str, Any]) -> dict[str, Any]:
    is_charted = figure["indicator_id"] == CHARTED
    limits = _LIMITS | {"near_lower": 36.0, "near_upper": 44.0}
    key = {name: figure[name] for name in UNIQUE_ON["spc_points"] if name != "chart"}
    return (
        key
        | {"chart": "xmr", "value": figure["value"], "spc_rule": "none", "assurance": "none"}
        | (limits if is_charted else dict.fromkeys(limits))
        | {"spc_reason": "autocorrelated_caution" if is_charted else "too_few_points"}
        | {"variation": "common_cause" if is_charted else "none"}
    )


def _cells(wholes: Rows) -> Rows:
    actual = {row["period_end"]: row["value"] for row in wholes if _is_planned(row)}
    cells = []
    for kind, end, raw, operator, number in (
        ("historic", date(2023, 10, 31), "30%", "=", 30.0),
        ("trajectory", date(2025, 4, 30), "48%", "=", 48.0),
        ("trajectory", date(2025, 7, 31), "51%", "=", 51.0),
        ("target", date(2025, 10, 31), "75%", "=", 75.0),
    ):
        value = actual.get(end)
        is_met = None if value is None or kind == "historic" else value >= number
        cells.append(
            {"statement": 3, "metric": "Waits within 18 weeks", "indicator_id": RATED}
            | {"metric_number": 9, "plan_column": raw, "unit": "pct", "statement_title": "Waits"}
            | {"kind": kind, "period_end": end, "raw": raw, "operator": operator}
            | {"target_value": number, "actual_value": value, "is_met": is_met}
            | {"direction": "higher", "baseline_value": None, "is_cumulative": False}
            | {"actual_period_type": None if value is None else "month"}
            | {"planned_as": "printed", "planned_value": None if kind == "historic" else number}
        )
    for end, planned_as, number in (
        (date(2025, 5, 31), "between_points", 49.0),
        (date(2025, 11, 30), "no_longer_planned", None),
    ):
        cells.append(
            dict.fromkeys(COLUMNS["improvement_plan"])
            | {"statement": 3, "metric": "Waits within 18 weeks", "indicator_id": RATED}
            | {"metric_number": 9, "unit": "pct", "statement_title": "Waits", "kind": "month"}
            | {"plan_column": f"{end:%m/%y}", "period_end": end, "actual_value": actual.get(end)}
            | {"direction": "higher", "planned_as": planned_as, "planned_value": number}
            | {"is_cumulative": False}
            | {"actual_period_type": None if actual.get(end) is None else "month"}
        )
    may = date(2025, 5, 31)
    counts = {row["period_end"]: row["value"] for row in wholes if _is_charted_at_home(row)}
    count = counts.get(may)
    cells.append(
        {"statement": 3, "metric": "Open referrals", "indicator_id": CHARTED}
        | {"metric_number": 10, "plan_column": "TARGET", "unit": "count"}
        | {"statement_title": "Waits"}
        | {"kind": "target", "period_end": may, "raw": "Lower", "operator": "lower"}
        | {"target_value": None, "actual_value": count, "baseline_value": 45.0}
        | {"is_met": None if count is None else count < 45, "direction": "lower"}
        | {"planned_as": "printed", "planned_value": None}
        | {"is_cumulative": False, "actual_period_type": None if count is None else "month"}
    )
    return cells


def _promises(wholes: Rows) -> Rows:
    """A share with a number, due and not yet due; a list that should shrink; nothing to tell."""
    may = {"basis": "local", "period_type": "month", "area_code": HOME}
    may |= {"period_end": date(2025, 5, 31)}
    newest = {
        row["indicator_id"]: row
        for row in wholes
        if all(row[name] == wanted for name, wanted in may.items())
    }
    promises = []
    for number, (due, indicator, operator, threshold, year_ago) in enumerate(
        [
            (date(2026, 12, 31), RATED, "=", 75.0, 40.0),
            (date(2025, 5, 31), RATED, "=", 75.0, 40.0),
            (date(2029, 12, 31), CHARTED, "better", None, 45.0),
            (date(2027, 12, 31), None, None, None, None),
        ],
        1,
    ):
        figure = newest.get(indicator)
        row = {"commitment_id": f"R{number}", "due_date": due, "text": "You will wait less."}
        row |= {"kind": "roadmap", "sort_order": number, "evidence": None, "threshold": None}
        told = dict.fromkeys([*COLUMNS["roadmap"]][9:]) | {"actual_value": None}
        if figure and figure["value"] is not None:
            told = {name: figure[name] for name in ("indicator_id", "period_type")}
            told |= {name: figure[name] for name in ("period_start", "period_end")}
            told |= {"actual_value": figure["value"], "threshold_operator": operator}
            told |= {"unit": "pct" if indicator == RATED else "count"}
            told |= {"direction": "higher" if indicator == RATED else "lower"}
            told |= {"threshold_value": threshold, "year_ago_value": year_ago}
        promises.append(row | told | {"position": _position(row | told)})
    return promises


def _position(promise: Mapping[str, Any]) -> str:
    value, sign = promise["actual_value"], -1 if promise.get("direction") == "lower" else 1
    if value is None:
        return "no_evidence"
    is_due = promise["period_end"] >= promise["due_date"]
    if promise["threshold_value"] is not None and (value >= promise["threshold_value"] or is_due):
        is_reached = value >= promise["threshold_value"]
        return ("met" if is_due else "on_course") if is_reached else "off_course"
    if promise["threshold_value"] is not None:
        due, end = promise["due_date"], promise["period_end"]
        months = (due.year - end.year) * 12 + due.month - end.month
        then = value + (value - promise["year_ago_value"]) * months / 12
        return "on_course" if then >= promise["threshold_value"] else "off_course"
    is_best = value == 0
    is_better = sign * value > sign * promise["year_ago_value"]
    return "on_course" if is_better or is_best else "off_course"


def _is_charted_at_home(figure: Mapping[str, Any]) -> bool:
    return (figure["indicator_id"], figure["area_code"]) == (CHARTED, HOME)
