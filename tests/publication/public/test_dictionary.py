"""The data dictionary says what every public figure, column and symbol is."""

import csv
from collections import Counter
from itertools import pairwise

import pytest

from orchestration.publication.public import described, dictionary
from orchestration.publication.public.rules import RULES
from tests.worlds import public_release
from tests.worlds.report_pages import read


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return public_release.write(tmp_path_factory.mktemp("dictionary"))


@pytest.fixture(scope="module")
def page(folder):
    return read((folder / dictionary.FILE).read_text("utf-8"))


def facts_under(page, anchor):
    """The pairs under the heading of an indicator."""
    everything = page.all("h3", "dl")
    heading = next(i for i, one in enumerate(everything) if one.attributes.get("id") == anchor)
    pairs = everything[heading + 1].all("div")
    return {one.all("dt")[0].text: one.all("dd")[0].text for one in pairs}


def test_every_public_indicator_is_explained_and_no_other(folder, page):
    with (folder / "indicators.csv").open(encoding="utf-8", newline="") as lines:
        shown = {row["indicator_id"] for row in csv.DictReader(lines)}
    anchors = {one.attributes.get("id") for one in page.all("h3")}
    assert anchors - {f"table-{table.name}" for table in described.tables()} == shown


def test_an_indicator_says_what_it_counts_and_how_it_is_shown(page):
    assert facts_under(page, "share_pct") == {
        "What it counts": "What share_pct counts.",
        "Title in the catalogue": "Title of share_pct",
        "Exact definition": "Exactly share_pct",
        "Numerator": "Those of share_pct",
        "Unit": "percent",
        "Hidden and rounded": "SR2: 0 to 7 hidden as *, counts to the nearest 5.",
        "Figures": "counted from local deliveries",
        "Kinds of period": "calendar year, month",
        "From and to": "1 January 2025 to 31 December 2025",
        "Breakdowns": "sex",
        "Legal basis": "Regulation 1",
    }


@pytest.mark.parametrize("table", [table.file for table in described.tables()])
def test_every_column_of_a_table_stands_in_its_order_with_its_meaning(folder, page, table):
    name = described.table(table).name
    (shown,) = page.all("table", id=f"table-{name}-columns")
    header = (folder / table).read_text("utf-8").splitlines()[0].split(",")
    assert [one.text for one in shown.all("th", scope="row")] == header
    assert all(row.all("td")[-1].text.endswith(".") for row in shown.all("tr")[1:])


def test_every_symbol_and_every_rule_is_explained(page):
    explained = {one.text for one in page.all("section", id="symbols")[0].all("dt")}
    assert explained == set(described.symbols())
    assert {rule.symbol for rule in RULES.values()} <= explained
    said = " ".join(one.text for one in page.all("section", id="rounding")[0].all("li"))
    assert all(f"{code}: " in said for code in ("SR0", *RULES))


def test_headings_ids_and_links_of_the_page_are_in_order(folder, page):
    ids = Counter(one.attributes["id"] for one in page.all() if "id" in one.attributes)
    assert [name for name, many in ids.items() if many > 1] == []
    levels = [int(one.tag[1]) for one in page.all("h1", "h2", "h3")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    links = [one.attributes["href"] for one in page.all("a")]
    assert {link for link in links if link.startswith("#") and link[1:] not in ids} == set()
    files = {link for link in links if not link.startswith(("#", "report/"))}
    assert {file for file in files if not (folder / file).exists()} == set()
    assert {"indicators.csv", "restatements.csv"} <= files


def test_invented_figures_say_so_and_others_do_not(tmp_path, page):
    assert "Demonstration: invented data" in page.text
    real = public_release.write(tmp_path, is_synthetic=False, note=None)
    assert "invented" not in (real / dictionary.FILE).read_text("utf-8")
