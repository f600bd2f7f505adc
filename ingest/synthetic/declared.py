"""Deliveries of the feeds that YAML beside their contracts describes.

The only part that looks at the rest of the project, and only at contracts: what a sender promises.
How the door reads, types and keeps a delivery is not known here either.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from ingest.contracts import Contract, Table, load_contracts
from ingest.contracts.model import codes
from ingest.contracts.synthetic import (
    COUNCIL,
    Declared,
    Listed,
    Rows,
    Value,
    are_patients,
    is_row_number,
    load_declared,
    senders_of,
    values_of,
)

from .days import NEVER, Days, month_end, month_start, months_of
from .declared_values import Cells, rate_on
from .defects import (
    Defect,
    before,
    duplicate_key,
    duplicate_row,
    filled,
    impossible_date,
    in_future,
    invalid_check,
    missing,
    setting,
    tells_somebody,
    unknown_code,
)
from .ehc_people import SETTINGS
from .identifiers import setting_urns
from .randomness import Draws
from .roll import Roll

FIRST = int(months_of(np.array([month_start("2021-01")]))[0])
"""Month from which rows arise: two years before the first that can be asked, as the lists do."""

_MOST_A_MONTH = 100_000
_CANDIDATES = 30
"""Children looked at for each that is wanted, in an order of chance."""


@dataclass(frozen=True)
class Sending:
    """One sender's delivery of a feed for a month, not yet cut."""

    declared: Declared
    contract: Contract
    sender: str
    month: str
    weight: float
    name: str = ""
    """What the description calls the sender."""

    @property
    def extract_days(self) -> int:
        """Days from the month end to the extract."""
        late = self.declared.late | self.declared.late_of.get(self.name, {})
        return late.get(self.month, self.declared.extract_days)

    @property
    def dates(self) -> tuple[str, ...]:
        """The date columns of all tables."""
        columns = (column for table in self.contract.tables for column in table.columns)
        return tuple(column.name for column in columns if column.type == "date")


def sendings(area: int, council: str, month: str) -> Iterator[Sending]:
    """What is sent in an area for a month: by the contract in force, in the months it is due."""
    for declared in load_declared():
        for contract in _in_force(declared.feed, month):
            is_due = int(month[5:]) in (declared.months or contract.due_months)
            if not is_due or (declared.first_area_only and area > 1):
                continue
            for name, sender, weight in _senders(declared, area, council):
                since, until = senders_of(declared.feed).get(sender, ("", ""))
                is_sent = since <= month <= (until or month)
                if is_sent and month not in declared.not_sent.get(name, ()):
                    yield Sending(declared, contract, sender, month, weight, name)


def _in_force(feed: str, month: str) -> list[Contract]:
    own = (contract for contract in load_contracts() if contract.feed == feed)
    return [one for one in own if one.effective_from <= month <= (one.effective_to or month)]


def _senders(declared: Declared, area: int, council: str) -> list[tuple[str, str, float]]:
    """Name in the description, code and weight of each sender; the weights are 1 together.

    Another area has one sender, invented.
    """
    if area > 1:
        return [(COUNCIL, council, 1.0)]
    every = {COUNCIL if code == council else code: 1.0 for code in senders_of(declared.feed)}
    named = declared.senders or every or {f"Z{area:03d}L": 1.0}
    total = sum(named.values())
    return [(name, _code_of(name, council), weight / total) for name, weight in named.items()]


def _code_of(name: str, council: str) -> str:
    """The code of a sender that is named by code, as the council, or by a feed that it sends."""
    return council if name == COUNCIL else next(iter(senders_of(name)), name)


@dataclass
class DeclaredArea:
    """The declared feeds of one area: the rows that arise are made once, up to the last month."""

    number: int
    scale: float
    seed: int
    last_month: str
    patients: Callable[[], Roll]
    pupils: Callable[[], Roll]
    _arisen: dict[tuple[str, ...], pd.DataFrame] = field(default_factory=dict)

    def cut(self, sending: Sending) -> tuple[dict[str, pd.DataFrame], dict[str, list[Wrong]]]:
        """The tables of a delivery as text, and where cells of them are wrong as declared."""
        made = {
            table.name: self._table(sending, table, sending.declared.tables[table.name])
            for table in sending.contract.tables
            if table.name in sending.declared.tables
        }
        return {n: rows for n, (rows, _) in made.items()}, {n: key for n, (_, key) in made.items()}

    def _table(
        self, sending: Sending, table: Table, rows: Rows
    ) -> tuple[pd.DataFrame, list[Wrong]]:
        """All parts of a table, one below the other."""
        parts, wrong, above = [], [], 0
        for number, part in enumerate(rows.parts):
            made, cells = self._part(sending, table, part, f"also {number}" if number else "")
            parts.append(made)
            wrong += [(row + above, *rest) for row, *rest in cells]
            above += len(made)
        return pd.concat(parts, ignore_index=True).fillna(""), wrong

    def _part(
        self, sending: Sending, table: Table, rows: Rows, name: str
    ) -> tuple[pd.DataFrame, list[Wrong]]:
        draws = self._draws(sending, table, name)
        roll = self._roll(values_of(table, rows), rows) if rows.children else None
        cut = _Cut(sending, table, rows, roll, draws, self.number)
        if rows.arises:
            base = self._arising(cut, name)
        elif rows.children:
            base = cut.everyone()
        else:
            base = pd.DataFrame({"id": [0], "at": month_end(sending.month), "place": -1})
        return cut.told(base)

    def _roll(self, values: Mapping[str, Value], rows: Rows) -> Roll:
        return self.patients() if are_patients(values, rows) else self.pupils()

    def _draws(self, sending: Sending, table: Table, name: str) -> Draws:
        of_table = (sending.declared.feed, sending.sender, table.name, *([name] if name else []))
        return Draws(self.seed, f"area {self.number}", *of_table)

    def _arising(self, cut: _Cut, name: str) -> pd.DataFrame:
        place = (cut.sending.declared.feed, cut.sending.sender, cut.table.name, name)
        if place not in self._arisen:
            scale = self.scale * cut.sending.weight
            self._arisen[place] = cut.arising(scale, self.last_month)
        rows = self._arisen[place]
        return rows[rows["at"] <= cut.census].reset_index(drop=True)


Wrong = tuple[int, str, str, str, str]
"""Source row, column, defect, outcome and rule: a line of the answer key without its file."""


@dataclass(frozen=True)
class _Cut:
    """One table of one delivery in the making."""

    sending: Sending
    table: Table
    rows: Rows
    roll: Roll | None
    """Of the children whom the rows are about, if they are about any."""
    draws: Draws
    area: int

    @cached_property
    def census(self) -> int:
        """The last day of the month."""
        return month_end(self.sending.month)

    @cached_property
    def _must_have(self) -> list[str]:
        """What must be known of a child, by attribute."""
        values = values_of(self.table, self.rows)
        told = [values[name].child for name in self._required if name in values]
        return [attribute for attribute in told if attribute and attribute != "birth_date"]

    @property
    def _required(self) -> list[str]:
        return [column.name for column in self.table.columns if column.required]

    def arising(self, scale: float, last_month: str) -> pd.DataFrame:
        """The rows of every month up to the last: ``id``, ``at`` (day) and ``place`` in the roll.

        A month's rows do not depend on later months.
        """
        arises, made, last_in = self.rows.arises, [], self._never()
        for month in range(FIRST, int(months_of(np.array([month_end(last_month)]))[0]) + 1):
            first, end = _span(month)
            season = (arises.season or (1.0,) * 12)[month % 12] / np.mean(arises.season or 1.0)
            mean = rate_on(arises.per_month, np.array([end]))[0] * season * scale
            luck = self.draws.each("how many", month * 16 + np.arange(12)).sum() - 6
            count = max(0, round(mean + luck * mean**0.5))
            ids = month * _MOST_A_MONTH + np.arange(count)
            at = first + np.floor(self.draws.each("day", ids) * (end - first + 1)).astype(np.int64)
            place = np.full(count, -1)
            if self.rows.children:
                place = self._chosen(month, ids, last_in)
                last_in[place[place >= 0]] = month
                ids, at, place = ids[place >= 0], at[place >= 0], place[place >= 0]
            made.append(pd.DataFrame({"id": ids, "at": at, "place": place}))
        return pd.concat(made, ignore_index=True)

    def _never(self) -> Days:
        """The month in which each child was in a row last: none yet."""
        return np.full(len(self.roll.key) if self.roll else 0, -(10**6))

    def _chosen(self, month: int, ids: Days, last_in: Days) -> np.ndarray:
        """A child for each row, each once in a month; -1 where none is left."""
        children, (first, end) = self.rows.children, _span(month)
        is_back = month - last_in > children.again_after
        can_be = np.flatnonzero(self._is_of_age(month) & is_back)
        luck = self.draws.each("who", self.roll.key[can_be] * 1024 + month % 1024)
        can_be = can_be[np.argsort(luck, kind="stable")][: _CANDIDATES * len(ids) + 100]
        facts = self.roll.facts(can_be, np.full(len(can_be), first))
        is_whole = np.full(len(can_be), True)
        for name in self._must_have:
            is_whole &= facts[name] != ""
        if children.with_plan is None:
            return _dealt(can_be[is_whole], np.full(len(ids), True))
        has_plan = facts["has_plan"] == "1"
        share = rate_on(children.with_plan, np.array([end]))[0]
        wants_plan = self.draws.each("with plan", ids) < share
        with_plan = _dealt(can_be[is_whole & has_plan], wants_plan)
        return np.where(wants_plan, with_plan, _dealt(can_be[is_whole & ~has_plan], ~wants_plan))

    def _is_of_age(self, month: int) -> np.ndarray:
        """Who is known on the first day of a month and of the ages from then to its last day."""
        (young, old), birth = self.rows.children.ages, self.roll.birth
        (first, _), (latest, _) = _span(month), _span(month - 12 * young)
        earliest, _ = _span(month + 1 - 12 * (old + 1))
        return (self.roll.since <= first) & (birth >= earliest) & (birth <= latest)

    def everyone(self) -> pd.DataFrame:
        """A row for each child of the ages in the month."""
        is_in = self._is_of_age(int(months_of(np.array([self.census]))[0]))
        is_in &= self.draws.each("in the file", self.roll.key) < self.rows.children.share
        place = np.flatnonzero(is_in)
        return pd.DataFrame({"id": self.roll.key[place], "at": self.census, "place": place})

    def told(self, base: pd.DataFrame) -> tuple[pd.DataFrame, list[Wrong]]:
        """The table as it stood at the month end, and its cells that are wrong as declared."""
        frame, texts = self._crossed(base)
        facts = {}
        if self.rows.children:
            facts = self.roll.facts(frame["place"].to_numpy(), frame["at"].to_numpy())
        cells = Cells(self.table, self.rows, frame, facts, self.draws, self.census, self.area)
        for column in self.table.columns:
            if is_row_number(column, self.table, self.rows):
                texts[column.name] = self._numbers(frame, column.type)
        cells.fill(texts)
        table = pd.DataFrame(cells.texts(self._columns()), index=frame.index, dtype=object)
        # Who has no pupil number yet, say, is in no row that must have one.
        is_whole = (table[self._required] != "").all(axis=1).to_numpy()
        is_first = ~table.duplicated(list(self.table.key)).to_numpy()
        table = table[is_whole & is_first & self._is_told(frame, cells)]
        return self._with_wrong_cells(table, frame["row"].to_numpy()[table.index])

    def _columns(self) -> list[str]:
        """The columns that are sent: an optional one only where something stands in it."""
        values = values_of(self.table, self.rows)
        return [
            column.name
            for column in self.table.columns
            if not column.is_optional or column.name in values or column.name in self.rows.for_each
        ]

    def _crossed(self, base: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
        """Each row once for each combination of ``for_each``, and its texts."""
        lists = [self._listed(name, listed) for name, listed in self.rows.for_each.items()]
        combinations = list(itertools.product(*lists))
        frame = base.loc[base.index.repeat(len(combinations))].reset_index(drop=True)
        nth = np.tile(np.arange(len(combinations)), len(base))
        frame["row"] = frame["id"].to_numpy() * len(combinations) + nth
        columns = zip(*combinations, strict=True) if self.rows.for_each else ()
        return frame, {
            name: np.array(texts, dtype=object)[nth]
            for name, texts in zip(self.rows.for_each, columns, strict=True)
        }

    def _listed(self, name: str, listed: str | tuple[str, ...] | Listed) -> list[str]:
        if isinstance(listed, tuple):
            return list(listed)
        if isinstance(listed, str):
            return list(codes(self.table.column(name).codes or ""))
        if listed.by_sender:
            every = [text for told in listed.by_sender.values() for text in told]
            return list(listed.by_sender.get(self.sending.name, every))
        if listed.numbers:
            return [f"{self._initials}{self.area:03d}{n:06d}" for n in range(1, listed.numbers + 1)]
        places = [number for kind in listed.school for number in range(*SETTINGS[kind])]
        return setting_urns(np.array(places), self.area).tolist()

    @property
    def _initials(self) -> str:
        return "".join(part[0] for part in self.sending.declared.feed.split("_")).upper()[:4]

    def _numbers(self, frame: pd.DataFrame, kind: str) -> np.ndarray:
        """The sender's own number of each row: by month and place in it, where rows arise."""
        ids = frame["id"].to_numpy()
        month, nth = np.divmod(ids, _MOST_A_MONTH)
        stem = self._initials if kind == "reference" else f"{self._initials}{self.area:03d}"
        if not self.rows.arises:
            return np.array([f"{stem}{number:08d}" for number in ids], dtype=object)
        months = [f"{(1970 + m // 12) % 100:02d}{m % 12 + 1:02d}" for m in month.tolist()]
        return np.array(
            [f"{stem}-{m}-{n:04d}" for m, n in zip(months, nth, strict=True)], dtype=object
        )

    def _is_told(self, frame: pd.DataFrame, cells: Cells) -> np.ndarray:
        """Whether a row is open, or ended or arose within the look-back of the contract."""
        back = self.sending.contract.flow_look_back_months or 0
        first = int(months_of(np.array([self.census]))[0]) - back
        if self.rows.told_from:
            day = cells.days[self.rows.told_from]
            return (day <= self.census) & (months_of(day) >= first)
        if not self.rows.arises:
            return np.ones(len(frame), dtype=bool)
        if not self.rows.open_until:
            return months_of(frame["at"].to_numpy()) >= first
        end = cells.days[self.rows.open_until]
        return (end > self.census) | (months_of(np.minimum(end, NEVER - 1)) >= first)

    def _with_wrong_cells(
        self, table: pd.DataFrame, number: np.ndarray
    ) -> tuple[pd.DataFrame, list[Wrong]]:
        table, key = table.reset_index(drop=True), []
        is_free = np.ones(len(table), dtype=bool)
        for nth, wrong in enumerate(self.rows.wrong):
            luck = self.draws.each(f"wrong {wrong.column}", number, nth % 64)
            is_wrong = is_free & (luck < wrong.rate) & (table[wrong.column] != "").to_numpy()
            is_free &= ~is_wrong
            for row in np.flatnonzero(is_wrong).tolist():
                text = wrong.says[int(luck[row] / wrong.rate * len(wrong.says))]
                table.loc[row, wrong.column] = text
                key.append((row + 2, wrong.column, "declared", "quarantine", wrong.rule))
        return table, sorted(key)


def _span(month: int) -> tuple[int, int]:
    """First and last day of a month since 1970-01."""
    text = str(np.datetime64(month, "M"))
    return month_start(text), month_end(text)


def _dealt(can_be: np.ndarray, wants: np.ndarray) -> np.ndarray:
    """For each who wants one the next of those who can be; -1 for none."""
    nth = np.cumsum(wants) - 1
    has_one = wants & (nth < len(can_be))
    return np.where(has_one, np.append(can_be, -1)[np.minimum(nth, len(can_be))], -1)


def contract_defects(table: Table, wrong: list[Wrong]) -> tuple[Defect, ...]:
    """The defects that `--defects` plants in a declared table: those that its contract names.

    Rows that are wrong as declared are left alone.
    """
    taken = {row - 2 for row, *_ in wrong}
    return tuple(
        replace(kind, suits=lambda rows, kind=kind: kind.suits(rows) & ~rows.index.isin(taken))
        for kind in _kinds(table)
    )


def _kinds(table: Table) -> Iterator[Defect]:
    sent = [column for column in table.columns if not column.is_optional]
    dates = [column for column in sent if column.type == "date"]
    listed = [column for column in sent if column.type == "code"]
    if dates:
        yield impossible_date(dates[0].name)
    for column in sent:
        if column.type in ("nhs_number", "upn", "uln") and column.name not in table.key:
            yield invalid_check(column.name)
    if listed:
        yield unknown_code(listed[0].name, "no code", "other code")
    for column in sent:
        if column.type == "prose" and column.required:
            yield tells_somebody(column.name)
    for rule in table.rules:
        if rule.in_order and rule.outcome == "quarantine":
            first, then, *_ = rule.in_order
            if "." not in first:
                yield before(first, then, rule.id, suits=filled(first, then))
    ahead = [column.name for column in dates if column.is_event and not column.may_be_future]
    if ahead:
        yield in_future(ahead[-1], filled(ahead[-1]))
    yield duplicate_row(table.key[0])
    for column in listed:
        if column.name not in table.key:
            change = setting(column.name, *codes(column.codes or ""))
            yield duplicate_key(table.key[0], change)
    required = [column.name for column in sent if column.required and column.name not in table.key]
    if required:
        yield missing(*required)
