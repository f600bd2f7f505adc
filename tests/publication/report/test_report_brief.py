"""In brief and the box for the Board follow from rules: of each a case and a near miss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from orchestration.publication.report import brief
from orchestration.publication.report.editions import INTERNAL
from orchestration.publication.report.measures import BETTER, WORSE, Measure, Measures
from orchestration.publication.report.places import chart_of
from orchestration.publication.report.tables import Row, Tables
from tests.worlds.report_world import END, FACTS, PLANS, world, write

IMPROVED = {
    "indicator_id": "plans_pct", "basis": "local", "period_type": "month", "area_code": "E",
    "period_start": END.replace(day=1), "period_end": END, "value": 62.0, "numerator": 62,
    "denominator": 100, "year_ago_value": 51.0, "variation": BETTER, "is_complete": True,
    "rag": "grey", "trajectory_value": None, "trajectory_read": "none", "spc_mean": 55.0,
    "spc_upper": 60.0, "status_reason": None,
}  # fmt: skip
ABOUT = {
    "indicator_id": "plans_pct", "unit": "pct", "direction": "higher", "service": None,
    "snapshot": "newest", "aggregation": "ratio_of_sums", "short_title": "Plans",
    "counted": "plans", "phrase": "were on time", "priority_areas": "PAA1", "is_headline": True,
}  # fmt: skip


def measure(latest: Mapping[str, Any] | None = None, **about: Any) -> Measure:
    """A share that improved beyond chance within a year, or what differs from it."""
    own = {"indicator_id": about.get("indicator_id", "plans_pct")}
    return Measure(
        about=Row("indicators", ABOUT | about),
        latest=Row("indicator_latest", IMPROVED | own | dict(latest or {})),
    )


def headline(*found: Measure) -> Any:
    """As much of the measures of a release as the boxes ask for; no list, no rated row."""
    return SimpleNamespace(
        headline=list(found),
        off_course=[one for one in found if one.is_off_course],
        tables=Tables({}),
        area_code="E",
        services=[],
        edition=INTERNAL,
    )


def told(sentences: list[brief.Sentence]) -> list[str]:
    return [one.link.partition("#")[2] for one in sentences]


def test_a_real_improvement_that_is_complete_and_better_than_a_year_before_got_better():
    found = headline(measure())
    assert told(brief.better(found)) == [PLANS] and brief.worse(found) == []


NEARLY_BETTER = {
    "usual ups and downs": ({"variation": "common_cause"}, {}),
    "nobody can tell": ({"variation": "none"}, {}),
    "a real change of no direction": ({"variation": "special_cause_neutral"}, {}),
    "late records may still change it": ({"is_complete": False}, {}),
    "worse than a year before": ({"year_ago_value": 62.5}, {}),
    "the same as a year before": ({"year_ago_value": 62.0}, {}),
    "no figure of a year before": ({"year_ago_value": None}, {}),
    "no figure": ({"value": None, "numerator": None, "denominator": None}, {}),
    "fewer would be better": ({}, {"direction": "lower"}),
    "neither way is better": ({}, {"direction": "monitor"}),
}


@pytest.mark.parametrize("why", NEARLY_BETTER)
def test_a_measure_did_not_get_better(why):
    latest, about = NEARLY_BETTER[why]
    found = headline(measure(latest, **about))
    assert brief.better(found) == brief.worse(found) == []


def test_a_real_worsening_got_worse_and_a_fall_of_what_should_fall_got_better():
    worse = measure({"variation": WORSE, "year_ago_value": 80.0})
    falls = measure({"year_ago_value": 80.0}, direction="lower")
    assert (told(brief.better(headline(worse))), told(brief.worse(headline(worse)))) == (
        [],
        [PLANS],
    )
    assert told(brief.better(headline(falls))) == [PLANS]


def test_a_month_of_which_nobody_knows_whether_it_is_complete_counts():
    """Null: no earlier release tells how far late records move it."""
    assert told(brief.better(headline(measure({"is_complete": None})))) == [PLANS]


def test_what_is_red_and_improves_stands_in_both_boxes():
    found = headline(measure({"rag": "red", "trajectory_value": 75.0}))
    assert told(brief.better(found)) == told(brief.off_course(found)) == [PLANS]


@pytest.mark.parametrize("rag", ["amber", "green", "grey", None])
def test_only_red_is_off_course(rag):
    assert brief.off_course(headline(measure({"rag": rag, "trajectory_value": 75.0}))) == []


def _several(*services: str | None, areas: str = "PAA1") -> Any:
    return headline(
        *(
            measure(
                {"value": 62.0 + n}, indicator_id=f"m{n}", service=service, priority_areas=areas
            )
            for n, service in enumerate(services)
        )
    )


def test_a_service_is_told_of_once_by_its_largest_move():
    assert told(brief.better(_several("SLT", "SLT", "OT"))) == ["m2", "m1"]


def test_measures_of_no_service_are_told_of_one_by_one():
    assert told(brief.better(_several(None, None))) == ["m1", "m0"]


def test_a_box_holds_three_sentences_at_most():
    assert told(brief.better(_several(None, None, None, None, None))) == ["m4", "m3", "m2"]


def test_each_priority_area_is_told_of_before_one_is_told_of_twice():
    found = _several(None, None, None, None)
    found.headline[0].about.values["priority_areas"] = "PAA2; PAA1"
    assert told(brief.better(found)) == ["m3", "m0", "m2"]


@pytest.mark.parametrize(
    ("ways", "words"),
    [
        ((BETTER, BETTER, WORSE), "More headline measures got better than got worse"),
        ((BETTER, WORSE, WORSE), "More headline measures got worse than got better"),
        ((BETTER, WORSE), "As many"),
        ((), "No headline measure has a figure"),
        (("common_cause",), "No measure moved"),
    ],
)
def test_the_first_sentence_weighs_better_against_worse(ways, words):
    then = {BETTER: 51.0, WORSE: 80.0, "common_cause": 51.0}
    found = (measure({"variation": way, "year_ago_value": then[way]}) for way in ways)
    assert brief.lead(headline(*found)).startswith(words)


# What the Board is asked for, and what is missing or corrected: of a whole release.


LOCAL = world()["indicator_latest"][0]["area_code"]


def release(tmp_path, **tables: Any) -> Measures:
    files = write(tmp_path, {**world(), **tables})
    return Measures(Tables(files), FACTS, LOCAL)


def asks(measures: Measures) -> list[str]:
    return [str(one.striptags()) for one in brief.to_decide(measures)]


def titles(found: list[str], words: str) -> list[str]:
    """The measures of which these words are said."""
    named = [ask.partition(": ")[2].rstrip(".").split("; ") for ask in found if words in ask]
    return [title for ask in named for title in ask]


def test_a_note_is_asked_for_of_each_red_measure_without_one(tmp_path):
    """Of two that are red one has a note."""
    (title,) = titles(asks(release(tmp_path)), "where none came")
    assert title.startswith("Plans within 20 weeks (")


def test_a_note_of_another_month_is_none(tmp_path):
    (note,) = world()["commentary"]
    earlier = release(tmp_path, commentary=[note | {"period_end": date(2025, 9, 30)}])
    assert len(titles(asks(earlier), "where none came")) == 2


def test_no_note_is_asked_for_where_every_red_measure_has_one(tmp_path):
    (note,) = world()["commentary"]
    both = release(tmp_path, commentary=[note, note | {"indicator_id": PLANS}])
    assert titles(asks(both), "where none came") == []


def test_a_new_number_is_asked_for_where_the_plan_has_ended_off_course(tmp_path):
    assert len(titles(asks(release(tmp_path)), "Set a new number")) == 2


def test_none_is_asked_for_where_the_plan_goes_on(tmp_path):
    plan = world()["improvement_plan"]
    longer = [*plan, plan[0] | {"plan_column": "01/26", "period_end": date(2026, 1, 31)}]
    goes_on = release(tmp_path, improvement_plan=longer)
    assert len(titles(asks(goes_on), "Set a new number")) == 1


def test_an_open_decision_is_overdue_after_its_date_as_known_for_the_release(tmp_path):
    decision = world()["decisions"][0] | {"status": "open", "due_date": FACTS.as_at}
    late = decision | {"due_date": FACTS.as_at - timedelta(days=1)}
    for n, (rows, overdue) in enumerate(
        [([decision], False), ([late], True), ([late | {"status": "done"}], False)]
    ):
        found = asks(release(tmp_path / str(n), decisions=rows))
        assert any("is overdue since" in ask for ask in found) is overdue


def test_a_month_without_a_decision_says_so_and_one_with_a_decision_does_not(tmp_path):
    silent = release(tmp_path / "silent", decisions=world()["decisions"][:1])
    assert "No decision is recorded for October 2025." in asks(silent)
    assert not any("No decision" in ask for ask in asks(release(tmp_path / "told")))


def test_without_a_red_measure_nothing_is_asked_for(tmp_path):
    rows = [row | {"rag": "green"} for row in world()["indicator_latest"]]
    assert asks(release(tmp_path, indicator_latest=rows, decisions=[])) == []


def test_what_cannot_be_shown_is_said_once_a_reason_the_most_measures_first(tmp_path):
    found = brief.missing(release(tmp_path))
    files = [one for one in told(found) if one == "deliveries"]
    found = found[len(files) :]
    assert files and told(found)[:2] == ["no-figure", "gaps-no_feed"]
    assert sorted(told(found)) == sorted(
        [
            "no-figure",
            *(
                f"gaps-{reason}"
                for reason in (
                    "no_feed",
                    "not_computed",
                    "not_received",
                    "nil_base",
                    "withheld",
                    "publisher",
                    "disclosure",
                )
            ),
        ]
    )
    assert "and others, 5 measures in all" in found[1].text.striptags()


def test_corrections_are_counted_by_reason_and_silence_has_no_sentence(tmp_path):
    said = [one.text.striptags() for one in brief.corrected(release(tmp_path / "changed"))]
    assert sum(int(text.split()[0]) for text in said) == 3
    assert all(" monthly figure" in text for text in said) and len(said) == len(set(said))
    assert brief.corrected(release(tmp_path / "same", restatements=[])) == []


def test_a_file_that_is_not_yet_due_is_not_missed(tmp_path):
    deliveries = world()["feed_scorecard"]
    early = [row | {"is_late": False} for row in deliveries]
    assert "deliveries" in told(brief.missing(release(tmp_path / "late")))
    found = brief.missing(release(tmp_path / "early", feed_scorecard=early))
    assert "deliveries" not in told(found)


def test_nothing_is_off_course_only_where_something_was_rated(tmp_path):
    rows = [row | {"rag": "grey"} for row in world()["indicator_latest"]]
    unrated = release(tmp_path / "grey", indicator_latest=rows)
    green = [rows[0] | {"rag": "green"}, *rows[1:]]
    rated = release(tmp_path / "green", indicator_latest=green)
    assert brief.nothing_off_course(unrated).startswith("No measure can be rated")
    assert brief.nothing_off_course(rated).startswith("No measure that the plan rates is off")


def test_what_serves_no_outcome_leads_to_no_page_and_a_scorecard_is_no_waiting_list():
    row = Row("indicator_status", IMPROVED)
    voice, nothing = (
        replace(measure(outcome_measures=outcome), series=[row]) for outcome in ("My Voice", None)
    )
    assert chart_of(headline(), voice) == "my-voice.html#trend-plans_pct"
    assert chart_of(headline(), nothing) is None
    fed_by = {"service_scorecard": False, "therapy_ptl": True}
    of_list = {"service": "SLT", "snapshot": "month"}
    assert fed_by == {f: measure(**of_list, fed_by=f).is_of_waiting_list for f in fed_by}
