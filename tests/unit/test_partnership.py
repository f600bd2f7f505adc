"""What is a partnership's own is read from its folder, and stands nowhere in the code."""

import csv
import re
import shutil

import pytest

from ingest import partnership
from ingest.contracts.model import CATALOGUE, codes
from ingest.door.senders import listed
from ingest.synthetic import therapy_ptl
from ingest.written import WrongContract
from orchestration.run.transform import partnership_vars
from orchestration.settings import DBT_PROJECT, PROJECT, WrongSettings, from_environment
from tests.worlds.another_partnership import FOLDER, words_of

SEEDS = DBT_PROJECT / "seeds"

ROOMS = ("ingest", "expectations", "orchestration", "dbt_project", "dagster.yaml", "Makefile")
SUFFIXES = {".py", ".sql", ".yaml", ".yml", ".md", ".html", ".css", ".csv", ""}
ITS_OWN = "dbt_project/partnership"
NATIONAL = (
    "dbt_project/seeds/area_names.csv",
    "dbt_project/seeds/area_successors.csv",
    "ingest/contracts/official/local_authorities.csv",
)
"""Lists of all councils and NHS organisations of England."""
SAMPLES = ("ingest/contracts/samples/", "__unit_tests.yml")


@pytest.fixture
def another(monkeypatch):
    """The process works for the invented partnership, until the test is over."""
    monkeypatch.setattr(partnership, "_chosen", FOLDER)


def test_the_code_names_nothing_that_is_the_shipped_partnerships():
    words = [rf"(?<!\w){re.escape(word)}(?!\w)" for word in words_of(partnership.SHIPPED)]
    words += [r"(?i:\bwirral)", r"(?i:cheshire)", r"[\"']344[\"']", r"\bLA 344\b"]
    found = []
    for room in ROOMS:
        for path in sorted([PROJECT / room, *(PROJECT / room).rglob("*")]):
            name = path.relative_to(PROJECT).as_posix()
            is_own = name.startswith((ITS_OWN, *NATIONAL)) or any(one in name for one in SAMPLES)
            is_made = {"__pycache__", "target", "logs"} & set(path.parts)
            if path.is_file() and path.suffix in SUFFIXES and not is_own and not is_made:
                for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                    found += [
                        f"{name}:{number}: {hit[0]}" for hit in re.finditer("|".join(words), line)
                    ]
    assert not found, "\n".join(found)


def test_the_door_knows_the_senders_the_roles_and_the_indicators_of_the_chosen_folder(another):
    known = [one.code for one in listed() if not one.is_invented]
    assert known == ["ZZ9A1", "ZZ9B1", "E06999999", "E06999999"]
    assert codes("partnership_roles") == ("Sampleton Casework Lead",)
    assert "slt_waiting_n" in codes(CATALOGUE) and "branch_referrals_n" not in codes(CATALOGUE)
    assert codes("sexes")  # what all partnerships share stays where it is
    assert therapy_ptl.senders(1) == {"ZZ9A1": ("SLT",), "ZZ9B1": ("OT",)}


def test_dbt_is_told_the_same_of_a_partnership_at_every_call(another):
    assert partnership_vars() == partnership_vars()
    assert '"local_area": "E06999999"' in partnership_vars()
    assert '"partnership": "../tests/partnership"' in partnership_vars()


def test_a_folder_without_settings_is_refused_and_named(tmp_path, monkeypatch):
    monkeypatch.setenv("LASP_PARTNERSHIP", str(tmp_path))
    with pytest.raises(WrongSettings, match=f"LASP_PARTNERSHIP is {tmp_path}, which holds no"):
        from_environment()


def test_a_misspelt_setting_is_told_with_its_line(tmp_path, monkeypatch):
    folder = shutil.copytree(FOLDER, tmp_path / "own")
    settings = folder / partnership.SETTINGS
    settings.write_text(settings.read_text("utf-8").replace("local_area:", "local_aera:"))
    monkeypatch.setattr(partnership, "_chosen", partnership.SHIPPED)
    with pytest.raises(WrongContract, match=r"line 4, local_aera: no such key; .*local_area may"):
        partnership.choose(folder)


def test_another_content_of_the_folder_is_another_hash(tmp_path, monkeypatch):
    folder = shutil.copytree(FOLDER, tmp_path / "own")
    monkeypatch.setattr(partnership, "_chosen", folder)
    before = partnership.folder_sha256()
    with (folder / "senders.csv").open("a") as lines:
        lines.write("sen2_ehc,ZZ9E1,,,Another,invented\n")
    assert partnership.folder_sha256() != before


def test_each_measure_of_a_scorecard_is_counted_by_one_indicator_and_owed_by_a_sender():
    """What the list says of a measure and what the catalogue says of its indicator agree."""
    measures = _listed_in(partnership.SHIPPED / "scorecard_measures.csv")
    indicators = {
        row["service"]: row
        for row in _listed_in(SEEDS / "indicator_catalogue.csv")
        if row["fed_by"] == "service_scorecard"
    }
    senders = {one.code for one in listed() if one.feed == "service_scorecard"}
    assert {row["code"] for row in measures} == indicators.keys()
    assert {row["sender"] for row in measures} == senders
    assert {row["owner_role"] for row in measures} <= {*codes("partnership_roles")}
    ends = {one["period_kind"]: one["ends_in"] for one in _listed_in(SEEDS / "period_kinds.csv")}
    of_cadence = {
        one["cadence"]: ends[one["period_kind"]]
        for one in _listed_in(SEEDS / "cadences.csv")
        if one["period_kind"] == "term_end"
    }
    for row in measures:
        indicator = indicators[row["code"]]
        assert (indicator["unit"] == "pct") == bool(row["denominator"]), row["code"]
        due = indicator["census_month"] or of_cadence.get(indicator["cadence"], "")
        assert {*row["due_months"].split("; ")} == {*due.split(";")}, row["code"]


def _listed_in(path):
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
