"""Accidents at the door: what is wrong with bytes is refused in words, what the machine cannot do
is no refusal, and neither keeps the other deliveries out."""

import errno
import gzip
import io
import os
import tracemalloc
import zipfile
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from ingest.door import inbox, judgement, reading
from ingest.door import receive as receiving
from ingest.door.custody import defects_of_landing, open_key
from ingest.door.receive import Door, receive
from ingest.refusals import InWords
from ingest.store.ledger import Ledger
from ingest.store.submissions import submissions
from tests.worlds.small_deliveries import (
    HEADER,
    RECEIVED_AT,
    ROWS,
    csv_bytes,
    drop,
    drop_set,
    workbook_bytes,
)
from tests.worlds.small_deliveries import take as take_all

pytestmark = pytest.mark.usefixtures("settled_at_once")

CSV, XLSX = "therapy_ptl_RY7_202503_01.csv", "therapy_ptl_RY7_202503_01.xlsx"
XML = "sen2_ehc_E08000015_202503_01.xml"
OTHER = "therapy_ptl_RBL_202503_01.csv"


def take(home, **how):
    (received,) = take_all(home, **how)
    return received


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        for name, data in members.items():
            package.writestr(name, data)
    return stream.getvalue()


BOOK = workbook_bytes({"referrals": [line.split(",") for line in (HEADER, *ROWS)]})
BYTES = {
    "nothing": (CSV, b"", "R-EMPTY"),
    "a byte order mark alone": (CSV, b"\xef\xbb\xbf", "R-EMPTY"),
    "line ends alone": (CSV, b"\r\n\r\n", "R-EMPTY"),
    "blanks alone": (CSV, b" \t \n", "R-EMPTY"),
    "an empty field in quotes": (CSV, b'""\r\n', "R-EMPTY"),
    "a blank in quotes": (CSV, b'" "\n', "R-EMPTY"),
    "a no-break space": (CSV, "\u00a0\n".encode(), "R-EMPTY"),
    "two lines of empty quotes": (CSV, b'""\n""\n', "R-EMPTY"),
    "two empty fields": (CSV, b'"",""\n', "R-EMPTY"),
    "commas alone": (CSV, b",,,\n,,,\n", "R-EMPTY"),
    "NULs alone": (CSV, b"\0" * 64, "R-ENC"),
    "one word": (CSV, b"hello\n", "R-EMPTY"),
    "one word, cut": (CSV, b"hello", "R-END"),
    "a header alone": (CSV, HEADER.encode() + b"\n", "R-EMPTY"),
    "a quotation mark": (CSV, b'"\n', "R-ROW"),
    "a quotation mark at the end": (CSV, csv_bytes() + b'"\n', "R-ROW"),
    "old Macintosh lines": (CSV, csv_bytes().replace(b"\n", b"\r"), "R-END"),
    "UTF-16": (CSV, csv_bytes().decode().encode("utf-16"), "R-ENC"),
    "UTF-16 without its mark": (CSV, csv_bytes().decode().encode("utf-16-le"), "R-ENC"),
    "a gzip file": (CSV, gzip.compress(csv_bytes()), "R-ENC"),
    "a password on a workbook": (XLSX, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "R-SHEET"),
    "a workbook of nothing": (XLSX, b"", "R-SHEET"),
    "a table under the name of a workbook": (XLSX, csv_bytes(), "R-SHEET"),
    "the first bytes of a workbook": (XLSX, b"PK\x03\x04", "R-SHEET"),
    "a workbook cut in half": (XLSX, BOOK[: len(BOOK) // 2], "R-SHEET"),
    "a workbook without its end": (XLSX, BOOK[:-30], "R-SHEET"),
    "an empty archive": (XLSX, zipped(), "R-SHEET"),
    "an archive of something else": (XLSX, zipped(**{"a.csv": csv_bytes()}), "R-SHEET"),
    "parts that are no XML": (XLSX, zipped(**{"xl/workbook.xml": b"\0"}), "R-SHEET"),
    "a workbook of an empty sheet": (XLSX, workbook_bytes({"referrals": []}), "R-EMPTY"),
    "XML of nothing": (XML, b"", "R-EMPTY"),
    "one angle bracket": (XML, b"<", "R-END"),
    "a declaration alone": (XML, b"<?xml version='1.0'?>", "R-END"),
    "an encoding that nobody has": (XML, b"<?xml version='1.0' encoding='klingon'?><a/>", "R-ENC"),
    "XML five thousand deep": (XML, b"<a>" * 5000 + b"</a>" * 5000, "R-HDR"),
    "XML cut in half": (XML, b"<Message><Persons><Person>", "R-END"),
    "a root alone": (XML, b"<Message/>", "R-EMPTY"),
    "an archive of no known name": ("lists.zip", BOOK[:99], "R-SHEET"),
    "a gzip file cut short": ("tables.csv.gz", gzip.compress(csv_bytes())[:30], "R-ENC"),
    "nothing of no known name": ("lists.csv", b"", "R-NAME"),
}


@pytest.mark.parametrize("case", BYTES)
def test_strange_bytes_are_refused_by_the_rule_that_fits(tmp_path, case):
    name, data, rule = BYTES[case]
    drop(tmp_path / "inbox", data, name=name)
    received = take(tmp_path)
    assert (received.outcome, received.why.split()[0]) == ("refused", rule), received.why


def test_a_delivery_that_the_lake_cannot_hold_is_refused_and_leaves_nothing(tmp_path, monkeypatch):
    def stumble(*_):
        raise OverflowError("9990000018")

    drop(tmp_path / "inbox")
    with monkeypatch.context() as broken:
        broken.setattr(receiving, "store", stumble)
        received = take(tmp_path)
    assert received.outcome == "refused" and "OverflowError in " in received.why
    assert not [path for path in (tmp_path / "landing").rglob("*") if path.is_file()]
    drop(tmp_path / "inbox")
    assert take(tmp_path).outcome == "accepted"


# ------------------------------------------------------------------ two refusals


def test_two_refusals_of_the_same_bytes_and_second_keep_an_answer_each(tmp_path):
    names = ["therapy_ptl.csv", CSV, OTHER, "answer.csv"]
    for name in names:
        drop(tmp_path / "inbox", b"<html>log in</html>\n", name=name)
    received = take_all(tmp_path)
    assert {one.outcome for one in received} == {"refused"}
    told = {one.answer: one.file for one in received}
    assert len(told) == 4
    for answer, name in told.items():
        assert pd.read_csv(answer)["file"].tolist() == [name]
    kept = {path.name for path in (tmp_path / "inbox" / "refused").glob("*/*.csv")}
    assert kept == {*names, "answer.csv", "answer to answer.csv"}
    assert len(list((tmp_path / "answers").glob("*/*.csv"))) == 2


@pytest.mark.parametrize("name", ["Copy of therapy_ptl_RY7_202503_01.csv", CSV])
def test_a_refused_file_counts_as_refused_for_the_month_that_its_name_means(tmp_path, name):
    drop(tmp_path / "inbox", b"", name=name)
    received = take(tmp_path)
    assert (received.feed, received.sender, received.period) == ("therapy_ptl", "RY7", "2025-03")
    assert list((tmp_path / "answers" / "RY7").iterdir())
    assert [s.outcome for s in submissions(Ledger(tmp_path))] == ["refused"]


# ------------------------------------------------------------------ litter


@pytest.mark.parametrize(
    "name",
    [
        "~$therapy_ptl_RY7_202503_01.xlsx",
        ".~lock.therapy_ptl_RY7_202503_01.csv#",
        "Thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        ".DS_Store",
        "._therapy_ptl_RY7_202503_01.csv",
        "therapy_ptl_RY7_202503_01.csv~",
        "~WRL0001.tmp",
        "~$therapy_ptl_RY7_202503_01.manifest.csv",
        "therapy_ptl_RY7_202503_01.csv:Zone.Identifier",
    ],
)
def test_what_office_programs_and_desktops_leave_is_ignored(tmp_path, name):
    drop(tmp_path / "inbox", b"\0", name=name)
    assert take_all(tmp_path) == [] and (tmp_path / "inbox" / name).exists()
    assert not Ledger(tmp_path).entries()


@pytest.mark.parametrize("name", ["Thumbs.db.csv", "my desktop.ini.csv", "tmp.csv", "~x.csv"])
def test_a_file_that_is_only_named_like_litter_is_answered(tmp_path, name):
    drop(tmp_path / "inbox", name=name)
    assert take(tmp_path).outcome == "refused"


@pytest.mark.parametrize("ending", [".filepart", ".part", ".crdownload"])
def test_a_transfer_that_has_not_ended_waits_for_its_end(tmp_path, ending):
    path = drop(tmp_path / "inbox", name=CSV + ending)
    assert take(tmp_path).outcome == "waiting" and path.exists()
    path.rename(path.with_suffix(""))
    assert take(tmp_path).outcome == "accepted"


def test_a_file_that_never_stands_still_does_not_hold_up_the_others(tmp_path, monkeypatch):
    drop(tmp_path / "inbox", csv_bytes(ROWS[0]), name=OTHER)
    path = drop(tmp_path / "inbox")

    def write_on(_):
        with path.open("ab") as file:
            file.write(b"\n")

    monkeypatch.setattr(inbox, "_is_fresh", lambda seen: True)
    monkeypatch.setattr(inbox.time, "sleep", write_on)
    waiting, accepted = take_all(tmp_path)
    assert (waiting.file, waiting.outcome) == (CSV, "waiting") and "still being" in waiting.why
    assert (accepted.file, accepted.outcome) == (OTHER, "accepted")
    assert path.exists() and not waiting.is_fault


# ------------------------------------------------------------------ size


@pytest.fixture
def small_cap(monkeypatch):
    small = reading.policy().model_copy(update={"largest_file_bytes": 1000})
    monkeypatch.setattr(reading, "policy", lambda: small)


def test_a_file_over_the_cap_is_refused_and_kept_without_being_read_whole(tmp_path, small_cap):
    path = drop(tmp_path / "inbox")
    os.truncate(path, 20_000_000)
    tracemalloc.start()
    received = take(tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert received.outcome == "refused" and "20,000,000 bytes" in received.why
    assert "send 1,000 bytes or fewer" in received.why and peak < 5_000_000
    (kept,) = (tmp_path / "inbox" / "refused").glob(f"*/{CSV}")
    assert kept.stat().st_size == 20_000_000


def test_a_file_at_the_cap_is_read(tmp_path, small_cap):
    data = csv_bytes()
    drop(tmp_path / "inbox", data + b"\n" * (1000 - len(data)))
    assert take(tmp_path).outcome == "accepted"


def test_a_file_that_grows_after_it_was_weighed_is_not_read_whole_either(
    tmp_path, small_cap, monkeypatch
):
    path = drop(tmp_path / "inbox")
    open_it = Path.open

    def grow(file, *how, **more):
        if file == path:
            os.truncate(path, 5_000_000)
        return open_it(file, *how, **more)

    monkeypatch.setattr(Path, "open", grow)
    received = take(tmp_path)
    assert received.outcome == "refused" and "1,001 bytes" in received.why


def test_a_manifest_of_a_gigabyte_is_refused_unread(tmp_path):
    path = drop(tmp_path / "inbox", manifest={})
    os.truncate(path.with_name(f"{path.stem}.manifest.csv"), 1_000_000_000)
    received = take(tmp_path)
    assert received.outcome == "refused" and "more than 1,000,000 bytes" in received.why


# ------------------------------------------------------------------ the machine's faults


def unchanged(home, ledger: bytes = b"") -> bool:
    """Whether nothing was recorded and both deliveries lie where they lay."""
    path = Ledger(home).path
    lying = {one.name for one in (home / "inbox").iterdir() if one.is_file()}
    return {CSV, OTHER} <= lying and (path.read_bytes() if path.exists() else b"") == ledger


def failing(monkeypatch, name: str, error: BaseException) -> None:
    """Opening the file of this name fails."""
    open_it = Path.open

    def fail(path, *how, **more):
        if path.name == name:
            raise error
        return open_it(path, *how, **more)

    monkeypatch.setattr(Path, "open", fail)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.EISDIR, errno.ESTALE])
def test_one_file_that_cannot_be_read_is_named_and_the_others_are_taken(
    tmp_path, monkeypatch, number
):
    drop(tmp_path / "inbox")
    drop(tmp_path / "inbox", csv_bytes(ROWS[0]), name=OTHER)
    with monkeypatch.context() as broken:
        failing(broken, OTHER, OSError(number, "Mary Smith", OTHER))
        unread, accepted = take_all(tmp_path)
    assert (unread.file, unread.outcome, unread.is_fault) == (OTHER, "not read", True)
    assert f"{OTHER} could not be read: {os.strerror(number)}." in unread.why
    assert "Smith" not in unread.why and not accepted.is_fault
    assert accepted.outcome == "accepted" and (tmp_path / "inbox" / OTHER).exists()
    assert len(Ledger(tmp_path).entries()) == 1
    assert take(tmp_path).outcome == "accepted"


def test_a_manifest_that_cannot_be_read_leaves_its_delivery(tmp_path, monkeypatch):
    name = CSV.replace(".csv", ".manifest.csv")
    drop(tmp_path / "inbox", manifest={})
    with monkeypatch.context() as broken:
        failing(broken, name, PermissionError(errno.EACCES, ""))
        unread, *_ = take_all(tmp_path)
    assert (unread.file, unread.outcome) == (CSV, "not read")
    assert f"{name} could not be read: Permission denied" in unread.why
    assert not Ledger(tmp_path).entries() and take(tmp_path).outcome == "accepted"


def test_a_file_of_a_refused_name_that_cannot_be_read_is_not_refused(tmp_path, monkeypatch):
    drop(tmp_path / "inbox", name="*.csv")
    failing(monkeypatch, "*.csv", PermissionError(errno.EACCES, ""))
    assert take(tmp_path).outcome == "not read" and not Ledger(tmp_path).entries()


def test_a_file_that_somebody_takes_away_meanwhile_is_nobodys_fault(tmp_path, monkeypatch):
    paths = drop_set(tmp_path / "inbox")
    drop(tmp_path / "inbox")
    gathered = receiving.gathered

    def list_and_lose(found):
        listed = gathered(found)
        paths[3].unlink(missing_ok=True)
        return listed

    monkeypatch.setattr(receiving, "gathered", list_and_lose)
    *gone, accepted = take_all(tmp_path)
    assert {one.outcome for one in gone} == {"gone"} and accepted.outcome == "accepted"
    assert gone[0].why.startswith(f"{paths[3].name} was removed meanwhile. Nothing")
    assert not any(one.is_fault for one in gone) and len(Ledger(tmp_path).entries()) == 1
    assert all(path.exists() for path in paths if path != paths[3])


@pytest.mark.parametrize(
    ("module", "step"),
    [
        (judgement, "open_delivery"),
        (judgement, "dated"),
        (judgement, "examine"),
        (receiving, "store"),
        (receiving, "write_answer"),
    ],
)
def test_without_memory_the_command_stops_at_the_file_in_hand(tmp_path, monkeypatch, module, step):
    drop(tmp_path / "inbox")
    drop(tmp_path / "inbox", csv_bytes(ROWS[0]), name=OTHER)

    def fail(*_):
        raise MemoryError

    with monkeypatch.context() as broken:
        broken.setattr(module, step, fail)
        (stopped,) = take_all(tmp_path)
    assert (stopped.file, stopped.outcome, stopped.is_fault) == (OTHER, "stopped", True)
    assert stopped.why.startswith("Cannot allocate memory. Nothing was recorded")
    assert unchanged(tmp_path)
    assert [one.outcome for one in take_all(tmp_path)] == ["accepted", "accepted"]


@pytest.mark.parametrize("hours", [0, 1])
def test_a_clock_behind_the_ledger_stops_and_one_level_with_it_does_not(tmp_path, hours):
    drop(tmp_path / "inbox")
    take(tmp_path)
    ledger = Ledger(tmp_path)
    before = ledger.path.read_bytes()
    drop(tmp_path / "inbox", csv_bytes(*ROWS[1:]))
    drop(tmp_path / "inbox", csv_bytes(ROWS[0]), name=OTHER)
    key = open_key(tmp_path, tmp_path / "pseudonym.key", ledger)
    hour = timedelta(hours=1)
    (stopped,) = receive(Door(tmp_path, Ledger(tmp_path), key, RECEIVED_AT - hour))
    assert (stopped.file, stopped.outcome) == (OTHER, "stopped")
    assert "The clock of this machine says 2025-06-04T08:00:00Z" in stopped.why
    assert unchanged(tmp_path, before)
    taken = receive(Door(tmp_path, Ledger(tmp_path), key, RECEIVED_AT + hours * hour))
    assert [one.outcome for one in taken] == ["accepted", "accepted"]


def test_an_inbox_that_nothing_can_leave_is_told_before_anything_is_recorded(tmp_path, monkeypatch):
    drop(tmp_path / "inbox")
    drop(tmp_path / "inbox", csv_bytes(ROWS[0]), name=OTHER)
    with monkeypatch.context() as broken:
        broken.setattr(os, "access", lambda path, how: False)
        (stopped,) = take_all(tmp_path)
    assert stopped.outcome == "stopped"
    assert stopped.why.startswith(f"Permission denied, in {tmp_path / 'inbox'}.")
    assert unchanged(tmp_path)


DELIVERIES = {
    "accepted": {},
    "refused": {"data": b"<html>log in</html>\n"},
    "refused by its name": {"name": "therapy_ptl.csv"},
}


@pytest.mark.parametrize("kind", DELIVERIES)
def test_a_full_disk_at_any_moment_stops_and_the_next_call_comes_to_the_same(
    tmp_path, monkeypatch, kind
):
    """The disk fills at the first write, at the second, and so on until all find room."""
    fsync, failed = os.fsync, 0
    for moment in range(100):
        home, left = tmp_path / str(moment), [moment]

        def fill(handle, left=left):
            left[0] -= 1
            if left[0] < 0:
                raise OSError(errno.ENOSPC, "")
            fsync(handle)

        path = drop(home / "inbox", **DELIVERIES[kind])
        key = open_key(home, home / "pseudonym.key", Ledger(home))
        with monkeypatch.context() as broken:
            broken.setattr(os, "fsync", fill)
            received = receive(Door(home, Ledger(home), key, RECEIVED_AT))
        entries = len(Ledger(home).entries())
        if received[0].outcome != "stopped":
            break
        failed += 1
        assert received[0].why.startswith(f"No space left on device, in {home}/")
        assert not list(home.rglob(".*.*.tmp"))
        assert entries or path.exists()
        again = take_all(home)
        outcomes = ["accepted", "already received"] if kind == "accepted" else ["refused"]
        assert not again or again[0].outcome in outcomes
        assert {s.outcome for s in submissions(Ledger(home))} <= {kind.split()[0]}
        assert list(defects_of_landing(home, Ledger(home))) == [] and not path.exists()
        kept = list((home / "inbox").glob(f"refused/*/{path.name}"))
        assert bool(kept) == (kind != "accepted")
    assert failed > 2


def test_a_refused_folder_that_cannot_be_written_leaves_the_file(tmp_path):
    drop(tmp_path / "inbox", b"<html>log in</html>\n")
    (tmp_path / "inbox" / "refused").write_text("in the way")
    stopped, *_ = take_all(tmp_path)
    assert stopped.outcome == "stopped" and stopped.why.startswith("Not a directory")
    assert not Ledger(tmp_path).entries() and (tmp_path / "inbox" / CSV).exists()


def test_a_fault_of_a_contract_is_not_the_senders(tmp_path, monkeypatch):
    class Contract(InWords):
        pass

    def fail(*_):
        raise Contract("therapy_ptl.yaml: no table")

    drop(tmp_path / "inbox")
    monkeypatch.setattr(judgement, "examine", fail)
    with pytest.raises(Contract):
        take_all(tmp_path)
    assert not Ledger(tmp_path).entries() and (tmp_path / "inbox" / CSV).exists()


def test_a_damaged_archive_is_the_senders_although_python_calls_it_an_error_of_the_system(
    tmp_path, monkeypatch
):
    def stumble(delivery, *_):
        raise gzip.BadGzipFile("Not a gzipped file")

    monkeypatch.setattr(judgement, "examine", stumble)
    drop(tmp_path / "inbox")
    assert take(tmp_path).outcome == "refused"
