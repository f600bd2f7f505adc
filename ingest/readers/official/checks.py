"""What speaks against figures as published: each a finding, none a correction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ingest.policy import Finding

if TYPE_CHECKING:
    from ingest.readers.official.columns import Figures, Rows
    from ingest.readers.official.periods import Period
    from ingest.readers.official.values import Column

PLACEHOLDER_ROWS = 20  # nought in so many rows of one period, while it is rare in the others
SHARE_TOLERANCE = 0.06  # percentages are printed to one decimal place
ADDED_TOLERANCE = 0.11  # shares that are added have been rounded each
LEVEL_TOLERANCE, LEVEL_ROUNDING = 0.02, 20  # beyond what rounding of 150 authorities explains
MIN_AUTHORITIES = 100  # of about 150: fewer are an excerpt
_ACTION = "compare with the publisher's notes and other editions before using the figures"


def _finding(rows: Rows, rule: str, severity: str, message: str, column: str = "") -> Finding:
    where = rows.match.grid.where + (f", column {column}" if column else "")
    return Finding(rule, severity, where, message, _ACTION)


def find_impossible(rows: Rows, figures: list[Figures], values: np.ndarray) -> list[Finding]:
    """Negative counts and shares, and shares over 100."""
    found = []
    for i, figure in enumerate(figures):
        if figure.declared.unit not in ("count", "pct"):
            continue
        column = values[:, i]
        for what, is_so in (
            ("below 0", column < 0),
            ("over 100 per cent", (column > 100) & (figure.declared.unit == "pct")),
        ):
            if is_so.any():
                worst = column[is_so][np.abs(column[is_so]).argmax()]
                message = f"{is_so.sum()} cells {what}, as far as {worst:g}, first in row"
                message += f" {rows.lines[is_so][0]}"
                found.append(_finding(rows, "OFF-VALUE", "withhold", message, figure.name))
    return found


def find_placeholders(
    rows: Rows, figures: list[Figures], values: np.ndarray, codes: np.ndarray, periods: list[Period]
) -> list[Finding]:
    """Measures that are 0 in every row of a period and not in others: not yet, not none."""
    found = []
    for i, figure in enumerate(figures):
        column, own = values[:, i], codes[:, i]
        given = ~np.isnan(column)
        rows_in = np.bincount(own[given], minlength=len(periods))
        noughts = np.bincount(own[given & (column == 0)], minlength=len(periods))
        empty = (rows_in == noughts) & (rows_in >= PLACEHOLDER_ROWS)
        if empty.any() and 2 * noughts[~empty].sum() < rows_in[~empty].sum():
            when = ", ".join(periods[code].label for code in np.flatnonzero(empty))
            message = f"0 in every row of {when}, though not of other periods"
            found.append(_finding(rows, "OFF-PLACEHOLDER", "withhold", message, figure.name))
    return found


def find_unequal_levels(
    rows: Rows,
    figures: list[Figures],
    values: np.ndarray,
    within: list[np.ndarray],
    levels: np.ndarray,
) -> list[Finding]:
    """Counts of the authorities that are not the nation's together, where none is missing."""
    group = np.zeros(len(rows.lines), np.int64)
    for key in within:
        group = group * (int(key.max()) + 1) + key
    _, group = np.unique(group, return_inverse=True)
    is_local, is_national = levels == "local_authority", levels == "national"
    is_whole = np.bincount(group[is_local], minlength=group.max() + 1) >= MIN_AUTHORITIES
    found = []
    for i, figure in enumerate(figures):
        if figure.declared.unit != "count":
            continue
        local = _sum_by(group[is_local], values[is_local, i], group.max() + 1)
        national = _sum_by(group[is_national], values[is_national, i], group.max() + 1)
        with np.errstate(invalid="ignore"):
            apart = np.abs(local - national) > LEVEL_TOLERANCE * national + LEVEL_ROUNDING
        apart &= is_whole
        if apart.any():
            worst = np.nanargmax(np.where(apart, np.abs(local - national), -1))
            line = rows.lines[is_national & (group == worst)][0]
            message = f"{apart.sum()} times the authorities' counts are not the nation's together; "
            message += f"the furthest: {local[worst]:g} against {national[worst]:g} in row {line}"
            found.append(_finding(rows, "OFF-SUM", "withhold", message, figure.name))
    return found


def _sum_by(group: np.ndarray, values: np.ndarray, groups: int) -> np.ndarray:
    """Sum by group; NaN for a group without rows or with a missing value."""
    totals = np.bincount(group, values, groups)
    return np.where(np.bincount(group, minlength=groups) > 0, totals, np.nan)


def find_repeats(rows: Rows, keys: list[np.ndarray]) -> list[Finding]:
    """Rows that share period, area and breakdown with an earlier row."""
    joined = np.zeros(len(rows.lines), np.int64)
    for key in keys:
        joined = joined * (int(key.max()) + 1) + key
    _, first, times = np.unique(joined, return_index=True, return_counts=True)
    if not (times > 1).any():
        return []
    line = rows.lines[first[times > 1]].min()
    message = (
        f"{(times > 1).sum()} times several rows for one area, period and breakdown, first in row"
    )
    return [_finding(rows, "OFF-ROW", "withhold", f"{message} {line}")]


def find_broken_promises(rows: Rows, figures: list[Figures], values: np.ndarray) -> list[Finding]:
    """Totals that are not their parts together, and shares that are not what they say."""
    column = {figure.measure: values[:, i] for i, figure in enumerate(figures)}
    table, found = rows.match.table, []
    for promise in table.sums:
        if {promise.total, *promise.parts} <= column.keys():
            parts = sum(column[part] for part in promise.parts)
            broken = np.abs(parts - column[promise.total]) > 0.5
            said = f"is not {' + '.join(promise.parts)}"
            found += _broken(rows, promise.total, said, broken, parts - column[promise.total])
    for share in table.shares:
        if not {share.share, share.of or share.share, *share.within, *share.plus} <= column.keys():
            continue
        if share.plus:
            expected, tolerance = sum(column[part] for part in share.plus), ADDED_TOLERANCE
            said = f"is not {' + '.join(share.plus)}"
        else:
            within = sum(column[part] for part in share.within)
            with np.errstate(divide="ignore", invalid="ignore"):
                expected = 100 * column[share.of] / np.where(within == 0, np.nan, within)
            tolerance, said = SHARE_TOLERANCE, f"is not {share.of} / {' + '.join(share.within)}"
        difference = expected - column[share.share]
        found += _broken(rows, share.share, said, np.abs(difference) > tolerance, difference)
    return found


def _broken(
    rows: Rows, measure: str, said: str, broken: np.ndarray, difference: np.ndarray
) -> list[Finding]:
    if not broken.any():
        return []
    checked = int((~np.isnan(difference)).sum())
    message = (
        f"{said} in {broken.sum()} of {checked} rows, by up to {np.nanmax(np.abs(difference)):g}"
    )
    message += f", first in row {rows.lines[broken][0]}"
    return [_finding(rows, "OFF-SUM", "note", message, measure)]


def find_rewordings(
    rows: Rows, measure: Column, text: Column, codes: np.ndarray, periods: list[Period]
) -> list[Finding]:
    """Measures whose code stays while the length of their period changes."""
    kinds = sorted({period.kind or "" for period in periods})
    kind = np.array([kinds.index(period.kind or "") for period in periods])[codes]
    found = []
    for code, name in enumerate(measure.words):
        is_own = measure.codes == code
        own = np.unique(kind[is_own & (kind != (kinds.index("") if "" in kinds else -1))])
        if len(own) > 1:
            words = sorted({text.words[i] for i in np.unique(text.codes[is_own])})
            told = " and ".join(kinds[i] for i in own)
            message = f"{name} is printed by {told}, as {' / '.join(words)}"
            found.append(_finding(rows, "OFF-MEASURE", "note", message))
    return found
