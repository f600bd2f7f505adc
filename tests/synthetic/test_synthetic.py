"""The invented therapy lists: the same bytes every time, believable sizes, a true answer key."""

from __future__ import annotations

import ast
import csv
import hashlib
import io
import itertools
import shutil
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import python_calamine

from ingest import synthetic
from ingest.partnership import SHIPPED, choose
from ingest.synthetic.calibration import ANCHORS
from ingest.synthetic.monthly_files import write_deliveries
from ingest.synthetic.therapy_ptl import COLUMNS

THERAPY = ("therapy_ptl",)
MONTHS = ["2024-09", "2024-10", "2024-11", "2024-12", "2025-01", "2025-02", "2025-03", "2025-04",
          "2025-05"]  # fmt: skip
FIXED = ["nhs_number", "birth_date", "service", "referral_received_date", "provider_code"]
EVENTS = ["first_contact_date", "clock_stop_date", "discharge_date", "referral_outcome_date",
          "signposted_date", "support_offered_date"]  # fmt: skip


def read(path: Path) -> pd.DataFrame:
    """Read a delivery as text, without the project's readers; the index is the source row."""
    if path.suffix == ".csv":
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    else:
        workbook = python_calamine.CalamineWorkbook.from_path(str(path))
        assert workbook.sheet_names == ["referrals"]
        rows = [[str(cell) for cell in row] for row in workbook.get_sheet_by_index(0).to_python()]
    return pd.DataFrame(rows[1:], columns=rows[0], index=range(2, len(rows) + 1), dtype=object)


def month_end(month: str) -> str:
    """Give the last day of a month as an ISO date."""
    return str((np.datetime64(month, "M") + 1).astype("datetime64[D]") - 1)


def deliveries(folder: Path, month: str) -> pd.DataFrame:
    """Read all deliveries of a month together."""
    stamp = month.replace("-", "")
    files = [p for p in sorted(folder.glob(f"*_{stamp}_01.*")) if "manifest" not in p.name]
    return pd.concat([read(path) for path in files], ignore_index=True)


def waiting(rows: pd.DataFrame, month: str) -> pd.Series:
    """Count who waits at the month end, a service, row by row."""
    end, waits = month_end(month), []
    for row in rows.to_dict("records"):
        stops = [row["first_contact_date"], row["clock_stop_date"], row["discharge_date"]]
        if row["referral_outcome"] == "not_accepted":
            stops.append(row["referral_outcome_date"])
        is_stopped = any(stop and stop <= end for stop in stops)
        if row["referral_received_date"] <= end and not is_stopped:
            waits.append(row["service"])
    return pd.Series(waits).value_counts()


def is_valid_nhs_number(number: str) -> bool:
    """Check the whole weighted sum, another way than the generator does."""
    total = sum(int(digit) * (10 - place) for place, digit in enumerate(number))
    return len(number) == 10 and number.isdigit() and total % 11 == 0


def hashes(folder: Path) -> dict[str, str]:
    """Give each file's sha256."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine months of Wirral without defects."""
    folder = tmp_path_factory.mktemp("sound")
    assert write_deliveries(folder, MONTHS, feeds=THERAPY).empty
    return folder


@pytest.fixture(scope="module")
def snapshots(sound: Path) -> dict[str, pd.DataFrame]:
    """Each month's rows of both senders."""
    return {month: deliveries(sound, month) for month in MONTHS}


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pd.DataFrame]:
    """One month with one row in a hundred spoilt, and its answer key."""
    folder = tmp_path_factory.mktemp("spoilt")
    return folder, write_deliveries(folder, ["2025-03"], defects=0.01, feeds=THERAPY)


def test_the_same_seed_gives_the_same_bytes_whatever_months_are_asked(
    sound: Path, tmp_path: Path
) -> None:
    write_deliveries(tmp_path, ["2025-03", "2024-10"], feeds=THERAPY)
    alone = hashes(tmp_path)
    assert len(alone) == 8
    assert alone == {name: hashes(sound)[name] for name in alone}


def test_a_longer_span_does_not_change_the_months_before(tmp_path: Path) -> None:
    write_deliveries(tmp_path / "short", ["2023-01"], areas=2, defects=0.01, feeds=THERAPY)
    write_deliveries(
        tmp_path / "long", ["2023-01", "2030-12"], areas=2, defects=0.01, feeds=THERAPY
    )
    short, long = hashes(tmp_path / "short"), hashes(tmp_path / "long")
    assert short.items() <= long.items()
    assert {name.split("_")[2] for name in short} == {"RY7", "RBL", "Z002A", "Z002B"}


def test_two_processes_write_the_same_bytes_and_key_as_one(tmp_path: Path) -> None:
    months, begun = ["2024-12", "2025-01"], []
    feeds = [*THERAPY, "school_closures"]  # the first month has closures
    one, two = (
        write_deliveries(
            tmp_path / str(n), months, areas=2, defects=0.01, feeds=feeds, processes=n,
            watch=lambda *place: begun.append(place),
        )
        for n in (1, 2)
    )  # fmt: skip
    pd.testing.assert_frame_equal(one, two)
    assert len(one)
    assert hashes(tmp_path / "1") == hashes(tmp_path / "2")
    assert begun == [(area, month) for area in (1, 2) for month in months] * 2


def test_another_process_invents_for_the_same_partnership(tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(SHIPPED, own)
    settings = own / "partnership.yaml"
    settings.write_text(settings.read_text().replace("RY7", "RXX"))
    choose(own)
    try:
        write_deliveries(tmp_path / "inbox", ["2024-12"], feeds=THERAPY, processes=2)
    finally:
        choose(SHIPPED)
    senders = {path.name.split("_")[2] for path in (tmp_path / "inbox").iterdir()}
    assert "RXX" in senders
    assert "RY7" not in senders


def test_another_seed_gives_other_bytes(sound: Path, tmp_path: Path) -> None:
    write_deliveries(tmp_path, ["2025-03"], seed=2025, feeds=THERAPY)
    ours = hashes(sound)
    assert all(ours[name] != digest for name, digest in hashes(tmp_path).items())


@pytest.mark.parametrize("months", [["2022-12"], ["2031-01"], []])
def test_a_month_outside_the_simulated_span_is_refused(months: list[str], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2023-01 and 2030-12"):
        write_deliveries(tmp_path, months, feeds=THERAPY)


def test_lists_are_as_long_as_the_published_ones(snapshots: dict[str, pd.DataFrame]) -> None:
    counted = {month: waiting(rows, month) for month, rows in snapshots.items()}
    for service, anchors in ANCHORS.items():
        for month in anchors.keys() & counted.keys():
            near = max(0.10 * anchors[month], 5)
            assert abs(counted[month][service] - anchors[month]) <= near, (service, month)


def test_other_seeds_and_years_keep_to_the_anchors(tmp_path: Path) -> None:
    for seed in (1, 99):
        folder = tmp_path / str(seed)
        write_deliveries(folder, ["2025-05", "2030-12"], seed=seed, feeds=THERAPY)
        for month in ("2025-05", "2030-12"):
            counted = waiting(deliveries(folder, month), month)
            for service, anchors in ANCHORS.items():
                near = max(0.10 * anchors[month], 6)
                assert abs(counted[service] - anchors[month]) <= near, (seed, service, month)


def test_columns_and_file_names_are_those_of_the_contract(sound: Path) -> None:
    data = {path.name for path in sound.iterdir() if "manifest" not in path.name}
    assert "therapy_ptl_RY7_202409_01.csv" in data
    assert "therapy_ptl_RBL_202409_01.xlsx" in data
    assert len(data) == 2 * len(MONTHS)
    for name in ("therapy_ptl_RY7_202409_01.csv", "therapy_ptl_RBL_202409_01.xlsx"):
        assert list(read(sound / name).columns) == list(COLUMNS)


def test_a_manifest_vouches_for_its_file(sound: Path) -> None:
    for path in sound.glob("*.manifest.csv"):
        (fields,) = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
        delivered = sound / fields["file_name"]
        assert fields["sha256"] == hashlib.sha256(delivered.read_bytes()).hexdigest()
        _, _, sender, stamp, _ = delivered.stem.split("_")
        assert (fields["sender"], fields["reporting_month"].replace("-", "")) == (sender, stamp)
        assert (fields["submission_seq"], fields["feed_version"], fields["synthetic"]) == (
            "1", "1", "1",
        )  # fmt: skip
        extract = date.fromisoformat(month_end(fields["reporting_month"])).toordinal() + 3
        assert fields["extract_datetime"] == f"{date.fromordinal(extract)}T06:00:00"
        assert int(fields["row_count"]) == len(read(delivered))


def test_xlsx_dates_are_date_cells_and_identifiers_are_text(sound: Path) -> None:
    workbook = python_calamine.CalamineWorkbook.from_path(
        str(sound / "therapy_ptl_RBL_202503_01.xlsx")
    )
    header, *rows = workbook.get_sheet_by_index(0).to_python()
    for column, cells in zip(header, zip(*rows, strict=True), strict=True):
        kinds = {type(cell) for cell in cells if cell != ""}
        assert kinds == ({date} if column.endswith("_date") else {str}), column


def test_every_nhs_number_is_valid_and_in_the_range_for_testing(
    snapshots: dict[str, pd.DataFrame],
) -> None:
    numbers = set(pd.concat(snapshots.values()).nhs_number)
    assert all(number.startswith("999") and is_valid_nhs_number(number) for number in numbers)
    assert len(numbers) > 10_000


def test_a_number_is_one_child_and_some_children_are_on_two_services(
    snapshots: dict[str, pd.DataFrame],
) -> None:
    rows = snapshots["2025-03"]
    children = rows.groupby("nhs_number").agg({"birth_date": "nunique", "service": "nunique"})
    assert (children.birth_date == 1).all()
    assert 0.01 < (children.service > 1).mean() < 0.15


def test_dates_of_a_referral_are_in_order(snapshots: dict[str, pd.DataFrame]) -> None:
    for month, rows in snapshots.items():
        assert (rows[["birth_date", *EVENTS]] <= month_end(month)).all(axis=None)
        age = pd.to_datetime(rows.referral_received_date) - pd.to_datetime(rows.birth_date)
        assert age.dt.days.between(0, 18 * 365.25).all()
        for column in EVENTS:
            has_event = rows[column] != ""
            assert (rows[column] >= rows.referral_received_date)[has_event].all(), column
        is_seen = (rows.first_contact_date != "") & (rows.discharge_date != "")
        assert (rows.discharge_date >= rows.first_contact_date)[is_seen].all()


def test_every_situation_of_the_contract_occurs(snapshots: dict[str, pd.DataFrame]) -> None:
    rows = snapshots["2025-03"]
    assert set(rows.referral_outcome) == {
        "accepted", "not_accepted", "redirected", "awaiting_triage",
    }  # fmt: skip
    assert set(rows.service) == set(ANCHORS)
    assert rows.referral_id.is_unique
    for column in COLUMNS:
        assert (rows[column] != "").any(), column
    turned_down = rows[rows.referral_outcome == "not_accepted"]
    assert 0.7 < (turned_down.signposted_date != "").mean() < 0.95
    assert ((rows.support_type != "") == (rows.support_offered_date != "")).all()
    urns = rows.setting_urn[rows.setting_urn != ""]
    assert urns.str.fullmatch(r"999\d{3}").all()
    speech = rows[rows.service == "SLT"]
    years = pd.to_datetime(speech.referral_received_date) - pd.to_datetime(speech.birth_date)
    assert years.dt.days.between(2 * 365, 10 * 366).mean() > 0.9


def test_later_snapshots_agree_with_earlier_ones(snapshots: dict[str, pd.DataFrame]) -> None:
    for earlier, later in itertools.pairwise(MONTHS):
        before = snapshots[earlier].set_index("referral_id")
        after = snapshots[later].set_index("referral_id")
        both = before.index.intersection(after.index)
        old, new = before.loc[both], after.loc[both]
        assert (old[FIXED] == new[FIXED]).all(axis=None)
        for column in EVENTS:
            assert (new[column] == old[column])[old[column] != ""].all(), column
            is_new = (old[column] == "") & (new[column] != "")
            assert (new[column] > month_end(earlier))[is_new].all(), column
        assert (new.last_family_contact_date >= old.last_family_contact_date).all()


def test_a_few_referrals_are_entered_late_and_a_few_vanish_unclosed(
    snapshots: dict[str, pd.DataFrame],
) -> None:
    late = ghosts = 0
    for earlier, later in itertools.pairwise(MONTHS):
        before = snapshots[earlier].set_index("referral_id")
        after = snapshots[later].set_index("referral_id")
        new = after.loc[after.index.difference(before.index)]
        late += (new.referral_received_date <= month_end(earlier)).sum()
        gone = before.loc[before.index.difference(after.index)]
        is_open = (gone.discharge_date == "") & (gone.referral_outcome != "not_accepted")
        ghosts += is_open.sum()
    assert 10 < late < 200
    assert 3 < ghosts < 100


def test_the_key_names_every_row_that_was_changed_and_no_other(
    sound: Path, spoilt: tuple[Path, pd.DataFrame]
) -> None:
    folder, key = spoilt
    for name, found in key.groupby("file_name"):
        before, after = read(sound / str(name)), read(folder / str(name))
        shared = after.loc[before.index]
        changed = set(shared.index[(shared != before).any(axis=1)])
        added = set(after.index.difference(before.index))
        is_added = found.defect.isin(["duplicate_row", "duplicate_key"])
        assert changed == set(found[~is_added].source_row)
        assert added == set(found[is_added].source_row) - set(before.index)
        assert len(changed | added) == round(0.01 * len(before))
        for row, column in found[~is_added][["source_row", "column"]].itertuples(index=False):
            differs = shared.loc[row] != before.loc[row]
            assert list(differs.index[differs]) == [column]


def test_each_planted_defect_is_what_the_key_says(spoilt: tuple[Path, pd.DataFrame]) -> None:
    folder, key = spoilt
    tables = {name: read(folder / name) for name in key.file_name.unique()}
    extract = "2025-04-03"
    looks = {
        "impossible_date": lambda row, rows: row.referral_received_date.endswith("-02-31"),
        "invalid_check_digit": lambda row, rows: not is_valid_nhs_number(row.nhs_number),
        "unknown_service": lambda row, rows: row.service not in ANCHORS,
        "contact_before_referral": lambda row, rows: (
            row.birth_date < row.first_contact_date < row.referral_received_date
        ),
        "age_over_25": lambda row, rows: (
            int(row.birth_date[:4]) + 26 <= int(row.referral_received_date[:4])
        ),
        "event_after_extract": lambda row, rows: row.first_contact_date > extract,
        "duplicate_row": lambda row, rows: (rows == row).all(axis=1).sum() == 2,
        "duplicate_key": lambda row, rows: (
            (rows.referral_id == row.referral_id).sum() == 2
            and (rows == row).all(axis=1).sum() == 1
        ),
        "missing_required": lambda row, rows: "" in (
            row.service, row.birth_date, row.referral_received_date,
        ),
        "null_token": lambda row, rows: row.signposted_date in ("N/A", "TBC"),
    }  # fmt: skip
    assert set(key.defect) == set(looks)
    for entry in key.itertuples():
        rows = tables[entry.file_name]
        assert looks[entry.defect](rows.loc[entry.source_row], rows), entry


def test_one_row_in_a_hundred_stays_under_the_limit_for_refusal(
    spoilt: tuple[Path, pd.DataFrame],
) -> None:
    folder, key = spoilt
    quarantined = key[key.expected_outcome == "quarantine"].groupby("file_name").size()
    for name, count in quarantined.items():
        assert count <= 0.02 * len(read(folder / str(name)))


def test_the_generator_imports_nothing_of_the_project_but_the_partnership() -> None:
    # yaml: the NCCIS return is written from the description of its nodes, read as data.
    allowed = {"numpy", "pandas", "yaml", *sys.stdlib_module_names}
    contracts = {"ingest.contracts", "ingest.contracts.model", "ingest.contracts.synthetic"}
    for path in Path(synthetic.__file__).parent.glob("*.py"):
        of_contracts = contracts if path.name.startswith("declared") else set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module not in of_contracts:
                is_own = node.level == 1 or node.module == "ingest.partnership"
                assert is_own or str(node.module).split(".")[0] in allowed, path.name
            if isinstance(node, ast.Import):
                assert {a.name.split(".")[0] for a in node.names} <= allowed, path.name
