"""Small sample files of the council's and the mental health feeds, in every form they come in."""

from __future__ import annotations

import pandas as pd

from . import (
    annual_reviews,
    ccis,
    cyp_mh,
    ehc_advice,
    nd_pathway,
    sen2_ehc,
    sen2_forms,
    tribunals,
)
from .days import month_end
from .files import csv_bytes, table_xlsx_bytes
from .monthly_files import Tables, simulate, tables_of

_MONTH = "2025-03"
_ROWS = 10

_DATES = {
    "nd_pathway": nd_pathway.DATES, "cyp_mh": cyp_mh.DATES, "ehc_advice": ehc_advice.DATES,
    "annual_reviews": annual_reviews.DATES, "tribunals": tribunals.DATES,
}  # fmt: skip
"""Feeds that come as a workbook too."""

_DOCTYPE = b'?>\n<!DOCTYPE x [<!ENTITY a "aaaa">]>\n'


def feed_samples() -> dict[str, bytes]:
    """Make the samples: bytes by file name, ``<feed>__good...`` or ``<feed>__bad__...``.

    The tables of a CSV set are ``sen2_ehc__good_<table>.csv``; a bad set has one file of its own
    and the rest of the good one.
    """
    area = simulate(1, 2024, month_end(_MONTH))
    made: dict[str, bytes] = {}
    for feed, tables in tables_of(area, _MONTH).items():
        if feed in ("therapy_ptl", "sen2_ehc"):
            continue
        ((name, rows),) = tables.items()
        few = rows.iloc[:: max(1, len(rows) // _ROWS)][:_ROWS]
        made[f"{feed}__good.csv"] = csv_bytes(few)
        if feed in _DATES:
            made[f"{feed}__good.xlsx"] = table_xlsx_bytes(name, few, _DATES[feed])
        if feed == "ccis":
            made |= _xml_samples(feed, ccis.xml(few, _MONTH), b"<ActivityCode>", b"<Hobby>")
    few = _few_cases(area.cases)
    reviews = area.reviews[area.reviews.place.isin(few.index)]
    tables = sen2_ehc.snapshot(few, reviews, area.disputes, _MONTH, area.draws("ehc"))
    return made | _casework(tables)


def _few_cases(cases: pd.DataFrame) -> pd.DataFrame:
    """Keep the cases of a dozen people at different stages."""
    day = month_end(_MONTH)
    is_open = (cases.start <= day - 400) & (cases.cease > day) & (cases.kind == "request")
    stages = (
        is_open,
        (cases.received <= day) & (cases.decided > day) & (cases.kind == "request"),
        (cases.assessed_from <= day) & (cases.agreed > day),
        (cases.decision == "N") & cases.decided.between(day - 300, day),
        cases.cease.between(day - 300, day),
        (cases.kind == "transfer") & cases.since.between(day - 300, day),
        (cases.kind == "stock") & (cases.cease > day),
    )
    people = pd.concat([cases.person[stage].iloc[[0, -1]] for stage in stages])
    return cases[cases.person.isin(people)]


def _casework(tables: Tables) -> dict[str, bytes]:
    sets = sen2_forms.csv_files(tables)
    made = {f"sen2_ehc__good_{name}.csv": data for name, data in sets.items()}
    orphan = tables["senneed"].copy()
    orphan.iloc[0, 1] = "900001"
    spoilt = sen2_forms.csv_files({"senneed": orphan})
    made["sen2_ehc__bad__orphan_row_senneed.csv"] = spoilt["senneed"]
    made["sen2_ehc__good.xlsx"] = sen2_forms.workbook(tables)
    sheets = {name: rows for name, rows in tables.items() if name != "requests"}
    made["sen2_ehc__bad__missing_sheet.xlsx"] = sen2_forms.workbook(sheets)
    xml = sen2_forms.xml(tables, ccis.la_code(1), _MONTH)
    return made | _xml_samples("sen2_ehc", xml, b"<ReceivedDate>", b"<Diary>")


def _xml_samples(feed: str, good: bytes, known: bytes, unknown: bytes) -> dict[str, bytes]:
    """Spoil a good XML file in the ways that the landing policy refuses."""
    strange = unknown + b"x" + unknown.replace(b"<", b"</")
    made = {
        "good": good,
        "bad__entity": good.replace(b"?>\n", _DOCTYPE, 1),
        "bad__cut_short": good[: len(good) * 2 // 3],
        "bad__undeclared_element": good.replace(known, strange + known, 1),
        "bad__not_well_formed": good.replace(known.replace(b"<", b"</"), b"", 1),
    }
    return {f"{feed}__{name}.xml": data for name, data in made.items()}
