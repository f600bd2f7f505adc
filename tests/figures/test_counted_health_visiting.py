"""Random deliveries of health visiting, counted a second time in pandas.

The second count shares no line with the SQL: it reads the invented rows and the definitions of the
catalogue. Birthdays and reviews lie on the days on which a child just counts, or just does not.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from tests.worlds.lakes import month_end, place, prepare_lake, run_dbt, submission_of, write_run

QUARTERS = ("2024-12", "2025-03", "2025-06")
DOMAINS = [
    f"asq3_{name}"
    for name in ("communication", "gross_motor", "fine_motor", "problem_solving", "personal_social")
]
AGES = {"NBV": 14, "6_8W": 56, "12M": 365, "2_2.5Y": 913}
"""Days of life about the last day of each review."""

Counts = dict[str, tuple[int, int]]


def _first_day(census: date) -> date:
    return date(census.year, census.month - 2, 1)


def _on(born: date, months: int) -> date:
    """The day on which a child is so many months old."""
    year, month = divmod(born.year * 12 + born.month - 1 + months, 12)
    try:
        return date(year, month + 1, born.day)
    except ValueError:
        return date(year + (month == 11), (month + 1) % 12 + 1, 1)


def _child(chance: random.Random, census: date, number: int) -> list[dict]:
    """A child who reaches one of the ages about the first or last day of the quarter."""
    edge = chance.choice([_first_day(census), census]) + timedelta(chance.randint(-2, 2))
    born = edge - timedelta(chance.choice([30, 56, 365, 366, 456, 457, 912, 913, 913, 914, 700]))
    born = chance.choice([*[born] * 9, date(2024, 2, 29), date(2022, 8, 31), date(2022, 8, 30)])
    child = {"nhs_id": None if chance.random() < 0.05 else f"n{number}", "birth_date": born}
    return [
        child | _review(chance, born, kind) | {"referral_date": born + timedelta(nth)}
        for kind in AGES
        for nth in range(chance.choice([0, 1, 1, 1, 1, 2]))
    ]


def _review(chance: random.Random, born: date, kind: str) -> dict:
    day = born + timedelta(AGES[kind] + chance.choice([-60, -1, 0, 1, 1, 2, 92, 95]))
    levels = [*["above"] * 18, "below", "below", None]
    return {
        "review_type": kind,
        "review_date": chance.choice([day, day, day, day, None]),
        "asq3_used": chance.choice([True, True, True, False, None]),
        "breastfeeding_6_8wk": chance.choice(["total", "partial", "not_breastfed", None]),
        **{name: chance.choice(levels) for name in DOMAINS},
    }


def _contacts(chance: random.Random, census: date, number: int) -> list[dict]:
    """Contacts of a mother, referrals to school nursing and assessments at school entry."""
    edge = chance.choice([_first_day(census), census]) + timedelta(chance.randint(-2, 2))
    nhs = None if chance.random() < 0.05 else f"m{number}"
    rows, day = [], edge
    for again in range(chance.randint(1, 3)):
        weeks = chance.choice([20, 27, 28, 29, 36])
        rows.append({"review_type": "AN", "review_date": day, "gestation_weeks": weeks})
        rows[-1] |= {"nhs_id": nhs, "referral_date": edge + timedelta(again)}
        day += timedelta(chance.choice([-99, -98, -97, 10, 97, 98, 99]))
    waited = chance.choice([0, 125, 126, 127, 300])
    referred = chance.choice([edge - timedelta(waited)] * 9 + [None])
    seen = {"review_type": "SN", "review_date": edge, "referral_date": referred}
    entry = {"review_type": "SE", "review_date": chance.choice([edge, None])}
    school_year = census.year - (census.month < 9)
    turned = date(school_year - chance.choice([4, 5]), chance.choice([8, 9]), 1)
    turned += timedelta(chance.choice([0, 30]))
    return [
        *rows,
        {"nhs_id": f"s{number}", "birth_date": date(2015, 1, 1)} | seen,
        {"nhs_id": f"e{number}", "birth_date": turned} | entry,
    ]


@pytest.fixture(scope="module")
def deliveries() -> dict[str, list[dict]]:
    chance, made = random.Random(16), {}
    for quarter in QUARTERS:
        census = month_end(quarter)
        rows = [row for n in range(900) for row in _child(chance, census, n)]
        rows += [row for n in range(150) for row in _contacts(chance, census, n)]
        chance.shuffle(rows)
        made[quarter] = [row | {"source_row": n} for n, row in enumerate(rows, 2)]
    return made


@pytest.fixture(scope="module")
def counted(deliveries, tmp_path_factory) -> dict[tuple[str, str], tuple[int, int]]:
    """What the SQL counts, by quarter and indicator."""
    home: Path = prepare_lake(tmp_path_factory.mktemp("visits"))
    submissions = []
    for quarter, rows in deliveries.items():
        submissions.append(submission_of("health_visiting", "RY7", quarter, len(rows)))
        place(home / "lake", submissions[-1], reviews=rows)
    write_run(home, submissions, "2025-06", date(2025, 7, 11))
    kinds = ("--resource-type", "seed", "--resource-type", "model")
    run_dbt(home, "build", *kinds, "--select", "+int_health_visiting_cases__measured")
    sql = """
        select
            strftime(date_trunc('quarter', period_start) + interval 2 month, '%Y-%m'),
            indicator_id,
            count(*) filter (where in_numerator),
            count(*) filter (where in_denominator)
        from intermediate.int_health_visiting_cases__measured
        group by all
    """
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return {(one, two): counts for one, two, *counts in connection.sql(sql).fetchall()}


def by_hand(rows: list[dict], census: date) -> Counts:
    """The figures of a quarter from its rows."""
    hits: dict[str, list[bool]] = defaultdict(list)
    for name, is_hit in [*_of_children(rows, census), *_of_contacts(rows, census)]:
        hits[name].append(is_hit)
    return {name: (sum(found), len(found)) for name, found in hits.items()}


def _of_children(rows: list[dict], census: date) -> Iterator[tuple[str, bool]]:
    """For each figure about an age the children below the line, and whether they are above it."""
    first, frame = _first_day(census), pd.DataFrame(rows)
    in_order = frame.sort_values(["review_date", "source_row"], na_position="last")
    reviews = in_order[in_order.nhs_id.notna()].drop_duplicates(["nhs_id", "review_type"])
    found = {(row.nhs_id, row.review_type): row for row in reviews.itertuples()}
    of_children = frame[frame.review_type.isin(list(AGES)) & frame.nhs_id.notna()]
    for nhs, born in of_children.groupby("nhs_id").birth_date.min().items():
        own = {kind: found[nhs, kind] for kind in AGES if (nhs, kind) in found}
        day = {kind: review.review_date for kind, review in own.items()}
        day = {kind: one for kind, one in day.items() if not pd.isna(one) and one <= census}
        old = {days: born + timedelta(days) for days in (14, 30, 56)}
        old |= {months: _on(born, months) for months in (12, 15)}
        if first <= old[30] <= census:
            yield "hv_c2_nbv14_pct", "NBV" in day and day["NBV"] <= old[14]
            yield "hv_c3_nbv_after14_pct", "NBV" in day and day["NBV"] > old[14]
        if first <= old[56] <= census:
            yield "hv_c8i_6_8wk_pct", "6_8W" in day and day["6_8W"] <= old[56]
            fed = own["6_8W"].breastfeeding_6_8wk if "6_8W" in own else None
            yield "hv_c8ii_breastfed_pct", fed in ("total", "partial")
        for months, name in ((12, "hv_c4_12m_pct"), (15, "hv_c5_12m_by15m_pct")):
            if first <= old[months] <= census:
                yield name, "12M" in day and day["12M"] <= old[months]
        if first <= _on(born, 30) <= census:
            is_seen = "2_2.5Y" in day and day["2_2.5Y"] <= _on(born, 30)
            yield "hv_c6i_2y_pct", is_seen
            yield from _of_asq3(own["2_2.5Y"]) if is_seen else ()


def _of_asq3(review: Any) -> Iterator[tuple[str, bool]]:
    levels = [getattr(review, name) for name in DOMAINS]
    is_used = review.asq3_used is True
    yield "hv_c6ii_asq3_pct", is_used
    if is_used and not any(pd.isna(level) for level in levels):
        yield "asq3_all5_pct", levels == ["above"] * 5
    if is_used and not pd.isna(levels[0]):
        yield "asq3_communication_pct", levels[0] == "above"


def _of_contacts(rows: list[dict], census: date) -> Iterator[tuple[str, bool]]:
    first = _first_day(census)
    late = [row for row in rows if row["review_type"] == "AN" and row["gestation_weeks"] >= 28]
    for row in late:
        earlier = [
            (row["review_date"] - one["review_date"]).days
            for one in late
            if one["nhs_id"] == row["nhs_id"] is not None
            and (one["review_date"], one["source_row"]) < (row["review_date"], row["source_row"])
        ]
        if first <= row["review_date"] <= census and not any(days <= 98 for days in earlier):
            yield "hv_c1_antenatal_n", True
    for row in rows:
        seen, referred = row["review_date"], row.get("referral_date")
        if row["review_type"] == "SN" and referred and first <= seen <= census:
            yield "sn_referrals_18w_pct", (seen - referred).days <= 126
        if row["review_type"] == "SE":
            last = date(census.year - (census.month < 9), 8, 31)
            if _on(row["birth_date"], 48) <= last < _on(row["birth_date"], 60):
                yield "sn_school_entry_assess_pct", seen is not None and seen <= census


@pytest.mark.parametrize("quarter", QUARTERS)
def test_every_figure_of_a_quarter_agrees_with_a_second_count(quarter, deliveries, counted) -> None:
    expected = by_hand(deliveries[quarter], month_end(quarter))
    assert len(expected) == 13
    assert all(0 < above < below for name, (above, below) in expected.items() if "_pct" in name)
    found = {name: tuple(counts) for (one, name), counts in counted.items() if one == quarter}
    above, _ = expected.pop("hv_c1_antenatal_n")
    assert found.pop("hv_c1_antenatal_n") == (above, 0)
    assert found == expected
