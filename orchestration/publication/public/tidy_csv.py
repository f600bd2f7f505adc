"""The public figures and their corrections as tidy CSV: a number, or a symbol in its own column."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from orchestration.publication.public import described
from orchestration.publication.public.cube import KEY, PARTS, Public

CELLS = (*PARTS, "value")
Key = tuple[str, ...]
Shown = Mapping[Key, Sequence[tuple[str, str]]]
"""Number and symbol of each of ``CELLS``, as text, by key."""
FIGURES, RESTATEMENTS = (described.table(f"{one}.csv") for one in ("indicators", "restatements"))
RUN_BY_SPREADSHEETS = "=+-@"
"""A text that begins with one of these is a formula to a spreadsheet."""


def figures(cut: Sequence[Public], revised: Collection[Key] = ()) -> bytes:
    """Write the public cube, one row per figure.

    Of a rounded figure ``revised`` says that it was corrected, now or before: what the release says
    of it would tell apart the parts of a breakdown that were corrected with it.
    """
    return table(FIGURES.names, (_figure(one, revised) for one in cut))


def corrected(now: Sequence[Public], before: Shown, restated: Collection[Key]) -> list[Public]:
    """Give the figures of the public release before that are corrected.

    Args:
        now: the public cube.
        before: what the public release before shows, as ``shown_in`` reads it.
        restated: keys of the figures that were corrected since, whether or not rounding shows it:
            whoever compares two releases is to know which of their differences are corrections.

    A number in the place of another is a correction too: a share may stay while its parts change.
    An exact figure that looks the same is none.
    """
    known = ((one, written(one.key)) for one in now)
    return [
        one
        for one, key in known
        if key in before
        and (
            _is_another_number(before[key], one)
            or (key in restated and (not one.is_exact or before[key] != _cells(one)))
        )
    ]


def restatements(these: Sequence[Public], before: Shown, old: str, new: str) -> bytes:
    """Write what each corrected figure showed in the release ``old``, and shows in ``new``."""
    rows = (
        dict(zip(KEY, one.key, strict=True))
        | {"old_release": old, "new_release": new}
        | dict(zip(("old_value", "old_value_symbol"), before[written(one.key)][-1], strict=True))
        | _shown("new_value", one.value)
        for one in these
    )
    return table(RESTATEMENTS.names, rows)


def _cells(one: Public) -> list[tuple[str, str]]:
    cells = (getattr(one, name) for name in CELLS)
    return [(plain(cell.value), cell.symbol or "") for cell in cells]


def _is_another_number(earlier: Sequence[tuple[str, str]], one: Public) -> bool:
    now = (plain(getattr(one, name).value) for name in CELLS)
    return any(
        number and new and number != new for (number, _), new in zip(earlier, now, strict=True)
    )


def written(key: Iterable[Any]) -> Key:
    """Write a key of ``indicator_values`` as the public files write it."""
    return tuple(plain(part) for part in key)


def shown_in(path: Path) -> Shown:
    """Read what a public release shows: number and symbol of each cell, by key."""
    with path.open(encoding="utf-8", newline="") as lines:
        return {
            tuple(row[name] for name in KEY): [(row[c], row[f"{c}_symbol"]) for c in CELLS]
            for row in csv.DictReader(lines)
        }


def revised_in(path: Path) -> set[Key]:
    """Read which figures of a public release were corrected by then."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["is_revised"] == "true"]
        return {tuple(row[name] for name in KEY) for row in rows}


def _figure(one: Public, revised: Collection[Key]) -> dict[str, Any]:
    own = {name: one.figure.get(name) for name in FIGURES.names}
    for name in CELLS:
        own |= _shown(name, getattr(one, name))
    return own | {
        "is_revised": one.figure["is_revised"] if one.is_exact else written(one.key) in revised,
        "is_position": one.figure["snapshot"] == "month",
        "is_exact": one.is_exact,
        "rounded_to": one.rounded_to,
        "title": one.figure["short_title"],
    }


def _shown(name: str, cell: Any) -> dict[str, Any]:
    return {name: cell.value, f"{name}_symbol": cell.symbol}


def table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Write rows as CSV: UTF-8, CRLF as RFC 4180 has it, days as ISO 8601, nothing to execute."""
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow(columns)
    writer.writerows([plain(row[name]) for name in columns] for row in rows)
    return made.getvalue().encode()


def plain(value: Any) -> str:
    """Write a cell for spreadsheet and program alike.

    A text that a spreadsheet would run gets an apostrophe before it; a number never does.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (int, float)):
        return f"{value:.0f}" if value == int(value) else repr(float(value))
    return harmless(str(value))


@lru_cache(maxsize=10_000)  # 1.4 million cells of a release on forty months are 2,800 texts
def harmless(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run, so that it stays a text.

    Programs pass over blanks and marks without width before a formula, and some read full-width
    signs as plain ones. A tab or the end of a line at the beginning moves what follows to a cell of
    its own.
    """
    seen = unicodedata.normalize("NFKC", text).lstrip(_passed_over(text))
    runs = seen.startswith(tuple(RUN_BY_SPREADSHEETS)) or text.startswith(("\t", "\r", "\n"))
    return f"'{text}" if runs else text


def _passed_over(text: str) -> str:
    """The characters of a text that have no width, or are blank."""
    kinds = ("Z", "C")
    return "".join({one for one in text if unicodedata.category(one).startswith(kinds)} | {" "})
