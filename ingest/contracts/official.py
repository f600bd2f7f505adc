"""The shape of a contract for an official publication, and the list of them.

One YAML a publication in ``official/``: how its tables are recognised, which columns say period,
area and breakdown, which are figures with unit and text, what its symbols mean, when its editions
were published, and which sums and shares its columns promise. Reading is in
``ingest/readers/official``; nothing about a publication stands in Python.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ingest.written import read

FOLDER = Path(__file__).parent / "official"
_PLACEHOLDER = re.compile(r"\{(yyyy|yy|nn)([+-]\d)?\}")
FORMS = Literal["table", "banner", "guidance"]
LEVELS = Literal[
    "national", "region", "local_authority", "nhs_region", "icb", "sub_icb", "provider"
]


class _Strict(BaseModel):
    """A misspelt key in a contract is an error, not a silence."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Measure(_Strict):
    """One column of figures.

    Its name may hold ``{yy}`` or ``{yyyy}``, the year of the table's newest period, with ``+1``
    or ``-1`` behind, or ``{nn}``, any two digits.
    """

    unit: str = "count"
    text: str = ""
    as_: str | None = Field(default=None, alias="as")
    """The measure's lasting name, where the column's name changes from edition to edition."""
    also: tuple[str, ...] = ()
    """Other names under which editions have published the same column."""
    period: str | None = None
    """The measure's own period rule, where it differs from the row's."""
    since: int | None = None
    """Year of the newest period from which editions hold the column; before, none misses it."""
    until: int | None = None
    """Year of the newest period to which editions hold the column; after, none misses it."""


class Period(_Strict):
    """Which columns say when: a period and its kind, a first and last day, or neither."""

    column: str | None = None
    identifier: str | None = None
    reads: dict[str, str] = {}
    """Identifier, lower case -> rule, where the publisher's guidance differs from its words."""
    rule: str | None = None
    """The rule, where no column identifies the kind of period."""
    start: str | None = None
    end: str | None = None


class Geography(_Strict):
    """Which columns say where: by default those of the publisher's open-data standard."""

    level: LEVELS | None = None
    by: str | None = None
    """Column whose text decides the level, through ``levels``."""
    levels: dict[str, LEVELS] = {}
    """Start of the text, lower case -> level."""
    code: str | None = None
    name: str | None = None
    region_name: str | None = None
    """Rows whose ``code`` is ``all_code`` are the region that this column names."""
    all_code: str | None = None
    lookup: Literal["la_code", "la_name"] | None = None
    """Turns an authority's three-digit code or its name into its GSS code."""
    is_organisation: bool = False
    """Whether the area is an NHS organisation, whose code is also the area's."""


class Long(_Strict):
    """A table with one figure a row: columns for the measure, its words and its value."""

    measure: str
    value: str
    text: str | None = None
    units: dict[str, str] = {}
    """Pattern in the measure's words -> unit; a count where none matches."""


class Sum(_Strict):
    """A promise of the columns: the total is its parts together."""

    total: str
    parts: tuple[str, ...]


class Share(_Strict):
    """A promise of the columns: the share is ``of`` in 100 of ``within``, or other shares added."""

    share: str
    of: str | None = None
    within: tuple[str, ...] = ()
    plus: tuple[str, ...] = ()


class Table(_Strict):
    """One layout of one published table."""

    id: str
    title: str
    form: FORMS = "table"
    when: dict[str, str] = {}
    """Column -> lower-case text of its first cell, where two tables share all their columns."""
    headings: tuple[str, ...] = ()
    """Names of the columns of a file without a header."""
    looks: dict[int, str] = {}
    """Column number -> pattern of its cells, by which a file without a header is known."""
    title_like: str | None = None
    """Pattern in the text above the header, by which a table with banner rows is known."""
    period: Period = Period()
    geography: Geography = Geography()
    filters: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    """Columns that repeat or describe others and are no figures."""
    long: Long | None = None
    measures: dict[str, Measure] = {}
    repeats: tuple[str, ...] = ()
    """Columns that are meant to stand there more than once."""
    optional: tuple[str, ...] = ()
    """Filters or details that some editions lack."""
    symbols: dict[str, str] = {}
    zeros: tuple[str, ...] = ()
    sums: tuple[Sum, ...] = ()
    shares: tuple[Share, ...] = ()

    @model_validator(mode="after")
    def _promises_name_measures(self) -> Table:
        known = {measure.as_ or name for name, measure in self.measures.items()}
        named = {n for s in self.sums for n in (s.total, *s.parts)}
        for share in self.shares:
            named |= {share.share, *share.within, *share.plus} | ({share.of} - {None})
        if unknown := named - known:
            raise ValueError(f"table {self.id}: sums and shares of unknown {sorted(unknown)}")
        return self


class Published(_Strict):
    """The day on which the edition whose newest period ends between two days came out."""

    newest: tuple[date, date]
    day: date


class Rule(_Strict):
    """Where no day is listed: the last day of the nth month after the newest period's end.

    Tables of one release that end in different months, a December and the January after, have one
    day where ``through`` names the month in which the year of a release ends.
    """

    months: int
    text: str
    through: int | None = None


class Publication(_Strict):
    """All layouts of one publication and what they have in common."""

    dataset: str
    title: str
    publisher: str
    sender: str = Field(pattern=r"^[A-Z0-9]{3,12}$")
    """Whoever published the file, as submissions name it."""
    source: str
    dated_by: tuple[Literal["archive", "document", "generated_at"], ...] = ()
    """Dates inside the file that are the publisher's: known no earlier than these."""
    published: tuple[Published, ...] = ()
    rule: Rule | None = None
    signs: dict[str, str] = {}
    """Name of the first area -> label, where nothing else tells editions apart."""
    symbols: dict[str, str] = {}
    ignored: tuple[str, ...] = ()
    """Sheets that hold no figures."""
    tables: tuple[Table, ...]

    @model_validator(mode="after")
    def _has_a_date(self) -> Publication:
        if not (self.published or self.rule or self.dated_by):
            raise ValueError(f"{self.dataset}: nothing says when an edition was published")
        return self


@cache
def load_publications() -> tuple[Publication, ...]:
    """Every contract of ``official/``, in the order of its dataset."""
    found = [read(Publication, path) for path in sorted(FOLDER.glob("*.yaml"))]
    return tuple(sorted(found, key=lambda publication: publication.dataset))


@cache
def sender_of(dataset: str) -> str:
    """Code of the publisher of a dataset."""
    return next(p.sender for p in load_publications() if p.dataset == dataset)


@cache
def publishers() -> frozenset[str]:
    """Codes of the publishers of the official datasets."""
    return frozenset(p.sender for p in load_publications())


@cache
def column_pattern(name: str, year: int | None) -> re.Pattern[str]:
    """The pattern of a contract's column name; without a ``year`` any digits stand for one."""
    parts = _PLACEHOLDER.split(name)  # text, kind, step, text, kind, step, ..., text
    pattern = _marks(parts[0]).lstrip("_")
    for kind, step, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        pattern += _digits(kind, step, year) + _marks(text)
    return re.compile(pattern.rstrip("_"))


def plain(name: str) -> str:
    """A column name as compared: small letters and digits, everything else one underscore."""
    return _marks(name).strip("_")


def _marks(text: str) -> str:
    return re.sub("[^a-z0-9]+", "_", text.casefold())


def _digits(kind: str, step: str | None, year: int | None) -> str:
    """The digits that a placeholder stands for."""
    if kind == "nn" or year is None:
        return r"\d{4}" if kind == "yyyy" else r"\d{2}"
    named = year + int(step or 0)
    return str(named) if kind == "yyyy" else f"{named % 100:02d}"


def label_of(release: str, known_on: date) -> str:
    """What an edition is called: its newest month and its day."""
    return f"{release}_published_{known_on}"
