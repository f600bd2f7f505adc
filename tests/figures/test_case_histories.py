"""Random histories of cases, counted twice: by the models, and by hand in plain Python.

Due dates, elapsed days and inclusion of every case, under the choices of the Partnership as they
stand and settled the other way. Nobody is above the line of a share without being below it.
"""

from __future__ import annotations

import calendar
import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from expectations.gate import as_frame
from expectations.suites import feeds
from ingest.contracts import contract_for
from tests.worlds.casework import Deliveries
from tests.worlds.lakes import (
    PROJECT,
    place,
    prepare_lake,
    run_dbt,
    settled_seeds,
    submission_of,
    write_run,
)

COUNCIL = "E08000015"
RELEASE = "2025-06"
CENSUS = date(2025, 6, 30)
FIRST = date(2024, 7, 1)
"""The first day of the twelve months to the census."""
CASES = 400
AS_THEY_STAND = {"day_count": "exclusive", "s44": "strict", "phase_mode": "by"}
OTHERWISE = {"day_count": "inclusive", "s44": "anniversary", "phase_mode": "before"}
MEASURED = ("int_ehc_cases__measured", "int_review_cases__measured", "int_advice_cases__measured")
HEALTH = ("medical", "cypmh", "slt", "ot")
Counted = dict[tuple[str, str, int], tuple[bool, bool]]
"""Measure, month and row of a case that counts: whether above and below the line."""


@dataclass
class Case:
    """One case as it was delivered, and the numbers of its rows."""

    number: str
    request: dict
    assessment: dict | None
    plan: dict | None
    active: dict | None
    placement: dict | None
    rows: dict[str, int]
    born: date
    reviews: list[dict] = field(default_factory=list)
    advice: list[dict] = field(default_factory=list)


def _day(chance: random.Random, first: date, last: date) -> date:
    return first + timedelta(days=chance.randrange((last - first).days + 1))


def _after(chance: random.Random, day: date | None, edges: tuple[int, ...]) -> date | None:
    """Give a day around one of the limits after a day, now and then one before it, or none."""
    if day is None or chance.random() < 0.15:
        return None
    after = chance.choice(edges) + chance.randrange(-2, 3)
    if chance.random() < 0.05:
        after = -chance.randrange(1, 30)
    return min(day + timedelta(days=after), CENSUS)


def _casework(chance: random.Random, to: Deliveries, number: str) -> Case:
    asked = _day(chance, date(2023, 3, 1), CENSUS) if chance.random() > 0.03 else None
    decided = _after(chance, asked, (20, 41, 42, 43, 60))
    outcome = chance.choice("YYYYNWHA") if decided else chance.choice("AAAYH")
    request = {
        "receiveddate": asked,
        "requestoutcomedate": decided,
        "requestoutcome": outcome,
        "requestsource": chance.choice("12234"),
        "apdr_cycles_evidenced": chance.choice([None, 0, 1, 2, 3]),
        "requesttribunal": chance.random() < 0.05,
        "exported": chance.random() < 0.05,
    }
    assessment = plan = active = placement = None
    is_conceded = outcome == "N" and chance.random() < 0.4
    if is_conceded:
        request["requestmediation"] = chance.choice([None, True, False])
    if (outcome == "Y" and chance.random() < 0.85) or is_conceded:
        found = _after(chance, asked, (90, 111, 112, 113, 150))
        assessment = {
            "assessmentoutcomedate": found,
            "assessmentoutcome": chance.choice([*"YYYYNWH"] if found else ["A", "A", None]),
            "week20": chance.random() < 0.15,
            "week20_ground": chance.choice([None, "c"]),
        }
        if assessment["assessmentoutcome"] == "Y" and chance.random() < 0.9:
            started = _after(chance, asked, (100, 139, 140, 141, 300, 364, 365, 500))
            ceased = _after(chance, started, (200, 400)) if chance.random() < 0.2 else None
            plan = {"startdate": started, "ceasedate": ceased}
    if plan is not None and chance.random() < 0.8:
        due = chance.choice([None, date(2024, 12, 5), date(2025, 2, 15), date(2025, 3, 31)])
        active = {
            "transferla": chance.random() < 0.05,
            "lastreview": _after(chance, plan["startdate"], (100, 364, 365, 366)),
            "phasetransferduedate": due,
            "phasetransferfinaldate": _after(chance, due, (-400, -1, 0, 1, 40, 44, 72)),
        }
        setting = chance.choice([None, "OLA", "NEET", "EHE", "NIEO", "999001"])
        is_school = setting == "999001"
        placement = {
            "placementrank": 1,
            "urn": setting if is_school else None,
            "sensetting": None if is_school else setting,
        }
    born = date(chance.randrange(2003, 2022), chance.randrange(1, 13), 1)
    rows = to.case(
        COUNCIL,
        number,
        person={"birth_month": born, "sex": chance.choice("FM")},
        requests=request,
        assessment=assessment,
        namedplan=plan,
        activeplans=active,
        placementdetail=placement,
    )
    return Case(number, request, assessment, plan, active, placement, rows, born)


def _reviews(chance: random.Random, to: Deliveries, case: Case) -> None:
    for k in range(chance.randrange(4)):
        meeting = _day(chance, date(2023, 12, 1), CENSUS) if chance.random() > 0.05 else None
        if meeting in [review["meeting_date"] for review in case.reviews]:
            continue
        decided = _after(chance, meeting, (10, 27, 28, 29, 60))
        noticed = _after(chance, meeting, (10, 28, 40))
        row = {
            "meeting_date": meeting,
            "decision_date": decided,
            "decision": chance.choice("MAAC") if decided else chance.choice([None, None, "M", "A"]),
            "amendment_notice_date": noticed,
            "final_amended_plan_date": _after(chance, noticed or meeting, (55, 56, 57, 83, 84, 85)),
            "year_group": chance.choice([None, None, 8, 9, 12]),
            "parent_attended": chance.choice([None, True, False]),
            "cyp_participated": chance.choice([None, True, False]),
        }
        row |= {
            f"pfa_{area}": chance.random() < 0.8
            for area in ("employment", "independent_living", "community", "health")
        }
        number = f"{case.number}-{k}"
        at = to.review(COUNCIL, case.number, **row | {"review_id": number})
        case.reviews.append(row | {"source_row": at, "review_id": number})


def _advice(chance: random.Random, to: Deliveries, case: Case) -> None:
    for k in range(chance.randrange(3)):
        asked = _day(chance, date(2023, 12, 1), CENSUS)
        row = {
            "advice_id": f"{case.number}-{k}",
            "case_id": case.number,
            "advice_body": chance.choice(["ep", "school", "social_care", "other", *HEALTH]),
            "requested_date": asked,
            "received_date": _after(chance, asked, (5, 41, 42, 43, 90)),
            "exception_code": chance.choice([None, None, "8a"]),
            "not_required": chance.choice([None, None, None, True, False]),
        }
        if (row["received_date"] or asked) < asked:
            row["received_date"] = None
        at = to.add("ehc_advice", "advice", COUNCIL, **row)
        case.advice.append(row | {"source_row": at})


def _histories(chance: random.Random) -> tuple[list[Case], Deliveries]:
    to, cases = Deliveries(), []
    for k in range(CASES):
        cases.append(_casework(chance, to, str(k + 1)))
        _reviews(chance, to, cases[-1])
        _advice(chance, to, cases[-1])
    return cases, to


class ByHand:
    """The rules once more, case by case and day by day."""

    def __init__(self, cases: list[Case], choices: dict[str, str]) -> None:
        self.cases, self.choices = cases, choices

    def after_weeks(self, day: date | None, weeks: int) -> date | None:
        if day is None:
            return None
        return day + timedelta(weeks=weeks, days=-(self.choices["day_count"] == "inclusive"))

    def after_a_year(self, day: date | None) -> date | None:
        if day is None:
            return None
        return _a_year_after(day) - timedelta(days=self.choices["s44"] == "strict")

    def exclusion(self, case: Case) -> str | None:
        request, assessment, plan = case.request, case.assessment or {}, case.plan
        start = plan and plan["startdate"]
        received = request["receiveddate"]
        reasons = {
            "exported": plan is None and request["exported"],
            "historical": "H" in (request["requestoutcome"], assessment.get("assessmentoutcome")),
            "transferred_in": case.active and case.active["transferla"],
            "not_issued_yet": plan is None,
            "mediation_or_tribunal": self.was_disputed(case),
            "date_missing": received is None or start is None,
            "dates_out_of_order": received and start and start < received,
            "exception": assessment.get("week20"),
        }
        return next((reason for reason, applies in reasons.items() if applies), None)

    def is_open_request(self, case: Case) -> bool:
        request, assessment = case.request, case.assessment or {}
        if request["receiveddate"] is None or case.active is not None or request["exported"]:
            return False
        decision, finding = request["requestoutcome"], assessment.get("assessmentoutcome")
        is_reopened = finding in ("A", "Y")
        is_reopened |= case.assessment is not None and not finding and self.was_disputed(case)
        has_ended = decision in ("W", "H") or finding in ("N", "W", "H")
        return case.plan is None and not (has_ended or (decision == "N" and not is_reopened))

    def was_disputed(self, case: Case) -> bool:
        return bool(case.request["requesttribunal"] or case.request.get("requestmediation"))

    def plan_exclusion(self, case: Case) -> str | None:
        if case.plan["ceasedate"]:
            return "ceased"
        if case.plan["startdate"] is None and case.active is None:
            return "start_date_missing"
        return None

    def is_of_the_plan(self, case: Case, review: dict) -> bool:
        """Whether the plan was in force on the day of a review."""
        day = review["meeting_date"] or review["decision_date"]
        if case.plan is None or day is None:
            return case.plan is not None
        start, cease = case.plan["startdate"], case.plan["ceasedate"]
        return (start is None or start <= day) and (cease is None or day < cease)

    def of_the_plan(self, case: Case) -> list[dict]:
        return [review for review in case.reviews if self.is_of_the_plan(case, review)]

    def known_since(self, case: Case) -> date | None:
        names = ("meeting_date", "decision_date")
        days = [review[name] for review in self.of_the_plan(case) for name in names]
        if case.active:
            days += [case.active["lastreview"], case.active["phasetransferfinaldate"]]
        return case.plan["startdate"] or min((day for day in days if day), default=None)

    def transfer_limit(self, case: Case) -> date | None:
        """The last day for the plan of the next phase, where the move can be told."""
        due = case.active and case.active["phasetransferduedate"]
        if not due:
            return None
        group = self.year_by_age(case, due)
        told = [r for r in self.of_the_plan(case) if r["meeting_date"] and r["year_group"]]
        for review in sorted(told, key=lambda review: review["meeting_date"]):
            ahead = review["year_group"] - self.year_by_age(case, review["meeting_date"])
            if abs(ahead) <= 2:
                group = self.year_by_age(case, due) + ahead
        early = timedelta(days=self.choices["phase_mode"] == "before")
        if -2 <= group <= 8 and group != 1:
            return date(2025, 2, 15) - early
        if group == 11:
            return date(2025, 3, 31) - early
        return date(2025, 4, 1) if group > 11 and due.year == 2025 else None

    def year_by_age(self, case: Case, day: date) -> int:
        autumn = day.year - (day.month < 9)
        return autumn - case.born.year - (case.born.month > 8) - 4

    def last_decision(self, case: Case) -> date | None:
        days = [review["decision_date"] for review in self.of_the_plan(case)]
        days += [case.active["lastreview"]] if case.active else []
        return max((day for day in days if day), default=None)

    def next_review(self, case: Case) -> date | None:
        days = [case.plan["startdate"], self.last_decision(case)]
        return self.after_a_year(max((day for day in days if day), default=None))

    def twelve_months(self, case: Case, review: dict) -> date | None:
        """The last day of the year that began with what the meeting follows."""
        meeting = review["meeting_date"]
        if meeting is None:
            return None
        is_of_it = self.is_of_the_plan(case, review)
        beside = [r for r in case.reviews if self.is_of_the_plan(case, r) == is_of_it]
        days = [other["decision_date"] for other in beside]
        if is_of_it:
            days += [self.last_decision(case), case.plan["startdate"]]
        days = [day for day in days if day and day < meeting]
        return self.after_a_year(max(days, default=None))

    def final_amended(self, review: dict) -> date | None:
        days = [
            self.after_weeks(review["meeting_date"], 12),
            self.after_weeks(review["amendment_notice_date"], 8),
        ]
        return min((day for day in days if day), default=None)

    def counted(self) -> Counted:
        found: Counted = {}
        for case in self.cases:
            told = [*self.of_requests(case), *self.of_plans(case)]
            told += [*self.of_reviews(case), *self.of_advice(case)]
            for measure, day, row, above, below in told:
                if day is not None and FIRST <= day <= CENSUS:
                    found[measure, f"{day:%Y-%m}", row] = (bool(above), below)
        return found

    def of_requests(self, case: Case) -> Iterator[tuple]:
        request, assessment, row = case.request, case.assessment or {}, case.rows["requests"]
        asked, outcome = request["receiveddate"], request["requestoutcome"]
        is_historical = "H" in (outcome, assessment.get("assessmentoutcome"))
        is_foreign = is_historical or bool(case.active and case.active["transferla"])
        if not (is_foreign or request["exported"]):
            yield "requests", asked, row, True, False
            yield "refused", asked, row, outcome == "N", True
            if request["requestsource"] == "2":
                cycles = request["apdr_cycles_evidenced"] or 0
                yield "cycles_evidenced", asked, row, cycles >= 2, True
        decided, found = request["requestoutcomedate"], assessment.get("assessmentoutcomedate")
        if not is_foreign and asked and decided and decided >= asked and outcome in "YN":
            in_time = decided <= self.after_weeks(asked, 6)
            yield "decided_within_6_weeks", decided, row, in_time, True
        is_refusal = assessment.get("assessmentoutcome") == "N"
        if not is_foreign and is_refusal and asked and found and found >= asked:
            yield "refused_within_16_weeks", found, row, found <= self.after_weeks(asked, 16), True
        reason = self.exclusion(case)
        if reason in (None, "exception"):
            start = case.plan["startdate"]
            in_time = start <= self.after_weeks(asked, 20)
            yield "within_20_weeks_of_all", start, row, in_time, True
            yield "over_52_weeks", start, row, (start - asked).days > 364, True
            yield "mean_weeks", start, row, True, True
            if reason is None:
                yield "within_20_weeks", start, row, in_time, True
        if self.is_open_request(case) and self.after_weeks(asked, 20) < CENSUS:
            yield "open_overdue", CENSUS, row, True, False

    def of_plans(self, case: Case) -> Iterator[tuple]:
        if case.plan is None or self.plan_exclusion(case):
            return
        row, start = case.rows["namedplan"], case.plan["startdate"]
        setting = case.placement and (case.placement["urn"] or case.placement["sensetting"])
        yield "open_plans", CENSUS, row, True, False
        yield "need_mix", CENSUS, row, True, True
        yield "neet_setting", CENSUS, row, setting == "NEET", True
        if setting in (None, "OLA", "NEET", "NIEC", "NIEO"):
            yield "no_placement", CENSUS, row, True, False
        if setting is None:
            yield "awaiting_placement", CENSUS, row, True, False
        since = self.known_since(case)
        if since and _a_year_after(since) <= CENSUS:
            decided = self.last_decision(case)
            is_recent = decided and _a_year_after(decided) > CENSUS
            yield "reviewed_in_12_months", CENSUS, row, is_recent, True
        last = self.transfer_limit(case)
        if last and not (start and start > last):
            sent = case.active["phasetransferfinaldate"]
            is_of_it = sent and _a_year_after(sent) > last
            yield "phase_transfer_on_time", last, row, is_of_it and sent <= last, True

    def resolved(self, case: Case) -> Iterator[tuple[dict, bool]]:
        """Each meeting with the decision that it came to, and whether another one governs it."""
        for is_of_it in (True, False):
            yield from self.resolved_together(
                [r for r in case.reviews if self.is_of_the_plan(case, r) == is_of_it]
            )

    def resolved_together(self, reviews: list[dict]) -> Iterator[tuple[dict, bool]]:
        meetings = [review for review in reviews if review["meeting_date"]]
        meetings.sort(key=lambda review: review["meeting_date"])
        decided: list[dict] = []
        for number, review in enumerate(meetings):
            day = review["meeting_date"]
            within = [r for r in meetings[number:] if (r["meeting_date"] - day).days <= 364]
            found = next((r for r in within if r["decision_date"]), review)
            result = (
                "decision_date",
                "decision",
                "amendment_notice_date",
                "final_amended_plan_date",
            )
            before = [r for r in decided if 1 <= (day - r["meeting_date"]).days <= 364]
            decided.append(review | {name: found[name] for name in result})
            yield decided[-1], any((r["decision_date"] or date.max) > day for r in before)

    def of_reviews(self, case: Case) -> Iterator[tuple]:
        for review, is_governed in self.resolved(case):
            meeting, decided = review["meeting_date"], review["decision_date"]
            parent, child = review["parent_attended"], review["cyp_participated"]
            row = review["source_row"]
            yield "family_attended", meeting, row, parent or child, True
            yield "young_person_took_part", meeting, row, child, True
            if self.year_group(case, review) >= 9:
                areas = all(review[key] for key in review if key.startswith("pfa_"))
                yield "adulthood_discussed", meeting, row, areas, True
            if is_governed:
                continue
            due = self.after_weeks(meeting, 4)
            in_time = decided and decided <= due
            outcome = review["decision"] if decided or review["decision"] != "M" else None
            yield "decided_within_4_weeks", due, row, in_time, True
            if outcome not in ("M", "C"):
                sent = review["final_amended_plan_date"]
                sent_in_time = outcome == "A" and sent and sent <= self.final_amended(review)
                twelfth = self.after_weeks(meeting, 12)
                yield "final_within_12_weeks", twelfth, row, sent_in_time, True
            if decided and decided >= meeting:
                yield "decided_within_4_weeks_of_decided", decided, row, in_time, True
            if not decided and due < CENSUS:
                yield "decisions_outstanding", CENSUS, row, True, False

    def year_group(self, case: Case, review: dict) -> int:
        if review["year_group"] is not None:
            return review["year_group"]
        if case.plan is None:
            return -1
        return self.year_by_age(case, review["meeting_date"])

    def of_advice(self, case: Case) -> Iterator[tuple]:
        for advice in case.advice:
            if advice["not_required"]:
                continue
            row, body = advice["source_row"], advice["advice_body"]
            due, received = self.after_weeks(advice["requested_date"], 6), advice["received_date"]
            services = [body] + ["health"] * (body in HEALTH)
            for service in services:
                in_time = received and received <= due
                yield f"advice_within_6_weeks {service}", due, row, in_time, True
            if not received and due < CENSUS:
                yield "advice_overdue", CENSUS, row, True, False


def _a_year_after(day: date) -> date:
    last = calendar.monthrange(day.year + 1, day.month)[1]
    return date(day.year + 1, day.month, min(day.day, last))


@dataclass
class Counts:
    """What was delivered, the lake that was built of it, and the choices that it was built by."""

    cases: list[Case]
    home: Path
    by_hand: ByHand

    def rows(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as connection:
            return connection.sql(sql).fetchall()


@pytest.fixture(scope="module", params=[(5, AS_THEY_STAND), (6, OTHERWISE)], ids=["as", "other"])
def counts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Counts:
    seed, choices = request.param
    cases, deliveries = _histories(random.Random(seed))
    folder = tmp_path_factory.mktemp("histories")
    seeds = None if choices == AS_THEY_STAND else settled_seeds(folder, choices)
    home = folder / "var"
    home.mkdir()
    prepare_lake(home)
    submissions = []
    for feed, sender, tables in deliveries:
        rows = sum(map(len, tables.values()))
        submissions.append(submission_of(feed, sender, RELEASE, rows))
        place(home / "lake", submissions[-1], **tables)
    write_run(home, submissions, RELEASE, date(2025, 7, 10))
    kinds = ("--resource-type", "seed", "--resource-type", "model")
    models = [f"+{model}" for model in MEASURED]
    run_dbt(home, "build", *kinds, "--select", *models, seeds=seeds)
    return Counts(cases, home, ByHand(cases, choices))


def test_clocks_of_requests_agree_with_a_count_by_hand(counts: Counts) -> None:
    rows = counts.rows(
        "select case_id, decision_due_date, no_plan_due_date, final_plan_due_date, elapsed_days, "
        "exclusion_reason, counts_in_denominator, counts_in_numerator, is_open "
        "from core.ehc_needs_assessments"
    )
    told = {row[0]: row[1:] for row in rows}
    by_hand = counts.by_hand
    for case in counts.cases:
        asked, start = case.request["receiveddate"], case.plan and case.plan["startdate"]
        reason = by_hand.exclusion(case)
        due = by_hand.after_weeks(asked, 20)
        assert told[case.number] == (
            by_hand.after_weeks(asked, 6),
            by_hand.after_weeks(asked, 16),
            due,
            (start - asked).days if start and asked else None,
            reason,
            reason is None,
            reason is None and start <= due,
            by_hand.is_open_request(case),
        ), case


def test_clocks_of_plans_agree_with_a_count_by_hand(counts: Counts) -> None:
    rows = counts.rows(
        "select case_id, last_review_decision_date, next_review_due_date, is_review_overdue, "
        "exclusion_reason from core.ehc_plans"
    )
    told = {row[0]: row[1:] for row in rows}
    by_hand = counts.by_hand
    planned = [case for case in counts.cases if case.plan is not None]
    assert set(told) == {case.number for case in planned}
    for case in planned:
        due, reason = by_hand.next_review(case), by_hand.plan_exclusion(case)
        is_overdue = False if reason else due and due < CENSUS
        expected = (by_hand.last_decision(case), due, is_overdue, reason)
        assert told[case.number] == expected, case


def test_the_gate_names_the_days_that_are_not_the_limit_of_the_move(counts: Counts) -> None:
    contract = contract_for("sen2_ehc", RELEASE)
    (folder,) = (counts.home / "lake/sen2_ehc" / f"period={RELEASE}").iterdir()
    snapshot = feeds.Snapshot(
        contract,
        RELEASE,
        lambda table: as_frame(pq.read_table(folder / f"{table}.parquet")),
        lambda: pd.DataFrame(columns=["table", "source_row", "rule", "outcome"]),
    )
    (found,) = [one for one in feeds.measure(snapshot, None, ()) if one.matter == "phase days"]
    limits = dict(counts.rows("select case_id, phase_transfer_last_date from core.ehc_plans"))
    for case in counts.cases:
        due = case.active and case.active["phasetransferduedate"]
        if due and not any(review["year_group"] for review in case.reviews):
            limit = limits[case.number]
            is_right = limit is not None and abs((due - limit).days) <= 1
            assert (case.rows["activeplans"] in found.rows) != is_right, case


def test_clocks_of_reviews_agree_with_a_count_by_hand(counts: Counts) -> None:
    rows = counts.rows(
        "select review_id, decision_due_date, decision_elapsed_days, final_amended_due_date, "
        "twelve_month_limit_date, is_decided_within_4_weeks from core.annual_reviews"
    )
    told = {row[0]: row[1:] for row in rows}
    by_hand = counts.by_hand
    for case in counts.cases:
        undated = [review for review in case.reviews if review["meeting_date"] is None]
        for review in [*undated, *(review for review, _ in by_hand.resolved(case))]:
            meeting, decided = review["meeting_date"], review["decision_date"]
            due = by_hand.after_weeks(meeting, 4)
            is_late = False if due and due <= CENSUS else None
            assert told[review["review_id"]] == (
                due,
                (decided - meeting).days if decided and meeting else None,
                by_hand.final_amended(review),
                by_hand.twelve_months(case, review),
                (due and decided <= due) if decided else is_late,
            ), (case, review)


def test_clocks_of_advice_agree_with_a_count_by_hand(counts: Counts) -> None:
    told = counts.rows("select advice_id, due_date, elapsed_days from core.ehc_advice")
    by_hand = {
        advice["advice_id"]: (
            counts.by_hand.after_weeks(advice["requested_date"], 6),
            advice["received_date"] and (advice["received_date"] - advice["requested_date"]).days,
        )
        for case in counts.cases
        for advice in case.advice
    }
    assert {row[0]: row[1:] for row in told} == by_hand


def _measures() -> dict[str, str]:
    """Give the measure of each indicator, with the body of advice that it is about."""
    with (PROJECT / "seeds/indicator_catalogue.csv").open(encoding="utf-8", newline="") as lines:
        return {
            row["indicator_id"]: f"{row['measure']} {row['service']}".strip()
            for row in csv.DictReader(lines)
        }


def test_every_case_counts_where_a_count_by_hand_counts_it(counts: Counts) -> None:
    measures = _measures()
    told: Counted = {}
    for model in MEASURED:
        for indicator, month, row, *lines in counts.rows(
            "select indicator_id, strftime(period_start, '%Y-%m'), source_row, in_numerator, "
            f"in_denominator from intermediate.{model} "
            f"where exclusion is null and period_start >= '{FIRST}'"
        ):
            told[measures[indicator], month, row] = tuple(lines)
    by_hand = {
        key: lines for key, lines in counts.by_hand.counted().items() if key[0] in measures.values()
    }
    assert len({measure for measure, _, _ in told}) > 25
    assert told == by_hand


def test_nobody_is_above_the_line_of_a_share_and_not_below_it(counts: Counts) -> None:
    for model in MEASURED:
        assert not counts.rows(
            "select * from intermediate."
            f"{model} inner join seeds.indicator_catalogue using (indicator_id) "
            "where in_numerator and not in_denominator and unit != 'count' "
            "or exclusion is not null and (in_numerator or in_denominator)"
        )
