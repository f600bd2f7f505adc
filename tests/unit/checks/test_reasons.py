"""What a data engineer reads of a failed check."""

from datetime import date

import pytest

from expectations.gate import Result, Verdict
from expectations.receipts import Receipt
from ingest.store.submissions import Submission
from orchestration.checks import reasons


def result(rule="R1", severity="refuse", passed=False, failed_count=3):
    return Result(rule, severity, passed, failed_count, f"{rule} is broken.", f"Mend {rule}.")


def judged(*results, sender="RBS", month="2025-09", rows=1000):
    submission = object.__new__(Submission)
    for name, value in {"sender": sender, "period": month, "submission_id": "ab" * 8}.items():
        object.__setattr__(submission, name, value)
    return submission, Receipt("0", "lake.nd_pathway.referrals", "1", False, rows, results)


def finding(rule="F1", severity="withhold", basis="local", org="RBS", month="2025-09"):
    return {
        "rule_id": rule, "severity": severity, "basis": basis, "org_code": org, "period": month,
        "period_end": date.fromisoformat(f"{month}-28"), "dataset": "nd_pathway",
        "message": f"{rule} was found.", "action": f"Mend {rule}.", "observed": "secret",
    }  # fmt: skip


def test_a_feed_says_whose_table_breaks_which_rule_how_often_and_what_to_do():
    reason = reasons.of_feed([judged(result(), result("R2", passed=True))])
    assert not reason.passed
    assert "First: R1 is broken. Mend R1." in reason.words
    assert "Ask each sender for a corrected file" in reason.words
    (row,) = reason.rows
    assert row == {
        "sender": "RBS", "month": "2025-09", "table": "referrals", "rule": "R1",
        "rows": "3 of 1,000", "what is wrong": "R1 is broken.", "what to do": "Mend R1.",
        "submission": "abababababababab",
    }  # fmt: skip


def test_rows_about_people_are_not_counted_and_that_is_said():
    reason = reasons.of_feed([judged(result(failed_count=None))])
    assert reason.rows[0]["rows"] == "not counted of 1,000"


def test_a_feed_that_keeps_its_contract_says_of_how_many_tables():
    reason = reasons.of_feed([judged(result(passed=True)), judged(result(severity="note"))])
    assert reason == reasons.Reason(True, "2 tables meet their contract.")


def test_findings_about_us_come_first_then_what_stops_a_figure_then_the_newest():
    found = [
        finding("national", "refuse", "published", "E06000001"),
        finding("noted", "note"),
        finding("older", month="2025-08"),
        finding("newer"),
        finding("ours as published", "withhold", "published", "RY7", "2025-07"),
    ]
    reason = reasons.of_findings(found, {"RY7"})
    order = [row["rule"] for row in reason.rows]
    assert order == ["newer", "older", "ours as published", "noted", "national"]
    assert "Findings that withhold: 4, about us: 3." in reason.words
    assert "First: newer was found. Mend newer. 4 more in the table below." in reason.words
    assert "secret" not in str(reason)


def test_only_so_many_rows_are_shown_and_how_many_there_are_is_said():
    reason = reasons.of_findings([finding(f"F{n}") for n in range(1234)], ())
    assert len(reason.rows) == reasons.SHOWN
    assert "Findings that withhold: 1,234" in reason.words


def test_notes_alone_pass_and_are_shown():
    reason = reasons.of_findings([finding(severity="note")], ())
    assert reason.passed
    assert reason.words == "Nothing is withheld. Found: 1 note."
    assert len(reason.rows) == 1


def test_the_marts_say_which_table_breaks_which_rule_and_that_nothing_was_released():
    verdict = Verdict("marts.indicator_values", "1", "0", 50, (result(), result("R2", "note")))
    reason = reasons.of_marts([verdict])
    assert not reason.passed
    assert "Nothing was released" in reason.words
    assert [(row["table"], row["rule"], row["rows"]) for row in reason.rows] == [
        ("indicator_values", "R1", "3 of 50")
    ]
    assert reasons.of_marts([]).passed


PROMISE = {
    "name": "not_null_plans_plan_id", "description": "", "column_name": "plan_id",
    "attached_node": "model.lasp.plans", "original_file_path": "models/core/_plans.yml",
}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("fail", "break a promise: 7. The promise: plans, column plan_id: not_null_plans_plan_id."),
        ("skipped", "Not checked, because an earlier step was not built. "),
        ("error", "The test itself could not be run: see dbt/target/x.sql."),
    ],
)
def test_a_dbt_test_says_what_was_promised_and_how_the_rows_are_read(status, said):
    reason = reasons.of_test({"status": status, "failures": 7}, PROMISE, "dbt/target/x.sql")
    assert not reason.passed
    assert said in reason.words
    if status == "fail":
        assert "run the SQL of dbt/target/x.sql" in reason.words
        assert "models/core/_plans.yml in dbt_project" in reason.words


def test_a_dbt_test_that_passes_says_its_promise():
    promise = PROMISE | {"description": "Every plan\nhas an id."}
    reason = reasons.of_test({"status": "pass", "failures": 0}, promise, "x")
    assert reason == reasons.Reason(True, "plans, column plan_id: Every plan has an id.")
