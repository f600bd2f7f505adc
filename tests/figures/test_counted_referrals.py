"""Random referrals and young people, counted a second time in plain Python.

The second count shares no line with the SQL: it reads the invented rows, the definitions of the
catalogue and nothing else. Every figure of the local area agrees, with its parts.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import duckdb
import pytest

from tests.worlds.lakes import PROJECT, month_end

WIRRAL = "E08000015"
MONTHS = [f"2024-{month:02d}" for month in range(3, 13)] + ["2025-01", "2025-02"]
NEWEST = MONTHS[-1]
EDGES = (-1, 0, 1, 7, 8, 14, 15, 84, 85, 91, 92, 126, 127, 364, 365, 728, 729)
"""Days before the census on which something happened: the last of a limit and the next."""

BANDS = {7: "0-7", 14: "8-14", 28: "15-28", 84: "29-84", 126: "85-126", 364: "127-364"}
AGES = {4: "0-4", 10: "5-10", 15: "11-15", 19: "16-19"}
EET = {"210", "260", "310", "330", "550"}
NEET = {"619", "616"}
UNKNOWN = {"810", "830"}
PARTICIPATING = {"210", "310", "550"}
CODES = sorted(EET | NEET | UNKNOWN | {"530", "710", "720", "110", "150"})

Row = dict[str, object]
Deliveries = dict[tuple[str, str, str], list[Row]]
"""Rows by feed, sender and month."""


class Case(NamedTuple):
    """One case of a figure: whether it counts above the line, its days, person and parts."""

    hits: bool = True
    days: int | None = None
    person: object = None
    parts: Mapping[str, str] = MappingProxyType({})


def _band(bands: dict[int, str], value: int, above: str) -> str:
    return next((name for last, name in bands.items() if value <= last), above)


def _age(born: date | None, day: date) -> str:
    if born is None:
        return "unknown"
    return _band(AGES, _years(born, day), "20-25")


def _before(chance: random.Random, census: date, share: float = 1.0) -> date | None:
    if chance.random() > share:
        return None
    days = chance.choice(EDGES) if chance.random() < 0.5 else chance.randrange(500)
    return census - timedelta(days=days)


def _after(chance: random.Random, received: date, census: date) -> date | None:
    day = received + timedelta(days=chance.choice(EDGES))
    return day if day <= census else None


def _born(chance: random.Random, first: int, last: int) -> date:
    return date(chance.randrange(first, last), chance.randrange(1, 13), 1)


def _with_ages(row: Row) -> Row:
    """Beside each day the age on it, of a day of birth that goes no further."""
    month = row["birth_month"]
    born = month and month.replace(day=1 + row["source_row"] * 5 % 28)
    days = {name: day for name, day in row.items() if name.endswith("_date")}
    ages = {f"{name}_age": born and day and _years(born, day) for name, day in days.items()}
    return row | ages | {"born": born}


def _years(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _referrals(chance: random.Random, feed: str, census: date, count: int) -> list[Row]:
    """Referrals in all states, right and wrong: nothing here keeps events in their order."""
    rows = []
    for k in range(count):
        received = _before(chance, census)
        decided = chance.choice(["accepted", "accepted", "not_accepted", "redirected", None])
        row: Row = {
            "source_row": k + 2,
            "referral_id": f"r{k}",
            "nhs_id": chance.choice([None, f"n{chance.randrange(count // 2)}"]),
            "birth_month": _born(chance, 2004, 2022),
            "referral_received_date": received,
            "signposted_date": _before(chance, census, 0.4),
            "support_offered_date": _before(chance, census, 0.5),
        }
        if feed == "cyp_mh":
            row |= {
                "birth_month": chance.choice([None, *[row["birth_month"]] * 9]),
                "service": chance.choice([None, "branch", "camhs", "mhst", "other"]),
                "record_type": chance.choice([None, "referral", "referral", "digital_assessment"]),
                "accepted": {"accepted": True, "not_accepted": False}.get(decided),
                "triage_date": _before(chance, census, 0.7),
                "first_contact_date": _before(chance, census, 0.3),
                "closed_date": _before(chance, census, 0.2),
                "digital_assessment_date": _before(chance, census, 0.3),
                "contacts_in_month": chance.choice([None, 0, 0, 2]),
            }
        else:
            row |= {
                "referral_outcome": decided,
                "referral_outcome_date": _before(chance, census, 0.8),
            }
        if feed == "nd_pathway":
            row |= {
                "pathway": chance.choice(["autism", "adhd", "both"]),
                "provider_code": "RXA",
                "first_attended_contact_date": chance.choice(
                    [None, _before(chance, census), _after(chance, received, census)]
                ),
                "closed_date": _before(chance, census, 0.2),
                "assessment_complete_date": _before(chance, census, 0.4),
                "diagnosis": chance.choice([None, "diagnosed", "not_diagnosed", "in_progress"]),
                "right_to_choose": chance.choice([None, True, False]),
                "nd_profile_date": _before(chance, census, 0.4),
            }
        if feed == "therapy_ptl":
            row |= {
                "service": chance.choice(["SLT", "SLT", "DIET"]),
                "first_contact_date": _before(chance, census, 0.3),
                "clock_stop_date": _before(chance, census, 0.1),
                "discharge_date": _before(chance, census, 0.1),
                "last_family_contact_date": _before(chance, census, 0.8),
            }
        rows.append(_with_ages(row))
    return rows


def _young_people(chance: random.Random, census: date, count: int) -> list[Row]:
    more = random.Random(census.toordinal())
    return [
        {
            "source_row": k + 2,
            "young_person_id": f"y{k}",
            "birth_month": _born(chance, 1998, 2011),
            "la_code": chance.choice(["344"] * 9 + ["341"]),
            "activity_code": chance.choice(CODES),
            "due_to_lapse_date": _before(chance, census, 0.3),
            "send_flag": chance.random() < 0.6,
            "offer_flag": chance.choice([None, True, True, False]),
            "intended_destination": chance.choice([None, 111, 511]),
            "cohort_status": more.choice([None, *["P"] * 8, "G", "T", "E", "D"]),
            "activity_review_date": _before(more, census, 0.3),
            "currency_lapsed": more.choice([None, None, None, False, True]),
            "guarantee_indicator": more.choice([None, True]),
            "guarantee_status_y11": more.choice([None, "110", "151"]),
            "guarantee_status_y12": more.choice([None, "114", "110", "159"]),
        }
        for k in range(count)
    ]


def invented(chance: random.Random) -> Deliveries:
    deliveries: Deliveries = {}
    for month in MONTHS:
        census = month_end(month)
        for feed, sender in (
            ("therapy_ptl", "RY7"),
            ("nd_pathway", "RXA"),
            ("cyp_mh", "BRANCH"),
            ("cyp_mh", "RXA"),
        ):
            deliveries[feed, sender, month] = _referrals(chance, feed, census, 80)
        deliveries["ccis", WIRRAL, month] = _young_people(chance, census, 250)
    return deliveries


class Referral:
    """One referral at the end of a month, as the definitions see it."""

    def __init__(self, row: Row, feed: str, sender: str, month: str) -> None:
        self.row, self.feed, self.month, self.census = row, feed, month, month_end(month)
        self.received: date = row["referral_received_date"]
        self.is_referral = row.get("record_type") in (None, "referral")
        own = "BRANCH" if sender == "BRANCH" else "CAMHS"
        delivered = str(row["service"]).upper() if row.get("service") else own
        self.service = "ND" if feed == "nd_pathway" else delivered
        self.seen = row.get("first_contact_date") or row.get("first_attended_contact_date")
        if feed == "cyp_mh":
            self.is_turned_down = row["accepted"] is False
            self.decided = row["triage_date"]
        else:
            self.is_turned_down = row["referral_outcome"] == "not_accepted"
            self.decided = row["referral_outcome_date"]
        leaves = [row.get("discharge_date"), row.get("closed_date")]
        if self.is_turned_down:
            leaves.append(self.decided)
        self.left = min((day for day in leaves if day), default=date.max)
        stops = [self.left, self.seen, row.get("clock_stop_date")]
        self.stopped = min(day for day in stops if day)
        self.has_come = self.is_referral and self.received <= self.census
        self.is_sound = self.has_come and self.stopped >= self.received
        is_lost = self.is_turned_down and self.decided is None
        self.is_open = self.has_come and not is_lost and self.left > self.census
        self.waits = self.is_open and self.stopped > self.census
        self.days = (self.census - self.received).days

    def is_in_month(self, day: object) -> bool:
        return isinstance(day, date) and f"{day:%Y-%m}" == self.month

    def parts(self, day: date, **others: str) -> dict[str, str]:
        return {"age_band": _age(self.row["born"], day)} | others

    @property
    def band(self) -> str:
        return _band(BANDS, self.days, "365+")

    @property
    def is_supported(self) -> bool:
        def is_since(day: object) -> bool:
            return isinstance(day, date) and self.received < day <= self.census

        if self.feed != "therapy_ptl":
            records = [self.row["support_offered_date"], self.row.get("nd_profile_date")]
            return any(map(is_since, records))
        spoken = self.row["last_family_contact_date"]
        is_recent = spoken is not None and 0 <= (self.census - spoken).days <= 84
        return is_since(self.row["support_offered_date"]) and is_recent

    @property
    def is_child_seen(self) -> bool:
        is_seen = (self.row["contacts_in_month"] or 0) > 0 or self.is_in_month(self.seen)
        return (
            self.has_come
            and is_seen
            and self.parts(self.census)["age_band"] != "unknown"
            and self.census.year
            - self.row["birth_month"].year
            - (self.census.month < self.row["birth_month"].month)
            < 18
        )


def stocks(one: Referral, prefix: str) -> Iterator[tuple[str, Case]]:
    """Figures of those who wait, and of what else is so at the month's end."""
    others = {"service": one.service} if prefix == "cypmh" else {}
    parts = one.parts(one.census, **others)
    if prefix == "nd" and one.is_open:
        band = one.band if one.waits else "not_waiting"
        yield "nd_open_referrals_n", Case(parts=parts | {"wait_band": band})
    if one.waits:
        unit = "days" if prefix == "cypmh" else "weeks"
        yield f"{prefix}_waiting_n", Case(parts=parts | {"wait_band": one.band})
        yield f"{prefix}_within_18w_pct", Case(one.days <= 126, parts=parts)
        yield f"{prefix}_median_wait_{unit}", Case(days=one.days, parts=parts)
        yield f"{prefix}_p92_wait_weeks", Case(days=one.days, parts=parts)
        yield f"{prefix}_support_while_waiting_pct", Case(one.is_supported, parts=parts)
        if one.days >= 365:
            yield f"{prefix}_over_52w_n", Case(parts=parts)
        if one.days >= 729:
            yield f"{prefix}_over_104w_n", Case(parts=parts)
        if one.row.get("pathway") in ("autism", "both"):
            yield "nd_over_13w_pct", Case(one.days > 91, parts=parts)
    if prefix == "cypmh" and one.is_child_seen:
        yield "cypmh_access_n", Case(person=one.row["nhs_id"] or ("row", one.row["referral_id"]))


def flows(one: Referral, prefix: str) -> Iterator[tuple[str, Case]]:
    """Figures of what happened in the month."""
    row = one.row
    if one.is_referral and one.is_turned_down and one.is_in_month(one.decided):
        is_told = row["signposted_date"] is not None
        parts = one.parts(one.decided)
        yield f"{prefix}_not_accepted_signposted_pct", Case(is_told, parts=parts)
        every = parts | {"service": one.service}
        yield "not_accepted_signposted_pct", Case(is_told, parts=every)
    if one.is_sound and one.is_in_month(one.seen):
        case = Case(days=(one.seen - one.received).days, parts=one.parts(one.seen))
        yield f"{prefix}_first_contact", case
    if one.is_in_month(row.get("digital_assessment_date")):
        yield "digital", Case(parts=one.parts(row["digital_assessment_date"]))
    if one.is_referral and one.is_in_month(one.received):
        yield f"{prefix}_referrals", Case(parts=one.parts(one.received))
        if row.get("right_to_choose"):
            yield "nd_right_to_choose_n", Case(parts=one.parts(one.received))
        if one.is_sound and row.get("pathway") in ("autism", "both"):
            is_soon = one.seen is not None and (one.seen - one.received).days <= 91
            yield "nd_13w_first_contact_pct", Case(is_soon, parts=one.parts(one.received))
    complete = row.get("assessment_complete_date")
    if one.is_in_month(complete) and complete >= one.received:
        is_found, parts = row["diagnosis"] == "diagnosed", one.parts(complete)
        waited = (complete - one.received).days
        yield "nd_referral_to_outcome_median_weeks", Case(days=waited, parts=parts)
        yield "nd_diagnosed_pct", Case(is_found, parts=parts)
        if is_found:
            yield "nd_diagnoses_n", Case(parts=parts)
    if one.is_in_month(row.get("nd_profile_date")):
        yield "nd_profile_completed_n", Case(parts=one.parts(row["nd_profile_date"]))


OF_SERVICE = {
    "SLT_first_contact": "slt_completed_median_weeks",
    "SLT_not_accepted_signposted_pct": "slt_not_accepted_signposted_pct",
    "BRANCH_first_contact": "branch_first_contact_median_days",
    "BRANCH_not_accepted_signposted_pct": "branch_signposted_pct",
    "BRANCH_referrals": "branch_referrals_n",
    "BRANCH_digital": "branch_digital_assessments_n",
}


def of_young_people(row: Row, month: str) -> Iterator[tuple[str, Case]]:
    census = month_end(month)
    september = census.year - (census.month < 9)
    born, code = row["birth_month"], row["activity_code"]
    age = september - born.year - (born.month > 8)
    if row["la_code"] != "344" or row["cohort_status"] in ("T", "E", "D"):
        return
    lapsed = row["currency_lapsed"]
    if lapsed is None:
        lapsed = row["due_to_lapse_date"] is not None and row["due_to_lapse_date"] < census
    is_unknown = lapsed or code in UNKNOWN
    is_neet = not lapsed and code in NEET
    takes_part = not lapsed and code in PARTICIPATING
    groups = [""] + (["send_"] if row["send_flag"] else [])
    if age in (16, 17):
        if code not in ("710", "110", "150"):
            for group in groups:
                yield f"neet_nk_{group}16_17_pct", Case(is_neet or is_unknown)
                yield f"participation_16_17_{group}pct", Case(takes_part)
            yield "neet_16_17_pct", Case(is_neet)
            yield "nk_16_17_pct", Case(is_unknown)
            if row["send_flag"] and census.month == 10:
                yield "post16_destination_known_pct", Case(not is_unknown)
        if census.month == 9:
            status = row["guarantee_status_y11" if age == 16 else "guarantee_status_y12"]
            is_offered = status in ("110", "114") if status else bool(row["offer_flag"])
            for group in groups:
                yield f"september_guarantee_{group}pct", Case(is_offered)
    if age == 15 and row["send_flag"] and census.month == 8:
        is_settled = row["intended_destination"] not in (None, 511)
        yield "intended_destination_pct", Case(is_settled)
    if row["send_flag"] and code not in ("710", "110", "150") and 16 <= age <= 24:
        parts = {"age_band": _age(born, census)}
        if age >= 18:
            yield "neet_18_25_ehcp_pct", Case(is_neet or is_unknown, parts=parts)
        if not is_unknown:
            yield "eet_16_24_ehcp_pct", Case(code in EET, parts=parts)


def cases_of(deliveries: Deliveries) -> dict[tuple[str, str], list[Case]]:
    """All cases by indicator and month: stocks of its own snapshot, flows of the newest."""
    found: dict[tuple[str, str], list[Case]] = {}
    prefixes = {"SLT": "slt", "ND": "nd"}

    def keep(name: str, month: str, case: Case) -> None:
        found.setdefault((name, month), []).append(case)

    for (feed, sender, delivered), rows in deliveries.items():
        for row in rows:
            if feed == "ccis":
                for name, case in of_young_people(row, delivered):
                    keep(name, delivered, case)
                continue
            own = Referral(row, feed, sender, delivered)
            prefix = "cypmh" if feed == "cyp_mh" else prefixes.get(own.service, own.service)
            for name, case in stocks(own, prefix):
                keep(name, delivered, case)
            for month in MONTHS if delivered == NEWEST else ():
                told = Referral(row, feed, sender, delivered)
                told.month = month
                for name, case in flows(told, told.service):
                    name = f"{told.service}_digital" if name == "digital" else name
                    keep(OF_SERVICE.get(name, name), month, case)
    return found


def _quantile(days: list[int], share: float) -> float:
    """Interpolate between the two days beside the place."""
    place_of = share * (len(days) - 1)
    below = int(place_of)
    above = min(below + 1, len(days) - 1)
    ordered = sorted(days)
    return ordered[below] + (place_of - below) * (ordered[above] - ordered[below])


def figure_of(name: str, cases: list[Case]) -> tuple[int | None, int | None, float | None]:
    """Numerator, denominator and value of the cases of one figure."""
    if name == "cypmh_access_n":
        people = len({case.person for case in cases})
        return people, None, people
    if name.endswith("_n"):
        return len(cases), None, len(cases)
    if name.endswith("_pct"):
        hits = sum(case.hits for case in cases)
        return (hits, len(cases), 100 * hits / len(cases)) if cases else (None, None, None)
    if not cases:
        return None, None, None
    days = _quantile([case.days for case in cases], 0.92 if "p92" in name else 0.5)
    return None, len(cases), days / 7 if name.endswith("_weeks") else days


def in_parts(cases: list[Case]) -> dict[tuple[str, str], list[Case]]:
    parts = {("all", "all"): cases}
    for case in cases:
        for part in case.parts.items():
            parts.setdefault(part, []).append(case)
    return parts


def delivered() -> dict[tuple[str, str, str], tuple[str, list[Row]]]:
    return {
        (feed, *place): ("young_people" if feed == "ccis" else "referrals", rows)
        for (feed, *place), rows in invented(random.Random(5)).items()
    }


@pytest.fixture(scope="module")
def deliveries() -> Deliveries:
    return {place: rows for place, (_, rows) in delivered().items()}


@pytest.fixture(scope="module")
def figures(counted: Path) -> dict[tuple, tuple]:
    sql = f"""
        select
            indicator_id, period_type, strftime(period_end, '%Y-%m'), breakdown, breakdown_value,
            numerator, denominator, value, coalesce(status_reason, value_status)
        from marts.indicator_values
        where basis = 'local' and area_code = '{WIRRAL}'
    """
    with duckdb.connect(str(counted), read_only=True) as connection:
        return {tuple(row[:5]): row[5:] for row in connection.sql(sql).fetchall()}


def of_these_feeds() -> set[str]:
    """Every indicator of the four feeds but those of services that nobody delivers here."""
    with (PROJECT / "seeds/indicator_catalogue.csv").open(encoding="utf-8", newline="") as lines:
        return {
            row["indicator_id"]
            for row in csv.DictReader(lines)
            if row["source_feed"] in ("therapy_ptl", "nd_pathway", "cyp_mh", "ccis")
            and row["measure"] not in ("", "published_only")
            and row["service"] not in ("OT", "PT", "CPAED")
        }


PERIODS = {
    "month": {month: [month] for month in MONTHS},
    "quarter": {MONTHS[k + 2]: MONTHS[k : k + 3] for k in (1, 4, 7)},
    "dec_feb": {NEWEST: MONTHS[-3:]},
    "rolling_12m": {NEWEST: MONTHS},
    "census": {month: [month] for month in ("2024-08", "2024-09", "2024-10")},
}


def test_every_figure_agrees_with_a_second_count(
    deliveries: Deliveries, figures: dict[tuple, tuple]
) -> None:
    found, names, compared = cases_of(deliveries), of_these_feeds(), set()
    for key, (numerator, denominator, value, status) in figures.items():
        name, kind, end, breakdown, part = key
        months = PERIODS.get(kind, {}).get(end)
        if months is None or name not in names:
            continue
        if name == "nd_13w_first_contact_pct" and month_end(end) > date(2024, 11, 29):
            assert status == "not_mature", key
            continue
        if kind == "rolling_12m" and name != "cypmh_access_n":
            continue
        cases = [case for month in months for case in found.get((name, month), [])]
        expected = figure_of(name, in_parts(cases).get((breakdown, part), []))
        assert (numerator, denominator) == expected[:2], (key, status)
        assert value == pytest.approx(expected[2]) if expected[2] is not None else value is None
        compared.add(name)
    assert compared == names


def test_every_part_that_somebody_has_is_a_figure(
    deliveries: Deliveries, figures: dict[tuple, tuple]
) -> None:
    told = {(name, end, *part) for name, kind, end, *part in figures if kind == "month"}
    names = {name for name, *_ in told} - {"nd_13w_first_contact_pct"}
    for (name, month), cases in cases_of(deliveries).items():
        if name in names:
            assert {(name, month, *part) for part in in_parts(cases)} <= told
