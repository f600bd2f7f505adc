"""What is said of a measure: sentences made by rules from its rows, each number traced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from orchestration.publication.report import traced, words
from orchestration.publication.report.measures import BETTER, WORSE, Measure, Measures
from orchestration.publication.report.tables import Row, Tables

SPC_RULES = {
    "outside": "This month is outside the expected range.",
    "trend": "{trend_n} months in a row, each higher or each lower than the one before.",
    "two_of_three": "Two of three neighbouring months are close to a limit.",
    "shift": "{shift_n} or more months in a row on one side of the average.",
}
"""Why a change is real, by ``spc_rule``; the numbers come from the parameters of the release."""
SPC_REASONS = {
    "no_value": "There is no figure for this month.",
    "not_complete": "Late records may still change it.",
    "seasonal": "It follows the school year, so no expected range is drawn.",
    "cumulative": "It adds up over months, so no expected range is drawn.",
    "distribution": "It has no single direction.",
    "too_few_points": "Too few months for an expected range.",
    "rare_events": "Too few cases for an expected range.",
    "not_monthly": "It is not a monthly figure.",
    "rounded": "It is rounded, so chance and change look alike.",
}
"""Why nobody can tell whether a change is real, by ``spc_reason``."""
CAUTION = "Read with care: neighbouring months resemble each other."
"""Said beside the reason where ``spc_reason`` is "autocorrelated_caution", as of waiting lists."""
TURNS = {
    BETTER: "Real improvement",
    WORSE: "Real worsening",
    "special_cause_neutral": "Real change",
    "common_cause": "Usual ups and downs",
    "none": "Cannot tell yet",
}
READINGS = {
    BETTER: "Better than usual",
    WORSE: "Worse than usual",
    "special_cause_neutral": "Unusual",
    "common_cause": "Usual ups and downs",
    "none": "",
}
"""What is said of one month of a line, by ``variation``: a month is no improvement yet."""
RATINGS = {
    "green": "Green: on course",
    "amber": "Amber: close",
    "red": "Red: off course",
}


def when(row: Row) -> Markup:
    """Name the period of a figure."""
    return traced.day(
        row, "period_end", lambda end: words.period(row["period_type"], row["period_start"], end)
    )


def value(row: Row, unit: str, column: str = "value") -> Markup:
    """Show a figure in its unit."""
    return traced.figure(row, column, words.figure_of(unit, is_rounded=row.is_rounded))


def parts(row: Row) -> Markup | None:
    """Show "64 of 127", where a share is shown and has both: parts tell a withheld share."""
    if None in (row["value"], row["numerator"], row["denominator"]):
        return None
    return Markup("{} of {}").format(
        traced.figure(row, "numerator", words.whole), traced.figure(row, "denominator", words.whole)
    )


def said(measure: Measure, row: Row) -> Markup:
    """Say a figure as people do: about half (64 of 127), 2,214, about 12 weeks.

    Only 0 is shown as 0 by a rule that rounds, so no "about" stands before it.
    """
    if row["value"] is None:
        return Markup("no figure")
    if measure.is_share:
        say = words.said_of_rounded if row.is_rounded else words.said
        share, counts = traced.figure(row, "value", say), parts(row)
        return Markup("{} ({})").format(share, about(row, counts)) if counts else share
    if measure.unit == "weeks":
        return traced.figure(row, "value", words.waited)
    return about(row, value(row, measure.unit)) if row["value"] else value(row, measure.unit)


def about(row: Row, said: Markup) -> Markup:
    """Say "about" before a rounded number."""
    return Markup("about {}").format(said) if row.is_rounded else said


def why_no_figure(tables: Tables, row: Row) -> Markup:
    """Say in the words of the release why a row has no figure."""
    reason = (row["status_reason"] or "").partition(":")[0]
    meaning = tables.row("status_reasons", reason=reason)
    if meaning is None:
        raise ValueError(f"{row.place('status_reason')} says {reason!r}, which nothing explains.")
    return traced.quoted(meaning, "family_text")


def limit_of_18_weeks(tables: Tables) -> Markup:
    """Say the limit of a long wait, which is a parameter in days, in weeks."""
    limit = tables.rows("parameters", name="within_18w_days")[0]
    return traced.figure(limit, "value", lambda days: words.whole_weeks(int(days)))


def release_month(measures: Measures) -> Markup:
    """Name the month of the release."""
    return traced.stated(measures.facts, "month", lambda _: words.month(measures.month_end))


def change(measure: Measure, earlier: str) -> dict[str, Markup | str] | None:
    """Say a change since ``previous_value`` or ``year_ago_value``: direction and words, or None."""
    row = measure.latest
    if row["value"] is None or row[earlier] is None:
        return None
    moved = row["value"] - row[earlier]
    if is_level(measure, moved):
        same = "About the same" if row.is_rounded else "No change"
        return {"direction": "same", "words": Markup(same)}
    size = traced.difference(row, "value", earlier, _change_of(measure))
    direction = "up" if moved > 0 else "down"
    said = Markup("{} {}").format(direction.capitalize(), about(row, size))
    return {"direction": direction, "words": said}


def is_level(measure: Measure, moved: float) -> bool:
    """Whether a change is too small to be said: rounding alone moves a count by one step."""
    step = measure.latest["rounded_to"] if measure.latest.is_rounded else 0
    is_step = measure.unit == "count" and abs(moved) <= step
    return is_step or words.is_level(moved, measure.unit)


def change_in_a_year(measure: Measure) -> Markup:
    """Show by how much a figure differs from a year before."""
    row = measure.latest
    return about(row, traced.difference(row, "value", "year_ago_value", _change_of(measure)))


def _change_of(measure: Measure) -> Callable[[Any], str]:
    return words.change_of(measure.unit, is_rounded=measure.latest.is_rounded)


def gap(measure: Measure) -> Markup | None:
    """Say how far a rated figure is from what the plan asked; None when it is met or not rated."""
    row = measure.latest
    if row["rag"] not in ("amber", "red"):
        return None
    size = traced.difference(row, "value", "trajectory_value", words.change_of(measure.unit))
    if measure.is_share:
        return Markup("{} {}").format(size, _side(measure, "short", "over"))
    return Markup("{} {}").format(size, _side(measure, "too few", "too many"))


def asked(measure: Measure, column: str = "trajectory_value") -> Markup | None:
    """Show what the plan asked for by the month, or its target."""
    if measure.latest[column] is None:
        return None
    return traced.figure(measure.latest, column, words.plan_figure_of(measure.unit))


def rating(measure: Measure) -> dict[str, str]:
    """Give the mark of the plan's rating and its words."""
    if not measure.has_figure:
        return {"kind": "none", "words": "No figure"}
    row = measure.latest
    return {"kind": row["rag"], "words": RATINGS.get(row["rag"], "Not rated")}


def turn(tables: Tables, measure: Measure) -> dict[str, Any]:
    """Say whether the newest change is real: mark, way, words and reason."""
    row = measure.latest
    variation = row["variation"]
    if variation == "common_cause":
        reason: Markup | str = "The change may be chance."
    elif variation == "none":
        reason = SPC_REASONS.get(row["spc_reason"], "")
    else:
        reason = _rule_words(tables, row["spc_rule"])
    if row["spc_reason"] == "autocorrelated_caution":
        reason = Markup("{} {}").format(reason, CAUTION)
    return {
        "variation": variation,
        "direction": _way(measure),
        "words": TURNS[variation],
        "reason": reason,
    }


def _way(measure: Measure) -> str:
    """Say which way the figure goes: better and worse follow from the direction that is wanted."""
    row = measure.latest
    if row["variation"] in (BETTER, WORSE):
        is_up = (row["variation"] == BETTER) == (measure.about["direction"] == "higher")
    else:
        is_up = (row["value"] or 0) > (row["spc_mean"] or 0)
    return "up" if is_up else "down"


def _rule_words(tables: Tables, rule: str) -> Markup:
    shape = Markup(SPC_RULES[rule])
    numbers = {
        name: traced.figure(row, "value", str)
        for name in ("trend_n", "shift_n")
        if (row := tables.row("parameters", name=name))
    }
    return shape.format(**numbers)


def moved(measure: Measure) -> Markup:
    """Say how a measure stands against a year before, in one or two sentences."""
    row, then = measure.latest, _said_year_ago(measure)
    counted = traced.quoted(measure.about, "counted")
    if measure.is_share:
        return Markup("In {}, {} of {} {}. A year before it was {}.").format(
            when(row), said(measure, row), counted, traced.quoted(measure.about, "phrase"), then
        )
    if measure.unit in ("rate_per_100", "rate_per_1000"):
        return Markup("In {}, {} of {}. A year before it was {}.").format(
            when(row), said(measure, row), counted, then
        )
    if measure.unit == "count":
        more = "More" if (measure.change or 0) > 0 else "Fewer"
        if row.is_rounded and is_level(measure, measure.change or 0):
            more = "About as many"
        return Markup("{} {}: {} in {}, {} a year before.").format(
            more, counted, said(measure, row), when(row), then
        )
    return Markup("{} A year before it was {}.").format(typical(measure), then)


def alone(measure: Measure) -> Markup:
    """Say a measure without a year before to set it against."""
    row = measure.latest
    told = when(row), said(measure, row), traced.quoted(measure.about, "counted")
    if measure.is_share:
        phrase = traced.quoted(measure.about, "phrase")
        return Markup("In {}, {} of {} {}.").format(*told, phrase)
    if measure.unit in ("count", "rate_per_100", "rate_per_1000"):
        return Markup("In {}: {} {}.").format(*told)
    return typical(measure)


def short(measure: Measure) -> Markup:
    """Say a measure in the shortest sentences: what, then, now."""
    row = measure.latest
    return Markup("{}. In {}: {}. A year before: {}.").format(
        title(measure), when(row), said(measure, row), _said_year_ago(measure)
    )


def short_of_plan(measure: Measure) -> Markup:
    """Say an off-course measure in the shortest sentences: what was wanted, what came."""
    row = measure.latest
    return Markup("{}. In {} we wanted {}. It was {}.").format(
        title(measure), when(row), asked(measure), said(measure, row)
    )


def typical(measure: Measure) -> Markup:
    """Say a middle, a long or a mean wait of one measure."""
    told = (
        when(measure.latest),
        traced.quoted(measure.about, "counted"),
        said(measure, measure.latest),
    )
    how = measure.about["aggregation"]
    if how == "median" and measure.unit == "weeks" and measure.latest["value"] < 1:
        return Markup("In {}, half of {} had waited {}.").format(*told)
    if how == "median":
        return Markup("In {}, half of {} had waited {} or less.").format(*told)
    if how == "percentile":
        return Markup("In {}, 92 in 100 of {} had waited {} or less.").format(*told)
    if measure.unit == "score":
        return Markup("In {}, {} scored {} on average.").format(*told)
    return Markup("In {}, {} took {} on average.").format(*told)


def off_course(measure: Measure) -> Markup:
    """Say what an off-course measure is, what the plan asked for and how far it is."""
    row = measure.latest
    return Markup("{}: {} in {}. The plan asked for {} by then. It is {}.").format(
        title(measure), value(row, measure.unit), when(row), asked(measure), gap(measure)
    )


def title(measure: Measure) -> Markup:
    """Name a measure as people do."""
    return traced.quoted(measure.about, "short_title")


def _said_year_ago(measure: Measure) -> Markup:
    """With its counts where the release still holds the row; else the share alone."""
    before = measure.year_ago
    if before is not None and before["value"] is not None:
        return said(measure, before)
    row = measure.latest
    share = words.said_of_rounded if row.is_rounded else words.said
    say = {"pct": share, "weeks": words.waited}.get(measure.unit)
    if say is not None:
        return traced.figure(row, "year_ago_value", say)
    told = value(row, measure.unit, "year_ago_value")
    return about(row, told) if row["year_ago_value"] else told


def _side(measure: Measure, below: str, above: str) -> str:
    row = measure.latest
    return below if row["value"] < row["trajectory_value"] else above
