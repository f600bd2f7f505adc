"""Published figures of the area beside England and similar areas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from orchestration.publication.report import charts, sentences, words
from orchestration.publication.report.exhibits import Cells, Exhibit
from orchestration.publication.report.measures import Measure, Measures
from orchestration.publication.report.tables import Row, Tables

MIDDLE = "Middle of the similar areas"


def comparisons(measures: Measures) -> Iterator[Exhibit]:
    """One exhibit a headline measure whose newest published figure others have too.

    Counts are left out: of areas of different sizes they say nothing side by side.
    """
    for one in measures.headline:
        if one.unit == "count" or one.published is None or one.published["value"] is None:
            continue
        rows = measures.tables.rows(
            "comparators",
            indicator_id=one.indicator_id,
            period_type=one.published["period_type"],
            period_end=one.published["period_end"],
        )
        if rows:
            yield neighbours(measures, one, rows)


def neighbours(measures: Measures, measure: Measure, rows: Sequence[Row]) -> Exhibit:
    """Draw a published figure of the area beside England and statistical neighbours.

    ``rows`` are those of ``comparators`` of the measure and period of its published figure.
    """
    own, country = measure.published, measures.facts.partnership["country"]
    shown = [row for row in rows if row["value"] is not None]
    # The set of the area itself, its region and England ranks its members too.
    home = {row["set_id"] for row in rows if row["area_code"] in (own["area_code"], country)}
    others = [row for row in shown if row["set_id"] not in home]
    by_area = {row["area_code"]: row for row in shown}
    middle = next((row for row in others if row["set_median"] is not None), None)
    strip = charts.Strip(
        label=str(measure.about["short_title"]),
        unit=measure.unit,
        own=own["value"],
        own_name=measures.area_name,
        england=by_area[country]["value"] if country in by_area else None,
        median=None if middle is None else middle["set_median"],
        neighbours=tuple(row["value"] for row in others),
    )
    return Exhibit(
        anchor=f"compare-{measure.indicator_id}",
        title=_comparison(measure, own, by_area.get(country)),
        place=Markup("{}. Published figures.").format(sentences.when(own)),
        drawing=charts.neighbours(strip, alt=_comparison_in_words(strip)),
        key=(
            ("here", measures.area_name),
            ("england", "England"),
            ("neighbour", "A similar area"),
            ("median", MIDDLE),
        ),
        columns=("Area", "Figure"),
        rows=[
            (Markup("{}").format(own["area_name"]), sentences.value(own, measure.unit)),
            *(
                (Markup("{}").format(row["area_name"]), _shown(measures.tables, row, measure.unit))
                for row in rows
                if row["area_code"] != own["area_code"]
            ),
            *_middle_row(measure, middle),
        ],
    )


def _middle_row(measure: Measure, row: Row | None) -> list[Cells]:
    if row is None:
        return []
    return [(MIDDLE, sentences.value(row, measure.unit, "set_median"))]


def _comparison(measure: Measure, own: Row, england: Row | None) -> Markup:
    name, now = sentences.title(measure), sentences.value(own, measure.unit)
    if england is None:
        return Markup("{}: {}").format(name, now)
    return Markup("{}: {}, England {}").format(name, now, sentences.value(england, measure.unit))


def _comparison_in_words(strip: charts.Strip) -> str:
    say = words.figure_of(strip.unit)
    parts = [f"{strip.own_name} {say(strip.own)}"]
    parts += [f"England {say(strip.england)}"] if strip.england is not None else []
    parts += [f"middle of the neighbours {say(strip.median)}"] if strip.median is not None else []
    if strip.neighbours:
        parts.append(f"neighbours {say(min(strip.neighbours))} to {say(max(strip.neighbours))}")
    return (
        f"Dots on one scale: {strip.label}. {', '.join(parts)}. The numbers are in the table below."
    )


def _shown(tables: Tables, row: Row, unit: str) -> Markup:
    if row["value"] is None:
        return sentences.why_no_figure(tables, row)
    return sentences.value(row, unit)
