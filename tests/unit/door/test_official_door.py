"""Which official files pass the door, whatever they are called, and which are refused in words."""

import gzip
import hashlib
import io
import os
from datetime import UTC, date, datetime

import pandas as pd
import pytest

from ingest.door.delivery import open_delivery
from ingest.door.examine import examine
from ingest.door.reopen import reopen
from ingest.door.shown_names import shown_name
from ingest.readers.official.grids import Grid, open_file
from ingest.refusals import Refused
from ingest.store.ledger import Ledger
from ingest.store.submissions import submissions, verdicts
from tests.worlds import small_deliveries
from tests.worlds.official_editions import archive, placements, sheet

DAY = date(2025, 7, 1)
RECEIVED_AT = datetime(2025, 9, 10, 9, 0, tzinfo=UTC)
BUDGETS = ["personal_budget", "org_arrangments", "pb_health", "pb_education", "pb_social"]


def take(home, paths, at=RECEIVED_AT):
    return small_deliveries.take(home, paths, at)


def edition(day=DAY, member="data/placements.csv"):
    return archive({member: sheet(placements())}, day)


@pytest.fixture
def home(tmp_path):
    (tmp_path / "inbox").mkdir()
    return tmp_path


def dropped(home, name, data):
    path = home / "inbox" / name
    path.write_bytes(data)
    os.utime(path, (0, 0))  # a fresh file is waited for
    return path


@pytest.mark.parametrize(
    "name",
    ["plans.zip", "plans.csv.gz", "plans.csv", "plans.json", "plans.ods", "plans", "plans.xlsx"],
)
def test_an_archive_is_taken_by_its_content_whatever_its_name_ends_in(home, name):
    (row,) = take(home, [dropped(home, name, edition())])
    assert (row.feed, row.sender, row.period, row.outcome) == (
        *("dfe_sen2", "DFE", "2025-07", "accepted"),
    )


@pytest.mark.parametrize("name", ["annual_reviews.csv", "ccis_figures.txt", "therapy_ptl.gz"])
def test_a_name_like_a_local_feed_does_not_hide_an_official_file(home, name):
    (row,) = take(home, [dropped(home, name, gzip.compress(sheet(placements())))])
    assert (row.feed, row.outcome) == ("dfe_sen2", "accepted")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("figures.zip", archive({"a.csv": b"colour,number\nred,1\n"}, DAY)),
        ("figures.json", b'[{"colour": "red"}]'),
        ("figures.csv", b"colour,number\nred,1\n"),
        ("figures.txt", b"a letter\nto somebody\n"),
    ],
)
def test_an_unknown_file_is_refused_with_the_ways_to_mend_it(home, name, data):
    (row,) = take(home, [dropped(home, name, data)])
    assert row.outcome == "refused" and row.why.startswith("R-NAME")
    assert "therapy_ptl_Z001A_202410_01.csv" in row.why and "add a contract" in row.why
    assert "red" not in row.why and "somebody" not in row.why


def test_a_damaged_archive_is_told_to_be_damaged(home):
    (row,) = take(home, [dropped(home, "plans.zip", edition()[:-40])])
    assert row.outcome == "refused" and "damaged archive" in row.why


def test_a_local_feed_in_another_form_is_refused_for_its_ending(home):
    data = archive({"a.csv": b"colour,number\nred,1\n"}, DAY)
    path = dropped(home, "therapy_ptl_RY7_202503_01.zip", data)
    with pytest.raises(Refused) as caught:
        examine(open_delivery(path), RECEIVED_AT.date())
    assert caught.value.rule == "R-NAME" and "file type" in caught.value.found


def test_the_receipt_says_edition_tables_and_how_the_day_is_known(home):
    take(home, [dropped(home, "plans.zip", edition())])
    (entry,) = Ledger(home).entries()
    said = [entry.body[name] for name in ("edition", "tables", "known_on", "known_how", "dated_by")]
    assert said == [
        "2025-01_published_2025-07-01",
        ["work_based_placements"],
        "2025-07-01",
        "publication",
        "archive",
    ]
    cells = len(placements()) * 4
    assert entry.body["rows"] == {
        "landed": cells, "kept": cells, "quarantined": 0, "discarded": 0,
    }  # fmt: skip


def test_editions_of_two_days_are_both_used_once_they_are_known(home):
    for number, day in enumerate((DAY, date(2025, 9, 3))):
        take(home, [dropped(home, f"plans {number}.zip", edition(day))])
    known = submissions(Ledger(home))
    for as_at, expected in (
        (date(2025, 8, 1), ["not_yet_known", "used"]),
        (date.max, ["used"] * 2),
    ):
        assert sorted(verdicts(known, "2025-06", as_at)["verdict"]) == expected


def test_a_corrected_file_of_an_edition_supersedes_and_another_table_of_it_does_not(home):
    first, corrected = placements(), placements().assign(open_trainee=8)
    budgets = sheet(first[["area", "year"]].assign(**dict.fromkeys(BUDGETS, 4)), "pb_integrated")
    for number, table in enumerate((sheet(first), budgets, sheet(corrected))):
        take(home, [dropped(home, f"plans {number}.zip", archive({"a.csv": table}, DAY))])
    known = verdicts(submissions(Ledger(home)), "2025-07", date.max)
    assert known["verdict"].tolist() == ["superseded", "used", "used"]


def test_landed_bytes_give_the_same_cells_again(home):
    take(home, [dropped(home, "plans of 2025.zip", edition())])
    (submission,) = submissions(Ledger(home))
    again = reopen(home, submission)
    assert again.submission_id == submission.submission_id
    cells = again.tables["published_cells"].kept
    assert cells["source_file"].unique().tolist() == [
        f"{submission.files[0]['name']}#data/placements.csv"
    ]


def revised():
    return sheet(placements().assign(open_trainee=8))


def known(home):
    """Name and day of each submission, by the words of the ledger alone."""
    return {s.files[0]["name"]: s.known_on for s in submissions(Ledger(home))}


JANUARY = datetime(2026, 1, 22, 9, 0, tzinfo=UTC)
RULE_DAY = date(2025, 6, 26)
"""What the contract lists for the release whose newest period is January 2025."""


def manifest_beside(path, **said):
    """A manifest with the day of publication of the file beside it."""
    row = {
        "file_name": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "row_count": 1,
        "reporting_month": "2026-01",
        "extract_datetime": "2026-01-20",
        "sender": "DFE",
        "submission_seq": 1,
        "feed_version": "",
        **said,
    }
    lines = [",".join(row), ",".join(map(str, row.values())), ""]
    path.with_name(f"{path.stem}.manifest.csv").write_text("\n".join(lines))
    return path


@pytest.mark.parametrize(
    ("at", "expected", "dated_by"),
    [
        (datetime(2025, 6, 20, tzinfo=UTC), date(2025, 6, 20), "receipt"),
        (RECEIVED_AT, RULE_DAY, "contract"),
    ],
    ids=["received before the contract's day", "received after it"],
)
def test_a_file_without_a_day_counts_from_the_contracts_day_and_never_after_receipt(
    home, at, expected, dated_by
):
    take(home, [dropped(home, "plans.csv", sheet(placements()))], at)
    (submission,) = submissions(Ledger(home))
    assert (submission.known_on, submission.dated_by) == (expected, dated_by)
    assert reopen(home, submission).known_on == expected


def test_an_archive_that_dates_itself_after_its_receipt_counts_from_the_receipt(home):
    take(home, [dropped(home, "plans.zip", edition())], datetime(2025, 6, 28, tzinfo=UTC))
    assert known(home) == {"plans.zip": date(2025, 6, 28)}


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2026, 5, 28), date(2026, 5, 28)), (date(2025, 3, 1), date(2026, 7, 31))],
    ids=["before the rule's day", "within the newest period"],
)
def test_a_day_inside_the_file_counts_where_the_newest_period_was_over(home, day, expected):
    later = sheet(placements().assign(year=2026))
    data = archive({"a.csv": later}, day)
    take(home, [dropped(home, "plans.zip", data)], datetime(2026, 9, 1, tzinfo=UTC))
    assert known(home) == {"plans.zip": expected}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["archive first", "revision first"])
@pytest.mark.parametrize("has_manifest", [False, True])
def test_a_revised_file_without_a_day_counts_from_its_receipt_in_either_order(
    home, order, has_manifest
):
    moments = (datetime(2026, 1, 21, 9, 0, tzinfo=UTC), JANUARY)
    files = (("july.zip", edition()), ("placements.csv", revised()))
    for place, at in zip(order, moments, strict=True):
        name, data = files[place]
        path = dropped(home, name, data)
        if has_manifest and place:
            manifest_beside(path)
        (row,) = take(home, [path], at)
        assert row.outcome == "accepted"
    received = moments[order.index(1)].date()
    day = date(2026, 1, 20) if has_manifest else received
    assert known(home) == {"july.zip": DAY, "placements.csv": day}
    everything = submissions(Ledger(home))
    before = verdicts(everything, "2025-12", date(2026, 1, 12)).set_index("file_names")
    assert before["verdict"].to_dict() == {"july.zip": "used", "placements.csv": "not_yet_known"}
    after = verdicts(everything, "2026-01", date(2026, 2, 12)).set_index("file_names")
    assert after["verdict"].tolist() == ["used", "used"]
    assert after.loc["placements.csv", "edition"] == f"2025-01_published_{day}"


@pytest.mark.parametrize(
    "files",
    [
        [("plans.csv", sheet(placements()))],
        [("july.zip", edition()), ("plans.csv", sheet(placements()))],
        [("july.zip", edition()), ("revised.csv", revised()), ("plans.csv", sheet(placements()))],
        [("extract.csv", sheet(placements()[:40])), ("plans.csv", sheet(placements()))],
        [("plans 2026.csv", sheet(placements().assign(year=2026))),
         ("plans.csv", sheet(placements()))],
    ],
    ids=["alone", "as in the archive", "the first text again", "after an extract",
         "beside a later release"],
)  # fmt: skip
def test_a_file_that_revises_no_other_keeps_the_contracts_day(home, files):
    for number, (name, data) in enumerate(files):
        at = datetime(2026, 9, 1 + number, tzinfo=UTC)
        (row,) = take(home, [dropped(home, name, data)], at)
        assert row.outcome == "accepted"
    assert known(home)["plans.csv"] == RULE_DAY


def test_two_bare_files_with_different_bytes_are_two_editions_and_the_later_one_is_later(home):
    take(home, [dropped(home, "a.csv", sheet(placements()))])
    take(home, [dropped(home, "b.csv", revised())], JANUARY)
    assert known(home) == {"a.csv": RULE_DAY, "b.csv": JANUARY.date()}
    used = verdicts(submissions(Ledger(home)), "2026-01", date(2026, 2, 12))
    assert used["verdict"].tolist() == ["used", "used"]
    (again,) = take(home, [dropped(home, "b.csv", revised())], datetime(2026, 3, 1, tzinfo=UTC))
    assert again.outcome == "already received"


def test_two_bare_files_of_one_drop_have_one_day_for_nobody_knows_which_is_later(home):
    take(home, [dropped(home, "a.csv", revised()), dropped(home, "b.csv", sheet(placements()))])
    assert known(home) == dict.fromkeys(("a.csv", "b.csv"), RULE_DAY)
    used = verdicts(submissions(Ledger(home)), "2026-01", date(2026, 2, 12))
    assert used["verdict"].tolist() == ["used", "used"]


def test_a_manifest_dates_bytes_that_came_without_one_anew(home):
    take(home, [dropped(home, "plans.csv", revised())], JANUARY)
    path = manifest_beside(dropped(home, "plans.csv", revised()))
    (row,) = take(home, [path], datetime(2026, 1, 23, tzinfo=UTC))
    assert row.outcome == "accepted"
    for as_at, expected in (
        (date(2025, 8, 1), ["superseded", "not_yet_known"]),
        (date(2026, 2, 1), ["superseded", "used"]),
    ):
        told = verdicts(submissions(Ledger(home)), "2026-01", as_at)
        assert told["verdict"].tolist() == expected
    last = submissions(Ledger(home))[-1]
    assert (last.known_on, reopen(home, last).known_on) == (date(2026, 1, 20),) * 2


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"extract_datetime": "2026-02-01"}, "R-PERIOD"),
        ({"extract_datetime": "2025-01-10"}, "R-PERIOD"),
        ({"sender": "MOJ"}, "R-MANIFEST"),
        ({"sha256": "0" * 64}, "R-MANIFEST"),
    ],
    ids=[
        "a day after the receipt",
        "a day before its figures end",
        "another publisher",
        "other bytes",
    ],
)
def test_a_manifest_that_cannot_be_true_of_an_official_file_is_refused(home, said, rule):
    path = manifest_beside(dropped(home, "plans.csv", revised()), **said)
    (row,) = take(home, [path], JANUARY)
    assert row.outcome == "refused" and row.why.startswith(rule)


def test_a_manifest_of_the_publisher_beside_a_name_like_a_local_feed_is_of_the_publication(home):
    path = manifest_beside(dropped(home, "annual_reviews.csv", revised()))
    (row,) = take(home, [path], JANUARY)
    assert (row.feed, row.outcome) == ("dfe_sen2", "accepted")


def test_parquet_is_read_as_the_text_that_the_csv_holds(home):
    table = pd.read_csv(io.BytesIO(sheet(placements())))
    assert (
        table["old_la_code"].dtype == float
    )  # for want of a code in the rows of region and nation
    data = io.BytesIO()
    table.to_parquet(data)
    path = dropped(home, "placements.parquet", data.getvalue())
    parquet, text = (
        examine(open_delivery(one), JANUARY.date()).tables["published_cells"].kept
        for one in (path, dropped(home, "placements.csv", sheet(placements())))
    )
    for column in ("period_end", "geo_code", "measure", "breakdown_value", "value", "value_text"):
        assert parquet[column].astype(object).tolist() == text[column].astype(object).tolist()


def test_cells_of_parquet_keep_their_text():
    cells = {
        "day": [date(2025, 6, 26), None],
        "moment": [datetime(2025, 6, 26), datetime(2025, 6, 26, 9, 30)],
        "figure": [12.0, 12.5],
        "missing": [float("nan"), 1.0],
        "count": pd.array([5, None], "Int64"),
        "code": ["012", ""],
        "is_new": [True, False],
    }
    data = io.BytesIO()
    pd.DataFrame(cells).to_parquet(data)
    grids: list[Grid] = []
    open_file(data.getvalue(), "a.parquet", grids.append)
    (grid,) = grids
    assert grid.rows == [
        list(cells),
        ["2025-06-26", "2025-06-26", "12", None, "5", "012", "true"],
        [None, "2025-06-26T09:30:00", "12.5", "1", None, "", "false"],
    ]


def test_a_damaged_or_nested_parquet_file_is_refused_in_words(home):
    (row,) = take(home, [dropped(home, "plans.parquet", b"PAR1 and no more")])
    assert row.outcome == "refused" and "damaged Parquet" in row.why
    data = io.BytesIO()
    pd.DataFrame({"cohort": [[1, 2]], "area": ["x"]}).to_parquet(data)
    (row,) = take(home, [dropped(home, "plans.parquet", data.getvalue())])
    assert row.outcome == "refused" and "lists or records: cohort" in row.why


@pytest.mark.parametrize(
    "name",
    [
        "education-health-and-care-plans_2025.zip",
        "SEND appealable decisions rate 2024-2025.csv",
        "ud_neet_characteristics.csv",
        "0b5c2d3e-1f2a-4a56-9d35-08dc1c5c9d5e.csv",
    ],
)
def test_a_publishers_file_name_is_told_as_it_is_once_the_content_is_the_publishers(home, name):
    (row,) = take(home, [dropped(home, name, gzip.compress(sheet(placements())))])
    (submission,) = submissions(Ledger(home))
    assert row.file == submission.files[0]["name"] == name


@pytest.mark.parametrize("number", ["9990000018", "999 000 0018", "A344000025001"])
def test_a_name_with_an_identifier_is_not_repeated_even_of_a_publication(home, number):
    (row,) = take(home, [dropped(home, f"plans {number}.csv", sheet(placements()))])
    assert row.outcome == "accepted" and row.file.startswith("file ")


@pytest.mark.parametrize("data", [b"colour,number\nred,1\n", b"PK\x03\x04 and no more"])
def test_the_name_of_a_file_that_nobody_knows_is_not_repeated(home, data):
    (row,) = take(home, [dropped(home, "plans of John Smith.zip", data)])
    assert row.outcome == "refused" and "Smith" not in row.why + row.file


def test_the_publishers_own_file_names_may_be_shown(tmp_path):
    for name in (
        "education-health-and-care-plans_2025.zip",
        "UD_NEETNK_LA_dashboard_2022_final.csv",
        "SEND_Tribunals_and_appeal_rate_2014-2024.csv",
    ):
        assert shown_name(tmp_path / name) == name
    assert shown_name(tmp_path / "plans of John Smith.zip") != "plans of John Smith.zip"
