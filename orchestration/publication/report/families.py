"""What a parent asks first: how long do we wait, is it getting better, what is not shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from orchestration.publication.report import brief, places, sentences
from orchestration.publication.report.measures import Measure, Measures


@dataclass(frozen=True)
class Question:
    """A question of families; ``meaning`` says what they need to know before the numbers.

    ``measures`` are the indicators that answer it, the plainest first.
    """

    anchor: str
    asked: str
    meaning: str
    measures: Sequence[str]


QUESTIONS = (
    Question(
        "plan",
        "How long does an EHC plan take?",
        "The law gives the council 20 weeks, from the day that somebody asks to the final plan. In "
        "some cases it may take longer.",
        ("ehcp_20wk_pct", "ehcp_over_52wk_pct", "ehcna_open_overdue_n"),
    ),
    Question(
        "speech",
        "How long is the wait for speech and language therapy?",
        "We count referrals: requests to a service to see a child. One child can have more than "
        "one.",
        ("slt_median_wait_weeks", "slt_within_18w_pct", "slt_waiting_n", "slt_over_52w_n"),
    ),
    Question(
        "autism-adhd",
        "How long is the wait for an autism or ADHD assessment?",
        "The way to an assessment is called the neurodevelopmental pathway.",
        ("nd_13w_first_contact_pct", "nd_open_referrals_n", "nd_over_52w_n", "nd_over_104w_n"),
    ),
    Question(
        "reviews",
        "Are plans reviewed on time?",
        "Each plan must be reviewed once a year. The council must say within 4 weeks of the "
        "meeting what it decided. A changed plan must come within 12 weeks.",
        ("ar_reviewed_12m_pct", "ar_4wk_pct", "ar_12wk_pct", "ar_decision_outstanding_n"),
    ),
)
"""In the order of the page."""


def page(measures: Measures) -> dict[str, Any]:
    """Give what the page for families shows."""
    answers = [_answered(measures, one) for one in QUESTIONS]
    return {
        "answers": [one for one in answers if one["said"]],
        "better": brief.better(measures),
        "worse": brief.worse(measures),
        "has_figures": any(one.has_figure for one in measures.headline),
        "missing": brief.missing(measures),
        "corrected": brief.corrected(measures),
    }


def _answered(measures: Measures, question: Question) -> dict[str, Any]:
    found = [one for name in question.measures if (one := measures.one(name))]
    return {
        "anchor": question.anchor,
        "asked": question.asked,
        "meaning": Markup(question.meaning),
        "said": [_said(measures, one) for one in found],
    }


def _said(measures: Measures, one: Measure) -> brief.Sentence:
    place = places.chart_of(measures, one) or places.line_of(measures, one)
    return brief.Sentence(_sentence(measures, one), place, "See more", sentences.title(one))


def _sentence(measures: Measures, one: Measure) -> Markup:
    if not one.has_figure:
        why = sentences.why_no_figure(measures.tables, one.latest)
        return Markup("{}. {}").format(sentences.title(one), why)
    return sentences.moved(one) if one.change is not None else sentences.alone(one)
