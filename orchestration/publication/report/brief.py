"""In brief: what got better, got worse, is off course, is missing, was corrected; what to decide.

Every sentence follows from a rule over the tables of the release; a box without one says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from orchestration.publication.report import places, plan, sentences, traced, words
from orchestration.publication.report.measures import BETTER, WORSE, Measure, Measures

SENTENCES = 3
"""At most so many of what got better, got worse or lacks a figure: a reader keeps three in mind."""
CORRECTIONS = {
    "corrected_delivery": "A sender corrected its file.",
    "later_snapshot": "A later file holds records that came in late.",
    "new_edition": "The publisher made a new edition.",
    "definition": "A definition or a rule changed.",
}
"""Why figures changed, by `reason` of `restatements`."""
UNSTATED = "The reason is not given."
"""Said of a rounded figure, and of one that a release changed which the public did not see."""


@dataclass(frozen=True)
class Sentence:
    """A sentence and the place of the report that shows more of it.

    ``about`` is read out after the words of the link: six links "See the chart" tell nobody which.
    """

    text: Markup
    link: str
    link_words: str
    about: Markup | None = None


def lead(measures: Measures) -> Markup:
    """Say which way the headline measures move, and how many of the rated ones are off course."""
    where = {"basis": "local", "area_code": measures.area_code}
    rated = {**where, "rag": ("green", "amber", "red")}
    count = partial(traced.count, measures.tables, "indicator_latest", words.whole)
    said = Markup.escape(_ways(measures))
    all_rated = len(measures.tables.rows("indicator_latest", **rated))
    if all_rated and all_rated == len(measures.off_course):
        shape = " All {} measures that the plan rates are off course."
        said += Markup(shape).format(count(**rated))
    elif all_rated:
        shape = " {} of the {} measures that the plan rates are off course."
        said += Markup(shape).format(count(**where, rag="red"), count(**rated))
    return said


def promises(measures: Measures) -> Markup | None:
    """Say how the promises of the roadmap stand; None without them."""
    if not measures.tables.rows("roadmap", kind="roadmap"):
        return None
    number = partial(traced.count, measures.tables, "roadmap", words.whole, kind="roadmap")
    said = Markup(
        "The roadmap makes {} promises to families. Met: {}. On course: {}. Off course: {}. No "
        "evidence yet: {}."
    ).format(
        number(),
        *(number(position=one) for one in ("met", "on_course", "off_course", "no_evidence")),
    )
    if measures.tables.rows("roadmap", kind="roadmap", position="no_verdict"):
        shape = " Not judged, because figures are rounded or hidden: {}."
        said += Markup(shape).format(number(position="no_verdict"))
    return said


def _ways(measures: Measures) -> str:
    up = sum(one.has_turned(BETTER) for one in measures.headline)
    down = sum(one.has_turned(WORSE) for one in measures.headline)
    if not any(one.has_figure for one in measures.headline):
        return "No headline measure has a figure for this month."
    if all(one.latest["variation"] == "none" for one in measures.headline):
        return "Nobody can tell yet whether a headline measure moved beyond chance."
    if up == down:
        ways = "As many headline measures got better as got worse" if up else "No measure moved"
        return f"{ways} beyond the usual ups and downs, compared with a year before."
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
            sentences.off_course(one),
            f"off-course.html#{one.indicator_id}",
            "Since when" if measures.edition.is_public else "Why, and what next",
            sentences.title(one),
        )
        for one in measures.off_course
    ]


def missing(measures: Measures) -> list[Sentence]:
    """What is not there: files that were due, measures of the plan, headline measures by reason."""
    found = [*_absent_files(measures)]
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
    """How many monthly figures changed since the release before, a sentence a reason."""
    where = corrections_of(measures)
    rows = measures.tables.rows("restatements", **where)
    return [
        Sentence(
            Markup("{} changed. {}").format(
                traced.count(
                    measures.tables,
                    "restatements",
                    words.noun_of("monthly figure"),
                    **where,
                    reason=reason,
                ),
                CORRECTIONS.get(reason, UNSTATED),
            ),
            "data-quality.html#corrections",
            "See what changed",
        )
        for reason in sorted({row["reason"] for row in rows}, key=str)
    ]


def nothing_off_course(measures: Measures) -> str:
    """What is said where nothing is off course: that nothing is, or that nothing could be rated."""
    if any(one.latest["rag"] in ("green", "amber") for one in measures):
        return "No measure that the plan rates is off course."
    return "No measure can be rated against the plan for this month."


def corrections_of(measures: Measures) -> dict[str, str]:
    """Which rows of ``restatements`` the report tells: the area's months, breakdowns aside."""
    return {
        "basis": "local",
        "period_type": "month",
        "area_code": measures.area_code,
        "breakdown": "all",
    }


def to_decide(measures: Measures) -> list[Markup]:
    """What the Board is asked for, by measure; last what it has not decided this month."""
    red = measures.off_course
    if not any(one.has_figure for one in measures):
        shape = "No local figure can be shown for {}. Ask the senders for their files."
        return [Markup(shape).format(sentences.release_month(measures))]
    asks = []
    over = [sentences.title(one) for one in red if one.has_outlived_plan]
    if over:
        shape = "Set a new number, or keep the old one, where the plan has reached its end: {}."
        asks.append(Markup(shape).format(Markup("; ").join(over)))
    silent = [
        Markup("{} ({})").format(sentences.title(one), traced.quoted(one.about, "owner_group"))
        for one in red
        if not one.notes
    ]
    if silent:
        shape = "Ask the owner for a note, where none came: {}."
        asks.append(Markup(shape).format(Markup("; ").join(silent)))
    asks += [
        Markup("A decision of {} is overdue since {}: {}").format(
            traced.day(row, "decided_on", words.in_full),
            traced.day(row, "due_date", words.in_full),
            traced.quoted(row, "text"),
        )
        for row in measures.overdue_decisions
    ]
    if red and not measures.decisions:
        asks.append(
            Markup("No decision is recorded for {}.").format(sentences.release_month(measures))
        )
    return asks


def _absent_files(measures: Measures) -> Iterator[Sentence]:
    """Files that were due for the month and are not in use, named by feed and sender."""
    for row in measures.absent_files:
        text = Markup("The file of {} from {} is not in these figures: it {}.").format(
            traced.quoted(row, "feed_title"),
            traced.quoted(row, "sender_name"),
            "did not come" if row["arrived_on"] is None else "was not accepted",
        )
        yield Sentence(text, "data-quality.html#deliveries", "See what came")


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
        Sentence(
            sentences.moved(one),
            places.chart_of(measures, one) or places.line_of(measures, one),
            "See the chart",
            sentences.title(one),
        )
        for one in turned(measures, variation)
    ]
