"""What differs between two releases, figure by figure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from expectations.wrong_rows import FIGURE_KEY
from orchestration.publication.release import history
from orchestration.publication.release.history import ReleaseRecord

SHOWN = 40
"""Number of differences shown on a line each unless all are asked for; the rest is counted."""
CAUSES = {
    "corrected_delivery": "a corrected delivery",
    "later_snapshot": "a later snapshot",
    "new_edition": "a new edition",
    "definition": "a change of definition",
}
"""Why a figure was restated, in the middle of a sentence, by `reason` of `restatements`."""
UNRECORDED = "no restatement (no released value changed)"
_KINDS = (
    "changed value", "same value with another numerator or denominator",
    "newly shown", "no longer shown", "still not shown",
)  # fmt: skip
_PERIOD = ("basis", "period_type", "period_end")
_COMPARED = ("numerator", "denominator", "value", "value_status", "status_reason")


def compare(home: Path, a: str, b: str) -> pd.DataFrame:
    """Compare two releases figure by figure: one row per figure that differs.

    Columns: the key of ``indicator_values``, ``change`` (changed, only_in_a, only_in_b),
    ``is_shared_period`` (whether both releases have figures of that basis and period),
    ``kind`` (changed value, same value with another numerator or denominator, newly shown,
    no longer shown, still not shown), ``reason`` (of the newest restatement on the way from the
    older release to the newer one, null without one), ``deliveries`` (which came, and in whose
    place, by that restatement),
    ``is_headline`` (whether it is a headline figure of the local area), and ``a_`` and ``b_`` of
    numerator, denominator, value, value_status and status_reason. Values are compared unrounded;
    missing equals missing. Headline figures of the local area come first.
    """
    records = [history.release(home, name) for name in (a, b)]
    left, right = map(_figures, records)
    both = left.add_prefix("a_").join(right.add_prefix("b_"), how="outer")
    change = pd.Series("changed", index=both.index)
    change[~both.index.isin(right.index)] = "only_in_a"
    change[~both.index.isin(left.index)] = "only_in_b"
    sides = (both[[f"{side}_{name}" for name in _COMPARED]] for side in "ab")
    old, new = (side.set_axis(list(_COMPARED), axis=1).astype(object) for side in sides)
    is_same = ((old == new) | (old.isna() & new.isna())).all(axis=1) & (change == "changed")
    both.insert(0, "change", change)
    periods, of_a, of_b = (_periods(frame) for frame in (both, left, right))
    is_shared = periods.isin(of_a.unique()) & periods.isin(of_b.unique())
    both.insert(1, "is_shared_period", is_shared)
    found = both[~is_same].sort_index()
    was, is_now = (found[f"{side}_value_status"].eq("value") for side in "ab")
    is_moved = found["a_value"] != found["b_value"]
    kinds = [was & is_now & is_moved, was & is_now, is_now, was]
    found.insert(2, "kind", np.select(kinds, _KINDS[:4], _KINDS[4]))
    causes = _causes(home, *records).reindex(found.index)
    for place, name in enumerate(causes.columns, 3):
        found.insert(place, name, causes[name])
    found = found.reset_index()
    is_headline = found["indicator_id"].isin(_headline(records[1]))
    is_headline &= found["area_code"].eq(records[1].local_area)
    found.insert(len(FIGURE_KEY), "is_headline", is_headline & found["breakdown"].eq("all"))
    return found.sort_values("is_headline", ascending=False, kind="stable", ignore_index=True)


def _headline(record: ReleaseRecord) -> list[str]:
    """Ids of the headline indicators; none where an earlier version named none."""
    catalogue = record.table("indicators")
    if "is_headline" not in catalogue.column_names:
        return []
    return catalogue.filter(catalogue["is_headline"])["indicator_id"].to_pylist()


def _causes(home: Path, *ends: ReleaseRecord) -> pd.DataFrame:
    """Why each figure was restated between two releases, and by which deliveries: the last time."""
    older, newer = sorted((record.month, record.revision) for record in ends)
    between = [r for r in history.releases(home) if older < (r.month, r.revision) <= newer]
    key, ids = list(FIGURE_KEY), ["old_submissions", "new_submissions"]
    told = [
        record.table("restatements").select([*key, "reason", *ids]).to_pandas()
        for record in between
        if record.files("restatements")
    ]
    empty = pd.DataFrame(columns=[*key, "reason", *ids])
    last = pd.concat(told or [empty]).drop_duplicates(key).set_index(key)
    names = _names_of_deliveries([*between, *ends])
    moves = {
        pair: _moved(*(set(one.split()) for one in pair), names)
        for pair in dict.fromkeys(zip(*(last[name] for name in ids), strict=True))
    }
    deliveries = [moves[pair] for pair in zip(*(last[name] for name in ids), strict=True)]
    return last[["reason"]].assign(deliveries=deliveries)


def _names_of_deliveries(records: Iterable[ReleaseRecord]) -> dict[str, str]:
    """Feed, sender and month of each delivery that the releases know, by its id."""
    columns = ["submission_id", "feed", "sender", "month"]
    rows = [row for one in records for row in one.table("submissions").select(columns).to_pylist()]
    return {row["submission_id"]: " ".join(row[name] for name in columns[1:]) for row in rows}


def _moved(old: set[str], new: set[str], names: Mapping[str, str]) -> str:
    """Which deliveries a figure rests on since it was restated, and no longer rests on."""
    came, went = (
        ", ".join(sorted(f"{names.get(one, 'a delivery')} ({one[:8]})" for one in ids))
        for ids in (new - old, old - new)
    )
    return " in place of ".join(filter(None, [came, went])) if came else went and f"without {went}"


def told(
    differences: pd.DataFrame, a: str, b: str, shown: int | None = SHOWN, path: Path | None = None
) -> Iterator[str]:
    """Tell what ``compare`` found between ``a`` and ``b``: the counts, then a line a figure.

    At most ``shown`` figures (None: all) have a line of their own; ``path`` is named as where to
    read of all. Figures of periods that only one of the two releases has are summed up in one line.
    """
    is_shared = differences["is_shared_period"]
    same, alone = differences[is_shared], differences[~is_shared]
    yield f"figures that differ between {a} and {b} in the same periods: {len(same):,}"
    if len(same):
        reasons = same["reason"].map(CAUSES).fillna(UNRECORDED)
        yield f"by kind: {_counted(same['kind'])}"
        yield f"by reason: {_counted(reasons)}"
        yield f"headline figures of the local area among them: {same['is_headline'].sum():,}"
    if len(alone):
        months = alone["period_end"].map(lambda day: f"{day:%Y-%m}")
        release_id = alone["change"].map({"only_in_a": a, "only_in_b": b})
        groups = months.groupby([release_id.rename("release"), alone["basis"]])
        parts = [
            f"{release} {basis} {' to '.join(sorted({of.min(), of.max()}))} ({len(of):,} figures)"
            for (release, basis), of in groups
        ]
        yield f"periods in one release only: {', '.join(parts)}"
    for figure in same.head(shown if shown is not None else len(same)).to_dict("records"):
        yield f"{_name(figure)}  {_side(figure, 'a')} -> {_side(figure, 'b')}"
        if not pd.isna(figure["reason"]):
            yield f"    {': '.join(filter(None, [CAUSES[figure['reason']], figure['deliveries']]))}"
    if shown is not None and len(same) > shown:
        where = f", restatements: {path}" if path else ""
        yield f"and {len(same) - shown:,} more: `lasp compare {a} {b} --all`{where}"


def _counted(words: pd.Series) -> str:
    """Counts, the largest first: changed value 12, newly shown 3."""
    counts = words.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return ", ".join(f"{word} {count:,}" for word, count in counts.items())


def number(value: Any) -> str:
    """A number as people read it: thousands apart, no zeros at the end, four places at most."""
    return f"{value:,.4f}".rstrip("0").rstrip(".")


def _name(figure: dict[str, Any]) -> str:
    month = f"{figure['period_end']:%Y-%m}"
    period = month if figure["period_type"] == "month" else f"{figure['period_type']} to {month}"
    parts = [figure["indicator_id"], figure["basis"], figure["area_code"], period]
    if figure["breakdown"] != "all":
        parts.append(f"{figure['breakdown']} {figure['breakdown_value']}")
    return "  ".join(parts)


def _side(figure: dict[str, Any], side: str) -> str:
    """The value with its parts, or why there is none."""
    numerator, denominator, value, status, reason = (figure[f"{side}_{name}"] for name in _COMPARED)
    if pd.isna(status):
        return "no figure"
    if status != "value":
        return status if pd.isna(reason) else f"{status} ({reason})"
    if pd.isna(numerator) or pd.isna(denominator):
        return number(value)
    return f"{number(value)} ({number(numerator)} of {number(denominator)})"


def _periods(figures: pd.DataFrame) -> pd.Index:
    return figures.index.droplevel([name for name in FIGURE_KEY if name not in _PERIOD])


def _figures(record: ReleaseRecord) -> pd.DataFrame:
    columns = [*FIGURE_KEY, *_COMPARED]
    frame = record.table("indicator_values").select(columns).to_pandas()
    return frame.set_index(list(FIGURE_KEY))
