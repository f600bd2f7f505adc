"""The pages of the report say what the tables of the release hold, and nothing else."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest

from orchestration.publication import report
from orchestration.publication.report.tables import KEYS, Tables
from tests.browser import written
from tests.browser.test_pages import BYTES
from tests.worlds import report_pages, report_world
from tests.worlds.report_pages import NUMBER, Element, Release, places
from tests.worlds.report_world import END, FACTS, LATE, MEDIAN, MIX, PLANS, REVIEWS, WAITING, World

CORE = report.REQUIRED
"""Without these there is no release; any other table may be empty or missing."""


class Made(NamedTuple):
    """A world, its pages and its tables."""

    world: World
    folder: Path
    pages: Mapping[str, Element]
    release: Release


def made_of(folder: Path, world: World, **also: bool) -> Made:
    told = report_world.render(folder, world, **also)
    pages = {name: report_pages.read(page) for name, page in told.items()}
    files = {name: [folder / f"{name}.parquet"] for name in world}
    return Made(world, folder, pages, Release(files, dataclasses.asdict(FACTS), pages))


def _nothing_but_gaps() -> World:
    """A month in which every figure is missing, each table of the release being there."""
    world = report_world.world()
    reasons = ("not_received", "no_feed", "not_mature", "withheld:BASE-1", "not_computed")
    local = [row for row in world["indicator_status"] if row["basis"] == "local"]
    for n, name in enumerate(sorted({row["indicator_id"] for row in local})):
        _take_away(world, name, reasons[n % len(reasons)])
    world["indicator_latest"] = [row for row in world["indicator_latest"] if row["value"] is None]
    return world | {name: [] for name in world if name not in CORE}


def _without_optional_tables() -> World:
    return {name: rows for name, rows in report_world.world().items() if name in CORE}


def _optional_tables_are_empty() -> World:
    return {n: rows if n in CORE else [] for n, rows in report_world.world().items()}


def _words_with_digits_and_quotes() -> World:
    """The texts of a release are quoted as they stand, whatever they hold."""
    world = report_world.world()
    for row in world["status_reasons"]:
        row["family_text"] = f'Don\'t count {row["reason"]} on <7> & "8".'
    for row in (*world["indicators"], *world["breakdowns"]):
        for name in ("short_title", "plain_definition", "counted", "phrase", "label"):
            if name in row:
                row[name] += " <b>9</b> & 1,234's"
    return world


def _take_away(world: World, indicator_id: str, reason: str) -> None:
    """Leave an indicator without any local figure, as the marts do when a rule keeps it out."""
    lost = dict.fromkeys(
        ("value", "previous_value", "year_ago_value", "backlog", "spc_lower", "spc_mean",
         "spc_upper"),
    )  # fmt: skip
    status = report_world.status_of(reason)
    for table in ("indicator_status", "indicator_latest"):
        for row in world[table]:
            if row["indicator_id"] == indicator_id and row["basis"] == "local":
                row |= lost | {"value_status": status, "status_reason": reason, "rag": "grey"}
                row |= {"variation": "none", "spc_rule": "none", "spc_reason": "no_value"}
    for table, columns in (
        ("improvement_plan", ("actual_value", "is_met")),
        ("roadmap", ("actual_value", "indicator_id")),
        ("forecasts", ("value", "low", "high")),
        ("restatements", ("old_value", "new_value")),
    ):
        for row in world[table]:
            if row["indicator_id"] == indicator_id:
                row |= dict.fromkeys(columns)
                if table == "restatements":
                    row["new_status"] = status


WORLDS: Mapping[str, Callable[[], World]] = {
    "every case": report_world.world,
    "nothing but gaps": _nothing_but_gaps,
    "optional tables are empty": _optional_tables_are_empty,
    "optional tables are missing": _without_optional_tables,
    "words with digits and quotes": _words_with_digits_and_quotes,
}


@pytest.fixture(scope="module")
def every_case(tmp_path_factory) -> Made:
    return made_of(tmp_path_factory.mktemp("report"), report_world.world(), has_workbook=True)


@pytest.fixture(scope="module", params=WORLDS)
def made(request, tmp_path_factory) -> Made:
    if request.param == "every case":
        return request.getfixturevalue("every_case")
    return made_of(tmp_path_factory.mktemp("report"), WORLDS[request.param]())


def _faults(made: Made, find: Callable[[Element], list[str]]) -> dict[str, list[str]]:
    found = {name: find(page) for name, page in made.pages.items()}
    return {name: faults for name, faults in found.items() if faults}


def _figure(made: Made, figure_id: str) -> Element:
    """The exhibit of that id, on whichever page it stands."""
    return next(one for page in made.pages.values() for one in page.all("figure", id=figure_id))


# Every number is traced.


def test_a_digit_without_a_place_is_written_in_a_template(made):
    assert _faults(made, report_pages.untraced) == {}


def test_every_number_is_the_one_that_stands_at_its_place_and_its_words_say_it(made):
    wrong = {
        name: report_pages.untrue(name, page, made.release) for name, page in made.pages.items()
    }
    assert {name: faults for name, faults in wrong.items() if faults} == {}


def test_title_and_printed_foot_hold_only_numbers_that_the_page_traces(made):
    assert _faults(made, report_pages.unsupported_asides) == {}


def test_a_drawing_and_its_text_alternative_say_what_the_table_beside_them_says(made):
    assert _faults(made, report_pages.unsupported_drawings) == {}


def test_every_kind_of_place_is_on_some_page(every_case):
    """The proof is empty where the world shows nothing of a kind."""
    told = [place for page in every_case.pages.values() for place, _ in places(page)]
    tables = {re.split("[/?#]", place)[0] for place in told}
    of_words_alone = {"breakdowns", "indicators", "priority_action_areas", "status_reasons"}
    assert set(report_world.world()) - of_words_alone <= tables
    assert {"", "MANIFEST.json"} | tables >= {"improvement-plan.html"}
    for shape in (r"#count$", r"#sum\(\w+\)$", r"#\w+-\w+$", r"\.html#[\w-]+$"):
        assert any(re.search(shape, place) for place in told), shape


SPOILT = {
    "a number that is not the cell's": (r">37\.1%<", ">37.2%<", "untrue"),
    "words that do not say the number": (r">less than 2 in 5<", ">about 1 in 2<", "untrue"),
    "an unrounded number of another cell": (r'value="37\.06\d*"', 'value="37.07"', "untrue"),
    "a unit that is not the indicator's": (r">37\.1%<", ">37.1 weeks<", "untrue"),
    "a month of another year": (r">October 2025</time>", ">October 2024</time>", "untrue"),
    "a number without a place": (r"<data [^>]*>37\.1%</data>", "37.1%", "untraced"),
    "a label that the table lacks": (
        r">([^<>]*)37\.1%</text>", r">\g<1>37.3%</text>", "unsupported_drawings",
    ),
    "an alternative that the table lacks": (
        r'(aria-label="[^"]*)37\.1%', r"\g<1>37.3%", "unsupported_drawings",
    ),
    "a month in the title": (r"(<title>[^<]*)2025", r"\g<1>2023", "unsupported_asides"),
}  # fmt: skip


@pytest.mark.parametrize("spoilt", SPOILT)
def test_the_proof_sees(every_case, spoilt):
    old, new, find = SPOILT[spoilt]
    seen = []
    for name in every_case.pages:
        text = (every_case.folder / name).read_text("utf-8")
        changed, times = re.subn(old, new, text, count=1)
        if times:
            page = report_pages.read(changed)
            more = (name, page, every_case.release) if find == "untrue" else (page,)
            seen.append(getattr(report_pages, find)(*more))
    assert seen and all(seen)


def test_a_place_names_a_row_by_columns_that_the_contract_promises_are_a_key(every_case):
    """Two rows of one name would let a page show the number of either."""
    for table in every_case.world:
        assert set(KEYS[table]) <= set(report_world.schemas()[table].names), table


# One changed value changes the places that show it.

CHANGED: tuple[tuple[str, dict[str, Any], str, Any], ...] = (
    ("indicator_latest", {"indicator_id": PLANS, "basis": "local"}, "value", 38.4),
    ("indicator_latest", {"indicator_id": PLANS, "basis": "local"}, "numerator", 55),
    ("indicator_latest", {"indicator_id": PLANS, "basis": "local"}, "trajectory_value", 71.0),
    ("indicator_latest", {"indicator_id": PLANS, "basis": "local"}, "target_value", 78.0),
    ("indicator_latest", {"indicator_id": PLANS, "basis": "local"}, "backlog", 79.0),
    ("indicator_latest", {"indicator_id": PLANS, "basis": "published"}, "value", 38.2),
    ("indicator_latest", {"indicator_id": WAITING, "basis": "local"}, "year_ago_value", 1203.0),
    ("indicator_latest", {"indicator_id": MEDIAN, "basis": "local"}, "previous_value", 15.2),
    ("indicator_status", {"indicator_id": REVIEWS, "period_end": END}, "spc_upper", 60.3),
    ("indicator_status", {"indicator_id": PLANS, "numerator": 50}, "value", 36.1),
    ("indicator_status", {"indicator_id": PLANS, "numerator": 50}, "denominator", 143),
    ("waiting_list", {"service": "SLT", "period_end": END, "wait_band": "85-126"},
     "referral_count", 283),
    ("improvement_plan", {"indicator_id": PLANS, "period_end": END, "kind": "trajectory"},
     "actual_value", 38.5),
    ("coverage", {"promise_id": "E1"}, "value", 38.6),
    ("coverage", {"promise_id": "E1"}, "with_figure_count", 2),
    ("improvement_plan_actions", {"ref": "1.a"}, "text", "Decide 4 reviews a day"),
    ("plan_and_official", {"basis": "local"}, "value", 38.7),
    ("comparators", {"area_code": "N01"}, "value", 35.1),
    ("comparators", {"area_code": "N01"}, "set_median", 38.1),
    ("forecasts", {"kind": "cases_passing_limit"}, "high", 37.0),
    ("forecasts", {"indicator_id": PLANS}, "value", 48.9),
    ("restatements", {"indicator_id": PLANS, "breakdown": "all"}, "old_value", 36.4),
    ("roadmap", {"indicator_id": PLANS}, "actual_value", 39.1),
    ("decisions", {"decision_id": "D8"}, "text", "Decision 9 stands."),
    ("feed_scorecard", {"feed": "feed_two"}, "days_late", 3),
    ("quality_findings", {"finding_id": "f1"}, "message", "63 rows hold no date."),
)  # fmt: skip


def _row(world: World, table: str, where: Mapping[str, Any]) -> dict[str, Any]:
    (row,) = (
        row for row in world[table] if all(row.get(name) == value for name, value in where.items())
    )
    return row


@pytest.fixture(scope="module")
def changed(tmp_path_factory) -> Made:
    world = report_world.world()
    for table, where, column, value in CHANGED:
        _row(world, table, where)[column] = value
    return made_of(tmp_path_factory.mktemp("changed"), world)


def _different(one: Made, other: Made, told: Callable[[Element], Any]) -> set[str]:
    """Give what a page of one world shows and the other's page lacks or shows less often."""
    found: set[str] = set()
    for name in one.pages:
        before, after = Counter(told(one.pages[name])), Counter(told(other.pages[name]))
        found |= {what[0] for what in ((before - after) + (after - before))}
    return found


def test_a_changed_cell_changes_each_place_that_shows_it_and_no_other(every_case, changed):
    places_changed = _different(every_case, changed, places)
    rows = {
        (table, column, str(where)): _row(report_world.world(), table, where)
        for table, where, column, _ in CHANGED
    }
    full = {
        key: dict.fromkeys(report_world.schemas()[key[0]].names) | row for key, row in rows.items()
    }
    told = {place for page in every_case.pages.values() for place, _ in places(page)}
    shown = {
        key: {place for place in told if report_pages.of_cell(place, key[0], row, key[1])}
        for key, row in full.items()
    }
    assert [key for key, where in shown.items() if not where] == []
    assert places_changed == set().union(*shown.values())


def test_a_changed_cell_changes_no_other_word(every_case, changed):
    assert _different(every_case, changed, _words) == set()


def _words(page: Element) -> list[tuple[str]]:
    return [
        (" ".join(text.split()),)
        for element, text in page.texts()
        if element.place is None and element.within("svg", "style") is None
    ]


def test_a_changed_cell_changes_the_drawings_of_its_measure_and_no_other(every_case, changed):
    """Of the waiting lists all: they stand on the scale of the longest."""
    drawn = _different(every_case, changed, _drawings)
    assert drawn == {
        f"trend-{PLANS}", f"trend-{REVIEWS}", f"compare-{PLANS}", "list-slt", PLANS, REVIEWS,
    }  # fmt: skip


def _drawings(page: Element) -> Iterator[tuple[str, str]]:
    for svg in page.all("svg"):
        of = svg.within("figure") or svg.within("tr")
        is_drawing = "viewBox" in svg.attributes or "viewbox" in svg.attributes
        if of is not None and is_drawing and of.attributes.get("id"):
            shapes = [(one.tag, tuple(one.attributes.items())) for one in svg.all()]
            told = [text for _, text in svg.texts()]
            yield of.attributes["id"], str((svg.attributes, shapes, told))


def test_only_similar_areas_are_drawn_as_such(every_case):
    """Neither the area itself nor England, which are ranked in a set of their own."""
    figure = _figure(every_case, f"compare-{PLANS}")
    for svg in figure.all("svg", role="img"):
        rings = [one for g in svg.all("g", class_="neighbour") for one in g.children]
        assert len(rings) == 2
        assert "neighbours 35.7% to 41.9%" in svg.attributes["aria-label"]
    areas = [row.all("th")[0].text for row in figure.all("tbody")[0].all("tr")]
    assert areas == [
        "Sampleton", "North", "England", "Northtown", "Middletown", "Smalltown",
        "Middle of the similar areas",
    ]  # fmt: skip


# Withheld is withheld everywhere.


@pytest.mark.parametrize("reason", ["withheld:BASE-1", "publisher:c", "disclosure:small"])
def test_a_withheld_figure_stands_nowhere_and_its_reason_does(every_case, reason, tmp_path):
    """Counts that were left beside a withheld share are shown neither."""
    world = report_world.world()
    _take_away(world, PLANS, reason)
    held = made_of(tmp_path, world, has_workbook=True)
    mine, others = _numbers_by_measure(every_case, PLANS)
    assert len(mine - others) > 25
    left = {n for page in held.pages.values() for _, text in _told(page) for n in _numbers(text)}
    assert (mine - others) & left == set()
    why = report_world.family_text(world, reason)
    line = held.pages["index.html"].all("tr", id=PLANS)[0]
    assert why in line.text and not line.all("svg", class_="sparkline")
    figure = _figure(held, f"trend-{PLANS}")
    rows = [row for body in figure.all("tbody") for row in body.all("tr")]
    assert why in figure.all("figcaption")[0].text and all(why in row.text for row in rows)
    marks = [c for one in figure.all("g") for c in one.attributes.get("class", "").split()]
    assert not {c for c in marks if c == "actual" or c.startswith("mark")} and "gap" in marks
    title = report_world.title_of(world, PLANS)
    gap = held.pages["data-quality.html"].all("ul", id=f"gaps-{reason.partition(':')[0]}")[0]
    assert title in gap.text
    assert PLANS not in {one.attributes.get("id") for one in held.pages["off-course.html"].all()}
    assert _was(every_case, title) == "36.9%"
    assert _was(held, title) == "Withheld since"
    figures = {row["value"] for row in _local(every_case.world, PLANS)}
    assert figures & _cells(every_case.folder) and not figures & _cells(held.folder)


def _was(made: Made, title: str) -> str:
    """Give the former value of a restated figure, as the page shows it."""
    (table,) = made.pages["data-quality.html"].all("table", id="corrections-table")
    (row,) = (row for row in table.all("tr") if row.all("th")[0].text == title)
    return row.all("td")[1].text.removeprefix("Was ")


def _local(world: World, indicator_id: str) -> Iterator[dict[str, Any]]:
    for row in world["indicator_status"]:
        if (row["indicator_id"], row["basis"]) == (indicator_id, "local"):
            yield row


def _cells(folder: Path) -> set[Any]:
    book = openpyxl.load_workbook(folder / "report.xlsx", read_only=True)
    return {cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}


def _numbers(text: str) -> list[str]:
    return NUMBER.findall(text)


def _told(page: Element) -> Iterator[tuple[Element, str]]:
    """Texts, text alternatives and unrounded numbers of a page."""
    for element, text in page.texts():
        if element.within("style") is None:
            yield element, text
    for one in page.all():
        for name in ("aria-label", "value"):
            yield one, one.attributes.get(name, "")


def _numbers_by_measure(made: Made, indicator_id: str) -> tuple[set[str], set[str]]:
    """Numbers that tell the local figures of a measure, and all others of the pages."""
    figures = re.compile(
        rf"(indicator_(status|latest)|restatements)/{indicator_id}/local/.*"
        r"#((previous_|year_ago_|old_|new_)?value|numerator|denominator)(-|$)"
    )
    mine: set[str] = set()
    others: set[str] = set()
    for page in made.pages.values():
        for element, text in _told(page):
            figure = element.within("figure")
            is_drawn = figure is not None and figure.attributes["id"] == f"trend-{indicator_id}"
            if figures.search(element.place or ""):
                mine |= set(_numbers(text))
            elif not (is_drawn and element.within("svg")):
                others |= set(_numbers(text))
    return mine, others


def test_a_month_after_the_plan_is_no_longer_planned_and_what_replaced_it_is_said(every_case):
    page = every_case.pages["improvement-plan.html"]
    (table,) = page.all("table", id="statement-2-table")
    (row,) = [row for row in table.all("tr") if "% of reviews in 4 weeks" in row.text]
    assert row.text.endswith("Plan No longer planned , actual 43.7%")
    (others,) = [row for row in table.all("tr") if "Number of others" in row.text]
    assert others.text.endswith("–")
    (replaced,) = page.all("ul", id="replaced")
    assert replaced.text == "The 3 areas of the inspection (March 2025)."


def test_one_withheld_month_breaks_the_line_and_says_why(every_case):
    figure = _figure(every_case, f"trend-{REVIEWS}")
    why = report_world.family_text(every_case.world, "withheld")
    rows = [row for body in figure.all("tbody") for row in body.all("tr")]
    held = [row for row in rows if why in row.text]
    assert [row.all("time")[0].attributes["datetime"] for row in held] == ["2025-09-30"]
    assert [one for one in held[0].all("data") if one.place.partition("#")[2] == "value"] == []
    for svg in figure.all("svg", role="img"):
        assert len(svg.all("g", class_="gap")) == 1
        lines = [path for one in svg.all("g", class_="actual") for path in one.all("path")]
        assert len(lines) == 2


def test_a_withheld_month_of_a_waiting_list_is_withheld_in_title_drawing_and_table(
    every_case, tmp_path
):
    world = report_world.world()
    rows = [r for r in world["waiting_list"] if r["service"] == "OT" and r["period_end"] == END]
    former = sum(row["referral_count"] for row in rows)
    for row in rows:
        row |= {"referral_count": None, "value_status": "not_available"}
        row |= {"status_reason": "withheld:WL-ZERO"}
    why = report_world.family_text(world, "withheld")
    held = made_of(tmp_path, world)
    shown = [
        page.pages["waiting-lists.html"].all("figure", id="list-ot")[0]
        for page in (every_case, held)
    ]
    assert f"{former:,}" in shown[0].all("figcaption")[0].text
    assert why in shown[1].all("figcaption")[0].text
    assert f"{former:,}" not in " ".join(text for _, text in _told(shown[1]))
    newest = shown[1].all("tbody")[0].all("tr")[-1]
    assert why in newest.text and not newest.all("data")
    columns = [[len(g.children) for g in one.all("g", class_="w3")] for one in shown]
    assert columns == [[2, 2], [1, 1]]  # in the wide drawing and in the narrow one


# What the catalogue lacks.


def test_a_restated_figure_is_named_by_its_id_where_the_catalogue_has_it_no_more(tmp_path):
    """One that the catalogue has keeps title and unit, also of a kind that no scorecard shows."""
    world = report_world.world()
    changed = next(row for row in world["restatements"] if row["breakdown"] == "all")
    for name, old, new in (("gone_2024_pct", 36.44, 40.0), (MIX, 99.5, 100.0)):
        values = {"indicator_id": name, "old_value": old, "new_value": new}
        world["restatements"].append(changed | values | {"new_status": "value"})
    made = made_of(tmp_path, world)
    page = made.pages["data-quality.html"]
    rows = {
        row.all("th")[0].text: row for row in page.all("table", id="corrections-table")[0].all("tr")
    }
    told = {
        name: [one.text for one in rows[name].all("data")]
        for name in ("gone_2024_pct", report_world.title_of(world, MIX))
    }
    assert list(told.values()) == [["36.4", "40"], ["99.5%", "100.0%"]]
    assert _faults(made, report_pages.untraced) == {}
    assert report_pages.untrue("data-quality.html", page, made.release) == []


# A month of nothing but gaps.


@pytest.fixture(scope="module")
def gaps(tmp_path_factory) -> Made:
    return made_of(tmp_path_factory.mktemp("gaps"), _nothing_but_gaps())


def test_a_month_of_nothing_but_gaps_shows_no_figure_and_says_why(gaps):
    told = {place for page in gaps.pages.values() for place, _ in places(page)}
    figures = re.compile(r"indicator_(latest|status)/.*#(value|numer|denom)|actual_value|waiting_")
    assert [place for place in told if figures.search(place)] == []
    for name in ("index.html", "my-support-needs.html", "my-voice.html"):
        lines = [row for row in gaps.pages[name].all("tr") if row.all("td", class_="cell-latest")]
        reasons = {row["family_text"] for row in gaps.world["status_reasons"]}
        assert lines and all(any(why in line.text for why in reasons) for line in lines)


def test_a_month_of_nothing_but_gaps_calls_nothing_better_worse_or_off_course(gaps, every_case):
    boxes = ("better", "worse", "off_course")
    quiet, full = (
        [page.pages["index.html"].all("div", class_=f"box-{kind}")[0] for kind in boxes]
        for page in (gaps, every_case)
    )
    assert [len(box.all("li")) for box in quiet] == [1, 1, 1]
    assert [len(box.all("a", "data")) for box in quiet] == [0, 0, 0]
    assert all(box.all("a") for box in full)


def test_a_figure_in_a_sentence_stands_beside_its_period(made):
    """The newest figure may be of an earlier month than the release."""
    for name in ("index.html", "easy-read.html", "waiting-lists.html"):
        for sentence in made.pages[name].all("li", "p"):
            told = [place for place, _ in places(sentence) if place.startswith("indicator_latest/")]
            rows = {place.partition("#")[0] for place in told if place.endswith("#value")}
            dated = {place.partition("#")[0] for place in told if place.endswith("#period_end")}
            assert rows <= dated, sentence.text


def test_a_line_of_the_scorecard_names_the_period_of_an_older_figure(every_case):
    line = every_case.pages["index.html"].all("tr", id=LATE)[0]
    cell = line.all("td", class_="cell-latest")[0]
    assert [one.attributes["datetime"] for one in cell.all("time")] == ["2025-08-31"]


RULES = {
    PLANS: "This month is outside the expected range.",
    REVIEWS: "7 months in a row, each higher or each lower than the one before.",
    MEDIAN: "7 or more months in a row on one side of the average.",
    WAITING: "Two of three neighbouring months are close to a limit.",
}  # A trend of 7 points has 6 moves; of 3 points close to a limit one may come after the month.


@pytest.mark.parametrize("indicator_id", RULES)
def test_a_real_change_says_which_months_make_it_real(every_case, indicator_id):
    cell = _real(every_case, indicator_id)
    assert RULES[indicator_id] in cell and "The change may be chance." not in cell


def test_signs_of_a_list_whose_months_resemble_each_other_are_to_be_read_with_care(every_case):
    """Those of other measures are not; the workbook says what the page says."""
    care = "Read with care: neighbouring months resemble each other."
    assert {name for name in RULES if care in _real(every_case, name)} == {MEDIAN}
    cells = {cell for cell in _cells(every_case.folder) if care in str(cell)}
    assert f"Real worsening. {RULES[MEDIAN]} {care}" in cells


def _real(made: Made, indicator_id: str) -> str:
    line = made.pages["index.html"].all("tr", id=indicator_id)[0]
    return line.all("td", class_="cell-real")[0].text


# A page is whole, in order and in words.


def test_nothing_on_a_page_is_what_a_program_writes_for_nothing(made):
    assert _faults(made, report_pages.not_words) == {}


def test_no_box_is_empty(made):
    assert _faults(made, report_pages.empty_boxes) == {}


def test_every_link_and_every_reference_leads_somewhere(made):
    assert report_pages.broken_links(made.pages) == []
    assert _faults(made, report_pages.described_by_nothing) == {}


def test_headings_are_in_order(made):
    assert _faults(made, report_pages.headings_out_of_order) == {}


def test_a_page_is_whole_in_itself_and_small(made):
    for name in made.pages:
        page = written.read(made.folder / name)
        assert (page.scripts, page.loads, page.ids_used_twice()) == ([], [], []), name
        assert (made.folder / name).stat().st_size <= BYTES


@pytest.mark.parametrize("table", sorted(set(report_world.world()) - set(CORE)))
def test_every_page_is_made_without(table, tmp_path):
    """A first release has no restatements, one of official files no casework and no notes."""
    world = report_world.world()
    del world[table]
    made = made_of(tmp_path, world)
    assert _faults(made, report_pages.not_words) == {}
    assert report_pages.broken_links(made.pages) == []


def test_a_report_without_a_table_that_it_needs_is_refused_by_name(tmp_path):
    tables = report_world.write(tmp_path, report_world.world())
    tables = {name: files for name, files in tables.items() if name != "parameters"}
    with pytest.raises(ValueError, match="needs the table parameters"):
        report.render(Tables(tables), FACTS)


def test_the_report_is_its_pages_and_the_workbook(tmp_path):
    made = report.render(Tables(report_world.write(tmp_path, report_world.world())), FACTS)
    assert {Path(name).suffix for name in made} == {".html", ".xlsx"}
    assert {"report/index.html", "report.xlsx"} <= made.keys()


def test_the_first_page_names_month_and_release(every_case):
    said = every_case.pages["index.html"].text
    assert "October 2025" in said and FACTS.release_id in said


def test_invented_data_are_said_to_be_invented_and_others_are_not(every_case, tmp_path):
    tables = Tables(report_world.write(tmp_path, report_world.world()))
    real = report.render(tables, dataclasses.replace(FACTS, is_synthetic=False, note=None))
    assert all("Demonstration" in page.text for page in every_case.pages.values())
    assert not any(b"Demonstration" in data for data in real.values())
