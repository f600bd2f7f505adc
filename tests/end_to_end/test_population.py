"""One population over every feed: from all of its files to figures, links and equal bytes."""

from pathlib import Path

import duckdb
import pytest

from tests.end_to_end.lasp import figure, process, released_bytes

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
}


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory) -> Path:
    """One month of all feeds, the casework extract as XML."""
    home = tmp_path_factory.mktemp("population") / "var"
    assert process(home, *DEMO).returncode == 0
    ran = process(home, *RUN)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return home


@pytest.mark.parametrize("indicator", PLAUSIBLE)
def test_every_feed_brings_its_figures(demonstration, indicator):
    low, high = PLAUSIBLE[indicator]
    assert low <= figure(demonstration, f"{MONTH}/r1", indicator, MONTH)["value"] <= high


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


@pytest.mark.soak
def test_another_folder_day_key_and_thread_count_give_the_same_bytes(demonstration, tmp_path):
    home = tmp_path / "elsewhere"
    process(home, *DEMO)
    key = tmp_path / "key"
    key.write_text("5e" * 32 + "\n")
    settings = {"LASP_THREADS": "1", "LASP_PSEUDONYM_KEY_FILE": str(key), "TZ": "Asia/Tokyo"}
    assert process(home, *RUN, **settings).returncode == 0
    assert released_bytes(home) == released_bytes(demonstration)
