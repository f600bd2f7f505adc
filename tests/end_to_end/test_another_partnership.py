"""Another partnership: a folder of its own gives a month in which nothing is the shipped one's."""

import csv
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from ingest import partnership
from ingest.partnership import SHIPPED
from orchestration.publication.release.publishing import ReleaseRefused, publish
from orchestration.settings import DBT_PROJECT
from tests.end_to_end.lasp import process
from tests.worlds.another_partnership import FOLDER, words_of
from tests.worlds.releasing import prepare, released

MONTH = "2025-03"


@pytest.fixture(scope="module")
def release(tmp_path_factory) -> Path:
    """A month of two services and of annual reviews, as the invented partnership releases it."""
    home = tmp_path_factory.mktemp("sampleton") / "var"
    chosen = {"LASP_PARTNERSHIP": str(FOLDER)}
    for asked in (
        ("demo", "--months", MONTH, "--feeds", "therapy_ptl,annual_reviews"),
        ("run", "--month", MONTH),
    ):
        ran = process(home, *asked, **chosen)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    return home / "releases" / MONTH / "r1"


def rows_of(release: Path, table: str) -> list[dict]:
    files = (release / "internal").glob(f"{table}*.parquet")
    return [row for path in sorted(files) for row in pq.read_table(path).to_pylist()]


def test_the_figures_are_of_its_area_its_services_and_the_indicators_that_it_adopted(release):
    with (FOLDER / "adopted_indicators.csv").open(encoding="utf-8") as lines:
        adopted = {row["indicator_id"] for row in csv.DictReader(lines)}
    assert {row["indicator_id"] for row in rows_of(release, "indicators")} == adopted
    latest = {row["indicator_id"]: row for row in rows_of(release, "indicator_latest")}
    assert latest.keys() == adopted
    assert {(row["area_code"], row["area_name"]) for row in latest.values()} >= {
        ("E06999999", "Sampleton")
    }
    for indicator in ("slt_waiting_n", "ot_within_18w_pct", "ar_4wk_pct"):
        assert latest[indicator]["value"] > 0, indicator
    assert {row["provider_code"] for row in rows_of(release, "waiting_list")} == {"ZZ9A1", "ZZ9B1"}
    scorecard = {row["sender_name"] for row in rows_of(release, "feed_scorecard")}
    assert scorecard == {"Sampleton Speech Services", "Sampleton Hospital", "Sampleton Council"}


def test_the_report_bears_its_names_and_shows_its_plan(release):
    report = release / "internal" / "report"
    for page in report.glob("*.html"):
        assert "Sampleton SEND Board Monthly Figures" in page.read_text("utf-8"), page.name
    health = (report / "my-health-and-wellbeing.html").read_text("utf-8")
    assert "Sampleton Therapies Group" in health
    assert "Plans in time" in (report / "priority-areas.html").read_text("utf-8")
    assert "Plans and reviews in time" in (report / "improvement-plan.html").read_text("utf-8")
    assert "Sampleton decides reviews in time." in (report / "roadmap.html").read_text("utf-8")
    with zipfile.ZipFile(release / "internal" / "report.xlsx") as book:
        assert b"Sampleton SEND Board" in book.read("docProps/core.xml")


def test_the_release_says_for_whom_it_was_made(release):
    told = json.loads((release / "MANIFEST.json").read_text("utf-8"))["partnership"]
    assert told["name"] == "Sampleton SEND Board" and told["local_area"] == "E06999999"
    assert re.fullmatch(r"[0-9a-f]{64}", told["folder_sha256"])


def test_a_data_folder_with_releases_of_another_partnership_releases_nothing(
    tmp_path, monkeypatch, quick_report
):
    released(tmp_path)
    asked = prepare(tmp_path, release_id="2025-05/r2")
    monkeypatch.setattr(partnership, "_chosen", FOLDER)
    with pytest.raises(ReleaseRefused, match=r"is about E08000015, and .* is about E06999999"):
        publish(tmp_path, asked)


def texts(release: Path) -> Iterator[tuple[str, str]]:
    """Each text of a release once a file: cells of tables, pages, parts of the workbook, manifest.

    The list of areas also holds NHS England's organisations, which are everybody's.
    """
    with (DBT_PROJECT / "seeds/area_names.csv").open(encoding="utf-8") as lines:
        national = {row["area_code"] for row in csv.DictReader(lines)}
    for path in sorted(release.rglob("*")):
        match path.suffix:
            case ".parquet":
                rows = pq.read_table(path)
                if path.stem == "areas":
                    is_national = pc.is_in(rows["area_code"], pa.array(sorted(national)))
                    rows = rows.filter(pc.invert(is_national))
                for column in rows.columns:
                    assert not pa.types.is_dictionary(column.type), path.name
                    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
                        yield from (
                            (path.name, text) for text in column.unique().to_pylist() if text
                        )
            case ".xlsx":
                with zipfile.ZipFile(path) as book:
                    yield from ((name, book.read(name).decode()) for name in book.namelist())
            case ".html" | ".json":
                yield path.name, path.read_text("utf-8")


def test_no_word_of_the_shipped_partnership_stands_anywhere_in_it(release):
    words = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words_of(SHIPPED)))
    found = {(name, hit[0]) for name, text in texts(release) if (hit := words.search(text))}
    assert not found
    assert len(list((release / "internal" / "report").glob("*.html"))) > 10
