import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from ingest.door import inbox, judgement
from ingest.door import receive as receiving
from ingest.door.custody import open_key
from ingest.door.receive import Door, receive
from ingest.door.reopen import reopen
from ingest.door.shown_names import shown_name
from ingest.store.landing import LandingChanged
from ingest.store.ledger import Ledger
from ingest.store.submissions import standing, submissions, verdicts
from ingest.synthetic.nhs_lists import example_lists
from ingest.synthetic.nhs_workbooks import workbook
from tests.worlds.small_deliveries import ROWS, SEN2_STEM, csv_bytes, drop, drop_set, set_bytes
from tests.worlds.small_deliveries import take as take_all

pytestmark = pytest.mark.usefixtures("settled_at_once")

PLACE = ("therapy_ptl", "RY7", "2025-03", "")
SET_PLACE = ("sen2_ehc", "E08000015", "2025-03", "")


def take(home, **how):
    (received,) = take_all(home, **how)
    return received


def test_an_accepted_file_lies_unchanged_in_landing_and_leaves_the_inbox(tmp_path):
    data = drop(tmp_path / "inbox", manifest={}).read_bytes()
    received = take(tmp_path)
    assert received.outcome == "accepted"
    (submission,) = submissions(Ledger(tmp_path))
    folder = tmp_path / "landing" / "therapy_ptl" / "2025-03" / submission.submission_id
    assert (folder / "file-1.csv").read_bytes() == data
    assert list((tmp_path / "inbox").iterdir()) == []
    assert submission.known_on == date(2025, 4, 3) and submission.known_how == "manifest"


def test_without_a_manifest_a_delivery_is_known_from_the_day_of_receipt(tmp_path):
    drop(tmp_path / "inbox")
    take(tmp_path)
    (submission,) = submissions(Ledger(tmp_path))
    assert submission.known_on == date(2025, 6, 4) and submission.known_how == "receipt"


def test_the_same_file_again_is_already_received(tmp_path):
    drop(tmp_path / "inbox")
    first = take(tmp_path)
    drop(tmp_path / "inbox")
    again = take(tmp_path)
    assert (again.outcome, again.submission_id) == ("already received", first.submission_id)
    assert len(submissions(Ledger(tmp_path))) == 1 and not list((tmp_path / "inbox").iterdir())


def test_new_bytes_supersede_whatever_the_number(tmp_path):
    drop(tmp_path / "inbox")
    take(tmp_path)
    drop(tmp_path / "inbox", csv_bytes(*ROWS[:2]))
    second = take(tmp_path)
    assert standing(submissions(Ledger(tmp_path)), PLACE).submission_id == second.submission_id


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_a_higher_number_stands_in_whichever_order_the_two_arrive(tmp_path, order):
    for number in order:
        drop(
            tmp_path / "inbox",
            csv_bytes(*ROWS[:number]),
            name=f"therapy_ptl_RY7_202503_0{number}.csv",
        )
        take(tmp_path)
    assert standing(submissions(Ledger(tmp_path)), PLACE).sequence == 2


def test_superseded_bytes_are_held_until_a_person_says_go_back(tmp_path):
    first = drop(tmp_path / "inbox").read_bytes()
    earlier = take(tmp_path)
    drop(tmp_path / "inbox", csv_bytes(*ROWS[:2]))
    take(tmp_path)
    drop(tmp_path / "inbox", first)
    refused = take(tmp_path)
    assert refused.outcome == "refused" and "R-RESUB" in refused.why
    drop(tmp_path / "inbox", first)
    take(tmp_path, is_going_back=True)
    assert standing(submissions(Ledger(tmp_path)), PLACE).submission_id == earlier.submission_id


def test_the_same_bytes_for_another_month_are_refused(tmp_path):
    drop(tmp_path / "inbox")
    take(tmp_path)
    drop(tmp_path / "inbox", name="therapy_ptl_RY7_202504_01.csv")
    assert "R-PERIOD" in take(tmp_path).why


def test_a_refused_file_is_kept_with_its_answer_and_named_in_the_ledger(tmp_path):
    data = csv_bytes(ROWS[0].replace("SLT,2025-01-10", "SLT"))
    drop(tmp_path / "inbox", data, manifest={})
    received = take(tmp_path)
    assert received.outcome == "refused" and "row 2" in received.why
    (folder,) = (tmp_path / "inbox" / "refused").iterdir()
    assert {path.name for path in folder.iterdir()} == {
        "therapy_ptl_RY7_202503_01.csv",
        "therapy_ptl_RY7_202503_01.manifest.csv",
        "answer.csv",
    }
    assert pd.read_csv(folder / "answer.csv")["what_to_do"].notna().all()
    assert list((tmp_path / "answers" / "RY7").iterdir())
    (refusal,) = submissions(Ledger(tmp_path))
    assert refusal.outcome == "refused" and refusal.place == PLACE


def test_an_earlier_accepted_version_stands_when_the_next_is_refused(tmp_path):
    drop(tmp_path / "inbox")
    accepted = take(tmp_path)
    drop(tmp_path / "inbox", b"<html>log in</html>\n", name="therapy_ptl_RY7_202503_02.csv")
    assert take(tmp_path).outcome == "refused"
    assert standing(submissions(Ledger(tmp_path)), PLACE).submission_id == accepted.submission_id


@pytest.mark.parametrize(
    ("manifest", "rule"),
    [
        ({"sha256": "0" * 64}, "R-MANIFEST"),
        ({"file_name": "other.csv"}, "R-MANIFEST"),
        ({"reporting_month": "2025-02"}, "R-PERIOD"),
        ({"sender": "RBL"}, "R-PERIOD"),
        ({"row_count": 4}, "R-END"),
        ({"extract_datetime": "soon"}, "R-MANIFEST"),
        ({"extract_datetime": "2025-04-03T06:00:00 and later"}, "R-MANIFEST"),
        ({"extract_datetime": "2025-04-03T24:00:00"}, "R-MANIFEST"),
        ({"extract_datetime": "2025-04-31"}, "R-MANIFEST"),
        ({"row_count": "3_"}, "R-MANIFEST"),
        ({"row_count": "+3"}, "R-MANIFEST"),
        ({"row_count": "\u0663"}, "R-MANIFEST"),
        ({"submission_seq": 0}, "R-MANIFEST"),
        ({"submission_seq": 100}, "R-MANIFEST"),
        ({"submission_seq": 2}, "R-MANIFEST"),
        ({"sha256": "g" * 64}, "R-MANIFEST"),
        ({"synthetic": "yes"}, "R-MANIFEST"),
        ({"synthetic": ""}, "R-MANIFEST"),
    ],
)
def test_a_manifest_that_does_not_fit_refuses_the_delivery(tmp_path, manifest, rule):
    drop(tmp_path / "inbox", manifest=manifest)
    received = take(tmp_path)
    assert received.outcome == "refused" and received.why.startswith(rule)


def test_a_delivery_that_cannot_be_opened_still_counts_as_refused_for_its_month(tmp_path):
    drop(tmp_path / "inbox", manifest={"sha256": "0" * 64})
    take(tmp_path)
    (refusal,) = submissions(Ledger(tmp_path))
    assert (refusal.outcome, refusal.place) == ("refused", PLACE)


@pytest.mark.parametrize("name", ["a/b.csv", "..", "", "x\\\\y.csv"])
def test_a_manifest_that_names_no_plain_file_is_refused_and_never_followed(tmp_path, name):
    drop(tmp_path / "inbox", manifest={"file_name": name})
    received = take(tmp_path)
    assert received.outcome == "refused" and "file_name that is not the plain name" in received.why


def test_a_delivery_over_which_a_reader_stumbles_is_refused_and_the_next_is_taken(
    tmp_path, monkeypatch
):
    def stumble(delivery, *_):
        if delivery.sender == "RBL":
            raise KeyError("9990000018")
        return examine(delivery, *_)

    examine = judgement.examine
    monkeypatch.setattr(judgement, "examine", stumble)
    drop(tmp_path / "inbox", name="therapy_ptl_RBL_202503_01.csv")
    drop(tmp_path / "inbox")
    refused, accepted = take_all(tmp_path)
    assert (refused.outcome, accepted.outcome) == ("refused", "accepted")
    assert "R-READ" in refused.why and "KeyError in " in refused.why
    assert "9990000018" not in refused.why + Ledger(tmp_path).path.read_text()


def test_a_manifest_waits_in_the_inbox_for_its_delivery(tmp_path):
    path = drop(tmp_path / "inbox", manifest={})
    data = path.read_bytes()
    path.unlink()
    waiting = take(tmp_path)
    assert waiting.outcome == "waiting" and "waits for its delivery" in waiting.why
    assert not submissions(Ledger(tmp_path))
    path.write_bytes(data)
    assert take(tmp_path).outcome == "accepted"
    assert list((tmp_path / "inbox").iterdir()) == []


def test_month_and_sender_may_come_from_the_manifest_alone(tmp_path):
    drop(tmp_path / "inbox", name="therapy_ptl.csv", manifest={})
    received = take(tmp_path)
    assert (received.outcome, received.sender, received.period) == ("accepted", "RY7", "2025-03")


def test_without_any_statement_of_month_and_sender_the_ways_to_mend_it_are_told(tmp_path):
    drop(tmp_path / "inbox", name="therapy_ptl.csv")
    received = take(tmp_path)
    assert "therapy_ptl_Z001A_202410_01.csv" in received.why and "manifest" in received.why


def test_a_nil_return_needs_its_manifest(tmp_path):
    drop(tmp_path / "inbox", csv_bytes()[: len(csv_bytes().split(b"\n")[0]) + 1], manifest={})
    assert take(tmp_path).outcome == "accepted"
    (submission,) = submissions(Ledger(tmp_path))
    assert submission.rows == {"landed": 0, "kept": 0, "quarantined": 0, "discarded": 0}


@pytest.mark.parametrize(
    "name", ["$(rm -rf).csv", "{{ env_var('KEY') }}.csv", "*.csv", "a[12].csv", "x.exe"]
)
def test_a_name_that_could_be_a_command_or_a_pattern_is_not_taken_nor_repeated(tmp_path, name):
    drop(tmp_path / "inbox", name=name)
    received = take(tmp_path)
    assert received.outcome == "refused" and "R-NAME" in received.why
    assert name == "x.exe" or name not in received.why + received.file


def test_a_name_that_holds_an_identifier_is_not_repeated(tmp_path):
    drop(tmp_path / "inbox", name="therapy_ptl 9990000018.csv")
    received = take(tmp_path)
    assert "9990000018" not in received.file + received.why
    assert "9990000018" not in Ledger(tmp_path).path.read_text()


def test_links_and_pipes_are_refused_without_being_opened(tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "therapy_ptl_RY7_202503_01.csv").symlink_to("/etc/hostname")
    os.mkfifo(inbox / "therapy_ptl_RY7_202503_02.csv")
    received = take_all(tmp_path)
    assert [one.outcome for one in received] == ["refused", "refused"]
    assert not list((tmp_path / "landing").rglob("*")) and len(list(inbox.iterdir())) == 1


def test_invented_and_real_people_never_share_a_data_folder(tmp_path):
    drop(tmp_path / "inbox")
    take(tmp_path)
    real = csv_bytes(ROWS[0].replace("9990000018", "4010232137"))
    drop(tmp_path / "inbox", real, name="therapy_ptl_RBL_202503_01.csv")
    assert "R-MIXED" in take(tmp_path).why


@pytest.mark.parametrize("number", ["4010232137", "5009990008"], ids=["real", "999 inside it"])
def test_a_manifest_cannot_make_real_numbers_invented(tmp_path, number):
    real = csv_bytes(ROWS[0].replace("9990000018", number))
    drop(tmp_path / "inbox", real, manifest={})
    assert "R-MIXED" in take(tmp_path).why


def test_a_file_from_elsewhere_stays_where_it_is(tmp_path):
    path = drop(tmp_path / "elsewhere")
    (received,) = take_all(tmp_path / "home", [path])
    assert received.outcome == "accepted" and path.exists()


def test_a_landed_file_that_was_changed_is_not_used(tmp_path):
    drop(tmp_path / "inbox")
    take(tmp_path)
    (submission,) = submissions(Ledger(tmp_path))
    (landed,) = (tmp_path / "landing").rglob("file-1.csv")
    landed.chmod(0o640)
    landed.write_bytes(csv_bytes(*ROWS[:2]))
    with pytest.raises(LandingChanged, match="not what was received"):
        reopen(tmp_path, submission)


def test_what_landed_is_read_again_to_the_same_rows(tmp_path):
    drop(tmp_path / "inbox", manifest={})
    take(tmp_path)
    (submission,) = submissions(Ledger(tmp_path))
    examined = reopen(tmp_path, submission)
    assert examined.submission_id == submission.submission_id
    assert examined.tables["referrals"].kept["referral_id"].tolist() == ["R1", "R2", "R3"]


def test_a_crash_between_landing_and_ledger_is_mended_by_the_next_call(tmp_path, monkeypatch):
    drop(tmp_path / "inbox")

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(Ledger, "append", die)
        take(tmp_path)
    assert take(tmp_path).outcome == "accepted"
    assert len(list((tmp_path / "landing").rglob("file-1.csv"))) == 1


def test_a_month_uses_what_was_known_at_its_date(tmp_path):
    drop(tmp_path / "inbox", manifest={})
    take(tmp_path)
    later = csv_bytes(*ROWS[:2])
    drop(
        tmp_path / "inbox",
        later,
        name="therapy_ptl_RY7_202503_02.csv",
        manifest={"submission_seq": 2, "extract_datetime": "2025-05-03T06:00:00"},
    )
    take(tmp_path)
    everything = submissions(Ledger(tmp_path))
    before = verdicts(everything, "2025-03", date(2025, 5, 2))
    after = verdicts(everything, "2025-03", date(2025, 5, 3))
    assert before["verdict"].tolist() == ["used", "not_yet_known"]
    assert after["verdict"].tolist() == ["superseded", "used"]
    none = verdicts(everything, "2025-03", date(2025, 4, 3) - timedelta(days=1))
    assert none["verdict"].tolist() == ["not_yet_known", "not_yet_known"]


def edition(month: str, published: date, seed: int) -> bytes:
    lists = example_lists([month], seed=seed)
    return workbook("two_years", month, published, lists)


def test_editions_stand_side_by_side_and_a_corrected_file_of_one_supersedes_it(tmp_path):
    for seed, published in [(1, date(2025, 6, 12)), (2, date(2025, 7, 10)), (3, date(2025, 7, 10))]:
        drop(tmp_path / "inbox", edition("2025-04", published, seed), name=f"lists {seed}.xlsx")
        assert take(tmp_path, at=datetime(2025, 7, 20, tzinfo=UTC)).outcome == "accepted"
    used = verdicts(submissions(Ledger(tmp_path)), "2025-04", date(2025, 8, 1))
    assert used["verdict"].tolist() == ["used", "superseded", "used"]
    assert used["known_on"].tolist()[::2] == [date(2025, 6, 12), date(2025, 7, 10)]
    earlier = verdicts(submissions(Ledger(tmp_path)), "2025-04", date(2025, 7, 9))
    assert earlier["verdict"].tolist() == ["used", "not_yet_known", "not_yet_known"]
    before = verdicts(submissions(Ledger(tmp_path)), "2025-03", date(2025, 8, 1))
    assert set(before["verdict"]) == {"later_period"}


def test_going_back_wins_over_a_higher_number_and_is_one_submission(tmp_path):
    first = drop(tmp_path / "inbox").read_bytes()
    earlier = take(tmp_path)
    drop(tmp_path / "inbox", csv_bytes(*ROWS[:2]), name="therapy_ptl_RY7_202503_02.csv")
    take(tmp_path)
    drop(tmp_path / "inbox", first)
    take(tmp_path, is_going_back=True)
    told = verdicts(submissions(Ledger(tmp_path)), "2025-03", date(2025, 7, 1))
    assert not told["submission_id"].duplicated().any()
    used = told[told["verdict"] == "used"]["submission_id"].tolist()
    assert used == [earlier.submission_id]


def test_a_list_cannot_be_drawn_before_its_month_has_ended(tmp_path):
    drop(tmp_path / "inbox", manifest={"extract_datetime": "2025-03-30T06:00:00"})
    assert "R-PERIOD" in take(tmp_path).why
    drop(tmp_path / "inbox", manifest={"extract_datetime": "2025-03-31T23:00:00"})
    assert take(tmp_path).outcome == "accepted"


def test_a_list_cannot_be_drawn_after_it_was_received(tmp_path):
    drop(tmp_path / "inbox", manifest={"extract_datetime": "2025-06-05T06:00:00"})
    assert "R-PERIOD" in take(tmp_path).why


def test_the_same_bytes_under_another_sender_are_refused(tmp_path):
    drop(tmp_path / "inbox")
    take(tmp_path)
    drop(tmp_path / "inbox", name="therapy_ptl_RBL_202503_01.csv")
    assert "received from RY7" in take(tmp_path).why


def test_a_link_from_elsewhere_is_refused_without_copying_what_it_points_to(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    link = tmp_path / "therapy_ptl_RY7_202503_01.csv"
    link.symlink_to(secret)
    (received,) = take_all(tmp_path / "home", [link])
    assert received.outcome == "refused"
    kept = [p for p in (tmp_path / "home" / "inbox").rglob("*") if p.is_file()]
    assert "secret" not in "".join(path.read_text() for path in kept)


def test_a_manifest_may_leave_out_the_time_and_whether_people_are_invented(tmp_path):
    path = drop(tmp_path / "inbox", manifest={"extract_datetime": "2025-04-03"})
    manifest = path.with_name(f"{path.stem}.manifest.csv")
    lines = manifest.read_text().splitlines()
    manifest.write_text("".join(line.rpartition(",")[0] + "\n" for line in lines))
    assert take(tmp_path).outcome == "accepted"


@pytest.mark.parametrize("column", ["row_count", "submission_seq", "extract_datetime", "sha256"])
def test_a_manifest_is_refused_by_the_name_of_the_column_and_without_its_value(tmp_path, column):
    drop(tmp_path / "inbox", manifest={column: "9990000018x"})
    received = take(tmp_path)
    assert f"{column} that is not" in received.why and "9990000018" not in received.why


def test_a_manifest_that_is_a_link_counts_for_nothing(tmp_path):
    path = drop(tmp_path / "inbox", manifest={})
    manifest = path.with_name(f"{path.stem}.manifest.csv")
    manifest.rename(tmp_path / "elsewhere.csv")
    manifest.symlink_to(tmp_path / "elsewhere.csv")
    assert take(tmp_path).outcome == "accepted"
    (submission,) = submissions(Ledger(tmp_path))
    assert submission.known_how == "receipt"


@pytest.mark.parametrize(
    "name",
    [
        "therapy_ptl_RY7_202503_01.csv",
        "therapy_ptl_RY7_202503_01.manifest.csv",
        "therapy_ptl.csv",
        "waiting lists 2025-04.xlsx",
        "lists 1.xlsx",
        "x.exe",
        "community_health_2023-03-01.xlsx",
        "Community-health-services-waiting-lists-2024-25-August.xlsx",
    ],
)
def test_a_documented_name_or_one_of_known_words_is_said(name):
    assert shown_name(Path(name)) == name


@pytest.mark.parametrize(
    "name",
    [
        "therapy_ptl 999 000 0018.csv",
        "therapy_ptl_999-000-0018.csv",
        "lists 999.000.0018.xlsx",
        "lists (999) 000 0018.xlsx",
        "lists 2019-05-04.xlsx",
        "lists_2023-03-01-77.xlsx",
        "therapy_ptl_99900000_202503_01.csv",
        "mary_smith_RY7_202503_01.csv",
        "therapy_ptl_Mary Smith.csv",
        "MarySmith.xlsx",
        "waiting lists Ng.xlsx",
    ],
)
def test_a_name_that_may_hold_a_person_is_not_said(name):
    shown = shown_name(Path(name))
    assert shown.startswith("file ") and "." not in shown
    assert shown_name(Path(shown)) == shown


def test_an_unknown_ending_is_not_repeated(tmp_path):
    drop(tmp_path / "inbox", name="lists.Smith")
    received = take(tmp_path)
    assert "Smith" not in received.file + received.why


def test_a_leap_day_goes_to_the_lake_as_the_first_of_march(tmp_path):
    born = ("2020-02-29", "2020-02-28", "2020-03-31")
    rows = [row.replace(row.split(",")[2], day) for row, day in zip(ROWS, born, strict=True)]
    drop(tmp_path / "inbox", csv_bytes(*rows))
    take(tmp_path)
    (table,) = (tmp_path / "lake").rglob("submission=*/referrals.parquet")
    months = pq.read_table(table)["birth_month"].to_pylist()
    assert months == [date(2020, 3, 1), date(2020, 2, 1), date(2020, 3, 1)]


def test_a_set_lies_together_in_landing_under_numbers_and_leaves_the_inbox(tmp_path):
    files = drop_set(tmp_path / "inbox", manifest={})
    delivered = {path.name: path.read_bytes() for path in files}
    received = take_all(tmp_path)
    assert [(one.file, one.outcome) for one in received] == [
        (name, "accepted") for name in delivered
    ]
    assert len({one.submission_id for one in received}) == 1
    assert len({one.sha256 for one in received}) == len(files)
    (submission,) = submissions(Ledger(tmp_path))
    assert [file["name"] for file in submission.files] == list(delivered)
    assert submission.rows["landed"] == sum(file["rows"] for file in submission.files) == 11
    folder = tmp_path / "landing" / "sen2_ehc" / "2025-03" / submission.submission_id
    landed = [(folder / file["stored_as"]).read_bytes() for file in submission.files]
    assert landed == list(delivered.values())
    assert list((tmp_path / "inbox").iterdir()) == []


@pytest.mark.parametrize("manifest", [{}, None])
def test_a_landed_set_is_read_again_to_the_same_rows(tmp_path, manifest):
    drop_set(tmp_path / "inbox", manifest=manifest)
    take_all(tmp_path)
    (submission,) = submissions(Ledger(tmp_path))
    examined = reopen(tmp_path, submission)
    assert examined.submission_id == submission.submission_id
    assert examined.tables["senneed"].kept["sentype"].tolist() == ["SLCN", "ASD"]
    (changed,) = (tmp_path / "landing").rglob("file-8.csv")
    changed.chmod(0o640)
    changed.write_bytes(b"x")
    with pytest.raises(LandingChanged, match="not what was received"):
        reopen(tmp_path, submission)


def test_a_landed_nil_return_of_a_set_is_read_again(tmp_path):
    headers = {name: data.split(b"\n")[0] + b"\n" for name, data in set_bytes().items()}
    drop_set(tmp_path / "inbox", headers, manifest={})
    take_all(tmp_path)
    (submission,) = submissions(Ledger(tmp_path))
    assert reopen(tmp_path, submission).count("landed") == 0


def test_a_refused_set_is_kept_whole_with_its_manifest_and_one_answer(tmp_path):
    files = drop_set(tmp_path / "inbox", set_bytes(person=None), manifest={})
    received = take_all(tmp_path)
    assert {one.outcome for one in received} == {"refused"} and "R-SET" in received[0].why
    (folder,) = (tmp_path / "inbox" / "refused").iterdir()
    assert {path.name for path in folder.iterdir()} == {
        *(path.name for path in files), f"{SEN2_STEM}.manifest.csv", "answer.csv",
    }  # fmt: skip
    assert {one.answer for one in received} == {folder / "answer.csv"}
    assert {path.name for path in (tmp_path / "inbox").iterdir()} == {"refused"}
    (refusal,) = submissions(Ledger(tmp_path))
    assert (refusal.outcome, refusal.place) == ("refused", SET_PLACE)
    assert len(refusal.files) == len(files)


def test_a_set_that_cannot_even_be_opened_counts_as_refused_for_its_month(tmp_path):
    files = drop_set(tmp_path / "inbox")
    files[0].unlink()
    files[0].symlink_to("/etc/hostname")
    received = take_all(tmp_path)
    assert {one.outcome for one in received} == {"refused"} and "R-NAME" in received[0].why
    (refusal,) = submissions(Ledger(tmp_path))
    assert (refusal.outcome, refusal.place) == ("refused", SET_PLACE)
    assert {path.name for path in (tmp_path / "inbox").iterdir()} == {"refused"}


def test_the_same_set_again_is_already_received(tmp_path):
    drop_set(tmp_path / "inbox")
    first = take_all(tmp_path)
    drop_set(tmp_path / "inbox")
    again = take_all(tmp_path)
    assert {one.outcome for one in again} == {"already received"}
    assert again[0].submission_id == first[0].submission_id
    assert list((tmp_path / "inbox").iterdir()) == []


def test_one_changed_file_makes_a_new_version_of_the_set(tmp_path):
    drop_set(tmp_path / "inbox")
    first = take_all(tmp_path)
    changed = {"senneed": set_bytes()["senneed"].replace(b"ASD", b"SEMH")}
    drop_set(tmp_path / "inbox", set_bytes() | changed)
    second = take_all(tmp_path)
    assert "supersedes" in second[0].why
    stands = standing(submissions(Ledger(tmp_path)), SET_PLACE)
    assert stands.submission_id == second[0].submission_id != first[0].submission_id


def test_the_same_set_for_another_month_is_refused_and_a_set_that_shares_a_file_is_not(tmp_path):
    drop_set(tmp_path / "inbox")
    take_all(tmp_path)
    later = SEN2_STEM.replace("202503", "202504")
    drop_set(tmp_path / "inbox", stem=later)
    assert "R-PERIOD" in take_all(tmp_path)[0].why
    changed = {"senneed": set_bytes()["senneed"].replace(b"ASD", b"SEMH")}
    drop_set(tmp_path / "inbox", set_bytes() | changed, stem=later)
    assert take_all(tmp_path)[0].outcome == "accepted"


def test_nil_returns_of_two_months_may_be_the_same_bytes(tmp_path):
    header = csv_bytes()[: len(csv_bytes().split(b"\n")[0]) + 1]
    drop(tmp_path / "inbox", header, manifest={})
    april = {"reporting_month": "2025-04", "extract_datetime": "2025-05-02"}
    drop(tmp_path / "inbox", header, name="therapy_ptl_RY7_202504_01.csv", manifest=april)
    assert [one.outcome for one in take_all(tmp_path)] == ["accepted", "accepted"]


def test_a_file_of_a_set_from_elsewhere_brings_the_others_and_leaves_them_there(tmp_path):
    files = drop_set(tmp_path / "elsewhere", manifest={})
    received = take_all(tmp_path / "home", [files[2]])
    assert [one.outcome for one in received] == ["accepted"] * len(files)
    assert all(path.exists() for path in files)


@pytest.mark.parametrize("manifest", [{}, None])
@pytest.mark.parametrize("left", [1, 4, 8])
def test_a_crash_while_a_set_leaves_the_inbox_is_mended_by_the_next_call(
    tmp_path, monkeypatch, manifest, left
):
    drop_set(tmp_path / "inbox", manifest=manifest)
    unlink, gone = Path.unlink, []

    def die(path, **how):
        if path.name.startswith(SEN2_STEM) and len(gone) == left:
            raise KeyboardInterrupt
        gone.append(path)
        unlink(path, **how)

    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(Path, "unlink", die)
        take_all(tmp_path)
    again = take_all(tmp_path)
    assert {one.outcome for one in again} == {"already received"}
    assert list((tmp_path / "inbox").iterdir()) == []
    assert len(submissions(Ledger(tmp_path))) == 1


@pytest.mark.parametrize("step", ["land", "store", "quarantine", "write_answer"])
def test_a_crash_at_any_step_leaves_a_set_whole_for_the_next_call(tmp_path, monkeypatch, step):
    drop_set(tmp_path / "inbox", manifest={})

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(receiving, step, die)
        take_all(tmp_path)
    assert len(list((tmp_path / "inbox").iterdir())) == 9
    assert {one.outcome for one in take_all(tmp_path)} == {"accepted"}
    assert len(list((tmp_path / "landing").rglob("file-*.csv"))) == 8


def test_files_that_arrive_while_a_set_settles_belong_to_it(tmp_path, monkeypatch):
    files = drop_set(tmp_path / "outside")
    (tmp_path / "inbox").mkdir()

    def arrive(_):
        if files:
            path = files.pop(0)
            path.replace(tmp_path / "inbox" / path.name)

    arrive(0)
    monkeypatch.setattr(inbox, "_is_fresh", lambda seen: True)
    monkeypatch.setattr(inbox.time, "sleep", arrive)
    assert [one.outcome for one in take_all(tmp_path)] == ["accepted"] * 8


def closures(name: str = "school_closures_E08000015_202505_01.csv") -> dict:
    return {"data": b"urn,closed_from,reopens\n999001,2025-07-23,2025-09-02\n", "name": name}


def test_a_list_that_names_nobody_may_lie_with_invented_people_and_with_real_ones(tmp_path):
    real = csv_bytes(ROWS[0].replace("9990000018", "4010232137"))
    for home, data in ((tmp_path / "invented", csv_bytes()), (tmp_path / "real", real)):
        for delivery in (closures(), {"data": data}):
            drop(home / "inbox", **delivery)
            assert take(home).outcome == "accepted"
    drop(tmp_path / "real" / "inbox", name="therapy_ptl_RBL_202503_01.csv")
    assert "R-MIXED" in take(tmp_path / "real").why


def test_what_became_of_a_file_is_said_when_it_is_done_and_not_at_the_end(tmp_path):
    drop(tmp_path / "inbox")
    drop(tmp_path / "inbox", b"<html>log in</html>\n", name="therapy_ptl_RBL_202503_01.csv")
    (tmp_path / "inbox" / "waits.csv.manifest.csv").write_bytes(b"")
    ledger, said = Ledger(tmp_path), []

    def watch(rows, left):
        said.append((rows[0].outcome, left, len(ledger.entries())))

    key = open_key(tmp_path, tmp_path / "pseudonym.key", ledger)
    received = receive(Door(tmp_path, ledger, key, datetime(2025, 6, 4, tzinfo=UTC)), watch=watch)
    assert said == [("refused", 1, 1), ("accepted", 0, 2), ("waiting", 0, 2)]
    assert [row.outcome for row in received] == ["refused", "accepted", "waiting"]
