"""What is counted once and kept equals what is counted again, whatever has changed in between.

Over random histories of all feeds that lean on each other: a month later, a delivery corrected, one
withdrawn, one that comes late, other closures, another identity map, an earlier month again. Each
time the test checks the names of what was counted again. The parts, steps and inputs of all figures
must equal a count from nothing.
"""

from __future__ import annotations

import copy
import hashlib
import json
import random
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from ingest.store.durable import sha256_of
from orchestration.run import kept_parts
from tests.figures.test_restated_histories import FIRST, SECOND, WIRRAL, Deliveries, histories
from tests.worlds.lakes import GENERATION, place, prepare_lake, run_dbt, submission_of, write_run

SUMMED = (
    "int_local_parts__counted",
    "int_local_steps__counted",
    "int_figure_inputs__listed",
    "int_cohort_people__found",
    "int_case_events__told",
    "int_case_forecasts__counted",
)
"""What rests on cases: sums, the people of every month, and what lies ahead."""
PROMISES = "test_type:generic"
"""What tables promise of their rows. These tables equal tables counted from nothing, and those are
asked for all promises in test_restated_histories."""
URN = "105100"
LATE = ("social_care", FIRST)
"""A delivery that has not come when the months are counted first."""
LEANING = ("sen2_ehc", "annual_reviews", "ehc_advice", "social_care", "transition")
Delivered = dict[tuple[str, str, str, str], dict]
"""Tables by feed, sender, month and version."""


class World:
    """A data folder in which months are counted one after the other."""

    def __init__(self, home: Path) -> None:
        self.home, self.has_seeds = prepare_lake(home), False
        self.first: dict[str, list[tuple]] = {}
        """What the figures of the first month rest on, counted while nothing was kept."""

    def count(self, deliveries: Delivered, month: str) -> dict[str, str]:
        """Count a month; gives the feeds and months that were counted again, with the reason."""
        kept_parts.begin(self.home, GENERATION)
        submissions = []
        for (feed, sender, period, version), tables in deliveries.items():
            rows = sum(map(len, tables.values()))
            submission = submission_of(feed, sender, period, rows, version)
            submissions.append(submission | {"verdict": "used"})
            place(self.home / "lake", submission, **tables)
        write_run(self.home, submissions, month, date(2025, 6, 20))
        seeds = ["--exclude-resource-type", "seed"] if self.has_seeds else []
        run_dbt(
            self.home, "build", "--exclude-resource-type", "unit_test", *seeds,
            "--indirect-selection", "buildable", "--select", *(f"+{model}" for model in SUMMED),
            "--exclude", PROMISES,
        )  # fmt: skip
        self.has_seeds = True
        counted = pq.read_table(self.home / "counting/submissions.parquet").to_pylist()
        kept_parts.keep(self.home, GENERATION)
        return {f"{one['feed']} {one['period_start']:%Y-%m}": one["reason"] for one in counted}

    def count_from_nothing(self, deliveries: Delivered, month: str) -> dict[str, list[tuple]]:
        """Count a month as if none had been counted before, and give what figures rest on."""
        shutil.move(self.home / "counted", self.home / "aside")
        self.count(deliveries, month)
        rows = self.rows()
        shutil.rmtree(self.home / "counted")
        shutil.move(self.home / "aside", self.home / "counted")
        return rows

    def rows(self) -> dict[str, list[tuple]]:
        """What the figures of the month counted last rest on."""
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as connection:
            return {
                model: connection.sql(f"select * from intermediate.{model} order by all").fetchall()
                for model in SUMMED
            }


def delivered(month: str, told: Deliveries, version: str = "used") -> Delivered:
    return {
        (feed, sender, month, version): tables
        for (feed, sender), tables in told.items()
        if (feed, month) != LATE
    }


def of(month: str, *feeds: str) -> set[str]:
    return {f"{feed} {month}" for feed in feeds}


def corrected(tables: dict, name: str, column: str) -> dict:
    """The delivery with one day a month earlier."""
    again = copy.deepcopy(tables)
    row = next(row for row in again[name] if row.get(column))
    row[column] = date(2024, 12, 3)
    return again


def of_children(persons: list[dict]) -> Deliveries:
    """What other feeds of the council tell of the children of these rows of the casework.

    Of the first one the casework knows no number but the ULN, so that a map alone tells who it is.
    """
    spells, moves, absences = [], [], []
    for person in persons:
        child = {"source_row": person["source_row"], "upn_id": person["upn_id"]}
        child |= {"has_valid_upn": True, "birth_month": person["birth_month"], "sen_status": "E"}
        number = {"child_id": person["upn_id"]}
        spells.append(child | number | {"status": "CIN", "spell_start": date(2024, 3, 1)})
        moves.append(
            child
            | {"transition_type": "y6_y7", "transition_date": date(2025, 9, 1)}
            | {"passport_date": date(2025, 2, 28), "vocational_profile_date": date(2025, 1, 6)}
        )
        absences.append(
            child
            | number
            | {"status": "CME", "start_date": date(2025, 1, 7), "absence_reason": "medical"}
            | {"absence_start": date(2025, 1, 7), "previous_urn": URN}
        )
    persons[0]["upn_id"], persons[0]["uln_id"] = None, "a ULN"
    return {
        ("social_care", WIRRAL): {"spells": spells},
        ("transition", WIRRAL): {"moves": moves},
        ("cme_ehe", WIRRAL): {"spells": absences},
    }


@pytest.fixture(scope="module")
def told() -> Deliveries:
    """Plans name one school, and some exceptions have no ground but its closure.

    Social care, the register of moves and that of children out of school know three children.
    """
    deliveries = histories(random.Random(7))
    casework = deliveries["sen2_ehc", WIRRAL]
    casework["plandetail"] = [
        {"source_row": plan["source_row"], "plandetailtableid": plan["namedplantableid"]}
        | {"namedplantableid": plan["namedplantableid"], "urn": URN, "placementrank": 1}
        for plan in casework["namedplan"]
    ]
    planned = {plan["namedplantableid"] for plan in casework["namedplan"]}
    children = [
        person
        for person in casework["person"]
        if person["persontableid"] in planned and person["birth_month"] > date(2010, 1, 1)
    ]
    return deliveries | of_children(children[:3])


@pytest.fixture(scope="module")
def two_months(
    told: Deliveries, tmp_path_factory: pytest.TempPathFactory
) -> tuple[World, Delivered]:
    """A world in which a month was counted, and then another one."""
    world = World(tmp_path_factory.mktemp("kept"))
    first, both = delivered(FIRST, told), delivered(FIRST, told) | delivered(SECOND, told)
    assert set(world.count(first, FIRST).values()) == {"new"}
    world.first = world.rows()
    counted = world.count(both, SECOND)
    assert {name for name, reason in counted.items() if reason == "new"} == of(
        SECOND, *(feed for feed, _ in told)
    )
    return world, both


def test_a_month_counted_beside_a_kept_one_is_the_month_counted_from_nothing(two_months) -> None:
    world, both = two_months
    kept = world.rows()
    assert {name: len(rows) > 20 for name, rows in kept.items()} == dict.fromkeys(SUMMED, True)
    assert world.count_from_nothing(both, SECOND) == kept


def test_an_earlier_month_after_a_later_one_finds_its_parts(two_months, told) -> None:
    world, _ = two_months
    counted = world.count(delivered(FIRST, told), FIRST)
    assert list(counted.values()) == []
    assert world.rows() == world.first


CLOSED = [
    {"source_row": 2, "urn": URN, "closed_from": date(2024, 12, 21), "reopens": date(2025, 1, 6)},
    {"source_row": 3, "urn": URN, "closed_from": date(2025, 4, 5), "reopens": date(2025, 4, 21)},
]
"""Holidays of a school, too short to extend a limit of the casework."""


def counts_of(rows: dict[str, list[tuple]], indicator: str) -> dict[str, int]:
    """How many count in each month, all together."""
    return {
        f"{start:%Y-%m}": numerator
        for name, _, kind, start, _, _, value, numerator, *_ in rows["int_local_parts__counted"]
        if (name, kind, value) == (indicator, "month", "all")
    }


def test_what_came_late_a_correction_a_map_and_closures_recount_what_takes_from_them(
    two_months, told
) -> None:
    """What leans on them is counted wrongly unless it is counted again."""
    world, both = two_months
    known = told["social_care", WIRRAL]["spells"][0]["upn_id"]
    link = {"source_row": 2, "nhs_id": "n", "upn_id": known, "uln_id": "a ULN"}
    history = both | {
        ("social_care", WIRRAL, FIRST, "used"): told["social_care", WIRRAL],
        ("identity_map", WIRRAL, SECOND, "used"): {
            "identities": [link | {"valid_from": date(2025, 3, 15)}]
        },
        ("school_closures", WIRRAL, SECOND, "used"): {"closures": CLOSED},
    }
    absences = history.pop(("cme_ehe", WIRRAL, FIRST, "used"))
    corrected_absences = corrected(absences, "spells", "start_date")
    history["cme_ehe", WIRRAL, FIRST, "corrected"] = corrected_absences
    counted = world.count(history, SECOND)
    kept = world.rows()
    assert world.count_from_nothing(history, SECOND) == kept
    assert counted == {
        **dict.fromkeys(of(FIRST, *LEANING) | of(SECOND, *LEANING), "rests on what changed"),
        f"social_care {FIRST}": "new",
        f"cme_ehe {FIRST}": "corrected",
        f"cme_ehe {SECOND}": "rests on what changed",
    }
    assert counts_of(kept, "ehcp_cin_pct") == {FIRST: 2, SECOND: 3}
    assert counts_of(kept, "medical_absence_no_provision_n") == {FIRST: 3, SECOND: 3}


@pytest.mark.soak
@pytest.mark.parametrize(
    ("feed", "month", "table", "column"),
    [
        ("annual_reviews", FIRST, "reviews", "meeting_date"),
        ("social_care", SECOND, "spells", "spell_start"),
        ("transition", FIRST, "moves", "passport_date"),
    ],
)
def test_after_a_correction_what_leans_on_it_is_counted_again_and_nothing_else(
    two_months, feed, month, table, column
) -> None:
    world, both = two_months
    world.count(both, SECOND)
    before = world.rows()
    middle = (feed, WIRRAL, month)
    changed = corrected(both[*middle, "used"], table, column)
    history = {key: tables for key, tables in both.items() if key[:3] != middle}
    history[*middle, "corrected"] = changed
    leaning = {feed for feed, _, when, _ in both if when == month} & {*LEANING}
    again = dict.fromkeys(of(month, *leaning), "rests on what changed")
    assert world.count(history, SECOND) == again | {f"{feed} {month}": "corrected"}
    kept = world.rows()
    assert world.count_from_nothing(history, SECOND) == kept
    assert world.count(both, SECOND) == {}
    assert world.rows() == before


@pytest.mark.soak
@pytest.mark.parametrize(
    ("withdrawn", "again"),
    [
        ({("ehc_advice", SECOND)}, of(SECOND, *LEANING) - of(SECOND, "ehc_advice")),
        (
            {("annual_reviews", FIRST)},
            of(FIRST, *LEANING) - of(FIRST, "annual_reviews", "social_care"),
        ),
        ({("nd_pathway", FIRST), ("nd_pathway", SECOND)}, set()),
    ],
    ids=["newest", "middle", "two in a row"],
)
def test_after_a_withdrawal_what_leant_on_it_is_counted_again(two_months, withdrawn, again) -> None:
    world, both = two_months
    world.count(both, SECOND)
    history = {key: tables for key, tables in both.items() if (key[0], key[2]) not in withdrawn}
    assert set(world.count(history, SECOND)) == again
    kept = world.rows()
    assert world.count_from_nothing(history, SECOND) == kept


@pytest.mark.soak
def test_parts_that_are_not_what_is_counted_stop_the_month(two_months) -> None:
    """One kept submission is counted again each month; here no part is what was counted."""
    world, both = two_months
    world.count(both, SECOND)
    shutil.copytree(world.home / "counted", world.home / "aside")
    for pack in sorted((world.home / "counted").glob("[!n]*/steps.parquet")):
        table = pq.read_table(pack)
        name = table.column_names.index("row_count")
        more = pc.add(table["row_count"], 1)
        pq.write_table(table.set_column(name, "row_count", more), pack)
        facts = json.loads((pack.parent / "pack.json").read_text())
        facts["files"]["steps.parquet"] = sha256_of(pack)
        data = json.dumps(facts, sort_keys=True).encode()
        (pack.parent / "pack.json").write_bytes(data)
        pack.parent.rename(world.home / "counted" / hashlib.sha256(data).hexdigest()[:16])
    with pytest.raises(AssertionError, match="a_kept_submission_counted_again_gives_the_same"):
        world.count(both, SECOND)
    shutil.rmtree(world.home / "counted")
    shutil.move(world.home / "aside", world.home / "counted")


@pytest.mark.soak
def test_closures_recount_the_casework_and_change_its_figures(two_months) -> None:
    world, both = two_months
    world.count(both, SECOND)
    before = world.rows()
    closures = [
        {"source_row": 2, "urn": URN, "closed_from": date(2023, 9, 1), "reopens": date(2025, 2, 1)}
    ]
    history = both | {("school_closures", WIRRAL, SECOND, "used"): {"closures": closures}}
    counted = world.count(history, SECOND)
    again = of(FIRST, *LEANING, "cme_ehe") | of(SECOND, *LEANING, "cme_ehe")
    assert {*counted} == again - {" ".join(LATE)}
    kept = world.rows()
    assert kept["int_local_parts__counted"] != before["int_local_parts__counted"]
    assert world.count_from_nothing(history, SECOND) == kept


@pytest.mark.soak
def test_a_map_of_identities_that_brings_no_two_rows_together_recounts_nothing(two_months) -> None:
    world, both = two_months
    world.count(both, SECOND)
    match = {"source_row": 2, "nhs_id": "n", "upn_id": "3", "valid_from": date(2020, 1, 1)}
    history = both | {("identity_map", WIRRAL, SECOND, "used"): {"identities": [match]}}
    assert world.count(history, SECOND) == {}
    kept = world.rows()
    assert world.count_from_nothing(history, SECOND) == kept
