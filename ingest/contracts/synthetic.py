"""What the invented deliveries of a feed look like: the YAML in ``synthetic/``, and its mistakes.

What is one partnership's own, such as its roles, is described in ``invented/`` of its folder.

A feed whose file stands there needs no simulation of its own: ``ingest.synthetic.declared`` makes
its deliveries from this description, its contract and the one invented population. Nothing that
reads a delivery looks at it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from ingest.contracts.model import (
    FOLDER,
    NATIONAL_IDS,
    Column,
    Contract,
    Table,
    codes,
    load_contracts,
    local_feeds,
    policy,
)
from ingest.partnership import chosen_folder
from ingest.written import Fault, Place, nearest, read

DECLARED = FOLDER / "synthetic"
ARISES, MONTH_END = "arises", "month_end"
"""Stand in ``after`` for the day on which a row arises, or the month end for rows of no day."""

COUNCIL = "council"
"""Stands for the council of the area, in the place of its code as a sender."""

Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
MonthOfYear = Annotated[int, Field(ge=1, le=12)]
Share = Annotated[float, Field(ge=0, le=1)]


def _form(given: object) -> str:
    """Which of the forms of a value is meant, so that a mistake names that form."""
    return "keys" if isinstance(given, dict) else "list" if isinstance(given, list) else "one"


_BY_FORM = Discriminator(_form)
Rate = Annotated[
    Annotated[Share, Tag("one")] | Annotated[dict[Month, Share], Tag("keys")], _BY_FORM
]
"""A share, or its course: straight lines between the ends of the months that are named."""
Amount = Annotated[
    Annotated[float, Tag("one")] | Annotated[dict[Month, float], Tag("keys")], _BY_FORM
]
Attribute = Literal[
    "nhs_number", "upn", "uln", "birth_date", "sex", "ethnicity", "postcode", "school", "case_id",
    "has_plan", "sen_provision", "primary_need", "year_group", "age", "own_number",
]  # fmt: skip
Setting = Literal[
    "early_years", "primary", "secondary", "special", "independent_special", "further_education",
    "specialist_post_16", "alternative_provision", "out_of_area",
]  # fmt: skip
_OF_LISTS: dict[str, Attribute] = {"sexes": "sex", "ethnic_groups": "ethnicity"}
_OF_TYPES: dict[str, Attribute] = {**{name: name for name in NATIONAL_IDS}, "urn": "school"}  # type: ignore[dict-item]
_COUNCILS: set[Attribute | None] = {
    "upn", "uln", "school", "case_id", "has_plan", "sen_provision", "primary_need",
}  # fmt: skip
_TEXT = {"text", "ods_code", "la_code", "urn", "ukprn", "reference", "prose", "code"}
_NUMBERS = {"integer", "number"}
_ANY = _TEXT | _NUMBERS | {"date", "boolean"}


_Picks = Annotated[
    Annotated[dict[str, float], Tag("keys")] | Annotated[tuple[str, ...], Tag("list")],
    Discriminator(lambda given: "keys" if isinstance(given, dict) else "list"),
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Correction(_Strict):
    """A recorded date that is put right later: until then the deliveries have another day."""

    share: Share
    days: tuple[int, int]
    """How many days the first record lies after the right day."""
    after_months: tuple[int, int] = (1, 6)
    """After how many deliveries it is put right."""


class Value(_Strict):
    """What stands in a column: exactly one kind, and what else is true of it."""

    pick: _Picks | None = None
    """One of these, by weight."""
    in_turn: tuple[str, ...] | None = None
    """One of these each month, one after the other; the next row is one ahead. Two such columns
    with as many texts keep in step."""
    share: Rate | None = None
    """A yes or no: the share of yes."""
    between: tuple[float, float] | None = None
    """A number, both ends included."""
    share_of: str | None = None
    """A count out of the count in another column, by ``rate``."""
    after: str | None = None
    """A day so many ``days`` after that of another date column, or after ``arises`` or
    ``month_end``."""
    day_between: tuple[date, date] | None = None
    child: Attribute | None = None
    """What is true of the child on the day on which the row arises, else at the month end."""
    school: tuple[Setting, ...] | None = None
    """The URN of a setting of one of these kinds."""
    calendar: (
        Literal[
            "any_day", "first_day", "last_day", "year", "academic_year", "financial_year",
            "academic_years", "financial_years",
        ]
        | None
    ) = None  # fmt: skip
    """What the month says: a day in it, or its year; 202526 or, in the plural, 2025/26."""
    by_month: dict[MonthOfYear, str] | None = None
    """Text by the month of the year, such as the half term."""
    stage: dict[str, str] | None = None
    """Text by date column. The latest date that has passed by the month end decides."""
    by: str | None = None
    """Another column, whose text says which of ``cases`` applies; none applies: empty."""
    cases: dict[str, Value] = {}
    rate: Rate | None = None
    days: tuple[int, int] | None = None
    decimals: int | None = None
    varies: Share | None = None
    """Of ``between``: drawn once, and away from that by at most this share in each month."""
    adds_up_from: MonthOfYear | Month | None = None
    """Of ``between``: what is added in each month since this month of the year, or since this
    month (YYYY-MM)."""
    missing: Rate = 0.0
    """Share of the rows in which it is never filled in. Without a required cell there is no row."""
    once: str | None = None
    """Filled in only once the day of this date column has come."""
    unless: str | None = None
    """Empty where this column is filled."""
    steady: bool = False
    """Drawn once for all months, where the row is of no day."""
    differs: bool = False
    """Drawn for each row of ``for_each`` by itself, where the row arises or is a child's."""
    corrected: Correction | None = None

    @property
    def kind(self) -> str:
        """Which of the kinds it is."""
        return next(kind for kind in _KINDS if getattr(self, kind) is not None)

    @property
    def reads(self) -> set[str]:
        """The columns that must be known before it."""
        named = {self.share_of, self.after, self.by, self.once, self.unless, *(self.stage or ())}
        of_cases = (name for case in self.cases.values() for name in case.reads)
        return {*named, *of_cases} - {None, ARISES, MONTH_END}  # type: ignore[arg-type]

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Value:
        given = [kind for kind in _KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(
                f"{' and '.join(given) or 'nothing'} says what stands there, but it must be one of "
                f"{', '.join(_KINDS)}"
            )
        for word, kinds in _BELONGS.items():
            is_set = getattr(self, word) not in (None, {})
            if is_set and given[0] not in kinds:
                raise ValueError(f"{word} belongs to {' or '.join(kinds)}, not to {given[0]}")
            if not is_set and given[0] in kinds and word in ("rate", "days", "cases"):
                raise ValueError(f"{given[0]} needs {word} beside it")
        if self.corrected and given[0] not in ("after", "day_between"):
            raise ValueError("corrected belongs to after or day_between: only a date is put right")
        for span in (self.between, self.days, self.day_between):
            if span and span[0] > span[1]:
                raise ValueError(f"{span[0]} lies above {span[1]}: write the lower one first")
        return self


_KINDS: dict[str, set[str]] = {
    "pick": _TEXT | _NUMBERS, "in_turn": _TEXT, "share": {"boolean", "text"}, "between": _NUMBERS,
    "share_of": {"integer"}, "after": {"date"}, "day_between": {"date"},
    "child": _ANY | {*NATIONAL_IDS}, "school": {"urn"}, "calendar": _ANY, "by_month": _TEXT,
    "stage": {"code", "text"}, "by": _ANY,
}  # fmt: skip
"""Each kind with the types of column that it can fill."""
_BELONGS = {
    "rate": ("share_of",), "days": ("after",), "cases": ("by",), "decimals": ("between",),
    "varies": ("between",), "adds_up_from": ("between",),
}  # fmt: skip


class Arising(_Strict):
    """Rows that arise in the course of time; each is in every delivery that looks back far
    enough, as it stood at the month end."""

    per_month: Amount
    """How many of all senders together, in the local area."""
    column: str | None = None
    """Date column that holds the day; without it nothing shows the day itself."""
    season: tuple[float, ...] | None = Field(default=None, min_length=12, max_length=12)
    """Weight of each month of the year, January first."""


class Children(_Strict):
    """Whom the rows are about: children of the one invented population."""

    ages: tuple[int, int]
    everyone: bool = False
    """Whether there is a row for each of them at the month end, instead of some a month."""
    share: Share = 1.0
    """Of everyone, the share of children who are in the file."""
    with_plan: Rate | None = None
    """Share of the rows that are about a child with an EHC plan; by default as it comes."""
    again_after: int = Field(default=0, ge=0)
    """Months until a child can be in a new row."""


class Listed(_Strict):
    """What has a row of its own, where it is not written out: one of these."""

    numbers: int | None = Field(default=None, ge=1)
    """So many things that have a number of their own, such as employees."""
    school: tuple[Setting, ...] = ()
    """The settings of these kinds."""
    by_sender: dict[str, tuple[str, ...]] = {}
    """What each sender has, named as in ``senders``; any other has them all."""

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Listed:
        if [bool(self.numbers), bool(self.school), bool(self.by_sender)].count(True) != 1:
            raise ValueError("write `numbers: 40`, `school: [primary]` or `by_sender`: one of them")
        return self


_Listed = Annotated[
    Annotated[Literal["codes"], Tag("one")]
    | Annotated[tuple[str, ...], Tag("list")]
    | Annotated[Listed, Tag("keys")],
    _BY_FORM,
]


class Wrong(_Strict):
    """Cells that the door does not take, as a sender really writes them."""

    column: str
    says: tuple[str, ...]
    rate: Share
    rule: str = "R-TYPE"
    """By which the row is set aside."""


class Rows(_Strict):
    """The rows of one table: some that arise in a month, or one for each child, or a list."""

    arises: Arising | None = None
    open_until: str | None = None
    """Date column: until it is filled the row stands in every delivery."""
    children: Children | None = None
    for_each: dict[str, _Listed] = {}
    """Columns of which each code, text, number or setting has a row of its own."""
    told_from: str | None = None
    """Date column: who has no such day yet, or one before the look-back, has no row."""
    columns: dict[str, Value] = {}
    wrong: tuple[Wrong, ...] = ()
    also: tuple[Rows, ...] = ()
    """Further rows of the table that come from elsewhere."""

    @property
    def parts(self) -> tuple[Rows, ...]:
        """These rows, and those that come from elsewhere."""
        return (self, *self.also)

    @model_validator(mode="after")
    def _stands_once(self) -> Rows:
        if any(rows.also for rows in self.also):
            raise ValueError("also stands inside also; write all further rows in one list")
        return self

    @model_validator(mode="after")
    def _says_where_rows_come_from(self) -> Rows:
        is_of_everyone = bool(self.children and self.children.everyone)
        if bool(self.arises) == is_of_everyone and (self.arises or not self.for_each):
            raise ValueError(
                "nothing, or more than one thing, says where its rows come from; write `arises`, "
                "or `children` with `everyone: true`, or `for_each` alone"
            )
        if self.children and not self.arises and not is_of_everyone:
            raise ValueError("children of no row that arises: write `everyone: true`")
        if self.open_until and not self.arises:
            raise ValueError("open_until belongs to rows that arise")
        return self


class Declared(_Strict):
    """The invented deliveries of a feed."""

    feed: str
    form: Literal["csv", "xlsx"] = "csv"
    senders: dict[str, float] = {}
    """Weight of each sender's share of the rows. A sender is a code of ``senders.csv``, ``council``
    or the name of a feed, which stands for that feed's first sender. By default all of the feed
    alike, and somebody invented where it has none."""
    first_area_only: bool = False
    """Whether other areas' senders have none: what a Partnership says of itself."""
    months: tuple[MonthOfYear, ...] = ()
    """Months of the year for which it is sent; by default those in which it is due."""
    not_sent: dict[str, tuple[Month, ...]] = {}
    """Months by sender for which nothing comes."""
    extract_days: int = Field(default=3, ge=0)
    """How many days after the month end the sender draws it."""
    late: dict[Month, int] = {}
    """The same for a month in which it was late."""
    late_of: dict[str, dict[Month, int]] = {}
    """The same by sender, for a month in which that one was late."""
    tables: dict[str, Rows]


def load_declared() -> tuple[Declared, ...]:
    """Every description of invented deliveries, in the order of feeds.

    Raises:
        WrongContract: a line for each mistake: file, line and key, what stands there, what was
            expected, what to do.
    """
    return _load_declared(chosen_folder())


@cache
def _load_declared(partnership: Path) -> tuple[Declared, ...]:
    files = [*DECLARED.glob("*.yaml"), *(partnership / "invented").glob("*.yaml")]
    by_feed = sorted(files, key=lambda path: path.name)
    return tuple(read(Declared, path, _faults) for path in by_feed)


def senders_of(feed: str) -> dict[str, tuple[str, str]]:
    """Who sends a feed by ``senders.csv``, from which month to which; '' for no limit.

    Those who may send any feed are not named.
    """
    return _senders_of(chosen_folder() / "senders.csv", feed)


@cache
def _senders_of(path: Path, feed: str) -> dict[str, tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["sender"]: (row["valid_from"][:7], row["valid_to"][:7])
            for row in csv.DictReader(file)
            if row["feed"] == feed
        }


def by_default(column: Column, rows: Rows) -> Value | None:
    """What stands in a column of which the description says nothing; None: it stays empty."""
    if column.name in rows.for_each or (rows.arises and rows.arises.column == column.name):
        return None
    if column.use == "period":
        return Value(calendar="first_day")
    if rows.children:
        attribute = _OF_TYPES.get(column.type) or _OF_LISTS.get(column.codes or "")
        attribute = "birth_date" if column.use == "month" else attribute
        attribute = "case_id" if column.domain == "case" else attribute
        if attribute:
            return Value(child=attribute)
    return None


def are_patients(values: Mapping[str, Value], rows: Rows) -> bool:
    """Whether the children are those whom the NHS knows: nothing is told that only the council
    knows."""
    told = {value.child for value in values.values()}
    is_of_council = told & _COUNCILS or (rows.children and rows.children.with_plan is not None)
    return "nhs_number" in told and not is_of_council


def is_row_number(column: Column, table: Table, rows: Rows) -> bool:
    """Whether the column holds the number of the row, as the first column of a key does."""
    return (
        column.name == table.key[0]
        and column.type in ("text", "reference")
        and not column.domain
        and column.name not in rows.columns
        and column.name not in rows.for_each
    )


def values_of(table: Table, rows: Rows) -> dict[str, Value]:
    """What stands in each column that is filled, in an order in which each can be known."""
    told = _told(table, rows)
    graph = {name: value.reads & told.keys() for name, value in told.items()}
    return {name: told[name] for name in TopologicalSorter(graph).static_order()}


def _told(table: Table, rows: Rows) -> dict[str, Value]:
    values = {
        column.name: rows.columns.get(column.name) or by_default(column, rows)
        for column in table.columns
    }
    return {name: value for name, value in values.items() if value}


def _faults(declared: Declared) -> Iterator[tuple[Place, Fault]]:
    """What contradicts the contract of the feed."""
    if declared.feed not in local_feeds():
        near = nearest(declared.feed, sorted(local_feeds()))
        yield ("feed",), Fault(f"there is no feed {declared.feed}", f"a feed that is sent: {near}")
        return
    for contract in load_contracts():
        if contract.feed == declared.feed:
            yield from contradictions(declared, contract)


def contradictions(declared: Declared, contract: Contract) -> Iterator[tuple[Place, Fault]]:
    """Where a description and the contract of its feed do not agree."""
    known = [COUNCIL, *senders_of(declared.feed), *sorted(local_feeds())]
    for key in ("senders", "not_sent", "late_of"):
        for sender in getattr(declared, key):
            if len(known) > 1 and sender not in known:
                near = nearest(sender, known)
                yield (
                    (key, sender),
                    Fault(
                        f"{sender} sends no {declared.feed}", f"a code, council or a feed: {near}"
                    ),
                )
    if not declared.months and not contract.due_months:
        yield (), Fault("nothing says when it is sent: the contract has no due_months", "`months`")
    if declared.form not in contract.formats:
        forms = ", ".join(contract.formats)
        yield ("form",), Fault(f"the contract has no {declared.form}", f"one of {forms}")
    names = [table.name for table in contract.tables]
    for name in declared.tables.keys() - {*names}:
        yield ("tables", name), Fault(f"there is no table {name}", nearest(name, names))
    for table in contract.tables:
        place = ("tables", table.name)
        if table.name in declared.tables:
            for number, rows in enumerate(declared.tables[table.name].parts):
                part = ("also", number - 1) if number else ()
                for inner, fault in _of_table(table, rows, contract):
                    yield (*place, *part, *inner), fault
        elif not table.is_optional:
            yield ("tables",), Fault(f"table {table.name} is missing", "each table of the contract")


def _of_table(table: Table, rows: Rows, contract: Contract) -> Iterator[tuple[Place, Fault]]:
    types = {column.name: column.type for column in table.columns}
    for column in table.columns:
        if column.references:
            yield (
                (),
                Fault(
                    f"{column.name} refers to another table",
                    "a table of its own: linked tables are simulated in Python",
                ),
            )
    told = {*_told(table, rows), *rows.for_each, rows.arises.column if rows.arises else None}
    yield from _of_names(rows, types, told)
    for name, value in rows.columns.items():
        if name in types:
            for inner, fault in _of_value(value, table.column(name), rows, types):
                yield ("columns", name, *inner), fault
    for column in table.columns:
        yield from _of_required(column, table, rows)
    yield from _of_lists(table, rows)
    yield from _of_ages(table, rows)
    try:
        values_of(table, rows)
    except CycleError as error:
        circle = " reads ".join(error.args[1])
        yield ("columns", error.args[1][0]), Fault(circle, "columns that do not read each other")
    if sum(wrong.rate for wrong in rows.wrong) > policy().quarantine_share:
        share = f"{policy().quarantine_share:.0%}"
        yield ("wrong",), Fault("so many rows are wrong that the file is refused", f"below {share}")


def _of_names(
    rows: Rows, types: Mapping[str, str], told: set[str | None]
) -> Iterator[tuple[Place, Fault]]:
    """Names of columns that are none, of another type or never filled."""
    day = rows.arises.column if rows.arises else None
    dates: list[tuple[Place, str | None]] = [
        (("arises", "column"), day),
        (("open_until",), rows.open_until),
        (("told_from",), rows.told_from),
    ]
    for name, value in rows.columns.items():
        place = ("columns", name)
        dates += [
            ((*place, "once"), value.once),
            *(((*place, "stage"), n) for n in value.stage or ()),
        ]
        dates += [((*place, "after"), _column_of(value.after))]
        if value.after == (MONTH_END if rows.arises else ARISES):
            meant = f"{ARISES if rows.arises else MONTH_END} or a date column"
            yield (*place, "after"), Fault(f"{value.after} stands there", meant)
    others: list[tuple[Place, str | None]] = [
        *((("columns", name), name) for name in rows.columns),
        *((("for_each", name), name) for name in rows.for_each),
        *((("wrong", number, "column"), one.column) for number, one in enumerate(rows.wrong)),
        *(
            (("columns", name, key), getattr(value, key))
            for name, value in rows.columns.items()
            for key in ("share_of", "by", "unless")
        ),
    ]
    for place, name in (*dates, *others):
        if name and name not in types:
            near = nearest(name, list(types))
            yield place, Fault(f"there is no column {name}", f"a column of the contract: {near}")
    for place, name in dates:
        if name and types.get(name, "date") != "date":
            yield place, Fault(f"{name} is a {types[name]}", "a date column")
        elif name in types and name not in told:
            yield place, Fault(f"nothing says what stands in {name}", f"`{name}:` in `columns`")


def _column_of(after: str | None) -> str | None:
    return None if after in (ARISES, MONTH_END) else after


def _of_value(
    value: Value, column: Column, rows: Rows, types: Mapping[str, str]
) -> Iterator[tuple[Place, Fault]]:
    if column.type not in _KINDS[value.kind]:
        kinds = ", ".join(kind for kind, fits in _KINDS.items() if column.type in fits)
        yield (value.kind,), Fault(f"{value.kind} makes no {column.type}", f"one of {kinds}")
    if value.child and not rows.children:
        yield ("child",), Fault("its rows are about no children", "`children` beside `columns`")
    said = {
        "pick": value.pick or (),
        "in_turn": value.in_turn or (),
        "by_month": (value.by_month or {}).values(),
        "stage": (value.stage or {}).values(),
    }
    for key, texts in said.items():
        if column.codes:
            known = codes(column.codes)
            for text in sorted({*texts} - {*known}):
                yield (
                    (key,),
                    Fault(
                        f"{text} is no code", f"a code of {column.codes}: {nearest(text, known)}"
                    ),
                )
    for name, case in value.cases.items():
        for inner, fault in _of_value(case, column, rows, types):
            yield ("cases", name, *inner), fault
    if value.between and column.between:
        low, high = column.between
        if value.between[0] < low or value.between[1] > high:
            yield ("between",), Fault("the contract allows less", f"numbers from {low} to {high}")


def _of_required(column: Column, table: Table, rows: Rows) -> Iterator[tuple[Place, Fault]]:
    """A required column that stays empty in some rows."""
    if not column.required or is_row_number(column, table, rows) or column.name in rows.for_each:
        return
    if rows.arises and rows.arises.column == column.name:
        return
    value = rows.columns.get(column.name) or by_default(column, rows)
    if value is None:
        yield (
            ("columns",),
            Fault(
                f"{column.name} is required, and nothing says what stands there",
                f"`{column.name}:` with one of "
                + ", ".join(kind for kind, fits in _KINDS.items() if column.type in fits),
            ),
        )
        return
    for key in ("once", "unless"):
        if getattr(value, key):
            yield (
                ("columns", column.name, key),
                Fault(f"{column.name} is required", "a value in each row"),
            )


def _of_lists(table: Table, rows: Rows) -> Iterator[tuple[Place, Fault]]:
    columns = {column.name: column for column in table.columns}
    for name, listed in rows.for_each.items():
        known = codes(columns[name].codes or "") if name in columns and columns[name].codes else ()
        place = ("for_each", name)
        if listed == "codes" and not known:
            yield place, Fault(f"{name} has no list of codes", "the texts themselves")
        texts = listed if isinstance(listed, tuple) else ()
        if isinstance(listed, Listed):
            texts = tuple(text for told in listed.by_sender.values() for text in told)
        if known:
            for text in sorted({*texts} - {*known}):
                yield place, Fault(f"{text} is no code", nearest(text, known))


def _of_ages(table: Table, rows: Rows) -> Iterator[tuple[Place, Fault]]:
    """An age is a year more by the end of the month."""
    for rule in table.rules:
        if rule.age_between and rows.children:
            (low, high), (young, old) = rule.age_between, rows.children.ages
            if young < low or old > high:
                yield (
                    ("children", "ages"),
                    Fault(
                        f"rule {rule.id} of the contract allows less", f"ages from {low} to {high}"
                    ),
                )
