"""In brief: what got better, got worse, is off course, is missing, was corrected; what to decide.

Every sentence follows from a rule over the tables of the release; a box without one says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from orchestration.publication.report import plan, sentences, traced, words
from orchestration.publication.report.measures import BETTER, WORSE, Measure, Measures

SENTENCES = 3
"""At most so many in a box: a reader keeps three in mind."""


@dataclass(frozen=True)
class Sentence:
    """A sentence and the place of the report that shows more of it."""

    text: Markup
    link: str
    link_words: str


def lead(measures: Measures) -> str:
    """Say in one sentence which way the headline measures move."""
    up = sum(one.has_turned(BETTER) for one in measures.headline)
    down = sum(one.has_turned(WORSE) for one in measures.headline)
    if not any(one.has_figure for one in measures.headline):
        return "No headline measure has a figure for this month."
    if up == down:
        ways = "As many headline measures got better as got worse" if up else "No measure moved"
        return f"{ways} beyond the usual ups and downs."
    more, less = ("better", "worse") if up > down else ("worse", "better")
    return f"More headline measures got {more} than got {less}, compared with a year before."


def better(measures: Measures) -> list[Sentence]:
    """What improved beyond chance and is better than a year before, the largest move first."""
    return _turned(measures, BETTER)


def worse(measures: Measures) -> list[Sentence]:
    """What worsened beyond chance and is worse than a year before."""
    return _turned(measures, WORSE)


def off_course(measures: Measures) -> list[Sentence]:
    """Every measure that is red against the plan."""
    return [
        Sentence(
            sentences.off_course(one), f"off-course.html#{one.indicator_id}", "Why, and what next"
        )
        for one in measures.off_course
    ]


def missing(measures: Measures) -> list[Sentence]:
    """What the scorecard and the plan cannot show, one sentence a reason, most measures first."""
    found = []
    without = [one for one in plan.measures_of(measures) if not one.has_figure]
    if without:
        shape = "{} of the {} measures in the improvement plan have no figure for this month."
        text = Markup(shape).format(
            traced.listed(len(without), "improvement-plan.html#no-figure", words.whole),
            traced.count(measures.tables, "improvement_plan", words.whole, kind="target"),
        )
        found.append(Sentence(text, "improvement-plan.html#no-figure", "See which measures"))
    everywhere = dict(gaps(measures))
    for reason, named in gaps(measures.headline):
        names = Markup("; ").join(sentences.title(one) for one in named[:SENTENCES])
        more = Markup("")
        if len(named) > SENTENCES:
            number, place = len(everywhere[reason]), f"data-quality.html#gaps-{reason}"
            more = Markup(" and others, {} measures in all").format(
                traced.listed(number, place, words.whole)
            )
        why = sentences.why_no_figure(measures.tables, named[0].latest)
        found.append(
            Sentence(
                Markup("{}{}. {}").format(names, more, why),
                f"data-quality.html#gaps-{reason}",
                "See the list",
            )
        )
    return found


def corrected(measures: Measures) -> list[Sentence]:
    """How many monthly figures of the area that were reported before have changed."""
    where = corrections_of(measures)
    if not measures.tables.rows("restatements", **where):
        return []
    text = Markup(
        "{} monthly figures of earlier months changed, because later files held more or other "
        "records."
    ).format(traced.count(measures.tables, "restatements", words.whole, **where))
    return [Sentence(text, "data-quality.html#corrections", "See what changed")]


def corrections_of(measures: Measures) -> dict[str, str]:
    """Which rows of ``restatements`` the report tells: the area's months, breakdowns aside."""
    return {
        "basis": "local",
        "period_type": "month",
        "area_code": measures.area_code,
        "breakdown": "all",
    }


def to_decide(measures: Measures) -> list[Markup]:
    """What the Board is asked for: notes and decisions that are missing, plan dates that passed."""
    red = measures.off_course
    asks = []
    silent = [one for one in red if not one.notes]
    if silent:
        asks.append(
            Markup("{} of the {} measures that are off course {} no note from the owner.").format(
                traced.listed(len(silent), "off-course.html#without-note", words.whole),
                traced.listed(len(red), "off-course.html#all-off-course", words.whole),
                "has" if len(silent) == 1 else "have",
            )
        )
    over = [one for one in red if one.has_outlived_plan]
    if over:
        asks.append(
            Markup(
                "{} off-course {} reached the last date of the plan. A new trajectory, or a "
                "decision to keep the old one, is needed."
            ).format(
                traced.listed(len(over), "off-course.html#plan-ended", words.whole),
                "measure has" if len(over) == 1 else "measures have",
            )
        )
    if red and not measures.decisions:
        asks.append(
            Markup("No decision is recorded for {}.").format(sentences.release_month(measures))
        )
    return asks


def gaps(measures: Iterable[Measure]) -> list[tuple[str, list[Measure]]]:
    """Measures without a figure by reason, the reason with most measures first."""
    found: dict[str, list[Measure]] = {}
    for one in measures:
        if not one.has_figure:
            reason = one.latest["status_reason"].partition(":")[0]
            found.setdefault(reason, []).append(one)
    return sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))


def turned(measures: Measures, variation: str) -> list[Measure]:
    """Headline measures that moved beyond chance: the largest move of each priority area first.

    One a service, because five figures of one waiting list would say one thing five times.
    """
    found = [one for one in measures.headline if one.has_turned(variation)]
    found.sort(key=lambda one: (-one.move, one.indicator_id))
    by_service: dict[str, Measure] = {}
    for one in found:
        by_service.setdefault(one.about["service"] or one.indicator_id, one)
    by_area: dict[str, Measure] = {}
    for one in by_service.values():
        by_area.setdefault(one.priority_area, one)
    first = list(by_area.values())
    rest = [one for one in by_service.values() if one not in first]
    return [*first, *rest][:SENTENCES]


def _turned(measures: Measures, variation: str) -> list[Sentence]:
    return [
        Sentence(sentences.moved(one), f"#{one.indicator_id}", "See the scorecard")
        for one in turned(measures, variation)
    ]
