"""One population over every feed: from all of its files to figures, links and equal bytes."""

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.publication.release.explanation import explain
from tests.end_to_end.lasp import WIRRAL, figure, lasp, process, released_bytes, table

MONTH = "2025-03"
DEMO = ("demo", "--months", MONTH, "--defects", "0.005")
RUN = ("run", "--month", MONTH)
# What the published figures of Wirral make plausible; a wrong clock leaves these ranges.
PLAUSIBLE = {
    "ehcp_20wk_pct": (5, 60),
    "ehcp_20wk_inc_pct": (5, 60),
    "ehcna_requests_n": (80, 160),
    "ehcp_total_n": (4_600, 5_300),
    "ar_4wk_pct": (10, 60),
    "nd_open_referrals_n": (2_500, 4_500),
    "nd_over_13w_pct": (60, 95),
    "branch_referrals_n": (250, 450),
    "branch_first_contact_median_days": (14, 56),
    "neet_nk_16_17_pct": (3, 7),
    "slt_waiting_n": (200, 600),
    "ehcp_over_52wk_pct": (5, 60),
    "ehcp_avg_weeks": (25, 65),
    "ehcna_open_overdue_n": (300, 1_500),
    "ehcp_neet_setting_pct": (5, 12),
    "ar_decision_outstanding_n": (2_000, 6_000),
    "ar_reviewed_12m_pct": (10, 60),
    "advice_ep_6wk_pct": (30, 90),
    "advice_overdue_n": (50, 500),
    "nd_over_52w_n": (300, 1_500),
    "neet_16_17_pct": (1, 5),
    "participation_16_17_pct": (75, 97),
    "cypmh_waiting_n": (300, 1_500),
    "slt_support_while_waiting_pct": (10, 70),
}


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory) -> Path:
    """One month of all feeds, the casework extract as XML."""
    home = tmp_path_factory.mktemp("population") / "var"
    assert lasp(home, *DEMO).returncode == 0
    ran = lasp(home, *RUN)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return home


@pytest.mark.parametrize("indicator", PLAUSIBLE)
def test_every_feed_brings_its_figures(demonstration, indicator):
    low, high = PLAUSIBLE[indicator]
    assert low <= figure(demonstration, f"{MONTH}/r1", indicator, MONTH)["value"] <= high


def test_explain_re_adds_every_figure_of_the_month(demonstration):
    """Longer periods stand under the same rules at the mart gate: IV-NUMERATOR, IV-DENOMINATOR."""
    shown = {
        row["indicator_id"]
        for row in table(demonstration, f"{MONTH}/r1", "indicator_values")
        if (row["basis"], row["area_code"], row["breakdown"]) == ("local", WIRRAL, "all")
        and row["period_type"] in ("month", "quarter")
        and row["value_status"] == "value"
        and f"{row['period_end']:%Y-%m}" == MONTH
    }
    assert len(shown) > 75
    for indicator in sorted(shown):
        text = explain(demonstration, indicator, MONTH, basis="local")
        assert "The steps add up to the" in text and "DO NOT" not in text, indicator


def test_one_child_is_one_person_in_the_feeds_of_council_and_nhs(demonstration):
    """By the identity map alone: people of the casework who wait for therapy and use Branch."""
    with duckdb.connect(str(demonstration / "warehouse.duckdb"), read_only=True) as warehouse:
        (linked,) = warehouse.execute("""
            select count(distinct assessments.person_id)
            from core.ehc_needs_assessments as assessments
            where exists (
                select 1 from core.service_waits
                where service_waits.person_id = assessments.person_id
                and service_waits.feed = 'therapy_ptl'
            ) and exists (
                select 1 from core.service_waits
                where service_waits.person_id = assessments.person_id
                and service_waits.feed in ('cyp_mh', 'nd_pathway')
            )
        """).fetchone()
    assert linked > 50


def test_the_cohort_tells_who_is_linked_and_who_is_not(demonstration):
    rows = table(demonstration, f"{MONTH}/r1", "cross_agency_cohort")
    (row,) = (r for r in rows if (r["stage"], r["need"]) == ("either", "any"))
    assert row["value_status"] == "value"
    assert row["linked_count"] + row["not_linked_count"] == row["base_count"]
    assert 0 < row["person_count"] < row["base_count"]
    assert min(row["linked_count"], row["not_linked_count"]) > 1_000


def test_a_worklist_names_the_rows_that_the_forecast_counts_and_is_no_part_of_the_release(
    demonstration,
):
    told = sorted((demonstration / "answers").glob("*/*_worklist.csv"))
    assert {path.parent.name for path in told} == {WIRRAL}
    (casework,) = (path for path in told if path.name.startswith("sen2_ehc_"))
    with casework.open(encoding="utf-8") as lines:
        listed = Counter(line["what_is_due"] for line in csv.DictReader(lines))
    # Every open case is the upper end of what may pass its limit; a review that is due is due.
    forecast = {
        row["subject"]: row["high" if row["kind"] == "cases_passing_limit" else "value"]
        for row in table(demonstration, f"{MONTH}/r1", "forecasts")
        if row["kind"] in ("cases_passing_limit", "reviews_due")
        and row["horizon_date"] == date(2025, 5, 26)
    }
    assert forecast["final_plan"] == listed["Final plan"] > 0
    assert forecast["review_year"] == listed["Review decision"] > 0
    assert not [path for path in (demonstration / "releases").rglob("*") if "work" in path.name]


@pytest.mark.soak
def test_another_folder_day_key_and_thread_count_give_the_same_bytes(demonstration, tmp_path):
    home = tmp_path / "elsewhere"
    process(home, *DEMO)
    key = tmp_path / "key"
    key.write_text("5e" * 32 + "\n")
    key.chmod(0o400)
    settings = {"LASP_THREADS": "1", "LASP_PSEUDONYM_KEY_FILE": str(key), "TZ": "Asia/Tokyo"}
    assert process(home, *RUN, **settings).returncode == 0
    assert released_bytes(home) == released_bytes(demonstration)
