"""The data dictionary: every public indicator, column and symbol, on a page like the report's."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from orchestration.months import last_day
from orchestration.publication.public import described
from orchestration.publication.public.cube import EXACT, Public
from orchestration.publication.public.described import Column
from orchestration.publication.public.rules import (
    LEAST_BASE,
    LEAST_CASES,
    LEAST_CASES_OF_A_TAIL,
    RULES,
    in_cube,
)
from orchestration.publication.report import Facts, Tables, traced, words
from orchestration.publication.report.pages import environment
from orchestration.publication.report.spreadsheet import UNITS
from orchestration.publication.report.tables import Row

FILE = "data_dictionary.html"
BASES = {"local": "counted from local deliveries", "published": "published by others"}
_CODE = re.compile(r"`([^`]+)`")


class Indicator(NamedTuple):
    """What the public figures of one indicator are: its row of the catalogue, and what is shown."""

    about: Row
    bases: Sequence[str]
    kinds_of_period: Sequence[str]
    first_day: Any
    last_day: Any
    breakdowns: Sequence[str]


def indicators(figures: Sequence[Public], tables: Tables) -> Iterator[Indicator]:
    """Give the indicators that have a public figure, by title."""
    shown = defaultdict(list)
    for one in figures:
        shown[one.key[0]].append(one.figure)
    catalogue = {row["indicator_id"]: row for row in tables.rows("indicators")}
    for name in sorted(shown, key=lambda name: (catalogue[name]["short_title"], name)):
        own = shown[name]
        yield Indicator(
            about=catalogue[name],
            bases=sorted({one["basis"] for one in own}),
            kinds_of_period=sorted({one["period_type"] for one in own}),
            first_day=min(one["period_start"] for one in own),
            last_day=max(one["period_end"] for one in own),
            breakdowns=sorted({one["breakdown"] for one in own} - {"all"}),
        )


def rule_in_words(code: str) -> str:
    """Say what the public cube hides and rounds by a rule of the catalogue."""
    if code == EXACT:
        parts = rule_in_words("SR3").partition(": ")[2]
        return f"{EXACT}: the whole area as it is. Breakdowns: {parts}"
    rule = in_cube(code)
    hidden = f"{0 if rule.hides_zero else 1} to {rule.least_shown - 1}"
    return f"{code}: {hidden} hidden as {rule.symbol}, counts to the nearest {rule.rounded_to}."


ROUNDING = (
    "Numerator and denominator are rounded independently of each other, and totals independently "
    "of their parts, so that parts need not add up. A percentage is whole and computed from the "
    f"rounded counts. With a rounded denominator below {LEAST_BASE} there is none. A percentage is "
    "hidden too where all but a few count, where all count and 0 is hidden, or where a small group "
    f"is all alike. A mean or median is in whole units and needs {LEAST_CASES} cases, rounded; a "
    f"percentile needs {LEAST_CASES_OF_A_TAIL}. A figure that would give a small number of another "
    "away is not shown."
)


def render(figures: Sequence[Public], tables: Tables, facts: Facts, files: Iterable[str]) -> bytes:
    """Render the page; ``files`` are the public files to which it leads."""
    month = words.month(last_day(facts.month))
    page = environment().get_template("data_dictionary.html")
    return page.render(
        partnership=facts.partnership["report"],
        is_demonstration=facts.is_synthetic,
        month=_said(month),
        release=traced.stated(facts, "release_id"),
        facts=[
            _said(f"Month: {month}"),
            _said(f"Made from what was known on {words.in_full(facts.as_at)}"),
            Markup("Release {}").format(traced.stated(facts, "release_id")),
        ],
        pages=[
            {"href": "report/index.html", "words": "The report", "is_current": False},
            {"href": FILE, "words": "Data dictionary", "is_current": True},
        ],
        on_this_page=[
            {"href": f"#{anchor}", "words": title, "is_current": False}
            for anchor, title in _SECTIONS
        ],
        sections=dict(_SECTIONS),
        files=sorted(files, key=lambda name: ("/" in name, name)),
        tables=[
            {
                "anchor": f"table-{table.name}",
                "title": table.file,
                "description": _said(table.description),
                "rows": [_column(column) for column in table.columns],
            }
            for table in described.tables()
        ],
        symbols=[(sign, _said(meaning)) for sign, meaning in described.symbols().items()],
        rules=[_said(rule_in_words(code)) for code in (EXACT, *RULES)],
        rounding=_said(ROUNDING),
        breakdowns=list(_breakdowns(figures, tables)),
        indicators=[_indicator(one) for one in indicators(figures, tables)],
    ).encode()


_SECTIONS = (
    ("files", "Files"),
    ("symbols", "Symbols"),
    ("rounding", "What is hidden and rounded"),
    ("columns", "Columns"),
    ("breakdowns", "Breakdowns"),
    ("indicators", "Indicators"),
)


def _said(text: Any) -> Markup:
    """Show a text that stands in the code or in its lists; what is in backticks is code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(Markup.escape(text))))


def _column(column: Column) -> tuple[Any, ...]:
    filled = "always" if column.is_required else "may be empty"
    values = ", ".join(map(str, column.one_of))
    return _said(column.name), column.type, filled, _said(values), _said(column.description)


def _breakdowns(figures: Sequence[Public], tables: Tables) -> Iterator[tuple[str, Markup]]:
    used = {one.key[-2:] for one in figures}
    labels = defaultdict(list)
    for row in sorted(tables.rows("breakdowns"), key=lambda row: row["sort_order"]):
        if (row["breakdown"], row["breakdown_value"]) in used:
            labels[row["breakdown"]].append(f"`{row['breakdown_value']}` {row['label']}")
    for breakdown, said in sorted(labels.items()):
        yield breakdown, _said("; ".join(said))


def _indicator(one: Indicator) -> Mapping[str, Any]:
    about = one.about
    periods = ", ".join(kind.replace("_", " ") for kind in one.kinds_of_period)
    pairs = [
        ("What it counts", traced.quoted(about, "plain_definition")),
        ("Title in the catalogue", traced.quoted(about, "title")),
        ("Exact definition", traced.quoted(about, "definition")),
        ("Numerator", traced.quoted(about, "numerator")),
        ("Denominator", traced.quoted(about, "denominator")),
        ("Unit", _said(UNITS[about["unit"]])),
        ("Hidden and rounded", _said(rule_in_words(about["suppression_rule"]))),
        ("Figures", _said(", ".join(BASES[basis] for basis in one.bases))),
        ("Kinds of period", _said(periods)),
        ("From and to", _said(f"{words.in_full(one.first_day)} to {words.in_full(one.last_day)}")),
        ("Breakdowns", _said(", ".join(one.breakdowns).replace("_", " "))),
        ("Legal basis", traced.quoted(about, "legal_basis")),
    ]
    return {
        "anchor": about["indicator_id"],
        "title": traced.quoted(about, "short_title"),
        "code": _said(f"`{about['indicator_id']}`"),
        "facts": [(name, said) for name, said in pairs if said],
    }
