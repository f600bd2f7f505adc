"""Waiting lists: what a service manager reads where a list failed a rule of `waiting_lists`."""

from calendar import month_name

import numpy as np
import pandas as pd

from expectations.suites.waiting_lists import BANDS, KEY, RULES, Rule
from ingest.contracts.model import labels

WEEKS = (0, 1, 2, 4, 12, 18, 52)
LEVEL_NAMES = {
    "provider": "all providers",
    "icb": "all ICBs",
    "region": "all regions",
    "national": "the national row",
}
SENTENCES = {
    "WL-NEGATIVE": (
        "{below} below zero",
        "0 or more in every cell",
        "{who} reports a count below zero for {line} in {month}.",
        "Check the cell in the file; ask the sender for the correct count.",
    ),
    "WL-PARTS": (
        "{total} in this row; {here}",
        "{there}",
        "{who}, {line}, {month}: the levels of the file differ by {gap} {column} ({here}; "
        "{there}); {blame}.",
        "Look for a missing or wrong part; publish no level until all levels agree.",
    ),
    "WL-BANDS": (
        "{banded} people in bands",
        "{total}, the total of the list",
        "{who} reports {total} waiting for {line} in {month}, but the bands hold {banded}.",
        "Use the total; withhold every figure by length of wait until the bands are corrected.",
    ),
    "WL-ZERO": (
        "0",
        "about {was}, as in {when}",
        "{who} reports nobody waiting for {line} in {month}; there were {was} in {when}{all}.",
        "Treat the month as missing; ask whether the list moved or was not returned.",
    ),
    "WL-COPY": (
        "{total}, every band as in {source}",
        "a list that has changed since {source}",
        "{who}, {line}: the {total} waiting in {month} are the same as in {source} in every band.",
        "Treat the month as missing; ask the sender for the figures of the month.",
    ),
    "WL-VANISHED": (
        "no list",
        "about {was}, as in {when}",
        "{who} has no figure for {line} in {month}; there were {was} waiting in {when}{all}.",
        "Do not read this as a fall; totals without it are too low. Ask for the return; if "
        "another organisation continues the list, record it as the successor.",
    ),
    "WL-FLOW": (
        "{now} waiting {window}",
        "at most {bound}, the number that can have waited long enough since {when}",
        "{who} reports {now} waiting {window} for {line} in {month}; counting from {when} at "
        "most {bound} can have waited that long.",
        "Ask whether clocks, the service or the columns changed; withhold until answered.",
    ),
    "WL-FALL": (
        "{total}",
        "nearer to {was}, as in {when}",
        "{who}, {line}: {total} waiting in {month} after {was} in {when}.",
        "Ask whether a part of the list is missing or the service moved.",
    ),
    "WL-RISE": (
        "{total}",
        "nearer to {was}, as in {when}",
        "{who}, {line}: {total} waiting in {month} after {was} in {when}.",
        "Look for a wrong digit; ask whether the service was extended.",
    ),
    "WL-SHIFT": (
        "{total} in bands that fit {when} in other columns",
        "bands that continue those of {when}",
        "{who}, {line}: the bands of {month} are those of {when} moved to other columns.",
        "Ask the sender to check the columns; withhold figures by length of wait.",
    ),
    "WL-SWAP": (
        "{total}, which continues another list",
        "a list that continues its own",
        "{who}, {line}: the list of {month} continues {fellow}, and the reverse.",
        "Ask the sender whether two rows or columns were exchanged.",
    ),
    "WL-PARTNER": (
        "{total}",
        "{was}, as in {when}, less the people seen",
        "{who}, {line}: {total} in {month} after {was} in {when}; the fall matches {fellow}.",
        "Do not publish the total as a fall; leave the month out or name the missing partner.",
    ),
    "WL-SUCCESSOR": (
        "no list",
        "{was}, as in {when}",
        "{who} has no list for {line} in {month}; its {was} people continue under {fellow}.",
        "Record the successor, so that the two series are read as one.",
    ),
    "WL-HALVED": (
        "{total}",
        "nearer to {was}, as in {when}",
        "{who}, {line}: {total} waiting in {month} after {was} in {when}.",
        "Ask what changed before explaining the fall.",
    ),
}
COLUMNS = (
    "rule_id",
    "severity",
    "basis",
    "period",
    "period_end",
    "org_level",
    "org_code",
    "org_name",
    "org_key",
    "service_line",
    "scope",
    "observed",
    "expected",
    "message",
    "action",
)


def findings(judged: pd.DataFrame, failing: pd.DataFrame) -> pd.DataFrame:
    """Tell every row that failed a rule in a sentence.

    Args:
        judged: The answer of `waiting_lists.evidence`.
        failing: One row per rule and failing row: `rule` and `row`, its position in `judged`.

    Returns:
        One row per rule x basis x organisation x service line x period that failed (`COLUMNS`), in
        the order of organisations, service lines, periods and `RULES`. Scope 'list' means that
        total and bands are withheld, 'bands' that the total stands.
    """
    told = [
        _sentences(judged.iloc[failing.loc[failing["rule"] == r.code, "row"]], r) for r in RULES
    ]
    ordered = pd.concat(told).sort_values([*KEY, "period"], kind="stable", ignore_index=True)
    return ordered[list(COLUMNS)]


def _sentences(rows: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    words = [_words(row) for row in rows.to_dict("records")]
    parts = ("observed", "expected", "message", "action")
    told = {
        part: pd.Series([text.format_map(word) for word in words], index=rows.index, dtype="str")
        for part, text in zip(parts, SENTENCES[rule.code], strict=True)
    }
    return rows.assign(rule_id=rule.code, severity=rule.severity, scope=rule.scope, **told)


def _words(row: dict) -> dict[str, object]:
    """What a sentence may say of one row of evidence; every number in it is a whole one."""
    lost = np.nansum([row["zeroed_list"], row["vanished_list"]])
    others = f" and {_count(lost)} in all its lists, which are all missing"
    org, _, line = str(row["fellow"]).rpartition(", ")
    return {
        "who": row["org_name"],
        "line": _line(row, row["service_line"]),
        "month": _named(row["period"]),
        "when": _named(row["compared_with"]),
        "source": _named(row["copied_from"]),
        "total": _count(row["total"], "no figure"),
        "was": _count(row["compared_total"]),
        "all": others if lost > row["compared_total"] else "",
        "banded": _count(sum(0 if pd.isna(row[band]) else row[band] for band in BANDS)),
        "below": _count(row["people_below_zero"]),
        "gap": _count(row["parts_gap"]),
        **_levels(row),
        "now": _count(row["window_now"]),
        "bound": _count(row["window_bound"]),
        "window": _window(int(row["since"]), int(row["until"])),
        "fellow": f"{org}, {_line(row, line)}",
    }


def _levels(row: dict) -> dict[str, str]:
    """What each level of the file adds up to where they differ, and why this row is charged."""
    if pd.isna(row["gap_column"]):
        return {}
    column = int(row["gap_column"]) - 1
    named: dict[float, list[str]] = {}
    for level, name in LEVEL_NAMES.items():
        if not pd.isna(row[f"{level}_sum"]):
            named.setdefault(row[f"{level}_sum"], []).append(name)
    here = named.pop(row[f"{row['org_level']}_sum"])
    votes = max(map(len, named.values()))
    blame = "this row may be too low or too high by this number"
    if votes == len(here):
        blame = "no sum is confirmed by most levels, so the finding is about the highest level"
    elif votes < len(here):
        blame = "the totals leave this number out"
    return {
        "column": "in all" if column < 0 else f"waiting {_window(column, column)}",
        "here": f"{_and(here)}: {_count(row[row['org_level'] + '_sum'])}",
        "there": "; ".join(f"{_and(names)}: {_count(number)}" for number, names in named.items()),
        "blame": blame,
    }


def _and(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _count(number: float, none: str = "none") -> str:
    return none if pd.isna(number) else f"{number:.0f}"


def _line(row: dict, line: str) -> str:
    """A service line as people say it: senders' own lists carry codes."""
    return labels("therapy_services").get(line, line) if row["basis"] == "local" else line


def _named(period: str | None) -> str:
    """'2023-02' as 'February 2023'."""
    return f"{month_name[int(period[5:])]} {period[:4]}" if isinstance(period, str) else "before"


def _window(since: int, until: int) -> str:
    if until == 6:
        return f"over {WEEKS[since]} weeks"
    return f"{WEEKS[since]} to {WEEKS[until + 1]} weeks"
