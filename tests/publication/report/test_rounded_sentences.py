"""Sentences about rounded figures say "about", and no more than rounding leaves."""

from __future__ import annotations

import pytest

from orchestration.publication.report import exhibits, sentences
from tests.publication.report.test_report_brief import measure


def rounded(value, then, unit="count", **about):
    parts = {"numerator": 65, "denominator": 100} if unit == "pct" else {"numerator": value}
    latest = {"value": value, "year_ago_value": then, "rounded_to": 5, "rag": "grey"} | parts
    return measure(latest | {"variation": "none"}, unit=unit, **about)


@pytest.mark.parametrize(
    ("value", "then", "said"),
    [
        (205.0, 1090.0, "Fewer plans: about 205 in October 2025, about 1,090 a year before."),
        (65.0, 60.0, "About as many plans: about 65 in October 2025, about 60 a year before."),
        (10.0, 0.0, "More plans: about 10 in October 2025, 0 a year before."),
    ],
)
def test_a_rounded_count_is_compared_as_far_as_rounding_lets(value, then, said):
    assert sentences.moved(rounded(value, then)).striptags() == said


def test_a_rounded_share_says_about_of_its_counts_too():
    said = sentences.moved(rounded(65.0, 100.0, "pct")).striptags()
    assert said == (
        "In October 2025, just under 2 in 3 (about 65 of 100) of plans were on time. "
        "A year before it was all or nearly all."
    )


def test_a_count_without_a_year_before_stands_alone():
    assert sentences.alone(rounded(205.0, None)).striptags() == "In October 2025: about 205 plans."


@pytest.mark.parametrize(
    ("value", "then", "direction", "words"),
    [
        (205.0, 200.0, "same", "About the same"),
        (205.0, 195.0, "up", "Up about 10"),
        (195.0, 205.0, "down", "Down about 10"),
    ],
)
def test_a_change_of_one_step_may_be_rounding_alone(value, then, direction, words):
    change = sentences.change(rounded(value, then), "year_ago_value")
    assert (change["direction"], change["words"].striptags()) == (direction, words)


def test_the_title_of_a_chart_says_about():
    title = exhibits.finding(None, rounded(205.0, 1090.0)).striptags()
    assert title == "Plans: about 205, down about 885 in a year"
