"""The shape of a contract, and how one is found for a feed and a month."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ingest.contracts.official import Publication, load_publications
from ingest.partnership import chosen_folder
from ingest.refusals import Refused
from ingest.written import nearest, read, read_list

FOLDER = Path(__file__).parent
_NO_NUMBER_OF_SOMEBODY = ("date", "integer", "boolean", "code", "figure", "number")
_POLICY, _OFFICIAL = "policy.yaml", "official_cells.yaml"
NATIONAL_IDS = {"nhs_number": "nhs_id", "upn": "upn_id", "uln": "uln_id"}
"""Numbers that are a person's everywhere, by type, and their pseudonyms' name in every table."""
RECORD = "record"
"""The warehouse's own record of what was due and what came: named as a feed, and sent by nobody."""
CATALOGUE = "indicator_catalogue"
"""The list of indicators: a seed of dbt, whose ids are codes here."""
_OF_A_DELIVERY = {"submission_id", "feed", "sender", "period", "census_date", "known_on"}
_SEEDS = FOLDER.parents[1] / "dbt_project" / "seeds"


class _Strict(BaseModel):
    """A misspelt key in a contract is an error, not a silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Strict):
    """One delivered column: what may stand in it and what becomes of it."""

    name: str
    type: Literal[
        "text", "date", "integer", "boolean", "code",
        "nhs_number", "upn", "uln", "urn", "ukprn", "ods_code", "la_code", "figure", "number",
        "reference", "prose",
    ]  # fmt: skip
    """``reference``: the number of a paper or a decision. ``prose``: what somebody writes about a
    figure, kept only where nothing in it tells who a person is."""
    required: bool = False
    is_optional: bool = False
    """The column may be missing altogether: agreed locally, or newer than some exports."""
    also_named: tuple[str, ...] = ()
    """Other headings or element names of the sender's standard forms."""
    node: str | None = None
    """Node of the XML row in which it stands; it is read elsewhere in the row too, by its name."""
    element: str | None = None
    """Name that it has in its node alone, because other nodes have the same one."""
    codes: str | None = None
    """File in ``domains/`` or of the partnership that lists the codes, or the catalogue of
    indicators; only for type ``code``."""
    unit: Literal["count", "pct", "proportion", "gbp"] | None = None
    """What a figure counts; only for type ``figure``. A proportion goes further as a percentage."""
    symbols: str | None = None
    """File in ``domains/`` that lists what a publisher writes in place of a figure."""
    between: tuple[int, int] | None = None
    """Lowest and highest number that can be right; only for type ``integer``."""
    use: Literal["keep", "discard", "pseudonym", "month", "filled", "period"] = "keep"
    """``discard``: read, counted, dropped. ``pseudonym``: keyed. ``month``: first of the month.
    ``filled``: only whether a yes, an authority's code or a day stands there. ``period``: states
    the delivery's month."""
    becomes: str | None = None
    """Name in the lake where it differs from the delivered one."""
    domain: str | None = None
    """Whose numbers they are, where several feeds or columns carry the same local numbers."""
    references: str | None = None
    """The table of the same delivery whose key stands here; a row without its parent is set
    aside."""
    is_list: bool = False
    """Whether it names the list on which the row stands: each list is owed, withheld and counted by
    itself."""
    is_event: bool = True
    """False for dates that may lie before 1998 or carry no event, such as a birth date."""
    may_be_future: bool = False
    """True for days that are planned, such as a review date: they may lie after the extract."""
    with_age: bool = False
    """Beside the day goes the age in whole years on it, as ``<column>_age``: the month of birth
    tells it only at the end of a month. What it gives away: of a day in the month of birth, whether
    the birthday had come; several such days narrow it down."""
    description: str

    @property
    def lake_name(self) -> str:
        """The column's name in the lake."""
        return self.becomes or self.name

    @property
    def tag(self) -> str:
        """The column's name in XML, as the sender's standard form writes it."""
        return self.element or next((n for n in self.also_named if n.isalnum()), self.name)

    @property
    def words(self) -> str | None:
        """File in ``domains/`` of all that may stand here beside figures, if it is a list."""
        return self.codes or self.symbols

    @model_validator(mode="after")
    def _lists_belong_to_their_types(self) -> Column:
        if (self.type == "code") != (self.codes is not None):
            raise ValueError(f"column {self.name}: type code and a code list go together")
        if (self.type == "figure") != (self.unit is not None):
            raise ValueError(f"column {self.name}: type figure and a unit go together")
        if self.is_list and not (self.type == "code" and self.required):
            raise ValueError(f"column {self.name}: a list is a code that every row has")
        if self.symbols and self.type != "figure":
            raise ValueError(f"column {self.name}: symbols stand in place of figures only")
        if self.between and self.type != "integer":
            raise ValueError(f"column {self.name}: only whole numbers lie between two others")
        if self.with_age and (self.type != "date" or self.use != "keep"):
            raise ValueError(f"column {self.name}: only a day that is kept has an age beside it")
        return self

    @model_validator(mode="after")
    def _lists_are_there(self) -> Column:
        folders = (FOLDER / "domains", chosen_folder())
        is_there = self.words in (None, CATALOGUE) or any(
            (folder / f"{self.words}.csv").is_file() for folder in folders
        )
        if not is_there:
            lists = {path.stem for folder in folders for path in folder.glob("*.csv")}
            lists.add(CATALOGUE)
            raise ValueError(
                f"column {self.name}: no code list {self.words} in domains/ or of the partnership: "
                f"{nearest(self.words, sorted(lists))}"
            )
        return self

    @model_validator(mode="after")
    def _uses_belong_to_their_types(self) -> Column:
        """The lake has a type for each: a pseudonym of a whole number would be none."""
        if self.use in ("month", "period") and self.type != "date":
            raise ValueError(f"column {self.name}: use {self.use} is of dates")
        if self.use == "filled" and self.type != "text":
            raise ValueError(f"column {self.name}: use filled is of type text")
        if self.use == "pseudonym" and self.type in _NO_NUMBER_OF_SOMEBODY:
            raise ValueError(f"column {self.name}: a {self.type} is not an identifier of a person")
        return self

    @model_validator(mode="after")
    def _identifiers_go_no_further(self) -> Column:
        is_national = self.type in NATIONAL_IDS
        if is_national and self.use not in ("pseudonym", "discard"):
            raise ValueError(f"column {self.name}: an identifier goes on as a pseudonym or not")
        pseudonym = NATIONAL_IDS.get(self.type)
        if self.use == "pseudonym" and pseudonym and self.becomes != pseudonym:
            raise ValueError(
                f"column {self.name}: the pseudonym of a national number is joined over feeds by "
                f"its name; write `becomes: {pseudonym}`"
            )
        return self


class Node(_Strict):
    """An XML element that holds fields of one row, in the order in which the form has them."""

    name: str
    also_named: tuple[str, ...] = ()
    """Other names of it, in other releases of the form."""
    inside: str | None = None
    """The node in which it stands; by default the row itself."""
    ended: str | None = None
    """Given where the node may stand several times in a row: the column that says that what it
    holds is over. The one that is not is read, else the one that began last."""
    begun: str | None = None
    """The column that says since when."""


class RowRule(_Strict):
    """A promise about the rows of a table: exactly one of the kinds below.

    A row that breaks it goes to quarantine, or is kept and reported to its sender (``warning``).
    A column of an ancestor table is written ``<table>.<column>``; in an order it stands first.
    """

    id: str
    description: str
    outcome: Literal["quarantine", "warning"] = "quarantine"
    in_order: tuple[str, ...] = ()
    """Date columns that, where filled, must not go back in time."""
    strictly_in_order: tuple[str, ...] = ()
    """Date columns that, where filled, must each be later than the one before."""
    age_between: tuple[int, int] | None = None
    """Whole years, both inclusive, between the two columns of ``age_of``."""
    age_of: tuple[str, str] | None = None
    not_above: tuple[str, str] | None = None
    """Two whole numbers, of which the first is part of the second, such as those seen in time and
    all who were seen."""
    one_of: tuple[str, ...] = ()
    """At least one of these columns is filled."""
    given: str | None = None
    """``<column>`` (filled) or ``<column>=<value>|<value>``, of which an empty one means missing:
    the rows that ``needs`` or ``once`` is about. ``<column>=@<list>.<word>`` is every code of the
    list whose line has something in its column ``word``."""
    needs: tuple[str, ...] = ()
    """One of these columns is filled."""
    once: tuple[str, ...] = ()
    """No other row agrees in all of these columns, of which the first is filled: whom the row is
    about, and what else tells two rows of one person apart."""
    current_once: tuple[str, str] | None = None
    """Rows valid at the same time (``valid_from`` to ``valid_to``, both inclusive) that share
    either of the two columns share the other too, where both are filled."""
    unique_identifier: tuple[str, str] | None = None
    """Identifier and birth date: an identifier that stands beside different birth dates is taken
    from all of its rows."""
    academic_age: tuple[str, str, str] | None = None
    """Birth date, month and age column: the age is that of 31 August before the month's end."""

    @property
    def given_values(self) -> frozenset[str]:
        """The values that ``given`` names, without regard to capitals; '' for a missing one."""
        text = (self.given or "").partition("=")[2]
        if text.startswith("@"):
            domain, _, word = text[1:].partition(".")
            return frozenset(code.casefold() for code, said in labels(domain, word).items() if said)
        return frozenset(value.casefold() for value in text.split("|"))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it is about."""
        several = (self.in_order, self.strictly_in_order, self.one_of, self.needs, self.once)
        few = (
            self.not_above, self.age_of, self.current_once, self.unique_identifier,
            self.academic_age,
        )  # fmt: skip
        given = (self.given.partition("=")[0],) if self.given else ()
        return (*given, *(name for one in (*several, *few) for name in one or ()))


class Table(_Strict):
    """One table of a delivery: a CSV file, or the sheet of its name in a workbook."""

    name: str
    also_named: tuple[str, ...] = ()
    """Titles of the table in the sender's standard workbook."""
    element: str | None = None
    """XML element of one row; the nesting gives the parent's key."""
    nodes: tuple[Node, ...] = ()
    """What the element holds, where fields stand in nodes."""
    description: str
    key: tuple[str, ...]
    may_be_empty: bool = False
    """Whether a delivery without a row of it can be right."""
    is_optional: bool = False
    """Whether a delivery may leave it out."""
    columns: tuple[Column, ...]
    rules: tuple[RowRule, ...] = ()

    @model_validator(mode="after")
    def _says_its_grain(self) -> Table:
        if not self.description.startswith("One row per"):
            raise ValueError(f"table {self.name}: the description begins 'One row per'")
        return self

    @model_validator(mode="after")
    def _has_columns_once_and_its_key(self) -> Table:
        names = [column.name for column in self.columns]
        kept = [c.lake_name for c in self.columns if c.use not in ("discard", "period")]
        for words, listed in (("", names), (" in the lake", kept)):
            if twice := sorted({name for name in listed if listed.count(name) > 1}):
                raise ValueError(f"table {self.name}: {', '.join(twice)} stands twice{words}")
        for name in self.key:
            if name not in names:
                near = nearest(name, names)
                raise ValueError(f"table {self.name}: key {name} is not a column: {near}")
        return self

    @model_validator(mode="after")
    def _knows_its_nodes(self) -> Table:
        named = [c.node for c in self.columns] + [node.inside for node in self.nodes]
        unknown = {*named} - {None, *(node.name for node in self.nodes)}
        if unknown:
            raise ValueError(f"table {self.name}: no node {', '.join(sorted(map(str, unknown)))}")
        return self

    def column(self, name: str) -> Column:
        """The column of that delivered name; KeyError when the contract has none."""
        return next(column for column in self.columns if column.name == name)


class Contract(_Strict):
    """What a sender promises for one feed over one period of months."""

    feed: str
    title: str
    kind: Literal["person", "counts", "official"]
    """``person``: a row is about somebody. ``counts``: a row holds numbers that the sender counted,
    and no person can be recognised from it. ``official``: a publication."""
    sender: str
    source: str
    cadence: Literal["monthly", "termly", "quarterly", "yearly", "occasional"]
    """All but a yearly or occasional delivery are the position at the end of its month."""
    due_months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = ()
    """Months of the year for which a delivery is due, 1 to 12; of a monthly feed all of them where
    none are given. In another month a figure is ``not_due``, and the newest one stands: a position
    until the next month that is due, whose delivery also tells what happened since the last one."""
    is_owed: bool = True
    """False where nobody owes a delivery: no month is due, and no number of rows or of events is
    usual."""
    flow_look_back_months: int | None = None
    """How many months back a snapshot tells of what happened; none where no figures are counted
    from the feed."""
    sender_is_area: bool = False
    """Whether each sender is an area with figures of its own, as a provider is."""
    effective_from: str = Field(pattern=r"^\d{4}-\d{2}$")
    effective_to: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}$")
    formats: tuple[Literal["csv", "xlsx", "xml"], ...]
    xml_groups: tuple[str, ...] = ()
    """Elements around rows or fields that say nothing themselves, the root first."""
    xml_ignored: tuple[str, ...] = ()
    """Elements that are passed over with all they hold, such as a file header."""
    xml_doctype: bool = False
    """Whether senders' systems write a document type; one that declares nothing is then read."""
    ignored_sheets: tuple[str, ...] = ()
    """Sheets of the sender's standard workbook that hold no data."""
    footers: tuple[str, ...] = ()
    """Words with which a note or total below the table begins; only where the feed is kept by
    hand."""
    encodings: tuple[str, ...] = ("utf-8", "cp1252")
    layouts: str = ""
    """Of an official publication, hash of the contract that its tables are read by."""
    day_first_dates: bool = False
    """Whether ``dd/mm/yyyy`` is this feed's own form; day and month are never guessed."""
    has_filler_dates: bool = False
    """Whether the sender's system writes 1 January 1900 or day 0 where it has no date."""
    tables: tuple[Table, ...]

    @model_validator(mode="before")
    @classmethod
    def _a_monthly_feed_is_due_in_each_month(cls, facts: Any) -> Any:
        if isinstance(facts, dict) and facts.get("cadence") == "monthly":
            return {"due_months": tuple(range(1, 13))} | facts
        return facts

    @model_validator(mode="after")
    def _says_when_it_is_due(self) -> Contract:
        if self.cadence in ("termly", "quarterly") and not self.due_months:
            raise ValueError(f"a {self.cadence} feed names the months of the year in due_months")
        if self.cadence == "occasional" and self.due_months:
            raise ValueError("an occasional feed is due in no month")
        return self

    @model_validator(mode="after")
    def _parents_stand_above(self) -> Contract:
        above: set[str] = set()
        for table in self.tables:
            lost = {column.references for column in table.columns if column.references} - above
            if lost:
                raise ValueError(f"table {table.name}: {', '.join(lost)} must stand above it")
            above.add(table.name)
        return self

    @model_validator(mode="after")
    def _rules_are_about_columns(self) -> Contract:
        """Its own, or those of a table above it as ``<table>.<column>``."""
        above: list[str] = []
        for table in self.tables:
            own = [column.name for column in table.columns]
            for rule in table.rules:
                for name in rule.columns:
                    if name not in (*own, *above):
                        near = nearest(name, own)
                        raise ValueError(
                            f"table {table.name}, rule {rule.id}: {name} is not a column: {near}"
                        )
            above += [f"{table.name}.{name}" for name in own]
        return self

    @model_validator(mode="after")
    def _leaves_names_to_the_delivery(self) -> Contract:
        """Beside each row of the lake stand the columns that say of which delivery it is."""
        taken = _OF_A_DELIVERY | ({"source_row"} if self.is_local else set())
        for table in self.tables:
            for column in table.columns:
                if column.lake_name in taken and column.use not in ("discard", "period"):
                    raise ValueError(
                        f"table {table.name}, column {column.name}: {column.lake_name} is the name "
                        "of a column of every delivery; give it another with `becomes`"
                    )
        return self

    @model_validator(mode="after")
    def _ages_have_a_birth(self) -> Contract:
        for table in self.tables:
            aged = [column.name for column in table.columns if column.with_age]
            if aged and not self.births(table):
                raise ValueError(f"table {table.name}: no date of birth for ages on {aged}")
        return self

    @model_validator(mode="after")
    def _counts_are_whole_and_given(self) -> Contract:
        """Zero is written as 0: a cell without a number says nothing. Of rows that have no such
        number a rule says which do."""
        for table in self.tables if self.kind == "counts" else ():
            needed = {name for rule in table.rules if rule.given for name in rule.needs}
            for column in table.columns:
                place = f"table {table.name}, column {column.name}"
                is_of_somebody = column.use in ("pseudonym", "month") or column.type in NATIONAL_IDS
                if is_of_somebody:
                    raise ValueError(f"{place}: a feed of kind counts holds nothing about a person")
                is_count = column.type == "integer" and column.use == "keep"
                is_given = column.required or column.name in needed
                if is_count and not (is_given and column.between and column.between[0] >= 0):
                    raise ValueError(
                        f"{place}: a count is `required: true`, or a rule `needs` it, and has "
                        "`between: [0, ...]`"
                    )
        return self

    def births(self, table: Table) -> tuple[Column, ...]:
        """The way from a table to its date of birth: references to follow, then the date.

        Empty where neither the table nor one above it has a date of birth.
        """
        for column in table.columns:
            if column.use == "month":
                return (column,)
            above = self.births(self.table(column.references)) if column.references else ()
            if above:
                return (column, *above)
        return ()

    @model_validator(mode="after")
    def _footers_compare(self) -> Contract:
        """They are compared with case-folded cells."""
        if any(word != word.casefold() for word in self.footers):
            raise ValueError("footers are written in lower case")
        return self

    @property
    def is_local(self) -> bool:
        """Whether a local organisation sends it; the others are official publications."""
        return self.kind != "official"

    @property
    def is_of_month_end(self) -> bool:
        """Whether a delivery is the position at the end of its month."""
        return self.cadence not in ("yearly", "occasional")

    def covers(self, month: str) -> bool:
        """Whether it is in force in a month (YYYY-MM)."""
        return self.effective_from <= month <= (self.effective_to or month)

    def is_owed_in(self, month: str) -> bool:
        """Whether a month (YYYY-MM) in which its sender delivers none is told."""
        return self.is_owed and int(month[5:]) in self.due_months

    def months_back(self, month: str, deliveries: int) -> int:
        """How many months before one (YYYY-MM) so many deliveries were due, the last included.

        Of a feed that is due in no month, as of a monthly one.
        """
        back = due = 0
        while due < deliveries:
            back += 1
            before = (int(month[5:]) - back - 1) % 12 + 1
            due += before in self.due_months or not self.due_months
        return back

    def table(self, name: str) -> Table:
        """The table of that name; KeyError when the contract has none."""
        return {table.name: table for table in self.tables}[name]

    @model_validator(mode="after")
    def _keeps_no_free_text_of_people(self) -> Contract:
        """Whatever a person may write into a cell may be a name."""
        free = [
            f"{table.name}.{column.name}"
            for table in self.tables
            for column in table.columns
            if self.is_local and column.type == "text" and column.use == "keep"
        ]
        if free:
            raise ValueError(f"{', '.join(free)}: free text of people is not kept")
        return self

    @property
    def digest(self) -> str:
        """Hash of the contract with its code lists; a changed contract rebuilds the lake."""
        lists = {c.words: codes(c.words) for t in self.tables for c in t.columns if c.words}
        text = self.model_dump_json() + json.dumps(lists, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


class PolicyRule(_Strict):
    """One rule of the landing policy and what becomes of a delivery that breaks it."""

    outcome: str
    rule: str


class Policy(_Strict):
    """The landing policy: one table for every feed."""

    rules: dict[str, PolicyRule]
    null_tokens: tuple[str, ...]
    not_applicable_tokens: tuple[str, ...]
    earliest_event: str
    earliest_date: str
    identifier_cells: int
    identifier_filled_share: float
    identifier_sound_share: float
    largest_file_bytes: int
    settle_seconds: float
    quarantine_share: float
    quarantine_rows: int
    quarantine_majority_share: float
    quarantine_majority_rows: int
    usual_deliveries: int
    usual_factor: float
    usual_rows: int
    prose_characters: int


@cache
def load_contracts() -> tuple[Contract, ...]:
    """Every contract, in the order of feed and effective month."""
    files = sorted(p for p in FOLDER.glob("*.yaml") if p.name not in (_POLICY, _OFFICIAL))
    contracts = [read(Contract, path) for path in files]
    official = read(Contract, FOLDER / _OFFICIAL)
    contracts += [_of_publication(publication, official) for publication in load_publications()]
    return tuple(sorted(contracts, key=lambda c: (c.feed, c.effective_from)))


def _of_publication(publication: Publication, official: Contract) -> Contract:
    """What the lake holds of an official publication: the same columns of each."""
    own = {
        "feed": publication.dataset,
        "title": publication.title,
        "sender": publication.publisher,
        "source": publication.source,
        "layouts": hashlib.sha256(publication.model_dump_json().encode()).hexdigest(),
    }
    return official.model_copy(update=own)


@cache
def local_feeds() -> frozenset[str]:
    """The feeds that local organisations send; the others are official publications."""
    return frozenset(contract.feed for contract in load_contracts() if contract.is_local)


@cache
def counted_feeds() -> frozenset[str]:
    """The local feeds that figures are counted from; the others are read beside them, and an
    unsound snapshot of theirs is not used."""
    counted = (one for one in load_contracts() if one.flow_look_back_months is not None)
    return frozenset(contract.feed for contract in counted)


@cache
def official_feeds() -> frozenset[str]:
    """The official publications."""
    return frozenset(contract.feed for contract in load_contracts() if not contract.is_local)


def contract_for(feed: str, period: str) -> Contract:
    """The contract of ``feed`` in force in ``period`` (YYYY-MM); Refused when there is none."""
    for contract in load_contracts():
        if contract.feed == feed and contract.covers(period):
            return contract
    known = sorted({c.feed for c in load_contracts()})
    raise Refused(
        "R-NAME",
        "the delivery",
        f"no contract covers feed {feed} in {period}",
        f"a feed of {', '.join(known)} within its effective months",
        "check feed and month in the file name or manifest, or agree a contract for that month",
    )


def is_due(feed: str, month: str) -> bool:
    """Whether a delivery of a feed is due for a month (YYYY-MM), by the contract in force in it."""
    return any(
        one.feed == feed and one.covers(month) and one.is_owed_in(month) for one in load_contracts()
    )


@cache
def policy() -> Policy:
    """The landing policy of ``policy.yaml``."""
    return read(Policy, FOLDER / _POLICY)


def codes(domain: str) -> tuple[str, ...]:
    """The codes of a list in file order, but those that had ended before any
    sender's contract began: they stay in the list for what was counted with them."""
    if domain == CATALOGUE:
        return tuple(labels(domain, "title"))
    first = min(c.effective_from for c in load_contracts() if c.is_local)
    ended = labels(domain, "valid_to")
    return tuple(code for code, day in ended.items() if not day or day[:7] >= first)


def labels(domain: str, column: str = "label") -> dict[str, str]:
    """The label, or another column, of each code of a list, in file order.

    The list is ``domains/<domain>.csv``, or else a file of the partnership. The codes of
    ``CATALOGUE`` are the ids of the indicators that the partnership adopted.
    """
    if domain == CATALOGUE:
        adopted = _listed(chosen_folder() / "adopted_indicators.csv", "indicator_id", "owner_group")
        known = _listed(_SEEDS / f"{domain}.csv", "indicator_id", column)
        return {code: label for code, label in known.items() if code in adopted}
    shared = FOLDER / "domains" / f"{domain}.csv"
    path = shared if shared.exists() else chosen_folder() / shared.name
    return _listed(path, "code", column)


@cache
def _listed(path: Path, key: str, column: str) -> dict[str, str]:
    return read_list(path, key, column)
