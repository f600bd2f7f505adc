"""Releases as they stand in the data folder, and what differs between two of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from expectations.suites.marts import FIGURE_KEY
from ingest.durable import sha256_of
from ingest.policy import InWords
from orchestration.publication import report

MANIFEST = "MANIFEST.json"

_PERIOD = ("basis", "period_type", "period_end")
_COMPARED = ("numerator", "denominator", "value", "value_status", "status_reason")


class UnknownRelease(InWords):
    """A release that is not in the data folder."""


class ReleaseDamaged(InWords):
    """A release whose manifest cannot be read, or whose files are not those it names."""


class NoReport(InWords):
    """A release of an earlier version, which wrote no report."""


@dataclass(frozen=True)
class ReleaseRecord:
    """One release: its folder and its manifest; ``is_withdrawn`` comes from the ledger."""

    release_id: str
    month: str
    revision: int
    path: Path
    manifest: dict[str, Any]
    is_withdrawn: bool

    def files(self, table: str) -> list[Path]:
        """Give the Parquet files of one table, in the order of their names."""
        listed = self.manifest["files"].items()
        return [self.path / name for name, facts in sorted(listed) if facts["table"] == table]

    def table(self, table: str, **where: Any) -> pa.Table:
        """Read the rows of one table that agree with ``where``; KeyError when there is no such."""
        files = self.files(table)
        if not files:
            raise KeyError(f"Release {self.release_id} has no table {table}.")
        for file in files:
            self._refuse_other_bytes(file)
        filters = [(column, "=", value) for column, value in where.items()] or None
        return pa.concat_tables([pq.read_table(file, filters=filters) for file in files])

    @property
    def report_names(self) -> list[str]:
        """Names of the report's files: what was rendered to bytes that the manifest names."""
        listed = self.manifest["files"].items()
        return sorted(name for name, facts in listed if not facts["table"] and "sha256" in facts)

    @property
    def first_page(self) -> Path | None:
        """The page of its report that a reader opens first; None if it was made without one."""
        name = f"internal/{report.INDEX}"
        return self.path / name if name in self.manifest["files"] else None

    def report_files(self) -> list[Path]:
        """Give the files of its report, the first page first.

        Raises NoReport, or ReleaseDamaged when one of them was altered.
        """
        if self.first_page is None:
            raise NoReport(
                f"Release {self.release_id} has no report: the version that made it wrote none, "
                f"and a release never changes. Once what {self.month} is made from has changed, "
                f"`lasp run --month {self.month}` makes a revision with a report."
            )
        files = [self.path / name for name in self.report_names]
        for file in files:
            self._refuse_other_bytes(file)
        return sorted(files, key=lambda file: file != self.first_page)

    def _refuse_other_bytes(self, file: Path) -> None:
        """What was altered after its release must not reach a reader or the next release."""
        named = self.manifest["files"][file.relative_to(self.path).as_posix()]["sha256"]
        if not file.exists() or sha256_of(file) != named:
            raise ReleaseDamaged(
                f"{file.name} of release {self.release_id} is not what was released. Restore it "
                "from backup, or withdraw the release."
            )


def releases(home: Path, withdrawn: Collection[str] = ()) -> list[ReleaseRecord]:
    """Give every release of the data folder, highest month and revision first.

    Raises ReleaseDamaged, naming the release, when a manifest cannot be read.
    """
    found = (home / "releases").glob(f"*/r*/{MANIFEST}")
    records = [_record(path.parent, withdrawn) for path in found]
    return sorted(records, key=lambda r: (r.month, r.revision), reverse=True)


def release(home: Path, release_id: str | None = None) -> ReleaseRecord:
    """Give one release, by default the current one; raises UnknownRelease naming those known."""
    current = home / "releases" / "current"
    known = releases(home)
    if release_id is None and current.is_symlink():
        release_id = str(current.readlink())
    for record in known:
        if record.release_id == release_id:
            return record
    names = ", ".join(record.release_id for record in known) or "none yet"
    what = f"no release {release_id}" if release_id else "no current release"
    raise UnknownRelease(f"There is {what} in {home}; releases there: {names}.")


def compare(home: Path, a: str, b: str) -> pd.DataFrame:
    """Compare two releases figure by figure: one row per figure that differs.

    Columns: the key of ``indicator_values``, ``change`` (changed, only_in_a, only_in_b),
    ``is_shared_period`` (whether both releases have figures of that basis and period), and
    ``a_`` and ``b_`` of numerator, denominator, value, value_status and status_reason. Values
    are compared unrounded; missing equals missing.
    """
    left, right = (_figures(release(home, name)) for name in (a, b))
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
    return both[~is_same].sort_index().reset_index()


def told(differences: pd.DataFrame, a: str, b: str) -> Iterator[str]:
    """Tell what ``compare`` found between ``a`` and ``b``: a line a figure, then the counts.

    Figures of periods that only one of the two releases has are summed up in one line.
    """
    is_shared = differences["is_shared_period"]
    for figure in differences[is_shared].to_dict("records"):
        yield f"{_name(figure)}  {_side(figure, 'a')} -> {_side(figure, 'b')}"
    alone = differences[~is_shared]
    if len(alone):
        months = alone["period_end"].map(lambda day: f"{day:%Y-%m}")
        release_id = alone["change"].map({"only_in_a": a, "only_in_b": b})
        groups = months.groupby([release_id.rename("release"), alone["basis"]])
        parts = [
            f"{release} {basis} {' to '.join(sorted({of.min(), of.max()}))} ({len(of):,} figures)"
            for (release, basis), of in groups
        ]
        yield f"periods in one release only: {', '.join(parts)}"
    yield f"figures that differ between {a} and {b} in the same periods: {is_shared.sum():,}"


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


def _record(path: Path, withdrawn: Collection[str]) -> ReleaseRecord:
    release_id = f"{path.parent.name}/{path.name}"
    try:
        manifest = json.loads((path / MANIFEST).read_text("utf-8"))
    except ValueError as error:
        raise ReleaseDamaged(
            f"{release_id}: {MANIFEST} cannot be read. Restore the release from backup."
        ) from error
    return ReleaseRecord(
        release_id,
        path.parent.name,
        int(path.name.removeprefix("r")),
        path,
        manifest,
        release_id in withdrawn,
    )
