"""The page of what the mart gate judged: every rule, no cell, the same page again."""

from __future__ import annotations

import re

import pytest

from expectations import candidate, data_docs
from expectations.mart_rules import mart_rules
from tests.worlds import good_candidate

CANARY = "Canary Street 7"


def _page(home, spoil=None) -> str:
    tables = good_candidate.tables()
    for row in tables["indicator_values"]:
        row["area_name"] = CANARY
    if spoil:
        tables["indicator_values"][0].update(spoil)
    folder = good_candidate.write(home / "candidate", tables, database=False)
    manifest, receipts = good_candidate.manifest(), home / "receipts"
    candidate.judge_candidate(folder, manifest, receipts)
    judged = candidate.documented(folder, manifest, receipts)
    return data_docs.page(candidate.release_of(folder), judged).decode()


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    return _page(tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize("code", mart_rules().rules)
def test_every_rule_is_on_the_page_with_its_sql(page, code):
    assert f"{code}. No row may be so: " in page


def test_every_file_and_what_its_contract_demands_is_on_the_page(page):
    for table in good_candidate.COLUMNS:
        assert re.search(rf"<h2[^>]*>{table}(_\w[\w.-]*)?\.parquet</h2>", page), table
    assert "Must have these columns in this order" in page
    assert page.count("values must never be null") > 50


def test_no_cell_is_on_the_page_and_nothing_is_loaded_or_run(page):
    assert CANARY not in page
    assert not re.search(r"https?:|<script|<link|<img", page)


def test_the_same_bytes_give_the_same_page(page, tmp_path):
    assert _page(tmp_path) == page


def test_a_broken_rule_is_on_the_page_with_the_number_of_its_rows(page, tmp_path):
    broken = _page(tmp_path, {"breakdown_value": "some"})
    assert "fa-times text-danger" in broken
    assert "fa-times text-danger" not in page
    assert re.search(r"\n *1 unexpected values found|1 unexpected value", broken)
    assert "1 broken" in broken
    assert "indicator_status, whole" not in broken  # after a refused file the whole is not judged
    assert CANARY not in broken
