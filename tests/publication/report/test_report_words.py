"""Numbers, waits and periods are said as people say them, and never beside the truth."""

from datetime import date

import pytest
import yaml

from orchestration.publication.report import spreadsheet, words
from orchestration.publication.report.charts import axes
from orchestration.settings import DBT_PROJECT

SAID = [
    (0, "none"), (0.4, "very few"), (2.9, "very few"), (3.1, "just under 1 in 20"),
    (7.03125, "just over 1 in 20"), (10, "about 1 in 10"), (12.3, "about 1 in 8"),
    (17.045, "about 1 in 6"), (22.4, "just over 1 in 5"), (37.06, "less than 2 in 5"),
    (41.25, "about 2 in 5"), (41.26, "just over 2 in 5"), (42.6, "more than 2 in 5"),
    (44.99, "more than 2 in 5"), (45.01, "less than half"), (48.75, "about half"),
    (51.379, "just over half"), (54.9, "more than half"), (66.4, "about 2 in 3"),
    (92.4, "just over 9 in 10"), (92.6, "just under 19 in 20"), (94, "about 19 in 20"),
    (96.9, "just over 19 in 20"),
    (97, "nearly all"), (99.99, "nearly all"), (100, "all"),
]  # fmt: skip


@pytest.mark.parametrize(("share", "told"), SAID)
def test_a_share_is_said_as_people_say_it(share, told):
    assert words.said(share) == told


def test_a_share_is_called_about_another_within_a_point_and_a_quarter_and_just_within_twice_that():
    for tenths in range(31, 970):
        share = tenths / 10
        told = words.said(share)
        parts = [int(part) for part in told.split() if part.isdigit()]
        said = 50.0 if told.endswith("half") else 100 * parts[0] / parts[1]
        beyond = share - said
        if told.startswith("about"):
            assert abs(beyond) <= 1.25
        elif told.startswith("just"):
            assert 1.25 < abs(beyond) <= 2.5
        else:
            assert 2.5 < abs(beyond) <= 5
        assert told.startswith("about") or (beyond > 0) == ("over" in told or "more" in told)


WAITS = [
    (0.3, "less than a week"), (1.2, "about 1 week"), (1.5, "about 2 weeks"),
    (12.4, "about 12 weeks"), (103.4, "about 103 weeks"), (103.5, "about 2 years"),
    (121.7, "about 2 years and 4 months"), (108.8, "about 2 years and 1 month"),
    (156.5, "about 3 years"),
]  # fmt: skip


@pytest.mark.parametrize(("weeks", "told"), WAITS)
def test_a_wait_is_said_in_weeks_and_from_two_years_on_in_years_and_months(weeks, told):
    assert words.waited(weeks) == told


def test_a_wait_of_years_is_said_within_half_a_month():
    for tenths in range(1040, 6000):
        told = [int(part) for part in words.waited(tenths / 10).split() if part.isdigit()]
        months = 12 * told[0] + (told[1] if len(told) > 1 else 0)
        assert abs(tenths / 10 * 7 / 365.25 * 12 - months) <= 0.5 + 1e-9


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (50.45, "pct", "50.5%"), (50.35, "pct", "50.4%"), (-0.05, "pct", "-0.1%"),
        (1092, "count", "1,092"), (0.5, "count", "1"), (2.5, "count", "3"),
        (12.25, "weeks", "12.3 weeks"), (1.04, "weeks", "1.0 week"), (1, "days", "1.0 day"),
        (3.15, "rate_per_100", "3.2 in each 100"), (34.75, "rate_per_1000", "34.8 in each 1,000"),
        (33.333, "distribution", "33.3%"),
    ],
)  # fmt: skip
def test_a_figure_is_rounded_half_away_from_zero_and_has_its_unit(value, unit, told):
    assert words.figure_of(unit)(value) == told


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [(75.0, "pct", "75%"), (12.5, "pct", "12.5%"), (1200.0, "count", "1,200")],
)
def test_a_number_of_the_plan_is_written_as_the_plan_writes_it(value, unit, told):
    assert words.plan_figure_of(unit)(value) == told


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (-4.2, "pct", "0.0%"), (104.6, "pct", "100.0%"), (99.96, "pct", "100.0%"),
        (104.6, "count", "105"), (-3.0, "count", "0"),
    ],
)  # fmt: skip
def test_a_limit_is_cut_where_no_figure_can_be(value, unit, told):
    assert words.limit_of(unit)(value) == told


@pytest.mark.parametrize(
    ("mean", "unit", "told"),
    [(0.4, "count", "0.4"), (10.4, "count", "10"), (1271.5, "count", "1,272"), (7, "pct", "7.0%")],
)
def test_an_average_of_few_is_said_to_one_place(mean, unit, told):
    assert words.average_of(unit)(mean) == told


@pytest.mark.parametrize(
    ("change", "unit", "told", "is_level"),
    [
        (-39.27, "pct", "39.3 points", False), (1.0, "pct", "1.0 point", False),
        (0.04, "pct", "0.0 points", True), (-0.05, "pct", "0.1 points", False),
        (-1204.0, "count", "1,204", False), (0.4, "weeks", "0.4 weeks", False),
    ],
)  # fmt: skip
def test_a_change_is_said_by_its_size_and_is_none_where_it_rounds_to_nothing(
    change, unit, told, is_level
):
    assert words.change_of(unit)(change) == told
    assert words.is_level(change, unit) is is_level


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [(64.0, "pct", "64%"), (3.0, "weeks", "3 weeks"), (1365.0, "count", "1,365")],
)
def test_what_was_rounded_before_it_came_has_no_place_that_nobody_knows(value, unit, told):
    assert words.figure_of(unit, is_rounded=True)(value) == told


@pytest.mark.parametrize(
    ("change", "unit", "told"), [(-5.0, "pct", "5 points"), (1.0, "weeks", "1 week")]
)
def test_a_change_between_rounded_figures_is_whole(change, unit, told):
    assert words.change_of(unit, is_rounded=True)(change) == told


@pytest.mark.parametrize(
    ("share", "told"),
    [(0, "none or very few"), (100, "all or nearly all"), (64.0, "less than 2 in 3")],
)
def test_of_a_rounded_share_nobody_says_none_or_all(share, told):
    assert words.said_of_rounded(share) == told


PERIODS = [
    ("month", date(2025, 10, 1), date(2025, 10, 31), "October 2025"),
    ("census", date(2025, 1, 16), date(2025, 1, 16), "16 January 2025"),
    ("quarter", date(2025, 7, 1), date(2025, 9, 30), "July to September 2025"),
    ("quarter", date(2024, 11, 1), date(2025, 1, 31), "November 2024 to January 2025"),
    ("calendar_year", date(2024, 1, 1), date(2024, 12, 31), "2024"),
    ("academic_year", date(2023, 9, 1), date(2024, 8, 31), "academic year 2023 to 2024"),
    ("financial_year", date(2024, 4, 1), date(2025, 3, 31), "financial year 2024 to 2025"),
    ("rolling_12m", date(2024, 11, 1), date(2025, 10, 31), "the 12 months to October 2025"),
]


@pytest.mark.parametrize(("kind", "start", "end", "told"), PERIODS)
def test_a_period_is_named(kind, start, end, told):
    assert words.period(kind, start, end) == told


@pytest.mark.parametrize(
    ("end", "earlier"),
    [
        (date(2025, 2, 28), date(2024, 2, 29)),
        (date(2024, 2, 29), date(2023, 2, 28)),
        (date(2025, 12, 31), date(2024, 12, 31)),
        (date(2025, 10, 31), date(2024, 10, 31)),
    ],
)
def test_a_year_before_is_the_last_day_of_the_same_month(end, earlier):
    assert words.a_year_before(end) == earlier


def test_every_unit_of_an_indicator_has_words_in_tables_workbook_and_charts():
    path = DBT_PROJECT / "models/marts/catalogue/_catalogue__models.yml"
    models = {one["name"]: one for one in yaml.safe_load(path.read_text("utf-8"))["models"]}
    (promised,) = models["indicators"]["data_tests"]
    units = set(promised["is_as_promised"]["config"]["meta"]["one_of"]["unit"])
    assert set(words.UNIT_WORDS) == set(spreadsheet.UNITS) == set(axes._UNIT_WORDS) == units
