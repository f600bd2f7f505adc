"""A small candidate that is right in every respect, for tests that then break one of them.

Release 2025-05/r1: one local list (RY7, speech and language), one of neurodevelopmental referrals
(RXA) and one published edition, two months, the tables and columns of the published interface that
the gate reads.
"""

from __future__ import annotations

import calendar
import copy
import csv
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from tests.worlds import good_status

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
RELEASE = "2025-05/r1"
KEY = [
    "indicator_id",
    "basis",
    "period_type",
    "period_start",
    "period_end",
    "area_code",
    "breakdown",
    "breakdown_value",
]
_TYPES = {
    "text": ("varchar", pa.string()),
    "count": ("bigint", pa.int64()),
    "exact": ("decimal(18,4)", pa.decimal128(18, 4)),
    "number": ("double", pa.float64()),
    "truth": ("boolean", pa.bool_()),
    "date": ("date", pa.date32()),
}
SPEECH = "(CYP) Therapy interventions: Speech and language"
_KEY_TYPES = {name: "date" if name in ("period_start", "period_end") else "text" for name in KEY}
_TEXT = dict.fromkeys
COLUMNS: dict[str, dict[str, str]] = {
    "indicator_values": _KEY_TYPES
    | {"area_name": "text", "numerator": "exact", "denominator": "exact", "value": "number"}
    | _TEXT(["value_status", "status_reason"], "text")
    | _TEXT(["is_provisional", "is_estimated", "is_revised"], "truth")
    | {"known_on": "date", "source_feed": "text", "is_complete": "truth"},
    "indicators": _TEXT(
        ["indicator_id", "title", "definition", "unit", "legal_basis", "cadence", "service"], "text"
    )
    | _TEXT(["source_feed", "measure", "service_line", "snapshot", "period_types"], "text")
    | _TEXT(["suppression_rule", "aggregation", "short_title", "plain_definition"], "text")
    | _TEXT(["numerator", "denominator", "outcome_measures", "owner_group", "fed_by"], "text")
    | _TEXT(["counted", "phrase", "priority_areas", "backlog_indicator_id"], "text")
    | {"census_month": "count", "direction": "text", "rag_rule": "text", "needs_days": "truth"}
    | {"is_headline": "truth"},
    "figure_inputs": _KEY_TYPES | {"submission_id": "text"},
    "figure_steps": _KEY_TYPES
    | {"step_number": "count", "step": "text", "row_count": "count"}
    | _TEXT(["counts_in_numerator", "counts_in_denominator"], "exact")
    | {"source_reference": "text"},
    "quality_findings": {"finding_id": "text", "known_on": "date"}
    | _TEXT(["period_start", "period_end"], "date")
    | _TEXT(["dataset", "org_code", "measure", "rule_id", "severity", "observed"], "text")
    | _TEXT(["expected", "message", "action", "service_line", "scope", "basis"], "text"),
    "restatements": _KEY_TYPES
    | _TEXT(["old_release", "new_release"], "text")
    | _TEXT(["old_value", "new_value"], "number")
    | _TEXT(["old_status", "new_status", "reason", "old_submissions", "new_submissions"], "text"),
    "submissions": _TEXT(
        ["submission_id", "feed", "sender", "month", "file_names", "sha256"], "text"
    )
    | _TEXT(["rows_landed", "rows_kept", "rows_quarantined", "rows_discarded"], "count")
    | {"known_on": "date", "known_how": "text", "verdict": "text"},
    "official_statistics": _TEXT(["dataset", "edition", "source_file"], "text")
    | _TEXT(["source_row", "source_column"], "count")
    | {"period_end": "date", "org_code": "text", "value": "number", "value_text": "text"}
    | _TEXT(["symbol", "submission_id"], "text"),
    "waiting_list": _TEXT(["period_start", "period_end"], "date")
    | _TEXT(["basis", "area_code", "service", "provider_code", "wait_band"], "text")
    | {"referral_count": "count", "value_status": "text", "status_reason": "text"},
    "releases": {"release_id": "text", "month": "text", "revision": "count", "as_at": "date"},
    "cross_agency_cohort": _TEXT(["period_start", "period_end"], "date")
    | _TEXT(["area_code", "stage", "need"], "text")
    | _TEXT(["person_count", "base_count", "linked_count", "not_linked_count"], "count")
    | _TEXT(["identified_need_count", "unidentified_need_count"], "count")
    | _TEXT(["value_status", "status_reason", "submission_ids"], "text"),
    "forecasts": _TEXT(["period_start", "period_end"], "date")
    | _TEXT(["area_code", "kind", "subject"], "text")
    | {"horizon_date": "date", "title": "text", "unit": "text"}
    | _TEXT(["value", "low", "high"], "number")
    | _TEXT(["assumption", "range_text", "value_status", "status_reason"], "text")
    | {"submission_ids": "text", "reading": "text", "target_value": "number"},
    "feed_scorecard": _TEXT(["feed", "sender", "month", "feed_title", "sender_name"], "text")
    | {"period_end": "date", "is_due": "truth"}
    | _TEXT(["due_on", "arrived_on", "accepted_on"], "date")
    | _TEXT(["submission_count", "correction_count", "refused_count"], "count")
    | _TEXT(["verdict", "submission_id"], "text")
    | _TEXT(["rows_landed", "rows_kept", "rows_quarantined", "rows_discarded"], "count")
    | {"quarantine_pct": "number", "finding_count": "count", "is_late": "truth"}
    | {"days_late": "count"},
    "status_reasons": _TEXT(["reason", "detail", "value_status"], "text"),
    "areas": _TEXT(["area_code", "area_name", "parent_code"], "text"),
    "breakdowns": _TEXT(["breakdown", "breakdown_value", "label"], "text")
    | {"sort_order": "count"},
    **good_status.COLUMNS,
}
UNIQUE_ON = {
    "indicator_values": KEY,
    "indicators": ["indicator_id"],
    "figure_inputs": [*KEY, "submission_id"],
    "figure_steps": [*KEY, "step_number"],
    "quality_findings": ["finding_id"],
    "restatements": KEY,
    "submissions": ["submission_id"],
    "official_statistics": ["dataset", "edition", "source_file", "source_row", "source_column"],
    "waiting_list": ["period_end", "basis", "area_code", "service", "provider_code", "wait_band"],
    "releases": ["release_id"],
    "cross_agency_cohort": ["period_start", "period_end", "area_code", "stage", "need"],
    "forecasts": ["period_start", "period_end", "area_code", "kind", "subject", "horizon_date"],
    "feed_scorecard": ["feed", "sender", "month"],
    "status_reasons": ["reason"],
    "areas": ["area_code"],
    "breakdowns": ["breakdown", "breakdown_value"],
    **good_status.UNIQUE_ON,
}
SPLIT = {
    "indicator_values": "year",
    "official_statistics": "edition",
    "cross_agency_cohort": "year",
    **good_status.SPLIT,
}
LOCAL, EDITION, PATHWAY = "a" * 16, "b" * 16, "e" * 16
Rows = list[dict[str, Any]]


def manifest() -> dict[str, Any]:
    """The part of a dbt manifest that the gate reads, for these tables."""
    nodes: dict[str, Any] = {}
    for table, columns in COLUMNS.items():
        model = f"model.lasp.{table}"
        nodes[model] = {
            "resource_type": "model",
            "alias": table,
            "config": {"meta": {"release": {"split": SPLIT.get(table)}}},
            "columns": {
                name: {"name": name, "data_type": _TYPES[kind][0], "constraints": []}
                for name, kind in columns.items()
            },
        }
        nodes[f"test.lasp.is_as_promised_{table}"] = {
            "resource_type": "test",
            "attached_node": model,
            "config": {"where": None, "meta": {"unique_on": UNIQUE_ON[table]}},
            "test_metadata": {"name": "is_as_promised"},
        }
    return {"nodes": nodes}


def tables() -> dict[str, Rows]:
    """The rows of the tables, fresh at each call: a test may change them.

    ``write`` adds what the release tells of their figures.
    """
    figures, steps, inputs, waiting = [], [], [], []
    for month in (4, 5):
        for figure, submission in _figures_of(month):
            figures.append(figure)
            if figure["value"] is not None:
                key = {name: figure[name] for name in KEY}
                inputs.append(key | {"submission_id": submission})
                steps += _steps(key, figure)
            if figure["breakdown"] == "wait_band" and figure["area_code"] == "RY7":
                waiting.append(_wait(figure))
    rows = {
        "indicator_values": figures,
        "indicators": _CATALOGUE,
        "figure_inputs": inputs,
        "figure_steps": steps,
        "quality_findings": [_FINDING],
        "restatements": [],
        "submissions": _SUBMISSIONS,
        "official_statistics": _CELLS,
        "waiting_list": waiting,
        "releases": [_RELEASE_ROW],
        "cross_agency_cohort": [*_cohort(4, "no_identity_map"), *_cohort(5)],
        "forecasts": _forecasts(),
        "feed_scorecard": _scorecard(),
        "status_reasons": _reasons(),
        "areas": _AREAS,
        "breakdowns": _BREAKDOWNS,
    }
    return copy.deepcopy(rows)


def write(
    folder: Path, rows: Mapping[str, Rows], release_id: str = RELEASE, *, database: bool = True
) -> Path:
    """Write a candidate as the warehouse exports it: Parquet, marts.duckdb and its label.

    Tables that tell of figures are completed where ``rows`` does not hold them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    rows = good_status.status_of(rows) | rows
    arrow = {table: _arrow(table, rows[table]) for table in COLUMNS}
    for table, content in arrow.items():
        for name, part in _parts(table, content):
            pq.write_table(part, folder / f"{name}.parquet")
    if database:
        _write_database(folder / "marts.duckdb", arrow)
    names = sorted(path.name for path in folder.iterdir())
    label = {"release_id": release_id, "local_area": "E08000015", "files": names}
    (folder / "CANDIDATE.json").write_text(json.dumps(label), "utf-8")
    return folder


def _write_database(path: Path, arrow: Mapping[str, pa.Table]) -> None:
    with duckdb.connect(str(path)) as connection:
        for table, content in arrow.items():
            connection.register("content", content)
            connection.execute(f"create table {table} as select * from content")


def _arrow(table: str, rows: Rows) -> pa.Table:
    schema = pa.schema([(name, _TYPES[kind][1]) for name, kind in COLUMNS[table].items()])
    exact = [name for name, kind in COLUMNS[table].items() if kind == "exact"]
    for row in rows:
        row.update({n: Decimal(str(row[n])) for n in exact if isinstance(row[n], float)})
    return pa.Table.from_pylist(rows, schema=schema).sort_by(
        [(name, "ascending") for name in UNIQUE_ON[table]]
    )


def _parts(table: str, content: pa.Table) -> list[tuple[str, pa.Table]]:
    part = {"year": lambda row: row["period_end"].year, "edition": _edition}.get(SPLIT.get(table))
    if part is None or not content.num_rows:
        return [(table, content)]
    names = [f"{table}_{part(row)}" for row in content.to_pylist()]
    return [
        (name, content.filter(pa.array([other == name for other in names])))
        for name in sorted(set(names))
    ]


def _edition(row: Mapping[str, Any]) -> str:
    return f"{row['dataset']}_{row['edition']}"


def _figures_of(month: int) -> list[tuple[dict[str, Any], str | None]]:
    bands = {"0-7": 10, "85-126": 20, "365+": 30}
    found: list[tuple[dict[str, Any], str | None]] = []
    for area in ("E08000015", "RY7"):
        found.append((_figure(month, "slt_waiting_n", area, 60), LOCAL))
        found.append((_figure(month, "slt_within_18w_pct", area, 30, 60), LOCAL))
        found += [
            (_figure(month, "slt_waiting_n", area, n, breakdown=("wait_band", band)), LOCAL)
            for band, n in bands.items()
        ]
    for area in ("E08000015", "RXA"):
        found.append((_figure(month, "nd_open_referrals_n", area, 40), PATHWAY))
        found += [
            (_figure(month, "nd_open_referrals_n", area, n, breakdown=("age_band", band)), PATHWAY)
            for band, n in {"0-4": 10, "5-10": 25, "unknown": 5}.items()
        ]
    line = ("service", SPEECH.removeprefix("(CYP) "))
    found.append((_figure(month, "chs_waiting_n", "RY7", 58, basis="published"), EDITION))
    found.append(
        (_figure(month, "chs_waiting_n", "RY7", 58, basis="published", breakdown=line), EDITION)
    )
    found.append((_missing(month, "chs_waiting_n", "no_feed"), None))
    found.append((_missing(month, "slt_vacancy_pct", "no_feed"), None))
    if month == 5:
        held = _missing(month, "chs_waiting_n", "withheld:WL-ZERO", area="R1A", basis="published")
        found.append((held, None))
    return found


def _figure(
    month: int,
    indicator_id: str,
    area: str,
    numerator: int,
    denominator: int | None = None,
    *,
    basis: str = "local",
    breakdown: tuple[str, str] = ("all", "all"),
) -> dict[str, Any]:
    return _row(month, indicator_id, area, basis, breakdown) | {
        "numerator": Decimal(numerator),
        "denominator": None if denominator is None else Decimal(denominator),
        "value": 100 * numerator / denominator if denominator else float(numerator),
        "value_status": "value",
        "status_reason": None,
    }


def _missing(
    month: int, indicator_id: str, reason: str, *, area: str = "E08000015", basis: str = "local"
) -> dict[str, Any]:
    return _row(month, indicator_id, area, basis, ("all", "all")) | {
        "numerator": None,
        "denominator": None,
        "value": None,
        "value_status": "not_available",
        "status_reason": reason,
    }


def _row(
    month: int, indicator_id: str, area: str, basis: str, breakdown: tuple[str, str]
) -> dict[str, Any]:
    return {
        "indicator_id": indicator_id,
        "basis": basis,
        "period_type": "month",
        "period_start": date(2025, month, 1),
        "period_end": date(2025, month, calendar.monthrange(2025, month)[1]),
        "area_code": area,
        "breakdown": breakdown[0],
        "breakdown_value": breakdown[1],
        "area_name": area,
        "is_provisional": False,
        "is_estimated": False,
        "is_revised": False,
        "known_on": date(2025, 7, 10),
        "source_feed": "therapy_ptl" if basis == "local" else "chs_waits",
        "is_complete": None,
    }


def _steps(key: dict[str, Any], figure: Mapping[str, Any]) -> Rows:
    numerator, denominator = int(figure["numerator"]), int(figure["denominator"] or 0)
    has_denominator = figure["denominator"] is not None
    steps = [
        ("rows kept", max(numerator, denominator) + 5, 0, 0),
        ("excluded: received after the census", 5, 0, 0),
        ("counted", numerator, numerator, numerator),
    ]
    if has_denominator:
        rest = denominator - numerator
        steps.append(("in the list, not counted", rest, 0, rest))
    return [
        key
        | {
            "step_number": number,
            "step": step,
            "row_count": count,
            "counts_in_numerator": in_numerator,
            "counts_in_denominator": in_denominator if has_denominator else None,
            "source_reference": f"therapy_ptl_RY7_2025{figure['period_end']:%m}_01.csv",
        }
        for number, (step, count, in_numerator, in_denominator) in enumerate(steps, 1)
    ]


def _wait(figure: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "period_start": figure["period_start"],
        "period_end": figure["period_end"],
        "basis": "local",
        "area_code": "E08000015",
        "service": "SLT",
        "provider_code": "RY7",
        "wait_band": figure["breakdown_value"],
        "referral_count": int(figure["numerator"]),
        "value_status": "value",
        "status_reason": None,
    }


_STAGES = {"plan": (20, 12), "assessment": (10, 6), "either": (28, 17)}
_NEEDS = {
    "slt": (3, 2, 5), "nd": (4, 1, 5), "branch": (0, 0, 0),
    "neet": (2, 0, 2), "any": (7, 3, 9), "two_or_more": (2, 0, 2),
}  # fmt: skip


def _cohort(month: int, reason: str | None = None) -> Rows:
    """Every stage and need of a month; with a reason, none of them known."""
    counts = [
        (stage, need, people[at], base, linked, base - linked, 30, 2)
        for at, (stage, (base, linked)) in enumerate(_STAGES.items())
        for need, people in _NEEDS.items()
    ]
    names = [*COLUMNS["cross_agency_cohort"]][5:11]
    return [
        {
            "period_start": date(2025, month, 1),
            "period_end": date(2025, month, calendar.monthrange(2025, month)[1]),
            "area_code": "E08000015",
            "stage": stage,
            "need": need,
            "value_status": "not_available" if reason else "value",
            "status_reason": reason,
            "submission_ids": f"{LOCAL} {PATHWAY}",
        }
        | dict(zip(names, [None] * 6 if reason else known, strict=True))
        for stage, need, *known in counts
    ]


def _scorecard() -> Rows:
    """A file in time, one that was late, refused and corrected, one that is missing, one unowed."""
    due, late = date(2025, 6, 9), date(2025, 6, 12)
    once = {"submission_count": 1, "correction_count": 0, "refused_count": 0, "verdict": "used"}
    came = once | {"is_due": True, "due_on": due, "arrived_on": due, "accepted_on": due}
    came |= {"is_late": False, "days_late": 0, "rows_landed": 65, "rows_kept": 65}
    came |= {"rows_quarantined": 0, "rows_discarded": 0, "quarantine_pct": 0.0}
    again = {"submission_count": 3, "correction_count": 1, "refused_count": 1, "is_late": True}
    again |= {"accepted_on": late, "days_late": 3}
    missing = dict.fromkeys(came) | {"is_due": True, "due_on": due, "is_late": True}
    missing |= {"submission_count": 0, "correction_count": 0, "refused_count": 0}
    missing |= {"verdict": "not_received"}
    unowed = {"is_due": False, "due_on": None, "days_late": None}
    every = {"month": "2025-05", "period_end": date(2025, 5, 31), "finding_count": 0}
    return [
        every | {"feed": feed, "feed_title": feed, "sender": sender, "sender_name": sender} | row
        for feed, sender, row in (
            ("therapy_ptl", "RY7", came | {"submission_id": LOCAL}),
            ("nd_pathway", "RXA", came | again | {"submission_id": PATHWAY}),
            ("nd_pathway", "RBS", missing | {"submission_id": None}),
            ("school_closures", "E08000015", came | unowed | {"submission_id": "c" * 16}),
        )
    ]


def _reasons() -> Rows:
    """The reasons as the warehouse publishes them: a copy here would be a second list."""
    with (PROJECT / "seeds/status_reason_words.csv").open(encoding="utf-8", newline="") as lines:
        wanted = COLUMNS["status_reasons"]
        return [{name: row[name] or None for name in wanted} for row in csv.DictReader(lines)]


def _forecasts() -> Rows:
    """Cases that pass a limit in two weeks; a list and a course, each also with too few months."""
    told = [
        ("cases_passing_limit", "final_plan", date(2025, 6, 7), (4.0, 3.0, 5.0), None),
        ("cases_passing_limit", "final_plan", date(2025, 6, 14), (5.0, 3.0, 6.0), None),
        ("list_size_for_18_weeks", "SLT", date(2025, 5, 31), (63.0, 46.2, 79.8), None),
        ("list_size_for_18_weeks", "OT", date(2025, 5, 31), (None, None, None), "not_mature"),
        ("course", "ehcp_20wk_pct", date(2025, 7, 31), (60.0, 50.0, 70.0), None),
        ("course", "ar_4wk_pct", date(2025, 7, 31), (None, None, None), "not_mature"),
    ]
    return [
        {
            "period_start": date(2025, 5, 1),
            "period_end": date(2025, 5, 31),
            "area_code": "E08000015",
            "kind": kind,
            "subject": subject,
            "horizon_date": day,
            "title": "What comes",
            "unit": "cases",
            "assumption": "Things go on.",
            "range_text": "From the best month to every case.",
            "value_status": "not_available" if reason else "value",
            "status_reason": reason,
            "submission_ids": None if reason else LOCAL,
            "reading": ("too_few_points" if reason else "off_course") if kind == "course" else None,
            "target_value": 67.0 if kind == "course" else None,
        }
        | dict(zip(("value", "low", "high"), figures, strict=True))
        for kind, subject, day, figures, reason in told
    ]


def _indicator(
    indicator_id: str, title: str, service: str | None, measure: str, feed: str = "therapy_ptl"
) -> dict[str, Any]:
    return {
        "indicator_id": indicator_id,
        "title": title,
        "definition": f"{title}, at the end of the month",
        "unit": "pct" if indicator_id.endswith("_pct") else "count",
        "legal_basis": "No statutory wait applies to community therapies",
        "cadence": "monthly",
        "service": service,
        "source_feed": feed,
        "measure": measure,
        "service_line": SPEECH if service == "SLT" else None,
        "snapshot": "month",
        "suppression_rule": "SR1",
        "aggregation": "stock",
        "short_title": title,
        "plain_definition": f"{title} on the last day of the month.",
        "numerator": "Children waiting",
        "denominator": "All children on the list",
        "outcome_measures": "My Health and Wellbeing",
        "is_headline": False,
        "period_types": "month",
        "census_month": None,
        "direction": "higher" if indicator_id.endswith("_18w_pct") else "lower",
        "rag_rule": "trajectory_v1" if indicator_id == good_status.RATED else "none",
        "needs_days": {"waiting": False, "within_18w": True, "open_referrals": True}.get(measure),
    }


def _submission(submission_id: str, feed: str, sender: str, files: str) -> dict[str, Any]:
    return {
        "submission_id": submission_id,
        "feed": feed,
        "sender": sender,
        "month": "2025-05",
        "file_names": files,
        "sha256": submission_id * 4,
        "rows_landed": 68,
        "rows_kept": 65,
        "rows_quarantined": 2,
        "rows_discarded": 1,
        "known_on": date(2025, 7, 10),
        "known_how": "publication" if feed == "chs_waits" else "manifest",
        "verdict": "used",
    }


_CATALOGUE = [
    _indicator("slt_waiting_n", "Children waiting for speech and language", "SLT", "waiting"),
    _indicator("slt_within_18w_pct", "Children waiting within 18 weeks", "SLT", "within_18w"),
    _indicator("chs_waiting_n", "Children waiting, all services", None, "waiting", "chs_waits"),
    _indicator(
        "slt_vacancy_pct", "Vacancies in speech and language therapy", "SLT", "vacancy", "chs_waits"
    ),
    _indicator("nd_open_referrals_n", "Open referrals", "ND", "open_referrals", "nd_pathway"),
]
_FINDING = {
    "finding_id": "WL-ZERO-R1A-2025-05",
    "known_on": date(2025, 7, 10),
    "period_start": date(2025, 5, 1),
    "period_end": date(2025, 5, 31),
    "dataset": "chs_waits",
    "org_code": "R1A",
    "measure": "waiting",
    "rule_id": "WL-ZERO",
    "severity": "withhold",
    "observed": "0",
    "expected": "about 900",
    "message": "R1A reports nobody waiting for speech and language in May 2025; it had 900.",
    "action": "Ask the provider for its list of May 2025.",
    "service_line": SPEECH,
    "scope": "list",
    "basis": "published",
}
_SUBMISSIONS = [
    _submission(LOCAL, "therapy_ptl", "RY7", "therapy_ptl_RY7_202505_01.csv"),
    _submission(EDITION, "chs_waits", "NHS England", "community-waits-may-2025.xlsx"),
    _submission(PATHWAY, "nd_pathway", "RXA", "nd_pathway_RXA_202505_01.csv"),
]
_CELLS = [
    {
        "dataset": "chs_waits",
        "edition": "2025-05_published_2025-07-10",
        "source_file": "community-waits-may-2025.xlsx#Table 4",
        "source_row": row,
        "source_column": 47,
        "period_end": date(2025, 5, 31),
        "org_code": org_code,
        "value": value,
        "value_text": text,
        "symbol": symbol,
        "submission_id": EDITION,
    }
    for row, org_code, value, text, symbol in (
        (12, "RY7", 58.0, "58", None),
        (13, "R1A", 0.0, "0", None),
        (14, "RBL", None, "*", "*"),
    )
]
_AREAS = [
    {"area_code": "E08000015", "area_name": "Wirral", "parent_code": None},
    {"area_code": "E92000001", "area_name": "England", "parent_code": None},
]
_BREAKDOWNS = [
    {"breakdown": "age_band", "breakdown_value": value, "label": label, "sort_order": order}
    for order, (value, label) in enumerate((("0-4", "0 to 4"), ("5-10", "5 to 10")), 1)
]
_RELEASE_ROW = {
    "release_id": RELEASE,
    "month": "2025-05",
    "revision": 1,
    "as_at": date(2025, 7, 10),
}
