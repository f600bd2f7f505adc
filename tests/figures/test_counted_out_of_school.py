"""Random children out of school, counted a second time in pandas.

The second count shares no line with the SQL: it reads the invented rows, the list of closures, the
bank holidays and the definitions of the catalogue, and nothing else.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from tests.worlds.lakes import PROJECT, month_end

WIRRAL = "E08000015"
MONTHS = ["2024-11", "2024-12", "2025-01", "2025-02"]
NEWEST = MONTHS[-1]
EDGES = (-1, 0, 1, 14, 15, 16, 20, 21, 22, 84, 85, 150, 181, 182, 360)
"""Days before the month's end on which something happened."""
CLOSED = {
    "open": [("2023-07-22", "2023-09-04"), ("2025-07-22", "2025-09-03")],
    "holidays": [
        ("2023-07-22", "2023-09-04"),
        ("2024-10-26", "2024-11-04"),
        ("2024-12-21", "2025-01-06"),
        ("2025-02-15", "2025-02-24"),
        ("2025-04-05", "2025-04-22"),
        ("2025-07-22", "2025-09-03"),
    ],
    "listed too late": [("2024-12-21", "2025-01-06"), ("2025-07-22", "2025-09-03")],
    "listed too little": [("2023-07-22", "2023-09-04"), ("2025-02-15", "2025-02-24")],
}
"""Closures of each school: first day, and first day open again."""
BIRTHS = [date(2019, 9, 1), date(2020, 1, 1), date(2020, 4, 1), date(2014, 5, 1)]
BIRTHS += [date(2008, 8, 1), date(2008, 9, 1)]
"""Around the ages at which a child must be educated, and one well within them."""

Row = dict[str, object]


def _day(chance: random.Random, end: date, share: float = 1.0) -> date | None:
    if chance.random() > share:
        return None
    back = chance.choice(EDGES) if chance.random() < 0.5 else chance.randrange(420)
    return end - timedelta(days=back)


def _later(chance: random.Random, day: date | None, share: float) -> date | None:
    return day + timedelta(days=chance.choice([0, 1, *range(17, 30), 200])) if (
        day and chance.random() < share
    ) else None  # fmt: skip


def _spells(chance: random.Random, month: str, count: int = 500) -> list[Row]:
    """Spells in all states, right and wrong: nothing here keeps events in their order."""
    end, rows = month_end(month), []
    for k in range(count):
        starts, absent = _day(chance, end), _day(chance, end, 0.6)
        rows.append(
            {
                "source_row": k + 2,
                "child_id": f"c{chance.randrange(count // 2)}",
                "birth_month": chance.choice(BIRTHS),
                "status": chance.choice(["CME", "EHE", "EHE_U", "S19", "S19"]),
                "start_date": starts,
                "end_date": _later(chance, starts, 0.5),
                "sen_status": chance.choice(["N", "K", "E", None]),
                "previous_urn": chance.choice([*CLOSED, None]),
                "absence_start": absent,
                "s19_start": _later(chance, absent, 0.6),
                "absence_reason": chance.choice(["medical", "medical", "other", None]),
                "named_lead": chance.choice(["lead", None]),
                "suitable_education": chance.choice([True, False, None]),
            }
        )
    unique = {(row["child_id"], row["status"], row["start_date"]): row for row in rows}
    return list(unique.values())


def delivered() -> dict[tuple[str, str, str], tuple[str, list[Row]]]:
    chance = random.Random(16)
    closures: list[Row] = [
        {"urn": urn, "closed_from": date.fromisoformat(first), "reopens": date.fromisoformat(last)}
        | {"source_row": 2}
        for urn, spans in CLOSED.items()
        for first, last in spans
    ]
    return {
        **{("cme_ehe", WIRRAL, month): ("spells", _spells(chance, month)) for month in MONTHS},
        ("school_closures", WIRRAL, "2024-09"): ("closures", closures),
    }


@pytest.fixture(scope="module")
def deliveries() -> dict[str, list[Row]]:
    return {month: rows for (feed, _, month), (_, rows) in delivered().items() if feed == "cme_ehe"}


@pytest.fixture(scope="module")
def figures(counted: Path) -> dict[tuple, tuple]:
    """Every figure of the feed, as the models count it."""
    sql = f"""
        select
            indicator_id, period_type, strftime(period_end, '%Y-%m'), numerator, denominator,
            status_reason
        from intermediate.int_local_figures__counted
        where area_code = '{WIRRAL}' and breakdown = 'all' and source_feed = 'cme_ehe'
    """
    with duckdb.connect(str(counted), read_only=True) as connection:
        return {row[:3]: row[3:] for row in connection.sql(sql).fetchall()}


def _fifteenth(absent: object, urn: object) -> pd.Timestamp | None:
    """The 15th school day from the absence on; None where no list holds the closures."""
    if pd.isna(absent) or urn not in CLOSED:
        return None
    spans = [(pd.Timestamp(first), pd.Timestamp(last)) for first, last in CLOSED[urn]]
    holidays = pd.read_csv(PROJECT / "seeds/bank_holidays.csv", parse_dates=["date"])["date"]
    days = pd.bdate_range(absent, periods=200)
    days = days[~days.isin(holidays)]
    for first, last in spans:
        days = days[(days < first) | (days >= last)]
    is_told = absent >= spans[0][0] and days[14] < spans[-1][1]
    return days[14] if is_told else None


def _must_be_taught(born: pd.Timestamp, day: pd.Timestamp) -> bool:
    five = {1: (3, 31), 2: (8, 31), 3: (12, 31)}
    part = 1 if born.month <= 3 else 2 if born.month <= 8 else 3
    begins = pd.Timestamp(born.year + 5, *five[part])
    year = born.year + 16 + (born.month >= 9)
    fridays = pd.date_range(f"{year}-06-01", f"{year}-06-30", freq="W-FRI")
    return begins <= day <= fridays[-1]


def _first_of_child(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values(["start_date", "source_row"]).drop_duplicates("child_id")


def _typed(rows: list[Row]) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    for name in ("start_date", "end_date", "absence_start", "s19_start", "birth_month"):
        table[name] = pd.to_datetime(table[name])
    table["fifteenth"] = [
        _fifteenth(*pair) for pair in zip(table.absence_start, table.previous_urn, strict=True)
    ]
    table["fifteenth"] = pd.to_datetime(table["fifteenth"])
    table["send"] = table.sen_status.isin(["K", "E"])
    table["home"] = table.status.isin(["EHE", "EHE_U"])
    table["unfit"] = table.home & (table.suitable_education == False)  # noqa: E712
    return table


def positions(rows: list[Row], month: str) -> dict[str, tuple[int, int | None]]:
    """Numerator and denominator of what stands at the end of a month."""
    table, day = _typed(rows), pd.Timestamp(month_end(month))
    table = table[(table.start_date <= day) & ~(table.end_date < day)]
    taught = np.array([_must_be_taught(born, day) for born in table.birth_month])
    missing = _first_of_child(table[((table.status == "CME") | table.unfit) & taught])
    home = _first_of_child(table[table.home & ~table.unfit])
    ill = table[(table.absence_reason == "medical") & ~(table.s19_start <= day)]
    ill = ill[ill.fifteenth <= day]
    register = table[(table.absence_reason == "medical") & (table.status == "S19")]
    register = _first_of_child(register)
    either = table.index.isin(ill.index) | (
        ((table.status == "CME") | table.unfit).to_numpy() & taught
    )
    out = set(table[either & table.send].child_id)
    long = missing[(day - missing.start_date).dt.days > 84]
    return {
        "cme_n": (len(missing), None),
        "cme_send_n": (int(missing.send.sum()), None),
        "cme_over_12w_pct": (len(long), len(missing)),
        "ehe_send_stock_n": (int(home.send.sum()), None),
        "medical_absence_no_provision_n": (ill.child_id.nunique(), None),
        "s19_named_lead_pct": (int(register.named_lead.notna().sum()), len(register)),
        "send_out_of_education_n": (len(out), None),
    }


def taught_in_time(rows: list[Row], month: str) -> tuple[int, int]:
    """Absences whose 15th school day is in a month."""
    table = _typed(rows)
    table = table.sort_values(["s19_start", "source_row"], na_position="last")
    table = table[table.absence_start.notna()].drop_duplicates(["child_id", "absence_start"])
    table = table[table.fifteenth.dt.strftime("%Y-%m") == month]
    table = table[~(table.end_date < table.fifteenth)]
    return int((table.s19_start <= table.fifteenth).sum()), len(table)


def became_home_educated(rows: list[Row], month: str) -> int:
    """Children with SEND whose home education began from September up to a month."""
    table, count = _typed(rows), 0
    table = table[table.home].sort_values(["start_date", "source_row"])
    for _, spells in table.groupby("child_id"):
        for k, spell in enumerate(spells.itertuples()):
            before = spells.iloc[:k]
            is_in_year = pd.Timestamp("2024-09-01") <= spell.start_date <= pd.Timestamp(
                month_end(month)
            )  # fmt: skip
            goes_on = (before.end_date.isna()).any() or (
                before.end_date >= spell.start_date - pd.Timedelta(days=1)
            ).any()
            was_before = (before.start_date >= pd.Timestamp("2024-09-01")).any()
            count += is_in_year and spell.send and not goes_on and not was_before
    return count


def test_children_out_of_school_agree_with_a_second_count(
    deliveries: dict[str, list[Row]], figures: dict[tuple, tuple]
) -> None:
    wrong, counted_of = [], dict[str, int]()
    for month, rows in deliveries.items():
        expected: dict[tuple[str, str], tuple[int, int | None]] = {}
        for name, counted in positions(rows, month).items():
            termly = ("cme_n", "cme_send_n", "cme_over_12w_pct", "ehe_send_stock_n")
            expected[name, "census" if name in termly else "month"] = counted
        newest = deliveries[NEWEST]
        expected["s19_provision_15d_pct", "month"] = taught_in_time(newest, month)
        expected["send_to_ehe_n", "ytd"] = (became_home_educated(newest, month), None)
        for (name, period), counted in expected.items():
            found = figures.get((name, period, month))
            if found is None or (found[0], found[1], found[2]) != (*counted, None):
                wrong.append((name, period, month, found, counted))
            counted_of[name] = counted_of.get(name, 0) + counted[0]
    assert not wrong, wrong
    assert min(counted_of.values()) > 3, counted_of
