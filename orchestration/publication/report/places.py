"""Where the pages show a measure: addresses that sentences and scorecards lead to."""

from __future__ import annotations

from orchestration.publication.report.measures import Measure, Measures


def outcome_page(outcome: str) -> str:
    """Give the page of an outcome measure of the strategy."""
    return f"{outcome.lower().replace(' ', '-')}.html"


def is_beside_its_list(measures: Measures, measure: Measure) -> bool:
    """Whether the charts of a measure stand beside its waiting list."""
    return measure.is_of_waiting_list and measure.about["service"] in measures.services


def line_of(measures: Measures, measure: Measure) -> str:
    """Give the address of the line of a headline measure in the scorecard."""
    return f"{measures.edition.scorecard}#{measure.indicator_id}"


def chart_of(measures: Measures, measure: Measure) -> str | None:
    """Give the address of the chart of a measure; None where no page draws it.

    What is off course is drawn on its own page, a waiting list beside its service, where the
    edition shows lists: the columns of the list show how many wait. What serves no outcome, such as
    the Board's own work, has no page.
    """
    if measure.is_off_course:
        return f"off-course.html#{measure.indicator_id}"
    if not measure.is_charted:
        return None
    if not is_beside_its_list(measures, measure):
        outcome = (measure.about["outcome_measures"] or "").partition("; ")[0]
        return f"{outcome_page(outcome)}#trend-{measure.indicator_id}" if outcome else None
    if measure.unit == "count":
        return f"waiting-lists.html#list-{measure.about['service'].lower()}"
    return f"waiting-lists.html#trend-{measure.indicator_id}"
