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
from expectations.gate import (
    Expectation,
    GateError,
    Suite,
    failing_rows,
    judge,
    judge_file,
)
from expectations.suites import waiting_lists
from ingest.contracts.model import contract_for
from tests.worlds import good_candidate

CANARY = "9990000123"
ROOT = Path(__file__).parents[2]


def _expect(kind: str, severity: str = "refuse", rule: str = "T-1", **kwargs) -> Expectation:
    return Expectation(rule, kind, kwargs, severity, "A rule of the test.", "Mend the test.")


def _suite(*expectations: Expectation, **settings) -> Suite:
    return Suite("test", expectations, **settings)


NOT_NULL = _expect("expect_column_values_to_not_be_null", column="n")
UP_TO_TEN = _expect("expect_column_values_to_be_between", column="n", max_value=10)


def test_a_failed_refusal_refuses_and_a_failed_note_does_not():
    frame = pd.DataFrame({"n": [1, 11]})
    assert not judge(frame, _suite(UP_TO_TEN)).passed
    note = _expect("expect_column_values_to_be_between", "note", column="n", max_value=10)
    verdict = judge(frame, _suite(note))
    assert verdict.passed
    assert [(r.rule, r.failed_count) for r in verdict.failures] == [("T-1", 1)]


def test_an_empty_table_does_not_pass_where_rows_are_expected():
    has_rows = _expect("expect_table_row_count_to_be_between", min_value=1)
    assert not judge(pd.DataFrame({"n": []}), _suite(UP_TO_TEN, has_rows)).passed


def test_a_column_that_is_null_throughout_does_not_pass():
    frame = pd.DataFrame({"n": [None, None]}, dtype="Int64")
    assert not judge(frame, _suite(UP_TO_TEN, NOT_NULL)).passed


def test_a_misspelt_column_is_an_error_that_names_the_rule():
    misspelt = _expect("expect_column_values_to_be_between", rule="T-9", column="m", max_value=1)
    with pytest.raises(GateError, match=r"Rule T-9 .* no column m"):
        judge(pd.DataFrame({"n": [1]}), _suite(misspelt))


def test_an_exception_inside_an_expectation_is_an_error_that_names_the_rule_and_no_value():
    texts = pd.DataFrame({"n": [CANARY, "x"]})
    with pytest.raises(GateError, match="Rule T-1") as caught:
        judge(texts, _suite(UP_TO_TEN))
    assert CANARY not in str(caught.value)


def test_an_unknown_expectation_is_an_error():
    with pytest.raises(GateError, match="Rule T-1"):
        judge(pd.DataFrame({"n": [1]}), _suite(_expect("expect_the_best", column="n")))


def test_mostly_is_not_accepted():
    mostly = _expect("expect_column_values_to_not_be_null", column="n", mostly=0.9)
    with pytest.raises(GateError, match="mostly"):
        judge(pd.DataFrame({"n": [1]}), _suite(mostly))


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
    verdict = judge_file(path, suite)
    receipt = receipts.record(verdict, tmp_path / "receipts").read_text("utf-8")
    assert not verdict.passed
    assert CANARY not in receipt + repr(verdict) + repr(verdict.results)


def test_a_personal_table_does_not_even_tell_how_many_rows_failed():
    frame = pd.DataFrame({"n": [11]})
    assert judge(frame, _suite(UP_TO_TEN, is_personal=True)).failures[0].failed_count is None


def test_the_verdict_is_on_the_very_bytes(tmp_path):
    path = tmp_path / "table.parquet"
    pq.write_table(pa.table({"n": [1]}), path)
    verdict = judge_file(path, _suite(UP_TO_TEN))
    assert verdict.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (verdict.rows, verdict.passed) == (1, True)


def test_the_digest_of_a_suite_changes_with_every_part_of_it():
    stricter = _expect("expect_column_values_to_be_between", column="n", max_value=9)
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
        verdict = judge_file(tmp_path / "table.parquet", suite)
        assert {result.rule for result in verdict.failures} == expected


def test_columns_in_another_order_do_not_pass(tmp_path):
    pq.write_table(pa.table({"t": ["a"], "n": [1]}), tmp_path / "table.parquet")
    verdict = judge_file(tmp_path / "table.parquet", derive.mart_suite(_manifest(), "table"))
    assert [result.rule for result in verdict.failures] == ["MART-SHAPE"]


def test_a_type_that_the_gate_does_not_know_is_an_error_that_names_the_column():
    manifest = _manifest()
    manifest["nodes"]["model.lasp.table"]["columns"]["n"]["data_type"] = "interval"
    with pytest.raises(GateError, match="Column n of table"):
        derive.mart_suite(manifest, "table")


def test_a_test_on_some_rows_stays_with_dbt():
    manifest = _manifest()
    manifest["nodes"]["test.lasp.values"]["config"]["where"] = "n > 1"
    suite = derive.mart_suite(manifest, "table")
    assert "MART-VALUES" not in {expectation.rule for expectation in suite.expectations}


def test_a_model_that_is_not_there_is_an_error():
    with pytest.raises(GateError, match="no model other"):
        derive.mart_suite(_manifest(), "other")


def test_only_tables_with_release_meta_are_released():
    assert derive.released_tables(good_candidate.manifest()) == sorted(good_candidate.COLUMNS)
    assert derive.released_tables(_manifest()) == []


def test_a_feed_contract_is_judged_on_the_lake():
    contract = contract_for("therapy_ptl", "2025-05")
    suite = derive.lake_suite(contract, "referrals")
    columns = {
        column.lake_name: ["x"] for column in contract.tables[0].columns if column.use != "discard"
    }
    frame = pd.DataFrame(columns | {"service": ["SLT"], "referral_outcome": [None]})
    frame["support_type"] = None
    assert judge(frame, suite).passed
    assert not judge(frame.assign(service="XYZ"), suite).passed
    assert not judge(frame.assign(referral_id=None), suite).passed
    assert suite.is_personal


def test_every_waiting_list_rule_is_wired_at_its_limit():
    suite = derive.rules_suite(waiting_lists.RULES)
    at_limit = pd.DataFrame({rule.evidence_column: [rule.limit] for rule in waiting_lists.RULES})
    assert judge(at_limit, suite).failures == ()
    assert judge(at_limit * float("nan"), suite).failures == ()
    for rule in waiting_lists.RULES:
        above = at_limit.assign(**{rule.evidence_column: rule.limit + 1e-6})
        expected = {
            other.code
            for other in waiting_lists.RULES
            if other.evidence_column == rule.evidence_column and other.limit <= rule.limit
        }
        assert {result.rule for result in judge(above, suite).failures} == expected


def test_a_receipt_is_the_same_bytes_whenever_it_is_written(tmp_path):
    path = tmp_path / "table.parquet"
    pq.write_table(pa.table({"n": [1]}), path)
    verdict = judge_file(path, _suite(UP_TO_TEN))
    one = receipts.record(verdict, tmp_path / "one").read_bytes()
    receipts.record(verdict, tmp_path / "other")
    assert receipts.record(verdict, tmp_path / "other").read_bytes() == one
    assert list((tmp_path / "one").iterdir()) == [tmp_path / "one" / f"{verdict.sha256}.json"]


def test_a_receipt_keeps_the_verdicts_of_several_suites_apart(tmp_path):
    path = tmp_path / "table.parquet"
    pq.write_table(pa.table({"n": [11]}), path)
    strict, lenient = _suite(UP_TO_TEN), _suite(NOT_NULL)
    for suite in (strict, lenient):
        verdict = judge_file(path, suite)
        receipts.record(verdict, tmp_path)
    assert receipts.find(tmp_path, verdict.sha256, lenient.digest).passed
    assert not receipts.find(tmp_path, verdict.sha256, strict.digest).passed
    assert receipts.find(tmp_path, verdict.sha256, "0" * 64) is None
    assert len(json.loads((tmp_path / f"{verdict.sha256}.json").read_text())["verdicts"]) == 2


def test_a_failed_receipt_is_refused_with_the_words_of_its_rules(tmp_path):
    path = tmp_path / "table.parquet"
    pq.write_table(pa.table({"n": [11]}), path)
    verdict = judge_file(path, _suite(UP_TO_TEN))
    receipts.record(verdict, tmp_path)
    with pytest.raises(
        receipts.NoReceipt, match=r"table\.parquet did not pass the gate\. T-1: A rule"
    ):
        receipts.require(tmp_path, verdict.sha256, verdict.suite_digest, "table.parquet")
    with pytest.raises(receipts.NoReceipt, match=r"other\.parquet has no receipt"):
        receipts.require(tmp_path, "0" * 64, verdict.suite_digest, "other.parquet")


def test_a_verdict_on_no_bytes_leaves_no_receipt(tmp_path):
    with pytest.raises(ValueError, match="bound to no bytes"):
        receipts.record(judge(pd.DataFrame({"n": [1]}), _suite(UP_TO_TEN)), tmp_path)


def _manifest() -> dict:
    model = "model.lasp.table"

    def test(name: str, **kwargs) -> dict:
        return {
            "resource_type": "test",
            "attached_node": model,
            "config": {},
            "test_metadata": {"name": name, "kwargs": kwargs},
        }

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
            "test.lasp.key": test("is_unique_on", columns=["n", "t"]),
            "test.lasp.values": test("accepted_values", column_name="t", values=["a", "b"]),
            "test.lasp.singular": {"resource_type": "test", "config": {}},
        }
    }
