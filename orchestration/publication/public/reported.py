"""The whole area's figures in the public cube, as the tables of a report hold them.

A report reads figures with their change, limits and rating. Of an exact series these rest on
nothing but figures that everybody sees, so they stay. A rounded figure gets those that follow from
rounded figures alone: what it was before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from orchestration.publication.public.cube import LEFT_OUT, Public
from orchestration.publication.public.rules import Shown
from orchestration.publication.report.words import a_year_before

Row = Mapping[str, Any]
VALUE, HIDDEN = "value", "suppressed"
FOR_ITS_RULE = "disclosure:{}"
"""Why a number is hidden: the rule that hides it, as `status_reason` names it."""
NO_VERDICT, NO_EVIDENCE = "no_verdict", "no_evidence"
"""How a promise or an action stands that rests on rounded figures, or on none."""
ROUNDED = "rounded"
"""Why no chance is told apart, by `spc_reason`."""


class Figures:
    """The figures of the whole area that everybody sees."""

    def __init__(self, cut: Iterable[Public]) -> None:
        """Take the public cube; breakdowns are left aside."""
        wholes = [one for one in cut if one.figure["breakdown"] == "all"]
        self._at = {_key(one.figure): one for one in wholes}
        rounded = {_series(one.figure) for one in wholes if not one.is_exact}
        self._exact_series = {_series(one.figure) for one in wholes} - rounded
        self._exact = {
            (one.figure["indicator_id"], one.figure["period_end"], one.value.value)
            for one in wholes
            if one.is_exact and one.figure["basis"] == "local"
        }

    def at(self, row: Row) -> Public | None:
        """Give the figure of a row, by indicator, basis, kind and end of the period."""
        return self._at.get(_key(row))

    def is_exact(self, indicator_id: str, basis: str = "local") -> bool:
        """Whether the public sees a series, and no rounded or hidden figure of it."""
        return (indicator_id, basis) in self._exact_series

    def number(self, row: Row, **changed: Any) -> float | None:
        """Give the number that everybody sees of a figure; None without one."""
        one = self.at(dict(row) | changed)
        return None if one is None else one.value.value

    def is_shown(self, indicator_id: str | None, end: date, number: float) -> bool:
        """Whether an exact figure of an indicator at a day is this number."""
        return (indicator_id, end, number) in self._exact


def status(row: Row, shown: Figures, backlogs: Mapping[str, str | None]) -> Row | None:
    """Make a row of ``indicator_status`` as everybody may see it; None where the cube lacks it.

    Args:
        row: of the release.
        shown: what everybody sees.
        backlogs: the indicator that counts the backlog, by indicator.

    Raises:
        ValueError: an exact figure of the release is not the public one.
    """
    one = shown.at(row)
    if one is None:
        return None
    if shown.is_exact(row["indicator_id"], row["basis"]):
        return _exact(row, one, shown, backlogs.get(row["indicator_id"]))
    return _rounded(row, one, shown)


def latest(rows: Iterable[Row], made: Iterable[Row]) -> Iterator[Row]:
    """Give the newest figures.

    Args:
        rows: of ``indicator_latest`` of the release, which say which period is the newest.
        made: the rows of the public ``indicator_status``.

    A kind of period that is not public gives way to the newest of the kind that is.
    """
    at = {_key(one): one for one in made}
    newest = {_series(one): one for one in sorted(at.values(), key=lambda one: one["period_end"])}
    found = (at.get(_key(row)) or newest.get(_series(row)) for row in rows)
    return (row for row in found if row is not None)


def plan_cell(row: Row, shown: Figures) -> Row:
    """Make a cell of the improvement plan: its actual value as everybody sees it, and a verdict."""
    key = {"basis": "local", "period_type": row["actual_period_type"]}
    return _beside(row, key, "actual_value", shown) | (
        {} if _may_be_judged(row, "indicator_id", shown) else {"is_met": None}
    )


def promise(row: Row, shown: Figures, newest: Sequence[Row]) -> Row:
    """Make a promise of the roadmap: judged where all that counts it is exact, else not.

    Args:
        row: of ``roadmap``.
        shown: what everybody sees.
        newest: the rows of the public ``indicator_latest``, of which the first is shown that the
            promise names: which one the release chose would tell how the others stand.
    """
    if _may_be_judged(row, "indicator_ids", shown) or row["actual_value"] is None:
        return _beside(row, {"basis": "local"}, "actual_value", shown)
    by_indicator = {one["indicator_id"]: one for one in newest if one["basis"] == "local"}
    found = [by_indicator[name] for name in _names(row["indicator_ids"]) if name in by_indicator]
    told = next((one for one in found if one["value"] is not None), dict.fromkeys(_OF_FIGURE))
    same = {name: told[name] for name in _OF_FIGURE}
    return dict(row) | same | {"position": NO_VERDICT, "actual_value": told["value"]}


def action(row: Row, shown: Figures) -> Row:
    """Make an action of the plan: what moved is said where all that should move is exact."""
    if _may_be_judged(row, "indicator_ids", shown) or row["movement"] == NO_EVIDENCE:
        return row
    return dict(row) | {"movement": NO_VERDICT, "better_ids": None, "worse_ids": None}


def restatement(row: Row, reason: str | None, shown: Figures) -> Row:
    """Make a row of ``restatements`` from one of the public file.

    Args:
        row: of ``restatements.csv``.
        reason: why the release changed the figure; None where it did not.
        shown: what everybody sees.

    The file names more figures than changed, so that nobody knows which rounded ones stayed: of
    these no reason is given, or its absence would tell.
    """
    one = shown.at(row)
    sides = {
        f"{side}_{end}": cell
        for side in ("old", "new")
        for end, cell in _of_text(row[f"{side}_value"], row[f"{side}_value_symbol"]).items()
    }
    is_exact = shown.is_exact(row["indicator_id"], row["basis"])
    step = one.rounded_to if one else None
    return dict(row) | sides | {"reason": reason if is_exact else None, "rounded_to": step}


_OF_FIGURE = (
    "indicator_id", "period_type", "period_start", "period_end", "unit", "value",
    "year_ago_value", "rounded_to",
)  # fmt: skip
_OF_CHANCE = {
    "rag": "grey", "spc_mean": None, "spc_lower": None, "spc_upper": None,
    "spc_rule": "none", "variation": "none", "backlog": None, "base_flag": None,
    "is_complete": None,
}  # fmt: skip
"""What a rounded figure does not tell."""
_STATUS_OF = {"": VALUE, "x": "not_available", "z": "not_applicable"}


def _exact(row: Row, one: Public, shown: Figures, backlog_of: str | None) -> Row:
    for name in ("value", "numerator", "denominator"):
        _refuse_another(row, name, getattr(one, name))
    is_shown = row["backlog"] is not None and shown.is_shown(
        backlog_of, row["period_end"], row["backlog"]
    )
    return dict(row) | {"backlog": row["backlog"] if is_shown else None, "rounded_to": 0}


def _refuse_another(row: Row, name: str, cell: Shown) -> None:
    if cell.value != (None if row[name] is None else float(row[name])):
        raise ValueError(
            f"{name} of {row['indicator_id']} in the period to {row['period_end']} is not the "
            "public figure: this table and indicator_values must agree. Run the month again."
        )


def _rounded(row: Row, one: Public, shown: Figures) -> Row:
    before = {"period_end": row["period_start"] - timedelta(days=1)}
    is_alone = row["period_type"] == "ytd"  # the year so far follows nothing
    return (
        dict(row)
        | _OF_CHANCE
        | {
            "value": one.value.value,
            "numerator": _decimal(one.numerator),
            "denominator": _decimal(one.denominator),
            **_why_hidden(row, one),
            "previous_value": None if is_alone else shown.number(row, **before),
            "year_ago_value": shown.number(row, period_end=a_year_before(row["period_end"])),
            "spc_reason": "no_value" if one.value.value is None else ROUNDED,
            "rounded_to": one.rounded_to,
        }
    )


def _why_hidden(row: Row, one: Public) -> Row:
    is_hidden = one.figure.get("status_reason") in (None, LEFT_OUT) and one.value.value is None
    if not is_hidden:
        return {}
    rule = one.figure["suppression_rule"]
    return {"value_status": HIDDEN, "status_reason": FOR_ITS_RULE.format(rule)}


def _beside(row: Row, key: Row, column: str, shown: Figures) -> dict[str, Any]:
    """Put what everybody sees of a figure in the place of the number that stands beside a text."""
    if row[column] is None:
        return dict(row) | {"rounded_to": 0}
    one = shown.at(dict(row) | dict(key))
    if one is not None and one.is_exact:
        _refuse_another(row, column, one.value)
    number = None if one is None else one.value.value
    hidden = {"actual_status": HIDDEN} if number is None else {}
    return dict(row) | {column: number, "rounded_to": one.rounded_to if one else 0} | hidden


def _may_be_judged(row: Row, column: str, shown: Figures) -> bool:
    return all(shown.is_exact(name) for name in _names(row[column]))


def _names(listed: str | None) -> list[str]:
    return [name for name in (listed or "").split("; ") if name]


def _of_text(number: str, symbol: str) -> dict[str, Any]:
    status = _STATUS_OF.get(symbol, HIDDEN)
    return {"value": float(number) if number else None, "status": status}


def _decimal(cell: Shown) -> Decimal | None:
    return None if cell.value is None else Decimal(cell.value)


def _key(row: Row) -> tuple[Any, ...]:
    return (*_series(row), row["period_type"], row["period_end"])


def _series(row: Row) -> tuple[str, str]:
    return row["indicator_id"], row["basis"]
