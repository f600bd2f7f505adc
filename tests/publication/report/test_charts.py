"""Charts draw what their row set says, and nothing for a month without a figure."""

import re
import subprocess
import sys
from calendar import monthrange
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from orchestration.publication.report.charts import (
    ListMonth,
    Point,
    Strip,
    neighbours,
    sparkline,
    trend,
    waiting_list,
)
from orchestration.publication.report.charts.axes import named_months, short_month, ticks_up_to

TOO_EARLY = "Too early: 13 weeks must pass"


def month_ends(count):
    months = [(2024 + (3 + i) // 12, (3 + i) % 12 + 1) for i in range(count)]
    return [date(year, month, monthrange(year, month)[1]) for year, month in months]


def points(values, gap="No figure", plan=None, milestones=(), limits=None, variation=None):
    """April 2024 onwards; ``limits`` is lower, upper, mean of each month."""
    return [
        Point(
            end=end,
            label=end.isoformat(),
            value=value,
            gap=gap if value is None else None,
            plan=plan[i] if plan else None,
            is_milestone=i in milestones,
            lower=limits[i][0] if limits and limits[i] else None,
            upper=limits[i][1] if limits and limits[i] else None,
            mean=limits[i][2] if limits and limits[i] else None,
            variation=variation[i] if variation else "common_cause",
        )
        for i, (end, value) in enumerate(zip(month_ends(len(values)), values, strict=True))
    ]


@cache
def wide_of(series, unit="pct", words=None):
    return ElementTree.fromstring(trend(series, unit=unit, alt="A line", words=words).wide)


def drawn(values, unit="pct", words=None, **more):
    return wide_of(tuple(points(values, **more)), unit, words)


def groups(svg, name):
    return [one for one in svg.iter("g") if one.get("class", "").split()[:1] == [name]]


def shapes(svg, name):
    return [shape for group in groups(svg, name) for shape in group]


def texts(svg, name):
    return [shape.text for shape in shapes(svg, name)]


def scale_of(svg):
    """Give the numbers beside the upright axis."""
    return [shape.text for shape in groups(svg, "tick")[0]]


def numbers(text):
    return [float(found) for found in re.findall(r"-?\d+(?:\.\d+)?", text)]


def place(shape):
    if shape.tag == "circle":
        return float(shape.get("cx", "0")), float(shape.get("cy", "0"))
    return tuple(numbers(shape.get("transform", "0,0")))


MOST = points(
    [None, None, 9.8, 11, 9, 13, 12, 22, None, 34, 33, 41, 44, 50.4],
    plan=[15 + 4 * i for i in range(14)],
    milestones=(0, 3, 6, 9, 12),
    limits=[None] * 2 + [(-2, 38.7, 28.7)] * 12,
    variation=["none"] * 2 + ["special_cause_concern"] * 6 + ["special_cause_improvement"] * 6,
)


LIST = [
    ListMonth(
        end,
        end.isoformat(),
        None if i == 2 else (30 + i, 20, 10 * i),
        TOO_EARLY if i == 2 else None,
    )
    for i, end in enumerate(month_ends(5))
]
BANDS = ("18 weeks or less", "18 weeks to a year", "A year or more")
STRIP = Strip(
    label="Plans issued within 20 weeks",
    unit="pct",
    own=50.42,
    own_name="Wirral",
    england=46.4,
    median=43.0,
    neighbours=(37.2, 60, 47.2, 31, 31, 31.1),
)


def all_kinds():
    drawings = (
        trend(MOST, unit="pct", alt="A"),
        waiting_list(LIST, BANDS, alt="A"),
        neighbours(STRIP, alt="A"),
    )
    return sparkline(MOST, unit="pct") + repr(drawings)


def test_a_line_breaks_where_there_is_no_figure():
    svg = drawn([10, 20, None, 30, None, None, 40, 50])
    assert [line.get("d").count("L") for line in shapes(svg, "actual")] == [1, 0, 1]


def test_a_month_without_a_figure_has_no_mark_and_a_month_at_zero_has_one_on_the_base_line():
    svg = drawn([10, None, 0])
    base = max(place(line)[1] for line in shapes(svg, "grid"))
    assert [place(mark)[1] for mark in shapes(svg, "mark")] == [pytest.approx(base * 0.9), base]


def test_a_run_of_months_without_a_figure_is_one_box_with_its_reason():
    svg = drawn([10] * 6 + [None] * 6, gap=TOO_EARLY)
    assert len(shapes(svg, "gap")) == 1
    assert " ".join(texts(svg, "reason")) == TOO_EARLY


def test_runs_with_different_reasons_are_boxes_of_their_own():
    series = points([10] * 4 + [None] * 4)
    early = points([None] * 12, gap=TOO_EARLY)[8:]
    svg = wide_of(tuple(series + early))
    assert len(shapes(svg, "gap")) == 2
    assert " ".join(texts(svg, "reason")) == f"No figure {TOO_EARLY}"


def test_a_reason_that_does_not_fit_gives_way_to_its_beginning_and_then_to_nothing():
    assert " ".join(texts(drawn([10] * 12 + [None] * 2, gap=TOO_EARLY), "reason")) == "Too early"
    assert texts(drawn([10] * 13 + [None], gap=TOO_EARLY), "reason") == []


def test_a_reason_keeps_clear_of_the_plan():
    low, high = (drawn([None] * 8, plan=[share] * 8) for share in (5, 95))
    assert place(shapes(low, "reason")[0])[1] < 30
    assert place(shapes(high, "reason")[0])[1] > 200


def test_a_series_without_a_month_says_so_in_a_box_over_the_whole_plot():
    svg = drawn([])
    assert texts(svg, "reason") == ["No figures yet"]
    (box,), base = shapes(svg, "gap"), shapes(svg, "base")[0]
    assert f"h{base.get('x2')}v" in box.get("d")


def test_the_plan_has_squares_on_its_own_dates_only():
    svg = drawn([10] * 7, plan=[10, 20, 30, 40, 50, 60, 70], milestones=(0, 3, 6))
    assert len(shapes(svg, "milestone")) == 3
    assert [line.get("d").count("L") for line in shapes(svg, "plan")] == [6]


def test_each_kind_of_variation_has_a_shape_of_its_own():
    kinds = ["improvement", "concern", "neutral"]
    svg = drawn(
        [10, 20, 30, 40, 50],
        variation=["common_cause", "none", *(f"special_cause_{kind}" for kind in kinds)],
    )
    marks = {group.get("class"): len(group) for group in groups(svg, "mark")}
    assert marks == {
        "mark circle": 2,
        "mark triangle": 1,
        "mark diamond": 1,
        "mark square": 1,
    }


def test_limits_are_drawn_for_the_months_that_have_them_and_step_where_they_start_anew():
    svg = drawn([20] * 9, limits=[None] * 3 + [(10, 30, 20)] * 3 + [(15, 25, 20)] * 3)
    assert len(shapes(svg, "band")) == 2
    assert len(shapes(svg, "limit")) == 4
    assert len(shapes(svg, "mean")) == 2


def test_a_limit_that_no_figure_can_pass_is_cut_there_without_edge_and_without_label():
    svg = drawn([50] * 4, limits=[(-5, 104, 50)] * 4)
    low, high = (f(place(line)[1] for line in shapes(svg, "grid")) for f in (max, min))
    (band,) = shapes(svg, "band")
    assert numbers(band.get("d").replace("v", " "))[1:4:2] == [high, low - high]
    assert shapes(svg, "limit") == []
    assert texts(svg, "label") == ["Actual 50.0%", "Average 50.0%"]


def test_labels_stand_at_the_end_of_their_lines_eighteen_pixels_apart():
    svg = drawn([50] * 4, plan=[52] * 4, limits=[(49, 51, 50)] * 4)
    assert sorted(texts(svg, "label")) == [
        "Actual 50.0%",
        "Average 50.0%",
        "Lower limit 49.0%",
        "Plan 52%",
        "Upper limit 51.0%",
    ]
    heights = sorted(place(label)[1] for label in shapes(svg, "label"))
    assert min(b - a for a, b in pairwise(heights)) >= 17


def test_a_narrow_drawing_has_the_two_numbers_only():
    svg = ElementTree.fromstring(trend(MOST, unit="pct", alt="").narrow)
    assert sorted(texts(svg, "label")) == ["50.4%", "67%"]


def test_a_series_that_ends_early_is_labelled_at_its_last_point_with_its_month():
    svg = drawn([20, 18, 16, 14, 12, 10, 8, 6] + [None] * 4)
    assert texts(svg, "label") == ["Actual Nov 24: 6.0%"]


def test_its_label_stands_where_neither_line_passes():
    def is_above(values, plan=None):
        svg = drawn(values + [None] * 4, plan=plan)
        return place(shapes(svg, "label")[0])[1] < place(shapes(svg, "mark")[-1])[1]

    rising, falling = [20, 30, 40, 50, 60, 70], [80, 70, 60, 50, 40, 30]
    assert is_above(rising)
    assert not is_above(falling)
    assert not is_above([50] * 6, plan=[55] * 10)


@pytest.mark.parametrize(
    ("highest", "unit", "expected"),
    [
        (3, "pct", [0, 25, 50, 75, 100]),
        (100, "pct", [0, 25, 50, 75, 100]),
        (104, "count", [0, 50, 100, 150]),
        (4681, "count", [0, 1000, 2000, 3000, 4000, 5000]),
        (5000, "count", [0, 1000, 2000, 3000, 4000, 5000]),
        (5001, "count", [0, 2000, 4000, 6000]),
        (2, "count", [0, 1, 2]),
        (0, "count", [0, 1]),
        (34.7, "weeks", [0, 10, 20, 30, 40]),
        (0.9, "weeks", [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0.01, "weeks", [0, 0.1]),
        (0, "weeks", [0, 1]),
    ],
)
def test_the_upright_axis_goes_from_zero_to_a_round_number(highest, unit, expected):
    assert ticks_up_to(highest, unit) == expected


@pytest.mark.parametrize(
    ("highest", "unit", "expected"),
    [
        (2100, "count", ["0", "500", "1,000", "1,500", "2,000", "2,500"]),
        (0.3, "weeks", ["0.0", "0.1", "0.2", "0.3"]),
        (7, "pct", ["0%", "25%", "50%", "75%", "100%"]),
    ],
)
def test_its_numbers_have_thousands_parted_one_place_and_the_sign_of_a_share(
    highest, unit, expected
):
    assert scale_of(drawn([highest, highest], unit)) == expected


@pytest.mark.parametrize(
    ("months", "room", "expected"),
    [
        (14, 40, ["Apr 24", "Jul 24", "Oct 24", "Jan 25", "Apr 25"]),
        (14, 16, ["Apr 24", "Oct 24", "Apr 25"]),
        (40, 5, ["Apr 24", "Apr 25", "Apr 26", "Apr 27"]),
        (3, 100, ["Apr 24", "May 24", "Jun 24"]),
        (1, 100, ["Apr 24"]),
        (0, 100, []),
    ],
)
def test_quarters_are_named_or_fewer_where_there_is_no_room(months, room, expected):
    ends = month_ends(months)
    assert [short_month(ends[i]) for i in named_months(ends, room)] == expected


def test_a_series_of_years_names_its_own_ends():
    ends = [date(year, 8, 31) for year in range(2016, 2025)]
    assert [ends[i].year for i in named_months(ends, 30)] == [2016, 2018, 2020, 2022, 2024]


def test_figures_are_said_as_in_the_tables():
    def label(value, unit):
        return texts(drawn([value], unit), "label")

    assert label(12.25, "pct") == ["Actual 12.3%"]
    assert label(10750, "count") == ["Actual 10,750"]
    assert label(3.357142, "weeks") == ["Actual 3.4"]


def test_the_average_of_a_small_count_is_not_rounded_away():
    svg = drawn([0, 1, 0], "count", limits=[(-1, 12.4, 0.4)] * 3)
    assert texts(svg, "label") == ["Actual 0", "Upper limit 12", "Average 0.4"]


def test_words_of_the_axis_stand_above_it_where_one_line_holds_them():
    words = "Share of new EHC plans that were issued within 20 weeks of the request"
    drawing = trend(points([50, 60]), unit="pct", alt="", words=words)
    assert texts(ElementTree.fromstring(drawing.wide), "axis") == [words]
    assert texts(ElementTree.fromstring(drawing.narrow), "axis") == ["Share"]


def of_list(months=LIST, bands=BANDS, **more):
    return ElementTree.fromstring(waiting_list(months, bands, alt="", **more).wide)


def test_the_longest_waits_stand_on_the_base_line_and_the_shorter_ones_on_them():
    svg = of_list()
    base = max(place(line)[1] for line in shapes(svg, "grid"))
    stands_on = {}
    for group in groups(svg, "wait"):
        for shape in group:
            x, y, _, height = numbers(shape.get("d").replace("v", " ").replace("h", " "))[:4]
            stands_on.setdefault(x, {})[group.get("class")] = (y + height, y)
    for parts in list(stands_on.values())[1:]:
        bottoms = [parts[f"wait w{band}"][0] for band in (3, 2, 1)]
        tops = [base] + [parts[f"wait w{band}"][1] for band in (3, 2)]
        assert bottoms == pytest.approx(tops, abs=0.2)


def test_a_month_without_a_list_is_a_box_and_no_column():
    svg = of_list()
    assert len(shapes(svg, "gap")) == 1
    assert [len(group) for group in groups(svg, "wait")] == [4, 4, 3]
    assert " ".join(texts(svg, "reason")) == TOO_EARLY


def test_lists_share_the_scale_up_to_the_highest_of_them():
    assert scale_of(of_list(top=4681))[-1] == "5,000"
    assert scale_of(of_list())[-1] == "100"


def test_the_newest_total_stands_on_its_column():
    assert texts(of_list(), "label") == ["94"]


def test_a_list_without_a_month_says_so():
    assert texts(of_list([]), "reason") == ["No figures yet"]


def test_a_list_that_counts_other_bands_than_it_names_is_refused():
    with pytest.raises(ValueError, match="has 3 counts, not 2"):
        waiting_list(LIST, BANDS[:2], alt="")
    with pytest.raises(ValueError, match="4 bands"):
        waiting_list([], (*BANDS, "Ten years"), alt="")


def of_strip(**changes):
    return ElementTree.fromstring(neighbours(replace(STRIP, **changes), alt="").wide)


def test_the_own_area_and_england_stand_above_the_neighbours_and_their_median():
    svg = of_strip()
    assert [len(shapes(svg, name)) for name in ("own", "england", "median")] == [1, 1, 1]
    lowest_above = max(place(mark)[1] for name in ("own", "england") for mark in shapes(svg, name))
    assert lowest_above < min(place(ring)[1] for ring in shapes(svg, "neighbour"))
    assert texts(svg, "label") == ["Wirral 50.4%"]


def test_equal_neighbours_do_not_cover_each_other():
    places = [place(ring) for ring in shapes(of_strip(), "neighbour")]
    assert len(set(places)) == len(STRIP.neighbours)


def test_a_figure_that_is_not_published_has_no_mark():
    svg = of_strip(own=None, england=None, median=None, neighbours=())
    assert not any(shapes(svg, name) for name in ("own", "england", "median", "neighbour"))
    assert texts(svg, "reason") == ["Wirral: no figure"]


def test_the_name_of_an_area_at_an_end_of_the_scale_stays_inside_the_drawing():
    anchors = {
        value: groups(of_strip(own=value), "label")[0].get("text-anchor") for value in (0, 50, 100)
    }
    assert anchors == {0: "start", 50: "middle", 100: "end"}


KINDS = {
    "trend": lambda alt: trend(MOST, unit="pct", alt=alt),
    "waiting list": lambda alt: waiting_list(LIST, BANDS, alt=alt),
    "neighbours": lambda alt: neighbours(STRIP, alt=alt),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_drawing_is_one_image_with_one_text_in_the_page_s_colours_and_font(kind):
    alt = 'Rose from "9.8%" & fell'
    for size, svg in vars(KINDS[kind](alt)).items():
        outside = ElementTree.fromstring(svg)
        assert outside.get("class") == f"chart {size}"
        assert (outside.get("role"), outside.get("aria-label")) == ("img", alt)
        assert outside.get("width") is None
        assert not re.search(r'\b(id|clip-path|font-family|style)="', svg)
        assert not any(one.get("aria-label") or one.get("role") for one in outside.iter("g"))
        colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg))
        assert {colour for colour in colours if not colour.startswith("var(--")} == {"none"}
        sizes = re.findall(r'font-size="(\d+)px"', svg)
        assert sizes and min(map(int, sizes)) >= 14
        assert len(svg) < 8_000


def test_drawings_are_small_enough_for_a_page_that_holds_many():
    long = points(
        [1000.5 + 250 * i for i in range(40)],
        plan=[1000.5 + 249 * i for i in range(40)],
        milestones=range(0, 40, 3),
        limits=[(900.5, 1100.5, 1000.5)] * 20 + [(9000, 9900, 9500)] * 20,
    )
    assert max(len(one) for one in vars(trend(long, unit="count", alt="")).values()) < 12_000
    assert len(sparkline(MOST, unit="pct")) < 2_500


def test_a_sparkline_is_not_read_out_and_holds_no_text():
    svg = ElementTree.fromstring(sparkline(MOST, unit="pct"))
    assert svg.get("aria-hidden") == "true"
    assert [svg.get(name) for name in ("width", "height", "viewBox")] == ["132", "40", "0 0 132 40"]
    assert not list(svg.iter("text"))
    assert len(shapes(svg, "gap")) == 2
    assert len(shapes(svg, "mark")) == 1


@pytest.mark.parametrize("values", [[], [None], [5], [0, 0], [5, 5, 5], [None, 3, None]])
def test_a_sparkline_of_any_series_stays_inside_its_frame(values):
    svg = sparkline(points(values), unit="count")
    assert "NaN" not in svg
    for line in shapes(ElementTree.fromstring(svg), "actual"):
        assert all(0 <= pixel <= 122 for pixel in numbers(line.get("d")))


def test_the_same_row_set_gives_the_same_bytes_in_every_process():
    here = all_kinds()
    assert all_kinds() == here
    code = "from tests.publication.report.test_charts import all_kinds; print(all_kinds(), end='')"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "1", "PYTHONPATH": ":".join(sys.path), "LANG": "de_DE.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == here
