"""The public cube as a workbook: newest figures, months, breakdowns, corrections, and their words.

Every figure is in ``indicators.csv``; the workbook holds those that people look for first.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from orchestration.months import last_day
from orchestration.publication.public import described
from orchestration.publication.public.cube import PARTS, Public
from orchestration.publication.public.dictionary import (
    BASES,
    ROUNDING,
    Indicator,
    indicators,
    rule_in_words,
)
from orchestration.publication.public.rules import RULES, Shown
from orchestration.publication.public.tidy_csv import harmless
from orchestration.publication.report import Facts, Tables, spreadsheet, words
from orchestration.publication.report.spreadsheet import (
    DEMONSTRATION,
    MEANINGS,
    ONE_PLACE,
    UNITS,
    WHOLE,
    Cell,
    Sheet,
)

FILE = "indicators.xlsx"
NAMES = {"*": "star"}
"""Symbols that a screen reader would pass over."""
SHOWN = "none"
"""What stands in the column of a symbol where there is a number."""
FIGURE = (
    {"Measure": 44, "Unit": 12, "Basis": 34, "Period": 26}
    | {f"{name}{end}": 16 for name in ("Figure", "Numerator", "Denominator")
       for end in ("", " symbol")}
    | {"Counts rounded to": 16, "Why there is no figure": 40, "Indicator": 34}
)  # fmt: skip
GROUP = {"Breakdown": 20, "Group": 44}


def render(figures: Sequence[Public], restatements: bytes, tables: Tables, facts: Facts) -> bytes:
    """Make the workbook.

    Args:
        figures: the public cube.
        restatements: the public file of corrections.
        tables: of the release, for titles and labels.
        facts: what the release says of itself.
    """
    place = f"{facts.partnership['name']}, {words.month(last_day(facts.month))}"
    about = list(indicators(figures, tables))
    whole = [one for one in figures if one.figure["breakdown"] == "all"]
    groups = _newest(one for one in figures if one.figure["breakdown"] != "all")
    months = [
        one for one in whole if one.figure["is_headline"] and one.figure["period_type"] == "month"
    ]
    labels = {
        (row["breakdown"], row["breakdown_value"]): row["label"]
        for row in tables.rows("breakdowns")
    }
    sheets = [
        Sheet("Notes", "Notes", {"Note number": 10, "Subject": 56, "Note": 90}, _notes(facts)),
        Sheet("Latest figures", f"Latest figures: {place}", FIGURE, _rows(_newest(whole))),
        Sheet("By month", f"Headline measures month by month: {place}", FIGURE, _rows(months)),
        Sheet(
            "Latest breakdowns",
            f"Latest figures of groups: {place}",
            FIGURE | GROUP,
            [[*row, *_group(one, labels)] for one, row in zip(groups, _rows(groups), strict=True)],
        ),
        Sheet(
            "Corrections",
            f"Figures corrected since the public release before: {place}",
            {"Indicator": 34, "Basis": 34, "Kind of period": 20, "Period ends": 20}
            | {"Breakdown": 20, "Group": 44, "Release before": 16}
            | {"Figure before": 16, "Figure now": 16},
            [_correction(row) for row in csv.DictReader(restatements.decode().splitlines())],
        ),
        Sheet(
            "Measures",
            f"What each measure counts: {place}",
            {"Measure": 44, "What it counts": 90, "Exact definition": 90, "Numerator": 64}
            | {"Denominator": 64, "Unit": 12, "Hidden and rounded": 64, "Indicator": 34},
            [_measure(one) for one in about],
        ),
    ]
    return spreadsheet.book(
        facts,
        intro=[
            "This workbook holds public figures.",
            "The worksheet Contents lists the other worksheets.",
            "The worksheet Notes says what shorthand and symbols mean.",
            "The file indicators.csv beside this workbook holds every public figure.",
            f"Licence: {described.LICENCE}.",
        ],
        sheets=sheets,
    )


def _newest(figures: Iterable[Public]) -> list[Public]:
    """The newest figure of each indicator, basis and group; of one day the longest period."""
    newest: dict[tuple[Any, ...], Public] = {}
    for one in figures:
        key = (one.key[0], one.key[1], *one.key[-2:])
        other = newest.get(key)
        if other is None or _age(one) > _age(other):
            newest[key] = one
    return list(newest.values())


def _age(one: Public) -> tuple[Any, ...]:
    has_value, own = one.value.value is not None, one.figure
    return has_value, own["period_end"], own["period_type"] == "month", own["period_type"]


def _rows(figures: Iterable[Public]) -> list[list[Cell]]:
    return [
        [
            _said(one.figure["short_title"]),
            UNITS[one.figure["unit"]],
            BASES[one.figure["basis"]],
            words.period(
                one.figure["period_type"], one.figure["period_start"], one.figure["period_end"]
            ),
            *_cells(one.value, one.figure["unit"], is_exact=one.is_exact),
            *(cell for part in PARTS for cell in _cells(getattr(one, part), "count")),
            "not rounded" if one.is_exact else _number(one.rounded_to, "count"),
            _said(one.figure["status_reason"]),
            one.key[0],
        ]
        for one in figures
    ]


def _group(one: Public, labels: Mapping[tuple[str, str], str]) -> tuple[str, str]:
    breakdown, value = one.key[-2:]
    return _said(breakdown.replace("_", " ")), _said(labels.get((breakdown, value), value))


def _cells(shown: Shown, unit: str, *, is_exact: bool = False) -> tuple[Cell, Cell]:
    """A number and no symbol, or the shorthand that the guidance asks for, and the symbol."""
    if shown.value is None:
        symbol = str(shown.symbol)
        return _shorthand(symbol), NAMES.get(symbol, symbol)
    return _number(shown.value, unit if is_exact else "count"), SHOWN


def _shorthand(symbol: str) -> str:
    mark = f"[{symbol}]"
    return mark if mark in MEANINGS else "[c]"


def _number(value: float, unit: str) -> Cell:
    return spreadsheet.Shown(float(value), WHOLE if unit == "count" else ONE_PLACE)


def _said(value: Any) -> str:
    return harmless(spreadsheet.text(value))


def _correction(row: dict[str, str]) -> list[Cell]:
    def cell(name: str) -> Cell:
        symbol = row[f"{name}_symbol"]
        return _shorthand(symbol) if symbol else _number(float(row[name]), "pct")

    return [
        row["indicator_id"],
        BASES[row["basis"]],
        row["period_type"].replace("_", " "),
        row["period_end"],
        row["breakdown"].replace("_", " "),
        _said(row["breakdown_value"]),
        row["old_release"],
        cell("old_value"),
        cell("new_value"),
    ]


def _measure(one: Indicator) -> list[Cell]:
    told = [
        _said(one.about[name])
        for name in ("short_title", "plain_definition", "definition", "numerator", "denominator")
    ]
    rule = _said(rule_in_words(one.about["suppression_rule"]))
    return [*told, UNITS[one.about["unit"]], rule, one.about["indicator_id"]]


def _notes(facts: Facts) -> list[list[Cell]]:
    notes = [
        *((f"Shorthand {mark}", f"{said.capitalize()}.") for mark, said in MEANINGS.items()),
        *(
            (f"Symbol {NAMES.get(symbol, symbol)}", said)
            for symbol, said in described.symbols().items()
        ),
        (f"Symbol {SHOWN}", "The cell before holds a number."),
        ("Rounding", ROUNDING),
        *((f"Rule {code}", rule_in_words(code)) for code in ("SR0", *RULES)),
        ("Release", facts.release_id),
        *([("Data", DEMONSTRATION)] if facts.is_synthetic else []),
    ]
    return [
        [_number(n, "count"), subject, _said(said)] for n, (subject, said) in enumerate(notes, 1)
    ]
