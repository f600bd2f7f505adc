"""A small release in which every case of the report occurs once, for tests that then change it.

Release 2025-10/r2 of invented figures: the smallest set of indicators that between them have every
unit, rating, reading of a change and reason for a missing figure. Columns and their types are those
of the published contracts.
"""

from __future__ import annotations

import copy
import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from ingest.partnership import partnership
from orchestration.months import last_day
from orchestration.publication import report
from orchestration.publication.report import Facts, charts, workbook

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
LOCAL_AREA = partnership().local_area
FACTS = Facts(
    release_id="2025-10/r2",
    month="2025-10",
    revision=2,
    as_at=date(2025, 11, 18),
    is_synthetic=True,
    is_provisional=False,
    note="Demonstration: invented data",
)
END = last_day(FACTS.month)
Rows = list[dict[str, Any]]
World = dict[str, Rows]

_TYPES = {
    "varchar": pa.string(),
    "bigint": pa.int64(),
    "integer": pa.int32(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "decimal(18, 4)": pa.decimal128(18, 4),
}


@cache
def schemas() -> dict[str, pa.Schema]:
    """The columns of each published table, as its contract names them."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return {
        model["name"].removeprefix("settled_"): pa.schema(
            [(column["name"], _TYPES[column["data_type"]]) for column in model["columns"]]
        )
        for path in sorted((PROJECT / "models/marts").rglob("*__models.yml"))
        for model in yaml.load(path.read_text("utf-8"), loader).get("models", [])
    }


def write(folder: Path, world: Mapping[str, Rows]) -> dict[str, list[Path]]:
    """Write the tables as a release holds them; a column that no row names is null."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in world.items():
        _check_columns(name, rows)
        pq.write_table(_arrow(name, rows), folder / f"{name}.parquet")
    return {name: [folder / f"{name}.parquet"] for name in world}


def _arrow(table: str, rows: Rows) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=schemas()[table])


def _check_columns(table: str, rows: Rows) -> None:
    unknown = {name for row in rows for name in row} - set(schemas()[table].names)
    assert not unknown, f"{table} publishes no {unknown}"


def render(
    folder: Path, world: Mapping[str, Rows], *, has_workbook: bool = False
) -> dict[str, str]:
    """Write the report of these tables, and give every page by name.

    Drawings are made once a session; the workbook, which costs as much as all pages, on demand.
    """
    with drawn_once(), nullcontext() if has_workbook else _no_workbook():
        made = report.render(report.Tables(write(folder, world)), FACTS)
    for name, data in made.items():
        (folder / Path(name).name).write_bytes(data)
    return {
        name.removeprefix("report/"): page.decode()
        for name, page in made.items()
        if name.endswith(".html")
    }


@contextmanager
def drawn_once() -> Iterator[None]:
    """A drawing costs 40 ms, and worlds differ in one or two of them."""
    with mock.patch.multiple(charts, **_REMEMBERED):
        yield


def _no_workbook() -> Any:
    return mock.patch.object(workbook, "render", lambda measures: b"")


def _remembered(draw: Any) -> Any:
    kept = lru_cache(maxsize=None)(draw)
    return lambda series, *others, **words: kept(_frozen(series), *map(_frozen, others), **words)


def _frozen(given: Any) -> Any:
    return tuple(given) if isinstance(given, list) else given


_REMEMBERED = {
    name: _remembered(getattr(charts, name))
    for name in ("trend", "sparkline", "waiting_list", "neighbours")
}


def world() -> World:
    """The tables, fresh at each call: a test may change them."""
    series = {one["indicator_id"]: _series(one) for one in _MEASURES}
    local = [row for rows in series.values() for row in rows]
    official = [_official(one) for one in _MEASURES if "official" in one]
    return copy.deepcopy(
        {
            "indicators": [_about(one) for one in _MEASURES],
            "indicator_status": sorted([*local, *official], key=_figure_key),
            "indicator_latest": [
                *({**_newest(series[one["indicator_id"]], one)} for one in _MEASURES),
                *({**row} for row in official),
            ],
            "improvement_plan": _plan(),
            "improvement_plan_actions": _actions(),
            "coverage": _coverage(),
            "plan_and_official": _named_alike(),
            "status_reasons": _reasons(),
            "parameters": _seed("parameters"),
            "priority_action_areas": _seed("priority_areas"),
            "breakdowns": [
                {"breakdown": "service", "breakdown_value": code, "label": label, "sort_order": n}
                for n, (code, label) in enumerate((("SLT", "Speech"), ("OT", "Occupational")), 1)
            ],
            "comparators": _comparators(),
            "forecasts": _forecasts(),
            "commentary": [_NOTE],
            "decisions": _DECISIONS,
            "restatements": _restatements(),
            "quality_findings": _findings(),
            "waiting_list": _waiting(),
            "roadmap": _roadmap(),
            "feed_scorecard": _deliveries(),
        }
    )


def month_end(ago: int) -> date:
    months = END.year * 12 + END.month - 1 - ago
    return last_day(f"{months // 12}-{months % 12 + 1:02}")


PLANS, REVIEWS, VISITS, CHECKS = "plans_pct", "reviews_pct", "visits_pct", "checks_pct"
WAITING, MEDIAN, LONG, RATE = "slt_waiting_n", "slt_median_weeks", "slt_long_weeks", "rate_per_100"
LATE, QUARTER, MIX, AVERAGE = "contacts_pct", "quarter_pct", "mix_pct", "average_weeks"
BETTER, WORSE = "special_cause_improvement", "special_cause_concern"

# What each indicator shows. ``cases``: numerator and denominator, or the value, of each month up to
# the newest; a text in their place is the reason why there is none.
_MEASURES: tuple[dict[str, Any], ...] = (
    {
        "indicator_id": PLANS, "unit": "pct", "direction": "higher", "area": "PAA1",
        "cases": [(17 + 3 * i, 131 + i) for i in range(13)],
        "plan": [40 + 2.5 * i for i in range(13)], "rag": "red",
        "variation": BETTER, "rule": "outside", "limits": (-4.2, 24.6, 53.4), "official": 38.4,
        "backlog": 77.0,
    },
    {
        "indicator_id": REVIEWS, "unit": "pct", "direction": "higher", "area": "PAA1",
        "cases": [(96 - 2 * i, 167) for i in range(11)] + ["withheld:WL-ZERO", (73, 167)],
        "plan": [80.0] * 13, "rag": "red", "read": "beyond_plan",
        "variation": WORSE, "rule": "trend", "limits": (44.3, 52.1, 59.9),
    },
    {
        "indicator_id": VISITS, "unit": "pct", "direction": "higher", "area": "PAA2",
        "cases": [(58, 79), (59, 83), (61, 82)], "plan": [72.0, 74.0, 76.0], "rag": "amber",
        "variation": "common_cause", "limits": (61.7, 73.3, 84.9), "official": 69.8,
    },
    {
        "indicator_id": CHECKS, "unit": "pct", "direction": "higher", "area": "PAA2",
        "cases": [(62 + i, 113) for i in range(13)], "plan": [55.0] * 13, "rag": "green",
        "variation": BETTER, "rule": "shift", "limits": (47.8, 58.2, 68.6), "is_complete": False,
    },
    {
        "indicator_id": WAITING, "unit": "count", "direction": "lower", "area": "PAA3",
        "cases": [1207 + 13 * i for i in range(13)], "service": "SLT",
        "variation": WORSE, "rule": "two_of_three", "limits": (1188.4, 1271.0, 1353.6),
        "official": 1341.0,
    },
    {
        "indicator_id": MEDIAN, "unit": "weeks", "direction": "lower", "area": "PAA3",
        "cases": [11.3 + 0.4 * i for i in range(13)], "service": "SLT", "aggregation": "median",
        "variation": WORSE, "rule": "shift", "limits": (10.2, 13.1, 16.0),
        "why": "autocorrelated_caution",
    },
    {
        "indicator_id": LONG, "unit": "weeks", "direction": "lower", "area": "PAA3",
        "cases": [126.3, 124.9, 121.7], "service": "SLT", "aggregation": "percentile",
        "is_headline": False, "why": "too_few_points",
    },
    {
        "indicator_id": AVERAGE, "unit": "weeks", "direction": "lower", "area": "PAA1",
        "cases": [23.7 - 0.6 * i for i in range(13)], "aggregation": "mean",
        "variation": BETTER, "rule": "outside", "limits": (15.8, 20.1, 24.4),
    },
    {
        "indicator_id": RATE, "unit": "rate_per_100", "direction": "lower", "area": "PAA2",
        "cases": [2.8, 2.6, 3.1], "is_headline": False, "why": "seasonal",
    },
    {
        "indicator_id": LATE, "unit": "pct", "direction": "higher", "area": "PAA3",
        "cases": [(33, 91), (37, 94), "not_mature", "not_mature"], "newest": 2,
        "variation": "common_cause", "limits": (21.9, 37.3, 52.7),
    },
    {
        "indicator_id": QUARTER, "unit": "pct", "direction": "monitor", "area": "PAA3",
        "period_type": "quarter", "cases": [(21, 87)], "why": "not_monthly",
    },
    {
        "indicator_id": MIX, "unit": "distribution", "direction": "monitor", "area": "PAA1",
        "period_type": "census", "cases": [(19, 71)], "is_headline": False, "why": "distribution",
    },
    *(
        {
            "indicator_id": f"lacks_{reason.partition(':')[0]}_{n}", "unit": unit,
            "direction": "lower", "area": "PAA3", "cases": [reason],
        }
        for reason, unit, times in (
            ("no_feed", "pct", 5), ("not_computed", "count", 1), ("not_received", "weeks", 1),
            ("nil_base", "pct", 1), ("withheld:BASE-1", "pct", 1), ("publisher:c", "count", 1),
            ("disclosure:small", "count", 1),
        )
        for n in range(times)
    ),
)  # fmt: skip
_STATUSES = {"nil_base": "not_applicable", "publisher:c": "suppressed", "disclosure:small": "low"}


def _about(one: Mapping[str, Any]) -> dict[str, Any]:
    name = one["indicator_id"].rpartition("_")[0].replace("_", " ")
    return {
        "indicator_id": one["indicator_id"],
        "title": f"Title of {name}",
        "unit": one["unit"],
        "direction": one["direction"],
        "owner_group": "Owners",
        "outcome_measures": "My Support Needs" if one["area"] == "PAA1" else "My Voice; My Future",
        "is_headline": one.get("is_headline", True),
        "aggregation": one.get("aggregation", "ratio_of_sums"),
        "service": one.get("service"),
        "snapshot": "month" if "service" in one else "newest",
        "fed_by": "therapy_ptl" if "service" in one else "sen2_ehc",
        "short_title": name.capitalize() + (" within 20 weeks" if one["unit"] == "pct" else ""),
        "plain_definition": f"What {name} counts.",
        "counted": f"cases of {name}",
        "phrase": "were on time",
        "priority_areas": one["area"],
    }


def _series(one: Mapping[str, Any]) -> Rows:
    """The rows of an indicator in time order, each with the row before and a year before it."""
    cases = one["cases"]
    rows = [_figure(one, i, len(cases) - 1 - i) for i in range(len(cases))]
    for i, row in enumerate(rows):
        row["previous_value"] = rows[i - 1]["value"] if i else None
        row["year_ago_value"] = rows[i - 12]["value"] if i >= 12 else None
        row["rag"] = _rag(one, row, is_newest=i == len(rows) - 1)
    return rows


def _rag(one: Mapping[str, Any], row: Mapping[str, Any], is_newest: bool) -> str:
    if row["value"] is None or row["trajectory_value"] is None:
        return "grey"
    return one["rag"] if is_newest else "amber"


def _figure(one: Mapping[str, Any], i: int, ago: int) -> dict[str, Any]:
    case, kind = one["cases"][i], one.get("period_type", "month")
    end = month_end(ago if kind == "month" else 1)
    lacks = isinstance(case, str)
    plan = one["plan"][i] if "plan" in one else None
    return {
        "indicator_id": one["indicator_id"],
        "basis": "local",
        "period_type": kind,
        "period_start": end if kind == "census" else end.replace(day=1, month=end.month - 2)
        if kind == "quarter" else end.replace(day=1),
        "period_end": end,
        "area_code": LOCAL_AREA,
        "area_name": "Sampleton",
        "finding_count": 3 if one["indicator_id"] == VISITS else 0,
        "trajectory_value": plan,
        "trajectory_read": _read(one, i) if plan is not None else "none",
        "trajectory_operator": "=" if plan is not None else None,
        "target_value": one["plan"][-1] + 5 if plan is not None else None,
        "is_provisional": one["indicator_id"] == VISITS,
        "is_estimated": False,
        "is_revised": False,
        "is_complete": one.get("is_complete", True) if ago == 0 else True,
        "base_flag": "small" if one["indicator_id"] == QUARTER else None,
        **_words(one),
        **_parts(case),
        **_reading(one, lacks, is_newest=i == len(one["cases"]) - 1),
    }  # fmt: skip


def status_of(reason: str) -> str:
    """The status of a figure that is missing for a reason."""
    return _STATUSES.get(reason, "not_available")


def family_text(world: World, reason: str) -> str:
    """What a family reads where a figure is missing for a reason."""
    wanted = reason.partition(":")[0]
    return next(row["family_text"] for row in world["status_reasons"] if row["reason"] == wanted)


def title_of(world: World, indicator_id: str) -> str:
    """The short title of an indicator."""
    rows = world["indicators"]
    return next(row["short_title"] for row in rows if row["indicator_id"] == indicator_id)


def _parts(case: Any) -> dict[str, Any]:
    if isinstance(case, str):
        return {"value": None, "value_status": status_of(case), "status_reason": case}
    if isinstance(case, tuple):
        numerator, denominator = case
        value = 100 * numerator / denominator
        parts = {"numerator": numerator, "denominator": denominator}
        return {"value": value, "value_status": "value", **parts}
    return {"value": float(case), "numerator": None, "denominator": 400, "value_status": "value"}


def _reading(one: Mapping[str, Any], lacks: bool, is_newest: bool) -> dict[str, Any]:
    if lacks or "limits" not in one:
        why = "no_value" if lacks else one.get("why", "too_few_points")
        return {"variation": "none", "spc_rule": "none", "spc_reason": why}
    lower, mean, upper = one["limits"]
    return {
        "variation": one["variation"] if is_newest else "common_cause",
        "spc_rule": one.get("rule", "none") if is_newest else "none",
        "spc_reason": one.get("why"),
        "spc_lower": lower,
        "spc_mean": mean,
        "spc_upper": upper,
        "backlog": one.get("backlog") if is_newest else None,
    }


def _read(one: Mapping[str, Any], i: int) -> str:
    return one.get("read") or ("interpolated" if i % 3 else "plan_point")


def _newest(rows: Rows, one: Mapping[str, Any]) -> dict[str, Any]:
    """The newest row with a figure, or the newest: ``newest`` counts months without one."""
    return rows[-1 - one.get("newest", 0)]


def _figure_key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["indicator_id"], row["basis"], row["period_end"]


def _official(one: Mapping[str, Any]) -> dict[str, Any]:
    """A published figure of the calendar year before."""
    return {
        "indicator_id": one["indicator_id"],
        "basis": "published",
        "period_type": "calendar_year",
        "period_start": date(2024, 1, 1),
        "period_end": date(2024, 12, 31),
        "area_code": LOCAL_AREA,
        "area_name": "Sampleton",
        "value": one["official"],
        "value_status": "value",
        "rag": "grey",
        "variation": "none",
        "spc_rule": "none",
        "spc_reason": "not_monthly",
        "trajectory_read": "none",
        "finding_count": 0,
        "is_provisional": False,
        "is_estimated": False,
        "is_revised": False,
        **_words(one),
    }


def _words(one: Mapping[str, Any]) -> dict[str, Any]:
    about = _about(one)
    repeated = ("title", "short_title", "unit", "direction", "plain_definition", "owner_group")
    return {name: about[name] for name in repeated}


def _plan() -> Rows:
    """Three measures of the plan: on the catalogue, without a figure, and of no indicator."""
    described = (
        (PLANS, "% of plans in 20 weeks", ((6, 37.5, 26.2), (0, 70.0, 39.7))),
        ("lacks_no_feed_0", "% of parents who say so", ((6, 30.0, None), (0, 50.0, None))),
        ("not_in_the_catalogue_n", "Number of others", ((6, 12.0, None),)),
        (REVIEWS, "% of reviews in 4 weeks", ((8, 62.0, 52.7), (3, 80.0, 46.7))),
    )
    return [
        {
            "statement": 1 + number // 3,
            "statement_title": f"Statement {1 + number // 3}",
            "metric": metric,
            "metric_number": number,
            "indicator_id": name,
            "kind": kind,
            "plan_column": "TARGET" if kind == "target" else f"{end:%m/%y}",
            "period_end": end,
            "raw": f"{asked:g}%",
            "operator": "=",
            "target_value": asked,
            "actual_value": actual,
            "is_met": None if actual is None else actual >= asked,
            "unit": "pct",
            "reading": "Counted since April 2024." if kind != "target" and not number else None,
            "planned_as": "printed",
            "replaced_month": month_end(7),
            "replaced_by": "The 3 areas of the inspection",
        }
        for number, (name, metric, points) in enumerate(described, 1)
        for kind, end, asked, actual in (
            *(("trajectory", month_end(ago), asked, actual) for ago, asked, actual in points),
            ("target", month_end(points[-1][0]), points[-1][1], None),
        )
    ] + [
        {
            "statement": 2,
            "statement_title": "Statement 2",
            "metric": "% of reviews in 4 weeks",
            "metric_number": 4,
            "indicator_id": REVIEWS,
            "kind": "month",
            "plan_column": f"{END:%m/%y}",
            "period_end": END,
            "actual_value": 43.7,
            "unit": "pct",
            "planned_as": "no_longer_planned",
        }
    ]


def _actions() -> Rows:
    """An action that moved both ways, one about which nothing is known, and one of nobody."""
    return [
        {"statement": 1, "statement_title": "Statement 1", "ref": "1.a", "sort_order": 1,
         "text": "Decide 3 reviews a day", "responsible": "Head of SEND", "due_text": "06/2025",
         "since_month": month_end(4), "movement": "mixed", "better_ids": PLANS,
         "worse_ids": REVIEWS},
        {"statement": 1, "statement_title": "Statement 1", "ref": "A1", "sort_order": 2,
         "text": "Ask parents", "since_month": month_end(4), "movement": "no_evidence"},
    ]  # fmt: skip


def _named_alike() -> Rows:
    """One name that official statistics count over a year, and in a way without a figure."""
    row = {"statement": 1, "metric_number": 1, "metric": "% of plans in 20 weeks", "unit": "pct"}
    month = {"period_type": "month", "period_start": END.replace(day=1), "period_end": END}
    year = {"period_type": "calendar_year", "period_start": date(END.year - 1, 1, 1)}
    year |= {"period_end": date(END.year - 1, 12, 31)}
    return [
        row | month | {"basis": "local", "indicator_id": PLANS, "sort_order": 1, "value": 37.06}
        | {"meaning": "Plans of a month"},
        row | year | {"basis": "published", "indicator_id": PLANS, "sort_order": 2, "value": 38.4}
        | {"meaning": "Plans of 12 months"},
        row | {"basis": "published", "indicator_id": "other_pct", "sort_order": 3}
        | {"meaning": "All plans of 12 months"},
    ]  # fmt: skip


def _coverage() -> Rows:
    """Promises with a figure, with parts alone, without an indicator, and with a file to come."""
    row = {"kind": "evidence", "part_of": "My Voice", "indicator_count": 2, "with_figure_count": 1}
    came = {"feeds": "feed_one; feed_two", "owner_groups": "Owners", "last_month_received": END}
    month = {"period_type": "month", "period_start": END.replace(day=1), "period_end": END}
    return [
        row | came | month
        | {"promise_id": "E1", "sort_order": 1, "text": "EHC plans in 20 weeks"}
        | {"indicator_id": PLANS, "short_title": "Plans within 20 weeks", "unit": "pct"}
        | {"basis": "local", "value": 37.06},
        row | came | month
        | {"promise_id": "E2", "sort_order": 2, "text": "Kinds of need"}
        | {"indicator_id": MIX, "short_title": "Mix", "unit": "distribution", "value": 100.0},
        row | {"promise_id": "E3", "sort_order": 3, "text": "Surveys", "indicator_count": 0}
        | {"with_figure_count": 0, "status_reason": "no_definition"},
        row | {"promise_id": "1.1", "kind": "plan_measure", "sort_order": 1, "text": "Visits"}
        | {"feeds": "feed_one", "owner_groups": "Owners", "with_figure_count": 0}
        | {"indicator_id": "lacks_not_received_0", "status_reason": "not_received"},
    ]  # fmt: skip


def _reasons() -> Rows:
    return [
        {name: row[name] or None for name in ("reason", "detail", "value_status", "family_text")}
        | {"sort_order": n, "meaning": row["meaning"]}
        for n, row in enumerate(_seed("status_reason_words"))
    ]


def _seed(name: str) -> Rows:
    """Rows of a seed that a mart publishes as it stands."""
    (path,) = PROJECT.glob(f"*/{name}.csv")
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            row | ({"sort_order": int(row["sort_order"])} if "sort_order" in row else {})
            for row in csv.DictReader(lines)
        ]


def _comparators() -> Rows:
    """The area's own set with England, and three neighbours of which one is not shown."""
    areas = (
        ("home", LOCAL_AREA, "Sampleton", 1, 38.4), ("home", "E12000002", "North", 2, 47.2),
        ("home", "E92000001", "England", 3, 46.1), ("neighbours", "N01", "Northtown", 1, 35.7),
        ("neighbours", "N02", "Middletown", 2, 41.9), ("neighbours", "N03", "Smalltown", 3, None),
    )  # fmt: skip
    return [
        {
            "set_id": set_id,
            "title": "Similar areas",
            "indicator_id": PLANS,
            "period_type": "calendar_year",
            "period_start": date(2024, 1, 1),
            "period_end": date(2024, 12, 31),
            "area_code": code,
            "area_name": name,
            "rank": rank,
            "value": value,
            "value_status": "suppressed" if value is None else "value",
            "status_reason": "publisher:c" if value is None else None,
            "set_median": None if set_id == "home" else 38.8,
            "members_counted": 2,
        }
        for set_id, code, name, rank, value in areas
    ]


def _forecasts() -> Rows:
    told = (
        ("cases_passing_limit", "final_plan", None, None, 8, (29.0, 22.0, 36.0)),
        ("list_size_for_18_weeks", "SLT", "SLT", None, 0, (663.0, 546.2, 779.8)),
        ("list_activity_needed", "SLT", "SLT", None, 365, (88.0, 79.0, 97.0)),
        ("course", PLANS, None, PLANS, 92, (48.3, 39.2, 57.4)),
        ("course", REVIEWS, None, REVIEWS, 92, (None, None, None)),
    )
    return [
        {
            "period_start": END.replace(day=1),
            "period_end": END,
            "area_code": LOCAL_AREA,
            "kind": kind,
            "subject": subject,
            "horizon_date": date.fromordinal(END.toordinal() + days),
            "area_name": "Sampleton",
            "service": service,
            "title": f"What comes of {kind.replace('_', ' ')}",
            "unit": "pct" if kind == "course" else "cases",
            "value": value,
            "low": low,
            "high": high,
            "months_counted": 12,
            "assumption": "All goes on as in the 12 months counted.",
            "range_text": "From the lowest month to the highest.",
            "value_status": "not_available" if value is None else "value",
            "status_reason": "not_mature" if value is None else None,
            "indicator_id": indicator,
        }
        for kind, subject, service, indicator, days, (value, low, high) in told
    ]


_NOTE = {
    "indicator_id": REVIEWS,
    "period_end": END,
    "author_role": "Head of service",
    "text": "Two of 5 officers started in the month.",
    "action": "A third begins.",
    "action_due_date": date(2025, 12, 9),
    "sender": "344",
    "submission_id": "a" * 16,
    "known_on": date(2025, 11, 14),
}
_DECISIONS: Rows = [
    {
        "decision_id": f"D{n}", "decided_on": decided, "text": f"Decision {n} stands.",
        "owner_role": "Chair", "due_date": due, "status": "open",
        "known_on": date(2025, 11, 14), "submission_id": "b" * 16,
    }
    for n, decided, due in (
        (7, date(2025, 9, 16), None), (8, date(2025, 10, 14), date(2026, 1, 20)),
    )
]  # fmt: skip


def _restatements() -> Rows:
    changes = (
        (PLANS, 3, 36.9, "later_snapshot"),
        (WAITING, 2, 1329.0, "corrected_delivery"),
        (REVIEWS, 1, 47.3, "definition"),
    )
    new = {
        (row["indicator_id"], row["period_end"]): row for one in _MEASURES for row in _series(one)
    }
    return [
        {
            "indicator_id": name,
            "basis": "local",
            "period_type": "month",
            "period_start": month_end(ago).replace(day=1),
            "period_end": month_end(ago),
            "area_code": LOCAL_AREA,
            "breakdown": breakdown,
            "breakdown_value": breakdown,
            "old_release": "2025-09/r1",
            "new_release": FACTS.release_id,
            "old_value": old,
            "new_value": new[name, month_end(ago)]["value"],
            "old_status": "value",
            "new_status": new[name, month_end(ago)]["value_status"],
            "reason": reason,
        }
        for name, ago, old, reason in changes
        for breakdown in ("all", "need")
    ]


def _findings() -> Rows:
    return [
        {
            "finding_id": finding,
            "known_on": FACTS.as_at,
            "period_start": END.replace(day=1),
            "period_end": END,
            "dataset": "therapy_ptl",
            "basis": basis,
            "severity": severity,
            "message": f"{n} rows hold no date.",
            "action": f"Send the {n} rows again.",
        }
        for n, (finding, basis, severity) in enumerate(
            (("f1", "local", "note"), ("f2", "local", "withhold"), ("f3", "published", "note")), 61
        )
    ]


def _waiting() -> Rows:
    """Two services for three months; of one the middle month is withheld."""
    return [
        {
            "period_start": month_end(ago).replace(day=1),
            "period_end": month_end(ago),
            "basis": "local",
            "area_code": LOCAL_AREA,
            "service": service,
            "provider_code": "RY7",
            "wait_band": band,
            "referral_count": None if is_held else count + 7 * ago,
            "value_status": "not_available" if is_held else "value",
            "status_reason": "withheld:WL-ZERO" if is_held else None,
        }
        for service in ("SLT", "OT")
        for ago in (2, 1, 0)
        for is_held in [service == "OT" and ago == 1]
        for band, count in (("0-7", 643), ("85-126", 281), ("127-364", 317), ("365+", 122))
    ]


def _roadmap() -> Rows:
    promises = (
        ("R25.1", "roadmap", "on_course", PLANS, 39.7),
        ("R25.2", "roadmap", "no_evidence", None, None),
        ("P1.1", "priority_statement", "off_course", WAITING, 1363.0),
        ("I1", "inspection", "no_evidence", None, None),
    )
    return [
        {
            "commitment_id": name,
            "sort_order": n,
            "kind": kind,
            "due_date": date(2025 + n, 12, 31),
            "due_text": f"By the end of {2025 + n}",
            "text": f"Promise of 20{25 + n}: you will see it.",
            "evidence": f"At least {90 + n} in 100" if indicator else None,
            "threshold": None,
            "position": position,
            "indicator_id": indicator,
            "actual_value": value,
            "unit": "count" if indicator == WAITING else "pct",
            "period_type": "month" if indicator else None,
            "period_start": END.replace(day=1) if indicator else None,
            "period_end": END if indicator else None,
        }
        for n, (name, kind, position, indicator, value) in enumerate(promises)
    ]


def _deliveries() -> Rows:
    """In time, late, corrected, refused, not sent, and of a sender that nobody knows."""
    told = (
        ("one", "used", 14, 0, 0, 317), ("two", "used", 19, 2, 0, 211),
        ("six", "used", 13, 0, 4, 98), ("ten", "refused", 12, None, 0, None),
        ("old", "not_received", None, None, 0, None), ("new", "held", 11, None, 0, None),
    )  # fmt: skip
    return [
        {
            "feed": f"feed_{name}",
            "sender": "344",
            "month": FACTS.month,
            "feed_title": f"Feed {name}",
            "sender_name": "Council",
            "period_end": END,
            "is_due": verdict != "held",
            "due_on": None if verdict == "held" else date(2025, 11, 17),
            "arrived_on": None if day is None else date(2025, 11, day),
            "accepted_on": date(2025, 11, day) if verdict == "used" else None,
            "is_late": bool(late) or verdict in ("refused", "not_received"),
            "correction_count": corrections,
            "verdict": verdict,
            "rows_kept": kept,
            "rows_quarantined": None if kept is None else 6,
            "finding_count": 5 if name == "two" else 0,
            "days_late": late,
        }
        for name, verdict, day, late, corrections, kept in told
    ]
