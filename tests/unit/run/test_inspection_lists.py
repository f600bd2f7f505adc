"""Lists of children leave the warehouse under own numbers or under pseudonyms, never under both."""

import stat
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from orchestration.run import inspection
from orchestration.run.inspection import ChildList, Lists, NoLists
from orchestration.settings import Settings

ONE, TWO, CASE = "1" * 64, "2" * 64, "c" * 64


def _lists() -> Lists:
    rows = pd.DataFrame(
        {
            "person_pseudonym": [ONE, None, TWO],
            "case_pseudonym": [None, CASE, None],
            "age": [7, 8, 9],
            "snapshot_date": ["2025-10-31", "2025-09-30", "2025-10-31"],
            "sender": ["E08000015"] * 3,
        }
    )
    words = {name: f"Meaning of {name}." for name in rows}
    one = ChildList("plans_in_force", rows, "One row per plan.", words)
    return Lists(date(2025, 11, 30), "2025-10", True, (one,))


def _settings(home: Path) -> Settings:
    home.mkdir()
    return Settings(home, home / "pseudonym.key", 2)


def test_a_row_has_the_own_number_of_its_person_or_case_and_else_its_pseudonym():
    (made,) = inspection.reidentified(_lists(), {ONE: "A 1", CASE: "B 2"}).lists
    told = made.rows[["own_number", "person_pseudonym", "case_pseudonym"]]
    assert told.astype(object).where(told.notna(), None).to_numpy().tolist() == [
        ["A 1", None, None],
        ["B 2", None, None],
        [None, TWO, None],
    ]
    assert [*made.columns] == [*made.rows.columns]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("number,pseudonym\n", "line 1: the columns must be pseudonym,own_number"),
        (f"pseudonym,own_number\n{ONE},A 1\n{ONE[:-1]},SECRET\n", "line 3: expected a pseudonym"),
        (f"pseudonym,own_number\n{ONE}, \n", "line 2: expected a pseudonym"),
        (f"pseudonym,own_number\n{ONE},A 1\n{ONE},SECRET\n", "line 3: the pseudonym stands"),
        ("", "cannot be read"),
    ],
)
def test_a_wrong_key_table_is_reported_by_line_and_never_by_content(tmp_path, text, told):
    path = tmp_path / "keys.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(NoLists, match=told) as error:
        inspection.read_key_table(path)
    assert "SECRET" not in str(error.value) and ONE[:-1] not in str(error.value)


def test_a_right_key_table_is_read_with_and_without_a_byte_order_mark(tmp_path):
    path = tmp_path / "keys.csv"
    path.write_text(f"pseudonym,own_number\n{ONE},A 1\n", "utf-8-sig")
    assert inspection.read_key_table(path) == {ONE: "A 1"}


def test_lists_are_written_only_to_a_new_folder_outside_the_data_folder(tmp_path):
    settings = _settings(tmp_path / "var")
    (tmp_path / "taken").mkdir()
    (tmp_path / "way in").symlink_to(settings.home)
    for place, told in (
        (settings.home / "lists", "lies in the data folder"),
        (tmp_path / "way in" / "lists", "lies in the data folder"),
        (tmp_path / "taken", "is there already"),
        (tmp_path / "nowhere" / "lists", "is no folder"),
    ):
        with pytest.raises(NoLists, match=told):
            inspection.refuse_place(settings, place)
    inspection.refuse_place(settings, tmp_path / "lists")


def test_a_key_table_beside_the_pseudonyms_is_refused(tmp_path):
    settings = _settings(tmp_path / "var")
    with pytest.raises(NoLists, match="Move it to a place outside"):
        inspection.refuse_key_table_in(settings, settings.home / "keys.csv")
    inspection.refuse_key_table_in(settings, tmp_path / "keys.csv")


def test_only_the_owner_opens_the_lists_and_they_say_what_they_hold(tmp_path):
    folder = tmp_path / "lists"
    inspection.write_lists(folder, _lists())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert (folder / "plans_in_force.csv").read_text().splitlines()[1:] == [
        f"{ONE},,7,2025-10-31,E08000015",
        f",{CASE},8,2025-09-30,E08000015",
        f"{TWO},,9,2025-10-31,E08000015",
    ]
    (contents,) = pd.read_csv(folder / "contents.csv").to_dict("records")
    assert (contents["rows"], contents["oldest_snapshot"]) == (3, "2025-09-30")
    assert contents["note"] == "Demonstration: invented data"
    columns = pd.read_csv(folder / "columns.csv")
    assert [*columns["column"]] == [*_lists().lists[0].columns]


def test_nothing_is_left_of_lists_that_could_not_be_written(tmp_path, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(OSError, match="No space"):
        inspection.write_lists(tmp_path / "lists", _lists())
    assert not (tmp_path / "lists").exists()
