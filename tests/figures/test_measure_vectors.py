"""The vectors of waits, of young people after 16 and of percentiles, read back from core and marts.

Every vector is a delivery of a sender of its own, so its figures stand alone in the release.
"""

import csv
import json
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import duckdb
import pytest

from tests.worlds.lakes import (
    month_end,
    place,
    prepare_lake,
    run_dbt,
    settled_seeds,
    submission_of,
    write_run,
)

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
RELEASE = "2025-05"
WINTER = ("2024-12", "2025-01", "2025-02")
MODELS = ("+indicator_values", "+service_waits", "+post16_status")


def _vectors(name: str) -> list[dict[str, str]]:
    with (VECTORS / f"{name}_vectors.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


WAITS, NEET, PERCENTILES = _vectors("waits"), _vectors("neet"), _vectors("percentile")
BY_CHOICE = {
    choice: [vector for vector in NEET if vector["code550"] == choice]
    for choice in ("neet", "participating")
}
SENDERS = {
    "waits": [f"Z{100 + k}A" for k in range(len(WAITS))],
    "percentile": [f"Z{200 + k}A" for k in range(len(PERCENTILES))],
    "neet": {vector["case_id"]: f"Z{300 + k}L" for k, vector in enumerate(NEET)},
}


def _list_of_one(vector: dict[str, str]) -> tuple[str, list[dict]]:
    """Give the month of a vector's census and its referral, moved as a whole to the month's end."""
    census = date.fromisoformat(vector["census_date"])
    month = f"{census:%Y-%m}"
    moved = month_end(month) - census
    days = {
        "referral_received_date": vector["referral_received"],
        "first_contact_date": vector["first_contact"],
    }
    referral = {name: date.fromisoformat(day) + moved for name, day in days.items() if day}
    return month, [_referral(1) | referral]


def _list_of_waits(vector: dict[str, str]) -> tuple[str, list[dict]]:
    census = month_end(RELEASE)
    return RELEASE, [
        _referral(k) | {"referral_received_date": census - timedelta(days=days)}
        for k, days in enumerate(json.loads(vector["days_json"]))
    ]


def _referral(k: int) -> dict:
    return {
        "source_row": k + 2,
        "referral_id": str(k),
        "birth_month": date(2015, 1, 1),
        "service": "SLT",
    }


def _cohorts(vector: dict[str, str], sender: str) -> list[tuple[str, list[dict]]]:
    """Give the months of a vector, the last of them February, and who does what at their end."""
    months = json.loads(vector["months_json"])
    delivered = []
    for period, counts in zip(WINTER[-len(months) :], months, strict=True):
        codes = [code for code, count in counts.items() for _ in range(count)]
        rows = [
            {
                "source_row": k + 2,
                "young_person_id": str(k),
                "birth_month": (date(2008, 8, 1), date(2006, 9, 1))[k % 2],
                "la_code": sender[1:4],
                "activity_code": code,
                "send_flag": False,
            }
            for k, code in enumerate(codes)
        ]
        delivered.append((period, rows))
    return delivered


def _lake_of(home: Path, choice: str) -> Path:
    """Deliver every vector; those of young people that the choice is made for."""
    prepare_lake(home)
    lists = [_list_of_one(vector) for vector in WAITS]
    lists += [_list_of_waits(vector) for vector in PERCENTILES]
    submissions = []
    for sender, (period, rows) in zip(SENDERS["waits"] + SENDERS["percentile"], lists, strict=True):
        submissions.append(submission_of("therapy_ptl", sender, period, len(rows)))
        place(home / "lake", submissions[-1], referrals=rows)
    for vector in BY_CHOICE[choice]:
        sender = SENDERS["neet"][vector["case_id"]]
        for period, rows in _cohorts(vector, sender):
            submissions.append(submission_of("ccis", sender, period, len(rows)))
            place(home / "lake", submissions[-1], young_people=rows)
    write_run(home, submissions, month=RELEASE, as_at=date(2025, 6, 20))
    return home


def _build(home: Path, seeds: Path | None = None) -> Path:
    kinds = ("--resource-type", "seed", "--resource-type", "model")
    run_dbt(home, "build", *kinds, "--select", *MODELS, seeds=seeds)
    return home


@pytest.fixture(scope="module")
def by_default(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _build(_lake_of(tmp_path_factory.mktemp("by_default"), "participating"))


@pytest.fixture(scope="module")
def by_choice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("by_choice")
    home = folder / "var"
    home.mkdir()
    return _build(_lake_of(home, "neet"), settled_seeds(folder, {"nccis_550": "neet"}))


def _rows(home: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.sql(sql).fetchall()


@cache
def _figures(home: Path) -> dict[tuple, tuple]:
    """Read all figures at once: opening the file takes as long as reading it."""
    rows = _rows(
        home,
        "select indicator_id, area_code, period_type, numerator, denominator, value, value_status "
        "from marts.indicator_values where breakdown = 'all' and basis = 'local' "
        "order by period_end desc",
    )
    return {row[:3]: row[3:] for row in rows}


def _figure(home: Path, indicator: str, area: str, period_type: str = "month") -> tuple:
    """Give numerator, denominator, value and status of an area's earliest figure."""
    return _figures(home)[indicator, area, period_type]


@pytest.mark.parametrize(
    ("vector", "sender"),
    list(zip(WAITS, SENDERS["waits"], strict=True)),
    ids=[vector["note"] for vector in WAITS],
)
def test_a_wait_agrees_with_its_vector(
    by_default: Path, vector: dict[str, str], sender: str
) -> None:
    ((days, is_waiting, band),) = _rows(
        by_default,
        "select waited_days, is_waiting, wait_band from core.service_waits "
        f"where sender = '{sender}'",
    )
    assert days == int(vector["days_waiting"])
    assert is_waiting is bool(int(vector["exp_waiting"]))
    assert band == (vector["exp_band"] or None)
    assert _figure(by_default, "slt_waiting_n", sender)[0] == int(vector["exp_waiting"])
    assert _figure(by_default, "slt_over_52w_n", sender)[0] == int(vector["exp_over_52w"] or 0)
    numerator, denominator, _, status = _figure(by_default, "slt_within_18w_pct", sender)
    if is_waiting:
        assert (numerator, denominator) == (int(vector["exp_within_18w"]), 1)
    else:
        assert (numerator, denominator, status) == (None, None, "not_applicable")


@pytest.mark.parametrize("vector", NEET, ids=[vector["case_id"] for vector in NEET])
def test_young_people_agree_with_their_vector(
    vector: dict[str, str], request: pytest.FixtureRequest
) -> None:
    home = request.getfixturevalue(
        "by_default" if vector["code550"] == "participating" else "by_choice"
    )
    area = f"E0899{SENDERS['neet'][vector['case_id']][1:4]}"
    is_winter = len(json.loads(vector["months_json"])) == len(WINTER)
    expected = {
        "neet_16_17_pct": ("exp_neet", "exp_neet_pct"),
        "nk_16_17_pct": ("exp_not_known", "exp_nk_pct"),
        "neet_nk_16_17_pct": (None, "exp_neet_nk_pct"),
        "participation_16_17_pct": (None, "exp_participation_pct"),
    }
    for indicator, (count, share) in expected.items():
        numerator, denominator, value, status = _figure(
            home, indicator, area, "dec_feb" if is_winter else "month"
        )
        if not int(vector["exp_denominator"]):
            assert (numerator, denominator, value, status) == (None, None, None, "not_applicable")
            continue
        assert denominator == int(vector["exp_denominator"])
        assert value == pytest.approx(float(vector[share]), abs=5e-5)
        assert count is None or numerator == int(vector[count])


@pytest.mark.parametrize(
    ("vector", "sender"),
    list(zip(PERCENTILES, SENDERS["percentile"], strict=True)),
    ids=[vector["days_json"] for vector in PERCENTILES],
)
def test_a_list_agrees_with_its_percentile_vector(
    by_default: Path, vector: dict[str, str], sender: str
) -> None:
    for indicator, days in (
        ("slt_median_wait_weeks", vector["exp_median_days"]),
        ("slt_p92_wait_weeks", vector["exp_p92_days"]),
    ):
        _, cases, weeks, _ = _figure(by_default, indicator, sender)
        assert cases == len(json.loads(vector["days_json"]))
        assert 7 * weeks == pytest.approx(float(days))
    share = _figure(by_default, "slt_within_18w_pct", sender)[2]
    assert share == pytest.approx(float(vector["exp_pct_within_18w"]), abs=5e-3)
