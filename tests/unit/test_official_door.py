"""Which official files pass the door, whatever they are called, and which are refused in words."""

import gzip
from datetime import date

import pytest

from ingest.deliveries import open_delivery, shown_name
from ingest.examine import examine
from ingest.landing import reopen
from ingest.ledger import Ledger
from ingest.policy import Refused
from ingest.submissions import submissions, verdicts
from tests.deliveries import RECEIVED_AT, take
from tests.official_editions import archive, placements, sheet

DAY = date(2025, 7, 1)
BUDGETS = ["personal_budget", "org_arrangments", "pb_health", "pb_education", "pb_social"]


def edition(day=DAY, member="data/placements.csv"):
    return archive({member: sheet(placements())}, day)


@pytest.fixture
def home(tmp_path):
    (tmp_path / "inbox").mkdir()
    return tmp_path


def dropped(home, name, data):
    path = home / "inbox" / name
    path.write_bytes(data)
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
    assert "therapy_ptl_RY7_202410_01.csv" in row.why and "add a contract" in row.why
    assert "red" not in row.why and "somebody" not in row.why


def test_a_damaged_archive_is_told_to_be_damaged(home):
    (row,) = take(home, [dropped(home, "plans.zip", edition()[:-40])])
    assert row.outcome == "refused" and "damaged archive" in row.why


def test_a_local_feed_in_another_form_is_refused_for_its_ending(home):
    data = archive({"a.csv": b"colour,number\nred,1\n"}, DAY)
    path = dropped(home, "therapy_ptl_RY7_202503_01.zip", data)
    with pytest.raises(Refused) as caught:
        examine(open_delivery(path), RECEIVED_AT.date())
    assert caught.value.rule == "R-NAME" and "ending" in caught.value.found


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


def test_the_publishers_own_file_names_may_be_shown(tmp_path):
    for name in (
        "education-health-and-care-plans_2025.zip",
        "UD_NEETNK_LA_dashboard_2022_final.csv",
        "SEND_Tribunals_and_appeal_rate_2014-2024.csv",
    ):
        assert shown_name(tmp_path / name) == name
    assert shown_name(tmp_path / "plans of John Smith.zip") != "plans of John Smith.zip"
