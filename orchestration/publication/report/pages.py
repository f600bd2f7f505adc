"""The pages of the report: which there are, and what each is given to show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from orchestration.publication.report import (
    brief,
    comparisons,
    exhibits,
    families,
    outlook,
    places,
    plan,
    promised,
    quality,
    scorecard,
    sentences,
    traced,
    waiting,
    words,
)
from orchestration.publication.report.measures import BETTER, WORSE, Measures
from orchestration.publication.report.tables import Row

TEMPLATES = Path(__file__).parent / "templates"
OUTCOMES = (
    "My Voice",
    "My Health and Wellbeing",
    "My Support Needs",
    "My Development",
    "My Community",
    "My Future",
)
"""The outcome measures of the strategy, in its order."""


@dataclass(frozen=True)
class Page:
    """One page: its file, its name in the navigation, its template and what it is given."""

    file: str
    title: str
    template: str
    content: Callable[[Measures], Mapping[str, Any]]


def render(measures: Measures) -> dict[str, bytes]:
    """Render every page of an edition; names are those of the files in the folder ``report``."""
    jinja = environment()
    pages = PUBLIC_PAGES if measures.edition.is_public else PAGES
    shared = {
        "is_public": measures.edition.is_public,
        "partnership": measures.facts.partnership["report"],
        "is_demonstration": measures.facts.is_synthetic,
        "month": sentences.release_month(measures),
        "release": _release_name(measures),
        "facts": _edition(measures),
        "area_name": _area_name(measures),
        "on_this_page": (),
        "rag_words": (*sentences.RATINGS.items(), ("grey", "Not rated"), ("none", "No figure")),
        "spc_words": tuple(sentences.TURNS.items()),
    }
    return {
        page.file: traced.shared_rows(
            jinja.get_template(page.template).render(
                shared | {"pages": _links(pages, page)} | page.content(measures)
            )
        ).encode()
        for page in pages
    }


def _edition(measures: Measures) -> list[Markup]:
    known = traced.stated(measures.facts, "as_at", words.in_full)
    state = "Provisional figures" if measures.facts.is_provisional else "Final figures"
    return [
        Markup("Month: {}").format(sentences.release_month(measures)),
        Markup("Made from what was known on {}").format(known),
        Markup("{}, release {}").format(state, _release_name(measures)),
    ]


def _area_name(measures: Measures) -> Markup:
    return Markup.escape(measures.area_name)


def _release_name(measures: Measures) -> Markup:
    return traced.stated(measures.facts, "release_id")


def _links(pages: Sequence[Page], current: Page) -> list[dict[str, Any]]:
    return [
        {"href": page.file, "words": page.title, "is_current": page is current} for page in pages
    ]


def environment() -> jinja2.Environment:
    """Templates that escape by themselves and refuse a number without its source."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=traced.refuse_untraced,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _index(measures: Measures) -> dict[str, Any]:
    return {
        "nothing_off_course": brief.nothing_off_course(measures),
        "has_figures": any(one.has_figure for one in measures.headline),
        "lead": brief.lead(measures),
        "promises": brief.promises(measures),
        "better": brief.better(measures),
        "worse": brief.worse(measures),
        "off_course": brief.off_course(measures),
        "missing": brief.missing(measures),
        "corrected": brief.corrected(measures),
        "asks": brief.to_decide(measures),
        "groups": list(_by_area(measures)),
    }


def _off_course(measures: Measures) -> dict[str, Any]:
    red = measures.off_course
    due = outlook.cases_due(measures)
    return {
        "exceptions": [scorecard.exception(measures, one) for one in red],
        "nothing_off_course": brief.nothing_off_course(measures),
        "asks": brief.to_decide(measures),
        "ahead": [outlook.due(row) for row in due],
        "why_nothing_ahead": outlook.why_nothing_is_due(measures),
        "assumptions": outlook.assumptions(due),
        "decisions": scorecard.decisions(measures),
    }


def _outcome(name: str) -> Callable[[Measures], dict[str, Any]]:
    def content(measures: Measures) -> dict[str, Any]:
        of_outcome = measures.of_outcome(name)
        return {
            "outcome": name,
            "lines": [scorecard.line(measures, one) for one in of_outcome],
            "exhibits": [
                exhibits.trend(measures, one)
                for one in of_outcome
                if one.is_charted
                and not (places.is_beside_its_list(measures, one) or one.is_off_course)
            ],
            "notes": scorecard.notes_of(of_outcome),
            "has_off_course": any(one.is_off_course for one in of_outcome),
            "has_lists": any(places.is_beside_its_list(measures, one) for one in of_outcome),
        }

    return content


def _plan(measures: Measures) -> dict[str, Any]:
    of_plan = plan.measures_of(measures)
    after_plan = next((one.after_plan_month for one in of_plan if one.after_plan), None)
    charted = {one.measure.indicator_id: one.measure for one in of_plan if one.has_figure}
    return {
        "summary": plan.summary(measures, of_plan),
        "replaced": plan.replaced(measures, of_plan),
        "after_plan": after_plan,
        "readings": [(one.title, one.reading) for one in of_plan if one.reading],
        "statements": [
            {
                "number": number,
                "title": traced.quoted(group[0].target, "statement_title"),
                "dates": [said for _, said in plan.dates_of(group)],
                "rows": [
                    (
                        one.title,
                        one.cells(
                            [end for end, _ in plan.dates_of(group)],
                            measures.month_end,
                            has_after_plan=after_plan is not None,
                        ),
                    )
                    for one in group
                ],
            }
            for number, group in enumerate(plan.by_statement(of_plan), 1)
        ],
        "without_figure": [
            (one.title, one.why_no_figure(measures.tables)) for one in of_plan if not one.has_figure
        ],
        "exhibits": [exhibits.trend(measures, one) for one in charted.values()],
        "actions": promised.actions(measures),
        "named_alike": promised.named_alike(measures),
    }


def _roadmap(measures: Measures) -> dict[str, Any]:
    groups = [
        {"anchor": kind, "title": title, "about": about, "rows": plan.promises(measures, kind)}
        for kind, title, about in plan.PROMISE_KINDS
    ]
    return {
        "groups": [group for group in groups if group["rows"]],
        "summary": brief.promises(measures),
    }


def _priority_areas(measures: Measures) -> dict[str, Any]:
    """Every measure of an area, headline or not."""
    return {
        "areas": [
            {
                **_described(area),
                "source": traced.quoted(area, "source"),
                "lines": [
                    scorecard.line(measures, one)
                    for one in measures
                    if area["priority_area"] in (one.about["priority_areas"] or "").split("; ")
                ],
            }
            for area in _areas(measures)
        ]
    }


def _other_areas(measures: Measures) -> dict[str, Any]:
    return {"exhibits": list(comparisons.comparisons(measures))}


def _quality(measures: Measures) -> dict[str, Any]:
    return {
        "summary": quality.summary(measures),
        "deliveries": quality.deliveries(measures),
        "findings": quality.findings(measures),
        "gaps": quality.gaps(measures),
        "covered": promised.coverage_summary(measures),
        "coverage": promised.coverage(measures),
        "corrections": quality.corrections(measures),
    }


def _about(measures: Measures) -> dict[str, Any]:
    tables = measures.tables
    parameters = {row["name"]: row for row in tables.rows("parameters")}
    columns = ["meaning", "value", "unit"]
    if not measures.edition.is_public:
        columns.append("source")
    return {
        "reasons": [
            (traced.quoted(row, "family_text"), traced.quoted(row, "meaning"))
            for row in tables.rows("status_reasons")
        ],
        "parameters": [
            tuple(traced.quoted(row, name) for name in columns) for row in parameters.values()
        ],
        "settings": {name: traced.quoted(row, "value") for name, row in parameters.items()},
        "downloads": measures.edition.downloads,
    }


def _easy_read(measures: Measures) -> dict[str, Any]:
    return {
        "better": [sentences.short(one) for one in brief.turned(measures, BETTER)],
        "worse": [sentences.short(one) for one in brief.turned(measures, WORSE)],
        "nothing_off_course": brief.nothing_off_course(measures),
        "off_course": [sentences.short_of_plan(one) for one in measures.off_course],
    }


def _areas(measures: Measures) -> list[Row]:
    return sorted(measures.tables.rows("priority_action_areas"), key=lambda row: row["sort_order"])


def _described(area: Row) -> dict[str, Any]:
    return {
        "anchor": area["priority_area"].lower(),
        "title": traced.quoted(area, "title"),
        "text": traced.quoted(area, "text"),
    }


def _by_area(measures: Measures) -> Iterator[tuple[Any, list[scorecard.Line]]]:
    """Headline measures by the first priority action area that each belongs to; none is lost."""
    left = measures.headline
    for area in _areas(measures):
        own = [one for one in left if one.priority_area == area["priority_area"]]
        left = [one for one in left if one not in own]
        if own:
            yield traced.quoted(area, "title"), [scorecard.line(measures, one) for one in own]
    if left:
        yield "Other headline measures", [scorecard.line(measures, one) for one in left]


_ALIKE = (
    "off-course.html",
    *(places.outcome_page(name) for name in OUTCOMES),
    "improvement-plan.html",
    "roadmap.html",
    "priority-areas.html",
    "other-areas.html",
)
"""Pages that both editions have, the public one without what it may not show."""
PAGES: Sequence[Page] = (
    Page("index.html", "In brief and scorecard", "index.html", _index),
    Page("easy-read.html", "Easy read", "easy_read.html", _easy_read),
    Page("off-course.html", "Off course", "off_course.html", _off_course),
    *(Page(places.outcome_page(name), name, "outcome.html", _outcome(name)) for name in OUTCOMES),
    Page("waiting-lists.html", "Waiting lists", "waiting_lists.html", waiting.page),
    Page("improvement-plan.html", "Improvement plan", "improvement_plan.html", _plan),
    Page("roadmap.html", "Roadmap promises", "roadmap.html", _roadmap),
    Page("priority-areas.html", "Priority action areas", "priority_areas.html", _priority_areas),
    Page("other-areas.html", "Other areas", "other_areas.html", _other_areas),
    Page("data-quality.html", "Data quality and corrections", "data_quality.html", _quality),
    Page("about.html", "About these figures", "about.html", _about),
)
PUBLIC_PAGES: Sequence[Page] = (
    Page("index.html", "For families", "families.html", families.page),
    Page("easy-read.html", "Easy read", "easy_read.html", _easy_read),
    Page("scorecard.html", "In brief and scorecard", "index.html", _index),
    *(page for page in PAGES if page.file in _ALIKE),
    Page("data-quality.html", "Gaps and corrections", "data_quality.html", _quality),
    Page("about.html", "About these figures", "about.html", _about),
)
"""What everybody reads: the pages of families first, and none about files or for the Board."""
