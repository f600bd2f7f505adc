"""Whether deliveries are read ahead by other processes changes nothing but the time it takes."""

import multiprocessing
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.door import ahead
from ingest.door.inbox import inbox_files
from ingest.door.sets import gathered
from tests.worlds.small_deliveries import ROWS, csv_bytes, drop, take

pytestmark = pytest.mark.usefixtures("settled_at_once")

AT = datetime(2025, 4, 5, 9, tzinfo=UTC)
NAMES = [f"therapy_ptl_RY7_2025{month:02d}_01.csv" for month in (1, 2, 3)]


def dropped(home: Path) -> None:
    for number, name in enumerate(NAMES, 1):
        drop(home / "inbox", csv_bytes(*ROWS[:number]), name=name)
    drop(home / "inbox", b"no header\n", name="therapy_ptl_RBL_202503_01.csv")


def received(home: Path) -> list[tuple[str, ...]]:
    return [(one.file, one.outcome, one.submission_id, one.why) for one in take(home, at=AT)]


def lake(home: Path) -> dict[str, bytes]:
    files = (path for path in (home / "lake").rglob("*") if path.is_file())
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def is_worth_it(monkeypatch):
    """Small deliveries are read ahead as well; with two cores, whatever the machine has."""
    monkeypatch.setattr(ahead, "_WORTH_BYTES", 0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})


def die(*_: object) -> None:
    os._exit(9)


def key_of(one: Path, other: Path) -> None:
    """The second home gets the key of the first."""
    other.mkdir()
    (other / "pseudonym.key").write_bytes((one / "pseudonym.key").read_bytes())
    (other / "pseudonym.key").chmod(0o400)


def test_what_was_read_ahead_lands_like_what_was_not(tmp_path, is_worth_it, monkeypatch):
    dropped(tmp_path / "one")
    taken = []
    find = ahead.Ahead.take
    monkeypatch.setattr(ahead.Ahead, "take", lambda *given: taken.append(find(*given)) or taken[-1])
    told = received(tmp_path / "one")
    assert sum(examined is not None for examined in taken) == len(NAMES)
    monkeypatch.setattr(ahead, "_WORTH_BYTES", 10**12)
    key_of(tmp_path / "one", tmp_path / "two")
    dropped(tmp_path / "two")
    assert received(tmp_path / "two") == told
    assert lake(tmp_path / "two") == lake(tmp_path / "one")


def test_a_reading_process_that_is_killed_costs_time_alone(tmp_path, is_worth_it, monkeypatch):
    monkeypatch.setattr(ahead, "_read", die)
    dropped(tmp_path)
    outcomes = {name: outcome for name, outcome, *_ in received(tmp_path)}
    assert outcomes == dict.fromkeys(NAMES, "accepted") | {
        "therapy_ptl_RBL_202503_01.csv": "refused"
    }


def test_bytes_that_changed_after_they_were_read_ahead_are_read_again(tmp_path, is_worth_it):
    drop(tmp_path / "inbox", csv_bytes(*ROWS[:1]), name=NAMES[0])
    paths = gathered(inbox_files(tmp_path))
    with ahead.reading_ahead(paths, AT.date()) as reading:
        reading._begin()
        next(iter(reading._begun.values())).result()
        drop(tmp_path / "inbox", csv_bytes(*ROWS[:2]), name=NAMES[0])
        assert reading.take(ahead.open_delivery(*paths[0]), AT.date()) is None


def test_a_few_small_deliveries_start_no_process(tmp_path, monkeypatch):
    monkeypatch.setattr(ahead, "ProcessPoolExecutor", None)
    dropped(tmp_path)
    assert len(received(tmp_path)) == 4
    assert not multiprocessing.active_children()
    assert ahead.NOTHING.take(ahead.open_delivery(drop(tmp_path)), AT.date()) is None
