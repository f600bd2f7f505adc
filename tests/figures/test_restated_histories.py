"""Random histories, told twice: what changes when a later snapshot corrects some of them.

A figure of an earlier month may change only where one of its cases changed, each change is told as
a restatement, and a snapshot that says the same changes nothing. The parts of every figure add up,
and its steps re-add to it, over months and over longer periods.
"""

from __future__ import annotations

import copy
import random
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.worlds.lakes import (
    RUN_SCHEMAS,
    build_all,
    month_end,
    place,
    prepare_lake,
    rows_of,
    submission_of,
    write_run,
)

WIRRAL = "E08000015"
FIRST, SECOND = "2025-02", "2025-04"
"""The requests of February have had their six weeks by the second snapshot, its referrals not."""
CASES = 80
KEY = (
    "indicator_id",
    "basis",
    "period_type",
    "period_start",
    "period_end",
    "area_code",
    "breakdown",
    "breakdown_value",
)
KEYS = ", ".join(KEY)
LIMITS = (0, 28, 42, 56, 84)
"""Days after an event on which something falls due, and so counts in that day's month."""
Tables = dict[str, list[dict]]
Deliveries = dict[tuple[str, str], Tables]


def _day(chance: random.Random, first: date, last: date) -> date:
    return first + timedelta(days=chance.randrange((last - first).days + 1))


def _later(chance: random.Random, day: date | None, longest: int, share: float) -> date | None:
    """Give a day up to ``longest`` days on, or none; never after the first snapshot's month."""
    if day is None or chance.random() > share:
        return None
    return min(day + timedelta(days=chance.randrange(longest)), date(2025, 2, 28))


def histories(chance: random.Random) -> Deliveries:
    """Cases of two years in all of the forms that a case may take, unfinished ones among them."""
    casework: Tables = {
        name: []
        for name in ("person", "requests", "assessment", "namedplan", "activeplans", "senneed")
    }
    reviews, advice, pathway, branch = [], [], [], []
    for k in range(CASES):
        number, row = str(k + 1), {"source_row": k + 2}
        asked = _day(chance, date(2023, 9, 1), date(2025, 2, 20))
        decided = _later(chance, asked, 70, 0.9)
        found = _later(chance, decided, 120, 0.8)
        issued = _later(chance, found, 60, 0.8)
        keys = {"persontableid": number, "requeststableid": number}
        casework["person"].append(
            row
            | {"persontableid": number, "upn_id": number, "sex": chance.choice("MFU")}
            | {"birth_month": date(chance.randrange(2005, 2021), chance.randrange(1, 13), 1)}
            | {"ethnicity": chance.choice([None, "WBRI", "AIND"])}
        )
        casework["requests"].append(
            row
            | keys
            | {"case_id": number, "receiveddate": asked, "requestoutcomedate": decided}
            | {"requestoutcome": decided and chance.choice(["Y", "Y", "Y", "N"])}
        )
        if found:
            casework["assessment"].append(
                row
                | {"assessmenttableid": number, "requeststableid": number}
                | {"assessmentoutcomedate": found, "assessmentoutcome": "Y" if issued else "N"}
                | {"week20": chance.random() < 0.1}
            )
        if issued:
            casework["namedplan"].append(
                row | {"namedplantableid": number, "assessmenttableid": number, "startdate": issued}
            )
            casework["activeplans"].append(
                row | {"activeplanstableid": number, "requeststableid": number}
            )
            casework["senneed"].append(
                row
                | {"senneedtableid": number, "activeplanstableid": number}
                | {"sentype": chance.choice(["ASD", "SLCN", "SEMH"]), "sentyperank": 1}
            )
            met = _later(chance, issued, 200, 0.8)
            settled = _later(chance, met, 60, 0.7)
            reviews.append(
                row
                | {"review_id": number, "case_id": number, "review_type": "annual"}
                | {"meeting_date": met, "decision_date": settled}
                | {"decision": settled and chance.choice("MAC")}
                | {"amendment_notice_date": _later(chance, settled, 10, 0.5)}
                | {"final_amended_plan_date": _later(chance, settled, 80, 0.5)}
                | {"parent_attended": chance.random() < 0.5, "cyp_participated": True}
            )
        requested = asked + timedelta(days=10)
        advice.append(
            row
            | {"advice_id": number, "case_id": number, "requested_date": requested}
            | {"advice_body": chance.choice(["ep", "medical", "slt", "school"])}
            | {"received_date": _later(chance, requested, 70, 0.8)}
        )
        referred = _day(chance, date(2024, 3, 1), date(2025, 2, 20))
        seen = _later(chance, referred, 200, 0.6)
        health = {"source_row": k + 2, "referral_id": number, "referral_received_date": referred}
        health |= {"birth_month": date(2014, 5, 1)}
        pathway.append(
            health
            | {"pathway": chance.choice(["autism", "adhd"]), "provider_code": "RXA"}
            | {
                "first_attended_contact_date": seen,
                "nd_profile_date": _later(chance, seen, 40, 0.5),
            }
            | {"assessment_complete_date": _later(chance, seen, 90, 0.5), "diagnosis": "diagnosed"}
        )
        branch.append(
            health | {"first_contact_date": seen, "closed_date": _later(chance, seen, 9, 0.3)}
        )
    return {
        ("sen2_ehc", WIRRAL): casework,
        ("annual_reviews", WIRRAL): {"reviews": reviews},
        ("ehc_advice", WIRRAL): {"advice": advice},
        ("nd_pathway", "RXA"): {"referrals": pathway},
        ("cyp_mh", "BRANCH"): {"referrals": branch},
    }


CORRECTED = {
    "requests": "requestoutcomedate",
    "namedplan": "startdate",
    "reviews": "decision_date",
    "advice": "received_date",
    "referrals": "first_contact_date",
}


def corrected(
    chance: random.Random, told: Deliveries, identical: tuple[str, ...]
) -> tuple[Deliveries, set[str]]:
    """Move a day here and there; give the months in which a changed case may count."""
    again, months = copy.deepcopy(told), set()
    for (feed, _), tables in again.items():
        for name, column in CORRECTED.items():
            for row in [] if feed in identical else tables.get(name, []):
                if row.get(column) and chance.random() < 0.08:
                    before = dict(row)
                    row[column] -= timedelta(days=chance.randrange(1, 25))
                    months |= _months_of(before) | _months_of(row)
                    months |= _months_of_case(tables, row)
    return again, months


def _months_of(row: dict) -> set[str]:
    days = [value for value in row.values() if isinstance(value, date)]
    return {f"{day + timedelta(days=limit):%Y-%m}" for day in days for limit in LIMITS}


def _months_of_case(tables: Tables, row: dict) -> set[str]:
    """The days of the other rows of the case: a request's decision bears on its plan's clock."""
    same = [
        other
        for rows in tables.values()
        for other in rows
        if other["source_row"] == row["source_row"]
    ]
    return set().union(*map(_months_of, same))


def _delivered(home: Path, months: dict[str, Deliveries]) -> Path:
    prepare_lake(home)
    submissions = []
    for month, deliveries in months.items():
        for (feed, sender), tables in deliveries.items():
            rows = sum(map(len, tables.values()))
            submissions.append(submission_of(feed, sender, month, rows))
            place(home / "lake", submissions[-1], **tables)
    last = max(months)
    write_run(home, submissions, last, date(2025, 5, 20))
    return home


class Told(NamedTuple):
    """The same history in one snapshot, and in two of which the second corrects the first."""

    once: Path
    twice: Path
    months: set[str]
    """Where a case that changed may count."""


IDENTICAL = ("nd_pathway", "ehc_advice")
"""Feeds whose second snapshot says the same as the first."""


@pytest.fixture(scope="module", params=[11])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Told:
    chance = random.Random(request.param)
    first = histories(chance)
    second, months = corrected(chance, first, IDENTICAL)
    # The second release holds the first history too, and so do its data tests.
    once = build_all(_delivered(tmp_path_factory.mktemp("once"), {FIRST: first}), tests=False)
    twice = _delivered(tmp_path_factory.mktemp("twice"), {FIRST: first, SECOND: second})
    previous = _figures_of(once)
    pq.write_table(
        pa.Table.from_pylist(previous, schema=RUN_SCHEMAS["_previous"]),
        twice / "lake/_previous.parquet",
    )
    pq.write_table(
        pa.Table.from_pylist(_told_first(once), schema=RUN_SCHEMAS["_earlier"]),
        twice / "lake/_earlier.parquet",
    )
    return Told(once, build_all(twice), months)


def _figures_of(home: Path) -> list[dict]:
    names = [
        name for name in RUN_SCHEMAS["_previous"].names if name not in ("release_id", "submissions")
    ]
    rows = rows_of(
        home,
        f"""
        with behind as (
            select {KEYS}, string_agg(submission_id, ' ' order by submission_id) as submissions
            from figure_inputs group by all
        )
        select {", ".join(names)}, submissions
        from indicator_values left join behind using ({KEYS})
        """,
    )
    release = {"release_id": f"{FIRST}/r1"}
    return [dict(zip([*names, "submissions"], row, strict=True)) | release for row in rows]


def _told_first(home: Path) -> list[dict]:
    """The figures of the first release, as rows of the table `_earlier`."""
    names = [name for name in RUN_SCHEMAS["_earlier"].names if name != "release_month_end"]
    rows = rows_of(
        home,
        f"select {', '.join(names)} from indicator_values "
        "where basis = 'local' and breakdown = 'all' and value_status = 'value'",
    )
    end = {"release_month_end": month_end(FIRST)}
    return [dict(zip(names, row, strict=True)) | end for row in rows]


def _shown(home: Path, where: str = "true") -> dict[tuple, tuple]:
    rows = rows_of(home, f"select {KEYS}, value, value_status from indicator_values where {where}")
    return {row[:8]: row[8:] for row in rows}


def _changed(told: Told) -> dict[tuple, tuple]:
    """Figures of the first release that differ in the second."""
    before, after = _shown(told.once), _shown(told.twice)
    return {
        key: (old, after.get(key, (None, "not_available")))
        for key, old in before.items()
        if after.get(key, (None, "not_available")) != old
    }


def test_every_change_is_a_restatement_and_every_restatement_a_change(told: Told) -> None:
    changed = _changed(told)
    restated = rows_of(told.twice, f"select {KEYS}, reason from restatements")
    assert changed
    assert {row[:8] for row in restated} == set(changed)
    assert {row[8] for row in restated} == {"later_snapshot"}


def test_an_earlier_figure_changes_only_where_one_of_its_cases_changed(told: Told) -> None:
    for key in _changed(told):
        start, end = key[3], key[4]
        months = {month for month in told.months if f"{start:%Y-%m}" <= month <= f"{end:%Y-%m}"}
        assert months, key


def test_a_position_of_an_earlier_month_is_never_changed_by_a_later_snapshot(told: Told) -> None:
    positions = {
        name
        for (name,) in rows_of(
            told.twice, "select indicator_id from indicators where snapshot = 'month'"
        )
    }
    assert not [key for key in _changed(told) if key[0] in positions]


def test_an_identical_snapshot_changes_nothing(told: Told) -> None:
    feeds = ", ".join(f"'{feed}'" for feed in IDENTICAL)
    of_identical = {
        name
        for (name,) in rows_of(
            told.twice,
            f"select indicator_id from indicators where fed_by in ({feeds})",
        )
    }
    shown = _shown(told.once, f"source_feed in ({feeds}) and value_status = 'value'")
    assert len(shown) > 100
    assert not [
        key
        for key, (old, _) in _changed(told).items()
        # A cohort of which too little time had passed is told once it has.
        if key[0] in of_identical and old[1] == "value" and key[6] == "all"
    ]


def test_a_cohort_has_no_figure_of_a_period_with_a_member_whose_time_is_not_over(
    told: Told,
) -> None:
    census = month_end(SECOND)
    for name, days in {"ehcna_refused_pct": 42, "nd_13w_first_contact_pct": 91}.items():
        rows = rows_of(
            told.twice,
            "select period_type, period_end, status_reason from indicator_values "
            f"where indicator_id = '{name}' and basis = 'local' and breakdown = 'all'",
        )
        reasons = {(kind, end): reason for kind, end, reason in rows}
        assert {kind for kind, _ in reasons} >= {"month", "rolling_3m", "rolling_12m", "ytd"}
        for (kind, end), reason in reasons.items():
            is_over = end + timedelta(days=days) <= census
            assert reason == (None if is_over else "not_mature"), (name, kind, end)
        told_ends = {end for (kind, end), reason in reasons.items() if reason is None}
        ((end, value),) = rows_of(
            told.twice,
            "select period_end, value from indicator_latest "
            f"where indicator_id = '{name}' and basis = 'local' and area_code = '{WIRRAL}'",
        )
        assert (end, value is None) == (max(told_ends or {census}), not told_ends)
        charted = f"select period_end from spc_points where indicator_id = '{name}'"
        assert {end for (end,) in rows_of(told.twice, charted)} <= told_ends


def test_a_figure_is_complete_unless_one_of_its_age_moved_after_its_first_release(
    told: Told,
) -> None:
    units = dict(rows_of(told.twice, "select indicator_id, unit from indicators"))
    sql = (
        "select indicator_id, period_type, area_code, period_end, value, is_complete "
        "from indicator_values "
        "where basis = 'local' and breakdown = 'all' and value_status = 'value'"
    )
    first = {row[:4]: row[4] for row in rows_of(told.once, sql)}
    now = {row[:4]: row[4:] for row in rows_of(told.twice, sql)}

    def age(end: date, release: str) -> int:
        last = month_end(release)
        return (last.year - end.year) * 12 + last.month - end.month

    stays: dict[tuple, bool] = {}
    for key, value in first.items():
        if key in now:
            allowed = 2 if units[key[0]] in ("pct", "distribution") else now[key][0] * 2 / 100
            kind = (*key[:3], age(key[3], FIRST))
            stays[kind] = stays.get(kind, True) and abs(now[key][0] - value) <= allowed + 1e-9
    for key, (_, is_complete) in now.items():
        assert is_complete == stays.get((*key[:3], age(key[3], SECOND))), key
    assert {True, False, None} == {is_complete for _, is_complete in now.values()}


def test_the_parts_of_every_figure_add_up_to_it(told: Told) -> None:
    wrong = rows_of(
        told.twice,
        f"""
        with figures as (
            select indicator_values.*, indicators.unit from indicator_values
            inner join indicators using (indicator_id)
            where basis = 'local' and value_status in ('value', 'not_applicable')
        ),
        parts as (
            select {KEYS.removesuffix(", breakdown_value")}, any_value(unit) as unit,
                sum(coalesce(numerator, 0)) as numerator,
                sum(coalesce(denominator, 0)) as denominator
            from figures where breakdown != 'all' group by all
        )
        select parts.indicator_id, parts.period_type, parts.breakdown from parts
        inner join figures
        using (indicator_id, basis, period_type, period_start, period_end, area_code)
        where figures.breakdown = 'all' and (
            parts.numerator != coalesce(figures.numerator, 0) and parts.unit != 'weeks'
            or parts.denominator != coalesce(figures.denominator, 0)
            and parts.unit != 'distribution'
        )
        """,
    )
    assert not wrong


def test_the_steps_of_every_figure_re_add_to_numerator_and_denominator(told: Told) -> None:
    assert not rows_of(
        told.twice,
        f"""
        with steps as (
            select {KEYS}, sum(counts_in_numerator) as n, sum(counts_in_denominator) as d
            from figure_steps group by all
        )
        select figures.indicator_id, figures.period_type from indicator_values as figures
        left join steps using ({KEYS})
        where value_status = 'value' and breakdown = 'all'
        and (numerator is distinct from n or denominator is distinct from d)
        """,
    )


def test_longer_periods_are_the_sums_of_their_months(told: Told) -> None:
    assert not rows_of(
        told.twice,
        """
        with months as (
            select * from indicator_values
            where basis = 'local' and period_type = 'month' and breakdown = 'all'
        )
        select longer.indicator_id, longer.period_end from indicator_values as longer
        inner join months
            on longer.indicator_id = months.indicator_id
            and longer.area_code = months.area_code
            and months.period_start between longer.period_start and longer.period_end
        where longer.basis = 'local' and longer.breakdown = 'all'
            and longer.period_type = 'ytd' and longer.value_status = 'value'
        group by longer.indicator_id, longer.period_end, longer.area_code, longer.numerator,
            longer.denominator
        having count(*) = month(longer.period_end)
            and (sum(months.numerator) is distinct from longer.numerator
            or sum(months.denominator) is distinct from longer.denominator)
        """,
    )
