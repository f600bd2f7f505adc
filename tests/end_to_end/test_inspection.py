"""Lists of children for an inspection: what leaves the warehouse, and what is kept of it."""

import csv
import shutil
from pathlib import Path

import duckdb
import pytest

from ingest.store.ledger import Ledger
from tests.end_to_end.lasp import WIRRAL, lasp

AS_AT = "2025-05-30"


@pytest.fixture(scope="module")
def home(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inspection") / "var"
    shutil.copytree(demonstration, folder, symlinks=True)
    return folder


@pytest.fixture(scope="module")
def told(home: Path) -> tuple[Path, set[Path], str]:
    """Ask for the lists; give their folder, the files before and what was said."""
    before, folder = _files(home), home.parent / "lists"
    ran = lasp(home, "inspection", "--as-at", AS_AT, "--to", str(folder), "--by", "A. Manager")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder, before, ran.stdout


def _files(home: Path) -> set[Path]:
    return {path for path in home.rglob("*") if path.is_file() and "dbt" not in path.parts}


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return [*csv.DictReader(lines)]


def test_everybody_who_waits_by_the_newest_lists_is_on_the_list(home: Path, told: tuple) -> None:
    waiting = _rows(told[0], "waiting_for_a_service")
    by_service = {
        name: sum(row["service"] == name for row in waiting) for name in ("SLT", "OT", "PT")
    }
    figures = duckdb.sql(
        "select indicator_id, cast(value as bigint) from read_parquet("
        f"'{home}/releases/2025-04/r1/internal/indicator_latest.parquet') where basis = 'local' "
        f"and area_code = '{WIRRAL}' and indicator_id in ('slt_waiting_n', 'ot_waiting_n', "
        "'physio_waiting_n')"
    ).fetchall()
    names = {"slt_waiting_n": "SLT", "ot_waiting_n": "OT", "physio_waiting_n": "PT"}
    assert by_service == {names[indicator]: value for indicator, value in figures}
    assert {row["snapshot_date"] for row in waiting} == {"2025-04-30"}


def test_a_list_of_a_feed_that_never_came_is_there_and_empty(told: tuple) -> None:
    assert _rows(told[0], "plans_in_force") == []
    assert "plans_in_force.csv" in {row["file"] for row in _rows(told[0], "contents")}


def test_no_number_of_a_person_that_was_delivered_stands_in_a_list(home: Path, told: tuple) -> None:
    delivered = set()
    for path in (home / "landing").rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                delivered |= {row["nhs_number"], row["referral_id"]} - {""}
    text = "".join(path.read_text("utf-8") for path in told[0].iterdir())
    assert delivered and not [one for one in delivered if one in text]


def test_the_ledger_says_who_had_which_lists_and_the_data_folder_keeps_none(
    home: Path, told: tuple
) -> None:
    folder, before, said = told
    (entry,) = [one for one in Ledger(home).entries() if one.kind == "inspection_exported"]
    assert (entry.body["by"], entry.body["as_at"]) == ("A. Manager", AS_AT)
    assert entry.body["files"]["waiting_for_a_service.csv"] == len(
        _rows(folder, "waiting_for_a_service")
    )
    assert _files(home) == before
    assert "Demonstration: invented data" in said


def test_own_numbers_take_the_place_of_pseudonyms_and_are_logged_as_used_alone(
    home: Path, told: tuple
) -> None:
    waiting = _rows(told[0], "waiting_for_a_service")
    one = next(row["person_pseudonym"] for row in waiting if row["person_pseudonym"])
    keys = home.parent / "keys.csv"
    keys.write_text(f"pseudonym,own_number\n{one},OWN-1\n", "utf-8")
    folder = home.parent / "own"
    ran = lasp(
        home, "inspection", "--as-at", AS_AT, "--to", str(folder), "--by", "A. Manager",
        "--key-table", str(keys),
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    rows = _rows(folder, "waiting_for_a_service")
    own = [row["person_pseudonym"] for row in rows if row["own_number"] == "OWN-1"]
    assert own and set(own) == {""}
    assert all(row["person_pseudonym"] for row in rows if not row["own_number"])
    assert one not in (folder / "waiting_for_a_service.csv").read_text()
    kept = "".join(path.read_text() for path in (home / "ledger").iterdir())
    assert '"has_own_numbers": true' in kept and "OWN-1" not in kept and one not in kept


def test_lists_never_replace_others_and_need_something_that_was_known(
    home: Path, told: tuple
) -> None:
    taken = ["inspection", "--to", str(told[0]), "--by", "A. Manager", "--as-at"]
    again = lasp(home, *taken, AS_AT)
    assert again.returncode == 1 and "is there already" in again.stderr
    other = ["inspection", "--to", str(told[0]) + "2", "--by", "A. Manager", "--as-at"]
    early = lasp(home, *other, "2024-01-31")
    assert early.returncode == 1 and "was known on that day" in early.stderr
    assert lasp(home, *other, "2999-01-31").returncode == 2
