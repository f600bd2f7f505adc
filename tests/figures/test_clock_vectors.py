"""The vectors of the statutory clocks, read back from core and marts.

Every vector is a case of its own in one lake. Those that tell of a figure come from a sender of
their own, so that it stands alone in the release. Events that no delivery tells are facts of the
unit tests of `int_case_deadlines__dated`, the model that counts every clock of the seed.
"""

import contextlib
import csv
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.worlds.casework import BORN, Deliveries
from tests.worlds.lakes import (
    place,
    prepare_lake,
    run_dbt,
    settled_seeds,
    submission_of,
    write_run,
)

VECTORS = Path(__file__).resolve().parents[1] / "vectors/clock_vectors.csv"
RELEASE = "2026-12"
COUNCIL = "Z400L"
AUTISM_MONTHS = ("2025-01", "2025-06")
"""A referral of January 2025 has had its 13 weeks by June."""
OTHER_CHOICES = {
    "day_count": "inclusive",
    "s44": "anniversary",
    "phase_mode": "before",
    "year_group": "chronological",
}
CORE = "+ehc_needs_assessments +ehc_plans +annual_reviews +ehc_advice +appeals +service_waits"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Vector:
    """One vector: its facts, the choices that it is read by, and what is expected."""

    def __init__(self, row: dict[str, str]) -> None:
        self.name, self.clock = row["vector_id"], row["clock"]
        self.facts, self.choices, self.expected = (
            json.loads(row[column]) for column in ("inputs_json", "params_json", "expected_json")
        )

    def day(self, name: str) -> date | None:
        value = self.facts.get(name)
        return date.fromisoformat(value) if value else None

    @property
    def is_read_by_other_choices(self) -> bool:
        words = {**self.choices, "phase_mode": self.choices.get("reading")}
        return any(words.get(name) == word for name, word in OTHER_CHOICES.items())


with VECTORS.open(encoding="utf-8", newline="") as lines:
    ALL = [Vector(row) for row in csv.DictReader(lines)]

UNTOLD = {
    "exception_absence_from_area",
    "post16_move",
    "reassessment_final",
    "transfer_in",
    "mediation_certificate",
    "comms_5_working_days",
    "ldahc_age14",
}
"""Clocks whose events no delivery tells; nor does any tell of a mediation certificate."""
OF_FIGURES = ("sen2_20wk_measure", "ar_12wk_measure", "advice_6wk", "nd_13wk")


def _is_told(vector: Vector) -> bool:
    return vector.clock not in UNTOLD and not vector.facts.get("mediation_certificate")


TOLD = [vector for vector in ALL if _is_told(vector)]
SENDERS = {
    vector.name: f"Z{410 + k}L" for k, vector in enumerate(v for v in TOLD if v.clock in OF_FIGURES)
}


def _deliver(to: Deliveries, vector: Vector) -> None:
    DELIVERED[vector.clock](to, vector, SENDERS.get(vector.name, COUNCIL))


def _request(to: Deliveries, vector: Vector, sender: str) -> None:
    final = vector.day("final_plan_issued")
    to.case(
        sender,
        vector.name,
        requests={
            "receiveddate": vector.day("request_received"),
            "requestoutcomedate": vector.day("decision_notified"),
            "requestoutcome": "Y",
        },
        assessment={
            "assessmentoutcome": "N" if vector.clock.startswith("not_issue") else "Y",
            "assessmentoutcomedate": vector.day("decision_not_to_issue_notified"),
        },
        namedplan=final and {"startdate": final},
    )


def _planned(
    to: Deliveries,
    vector: Vector,
    sender: str,
    born: date | None = None,
    started: date | None = None,
    **active: date | None,
) -> None:
    """Add a case with an open plan."""
    to.case(
        sender,
        vector.name,
        person={"birth_month": (born or BORN).replace(day=1)},
        assessment={"assessmentoutcome": "Y"},
        namedplan={"startdate": started},
        activeplans=active,
    )


def _closure(to: Deliveries, vector: Vector, sender: str) -> None:
    asked, urn = vector.day("advice_requested"), _urn(vector)
    to.case(
        sender,
        vector.name,
        requests={"receiveddate": asked - timedelta(days=30)},
        assessment={"assessmentoutcome": "Y"},
        namedplan={},
        plandetail={"urn": urn, "placementrank": 1},
    )
    days = {"closed_from": vector.day("closure_first_day"), "reopens": vector.day("reopens")}
    to.add("school_closures", "closures", sender, urn=urn, **days)
    _ask(to, vector, sender, "school", asked)


def _urn(vector: Vector) -> str:
    return f"{999000 + int(vector.name[1:])}"


def _ask(
    to: Deliveries,
    vector: Vector,
    sender: str,
    body: str,
    asked: date,
    received: date | None = None,
) -> None:
    row = {"advice_id": vector.name, "case_id": vector.name, "advice_body": body}
    row |= {"requested_date": asked, "received_date": received}
    to.add("ehc_advice", "advice", sender, **row)


def _measured_plans(to: Deliveries, vector: Vector, sender: str) -> None:
    cases = vector.facts["cases"]
    if isinstance(cases, dict):
        on_time, late = ("2025-01-06", cases["on_time"]), ("2024-01-08", cases["late"])
        cases = [
            {"request": asked, "final": "2025-05-26", "exception": False, "tribunal": False}
            for asked, count in (on_time, late)
            for _ in range(count)
        ]
    for k, case in enumerate(cases):
        asked = case["request"] and date.fromisoformat(case["request"])
        to.case(
            sender,
            f"{vector.name}-{k}",
            requests={
                "receiveddate": asked,
                "requestoutcome": "Y",
                "requesttribunal": case["tribunal"],
            },
            assessment={"assessmentoutcome": "Y", "week20": case["exception"]},
            namedplan={"startdate": date.fromisoformat(case["final"])},
        )


def _draft(to: Deliveries, vector: Vector, sender: str) -> None:
    _planned(to, vector, sender, reviewdraft=vector.day("draft_served"))


def _plan(to: Deliveries, vector: Vector, sender: str) -> None:
    _planned(to, vector, sender, started=vector.day("plan_issued_or_last_review"))


def _review(to: Deliveries, vector: Vector, sender: str) -> None:
    started = vector.day("plan_issued_or_last_review")
    _planned(to, vector, sender, vector.day("birth_date"), started)
    decision = vector.facts.get("decision")
    meeting = vector.day("meeting") or vector.day("review_meeting")
    to.review(
        sender,
        vector.name,
        meeting_date=meeting,
        decision=decision and {"amend": "A", "maintain": "M", "cease": "C"}[decision],
        decision_date=decision and meeting + timedelta(days=28),
        amendment_notice_date=vector.day("amendment_notice") or vector.day("notice_served"),
        final_amended_plan_date=vector.day("final_amended_issued"),
        year_group=vector.facts.get("ncy_actual"),
    )


def _early_years(to: Deliveries, vector: Vector, sender: str) -> None:
    _planned(to, vector, sender, date(2022, 6, 1), lastreview=vector.day("last_review"))


def _phase_transfer(to: Deliveries, vector: Vector, sender: str) -> None:
    year, to_post16 = vector.facts["transfer_year"], vector.facts["secondary_to_post16"]
    due = date(year, 3, 31) if to_post16 else date(year, 2, 15)
    born = date(year - (16 if to_post16 else 11), 5, 1)
    _planned(to, vector, sender, born, phasetransferduedate=due)


def _child(to: Deliveries, vector: Vector, sender: str) -> None:
    _planned(to, vector, sender, vector.day("birth_date"))


def _advice(to: Deliveries, vector: Vector, sender: str) -> None:
    _ask(to, vector, sender, "ep", vector.day("requested"), vector.day("received"))


def _appeal(to: Deliveries, vector: Vector, sender: str) -> None:
    notice = vector.day("notice_sent")
    to.case(
        sender,
        vector.name,
        requests={
            "receiveddate": notice - timedelta(days=30),
            "requestoutcomedate": notice,
            "requestoutcome": "N",
        },
    )
    row = {"appeal_id": vector.name, "case_id": vector.name, "appeal_type": "refuse_assess"}
    registered = notice + timedelta(days=20)
    to.add("tribunals", "appeals", sender, **row, registered_date=registered)


ORDERS = {
    "assess_notify": ("refuse_assess", "order_first_step_due_date"),
    "assess_then_no_plan_decision": ("refuse_assess", "order_no_plan_due_date"),
    "assess_then_final_plan": ("refuse_assess", "order_due_date"),
    "make_plan_draft": ("refuse_issue", "order_first_step_due_date"),
    "make_plan_final": ("refuse_issue", "order_due_date"),
    "amend_contents": ("content_F", "order_due_date"),
    "name_school": ("placement_I", "order_due_date"),
}


def _order(to: Deliveries, vector: Vector, sender: str) -> None:
    ordered = vector.day("order_date")
    row = {"appeal_id": vector.name, "case_id": vector.name, "outcome": "in_favour"}
    row |= {"appeal_type": ORDERS[vector.facts["order"]][0], "order_date": ordered}
    registered = ordered - timedelta(days=60)
    to.add("tribunals", "appeals", sender, **row, registered_date=registered)


def _referral(to: Deliveries, vector: Vector, sender: str) -> None:
    row = {"referral_id": vector.name, "pathway": "autism", "provider_code": "RXA"}
    row |= {"birth_month": BORN, "referral_received_date": vector.day("referral")}
    row |= {"first_attended_contact_date": vector.day("first_attended_contact")}
    to.add("nd_pathway", "referrals", sender, **row)


DELIVERED: dict[str, Callable[[Deliveries, Vector, str], None]] = {
    "ehcna_due": _request,
    "ehcp_20wk": _request,
    "request_decision_6wk": _request,
    "not_issue_decision_16wk": _request,
    "exception_school_closure": _closure,
    "sen2_20wk_measure": _measured_plans,
    "draft_plan_representations": _draft,
    "ar_decision_due": _review,
    "ar_review_due": _plan,
    "ar_school_report": _review,
    "ar_final_due": _review,
    "ar_12wk_measure": _review,
    "ar_amend_representations": _review,
    "ey_review_window": _early_years,
    "pfa_applies": _review,
    "phase_transfer": _phase_transfer,
    "compulsory_school_age_end": _child,
    "compulsory_school_age_start": _child,
    "advice_6wk": _advice,
    "appeal_deadline": _appeal,
    "mediation_window": _appeal,
    "tribunal_order": _order,
    "nd_13wk": _referral,
}


def _lake_of_all(home: Path) -> Path:
    deliveries, submissions = Deliveries(), []
    for vector in TOLD:
        _deliver(deliveries, vector)
    prepare_lake(home)
    for feed, sender, tables in deliveries:
        for month in AUTISM_MONTHS if feed == "nd_pathway" else (RELEASE,):
            rows = sum(map(len, tables.values()))
            submissions.append(submission_of(feed, sender, month, rows))
            place(home / "lake", submissions[-1], **tables)
    write_run(home, submissions, RELEASE, date(2027, 1, 20))
    return home


KINDS = ("--resource-type", "seed", "--resource-type", "model")


@pytest.fixture(scope="module")
def by_default(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = _lake_of_all(tmp_path_factory.mktemp("by_default"))
    run_dbt(
        home,
        "build",
        *KINDS,
        "--select",
        *CORE.split(),
        "+indicator_values",
        "+int_case_deadlines__dated",
    )
    return home


@pytest.fixture(scope="module")
def by_other_choices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("by_other_choices")
    home = folder / "var"
    home.mkdir()
    seeds = settled_seeds(folder, OTHER_CHOICES)
    run_dbt(_lake_of_all(home), "build", *KINDS, "--select", *CORE.split(), seeds=seeds)
    return home


def _rows(home: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.sql(sql).fetchall()


def _core(home: Path, table: str, vector: Vector, *columns: str) -> tuple:
    (row,) = _rows(
        home,
        f"select {', '.join(columns)} from core.{table} where case_id = '{vector.name}'",
    )
    return row


def _day(text: str | None) -> date | None:
    return text and date.fromisoformat(text)


@pytest.mark.parametrize("vector", TOLD, ids=lambda vector: f"{vector.name}-{vector.clock}")
def test_a_delivered_vector_is_what_core_and_marts_say(
    vector: Vector, request: pytest.FixtureRequest
) -> None:
    home = request.getfixturevalue(
        "by_other_choices" if vector.is_read_by_other_choices else "by_default"
    )
    READ[vector.clock](home, vector)


def _read_days(table: str, **columns: str) -> Callable[[Path, Vector], None]:
    """Compare the days that a table gives with those that the vector expects of the same clock."""

    def read(home: Path, vector: Vector) -> None:
        told = {key: columns[key] for key in vector.expected if key in columns}
        assert told
        days = _core(home, table, vector, *told.values())
        assert dict(zip(told, days, strict=True)) == {
            key: _day(vector.expected[key]) for key in told
        }

    return read


def _read_elapsed(elapsed: str, is_within: str) -> Callable[[Path, Vector], None]:
    def read(home: Path, vector: Vector) -> None:
        days, within = _core(home, "ehc_needs_assessments", vector, elapsed, is_within)
        (expected,) = [v for key, v in vector.expected.items() if key.startswith("within_")]
        assert (days, within) == (vector.expected["elapsed_days"], expected)
        if "elapsed_weeks" in vector.expected:
            assert round(days / 7, 2) == vector.expected["elapsed_weeks"]

    return read


def _read_closure(home: Path, vector: Vector) -> None:
    expected = vector.expected["exception_applies"]
    assert _core(home, "ehc_advice", vector, "was_asked_in_closure") == (expected,)
    assert _core(home, "ehc_needs_assessments", vector, "was_asked_in_closure") == (expected,)
    long_enough = _rows(
        home,
        "select reopens - closed_from from intermediate.int_school_closures__windowed "
        f"where urn = '{_urn(vector)}'",
    )
    days = vector.expected["closure_days"]
    assert long_enough == ([(days,)] if days >= 28 else [])


def _figure(home: Path, indicator: str, vector: Vector) -> tuple:
    """Give numerator, denominator and value of the year 2025 in the area of the vector's sender."""
    ((numerator, denominator, value),) = _rows(
        home,
        "select numerator, denominator, value from marts.indicator_values "
        f"where indicator_id = '{indicator}' and area_code = 'E0899{SENDERS[vector.name][1:4]}' "
        "and breakdown = 'all' and basis = 'local' and period_type = 'ytd' "
        "and period_end = '2025-12-31'",
    )
    return numerator, denominator, value


def _read_measure(home: Path, vector: Vector) -> None:
    for indicator, key in (("ehcp_20wk_inc_pct", "inc"), ("ehcp_20wk_pct", "exc")):
        expected = tuple(vector.expected[f"{key}_{part}"] for part in ("num", "den", "pct"))
        assert _figure(home, indicator, vector) == expected
    reasons = _rows(
        home,
        "select exclusion_reason from core.ehc_needs_assessments "
        f"where sender = '{SENDERS[vector.name]}'",
    )
    without = [reason in ("date_missing", "dates_out_of_order") for (reason,) in reasons]
    assert sum(without) == vector.expected["not_available"]
    disputed = reasons.count(("mediation_or_tribunal",))
    assert disputed == vector.expected["excluded_mediation_tribunal"]


def _read_representations(home: Path, vector: Vector) -> None:
    (last,) = _core(home, "ehc_plans", vector, "representations_end_date")
    assert last == _day(vector.expected["last_day_for_representations"])
    assert last + timedelta(days=1) == _day(vector.expected["earliest_finalise_without_response"])


def _read_review_year(home: Path, vector: Vector) -> None:
    choice = vector.choices["s44"]
    (day,) = _core(home, "ehc_plans", vector, "next_review_due_date")
    strict, anniversary = (
        _day(vector.expected[key]) for key in ("review_complete_by", "anniversary_reading")
    )
    assert day == (strict if choice == "strict" else anniversary)


def _read_final_measure(home: Path, vector: Vector) -> None:
    expected = (int(vector.expected["met"]), int(vector.expected["in_denominator"]))
    assert _figure(home, "ar_12wk_pct", vector)[:2] == expected


def _read_year_group(home: Path, vector: Vector) -> None:
    columns = ("year_group", "is_year_9_or_above", "academic_age")
    told = _core(home, "annual_reviews", vector, *columns)
    keys = ("ncy", "pfa_review_required", "academic_age")
    for key, value in zip(keys, told, strict=True):
        assert key not in vector.expected or vector.expected[key] == value


def _read_advice(home: Path, vector: Vector) -> None:
    due, met = vector.expected["due"], vector.expected["met"]
    assert _core(home, "ehc_advice", vector, "due_date", "is_within_6_weeks") == (_day(due), met)
    assert _figure(home, "advice_ep_6wk_pct", vector)[:2] == (int(met), 1)


def _read_order(home: Path, vector: Vector) -> None:
    (due,) = _core(home, "appeals", vector, ORDERS[vector.facts["order"]][1])
    assert due == _day(vector.expected["due"])


def _read_first_contact(home: Path, vector: Vector) -> None:
    ((days,),) = _rows(
        home,
        "select date_diff('day', referral_received_date, first_contact_date) "
        f"from core.service_waits where sender = '{SENDERS[vector.name]}' "
        f"and strftime(census_date, '%Y-%m') = '{AUTISM_MONTHS[-1]}'",
    )
    assert days == vector.expected["days"]
    within = int(vector.expected["within_13_weeks"])
    assert _figure_of_autism(home, vector) == (within, 1)


def _figure_of_autism(home: Path, vector: Vector) -> tuple:
    (row,) = _rows(
        home,
        "select numerator, denominator from marts.indicator_values "
        "where indicator_id = 'nd_13w_first_contact_pct' and breakdown = 'all' "
        f"and area_code = 'E0899{SENDERS[vector.name][1:4]}' and basis = 'local' "
        f"and period_type = 'month' and period_start = '{vector.day('referral'):%Y-%m}-01'",
    )
    return row


READ: dict[str, Callable[[Path, Vector], None]] = {
    "ehcna_due": _read_days(
        "ehc_needs_assessments",
        decision_due_6wk="decision_due_date",
        no_plan_due_16wk="no_plan_due_date",
        final_plan_due_20wk="final_plan_due_date",
    ),
    "ehcp_20wk": _read_elapsed("elapsed_days", "is_within_20_weeks"),
    "request_decision_6wk": _read_elapsed("decision_elapsed_days", "is_decided_within_6_weeks"),
    "not_issue_decision_16wk": _read_elapsed("no_plan_elapsed_days", "is_refused_within_16_weeks"),
    "exception_school_closure": _read_closure,
    "sen2_20wk_measure": _read_measure,
    "draft_plan_representations": _read_representations,
    "ar_decision_due": _read_days(
        "annual_reviews",
        decision_due="completion_due_date",
        four_week_limit="decision_due_date",
        twelve_month_limit="twelve_month_limit_date",
    ),
    "ar_review_due": _read_review_year,
    "ar_school_report": _read_days("annual_reviews", report_due="report_due_date"),
    "ar_final_due": _read_days(
        "annual_reviews",
        final_plan_due="final_amended_due_date",
        meeting_plus_12wk="twelve_week_limit_date",
        notice_plus_8wk="eight_week_limit_date",
    ),
    "ar_12wk_measure": _read_final_measure,
    "ar_amend_representations": _read_days(
        "annual_reviews", last_day_for_representations="representations_end_date"
    ),
    "ey_review_window": _read_days(
        "ehc_plans",
        consider_from="early_years_review_from_date",
        consider_by="early_years_review_by_date",
    ),
    "pfa_applies": _read_year_group,
    "phase_transfer": _read_days("ehc_plans", finalise_by="phase_transfer_last_date"),
    "compulsory_school_age_end": _read_days("ehc_plans", ends="compulsory_school_age_end_date"),
    "compulsory_school_age_start": _read_days(
        "ehc_plans", starts="compulsory_school_age_start_date"
    ),
    "advice_6wk": _read_advice,
    "appeal_deadline": _read_days("appeals", deadline="appeal_due_date"),
    "mediation_window": _read_days("appeals", contact_adviser_by="mediation_contact_due_date"),
    "tribunal_order": _read_order,
    "nd_13wk": _read_first_contact,
}


@pytest.mark.parametrize(
    "vector",
    [vector for vector in ALL if vector.clock == "ar_review_due"],
    ids=lambda vector: vector.name,
)
def test_the_other_reading_of_a_review_year_gives_its_other_day(
    by_other_choices: Path, vector: Vector
) -> None:
    (day,) = _core(by_other_choices, "ehc_plans", vector, "next_review_due_date")
    assert day == _day(vector.expected["anniversary_reading"])


@pytest.fixture(scope="module")
def unit_tests(by_default: Path) -> dict[str, dict]:
    """Run the unit tests of that model; give those that passed, by name."""
    with contextlib.suppress(AssertionError):
        run_dbt(by_default, "test", "--select", "int_case_deadlines__dated,test_type:unit")
    target = by_default / "dbt/target"
    results = json.loads((target / "run_results.json").read_text())["results"]
    passed = {result["unique_id"] for result in results if result["status"] == "pass"}
    tests = json.loads((target / "manifest.json").read_text())["unit_tests"]
    return {name: test for name, test in tests.items() if name in passed}


@pytest.mark.parametrize(
    "vector",
    [vector for vector in ALL if not _is_told(vector)],
    ids=lambda vector: f"{vector.name}-{vector.clock}",
)
def test_a_vector_that_no_delivery_tells_is_what_deadlines_say(
    unit_tests: dict[str, dict], vector: Vector
) -> None:
    (test,) = [
        test
        for test in unit_tests.values()
        if vector.name in re.findall(r"\w+", test["description"] or "")
    ]
    facts = json.dumps([given["rows"] for given in test["given"]], default=str)
    outcome = json.dumps(test["expect"]["rows"], default=str)
    for day in DAY.findall(json.dumps(vector.facts)):
        assert day in facts + outcome, day
    for day in DAY.findall(json.dumps(vector.expected)):
        assert day in outcome, day


def test_every_vector_is_tried_once() -> None:
    assert len({vector.name for vector in ALL}) == len(ALL) == 67
    assert {vector.clock for vector in TOLD} == set(READ) == set(DELIVERED)
