"""A sender's worklist: which of its own rows come to a limit soon, never whose they are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ingest.door.answers import file_of
from ingest.store.durable import write_whole

COLUMNS = ["file", "where", "row", "what_is_due", "limit", "due_date", "days_left"]
_NAME = re.compile(r"(?P<feed>\w+)_(?P<period>\d{4}-\d{2})_[0-9a-f]{16}_worklist\.csv")
_ORDER = ["due_date", "source_table", "source_row", "what_is_due"]


class Place(NamedTuple):
    """The snapshot that a worklist is about."""

    sender: str
    feed: str
    period: str
    submission_id: str

    @property
    def file_name(self) -> str:
        """What the worklist is called in the folder of its sender."""
        return f"{self.feed}_{self.period}_{self.submission_id}_worklist.csv"


def worklists_of(
    rows: pd.DataFrame, files: Mapping[str, Sequence[Mapping]]
) -> dict[Place, pd.DataFrame]:
    """What comes to a limit in each sender's rows, soonest first, with the columns of ``COLUMNS``.

    Args:
        rows: one row per delivered row and limit: the fields of ``Place``, source_table,
            source_row, what_is_due, limit_text, due_date, days_left.
        files: by submission id, the name of each file and its table as the ledger has them.
    """
    return {
        Place(*place): pd.DataFrame(
            [
                (file_of(files[one.submission_id], one.source_table), one.source_table,
                 one.source_row, one.what_is_due, one.limit_text, one.due_date, one.days_left)
                for one in due.sort_values(_ORDER).itertuples()
            ],
            columns=COLUMNS,
        )
        for place, due in rows.groupby(list(Place._fields))
    }  # fmt: skip


def replace_worklists(home: Path, month: str, lists: Mapping[Place, pd.DataFrame]) -> list[Path]:
    """Put the worklists of a month where their senders find them, in place of those before.

    Only the newest is of use. What an earlier run of this month or a month before wrote goes; a
    sender and feed for which a later month has written one keeps that and gets no other.

    Returns:
        The worklists that this month has written.
    """
    later, before = set(), []
    for path in (home / "answers").glob("*/*_worklist.csv"):
        named = _NAME.fullmatch(path.name)
        if named and named["period"] > month:
            later.add((path.parent.name, named["feed"]))
        else:
            before.append(path)
    written = []
    for place, due in lists.items():
        if (place.sender, place.feed) not in later:
            path = home / "answers" / place.sender / place.file_name
            write_whole(path, due.to_csv(index=False, lineterminator="\n").encode())
            written.append(path)
    for path in set(before) - set(written):
        path.unlink()
    return written
