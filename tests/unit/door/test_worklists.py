"""What a worklist promises: the sender's own rows and days, newest only, and nobody else's."""

from datetime import date

import pandas as pd

from ingest.door.worklists import COLUMNS, Place, replace_worklists, worklists_of

COUNCIL, ADVISER = "E08000015", "E08000012"
CASEWORK = "c" * 16
FILES = {
    CASEWORK: [
        {"name": "sen2_ehc_E08000015_202502_01_requests.csv", "table": "requests"},
        {"name": "sen2_ehc_E08000015_202502_01_namedplan.csv", "table": "namedplan"},
    ],
    "a" * 16: [{"name": "ehc_advice_E08000012_202502_01.xlsx", "table": ""}],
}


def row(table: str, number: int, due: date, what: str = "Final plan", **place: str) -> dict:
    at = {"sender": COUNCIL, "feed": "sen2_ehc", "period": "2025-02", "submission_id": CASEWORK}
    facts = {"source_table": table, "source_row": number, "what_is_due": what, "due_date": due}
    more = {"limit_text": "20 weeks of the request", "days_left": (due - date(2025, 2, 28)).days}
    return at | place | facts | more


def lists(*rows: dict) -> dict[Place, pd.DataFrame]:
    return worklists_of(pd.DataFrame(rows), FILES)


ADVICE = {"sender": ADVISER, "feed": "ehc_advice", "submission_id": "a" * 16}
PLACE = Place(COUNCIL, "sen2_ehc", "2025-02", CASEWORK)


def names(home) -> list[str]:
    return sorted(str(path.relative_to(home / "answers")) for path in home.rglob("*_worklist.csv"))


def test_each_sender_is_told_its_own_rows_by_file_and_row_soonest_first():
    told = lists(
        row("namedplan", 7, date(2025, 4, 25)),
        row("requests", 9, date(2025, 3, 3)),
        row("advice", 2, date(2025, 3, 1), **ADVICE),
    )
    assert {place.sender for place in told} == {COUNCIL, ADVISER}
    assert told[PLACE][["file", "where", "row", "days_left"]].to_numpy().tolist() == [
        ["sen2_ehc_E08000015_202502_01_requests.csv", "requests", 9, 3],
        ["sen2_ehc_E08000015_202502_01_namedplan.csv", "namedplan", 7, 56],
    ]


def test_a_file_without_tables_holds_every_row():
    (told,) = lists(row("advice", 2, date(2025, 3, 1), **ADVICE)).values()
    assert list(told["file"]) == ["ehc_advice_E08000012_202502_01.xlsx"]


def test_a_worklist_says_row_limit_and_day_and_nothing_of_the_person(tmp_path):
    (path,) = replace_worklists(tmp_path, "2025-02", lists(row("requests", 9, date(2025, 3, 3))))
    assert path == tmp_path / "answers" / COUNCIL / f"sen2_ehc_2025-02_{CASEWORK}_worklist.csv"
    assert path.read_text() == (
        ",".join(COLUMNS) + "\n"
        "sen2_ehc_E08000015_202502_01_requests.csv,requests,9,Final plan,20 weeks of the request,"
        "2025-03-03,3\n"
    )


def test_nothing_due_is_no_worklist():
    columns = [*Place._fields, "source_table", "source_row"]
    assert worklists_of(pd.DataFrame(columns=columns), FILES) == {}


def test_a_worklist_takes_the_place_of_those_before_it(tmp_path):
    old = lists(row("requests", 9, date(2025, 2, 3), period="2025-01"))
    replace_worklists(tmp_path, "2025-01", old)
    replace_worklists(tmp_path, "2025-02", lists(row("requests", 9, date(2025, 3, 3))))
    assert names(tmp_path) == [f"{COUNCIL}/sen2_ehc_2025-02_{CASEWORK}_worklist.csv"]


def test_a_worklist_goes_when_nothing_is_due_any_more(tmp_path):
    replace_worklists(tmp_path, "2025-02", lists(row("requests", 9, date(2025, 3, 3))))
    replace_worklists(tmp_path, "2025-02", {})
    assert names(tmp_path) == []


def test_a_run_of_an_earlier_month_leaves_the_newest_worklist_and_adds_none_beside_it(tmp_path):
    replace_worklists(tmp_path, "2025-02", lists(row("requests", 9, date(2025, 3, 3))))
    earlier = lists(
        row("requests", 9, date(2025, 2, 3), period="2025-01"),
        row("advice", 2, date(2025, 2, 1), period="2025-01", **ADVICE),
    )
    replace_worklists(tmp_path, "2025-01", earlier)
    assert names(tmp_path) == [
        f"{ADVISER}/ehc_advice_2025-01_{'a' * 16}_worklist.csv",
        f"{COUNCIL}/sen2_ehc_2025-02_{CASEWORK}_worklist.csv",
    ]


def test_other_answers_stay(tmp_path):
    other = tmp_path / "answers" / COUNCIL / f"sen2_ehc_2025-01_{CASEWORK}_gate.csv"
    other.parent.mkdir(parents=True)
    other.write_text("kept")
    replace_worklists(tmp_path, "2025-02", {})
    assert other.read_text() == "kept"
