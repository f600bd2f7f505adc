"""Holds the measures that `dbt_project/macros/measures/` declares to their form.

dbt says little of a mistake in them: YAML that cannot be read is an undefined name, a misspelt key
nothing at all, a wrong column the end of a build. So they are read here before dbt parses them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from ingest.contracts import load_contracts
from ingest.contracts.model import RECORD, counted_feeds, official_feeds
from ingest.refusals import InWords
from ingest.store.lake import lake_schema

_FRAME = re.compile(
    r"\{% macro measures_of_(?P<topic>\w+)\(\) -%\}\n    \{%- set text -%\}\n(?P<text>.*)\n"
    r"    \{%- endset -%\}\n    \{\{ return\(fromyaml\(text\)\) \}\}\n\{%- endmacro %\}\n",
    re.DOTALL,
)
_LINES_BEFORE = 2
_PARAMETER = re.compile(r"@([a-z0-9_]+)")
_DATE, _CONDITION, _TEXT = "a date", "a condition", "text"
_WHOLE, _NUMBER = "a whole number", "a number"
_TYPES = {
    _DATE: r"DATE",
    _CONDITION: r"BOOLEAN",
    _TEXT: r"VARCHAR",
    _WHOLE: r"(TINY|SMALL|BIG|HUGE)?INT(EGER)?",
    _NUMBER: r"(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL.*",
}
_OF_THE_LAKE = {
    pa.string(): "VARCHAR",
    pa.date32(): "DATE",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
}
_OF_A_DELIVERY = {"feed": "VARCHAR", "sender": "VARCHAR", "period": "VARCHAR"} | {
    "census_date": "DATE",
    "known_on": "DATE",
}
"""What the macro `delivered` brings."""
_UNION, _DECLARED = "int_local_cases__united", "int_measures__declared"
_READ_OF_EACH_CASE = ("submission_id", "sender", "source_row", "census_date")
_IN_A_MONTH = """
    select
        *,
        null::varchar as indicator_service,
        null::date as period_start,
        null::date as period_end,
        null::date as event_date
    from cases
"""
"""What the SQL of a measure may name: `measured_cases` adds these to the columns of the cases."""
_SHAPES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "sum": (("count",), ("", "adds")),
    "stock": (("count",), ("", "adds")),
    "cumulative": (("count",), ("", "adds")),
    "ytd_flow": (("count",), ("", "adds")),
    "ytd_stock": (("count",), ("", "adds")),
    "distinct": (("count",), ("distinct",)),
    "distinct_ratio": (("pct",), ("counts and distinct",)),
    "rolling12_distinct": (("count",), ("distinct",)),
    "ratio_of_sums": (("pct",), ("counts", "adds", "counts and adds")),
    "stock_ratio": (("pct",), ("counts", "adds", "counts and adds")),
    "fy_cumulative": (("pct",), ("counts", "adds")),
    "distribution": (("distribution",), ("counts",)),
    "mean": (("days", "weeks", "score"), ("quantity",)),
    "median": (("days", "weeks"), ("quantity",)),
    "percentile": (("days", "weeks"), ("quantity",)),
}
"""Units of each aggregation, and which of the keys below its measures have: one of these words."""
_HOW = ("counts", "adds", "quantity", "distinct")
_NONE = f"none of {', '.join(_HOW)}"
_UNCOUNTED = ("", "published_only", "ratio_of")
"""Words in the column measure of the catalogue for what no measure counts."""

Reasons = str | list[str | dict[str, str]]
Breakdowns = list[str | dict[str, str]]


class WrongMeasures(InWords):
    """The measures cannot be counted as they are declared; each mistake has a line."""


class _Strict(BaseModel):
    """A misspelt key is an error, not a silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Adds(_Strict):
    """Columns of delivered counts."""

    numerator: str
    denominator: str = ""
    """Of a share: the whole, which the numerator is part of. With ``counts`` the numerator's column
    of all rows is the whole."""


class Measure(_Strict):
    """Which rows of a core model are looked at, which count, and how. Every text is SQL."""

    dated: str = ""
    """Rows whose date lies in the month; without it the position at the end of the month."""
    among: str = ""
    """Further condition of a row that is looked at."""
    excluded: Reasons = []
    """Why a row that is looked at does not count; the first reason that applies."""
    counts: str = ""
    """Condition above the line of a share."""
    adds: Adds | None = None
    """What a row adds where it holds counts as its sender counted them; without it a row is one
    case."""
    quantity: str = ""
    """Number of which a mean, median or percentile is taken."""
    distinct: str = ""
    """Who or what is counted once in a period, above and below the line."""
    other_submission: str = ""
    """Second delivery on which the figure rests."""
    needs_days: bool = True
    """Of a position of a list: False where a finding about its bands leaves the figure standing."""
    mature_after: str = ""
    """Clock, or parameter in days, by which the time of each who came in the month is over."""
    within_school_year: bool = False
    """Whether only a delivery of the same school year tells of a month."""
    age: str = ""
    breakdowns: Breakdowns | Literal["none"] = []


class Topic(_Strict):
    """The measures of one core model."""

    reads: str
    feeds: list[str]
    table: str | dict[str, str]
    """Delivered table in which a row stood, or the condition of each."""
    service: str = ""
    """Column of the service, where a delivery holds the lists of several."""
    service_groups: dict[str, list[str]] = {}
    """Services that one word of the catalogue takes together."""
    other_submission: str = ""
    age: str = ""
    breakdowns: Breakdowns = []
    reasons: dict[str, Reasons] = {}
    """Lists of reasons that several measures share."""
    measures: dict[str, Measure]


class _Unreadable(Exception):
    """A file that holds no measures: what is found, expected and to do, for each mistake."""

    def __init__(self, *faults: tuple[str, str, str, str]) -> None:
        super().__init__(*faults)
        self.faults = faults


class _Loader(yaml.CSafeLoader):
    """Refuses a key that stands twice: YAML takes the last one and says nothing."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys: set[str] = set()
        for key, _ in node.value:
            if key.value in keys:
                raise yaml.MarkedYAMLError(
                    problem=f"{key.value} twice", problem_mark=key.start_mark
                )
            keys.add(key.value)
        return super().construct_mapping(node, deep)


def refuse_wrong_measures(project: Path) -> None:
    """Read every measure of a dbt project, and try its SQL on empty core tables.

    Raises:
        WrongMeasures: a line for each mistake: file, measure and key, what stands there, what was
            expected, what to do.
    """
    topics: dict[str, Topic] = {}
    faults: list[str] = []
    for path in sorted((project / "macros/measures").glob("*.sql")):
        try:
            topics[f"macros/measures/{path.name}"] = _read(path)
        except _Unreadable as error:
            file = f"macros/measures/{path.name}"
            faults += [_fault(f"{file}{where}", *rest) for where, *rest in error.faults]
    if not faults:
        catalogue = _rows(project / "seeds/indicator_catalogue.csv")
        faults += _of_catalogue(topics, catalogue)
        faults += _of_ratios(catalogue, _rows(project / "seeds/indicator_ratios.csv"))
        faults += _of_delivered_counts(topics)
        faults += _of_models(topics, project / "models")
        faults += _of_deliveries(topics, project / "seeds")
        faults += _of_sql(topics, project)
    if faults:
        raise WrongMeasures("\n".join(faults))


def _fault(where: str, found: str, expected: str, action: str) -> str:
    return f"{where}: {found}; expected {expected}. What to do: {action}."


def _rows(seed: Path) -> list[dict[str, str]]:
    with seed.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _read(path: Path) -> Topic:
    """The topic of one file, as dbt would read it."""
    frame = _FRAME.fullmatch(path.read_text("utf-8"))
    if not frame or frame["topic"] != path.stem or re.search(r"\{[{%#]", frame["text"]):
        raise _Unreadable(
            (
                "",
                "the lines around the YAML are not the lines of a measures file",
                f"the lines of the files beside it: measures_of_{path.stem}, no Jinja between",
                "copy the first two and the last three lines of another file",
            )
        )
    try:
        return Topic.model_validate(yaml.load(frame["text"], _Loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _Unreadable(
            (
                f", line {mark.line + 1 + _LINES_BEFORE}" if mark else "",
                f"YAML finds {error.problem}",
                "every key once, and quotes around text that holds a colon and a space or begins "
                "with a quotation mark",
                "correct the line",
            )
        ) from None
    except ValidationError as error:
        faults = {_place(each["loc"]): _of_form(each) for each in error.errors()}
        raise _Unreadable(*((where, *fault) for where, fault in faults.items())) from None


def _place(location: tuple[int | str, ...]) -> str:
    """Measure and key, without the branches in which pydantic looked."""
    if location[:1] == ("measures",) and len(location) > 1:
        return f", measure {location[1]}" + (f", {location[2]}" if len(location) > 2 else "")
    return f", {location[0]}" if location else ""


def _of_form(error: Mapping[str, Any]) -> tuple[str, str, str]:
    is_of_measure = error["loc"][:1] == ("measures",) and len(error["loc"]) > 2
    is_inside = "adds" in error["loc"][2:-1]
    if error["type"] == "extra_forbidden" and not is_inside:
        keys = ", ".join((Measure if is_of_measure else Topic).model_fields)
        found = f"no key of a {'measure' if is_of_measure else 'topic'}"
        return found, f"one of {keys}", "correct the key or remove it"
    if error["type"] == "missing" and not is_inside:
        return "missing", "the key, once in each topic", "write it"
    key = str(error["loc"][2 if is_of_measure else 0]) if error["loc"] else ""
    expected = {
        "excluded": "SQL, a list of reasons, or several of them and of `reason: condition`",
        "reasons": "under each name SQL, or a list of SQL and of `reason: condition`",
        "breakdowns": "a list of columns and of `breakdown: SQL`, or of a measure `none`",
        "adds": "numerator and, of a share, denominator, each a column of delivered counts",
        "needs_days": "true or false",
        "within_school_year": "true or false",
        "feeds": "a list of feeds",
        "measures": "measures by name, each with its keys",
    }.get(key, "SQL, in quotes where YAML reads it as a number or as true")
    return "not in the form of the key", expected, "write it in this form"


def _of_catalogue(topics: Mapping[str, Topic], catalogue: list[dict[str, str]]) -> Iterator[str]:
    """What catalogue and measures say of each other; official series have measures of their own."""
    indicators = [
        row
        for row in catalogue
        if row["measure"] not in _UNCOUNTED
        and not official_feeds().issuperset(row["fed_by"].split("; "))
    ]
    declared: dict[str, str] = {}
    for file, topic in topics.items():
        for name, measure in topic.measures.items():
            where = f"{file}, measure {name}"
            if name in declared:
                yield _fault(
                    where, f"{declared[name]} declares it too", "every measure once", "rename one"
                )
            declared[name] = file
            own = [indicator for indicator in indicators if indicator["measure"] == name]
            if not own:
                yield _fault(
                    where,
                    "no indicator uses it",
                    "a row of seeds/indicator_catalogue.csv that names it in the column measure",
                    "add the row or remove the measure",
                )
            for indicator in own:
                yield from _of_indicator(where, topic, measure, indicator)
    for indicator in indicators:
        if indicator["measure"] not in declared:
            yield _fault(
                f"seeds/indicator_catalogue.csv, {indicator['indicator_id']}, measure",
                f"no file declares {indicator['measure']}",
                "a measure of this name in a file of macros/measures/",
                "declare it, correct the name, or write published_only",
            )


def _of_ratios(catalogue: list[dict[str, str]], ratios: list[dict[str, str]]) -> Iterator[str]:
    """A ratio without its parts would have no figure, and no reason for it."""
    counts = {row["indicator_id"] for row in catalogue if row["unit"] == "count"}
    named = {row["indicator_id"] for row in catalogue if row["measure"] == "ratio_of"}
    for name in sorted(named ^ {row["indicator_id"] for row in ratios}):
        yield _fault(
            f"seeds/indicator_ratios.csv, {name}",
            "it has no row" if name in named else "the catalogue does not call it a ratio",
            "a row of each indicator whose measure is ratio_of, and of no other",
            "correct one of the two seeds",
        )
    for row in ratios:
        for key in ("numerator_indicator_id", "denominator_indicator_id"):
            if row[key] not in counts:
                yield _fault(
                    f"seeds/indicator_ratios.csv, {row['indicator_id']}, {key}",
                    f"{row[key]} is no count of the catalogue",
                    "an indicator with the unit count",
                    "name another indicator",
                )


def _of_indicator(
    where: str, topic: Topic, measure: Measure, indicator: Mapping[str, str]
) -> Iterator[str]:
    name, aggregation, unit = (indicator[c] for c in ("indicator_id", "aggregation", "unit"))
    units, expected = _SHAPES.get(aggregation, ((), ()))
    has = " and ".join(key for key in _HOW if getattr(measure, key))
    if not units:
        yield _fault(
            where,
            f"{name} has aggregation {aggregation}",
            f"one that counts cases: {', '.join(_SHAPES)}",
            "correct aggregation or measure in seeds/indicator_catalogue.csv",
        )
    elif unit not in units or has not in expected:
        yield _fault(
            where,
            f"it has {has or _NONE}",
            f"{' or '.join(one or _NONE for one in expected)}, and the unit "
            f"{' or '.join(units)}: {name} has aggregation {aggregation} and unit {unit}",
            "correct the measure, or aggregation and unit in seeds/indicator_catalogue.csv",
        )
    elif measure.adds and bool(measure.adds.denominator or measure.counts) != (unit == "pct"):
        yield _fault(
            f"{where}, adds",
            f"it has {'a' if measure.adds.denominator else 'no'} denominator",
            f"one for a share and none for a count: {name} has unit {unit}",
            "correct adds, or aggregation and unit in seeds/indicator_catalogue.csv",
        )
    if (indicator["snapshot"] == "newest") != bool(measure.dated):
        yield _fault(
            f"{where}, dated",
            "it is there" if measure.dated else "it is missing",
            f"a date if and only if the snapshot is `newest`: {name} has {indicator['snapshot']}",
            "correct dated, or snapshot in seeds/indicator_catalogue.csv",
        )
    if set(topic.feeds).isdisjoint(indicator["fed_by"].split("; ")):
        yield _fault(
            where,
            f"its feeds are {', '.join(topic.feeds)}",
            f"one that feeds {name}: {indicator['fed_by']}",
            "move the measure to another file, or correct fed_by in seeds/indicator_catalogue.csv",
        )


def _of_delivered_counts(topics: Mapping[str, Topic]) -> Iterator[str]:
    """Rows of counts are added up; rows of people are counted, or their numbers added up, such as
    sessions. No part may be above its whole: the door holds delivered columns to it, a core model
    those that it works out. A share may also be one of the rows of counts, as of practices.
    """
    contracts = {contract.feed: contract for contract in load_contracts()}
    for file, topic in topics.items():
        own = [contracts[feed] for feed in topic.feeds if feed in contracts]
        is_record = topic.feeds == [RECORD]
        are_counts = bool(own) and all(contract.kind == "counts" for contract in own)
        tables = [table for contract in own for table in contract.tables]
        wholes = {rule.not_above for table in tables for rule in table.rules}
        for name, measure in topic.measures.items():
            adds, where = measure.adds, f"{file}, measure {name}, adds"
            is_delivered = topic.reads.startswith("stg_")
            if (are_counts or is_record) and not adds and not measure.counts:
                yield _fault(
                    where,
                    "it is missing",
                    f"it, because the contract of {', '.join(topic.feeds)} is of kind counts, but "
                    "for a share of its rows",
                    "add up delivered counts, or correct the kind in the contract",
                )
            elif (
                not is_record
                and adds
                and adds.denominator
                and is_delivered
                and (adds.numerator, adds.denominator) not in wholes
            ):
                yield _fault(
                    where,
                    f"no rule of the contract holds {adds.numerator} against {adds.denominator}",
                    f"`not_above: [{adds.numerator}, {adds.denominator}]` under the rules of the "
                    "table: a numerator above its denominator is then refused at the door",
                    "add the rule to the contract, or name the columns of another rule",
                )


def _of_models(topics: Mapping[str, Topic], folder: Path) -> Iterator[str]:
    """An indicator whose cases no model lists would have no cases: a count of zero."""
    models = {path.stem: path.read_text("utf-8") for path in folder.rglob("*.sql")}
    for file, topic in topics.items():
        if others := sorted(set(topic.feeds) - counted_feeds() - {RECORD}):
            yield _fault(
                f"{file}, feeds",
                f"no figures are counted from {', '.join(others)}",
                f"feeds of {', '.join(sorted(counted_feeds()))}",
                "correct the name, or give flow_look_back_months in the feed's contract",
            )
        call = f"measures_of_{Path(file).stem}()"
        names = [name for name, text in models.items() if call in text and name != _DECLARED]
        if len(names) != 1 or f"ref('{names[0]}')" not in models[_UNION]:
            yield _fault(
                file,
                f"its measures are counted by {' and '.join(sorted(names)) or 'no model'}",
                f"one model that calls {call} and is named in {_UNION}",
                "call it in one model int_*_cases__measured, and run `lasp contracts`",
            )


def _of_deliveries(topics: Mapping[str, Topic], seeds: Path) -> Iterator[str]:
    """A limit of neither seed would leave every month of a cohort mature."""
    limits = {
        row["clock_id"]
        for row in _rows(seeds / "statutory_clocks.csv")
        if row["counting"] in ("after_event", "beginning_with_event")
        and row["unit"] != "working days"
    }
    limits |= {row["name"] for row in _rows(seeds / "parameters.csv") if row["unit"] == "days"}
    for file, topic in topics.items():
        for place, measure in _placed(topic):
            where = f"{file}{place}"
            if measure.mature_after and measure.mature_after not in limits:
                yield _fault(
                    f"{where}, mature_after",
                    f"no limit is called {measure.mature_after}",
                    "a parameter in days of seeds/parameters.csv, or a clock of "
                    "seeds/statutory_clocks.csv that runs so long after its event",
                    "correct the name, or add the limit",
                )
            for key in ("mature_after", "within_school_year"):
                if getattr(measure, key) and not measure.dated:
                    yield _fault(
                        f"{where}, {key}",
                        "the measure counts a position",
                        "a measure with a date: only of what happened does a later delivery tell",
                        f"add dated, or remove {key}",
                    )
            if not measure.needs_days and (measure.dated or not topic.service):
                yield _fault(
                    f"{where}, needs_days",
                    "the measure counts no position of a list",
                    "a topic with service, and a measure without dated",
                    "remove needs_days",
                )


def _of_sql(topics: Mapping[str, Topic], project: Path) -> Iterator[str]:
    contracts = _staged_columns() | _core_columns(project)
    rows = _rows(project / "seeds/parameters.csv")
    parameters = {row["name"] for row in rows if row["value"].isdecimal()}
    text = (project / "macros/breakdowns.sql").read_text("utf-8")
    breakdowns = set(re.findall(r"'(\w+)'", text)) - {"age_band"}
    with duckdb.connect() as database:
        for file, topic in topics.items():
            columns = contracts.get(topic.reads, {})
            wanted = [*_READ_OF_EACH_CASE, *(["feed"] if len(topic.feeds) > 1 else [])]
            wanted += [topic.service] if topic.service else []
            if lacking := [column for column in wanted if column not in columns]:
                yield _fault(
                    f"{file}, reads",
                    f"{topic.reads} has no {', '.join(lacking)}",
                    f"a model of models/core/, or of models/staging/ for a feed, with "
                    f"{', '.join(wanted)}",
                    "name another model, or add the columns",
                )
                continue
            listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
            database.execute(f"create or replace table cases ({listed})")
            yield from _of_lists(file, topic, columns)
            yield from _of_breakdowns(file, topic, breakdowns)
            for place, sql, kind in _expressions(topic):
                yield from _of_expression(f"{file}{place}", sql, kind, parameters, database)


def _staged_columns() -> dict[str, dict[str, str]]:
    """Columns and types of each feed's staging models: the lake's, and those of its delivery."""
    newest = {contract.feed: contract for contract in load_contracts() if contract.is_local}
    return {
        f"stg_{feed}__{table.name}": {
            field.name: _OF_THE_LAKE[field.type] for field in lake_schema(contract, table)
        }
        | _OF_A_DELIVERY
        for feed, contract in newest.items()
        for table in contract.tables
    }


def _core_columns(project: Path) -> dict[str, dict[str, str]]:
    """Columns and types that each core model promises, and the warehouse's own record."""
    models = [
        model
        for folder in ("core", "count/record")
        for path in sorted((project / "models" / folder).rglob("*.yml"))
        for model in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader).get("models", ())
    ]
    return {
        model["name"]: {column["name"]: column["data_type"] for column in model["columns"]}
        for model in models
    }


def _of_lists(file: str, topic: Topic, columns: Iterable[str]) -> Iterator[str]:
    """A list of reasons that led back to itself would never end."""
    above: set[str] = set()
    for name, reasons in topic.reasons.items():
        named = {part for part in _parts(reasons) if isinstance(part, str)} & topic.reasons.keys()
        if name in columns:
            yield _fault(
                f"{file}, reasons, {name}",
                f"{topic.reads} has a column of this name",
                "a name that no column has",
                "rename the list",
            )
        if further := sorted(named - above):
            yield _fault(
                f"{file}, reasons, {name}",
                f"it names {', '.join(further)}",
                "lists that stand above it",
                "move the list that is named up",
            )
        above.add(name)


def _of_breakdowns(file: str, topic: Topic, breakdowns: set[str]) -> Iterator[str]:
    for place, of_measure in (("", topic), *_placed(topic)):
        parts = of_measure.breakdowns if of_measure.breakdowns != "none" else ()
        names = {name for part in parts for name in ([part] if isinstance(part, str) else part)}
        if others := sorted(names - breakdowns):
            yield _fault(
                f"{file}{place}, breakdowns",
                f"no figure is broken down by {', '.join(others)}",
                f"one of {', '.join(sorted(breakdowns))}",
                "correct the name, or add it to macros/breakdowns.sql",
            )


def _parts(reasons: Reasons) -> list[str | dict[str, str]]:
    return [reasons] if isinstance(reasons, str) else reasons


def _expressions(topic: Topic) -> Iterator[tuple[str, str, str]]:
    """Place of every piece of SQL of a topic, the SQL, and what it is to give."""
    for table, condition in topic.table.items() if isinstance(topic.table, dict) else ():
        yield f", table, {table}", condition, _CONDITION
    for name, reasons in topic.reasons.items():
        yield from _of_reasons(f", reasons, {name}", reasons, topic)
    for place, of_measure in (("", topic), *_placed(topic)):
        texts: list[tuple[str, str]] = [("age", _WHOLE), ("other_submission", _TEXT)]
        if isinstance(of_measure, Measure):
            texts += [("dated", _DATE), ("among", _CONDITION), ("counts", _CONDITION)]
            texts += [("quantity", _NUMBER), ("distinct", _TEXT)]
            adds = of_measure.adds.model_dump() if of_measure.adds else {}
            yield from ((f"{place}, adds, {key}", sql, _WHOLE) for key, sql in adds.items() if sql)
            yield from _of_reasons(f"{place}, excluded", of_measure.excluded, topic)
        for key, kind in texts:
            if sql := getattr(of_measure, key):
                yield f"{place}, {key}", sql, kind
        for part in of_measure.breakdowns if of_measure.breakdowns != "none" else ():
            for name, sql in ({part: part} if isinstance(part, str) else part).items():
                yield f"{place}, breakdowns, {name}", sql, _TEXT


def _placed(topic: Topic) -> list[tuple[str, Measure]]:
    return [(f", measure {name}", measure) for name, measure in topic.measures.items()]


def _of_reasons(place: str, reasons: Reasons, topic: Topic) -> Iterator[tuple[str, str, str]]:
    for part in _parts(reasons):
        if isinstance(part, dict):
            for reason, condition in part.items():
                yield f"{place}, {reason}", condition, _CONDITION
        elif part not in topic.reasons:
            yield place, part, _TEXT


def _of_expression(
    where: str, sql: str, kind: str, parameters: set[str], database: duckdb.DuckDBPyConnection
) -> Iterator[str]:
    if unknown := sorted(set(_PARAMETER.findall(sql)) - parameters):
        yield _fault(
            where,
            f"no whole number is called {', '.join(unknown)}",
            "after @ a parameter of seeds/parameters.csv that is a whole number",
            "correct the name or add the parameter",
        )
        return
    with_parameters = _PARAMETER.sub("1", sql)
    try:
        [(_, found, *_)] = database.execute(
            f"describe select ({with_parameters}) as tried from ({_IN_A_MONTH})"
        ).fetchall()
    except duckdb.Error as error:
        found = str(error).partition("\n")[0]
    if not re.fullmatch(_TYPES[kind], found):
        yield _fault(
            where,
            f"`{sql}` gives {found}",
            f"{kind} from the columns of the model that the topic reads, indicator_service, "
            "period_start, period_end and event_date",
            "correct the SQL",
        )
