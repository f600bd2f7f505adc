"""The files of all local feeds: month by month, about one population an area.

People are invented, their numbers come from ranges reserved for testing, and nobody has a name.
Every delivery of an area is cut from the same lives, so later months agree with earlier ones, and
the files of one service know the children of another.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

from ingest.partnership import choose, chosen_folder, partnership

from . import (
    annual_reviews,
    board_decisions,
    ccis,
    cyp_mh,
    ehc_advice,
    ehc_cases,
    identity_map,
    nd_pathway,
    school_closures,
    sen2_ehc,
    sen2_forms,
    therapy_ptl,
    tribunals,
)
from .days import month_end
from .declared import DeclaredArea, Sending, contract_defects, sendings
from .defects import KEY_COLUMNS, plant
from .ehc_people import add_people
from .feed_defects import DEFECTS, xml_defects
from .files import Sheet, csv_bytes, manifest_bytes, table_rows, xlsx_parts, zip_bytes
from .identifiers import AREAS
from .population import Known, area_scale, children
from .randomness import Draws
from .roll import patients, pupils
from .sen2_forms import row_lines

FEEDS = tuple(DEFECTS)
"""The feeds that are simulated; the others are those that YAML describes."""
Tables = dict[str, pd.DataFrame]
Submission = tuple[str, str, Callable[[], Tables]]
Files = dict[str, tuple[bytes, int]]
"""Contents and rows of data by the end of the file name, such as ``.csv`` or ``_person.csv``."""

_EXTRACT_DAYS = 3
"""Senders extract at 06:00 on the third day after the month end."""

_DATES = {
    "therapy_ptl": therapy_ptl.DATES, "annual_reviews": annual_reviews.DATES,
    "ehc_advice": ehc_advice.DATES, "tribunals": tribunals.DATES,
}  # fmt: skip


@dataclass(frozen=True)
class Area:
    """One area's lives: by sender for the NHS, whole for the council."""

    number: int
    scale: float
    therapy: dict[str, pd.DataFrame]
    neurodevelopmental: dict[str, pd.DataFrame]
    mental_health: dict[str, pd.DataFrame]
    cases: pd.DataFrame
    reviews: pd.DataFrame
    disputes: pd.DataFrame
    seed: int

    @property
    def council(self) -> str:
        """The council's code as a sender."""
        return partnership().local_area if self.number == 1 else f"Z{self.number:03d}L"

    def draws(self, scope: str) -> Draws:
        """Give the area's own stream of a scope."""
        return Draws(self.seed, f"area {self.number}", scope)


def write_deliveries(
    folder: Path,
    months: Sequence[str],
    *,
    seed: int = 2024,
    areas: int = 1,
    defects: float = 0.0,
    feeds: Collection[str] | None = None,
    watch: Callable[[int, str], None] = lambda area, month: None,
    processes: int = 1,
) -> pd.DataFrame:
    """Write every sender's submissions, with their manifests, for each month into ``folder``.

    Area 1 is the local one: its partnership says who sends what, and the council sends the rest.
    Area k, half to twice as large,
    has Z<k>A and Z<k>B, Z<k>C, Z<k>M and Z<k>L. School closures come with the first month asked
    and with each September. The Board's decisions are area 1's alone. Feeds that YAML
    describes come from the senders and in the months that it and the contract name.

    Args:
        folder: where the files go; made if absent.
        months: reporting months ``YYYY-MM``, 2023-01 to 2030-12, in any order and number: the
            bytes of a file do not depend on the other months.
        seed: same seed, same bytes.
        areas: how many areas deliver; children of the first three share no number, of more than
            three areas some share an NHS number or a ULN (never a UPN).
        defects: share of rows (0 to 1) that carry one planted defect each; up to 0.01 no file
            reaches the limit at which it would be refused.
        feeds: which feeds to write, by default all; the files of one do not depend on the others.
        watch: receives the number of the area and the month of the files that are begun.
        processes: how many write months side by side. Each takes some seconds to make the lives
            of an area.

    Returns:
        The answer key: one row per row touched by a planted defect (``file_name, source_row,
        column, defect, expected_outcome, rule, table``). Source rows count from 1 with the
        header; in XML they are the lines on which the rows begin.
    """
    _check(months, areas, defects)
    folder.mkdir(parents=True, exist_ok=True)
    asked = sorted(set(months))
    writer = _Writer(folder, asked[0], asked[-1], seed, defects, feeds and [*feeds])
    wanted = [(number, month) for number in range(1, areas + 1) for month in asked]
    keys = []
    if processes == 1:
        for number, month in wanted:
            watch(number, month)
            keys += writer.write(number, month)
    else:
        spawning = multiprocessing.get_context("spawn")  # a fork would inherit pyarrow's locks
        told = (chosen_folder(), writer)
        with ProcessPoolExecutor(processes, spawning, _begin_there, told) as pool:
            written = pool.map(_write_there, *zip(*wanted, strict=True))
            for number, month in wanted:
                watch(number, month)
                keys += next(written)
    return pd.DataFrame(keys, columns=list(KEY_COLUMNS))


@dataclass
class _Writer:
    """Writes the files of one month of one area at a time; lives are made once an area."""

    folder: Path
    first: str
    last: str
    seed: int
    defects: float
    feeds: Collection[str] | None
    _lives: tuple[Area, DeclaredArea] | None = field(default=None, init=False)

    def write(self, number: int, month: str) -> list[tuple[object, ...]]:
        """Write all files of a month; return its part of the answer key."""
        if self._lives is None or self._lives[0].number != number:
            area = simulate(number, self.seed, month_end(self.last))
            self._lives = area, declared_area(area, self.last)
        area, declared = self._lives
        keys = []
        has_closures = month == self.first or month.endswith("-09")
        for feed, sender, cut in _submissions(area, month, has_closures=has_closures):
            if self.feeds is None or feed in self.feeds:
                keys += _write(self.folder, feed, sender, month, cut(), area, self.defects)
        for sending in sendings(number, area.council, month):
            if self.feeds is None or sending.contract.feed in self.feeds:
                keys += _write_declared(self.folder, sending, declared, self.defects)
        return keys


_there: _Writer | None = None
"""The writer of this process, where it writes for another one."""


def _begin_there(partnership_folder: Path, writer: _Writer) -> None:
    global _there
    choose(partnership_folder)
    _there = writer


def _write_there(number: int, month: str) -> list[tuple[object, ...]]:
    return _there.write(number, month)


def _check(months: Sequence[str], areas: int, defects: float) -> None:
    outside = [month for month in months if not "2023-01" <= month <= "2030-12"]
    if not months or outside:
        raise ValueError(f"months must lie between 2023-01 and 2030-12, not {outside or 'none'}")
    if not (1 <= areas <= AREAS and 0 <= defects <= 1):
        raise ValueError(f"areas must be 1 to {AREAS}, and defects a share between 0 and 1")


def simulate(number: int, seed: int, last_day: int) -> Area:
    """Simulate one area up to a day, from the children whom most services know to the fewest."""
    scale = area_scale(number, seed)
    therapy = therapy_ptl.sender_lives(number, seed, last_day)
    known = children(*therapy.values())
    neuro = nd_pathway.sender_lives(number, seed, scale, last_day, known)
    known = children(*therapy.values(), *neuro.values())
    mental = cyp_mh.sender_lives(number, seed, scale, last_day, known)
    known = children(*therapy.values(), *neuro.values(), *mental.values())
    cases = ehc_cases.simulate(number, seed, scale, last_day, known)
    cases = add_people(cases.assign(area=number), number, Draws(seed, f"area {number}", "ehc"))
    reviews = annual_reviews.simulate(cases, Draws(seed, f"area {number}", "reviews"))
    disputes = tribunals.simulate(cases, reviews, Draws(seed, f"area {number}", "tribunals"))
    return Area(number, scale, therapy, neuro, mental, cases, reviews, disputes, seed)


def declared_area(area: Area, last_month: str) -> DeclaredArea:
    """The children of an area as the declared feeds see them, up to a month."""
    draws = area.draws("roll")
    return DeclaredArea(
        area.number,
        area.scale,
        area.seed,
        last_month,
        cache(lambda: patients(_known(area), area.cases, area.number, draws)),
        cache(lambda: pupils(area.cases, area.number, area.scale, draws, area.draws("ehc"))),
    )


def _known(area: Area) -> Known:
    nhs = (area.therapy, area.neurodevelopmental, area.mental_health)
    return children(*(lives for senders in nhs for lives in senders.values()))


def tables_of(area: Area, month: str) -> dict[str, Tables]:
    """Cut one submission of every feed of an area for a month; of several senders the last."""
    return {feed: cut() for feed, _, cut in _submissions(area, month, has_closures=True)}


def _submissions(area: Area, month: str, *, has_closures: bool) -> Iterator[Submission]:
    """Give the submissions of a month, not yet cut: feed, sender, tables."""
    number = area.number
    for sender, lives in area.therapy.items():
        yield "therapy_ptl", sender, _table("referrals", therapy_ptl.snapshot, lives, month)
    for sender, lives in area.neurodevelopmental.items():
        yield "nd_pathway", sender, _table("referrals", nd_pathway.snapshot, lives, number, month)
    for sender, lives in area.mental_health.items():
        yield "cyp_mh", sender, _table("referrals", cyp_mh.snapshot, lives, number, month)
    for feed, cut in _of_council(area, month):
        yield feed, area.council, cut
    if has_closures:
        cut = _table("closures", school_closures.snapshot, number, month)
        yield "school_closures", area.council, cut
    if number == 1:
        cut = _table("decisions", board_decisions.snapshot, month)
        yield "board_decisions", area.council, cut


def _of_council(area: Area, month: str) -> Iterator[tuple[str, Callable[[], Tables]]]:
    number, cases, reviews, ehc = area.number, area.cases, area.reviews, area.draws("ehc")
    yield "sen2_ehc", partial(sen2_ehc.snapshot, cases, reviews, area.disputes, month, ehc)
    own = area.draws("reviews")
    cut = _table("reviews", annual_reviews.snapshot, reviews, cases, number, month, own)
    yield "annual_reviews", cut
    yield "ehc_advice", _table("advice", ehc_advice.snapshot, cases, number, month, ehc)
    yield "tribunals", _table("appeals", tribunals.snapshot, area.disputes, cases, number, month)
    yield "ccis", _table("young_people", ccis.snapshot, cases, number, area.scale, month, ehc)
    own = area.draws("identity")
    yield "identity_map", _table("identities", identity_map.snapshot, cases, number, month, own)


def _table(name: str, cut: Callable[..., pd.DataFrame], *how: object) -> Callable[[], Tables]:
    return lambda: {name: cut(*how)}


def _write(
    folder: Path, feed: str, sender: str, month: str, tables: Tables, area: Area, defects: float
) -> list[tuple[object, ...]]:
    """Write one submission and its manifest; return its part of the answer key."""
    form = _form(feed, sender, month)
    extract = month_end(month) + _EXTRACT_DAYS
    planted: dict[str, list[tuple[int, ...]]] = {}
    for table in DEFECTS[feed]:
        scope = (sender, month) if feed == "therapy_ptl" else (feed, sender, month, table)
        kinds = xml_defects(feed, table) if form == "xml" else DEFECTS[feed][table]
        draws = Draws(area.seed, *scope)
        tables[table], planted[table] = plant(tables[table], defects, extract, draws, kinds)
    made = _files(feed, form, tables, area.number, month)
    return _sent(folder, (feed, sender, month), extract, made, form, planted)


def _write_declared(
    folder: Path, sending: Sending, area: DeclaredArea, defects: float
) -> list[tuple[object, ...]]:
    """The same for a feed that YAML describes; who has no row to tell of sends nothing."""
    feed, sender, month = sending.contract.feed, sending.sender, sending.month
    extract = month_end(month) + sending.extract_days
    tables, planted = area.cut(sending)
    if any(rows.empty and not sending.contract.table(n).may_be_empty for n, rows in tables.items()):
        return []
    for name, rows in tables.items():
        # Of counts a single wrong row refuses the file: there is no row to spoil.
        is_of_people = sending.contract.kind == "person"
        kinds = contract_defects(sending.contract.table(name), planted[name]) * is_of_people
        draws = Draws(area.seed, feed, sender, month, name)
        tables[name], more = plant(rows, defects, extract, draws, kinds)
        planted[name] = sorted([*planted[name], *more])
    form = sending.declared.form
    made = _table_files(form, tables, sending.dates)
    return _sent(folder, (feed, sender, month), extract, made, form, planted)


def _table_files(form: str, tables: Tables, dates: Sequence[str]) -> Files:
    """Plain tables as a workbook with a sheet for each, or as CSV, one file each."""
    if form == "xlsx":
        sheets = [Sheet(name, table_rows(rows, dates)) for name, rows in tables.items()]
        return {".xlsx": (zip_bytes(xlsx_parts(sheets)), sum(map(len, tables.values())))}
    return {
        f"_{name}.csv" if len(tables) > 1 else ".csv": (csv_bytes(rows), len(rows))
        for name, rows in tables.items()
    }


def _sent(
    folder: Path, names: tuple[str, str, str], extract: int, made: Files, form: str,
    planted: Mapping[str, list[tuple[int, ...]]],
) -> list[tuple[object, ...]]:  # fmt: skip
    """Write the files of a submission with their manifest; return its part of the answer key."""
    feed, sender, month = names
    stem = f"{feed}_{sender}_{month.replace('-', '')}_01"
    files = {stem + ending: file for ending, file in made.items()}
    for name, (data, _) in files.items():
        (folder / name).write_bytes(data)
    moment = f"{np.datetime64(extract, 'D')}T06:00:00"
    manifest = manifest_bytes(files, month, moment, sender)
    (folder / f"{stem}.manifest.csv").write_bytes(manifest)
    return [
        (stem + ending, *row, table)
        for table, rows in planted.items()
        if rows
        for ending, row in _located(rows, table, form, made)
    ]


def _located(
    rows: list[tuple[int, ...]], table: str, form: str, made: Files
) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Say in which file a spoilt row lies, and in XML on which line."""
    ending = f".{form}" if f".{form}" in made else f"_{table}.{form}"
    lines = row_lines(made[ending][0], table) if form == "xml" else []
    for source_row, *rest in rows:
        yield ending, (lines[source_row - 2] if lines else source_row, *rest)


def _form(feed: str, sender: str, month: str) -> str:
    """Say in which form a sender delivers in a month, so that every form occurs.

    The casework extract takes turns from 2023-01 on: workbook, CSV set, XML.
    """
    number = int(month[:4]) * 12 + int(month[5:]) - 1
    is_odd = int(month[5:]) % 2 == 1
    match feed:
        case "sen2_ehc":
            return ("xlsx", "csv", "xml")[number % 3]
        case "ccis":
            return "csv" if is_odd else "xml"
        case "ehc_advice":
            return "csv" if is_odd else "xlsx"
        case "annual_reviews" | "tribunals":
            return "xlsx"
        case "therapy_ptl":
            first = next(iter(therapy_ptl.senders(1)))
            return "csv" if sender == first or sender.endswith("A") else "xlsx"
    return "csv"


def _files(feed: str, form: str, tables: Tables, area: int, month: str) -> Files:
    """Write the tables of a submission in a form."""
    total = sum(len(rows) for rows in tables.values())
    ((_, rows), *more) = tables.items()
    if form == "xml" and more:
        return {".xml": (sen2_forms.xml(tables, ccis.la_code(area), month), total)}
    if form == "xml":
        return {".xml": (ccis.xml(rows, month), total)}
    if form == "xlsx" and more:
        return {".xlsx": (sen2_forms.workbook(tables), total)}
    if form == "xlsx":
        return _table_files(form, tables, _DATES[feed])
    if more:
        made = sen2_forms.csv_files(tables)
        return {f"_{part}.csv": (data, len(tables[part])) for part, data in made.items()}
    return _table_files(form, tables, ())
