"""The pages that everybody gets show what the public files show, and nothing else of a release."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pytest

from orchestration.publication import report
from orchestration.publication.public import audit, rules
from orchestration.publication.public.allowed_tables import allowed
from orchestration.publication.report.tables import KEYS
from tests.browser import written
from tests.browser.test_pages import BYTES
from tests.worlds import public_world, report_pages, report_world
from tests.worlds.report_pages import Element, Release, places
from tests.worlds.report_world import (
    AVERAGE,
    FACTS,
    LONG,
    PLANS,
    VISITS,
    WAITING,
    World,
)


class Public(NamedTuple):
    """A world as everybody sees it."""

    world: World
    made: public_world.Made
    folder: Path
    pages: Mapping[str, Element]
    release: Release


def public_of(folder: Path, world: World) -> Public:
    made = public_world.made_of(folder / "release", world)
    pages = {name: report_pages.read(page) for name, page in made.pages.items()}
    (folder / "tables").mkdir()
    tables = made.write_tables(folder / "tables")
    for name, data in made.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return Public(world, made, folder, pages, Release(tables, dataclasses.asdict(FACTS), pages))


def _without_figures() -> World:
    """A month without any figure, and without every table that a release may lack."""
    world = public_world.world()
    lost = dict.fromkeys(
        ("value", "numerator", "denominator", "backlog", "spc_lower", "spc_mean", "spc_upper",
         "previous_value", "year_ago_value"),
    )  # fmt: skip
    lost |= {"value_status": "not_available", "status_reason": "not_received", "rag": "grey"}
    lost |= {"variation": "none", "spc_rule": "none", "spc_reason": "no_value"}
    for table in ("indicator_values", "indicator_status", "indicator_latest"):
        columns = report_world.schemas()[table].names
        for row in world[table]:
            row |= {name: value for name, value in lost.items() if name in columns}
        world[table] = [row for row in world[table] if row["basis"] == "local"]
    kept = (*report.REQUIRED, "indicator_values", "areas", "breakdowns")
    return {name: world[name] for name in kept} | {"restatements": []}


WORLDS: Mapping[str, Callable[[], World]] = {
    "every case": public_world.world,
    "no figure": _without_figures,
}


@pytest.fixture(scope="module")
def every_case(tmp_path_factory) -> Public:
    return public_of(tmp_path_factory.mktemp("public"), public_world.world())


@pytest.fixture(scope="module", params=WORLDS)
def shown(request, tmp_path_factory) -> Public:
    if request.param == "every case":
        return request.getfixturevalue("every_case")
    return public_of(tmp_path_factory.mktemp("public"), WORLDS[request.param]())


# Whole, in order and traced, as the pages of the partnership are.


@pytest.mark.parametrize(
    "find",
    [
        report_pages.untraced,
        report_pages.unsupported_asides,
        report_pages.unsupported_drawings,
        report_pages.described_by_nothing,
        report_pages.headings_out_of_order,
        report_pages.not_words,
        report_pages.empty_boxes,
    ],
)
def test_no_page_has_a_fault(shown, find):
    faults = {name: found for name, page in shown.pages.items() if (found := find(page))}
    assert faults == {}


def test_every_number_is_the_one_that_stands_at_its_place_and_its_words_say_it(shown):
    wrong = {
        name: found
        for name, page in shown.pages.items()
        if (found := report_pages.untrue(name, page, shown.release))
    }
    assert wrong == {}


def test_every_link_leads_to_a_page_or_to_a_public_file(shown):
    assert report_pages.broken_links(shown.pages, shown.made.files) == []


def test_a_page_is_whole_in_itself_and_small(shown):
    for name in shown.pages:
        path = shown.folder / "report" / name
        page = written.read(path)
        assert (page.scripts, page.loads, page.ids_used_twice()) == ([], [], []), name
        assert path.stat().st_size <= BYTES


# Every figure is one of the public files.

FIGURE = ("indicator_status", "indicator_latest")
OF_PLAN = ("trajectory_value", "target_value")
"""Numbers that the plan prints, whatever the figures are."""
LIMITS = ("spc_mean", "spc_lower", "spc_upper")


class Files:
    """What the public files hold."""

    def __init__(self, made: public_world.Made) -> None:
        whole = [row for row in made.csv(audit.FIGURES) if row["breakdown"] == "all"]
        self.figures = {self._key(row): row for row in whole}
        self.corrections = {tuple(_of(row, "restatements")): row for row in
                            made.csv(audit.RESTATEMENTS)}  # fmt: skip

    def _key(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(str(row[name]) for name in KEYS["indicator_status"])

    def is_exact(self, indicator_id: str, basis: str) -> bool:
        rows = [r for k, r in self.figures.items() if k[:2] == (indicator_id, basis)]
        return bool(rows) and all(row["is_exact"] == "true" for row in rows)

    def values(self, indicator_id: str) -> set[float]:
        found = (r["value"] for k, r in self.figures.items() if k[0] == indicator_id)
        return {float(value) for value in found if value}


def _of(row: Mapping[str, Any], table: str) -> Iterator[str]:
    return (row[name] for name in KEYS[table])


def _is_public(files: Files, row: Mapping[str, Any], table: str, column: str, number: str) -> bool:
    """Whether a public file, or a table of words and plans, holds a number."""
    if table == "restatements":
        told = files.corrections[tuple(str(row[name]) for name in KEYS[table])][column]
        return float(told) == float(number)
    if column in OF_PLAN or table not in (*FIGURE, "roadmap", "improvement_plan"):
        return True
    if table not in FIGURE:
        return float(number) in files.values(row["indicator_id"])
    figure = files.figures[files._key(row)]
    if column in ("value", "numerator", "denominator"):
        return float(figure[column]) == float(number)
    if column in LIMITS:
        return files.is_exact(row["indicator_id"], row["basis"])
    everywhere = files.values(row["indicator_id"]) if column != "backlog" else {
        value for one in {key[0] for key in files.figures} for value in files.values(one)
        if files.is_exact(one, "local")
    }  # fmt: skip
    return float(number) in everywhere


def test_every_number_of_every_page_is_one_of_the_public_files_or_of_the_catalogue(every_case):
    files, seen = Files(every_case.made), set()
    for name, page in every_case.pages.items():
        for one in page.all("data"):
            where, _, what = one.attributes["data-from"].partition("#")
            table = re.split("[/?]", where)[0]
            assert not table or table.endswith(".html") or table in allowed(), where
            if "/" not in where:
                continue  # rows that are counted; the reader above counts them again
            row = every_case.release.row(f"{where}#{what}")
            for column in what.split("-"):
                number = row[column]
                assert _is_public(files, row, table, column, str(number)), (name, where, column)
                seen.add((table, column))
    columns = {"value", "numerator", "denominator", "year_ago_value", "previous_value"}
    assert {("indicator_latest", one) for one in columns} <= seen
    assert {("indicator_status", "spc_mean"), ("restatements", "old_value")} <= seen


def test_the_audit_of_pages_sees_a_number_that_the_files_lack(every_case):
    files = Files(every_case.made)
    row = every_case.release.row(
        f"indicator_latest/{WAITING}/local/{report_world.LOCAL_AREA}#value"
    )
    assert _is_public(files, row, "indicator_latest", "value", "1365.0")
    for column in ("value", "year_ago_value", "spc_mean", "backlog"):
        assert not _is_public(files, row, "indicator_latest", column, "1363.0"), column


# What is not on the list reaches no byte.

NUMBER, TEXT, DAY = 918273.5, "Only inside", date(1971, 3, 9)
PLANTS = (b"918273", b"918,273", TEXT.encode(), b"1971")


def _planted(kind: pa.DataType) -> Any:
    if pa.types.is_boolean(kind):
        return True
    if pa.types.is_date(kind):
        return DAY
    if pa.types.is_integer(kind):
        return int(NUMBER)
    if pa.types.is_decimal(kind):
        return Decimal(str(NUMBER))
    return NUMBER if pa.types.is_floating(kind) else TEXT


FOR_THE_CUBE = {
    "indicators": ("suppression_rule", "period_types"),
    "roadmap": ("indicator_ids",),
    "improvement_plan": ("actual_period_type",),
    "improvement_plan_actions": ("indicator_ids",),
    "restatements": ("old_release", "new_release", "area_code"),
}
"""Columns that say which figures are public, and are shown on no page."""


def _full_of_secrets() -> World:
    """Every table that a release can hold, each cell planted that no page may reach."""
    world = public_world.world()
    for table, schema in report_world.schemas().items():
        columns = set(allowed().get(table, {"columns": ()})["columns"])
        columns |= set(FOR_THE_CUBE.get(table, ()))
        if table == "indicator_values":
            continue
        rows = world.setdefault(table, [{}])
        for row in rows:
            secret = [name for name in schema.names if name not in columns]
            row |= {name: _planted(schema.field(name).type) for name in secret}
    return world


def test_no_cell_of_another_table_or_column_is_in_the_bytes_of_the_public_part(tmp_path):
    world = _full_of_secrets()
    planted = {table for table, rows in world.items() if TEXT in map(str, _cells(rows))}
    assert {"waiting_list", "forecasts", "commentary", "decisions", "figure_steps"} <= planted
    made = public_world.made_of(tmp_path, world)
    found = {name: one for name, data in made.files.items() for one in PLANTS if one in data}
    assert found == {}


def _cells(rows: list[dict[str, Any]]) -> Iterator[Any]:
    return (cell for row in rows for cell in row.values())


def test_no_count_that_is_rounded_or_hidden_is_in_the_bytes_of_the_public_part(every_case):
    local = [row for row in every_case.world["indicator_values"] if row["basis"] == "local"]
    exact = {f"{row['value']:,.0f}" for row in local if row["indicator_id"] == WAITING}
    exact = {one for one in exact if int(one.replace(",", "")) % rules.ROUNDED_TO}
    assert len(exact) > 5
    read = (".html", ".csv")  # what describes them counts bytes, and a workbook numbers its rows
    for name, data in every_case.made.files.items():
        if not name.endswith(read):
            continue
        text = data.decode()
        numbers = set(re.findall(r"(?<![\d.,#])\d[\d,]*(?![\d.])", text))
        drawn = {one.replace(",", "") for one in exact} | exact
        assert not numbers & drawn, name


# What a rounded figure says.


def _line(public: Public, indicator_id: str) -> Element:
    return public.pages["scorecard.html"].all("tr", id=indicator_id)[0]


def test_a_rounded_figure_is_whole_says_so_and_is_not_judged(every_case):
    line = _line(every_case, WAITING)
    (latest,) = line.all("td", class_="cell-latest")
    assert "Latest 1,365 Rounded" in latest.text
    assert "Not rated" in line.text
    assert "It is rounded, so chance and change look alike." in line.text
    assert "Up about 160" in line.text


def test_an_exact_figure_is_judged_as_the_partnership_sees_it(every_case):
    line = _line(every_case, PLANS)
    assert "37.1%" in line.text and "Rounded" not in line.text
    assert "Red: off course" in line.text and "Real improvement" in line.text


def test_a_hidden_figure_says_why(every_case):
    why = report_world.family_text(every_case.world, "disclosure")
    assert why in _line(every_case, VISITS).text
    gaps = every_case.pages["data-quality.html"].all("ul", id="gaps-disclosure")[0].text
    for name in (VISITS, LONG):
        assert report_world.title_of(every_case.world, name) in gaps


def test_a_chart_of_a_rounded_series_shows_rounded_points_and_no_expected_range(every_case):
    for page in every_case.pages.values():
        for figure in page.all("figure", id=f"trend-{WAITING}"):
            numbers = [int(float(one.attributes["value"])) for one in figure.all("data")]
            assert numbers and {number % rules.ROUNDED_TO for number in numbers} == {0}
            bands = [one for svg in figure.all("svg", role="img") for one in
                     svg.all("g", class_="band") if one.children]  # fmt: skip
            assert bands == []
            return
    raise AssertionError("no page draws the waiting list")


def test_a_hidden_month_breaks_the_line_of_a_rounded_series(every_case):
    (figure,) = every_case.pages["my-support-needs.html"].all("figure", id=f"trend-{AVERAGE}")
    assert [len(svg.all("g", class_="gap")) for svg in figure.all("svg", role="img")] == [1, 1]


def test_a_rounded_figure_is_never_called_better_worse_or_off_course(every_case):
    """Chance cannot be told from rounding."""
    for name in ("index.html", "scorecard.html"):
        for kind in ("better", "worse", "off_course"):
            for box in every_case.pages[name].all("div", class_=f"box-{kind}"):
                told = {place.split("/")[1] for place, _ in places(box) if "/" in place}
                assert not told & set(public_world.RULES)


def test_a_promise_that_rests_on_rounded_figures_is_shown_and_not_judged(every_case):
    page = every_case.pages["roadmap.html"]
    (row,) = [row for row in page.all("tr") if "about" not in row.text and "1,365" in row.text]
    assert "Not judged: figures are rounded or hidden" in row.text


# What everybody reads.


def test_the_first_page_answers_what_families_ask_first(every_case):
    page = every_case.pages["index.html"]
    asked = [one.text for one in page.all("h3")]
    assert "How long is the wait for speech and language therapy?" in asked
    (speech,) = [one for one in page.all("li") if "cases of slt waiting" in one.text]
    assert "about 1,365 in October 2025, about 1,205 a year before" in speech.text


def test_a_question_without_a_measure_is_not_asked(every_case):
    assert every_case.pages["index.html"].all("h3", id="reviews") == []


def test_pages_lead_to_every_public_file(every_case):
    links = {one.attributes["href"] for one in every_case.pages["about.html"].all("a")}
    files = {name for name in every_case.made.files if not name.startswith("report/")}
    assert {f"../{name}" for name in files} <= links


def test_the_choices_stand_without_their_source_which_holds_working_notes(every_case):
    sources = {row["source"] for row in every_case.world["parameters"]}
    assert "A proposal" in sources
    (table,) = every_case.pages["about.html"].all("table", id="parameters-table")
    assert [one.text for one in table.all("th", scope="col")] == ["Choice", "Value", "Unit"]
    told = {name for name, page in every_case.pages.items() for one in sources if one in page.text}
    assert told == set()


def test_what_the_pages_say_of_hiding_is_what_the_rules_do(every_case):
    (section,) = every_case.pages["about.html"].all("section", id="hidden")
    steps = sorted({rules.in_cube(code).rounded_to for code in rules.RULES})
    for said in (
        f"Counts of 1 to {rules.LEAST_SHOWN - 1} are hidden",
        f"rounded to the nearest {steps[0]}, some to the nearest {steps[1]}.",
        f"needs at least {rules.LEAST_BASE} in the group",
        f"An average needs at least {rules.LEAST_CASES}, "
        f"a long wait at least {rules.LEAST_CASES_OF_A_TAIL}.",
    ):
        assert said in section.text
    symbols = {one.text for one in section.all("dt")}
    assert {rule.symbol for rule in rules.RULES.values()} <= symbols
    others = (rules.UNAVAILABLE, rules.NOT_APPLICABLE, rules.UNRELIABLE, rules.ROUNDS_TO_ZERO)
    assert set(others) <= symbols


@pytest.mark.parametrize(
    "words", ["For the Board", "decision log", "No note was sent", "owner says", "a workbook"]
)
def test_no_page_speaks_to_the_board_or_of_what_is_not_there(shown, words):
    told = {name for name, page in shown.pages.items() if words.lower() in page.text.lower()}
    assert told == set()


def test_a_month_with_a_late_sender_names_no_file_of_anybody(every_case):
    """Deliveries are the partnership's own business."""
    assert "did not come" not in every_case.pages["scorecard.html"].text
