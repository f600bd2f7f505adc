"""Counts as their sender counted them: what the door takes, and what it refuses."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from ingest.contracts.model import Contract
from ingest.refusals import Refused
from ingest.typed.cells import Delivered
from ingest.typed.conform import Conformed
from ingest.typed.relations import conform_all
from ingest.typed.text_table import TextTable
from ingest.written import WrongContract, read

CHECKS = """\
feed: checks
title: Health checks, counted by the practice
kind: counts
sender: each practice
source: agreed
cadence: monthly
effective_from: "2025-04"
formats: [csv]
tables:
  - name: checks
    description: One row per part of the practice
    key: [part]
    columns:
      - {name: part, type: reference, required: true, description: Part of the practice}
      - {name: offered, type: integer, between: [0, 9999], required: true, description: Offered}
      - {name: done, type: integer, between: [0, 9999], required: true, description: Done}
    rules:
      - {id: HC1, description: "no more done than offered", not_above: [done, offered]}
"""
ROWS = [{"part": f"P{n}", "offered": "20", "done": "20"} for n in range(40)]


def _contract(folder: Path, old: str = "", new: str = "") -> Contract:
    assert old in CHECKS
    path = folder / "checks.yaml"
    path.write_text(CHECKS.replace(old, new, 1), "utf-8")
    return read(Contract, path)


def _received(folder: Path, rows: list[dict], *, is_nil_return: bool = False) -> Conformed:
    contract = _contract(folder)
    index = pd.RangeIndex(2, 2 + len(rows), name="source_row")
    names = [column.name for column in contract.tables[0].columns]
    text = TextTable("checks.csv", pd.DataFrame(rows, index, names, dtype=object), "utf-8")
    facts = Delivered(date(2025, 5, 3), "2025-04", is_nil_return=is_nil_return)
    return conform_all({"checks": text}, contract, facts)["checks"]


def test_counts_are_kept_and_all_of_a_group_or_none_may_be_counted(tmp_path: Path) -> None:
    rows = [*ROWS, {"part": "P40", "offered": "20", "done": "0"}]
    rows += [{"part": "P41", "offered": "0", "done": "0"}]
    kept = _received(tmp_path, rows).kept
    assert list(kept["done"]) == [20] * 40 + [0, 0]
    assert list(kept["offered"]) == [20] * 41 + [0]


@pytest.mark.parametrize(
    ("change", "column", "rule"),
    [
        ({"done": "21"}, "done, offered", "HC1"),
        ({"done": ""}, "done", "R-REQ"),
        ({"offered": "-1"}, "offered", "R-TYPE"),
        ({"part": "P0", "done": "1"}, "part", "R-DUPKEY"),
    ],
    ids=["above its whole", "missing, which is not zero", "below zero", "a part twice"],
)
def test_one_bad_row_refuses_counts_and_is_told(tmp_path, change, column, rule) -> None:
    with pytest.raises(Refused) as refused:
        _received(tmp_path, [*ROWS[:-1], ROWS[-1] | change])
    assert refused.value.rule == "R-BAD"
    assert "the other rows would be taken for the whole count" in refused.value.expected
    told = refused.value.rejects
    assert (41, column, rule) in set(told[["source_row", "column", "rule"]].itertuples(index=False))


def test_no_rows_are_zero_only_where_the_sender_says_so(tmp_path: Path) -> None:
    assert _received(tmp_path, [], is_nil_return=True).kept.empty
    with pytest.raises(Refused, match="at least one row"):
        _received(tmp_path, [])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("type: reference", "type: reference, use: pseudonym", "holds nothing about a person"),
        ("type: reference", "type: upn, use: discard", "holds nothing about a person"),
        ("type: integer, between: [0, 9999], required: true", "type: integer", "a count is `requi"),
        ("between: [0, 9999], ", "", "a count is `required: true`, or a rule `needs` it"),
        ("[0, 9999]", "[-1, 9999]", "a count is `required: true`, or a rule `needs` it"),
        ("not_above: [done, offered]", "not_above: [done, offer]", "offer is not a column"),
    ],
)
def test_a_contract_of_counts_that_could_not_be_relied_on_is_refused(tmp_path, old, new, words):
    with pytest.raises(WrongContract) as refused:
        _contract(tmp_path, old, new)
    assert words in str(refused.value)
