"""What in the inbox is complete at a moment, and what waits until it is."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.contracts import contract_for
from ingest.door.inbox import Seen, look, whole
from tests.worlds.small_deliveries import csv_bytes, drop, take

NOW = datetime(2025, 6, 4, 9, tzinfo=UTC)
STEM = "sen2_ehc_E08000015_202505_01"
TABLES = [t.name for t in contract_for("sen2_ehc", "2025-05").tables if not t.is_optional]
FILE = "therapy_ptl_RY7_202505_01.csv"
MANIFEST = "therapy_ptl_RY7_202505_01.manifest.csv"


def lying(name: str, seconds: float = 300, names: tuple[str, ...] = ()) -> Seen:
    """A file that was last touched so many seconds ago."""
    touched = NOW - timedelta(seconds=seconds)
    return Seen(Path("inbox", name), 9, touched, frozenset(names))


def of_set(*left_out: str, seconds: float = 300) -> list[Seen]:
    return [lying(f"{STEM}_{t}.csv", seconds) for t in TABLES if t not in left_out]


@pytest.mark.parametrize(
    ("seen", "ready"),
    [
        ([lying(FILE)], 1),
        ([lying(FILE, 59)], 0),
        ([lying(FILE, 61)], 1),
        ([lying(FILE, -4)], 0),  # the clock of a file server is ahead by seconds
        ([lying(FILE, -86400)], 1),  # or wrong by a day: it says nothing
        ([lying(FILE), lying(MANIFEST, names=(FILE,))], 1),
        ([lying(FILE), lying(MANIFEST, 5, names=(FILE,))], 0),
        ([lying(MANIFEST, names=(FILE,))], 0),
        ([lying(f"{FILE}.part")], 0),
        ([lying("~$therapy.xlsx"), lying("Thumbs.db")], 0),
        ([lying("refused"), lying("held")], 0),
        ([lying("Community health waits May 2025.xlsx")], 1),
        ([lying(FILE), lying(FILE.replace("RY7", "RBL"))], 2),
        (of_set(), 1),
        (of_set(TABLES[0]), 0),
        (of_set(TABLES[0], seconds=3599), 0),
        (of_set(TABLES[0], seconds=3600), 1),  # its sender hears what it lacks
        ([*of_set(TABLES[0], seconds=7200), lying(f"{STEM}_{TABLES[0]}.csv")], 1),
        ([lying(f"{STEM}.xlsx")], 1),
        ([lying(f"{STEM}.xml")], 1),
    ],
)
def test_a_delivery_is_complete_when_all_of_it_lies_still(seen, ready):
    assert len(whole(seen, NOW)[0]) == ready


@pytest.mark.parametrize(
    ("came", "seconds", "ready"),
    [(TABLES[:2], 300, 1), (TABLES[:1], 300, 0), (TABLES[:1], 3600, 1)],
)
def test_a_set_with_a_manifest_is_complete_when_all_its_files_came(came, seconds, ready):
    names = tuple(f"{STEM}_{table}.csv" for table in TABLES[:2])
    seen = [lying(f"{STEM}_{table}.csv", seconds) for table in came]
    seen.append(lying(f"{STEM}.manifest.csv", seconds, names))
    assert len(whole(seen, NOW)[0]) == ready


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        ([lying(FILE, 5)], "changed within the last minute"),
        (of_set(TABLES[0]), f"a set without the table {TABLES[0]}"),
        ([lying(f"{FILE}.part")], "still being sent, by its name"),
        ([lying(MANIFEST, names=(FILE,))], "a manifest without its delivery"),
        (
            [lying(f"{STEM}_person.csv"), lying(f"{STEM}.manifest.csv", names=("a", "b"))],
            "2 of the 2 files that the manifest names have not come",
        ),
    ],
)
def test_what_waits_says_why(seen, why):
    assert [one.why for one in whole(seen, NOW)[1]] == [why]


def age(folder: Path) -> datetime:
    """The moment at which everything in a folder has lain still for a minute."""
    times = [os.lstat(path) for path in folder.iterdir()]
    newest = max(max(one.st_mtime, one.st_ctime) for one in times)
    return datetime.fromtimestamp(newest, UTC) + timedelta(seconds=61)


def test_a_look_reads_which_files_a_manifest_names(tmp_path):
    path = drop(tmp_path / "inbox", manifest={})
    drop(tmp_path / "inbox", b"no manifest", name="x.manifest.csv")
    seen = {one.path.name: one.names for one in look(tmp_path)}
    assert seen[f"{path.stem}.manifest.csv"] == {path.name}
    assert seen["x.manifest.csv"] == frozenset()


def test_whoever_receives_by_itself_leaves_what_is_incomplete_until_it_is(
    tmp_path, settled_at_once
):
    drop(tmp_path / "inbox", csv_bytes(), name=FILE)
    drop(tmp_path / "inbox", b"a\n", name=f"{STEM}_person.csv")
    settled = age(tmp_path / "inbox")
    early = take(tmp_path, at=settled, is_patient=True)
    assert [one.outcome for one in early] == ["accepted", "waiting"]
    assert "a set without the table" in early[1].why
    (told,) = take(tmp_path, at=settled + timedelta(hours=1), is_patient=True)
    assert told.outcome == "refused"


def test_a_file_that_is_being_written_is_left_to_whoever_receives_by_itself(
    tmp_path, settled_at_once
):
    drop(tmp_path / "inbox", csv_bytes(), name=FILE)
    written = datetime.fromtimestamp((tmp_path / "inbox" / FILE).lstat().st_ctime, UTC)
    (row,) = take(tmp_path, at=written, is_patient=True)
    assert (row.outcome, row.why) == (
        "waiting",
        "changed within the last minute: received later",
    )
