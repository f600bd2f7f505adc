"""Who may send which feed: strangers are held with an answer, and come in once accepted."""

import os
from datetime import UTC, date, datetime
from pathlib import Path
from string import ascii_uppercase, digits

import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from ingest.door import receive as receiving
from ingest.door import senders
from ingest.door.delivery import DeliveredFile, Delivery
from ingest.door.senders import (
    SENDER_ACCEPTED,
    Held,
    Sender,
    accepted_senders,
    hold_unless_known,
    listed,
)
from ingest.store.ledger import Ledger
from ingest.store.submissions import submissions, verdicts
from orchestration.cli import main
from orchestration.run.run_inputs import Run, write_run_inputs
from tests.worlds.small_deliveries import ROWS, csv_bytes, drop, drop_set, take

pytestmark = pytest.mark.usefixtures("settled_at_once")

NAME = "therapy_ptl_{}_202503_01.csv"


def lasp(home, *arguments):
    return CliRunner().invoke(main, arguments, env={"LASP_HOME": str(home)})


def accept(home, feed, sender, first="2025-01", last=None, at=datetime(2025, 6, 4, tzinfo=UTC)):
    body = {"feed": feed, "sender": sender, "first_month": first, "last_month": last, "by": "test"}
    Ledger(home).append(SENDER_ACCEPTED, body, at)


@pytest.mark.parametrize(
    ("sender", "said"),
    [
        ("RYT", "Did you mean RY7?"),
        ("R7Y", "Did you mean RY7?"),
        ("RYZ", "Did you mean RY7?"),
        ("RY701", "Did you mean RY7?"),
        ("RBI", "Did you mean RBL?"),
        ("RXA", "which sends commentary, cyp_mh, "),
        ("E08000015", "which sends annual_reviews, "),
        ("Z01A", "RY7 (Wirral Community Health and Care NHS Foundation Trust)"),
        ("Z0001A", "lasp accept-sender therapy_ptl Z0001A --from 2025-03"),
        ("ZABCA", "the data team deletes its folder in inbox/held"),
    ],
)
def test_whoever_is_not_known_to_send_a_feed_is_held_and_nothing_of_it_counts(
    tmp_path, sender, said
):
    drop(tmp_path / "inbox", name=NAME.format(sender))
    (held,) = take(tmp_path)
    assert (held.outcome, held.sender, said in held.why) == ("held", sender, True), held.why
    assert {path.name for path in held.answer.parent.iterdir()} == {
        NAME.format(sender),
        "answer.csv",
    }
    assert pd.read_csv(held.answer)["outcome"].tolist() == ["hold"]
    assert not list((tmp_path / "lake").rglob("*.parquet"))
    (known,) = submissions(Ledger(tmp_path))
    assert verdicts([known], "2025-03", date(2025, 6, 4))["verdict"].tolist() == ["held"]


def mistyped(code):
    """Every code with one character changed, left out or doubled, or two neighbours exchanged."""
    for at, letter in enumerate(code):
        head, tail = code[:at], code[at + 1 :]
        yield from (head + other + tail for other in ascii_uppercase + digits)
        yield from (head + tail, head + letter + letter + tail)
        yield head + tail[:1] + letter + tail[1:]


@pytest.mark.parametrize(
    "one",
    [one for one in listed() if not one.is_invented],
    ids=lambda one: f"{one.feed} {one.code}",
)
def test_no_typing_error_in_a_known_code_comes_in(one):
    codes = {other.code for other in listed() if other.feed == one.feed}
    for code in {*mistyped(one.code)} - codes:
        file = DeliveredFile(Path(f"{one.feed}_{code}_202503_01.csv"), b"", "csv")
        with pytest.raises(Held) as held:
            hold_unless_known(Delivery((file,), one.feed, code, "2025-03", 1, None), ())
        assert "Did you mean" in held.value.action


def test_a_code_is_compared_with_those_of_its_own_feed(tmp_path):
    drop_set(tmp_path / "inbox", stem="sen2_ehc_E08000051_202503_01")
    assert all("Did you mean E08000015?" in one.why for one in take(tmp_path))
    drop(tmp_path / "inbox", name=NAME.format("E08000051"))
    assert "Did you mean" not in take(tmp_path)[0].why


@pytest.mark.parametrize("sender", ["RY7", "RBL", "Z001A", "Z999Z"])
def test_who_is_in_the_list_and_invented_organisations_come_in(tmp_path, sender):
    drop(tmp_path / "inbox", name=NAME.format(sender))
    assert [one.outcome for one in take(tmp_path)] == ["accepted"]


def test_an_invented_organisation_has_invented_people_only(tmp_path):
    real = csv_bytes(ROWS[0].replace("9990000018", "4010232137"))
    drop(tmp_path / "inbox", real, name=NAME.format("Z001A"))
    assert "the sender is invented" in take(tmp_path)[0].why
    closures = b"urn,closed_from,reopens\n999001,2025-07-23,2025-09-02\n"
    drop(tmp_path / "inbox", closures, name="school_closures_Z001L_202505_01.csv")
    take(tmp_path)
    drop(tmp_path / "inbox", real)
    assert "R-MIXED" in take(tmp_path)[0].why


def test_a_held_set_comes_in_whole_with_its_manifest_once_its_sender_is_accepted(tmp_path):
    stem = "sen2_ehc_E08000012_202503_01"
    drop_set(tmp_path / "inbox", stem=stem, manifest={"sender": "E08000012"})
    held = take(tmp_path)
    assert {one.outcome for one in held} == {"held"} and len(held) == 8
    assert [one.outcome for one in take(tmp_path)] == []
    accept(tmp_path, "sen2_ehc", "E08000012")
    came = take(tmp_path)
    assert {one.outcome for one in came} == {"accepted"} and len(came) == 8
    assert not list((tmp_path / "inbox" / "held").iterdir())
    known = submissions(Ledger(tmp_path))
    assert [one.outcome for one in known] == ["held", "accepted"]
    table = verdicts(known, "2025-03", date(2025, 6, 4))
    assert table[["verdict", "known_how"]].to_numpy().tolist() == [["used", "manifest"]]


def test_the_same_delivery_held_twice_lies_once_and_comes_in_once(tmp_path):
    for _ in range(2):
        drop(tmp_path / "inbox", name=NAME.format("RYT"))
        take(tmp_path)
    assert len(list((tmp_path / "inbox" / "held").iterdir())) == 1
    accept(tmp_path, "therapy_ptl", "RYT")
    assert [one.outcome for one in take(tmp_path)] == ["accepted"]


def test_equal_bytes_held_under_two_numbers_come_in_once(tmp_path):
    for number in ("01", "02"):
        drop(tmp_path / "inbox", name=f"therapy_ptl_RYT_202503_{number}.csv")
        take(tmp_path)
    accept(tmp_path, "therapy_ptl", "RYT")
    assert [one.outcome for one in take(tmp_path)] == ["accepted", "already received"]
    assert not list((tmp_path / "inbox" / "held").iterdir())


@pytest.mark.parametrize("name", [".~lock.answer.csv#", "Thumbs.db", ".DS_Store", "desktop.ini"])
def test_whoever_looks_into_a_held_folder_does_not_spoil_the_delivery(tmp_path, name):
    drop(tmp_path / "inbox", name=NAME.format("RYT"))
    folder = take(tmp_path)[0].answer.parent
    (folder / name).write_bytes(b"\0")
    accept(tmp_path, "therapy_ptl", "RYT")
    assert [one.outcome for one in take(tmp_path)] == ["accepted"] and not folder.exists()


def test_a_strange_file_in_a_held_folder_is_answered_by_itself(tmp_path):
    drop(tmp_path / "inbox", name=NAME.format("RYT"))
    drop(take(tmp_path)[0].answer.parent, b"ask them\n", name="note.txt")
    accept(tmp_path, "therapy_ptl", "RYT")
    assert [one.outcome for one in take(tmp_path)] == ["refused", "accepted"]
    assert len(list((tmp_path / "inbox" / "refused").glob("*/note.txt"))) == 1


def test_a_held_file_that_somebody_took_back_to_the_inbox_stops_nothing(tmp_path):
    path = drop(tmp_path / "inbox", name=NAME.format("RYT"))
    (take(tmp_path)[0].answer.parent / path.name).rename(path)
    drop(tmp_path / "inbox", csv_bytes(ROWS[0]), name=NAME.format("RBL"))
    accept(tmp_path, "therapy_ptl", "RYT")
    assert [one.outcome for one in take(tmp_path)] == ["accepted", "accepted"]


def test_a_held_file_that_is_received_where_it_lies_stays_there_and_is_held(tmp_path):
    drop(tmp_path / "inbox", name=NAME.format("RYT"))
    path = take(tmp_path)[0].answer.parent / NAME.format("RYT")
    assert [one.outcome for one in take(tmp_path, [path])] == ["held"] and path.exists()
    accept(tmp_path, "therapy_ptl", "RYT")
    assert [one.outcome for one in take(tmp_path, [path])] == ["accepted"]
    assert [one.outcome for one in take(tmp_path)] == ["already received"]


def test_a_freed_delivery_that_meets_a_fault_of_the_machine_lies_where_it_lay(
    tmp_path, monkeypatch
):
    drop(tmp_path / "inbox", name=NAME.format("RYT"))
    path = take(tmp_path)[0].answer.parent / NAME.format("RYT")
    accept(tmp_path, "therapy_ptl", "RYT")

    def fail(*_):
        raise MemoryError

    with monkeypatch.context() as broken:
        broken.setattr(receiving, "store", fail)
        assert [one.outcome for one in take(tmp_path)] == ["stopped"]
    assert path.exists() and [one.outcome for one in take(tmp_path)] == ["accepted"]


def test_what_came_in_stays_in_when_its_sender_is_no_longer_accepted(tmp_path):
    accept(tmp_path, "therapy_ptl", "RXA")
    drop(tmp_path / "inbox", name=NAME.format("RXA"))
    take(tmp_path)
    accept(tmp_path, "therapy_ptl", "RXA", "2026-01")
    drop(tmp_path / "inbox", name=NAME.format("RXA"))
    assert [one.outcome for one in take(tmp_path)] == ["already received"]
    drop(tmp_path / "inbox", csv_bytes(ROWS[0]), name=NAME.format("RXA"))
    assert [one.outcome for one in take(tmp_path)] == ["held"]
    table = verdicts(submissions(Ledger(tmp_path)), "2025-03", date(2025, 6, 4))
    assert sorted(table["verdict"]) == ["held", "used"]


def test_a_held_delivery_that_cannot_be_read_is_refused_when_its_sender_is_accepted(tmp_path):
    drop(tmp_path / "inbox", b"<html>log in</html>\n", name=NAME.format("RYT"))
    assert take(tmp_path)[0].outcome == "held"
    accept(tmp_path, "therapy_ptl", "RYT")
    assert take(tmp_path)[0].outcome == "refused"
    assert not list((tmp_path / "inbox" / "held").iterdir())
    assert len(list((tmp_path / "inbox" / "refused").rglob(NAME.format("RYT")))) == 1
    drop(tmp_path / "inbox", name=NAME.format("RXA"))
    take(tmp_path)
    table = verdicts(submissions(Ledger(tmp_path)), "2025-03", date(2025, 6, 4))
    assert dict(zip(table["sender"], table["verdict"], strict=True)) == {
        "RYT": "refused",
        "RXA": "held",
    }


def test_a_delivery_that_was_refused_once_and_is_held_now_is_held(tmp_path):
    for first in ("2025-01", "2026-01"):
        accept(tmp_path, "therapy_ptl", "RYT", first)
        drop(tmp_path / "inbox", b"", name=NAME.format("RYT"))
        take(tmp_path)
    table = verdicts(submissions(Ledger(tmp_path)), "2025-03", date(2025, 6, 4))
    assert table["verdict"].tolist() == ["refused", "held"]


def test_a_held_folder_that_nothing_can_leave_is_told_before_anything_is_recorded(
    tmp_path, monkeypatch
):
    drop(tmp_path / "inbox", name=NAME.format("RYT"))
    folder = take(tmp_path)[0].answer.parent
    accept(tmp_path, "therapy_ptl", "RYT")
    with monkeypatch.context() as broken:
        broken.setattr(os, "access", lambda path, how: path != folder)
        (stopped,) = take(tmp_path)
    assert stopped.outcome == "stopped" and f"Permission denied, in {folder}." in stopped.why
    assert [one.outcome for one in take(tmp_path)] == ["accepted"]


@pytest.mark.parametrize(
    ("first", "last", "outcome"),
    [
        ("2025-03", None, "accepted"),
        ("2025-01", "2025-03", "accepted"),
        ("2025-04", None, "held"),
        ("2024-01", "2025-02", "held"),
    ],
)
def test_a_sender_comes_in_within_its_months_alone(tmp_path, first, last, outcome):
    accept(tmp_path, "therapy_ptl", "RXA", first, last)
    drop(tmp_path / "inbox", name=NAME.format("RXA"))
    (received,) = take(tmp_path)
    assert received.outcome == outcome
    assert outcome == "accepted" or f"from {first}" in received.why
    kept = min(first, "2025-03")  # what the answer says to type keeps the months before
    assert outcome == "accepted" or f"therapy_ptl RXA --from {kept} --by" in received.why


def test_a_sender_of_the_list_is_held_outside_its_months(tmp_path, monkeypatch):
    ended = Sender("therapy_ptl", "RY7", "A trust", "2020-01", "2025-02")
    monkeypatch.setattr(senders, "listed", lambda: (ended,))
    drop(tmp_path / "inbox")
    assert "which sends it from 2020-01 to 2025-02" in take(tmp_path)[0].why


def test_the_last_acceptance_counts_and_is_known_from_its_day(tmp_path):
    accept(tmp_path, "therapy_ptl", "RXA", "2025-01")
    accept(tmp_path, "therapy_ptl", "RXA", "2025-01", "2025-06", datetime(2025, 7, 1, tzinfo=UTC))
    for as_at, last in ((date(2025, 7, 1), "2025-06"), (date(2025, 6, 30), "")):
        (one,) = accepted_senders(Ledger(tmp_path), as_at)
        assert one.last_month == last
    assert accepted_senders(Ledger(tmp_path), date(2025, 6, 3)) == []
    write_run_inputs(tmp_path, Run("2025-06", 1, date(2025, 7, 10)))
    assert pq.read_table(tmp_path / "lake" / "_accepted_senders.parquet").to_pylist() == [
        {
            "feed": "therapy_ptl",
            "sender": "RXA",
            "valid_to": date(2025, 6, 30),
            "valid_from": date(2025, 1, 1),
        }
    ]


def test_every_feed_that_is_owed_has_a_listed_sender_and_every_listed_feed_exists():
    from ingest.contracts import load_contracts, local_feeds

    listed_feeds = {one.feed for one in listed() if not one.is_invented}
    owed = {one.feed for one in load_contracts() if one.kind == "person" and one.is_owed}
    assert owed <= listed_feeds <= local_feeds()
    assert [one.feed for one in listed() if one.is_invented] == ["*"]


def test_the_command_line_holds_accepts_and_takes(tmp_path):
    path = drop(tmp_path / "sent", name=NAME.format("RXA"))
    checked = lasp(tmp_path, "check", str(path))
    assert checked.exit_code == 3 and "would be held" in checked.output
    for _ in range(2):
        received = lasp(tmp_path, "receive", str(path))
        assert received.exit_code == 3 and path.exists()
    accepted = lasp(
        tmp_path, "accept-sender", "therapy_ptl", "RXA", "--from", "2025-03", "--by", "A. Person"
    )
    assert accepted.exit_code == 0 and accepted.output.endswith("takes: 1\n")
    assert lasp(tmp_path, "check", str(path)).exit_code == 0
    taken = lasp(tmp_path, "receive")
    assert taken.exit_code == 0 and "accepted" in taken.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["chs_waits", "RXA", "--from", "2025-03", "--by", "x"],
        ["therapy_ptl", "rxa", "--from", "2025-03", "--by", "x"],
        ["therapy_ptl", "RXA", "--from", "2025-03", "--to", "2025-02", "--by", "x"],
        ["therapy_ptl", "RXA", "--from", "2025-03..2025-05", "--by", "x"],
        ["therapy_ptl", "RXA", "--from", "2025-03"],
        ["therapy_ptl", "RXA", "--from", "2025-03", "--by", " "],
    ],
)
def test_an_acceptance_that_says_too_little_is_no_acceptance(tmp_path, arguments):
    assert lasp(tmp_path, "accept-sender", *arguments).exit_code == 2
    assert accepted_senders(Ledger(tmp_path)) == []
