from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations import derive, receipts
from expectations.file_counts import measure_file
from expectations.gate import (
    Expectation,
    GateError,
    Measured,
    Suite,
    Verdict,
    failing_rows,
    judge,
)
from expectations.suites import waiting_lists
from expectations.wrong_rows import Tables
from ingest.contracts.model import contract_for
from tests.worlds import good_candidate

CANARY = "9990000123"
ROOT = Path(__file__).parents[2]


def _expect(kind: str, severity: str = "refuse", rule: str = "T-1", **kwargs) -> Expectation:
    return Expectation(rule, kind, kwargs, severity, "A rule of the test.", "Mend the test.")


def _suite(*expectations: Expectation, **settings) -> Suite:
    return Suite("test", expectations, **settings)


NOT_NULL = _expect("expect_column_values_to_not_be_null", column="n")
SMALL = _expect("expect_column_values_to_be_in_set", column="n", value_set=[1, 2])
UP_TO_TEN = _expect("expect_column_values_to_be_between", column="n", max_value=10)


def _judged(path: Path, suite: Suite) -> Verdict:
    with Tables() as tables:
        return judge([measure_file(path, suite, tables)])[0]


@pytest.fixture
def judged(tmp_path):
    """Judge columns as a file."""

    def judged(columns: dict, suite: Suite) -> Verdict:
        pq.write_table(pa.table(columns), tmp_path / "table.parquet")
        return _judged(tmp_path / "table.parquet", suite)

    return judged


def test_a_failed_refusal_refuses_and_a_failed_note_does_not(judged):
    assert not judged({"n": [1, 11]}, _suite(SMALL)).passed
    verdict = judged({"n": [1, 11]}, _suite(replace(SMALL, severity="note")))
    assert verdict.passed
    assert [(r.rule, r.failed_count) for r in verdict.failures] == [("T-1", 1)]


def test_an_empty_table_does_not_pass_where_rows_are_expected(judged):
    has_rows = _expect("expect_table_row_count_to_be_between", min_value=1)
    empty = judged({"n": pa.array([], pa.int64())}, _suite(SMALL, has_rows))
    assert [(r.passed, r.failed_count) for r in empty.results] == [(True, 0), (False, None)]


def test_a_column_that_is_null_throughout_does_not_pass(judged):
    nulls = judged({"n": pa.array([None, None], pa.int64())}, _suite(SMALL, NOT_NULL))
    assert [(r.passed, r.failed_count) for r in nulls.results] == [(True, 0), (False, 2)]


@pytest.mark.parametrize(
    ("columns", "rows", "again"),
    [
        (["n"], {"n": [1, 2, None, None]}, 0),
        (["n"], {"n": [1, 2, 1, 1, 2, 3]}, 5),
        (["n", "t"], {"n": [1, 1, None, 1], "t": ["a", "b", "a", None]}, 0),
        (["n", "t"], {"n": [1, 1, None, None], "t": ["a", "a", "b", "b"]}, 4),
    ],
)
def test_rows_that_share_a_key_are_counted_every_one(columns, rows, again, judged):
    unique = _expect("expect_column_values_to_be_unique", column=columns[0])
    if len(columns) > 1:
        kind = "expect_compound_columns_to_be_unique"
        unique = _expect(kind, column_list=columns, ignore_row_if="never")
    assert judged(rows, _suite(unique)).results[0].failed_count == again


def test_rules_keep_their_place_whichever_way_they_are_counted(judged):
    key = _expect("expect_column_values_to_be_unique", column="n")
    verdict = judged({"n": [1, 1, None, 7]}, _suite(key, NOT_NULL, SMALL))
    assert [result.failed_count for result in verdict.results] == [2, 1, 1]


def test_several_tables_are_judged_in_one_batch_each_by_its_own_suite(tmp_path):
    pq.write_table(pa.table({"n": [1, 3, 4]}), tmp_path / "one.parquet")
    pq.write_table(pa.table({"n": [1, None]}), tmp_path / "other.parquet")
    with Tables() as tables:
        verdicts = judge(
            [
                measure_file(tmp_path / "one.parquet", _suite(NOT_NULL, SMALL), tables),
                measure_file(tmp_path / "other.parquet", _suite(NOT_NULL), tables),
                measure_file(tmp_path / "one.parquet", _suite(), tables),
            ]
        )
    counts = [[result.failed_count for result in verdict.results] for verdict in verdicts]
    assert counts == [[0, 2], [1], []]
    assert [verdict.passed for verdict in verdicts] == [False, False, True]


def test_a_misspelt_column_is_an_error_that_names_the_rule(judged):
    misspelt = replace(SMALL, rule="T-9", kwargs={"column": "m", "value_set": [1]})
    with pytest.raises(GateError, match=r"Rule T-9 .* no column m"):
        judged({"n": [1]}, _suite(misspelt))
    with pytest.raises(GateError, match=r"Rule T-9 .* no column m"):
        failing_rows(pd.DataFrame({"n": [1]}), _suite(misspelt))


def test_an_exception_inside_an_expectation_is_an_error_that_names_the_rule_and_no_value(judged):
    texts = {"n": [CANARY, "x"]}
    for judging in (
        lambda: judged(texts, _suite(SMALL)),
        lambda: failing_rows(pd.DataFrame(texts), _suite(UP_TO_TEN)),
    ):
        with pytest.raises(GateError, match=r"Rules? T-1") as caught:
            judging()
        assert CANARY not in str(caught.value)


def test_an_unknown_expectation_is_an_error(judged):
    unknown = _suite(_expect("expect_the_best", column="n"))
    with pytest.raises(GateError, match="Rule T-1"):
        judged({"n": [1]}, unknown)
    with pytest.raises(GateError, match="Rule T-1"):
        failing_rows(pd.DataFrame({"n": [1]}), unknown)


def test_mostly_is_not_accepted(judged):
    mostly = _expect("expect_column_values_to_not_be_null", column="n", mostly=0.9)
    with pytest.raises(GateError, match="mostly"):
        judged({"n": [1]}, _suite(mostly))


def test_failing_rows_are_positions_without_values():
    frame = pd.DataFrame({"n": [1, 11, None, 12]}, index=[7, 8, 9, 10])
    rows = failing_rows(frame, _suite(UP_TO_TEN, NOT_NULL))
    assert rows.to_dict("list") == {"rule": ["T-1"] * 3, "row": [1, 3, 2]}


def test_no_value_of_a_cell_gets_into_a_verdict_or_its_receipt(tmp_path):
    path = tmp_path / "people.parquet"
    pq.write_table(pa.table({"n": [CANARY, CANARY, "x"]}), path)
    suite = _suite(
        _expect("expect_column_values_to_be_in_set", column="n", value_set=["a"]),
        _expect("expect_column_values_to_be_unique", column="n"),
    )
    verdict = _judged(path, suite)
    receipt = receipts.record(verdict, tmp_path / "receipts").read_text("utf-8")
    assert not verdict.passed
    assert CANARY not in receipt + repr(verdict) + repr(verdict.results)


def test_a_personal_table_does_not_even_tell_how_many_rows_failed(judged):
    verdict = judged({"n": [11]}, _suite(SMALL, NOT_NULL, is_personal=True))
    assert [result.failed_count for result in verdict.results] == [None, 0]


def test_the_verdict_is_on_the_very_bytes(tmp_path):
    path = tmp_path / "table.parquet"
    pq.write_table(pa.table({"n": [1]}), path)
    verdict = _judged(path, _suite(SMALL))
    assert verdict.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (verdict.rows, verdict.passed) == (1, True)


def test_a_file_that_changes_while_it_is_measured_is_not_judged(tmp_path, monkeypatch):
    path = tmp_path / "table.parquet"
    pq.write_table(pa.table({"n": [1]}), path)
    add = Tables.add

    def added(tables, table, content):
        rows = add(tables, table, content)
        pq.write_table(pa.table({"n": [2]}), path)
        return rows

    monkeypatch.setattr(Tables, "add", added)
    with pytest.raises(GateError, match=r"table\.parquet changed while it was judged"):
        _judged(path, _suite(SMALL))


def test_the_digest_of_a_suite_changes_with_every_part_of_it():
    stricter = replace(UP_TO_TEN, kwargs={"column": "n", "max_value": 9})
    suites = [
        _suite(UP_TO_TEN),
        _suite(stricter),
        _suite(UP_TO_TEN, NOT_NULL),
        _suite(replace(UP_TO_TEN, sql={"wrong": "n > 10"})),
    ]
    assert len({suite.digest for suite in suites}) == len(suites)
    assert _suite(UP_TO_TEN).digest == suites[0].digest


def test_great_expectations_is_imported_only_when_something_is_judged():
    modules = (
        "expectations.gate, expectations.candidate, orchestration.publication.release.publishing"
    )
    code = f"import sys, {modules}; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_only_the_gate_imports_great_expectations():
    rooms = [ROOT / room for room in ("ingest", "expectations", "orchestration")]
    importers = {
        path.name
        for room in rooms
        for path in room.rglob("*.py")
        if re.search(r"^\s*(?:import|from) great_expectations", path.read_text("utf-8"), re.M)
    }
    assert importers == {"gate.py"}


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"n": pa.array([1, 2], pa.int32())}, "MART-SHAPE"),
        ({"t": pa.array(["a", "c"])}, "MART-VALUES"),
        ({"n": pa.array([1, 2]), "t": pa.array([None, None], pa.string())}, "MART-NULL"),
        ({"n": pa.array([1, 1], pa.int64()), "t": pa.array(["a", "a"])}, "MART-KEY"),
        ({"n": pa.array([1, None], pa.int64())}, "MART-NULL"),
    ],
)
def test_what_dbt_says_of_a_mart_is_judged_on_its_file(changed, rule, tmp_path):
    suite = derive.mart_suite(_manifest(), "table")
    good = {"n": pa.array([1, 1], pa.int64()), "t": pa.array(["a", "b"])}
    for columns, expected in ((good, set()), (good | changed, {rule})):
        pq.write_table(pa.table(columns), tmp_path / "table.parquet")
        verdict = _judged(tmp_path / "table.parquet", suite)
        assert {result.rule for result in verdict.failures} == expected


def test_columns_in_another_order_do_not_pass(tmp_path):
    pq.write_table(pa.table({"t": ["a"], "n": [1]}), tmp_path / "table.parquet")
    verdict = _judged(tmp_path / "table.parquet", derive.mart_suite(_manifest(), "table"))
    assert [result.rule for result in verdict.failures] == ["MART-SHAPE"]


def test_a_type_that_the_gate_does_not_know_is_an_error_that_names_the_column():
    manifest = _manifest()
    manifest["nodes"]["model.lasp.table"]["columns"]["n"]["data_type"] = "interval"
    with pytest.raises(GateError, match="Column n of table"):
        derive.mart_suite(manifest, "table")


def test_a_test_on_some_rows_stays_with_dbt():
    manifest = _manifest()
    manifest["nodes"]["test.lasp.promises"]["config"]["where"] = "n > 1"
    suite = derive.mart_suite(manifest, "table")
    assert "MART-VALUES" not in {expectation.rule for expectation in suite.expectations}


def test_a_model_that_is_not_there_is_an_error():
    with pytest.raises(GateError, match="no model other"):
        derive.mart_suite(_manifest(), "other")


def test_only_tables_with_release_meta_are_released():
    assert derive.released_tables(good_candidate.manifest()) == sorted(good_candidate.COLUMNS)
    assert derive.released_tables(_manifest()) == []


def test_a_feed_contract_is_judged_on_the_lake(judged):
    contract = contract_for("therapy_ptl", "2025-05")
    suite = derive.lake_suite(contract, "referrals")
    columns = {
        column.lake_name: ["x"] for column in contract.tables[0].columns if column.use != "discard"
    }
    columns |= {"service": ["SLT"], "referral_outcome": pa.array([None], pa.string())}
    columns["support_type"] = pa.array([None], pa.string())
    assert judged(columns, suite).passed
    assert not judged(columns | {"service": ["XYZ"]}, suite).passed
    assert not judged(columns | {"referral_id": pa.array([None], pa.string())}, suite).passed
    assert suite.is_personal


def test_every_waiting_list_rule_is_wired_at_its_limit():
    suite = derive.rules_suite(waiting_lists.RULES)
    at_limit = pd.DataFrame({rule.evidence_column: [rule.limit] for rule in waiting_lists.RULES})
    assert failing_rows(at_limit, suite).empty
    assert failing_rows(at_limit * float("nan"), suite).empty
    for rule in waiting_lists.RULES:
        above = at_limit.assign(**{rule.evidence_column: rule.limit + 1e-6})
        expected = {
            other.code
            for other in waiting_lists.RULES
            if other.evidence_column == rule.evidence_column and other.limit <= rule.limit
        }
        assert {*failing_rows(above, suite)["rule"]} == expected


def test_a_receipt_is_the_same_bytes_whenever_it_is_written(tmp_path):
    path = tmp_path / "table.parquet"
    pq.write_table(pa.table({"n": [1]}), path)
    verdict = _judged(path, _suite(SMALL))
    one = receipts.record(verdict, tmp_path / "one").read_bytes()
    receipts.record(verdict, tmp_path / "other")
    assert receipts.record(verdict, tmp_path / "other").read_bytes() == one
    assert list((tmp_path / "one").iterdir()) == [tmp_path / "one" / f"{verdict.sha256}.json"]


def test_a_receipt_keeps_the_verdicts_of_several_suites_apart(tmp_path):
    path = tmp_path / "table.parquet"
    pq.write_table(pa.table({"n": [11]}), path)
    strict, lenient = _suite(SMALL), _suite(NOT_NULL)
    for suite in (strict, lenient):
        verdict = _judged(path, suite)
        receipts.record(verdict, tmp_path)
    assert receipts.find(tmp_path, verdict.sha256, lenient.digest).passed
    assert not receipts.find(tmp_path, verdict.sha256, strict.digest).passed
    assert receipts.find(tmp_path, verdict.sha256, "0" * 64) is None
    assert len(json.loads((tmp_path / f"{verdict.sha256}.json").read_text())["verdicts"]) == 2


def test_a_failed_receipt_is_refused_with_the_words_of_its_rules(tmp_path):
    path = tmp_path / "table.parquet"
    pq.write_table(pa.table({"n": [11]}), path)
    verdict = _judged(path, _suite(SMALL))
    receipts.record(verdict, tmp_path)
    with pytest.raises(
        receipts.NoReceipt, match=r"table\.parquet did not pass the gate\. T-1: A rule"
    ):
        receipts.require(tmp_path, verdict.sha256, verdict.suite_digest, "table.parquet")
    with pytest.raises(receipts.NoReceipt, match=r"other\.parquet has no receipt"):
        receipts.require(tmp_path, "0" * 64, verdict.suite_digest, "other.parquet")


def test_a_verdict_on_no_bytes_leaves_no_receipt(tmp_path):
    (verdict,) = judge([Measured(_suite(SMALL), ((SMALL, 0),), rows=1)])
    with pytest.raises(ValueError, match="bound to no bytes"):
        receipts.record(verdict, tmp_path)


def _manifest() -> dict:
    model = "model.lasp.table"
    promises = {"unique_on": ["n", "t"], "one_of": {"t": ["a", "b"]}}
    return {
        "nodes": {
            model: {
                "resource_type": "model",
                "alias": "table",
                "config": {"meta": {}},
                "columns": {
                    "n": {"data_type": "bigint", "constraints": [{"type": "not_null"}]},
                    "t": {"data_type": "varchar"},
                },
            },
            "test.lasp.promises": {
                "resource_type": "test",
                "attached_node": model,
                "config": {"meta": promises},
                "test_metadata": {"name": "is_as_promised"},
            },
            "test.lasp.singular": {"resource_type": "test", "config": {}},
        }
    }
