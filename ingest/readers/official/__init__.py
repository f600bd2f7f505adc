"""Every official statistics file, cell by cell, by the contracts beside those of the feeds."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from ingest.contracts.official import Publication, Rule, label_of, load_publications
from ingest.readers.official.banners import read_banner
from ingest.readers.official.cell_frame import COLUMNS, Cells
from ingest.readers.official.grids import File, Grid, open_file
from ingest.readers.official.guidance import read_guidance, reporting_day, symbols_of
from ingest.readers.official.headed_tables import read_table
from ingest.readers.official.periods import last_day
from ingest.readers.official.recognise import Match, by_standard, recognise
from ingest.refusals import Finding, Refused
from ingest.typed.examined import Content

__all__ = ["COLUMNS", "Edition", "read_official"]

STANDARD_ALONE = "a table of the open-data standard of the DfE that no contract knows"
_READERS = {"table": read_table, "banner": read_banner}


@dataclass(frozen=True)
class Edition:
    """One edition of a publication: ``cells`` has the columns ``COLUMNS``, a row a cell.

    Text columns of ``cells`` are categories; ``period_start`` and ``period_end`` are dates.
    ``known_how`` says where ``known_on`` comes from: ``manifest``, a date that the file states of
    itself (``archive``, ``document`` or ``generated_at``), ``contract`` (its list of publication
    days), ``rule`` (its rule after the newest period) or ``receipt``, before which nothing is
    known. ``release`` is the newest month of its periods; ``contents`` is by published table.
    """

    dataset: str
    edition: str
    published_on: date | None
    known_on: date
    known_how: str
    cells: pd.DataFrame
    findings: tuple[Finding, ...]
    release: str
    contents: dict[str, Content]


def read_official(
    data: bytes, name: str, *, stated_on: date | None = None, received_on: date = date.max
) -> Edition:
    """Read a delivered file of official statistics; ``name`` is for messages and ``source_file``.

    What it is, its content says: archives are unpacked, headers compared with the contracts.
    ``stated_on`` is the day of publication that its manifest states.

    Raises:
        Refused: R-NAME, when no table of it is known; R-ENC, R-HDR, R-ROW or R-SHEET, when it is
            damaged or no table at all; R-EMPTY, when its tables hold no rows; R-PERIOD, when
            nothing says when it was published, or ``stated_on`` lies within its figures.
    """
    tables = _Tables()
    file = open_file(data, name, tables.take)
    publication = _publication(tables, file, name)
    findings = [*file.findings, *tables.read_unlisted(publication)]
    cells = tables.cells
    for source_file, text in file.guidance.items():
        findings += read_guidance(text, source_file, f"{name}#{source_file}", cells)
        findings += _symbol_findings(text, tables.publications, f"{name}#{source_file}")
    if not cells:
        found, action = "columns without figures", "download the file again"
        raise Refused("R-EMPTY", name, found, "at least one row of figures", action)
    frame = cells.frame()
    days = [*frame["period_end"].cat.categories, *map(reporting_day, file.guidance.values())]
    newest = max(filter(None, days), default=None)
    published_on, known_on, known_how = _known(
        publication, newest, file.dates, name, stated_on, received_on
    )
    release = _label(publication, frame, newest)
    return Edition(
        publication.dataset,
        label_of(release, known_on),
        published_on,
        known_on,
        known_how,
        frame,
        tuple(findings),
        release,
        tables.contents(frame),
    )


class _Tables:
    """The published tables of one file, each read as soon as its grid is there."""

    def __init__(self) -> None:
        """Start before the first."""
        self.cells = Cells()
        self.publications: list[Publication] = []
        """Of each table that was read."""
        self.unlisted: list[Grid] = []
        """Grids that are like no table of a contract."""
        self._findings: list[Finding] = []
        self._hashes: dict[str, hashlib._Hash] = {}
        self._rows: Counter[str] = Counter()

    def take(self, grid: Grid) -> None:
        """Read a grid that a contract knows; keep one that none does."""
        match = recognise(grid)
        if match:
            self._read(match)
        else:
            self.unlisted.append(grid)

    def _read(self, match: Match) -> None:
        table = match.table
        self.publications.append(match.publication)
        digest = self._hashes.setdefault(table.id, hashlib.sha256())
        self._rows[table.id] += len(match.grid.rows)
        for row in match.grid.rows:
            digest.update("\x1f".join(cell or "" for cell in row).encode() + b"\x1e")
        self._findings += _READERS[table.form](match, self.cells)

    def read_unlisted(self, publication: Publication) -> list[Finding]:
        """Read tables without a contract by the publisher's standard, or name them in a finding.

        Returns:
            The findings on all tables.
        """
        unread = []
        for grid in self.unlisted:
            if grid.sheet in publication.ignored or not grid.rows:
                continue
            if match := by_standard(grid, publication):
                self._read(match)
            else:
                header = ", ".join(filter(None, grid.rows[0][:8]))
                message = f"a table without a contract, which is not read; it begins: {header}"
                action = "agree a contract for this table"
                unread.append(Finding("OFF-FILE", "withhold", grid.where, message, action))
        return [*unread, *self._findings]

    def contents(self, cells: pd.DataFrame) -> dict[str, Content]:
        """The content of each published table, over all grids of the file that hold it."""
        tables, days = cells["table"].cat, cells["period_end"].cat
        is_met = np.zeros((len(tables.categories) + 1, len(days.categories) + 1), bool)
        is_met[tables.codes, days.codes] = True
        newest = {
            table: max(days.categories[met], default="")
            for table, met in zip(tables.categories, is_met[:-1, :-1], strict=True)
        }
        return {
            table: Content(digest.hexdigest(), self._rows[table], str(newest.get(table, "")))
            for table, digest in self._hashes.items()
        }


def is_official(data: bytes, name: str) -> bool:
    """Whether ``read_official`` knows the file; a damaged one is not known."""
    known: list[bool] = []
    try:
        file = open_file(data, name, lambda grid: known.append(recognise(grid) is not None))
    except Refused:
        return False
    return bool(file.guidance) or any(known)


def _label(publication: Publication, frame: pd.DataFrame, newest: date | None) -> str:
    """The newest month of the edition, or what its contract says by its first area."""
    first = frame["geo_name"].iloc[0] if len(frame) else None
    return publication.signs.get(first) or (f"{newest:%Y-%m}" if newest else "undated")


def _publication(tables: _Tables, file: File, name: str) -> Publication:
    """The publication that most tables belong to."""
    if tables.publications:
        times = Counter(publication.dataset for publication in tables.publications)
        wanted = times.most_common(1)[0][0]
        return next(one for one in tables.publications if one.dataset == wanted)
    for text in file.guidance.values():
        for publication in load_publications():
            if text.casefold().lstrip().startswith(publication.title.casefold()):
                return publication
    is_standard = any(by_standard(g, load_publications()[0]) for g in tables.unlisted if g.rows)
    raise Refused(
        "R-NAME",
        name,
        STANDARD_ALONE if is_standard else "a file that matches no known publication",
        "a table, workbook or archive of one of: "
        + ", ".join(publication.dataset for publication in load_publications()),
        "ask the data team to add a contract for this publication",
    )


def _known(
    publication: Publication,
    newest: date | None,
    dates: dict[str, date],
    name: str,
    stated_on: date | None,
    received_on: date,
) -> tuple[date | None, date, str]:
    """When the edition came out, and since when these bytes can be known.

    The day that manifest or file states, else the contract's; never after the day of receipt. A
    date inside the file that lies before the listed day, or within the newest period, is no day of
    publication.
    """
    listed = [
        p.day for p in publication.published if newest and p.newest[0] <= newest <= p.newest[1]
    ]
    day, how = (listed[0], "contract") if listed else (date.max, "receipt")
    if not listed and publication.rule and newest:
        day, how = _rule_day(publication.rule, newest), "rule"
    published_on = None if how == "receipt" else day
    inside = {kind: dates[kind] for kind in publication.dated_by if kind in dates}
    if inside:
        kind = max(inside, key=lambda kind: inside[kind])
        is_credible = inside[kind] >= listed[0] if listed else _is_over(newest, inside[kind])
        if is_credible or how == "receipt":
            day, how = inside[kind], kind
    if stated_on:
        _refuse_unfinished(name, publication, newest, stated_on)
        day, how = stated_on, "manifest"
    if day == received_on == date.max:
        raise Refused(
            "R-PERIOD",
            name,
            "no publication date",
            "a period, or a date inside the file",
            "add the publication day of this edition to the contract",
        )
    if day > received_on:
        day, how = received_on, "receipt"
    return published_on, day, how


def _rule_day(rule: Rule, newest: date) -> date:
    """The day by which a release is out, whichever of its tables is asked."""
    month = newest.month
    if rule.through:
        month = rule.through + (12 if month > rule.through else 0)
    return last_day(newest.year, month + rule.months)


def _refuse_unfinished(
    name: str, publication: Publication, newest: date | None, stated_on: date
) -> None:
    """Refuse a day of publication within the figures, but of a year that is published to date."""
    rule = publication.rule
    is_to_date = rule and newest and _rule_day(rule, newest) <= newest
    if not _is_over(newest, stated_on) and not is_to_date:
        raise Refused(
            "R-PERIOD",
            name,
            f"a manifest with the day of publication {stated_on}, and figures up to {newest}",
            "a publication that came out after its newest period",
            "write the publisher's day into extract_datetime of the manifest",
        )


def _is_over(newest: date | None, day: date) -> bool:
    """Whether the newest period had ended by then."""
    return newest is None or newest < day


def _symbol_findings(text: str, publications: list[Publication], where: str) -> list[Finding]:
    """Symbols that this edition's guidance explains otherwise than the contract."""
    known = {s: w for one in publications for s, w in one.symbols.items()}
    other = {
        symbol: words
        for symbol, words in symbols_of(text).items()
        if publications and words.casefold() != known.get(symbol, "").casefold()
    }
    action = "update the key in the contract"
    return [
        Finding("OFF-SYMBOL", "note", where, f"'{symbol}' is explained as '{words}'", action)
        for symbol, words in other.items()
    ]
