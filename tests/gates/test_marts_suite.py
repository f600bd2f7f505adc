from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from expectations import candidate
from expectations.gate import Verdict
from expectations.mart_rules import mart_rules
from expectations.rule_files import WrongRows
from expectations.wrong_rows import Tables
from tests.worlds import good_candidate, good_status

CASES = yaml.safe_load(Path(__file__).with_name("mart_cases.yaml").read_text("utf-8"))
RULES = mart_rules().rules
DERIVED = ("MART-SHAPE", "MART-KEY", "MART-NULL", "MART-EMPTY")
RESTATEMENT = {
    "old_release": "2025-05/r1",
    "new_release": "2025-05/r2",
    "old_value": 58.0,
    "new_value": 60.0,
    "old_status": "value",
    "new_status": "value",
    "reason": "later_snapshot",
    "old_submissions": "c" * 16,
    "new_submissions": "a" * 16,
}


def _named(kind: str) -> list[Any]:
    return [
        pytest.param(rule, case["edits"], id=f"{rule}: {case['name']}")
        for rule, cases in CASES.items()
        for case in cases[kind]
    ]


def _edited(tables: dict[str, list[dict]], edit: dict[str, Any]) -> None:
    rows = tables[edit["table"]]
    where = edit.get("where", {})
    chosen = [row for row in rows if all(row[name] == wanted for name, wanted in where.items())]
    if "set" in edit:
        for row in chosen:
            row.update(edit["set"])
    elif "add" in edit:
        rows += [row | edit["add"] for row in chosen]
    elif "drop" in edit:
        tables[edit["table"]] = [row for row in rows if row not in chosen]
    elif "restate" in edit:
        figure = tables["indicator_values"][0]
        key = {name: figure[name] for name in good_candidate.KEY}
        rows.append(key | RESTATEMENT | edit["restate"])
    assert chosen or edit.keys() & {"restate", "rename", "drop"}, f"{edit} changes nothing"


def _judged(home: Path, edits: list[dict[str, Any]]) -> list[Verdict]:
    """Judge the edited candidate; files that an earlier case left as they are have receipts."""
    tables, manifest = good_candidate.tables(), good_candidate.manifest()
    # What is told of the figures follows from them, unless the case is about what is told.
    for edit in sorted(edits, key=lambda edit: edit["table"] in good_status.COLUMNS):
        if edit["table"] in good_status.COLUMNS:
            tables = good_status.status_of(tables) | tables
        _edited(tables, edit)
        for old, new in edit.get("rename", {}).items():
            model = manifest["nodes"][f"model.lasp.{edit['table']}"]
            columns = model["columns"].items()
            model["columns"] = {new if name == old else name: facts for name, facts in columns}
    folder = good_candidate.write(home / "candidate", tables, database=False)
    return candidate.judge_candidate(folder, manifest, home / "receipts")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


def test_the_good_candidate_passes_every_rule(tmp_path):
    results = [result for verdict in _judged(tmp_path, []) for result in verdict.results]
    assert [result for result in results if not result.passed] == []
    assert {*DERIVED, *RULES} <= {r.rule for r in results}


@pytest.mark.parametrize("rule", [*DERIVED, *RULES])
def test_every_rule_has_a_case_and_a_near_miss(rule):
    assert CASES[rule]["catches"]
    assert CASES[rule]["passes"]


def test_no_case_is_about_a_rule_that_is_gone():
    assert set(CASES) == {*DERIVED, *RULES}


@pytest.fixture
def is_alone(monkeypatch):
    """Of the rules on the whole release only one is asked, which saves 50 queries a candidate."""

    def is_alone(code: str) -> None:
        broken = Tables.broken

        def of_one(tables: Tables, table: str, rules: Iterable[WrongRows]) -> dict[str, int]:
            rules = list(rules)
            asked = [rule for rule in rules if rule.code == code or not rule.reads]
            return dict.fromkeys((rule.code for rule in rules), 0) | broken(tables, table, asked)

        monkeypatch.setattr(Tables, "broken", of_one)

    return is_alone


@pytest.mark.parametrize(("rule", "edits"), _named("catches"))
def test_the_gate_catches(rule, edits, home, is_alone):
    is_alone(rule)
    failures = [failure for verdict in _judged(home, edits) for failure in verdict.failures]
    assert rule in {failure.rule for failure in failures}


@pytest.mark.parametrize(("rule", "edits"), _named("passes"))
def test_the_gate_lets_a_near_miss_pass(rule, edits, home):
    verdicts = _judged(home, edits)
    assert verdicts[-1].suite_id == "marts"
    assert [verdict.failures for verdict in verdicts if not verdict.passed] == []
    assert rule not in {failure.rule for verdict in verdicts for failure in verdict.failures}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_says_what_is_wrong_and_what_to_do(rule):
    assert rule.message.endswith(".")
    assert rule.action.endswith(".")
    assert len(rule.message.split()) >= 5


def test_a_judged_file_is_not_judged_again(tmp_path):
    folder = good_candidate.write(tmp_path / "candidate", good_candidate.tables(), database=False)
    manifest = good_candidate.manifest()
    first = candidate.judge_candidate(folder, manifest, tmp_path / "receipts")
    again = candidate.judge_candidate(folder, manifest, tmp_path / "receipts")
    assert len(first) == len(good_candidate.COLUMNS) + 1
    assert [verdict.suite_id for verdict in again] == ["marts"]
    assert again[0] == first[-1]


def test_a_changed_rule_makes_every_receipt_of_its_table_lapse(tmp_path):
    folder = good_candidate.write(tmp_path / "candidate", good_candidate.tables(), database=False)
    manifest = good_candidate.manifest()
    candidate.judge_candidate(folder, manifest, tmp_path / "receipts")
    promises = manifest["nodes"]["test.lasp.is_as_promised_releases"]["config"]["meta"]
    promises["unique_on"] = ["month", "revision"]
    again = candidate.judge_candidate(folder, manifest, tmp_path / "receipts")
    assert [verdict.suite_id for verdict in again] == ["marts.releases", "marts"]


def test_a_published_table_without_a_file_fails_the_whole(tmp_path):
    folder = good_candidate.write(tmp_path, good_candidate.tables(), database=False)
    (folder / "waiting_list.parquet").unlink()
    whole = candidate.judge_candidate(folder, good_candidate.manifest())[-1]
    assert [result.rule for result in whole.failures] == ["MART-FILES"]
    assert "waiting_list" in whole.failures[0].message


def test_the_verdict_on_the_whole_belongs_to_one_release(tmp_path):
    folder = good_candidate.write(tmp_path, good_candidate.tables(), database=False)
    one = candidate.judge_candidate(folder, good_candidate.manifest())[-1]
    label = json.loads((folder / candidate.LABEL).read_text("utf-8"))
    (folder / candidate.LABEL).write_text(json.dumps(label | {"release_id": "2025-06/r1"}))
    other = candidate.judge_candidate(folder, good_candidate.manifest())[-1]
    assert one.sha256 != other.sha256


def test_a_file_belongs_to_the_table_with_the_longest_fitting_name():
    tables = ["indicators", "indicators_old", "indicator_values"]
    assert candidate.table_of("indicators_old_2025.parquet", tables) == "indicators_old"
    assert candidate.table_of("indicator_values_2025.parquet", tables) == "indicator_values"
    assert candidate.table_of("indicatorsx.parquet", tables) is None
