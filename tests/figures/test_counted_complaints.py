"""Random complaints, counted a second time with pandas.

The second count shares no line with the SQL: it reads the invented rows and the definitions of the
catalogue. numpy knows working days by itself; only the bank holidays are the same list.
"""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from tests.worlds.lakes import PROJECT, month_end

MONTHS = [str(month) for month in pd.period_range("2024-03", "2025-02", freq="M")]
NEWEST = MONTHS[-1]
PERIODS = {"month": 1, "rolling_3m": 3, "quarter": 3, "rolling_12m": 12}


def _later(chance: random.Random, day: date, most: int, share: float) -> date | None:
    return day + timedelta(days=chance.randrange(most)) if chance.random() < share else None


def invented(chance: random.Random, month: str, count: int) -> list[dict[str, object]]:
    """Contacts of fourteen months in all states; stages come in any order, or without a first."""
    rows: list[dict[str, object]] = []
    for number in range(count):
        kind = chance.choice([None, "complaint", "complaint", "complaint", "enquiry", "pals"])
        service = chance.choice(["SEND", "SENDSTART", "EP", "TRANSPORT", "HEALTH"])
        body = chance.choice(["la", "la", "la", "health", "lgsco"])
        for stage in chance.sample([1, 2, 3], chance.choice([1, 1, 1, 2, 3])):
            received = month_end(month) - timedelta(days=chance.randrange(420))
            rows.append({
                "source_row": len(rows) + 2,
                "complaint_id": f"c{number}",
                "received_date": received,
                "contact_type": kind,
                "acknowledged_date": _later(chance, received, 9, 0.8),
                "service": service,
                "stage": stage,
                "theme": chance.choice(["communication", "timeliness", "other"]),
                "response_date": _later(chance, received, 30, 0.8),
                "outcome": chance.choice(
                    [None, "upheld", "partly_upheld", "not_upheld", "withdrawn", "no_finding"]
                ),
                "body": chance.choice([body] * 9 + ["lgsco"]),
            })  # fmt: skip
    return rows


def delivered() -> dict[tuple[str, str, str], tuple[str, list[dict[str, object]]]]:
    """A delivery with all that is counted, and one of few rows for each month before."""
    rows = {month: invented(random.Random(month), month, 5) for month in MONTHS}
    rows[NEWEST] = invented(random.Random(16), NEWEST, 900)
    return {
        ("complaints", "E08000015", month): ("complaints", of_month)
        for month, of_month in rows.items()
    }


@pytest.fixture(scope="module")
def newest() -> list[dict[str, object]]:
    return delivered()["complaints", "E08000015", NEWEST][1]


@pytest.fixture(scope="module")
def figures(counted: Path) -> dict[tuple, tuple]:
    sql = f"""
        select
            indicator_id, period_type, strftime(period_end, '%Y-%m'),
            numerator::double, denominator::double, value, coalesce(status_reason, value_status)
        from marts.indicator_values
        where
            source_feed = 'complaints' and breakdown = 'all' and area_code = 'E08000015'
            and period_type in {tuple(PERIODS)} and period_end <= '{month_end(NEWEST)}'
    """
    with duckdb.connect(str(counted), read_only=True) as connection:
        return {row[:3]: row[3:] for row in connection.sql(sql).fetchall()}


def second_count(rows: list[dict[str, object]]) -> dict[str, tuple[pd.Series, pd.Series | None]]:
    """Of each indicator the dates of what counts below the line, and whether it is above it."""
    frame = pd.DataFrame(rows)
    received, response = pd.to_datetime(frame.received_date), pd.to_datetime(frame.response_date)
    acknowledged = pd.to_datetime(frame.acknowledged_date)
    with (PROJECT / "seeds/bank_holidays.csv").open(encoding="utf-8", newline="") as lines:
        holidays = [row["date"] for row in csv.DictReader(lines)]

    def working_days_after(days: pd.Series, number: int) -> pd.Series:
        dates = days.to_numpy().astype("datetime64[D]")
        limits = np.busday_offset(dates, number, roll="backward", holidays=holidays)
        return pd.Series(pd.to_datetime(limits), index=days.index)

    is_complaint = frame.contact_type.fillna("complaint") == "complaint"
    is_first = frame.stage == frame.groupby(["complaint_id", "body"]).stage.transform("min")
    is_send = frame.service.isin(["SEND", "SENDSTART", "EP"])
    own = is_complaint & is_first & is_send & (frame.body == "la")
    answered = own & frame.outcome.isin(["upheld", "partly_upheld", "not_upheld"])
    at_lgsco = is_complaint & is_first & is_send & (frame.body == "lgsco")
    asked = (frame.contact_type == "enquiry") & is_first & is_send & (frame.body == "la")
    ten, five = (
        working_days_after(acknowledged.fillna(received), 10),
        working_days_after(received, 5),
    )
    return {
        "complaints_la_n": (received[own], None),
        "complaints_communication_n": (received[own & (frame.theme == "communication")], None),
        "complaints_health_n": (
            received[is_complaint & is_first & (frame.body == "health")], None,
        ),
        "lgsco_upheld_n": (response[at_lgsco & (frame.outcome == "upheld")], None),
        "complaints_upheld_pct": (response[answered], frame.outcome != "not_upheld"),
        "complaints_on_time_pct": (ten[own & (frame.stage == 1)], response <= ten),
        "comms_5day_pct": (five[asked], response <= five),
    }  # fmt: skip


def test_every_figure_of_complaints_agrees_with_a_second_count(newest, figures) -> None:
    compared = set()
    for name, (days, is_above) in second_count(newest).items():
        of_month = days.dt.strftime("%Y-%m")
        for kind, months in PERIODS.items():
            for end in MONTHS[months - 1 :]:
                if (name, kind, end) not in figures:
                    continue
                last = MONTHS.index(end)
                counted = of_month.isin(MONTHS[last - months + 1 : last + 1])
                told = figures[name, kind, end]
                if is_above is None:
                    count = int(counted.sum())
                    assert told == (count, None, count, "value"), (name, kind, end)
                else:
                    hits = int(is_above[days.index][counted].sum())
                    assert told[:2] == (hits, counted.sum()), (name, kind, end)
                    assert told[2] == pytest.approx(100 * hits / counted.sum())
                compared.add((name, kind))
    assert {name for name, _ in compared} == second_count(newest).keys()
    assert ("complaints_la_n", "rolling_12m") in compared
    assert ("complaints_health_n", "quarter") in compared


def test_the_rate_for_each_plan_says_that_no_plans_were_received(figures) -> None:
    rate = [told for (name, *_), told in figures.items() if name == "complaints_per_1000_plans"]
    assert rate
    assert {told[3] for told in rate} == {"not_received"}
