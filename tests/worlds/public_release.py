"""A small public release: figures that are shown, hidden, rounded, missing and published."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from ingest.partnership import partnership
from orchestration.publication import public
from orchestration.publication.report import Facts, Tables
from tests.worlds import report_world

AREA, REGION, COUNTRY = partnership().local_area, "E12000002", partnership().country
FACTS = Facts(
    release_id="2025-12/r1", month="2025-12", revision=1, as_at=date(2026, 1, 20),
    is_synthetic=True, is_provisional=False, note="Demonstration: invented data",
)  # fmt: skip
Rows = list[dict[str, Any]]


def _about(indicator_id: str, unit: str, rule: str, aggregation: str, **own: Any) -> dict[str, Any]:
    return {
        "indicator_id": indicator_id, "unit": unit, "suppression_rule": rule,
        "aggregation": aggregation, "snapshot": "newest", "is_headline": True,
        "period_types": "month; calendar_year", "short_title": f"Short {indicator_id}",
        "title": f"Title of {indicator_id}", "definition": f"Exactly {indicator_id}",
        "plain_definition": f"What {indicator_id} counts.", "legal_basis": "Regulation 1",
        "numerator": f"Those of {indicator_id}", "denominator": None, "direction": "higher",
        "cadence": "monthly", "owner_group": "Owners", "outcome_measures": "My Voice; My Future",
    } | own  # fmt: skip


CATALOGUE = [
    _about("on_time_pct", "pct", "SR0", "ratio_of_sums", denominator="All of them"),
    _about("plans_n", "count", "SR3", "stock", snapshot="month"),
    _about("lists_n", "count", "SR1", "stock", snapshot="month"),
    _about("wait_weeks", "weeks", "SR1", "median", denominator="Cases"),
    _about("share_pct", "pct", "SR2", "ratio_of_sums", short_title="=1+1"),
    _about("summer_n", "count", "SR3", "stock", snapshot="month", period_types="census"),
    _about("autumn_n", "count", "SR3", "stock", snapshot="month", period_types="census"),
    _about("official_n", "count", "SR0", "stock", snapshot="month", outcome_measures="My Voice"),
]


def _figure(
    indicator_id: str,
    numerator: int | None,
    denominator: int | None = None,
    value: float | None = None,
    *,
    breakdown: tuple[str, str] = ("all", "all"),
    start: date = date(2025, 12, 1),
    end: date = date(2025, 12, 31),
    kind: str = "month",
    **own: Any,
) -> dict[str, Any]:
    if value is None and numerator is not None:
        value = 100 * numerator / denominator if denominator else float(numerator)
    return {
        "indicator_id": indicator_id, "basis": "local", "period_type": kind,
        "period_start": start, "period_end": end, "area_code": AREA,
        "breakdown": breakdown[0], "breakdown_value": breakdown[1], "area_name": "Sampleton",
        "numerator": None if numerator is None else Decimal(numerator),
        "denominator": None if denominator is None else Decimal(denominator), "value": value,
        "value_status": "value", "status_reason": None, "is_provisional": False,
        "is_revised": False, "source_feed": "sen2_ehc",
    } | own  # fmt: skip


def figures() -> Rows:
    """The rows of ``indicator_values``: of a month, of a year and its parts, of two days."""
    year = {"kind": "calendar_year", "start": date(2025, 1, 1)}
    late = {"value_status": "not_available", "status_reason": "not_received"}
    return [
        _figure("on_time_pct", 3, 71),
        _figure("plans_n", 43),
        _figure("plans_n", 17, breakdown=("sex", "F")),
        _figure("plans_n", 26, breakdown=("sex", "M")),
        _figure("lists_n", 6),
        _figure("wait_weeks", None, 40, 11.3),
        _figure("share_pct", None, **late),
        _figure("share_pct", 20, 90, **year),
        _figure("share_pct", 12, 50, breakdown=("sex", "F"), **year),
        _figure("share_pct", 8, 40, breakdown=("sex", "M"), **year),
        _figure("on_time_pct", 300, 710, **year),
        _figure("summer_n", 80, kind="census", start=date(2025, 8, 31), end=date(2025, 8, 31)),
        _figure("autumn_n", 90, kind="census", start=date(2025, 9, 30), end=date(2025, 9, 30)),
        _figure("official_n", 58, basis="published", source_feed="dfe_sen2"),
    ]


def rows() -> dict[str, Rows]:
    """Every table of the release that its public part reads."""
    area = {"valid_from": None, "valid_to": None, "source": "ONS"}
    return {
        "indicators": CATALOGUE,
        "indicator_values": figures(),
        "areas": [
            area | {"area_code": code, "area_name": name, "kind": kind, "parent_code": parent}
            for code, name, kind, parent in (
                (AREA, "Sampleton", "local_authority", REGION),
                (REGION, "North of Nowhere", "government_region", COUNTRY),
                (COUNTRY, "England", "country", None),
            )
        ],
        "breakdowns": [
            {"breakdown": "sex", "breakdown_value": code, "label": label, "sort_order": order}
            for order, (code, label) in enumerate((("F", "Female"), ("M", "Male")), 1)
        ],
        "status_reasons": [
            {
                "reason": "not_received",
                "detail": None,
                "value_status": "not_available",
                "sort_order": 1,
                "meaning": "A file that the figure needs was not received by the as-at date.",
                "family_text": "not sent yet",
            }
        ],
    }


def read(folder: Path, tables: dict[str, Rows]) -> Tables:
    """These tables, which are written to ``folder`` first."""
    return Tables(report_world.write(folder, tables))


def write(
    folder: Path,
    before: public.Before | None = None,
    tables: dict[str, Rows] | None = None,
    **facts: Any,
) -> Path:
    """Write every public file to ``folder / "public"``; gives that folder."""
    place, known = folder / public.FOLDER, read(folder / "tables", tables or rows())
    now = public.edition(known, replace(FACTS, **facts))
    for name, data in public.render(now, before, known).items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)
    return place
