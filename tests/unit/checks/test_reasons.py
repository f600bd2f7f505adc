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
    "name": "is_as_promised_plans_", "description": "", "attached_node": "model.lasp.plans",
    "config": {"meta": {"unique_on": ["plan_id", "version"], "one_of": {"kind": ["a", "b"]}}},
    "original_file_path": "models/core/_plans.yml",
}  # fmt: skip
REFERENCE = {
    "name": "relationships_plans_person_id", "description": "", "attached_node": "model.lasp.plans",
    "config": {}, "column_name": "person_id", "original_file_path": "models/core/_plans.yml",
}  # fmt: skip


def test_a_table_says_which_of_its_promises_are_broken_and_how_the_rows_are_read():
    broken = [
        {"promise": "unique_on plan_id, version", "rows": 2, "reading": "select 1"},
        {"promise": "one_of kind", "rows": 1234, "reading": "select 2"},
    ]
    node = {"status": "fail", "failures": 1236, "broken": broken}
    reason = reasons.of_test(node, PROMISE, "dbt/target/x.sql")
    assert not reason.passed
    assert reason.words.startswith(
        "Broken promises of plans: unique_on plan_id, version (2 rows); one_of kind (1,234 rows). "
    )
    assert "run the SQL in the table below" in reason.words
    assert "models/core/_plans.yml in dbt_project" in reason.words
    assert reason.rows[1] == {
        "promise": "one_of kind", "rows": "1,234", "to read the rows": "select 2",
    }  # fmt: skip


def test_a_promise_between_two_tables_is_read_by_the_sql_of_its_test():
    node = {"status": "fail", "failures": 7, "broken": []}
    reason = reasons.of_test(node, REFERENCE, "dbt/target/x.sql")
    assert "Broken promises of plans: relationships_plans_person_id (7 rows)." in reason.words
    assert reason.rows[0]["to read the rows"] == "see dbt/target/x.sql"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("skipped", "Not checked, because an earlier step was not built. "),
        ("error", "The test itself could not be run: see dbt/target/x.sql."),
    ],
)
def test_a_dbt_test_that_did_not_run_says_what_was_promised_and_why(status, said):
    reason = reasons.of_test({"status": status}, PROMISE, "dbt/target/x.sql")
    assert not reason.passed
    assert reason.words.startswith("plans: unique_on plan_id, version; one_of kind. ")
    assert said in reason.words


def test_a_dbt_test_that_passes_says_what_it_holds():
    kept = {"status": "pass"}
    assert reasons.of_test(kept, PROMISE, "x") == reasons.Reason(
        True, "plans: unique_on plan_id, version; one_of kind"
    )
    told = REFERENCE | {"description": "Every plan\nhas a person."}
    assert reasons.of_test(kept, told, "x") == reasons.Reason(
        True, "plans, column person_id: Every plan has a person."
    )
