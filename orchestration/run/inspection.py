"""What an inspection asks for first: lists of children by stage of the process, as known on a day.

They are made beside the month's run, in a folder of their own that is removed again: neither dbt's
working file nor a release knows of them. A list is SQL and words in
``dbt_project/analyses/inspection``.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from ingest.contracts import local_feeds
from ingest.refusals import InWords
from ingest.store.ledger import Ledger
from ingest.store.submissions import Submission, accepted, submissions
from orchestration.run import kept_parts, run_inputs, steps, transform
from orchestration.run.lake_building import build_lake, open_lake, refuse_changed
from orchestration.settings import Settings, prepare

EXPORTED = "inspection_exported"
"""Kind of the ledger's entry."""
PSEUDONYMS = ("person_pseudonym", "case_pseudonym")
_KEY_COLUMNS = ["pseudonym", "own_number"]
_PSEUDONYM = re.compile(r"[0-9a-f]{64}")


class NoLists(InWords):
    """The lists cannot be made as they were asked for."""


@dataclass(frozen=True)
class ChildList:
    """One list: its rows, and what it and its columns mean."""

    name: str
    rows: pd.DataFrame
    description: str
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Lists:
    """All lists, as known on a day."""

    as_at: date
    month: str
    is_synthetic: bool
    lists: tuple[ChildList, ...]


def make_lists(settings: Settings, as_at: date) -> Lists:
    """Make every list from the deliveries that were known on a day and that the feed gate passed.

    Raises:
        NoLists: nothing that a council or an NHS provider sends was known on the day.
    """
    delivered = [
        one for one in accepted(submissions(Ledger(settings.home))) if one.feed in local_feeds()
    ]
    known = [one for one in delivered if one.known_on <= as_at]
    month = _newest_month(known, as_at)
    refuse_changed(settings.home, delivered)
    build_lake(settings.home, delivered, open_lake(settings))  # the feed gate judges all of them
    judged = steps.judge_feeds(settings, local_feeds())
    barred = {
        submission.submission_id
        for found in judged.values()
        for submission, receipt in found
        if not receipt.passed
    }
    with _beside(settings) as aside:
        table = run_inputs.write_run_inputs(aside.home, run_inputs.Run(month, 1, as_at), barred)
        kept_parts.begin(aside.home, transform.generation())  # nothing is kept: every case is read
        used = {*table.loc[table["verdict"] == "used", "submission_id"]}
        # What a month's run finds unsound between its halves is left out here too.
        transform.require_success(transform.build("waiting_lists_of_inspection"))
        steps.find_unusual(aside)
        transform.require_success(transform.build("cases_of_inspection"))
        lists = tuple(_lists(aside))
    is_synthetic = any(one.is_synthetic for one in known if one.submission_id in used)
    return Lists(as_at, month, is_synthetic, lists)


def _newest_month(known: list[Submission], as_at: date) -> str:
    months = [one.period for one in known if one.period <= f"{as_at:%Y-%m}"]
    if not months:
        raise NoLists(
            f"--as-at {as_at}: no delivery of a council or an NHS provider was known on that day. "
            "`lasp status` says what has come; name a later day, or receive the deliveries first."
        )
    return max(months)


@contextmanager
def _beside(settings: Settings) -> Iterator[Settings]:
    """Give a data folder inside the data folder: the same lake and ledger, another working file."""
    home = settings.home / "inspection"
    shutil.rmtree(home, ignore_errors=True)  # of a command that was killed
    (home / "lake").mkdir(parents=True)
    try:
        for feed in (settings.home / "lake").iterdir():
            if feed.is_dir():
                (home / "lake" / feed.name).symlink_to(feed)
        for name in ("ledger", "measurements", "quarantine", "receipts"):
            (settings.home / name).mkdir(exist_ok=True)
            (home / name).symlink_to(settings.home / name)
        aside = replace(settings, home=home)
        prepare(aside)
        yield aside
    finally:
        transform.close()
        prepare(settings)
        shutil.rmtree(home)


def _lists(aside: Settings) -> Iterator[ChildList]:
    """Ask dbt's working file, which nobody else has open."""
    described = transform.compiled("lists_of_inspection")
    with duckdb.connect(str(aside.home / "warehouse.duckdb"), read_only=True) as connection:
        connection.execute(f"set variable lasp_home = '{aside.home}'")
        for one in sorted(described, key=lambda one: one["name"]):
            rows = connection.execute(one["compiled_code"]).fetch_df()
            if [*rows.columns] != [*one["columns"]]:
                raise NoLists(
                    f"The list {one['name']} has the columns {', '.join(rows.columns)}, but "
                    f"{', '.join(one['columns'])} are described. Correct the list or its words in "
                    "dbt_project/analyses/inspection."
                )
            yield ChildList(one["name"], _plain(rows), one["description"], one["columns"])


def _plain(rows: pd.DataFrame) -> pd.DataFrame:
    """Days without a time, whole numbers without a point, nothing for null."""
    for name in rows.select_dtypes(["datetime", "datetimetz"]).columns:
        rows[name] = rows[name].dt.strftime("%Y-%m-%d")
    for name in rows.select_dtypes("float").columns:
        rows[name] = rows[name].astype("Int64")
    return rows


def read_key_table(path: Path) -> dict[str, str]:
    """Read the council's own pairs: a CSV with the columns ``pseudonym`` and ``own_number``.

    Raises:
        NoLists: it cannot be read, or a line of it is no pair; no value of it is repeated.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            header, *rows = csv.reader(lines)
    except (OSError, ValueError, csv.Error) as error:  # an empty file has no first line
        raise NoLists(
            f"The key table {path} cannot be read ({type(error).__name__}). Name a CSV file in "
            f"UTF-8 whose first line is {','.join(_KEY_COLUMNS)}."
        ) from None
    if header != _KEY_COLUMNS:
        raise NoLists(
            f"{path}, line 1: the columns must be {','.join(_KEY_COLUMNS)}, in this order."
        )
    pairs: dict[str, str] = {}
    for number, row in enumerate(rows, 2):
        if len(row) != 2 or not _PSEUDONYM.fullmatch(row[0]) or not row[1].strip():
            raise NoLists(
                f"{path}, line {number}: expected a pseudonym of 64 hexadecimal digits and a "
                "number of your own. Correct the line."
            )
        if row[0] in pairs:
            raise NoLists(
                f"{path}, line {number}: the pseudonym stands in an earlier line too. Leave one of "
                "both out."
            )
        pairs[row[0]] = row[1].strip()
    return pairs


def reidentified(lists: Lists, pairs: Mapping[str, str]) -> Lists:
    """Put the council's own number in the first column, in place of the pseudonyms of its row.

    By the person, else by the case. A row whose pseudonyms are in no pair keeps them, and no row
    has both: the lists would be a key table themselves.
    """
    return replace(lists, lists=tuple(_reidentified(one, pairs) for one in lists.lists))


def _reidentified(one: ChildList, pairs: Mapping[str, str]) -> ChildList:
    names = [name for name in PSEUDONYMS if name in one.rows]
    numbers = pd.Series(None, index=one.rows.index, dtype=object)
    for name in names:
        numbers = numbers.fillna(one.rows[name].map(pairs))
    rows = one.rows.copy()
    rows[names] = rows[names].where(numbers.isna(), None)
    rows.insert(0, "own_number", numbers)
    said = "Your own number of the person or case, by your key table. Empty: it has no such pair."
    return replace(one, rows=rows, columns={"own_number": said, **one.columns})


def refuse_place(settings: Settings, folder: Path) -> None:
    """Look whether the lists may be written to a folder.

    Raises:
        NoLists: it lies in the data folder, is there already, or has no folder to lie in.
    """
    place = folder.resolve()
    if place.is_relative_to(settings.home.resolve()):
        raise NoLists(
            f"{folder} lies in the data folder {settings.home}. Lists of children leave the "
            "warehouse: name a folder outside it that only those may read who need the lists."
        )
    if place.exists() or folder.is_symlink():
        raise NoLists(f"{folder} is there already. Name a folder that does not exist yet.")
    if not place.parent.is_dir():
        raise NoLists(f"{folder.parent} is no folder. Make it first, or name another place.")


def refuse_key_table_in(settings: Settings, key_table: Path) -> None:
    """Look whether the key table lies outside the data folder.

    Raises:
        NoLists: it lies inside, where it would be kept and backed up beside the pseudonyms.
    """
    if key_table.resolve().is_relative_to(settings.home.resolve()):
        raise NoLists(
            f"The key table {key_table} lies in the data folder {settings.home}, beside the "
            "pseudonyms that it opens. Move it to a place outside."
        )


def write_lists(folder: Path, lists: Lists) -> None:
    """Write a CSV a list, and what they and their columns mean.

    Only the user of this process can open the folder. Nothing is left of a folder that could not be
    written whole.
    """
    folder.mkdir(mode=0o700)
    try:
        for one in lists.lists:
            _write(folder / f"{one.name}.csv", one.rows)
        _write(folder / "contents.csv", pd.DataFrame(_contents(lists)))
        _write(folder / "columns.csv", pd.DataFrame(_columns(lists)))
    except BaseException:
        shutil.rmtree(folder)
        raise


def _write(path: Path, rows: pd.DataFrame) -> None:
    path.touch(mode=0o600)
    rows.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _contents(lists: Lists) -> list[dict[str, Any]]:
    return [
        {
            "file": f"{one.name}.csv",
            "what": one.description,
            "rows": len(one.rows),
            "as_at": lists.as_at.isoformat(),
            "oldest_snapshot": one.rows["snapshot_date"].min() if len(one.rows) else None,
            "senders": "; ".join(sorted(one.rows["sender"].unique())),
            "note": "Demonstration: invented data" if lists.is_synthetic else None,
        }
        for one in lists.lists
    ]


def _columns(lists: Lists) -> list[dict[str, str]]:
    return [
        {"file": f"{one.name}.csv", "column": name, "meaning": meaning}
        for one in lists.lists
        for name, meaning in one.columns.items()
    ]
