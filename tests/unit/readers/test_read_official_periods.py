"""Periods as publishers write them."""

from datetime import date

import pytest

from ingest.readers.official.periods import last_day, period_of, rule_of, span_of

CASES = [
    ("calendar_year", "2024", "calendar_year", "2024-01-01", "2024-12-31"),
    ("academic_year", "202425", "academic_year", "2024-09-01", "2025-08-31"),
    ("academic_year", "2024/25", "academic_year", "2024-09-01", "2025-08-31"),
    ("financial_year", "202425", "financial_year", "2024-04-01", "2025-03-31"),
    ("january_census", "202425", "census", "2025-01-16", "2025-01-16"),
    ("january_census", "2022", "census", "2022-01-20", "2022-01-20"),
    ("january_after", "2024", "census", "2025-01-16", "2025-01-16"),
    ("autumn_census", "202526", "census", "2025-10-02", "2025-10-02"),
    ("summer_census", "202425", "census", "2025-05-15", "2025-05-15"),
    ("mid_year", "2024", "census", "2024-06-30", "2024-06-30"),
    ("dec_feb", "2024", "dec_feb", "2023-12-01", "2024-02-29"),
    ("autumn_term", "202425", "term", "2024-09-01", "2024-12-31"),
    ("spring_term", "202425", "term", "2025-01-01", "2025-03-31"),
    ("summer_term", "202425", "term", "2025-04-01", "2025-08-31"),
    ("autumn_and_spring_term", "202425", "autumn_spring", "2024-09-01", "2025-03-31"),
    ("ytd", "202425", "ytd", "2024-09-01", "2025-08-31"),
    ("calendar_q2", "2024", "quarter", "2024-04-01", "2024-06-30"),
    ("financial_q1", "202425", "quarter", "2024-04-01", "2024-06-30"),
    ("financial_q4", "202425", "quarter", "2025-01-01", "2025-03-31"),
    ("february", "2024", "month", "2024-02-01", "2024-02-29"),
    ("academic_year_ending", "2022", "academic_year", "2021-09-01", "2022-08-31"),
    ("academic_year_before", "2024", "academic_year", "2022-09-01", "2023-08-31"),
]


@pytest.mark.parametrize(("rule", "words", "kind", "start", "end"), CASES)
def test_a_period_is_read_by_its_rule(rule, words, kind, start, end):
    period = period_of(rule, words, "label")
    assert (period.kind, str(period.start), str(period.end)) == (kind, start, end)


@pytest.mark.parametrize(
    ("identifier", "rule"),
    [
        ("Academic year", "academic_year"),
        ("Autumn and spring term", "autumn_and_spring_term"),
        ("Financial year Q4", "financial_q4"),
        ("January", "january"),
    ],
)
def test_an_identifier_of_the_standard_names_its_rule(identifier, rule):
    assert rule_of(identifier) == rule


@pytest.mark.parametrize(("rule", "words"), [("fortnight", "2024"), ("calendar_year", "soon")])
def test_a_period_that_is_not_understood_has_no_days(rule, words):
    assert period_of(rule, words, "as published").kind is None
    assert period_of(rule, words, "as published").label == "as published"


@pytest.mark.parametrize(
    ("first", "last", "kind"),
    [
        ("01/11/2022", "30/11/2022", "month"),
        ("01/09/2022", "30/11/2022", "rolling_3m"),
        ("2021-12-01", "2022-11-30", "rolling_12m"),
        ("01/07/2022", "01/07/2022", None),
        ("01/07/2022", "30/07/2022", None),
        ("01/07/2022", "31/08/2022", None),
        ("soon", "later", None),
        ("01/08/2022", "31/07/2022", None),
    ],
)
def test_only_whole_months_are_a_span(first, last, kind):
    assert span_of(first, last).kind == kind


def test_months_run_into_other_years():
    assert last_day(2025, 13) == date(2026, 1, 31)
    assert last_day(2025, 8 - 28) == date(2023, 4, 30)
