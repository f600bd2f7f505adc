"""The tables of one delivery together: what rows promise, and how tables hang on each other. Pure.

A row whose parent is not among the kept rows is set aside too, table by table from the top, so
that a person who is set aside takes the whole case along.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from unicodedata import normalize

import numpy as np
import pandas as pd
import pyarrow as pa

from ingest.contracts import Column, Contract, RowRule, Table, policy
from ingest.refusals import Refused
from ingest.typed.characters import packed, parts
from ingest.typed.coded import spread
from ingest.typed.conform import Conformed, Delivered, Problem, Typed, is_of_column, type_table
from ingest.typed.row_rules import Rows, alike, broken, columns_of
from ingest.typed.text_table import TextTable

_LISTED_ROWS = 5
_NO_REJECTS = pd.DataFrame(columns=["source_row", *Problem._fields[1:]], dtype=object)
_NO_REJECTS = _NO_REJECTS.astype({"source_row": "int64"})


@dataclass(frozen=True)
class _Judged:
    """A conformed table with what its children and the limits need to know of it."""

    conformed: Conformed
    place: str
    """The file or sheet, as messages name it."""
    keys: frozenset[object]
    """Of every delivered row, kept or not."""
    days: pd.DataFrame
    """Dates of the kept rows and of their ancestors as ``<table>.<column>``, by key."""
    faults: list[Problem]
    """What set rows aside, but for those that only went with their parent row."""
    may_be_empty: bool

    @property
    def bad(self) -> int:
        """Rows in quarantine by themselves."""
        return len({fault.row for fault in self.faults})

    @property
    def is_lost(self) -> bool:
        """Whether rows landed and none is kept: it would look like a nil return.

        A table that may be empty may also lose all of its rows with those of its parent.
        """
        is_empty = bool(self.conformed.landed) and self.conformed.kept.empty
        return is_empty and (bool(self.faults) or not self.may_be_empty)


def conform_all(
    texts: Mapping[str, TextTable], contract: Contract, delivered: Delivered
) -> dict[str, Conformed]:
    """Type and judge every table of a delivery, by table name, in the contract's order.

    A table that may be missing or empty and is not among ``texts`` gives an empty result.

    Raises:
        Refused: R-COL, R-HDR, R-SCI, R-SWAP, R-NOID, R-PERIOD, R-EMPTY or R-BAD, with what to
            mend.
    """
    judged: dict[str, _Judged] = {}
    for table in contract.tables:
        text = _delivered(texts, table, delivered)
        judged[table.name] = _judge(text, table, contract, judged, delivered)
    _refuse_too_many(judged, is_of_counts=contract.kind == "counts")
    return {name: table.conformed for name, table in judged.items()}


def _delivered(texts: Mapping[str, TextTable], table: Table, delivered: Delivered) -> TextTable:
    text = texts.get(table.name)
    if text is None:
        columns = [column.name for column in table.columns]
        text = TextTable(table.name, pd.DataFrame(columns=columns, dtype=object), "")
    may_be_empty = table.may_be_empty or (table.is_optional and table.name not in texts)
    if text.frame.empty and not may_be_empty and not delivered.is_nil_return:
        raise Refused(
            "R-EMPTY",
            text.name,
            "a header without data rows",
            "at least one row",
            "send the rows, or a manifest with row_count 0 if there are really none",
        )
    return text


def _judge(
    text: TextTable,
    table: Table,
    contract: Contract,
    above: Mapping[str, _Judged],
    delivered: Delivered,
) -> _Judged:
    typed = type_table(text, table, delivered)
    days = _days(typed.rows, table, above)
    rows = Rows(typed.rows, days, typed.is_filled, delivered.period)
    problems = [*typed.problems, *_impossible_times(days, table, contract, delivered)]
    problems += _duplicate_keys(typed, table)
    again = []
    for rule in table.rules:
        aside = {p.row for p in problems if p.outcome == "quarantine"}
        judged = rows.without(aside) if rule.unique_identifier or rule.once else rows
        if rule.once:
            again += _standing_again(rule, judged, typed)
            continue
        found = judged.values.index[broken(rule, judged)]
        problems += [Problem(row, columns_of(rule), rule.id, rule.outcome) for row in found]
        if rule.unique_identifier:
            typed.rows.loc[found, rule.unique_identifier[0]] = None
    unknown, orphaned = _parentless(typed, table, above)
    faults = [p for p in problems + unknown if p.outcome == "quarantine"]
    kept = ~typed.rows.index.isin([problem.row for problem in faults + orphaned])
    conformed = _conformed(typed, kept, problems + unknown + orphaned, again)
    as_parent = _as_parent(typed, days, kept, table, contract)
    return _Judged(conformed, text.name, *as_parent, faults, table.may_be_empty)


def _standing_again(rule: RowRule, rows: Rows, typed: Typed) -> list[Problem]:
    """Rows that agree in what the rule names, each with the first few of the others."""
    problems = []
    for row, group in alike(rule, rows).items():
        others = [other for other in group[: _LISTED_ROWS + 1] if other != row][:_LISTED_ROWS]
        listed = ", ".join(str(typed.source_rows[other]) for other in others)
        more = len(group) - 1 - len(others)
        why = f"also in row {listed}{f' and {more} more' if more else ''}"
        problems.append(Problem(row, columns_of(rule), rule.id, rule.outcome, why))
    return problems


def _days(rows: pd.DataFrame, table: Table, above: Mapping[str, _Judged]) -> pd.DataFrame:
    """The dates of a table beside those of its ancestors."""
    dates = [
        column.name for column in table.columns if column.type == "date" and column.name in rows
    ]
    days = {name: _days_of(rows[name].array) for name in dates}
    for column in _references(table):
        parent, keys = above[column.references or ""].days, rows[column.name].array
        at = spread(keys, np.append(parent.index.get_indexer(keys.categories), -1))
        for name in parent.columns.difference([*days]):
            inherited = np.append(parent[name].to_numpy(), np.datetime64("NaT"))
            days[name] = inherited[at]
    return pd.DataFrame(days, index=rows.index)


def _days_of(dates: pd.Categorical) -> np.ndarray:
    days = pa.array([*dates.categories.tolist(), None], pa.date32())
    return spread(dates, days.to_numpy(zero_copy_only=False))


def _references(table: Table) -> list[Column]:
    return [column for column in table.columns if column.references]


def _as_parent(
    typed: Typed, days: pd.DataFrame, kept: np.ndarray, table: Table, contract: Contract
) -> tuple[frozenset[object], pd.DataFrame]:
    """Keys of all rows, and the dates of the kept ones by key; nothing where no table refers."""
    references = {column.references for other in contract.tables for column in _references(other)}
    if table.name not in references or len(table.key) > 1 or table.key[0] not in typed.rows:
        return frozenset(), days.iloc[:0]
    keys = typed.rows[table.key[0]]
    named = days.rename(columns=lambda name: name if "." in name else f"{table.name}.{name}")
    return frozenset(keys.dropna().unique()), named[kept].set_axis(keys[kept].astype(object))


def _impossible_times(
    days: pd.DataFrame, table: Table, contract: Contract, delivered: Delivered
) -> list[Problem]:
    """Dates after the extract or before 1906, and events before 1998 or before their birth."""
    since = np.full(len(days), policy().earliest_event, "datetime64[s]")
    ever, extract = np.datetime64(policy().earliest_date), np.datetime64(delivered.extract_date)
    for name in days:
        if _column(str(name), table, contract).use == "month":
            since = np.fmax(since, days[name].to_numpy())
    problems = []
    for column in table.columns:
        if column.name not in days:
            continue
        day = days[column.name].to_numpy()
        is_late = (day > extract) & (not column.may_be_future)
        is_old = ((day < since) & column.is_event & ~is_late) | (day < ever)
        problems += [_aside(row, column, "R-FUTURE") for row in days.index[is_late]]
        problems += [_aside(row, column, "R-OLD") for row in days.index[is_old]]
    return problems


def _column(name: str, table: Table, contract: Contract) -> Column:
    ancestor, _, own = name.rpartition(".")
    return (contract.table(ancestor) if ancestor else table).column(own)


def _aside(row: int, column: Column, rule: str, why: str = "") -> Problem:
    return Problem(row, column.name, rule, "quarantine", why)


def _duplicate_keys(typed: Typed, table: Table) -> list[Problem]:
    """Rows that share a key and differ: nobody can say which is right, so none is used."""
    if not {*table.key} <= {*typed.rows.columns}:
        return []
    keys = typed.rows[list(table.key)]
    needed = [name for name in table.key if table.column(name).required]
    is_whole = keys[needed].notna().all(axis=1)
    clash = is_whole & keys.duplicated(keep=False)
    where = ", ".join(table.key)
    problems = [Problem(row, where, "R-DUPKEY", "quarantine") for row in keys.index[clash]]
    return problems + [
        Problem(row, where, "R-DUPKEY", "quarantine", why)
        for row, why in _spelt_twice(keys[is_whole], typed.source_rows).items()
        if not clash[row]
    ]


def _spelt_twice(keys: pd.DataFrame, source_rows: pd.Index) -> dict[int, str]:
    """Rows whose number differs from another's in capitals, hyphens or blanks alone, and why.

    Nobody can say whether they are one case or two: merged, a case may be lost; kept, one may count
    twice. 12-3 and 1-23 are two, each of two parts; 123 may be either.
    """
    if all(_differ_folded(keys[name].cat.categories.tolist()) for name in keys):
        return {}
    distinct = keys.drop_duplicates().astype(object)
    folded = distinct.map(_folded)
    groups: dict[tuple, dict[int, tuple]] = defaultdict(dict)
    for row in distinct.index[folded.duplicated(keep=False)]:
        groups[tuple(folded.loc[row])][row] = tuple(map(_parts, distinct.loc[row]))
    found = {}
    for group in groups.values():
        shapes = Counter(group.values())
        is_any = any(all(len(part) == 1 for part in shape) for shape in shapes)
        alike = [row for row, shape in group.items() if is_any or shapes[shape] > 1]
        rows = ", ".join(str(source_rows[row]) for row in alike)
        why = f"rows {rows} have the same number in several spellings"
        found |= dict.fromkeys(alike, why)
    return found


def _differ_folded(values: list) -> bool:
    """Whether no two values of a column are alike; plain ones are folded in one go."""
    texts = values
    if {*map(type, values)} != {str}:
        texts = [value for value in values if isinstance(value, str)]
    together = "\n".join(texts)
    if together.isascii() and "'" not in together:
        folded = packed(together).casefold().split("\n")
        return len({*folded}) == len(folded)
    return len({*map(_folded, texts)}) == len(texts)


def _folded(value: object) -> object:
    return packed(normalize("NFKC", value)).casefold() if isinstance(value, str) else value


def _parts(value: object) -> tuple:
    return parts(normalize("NFKC", value).casefold()) if isinstance(value, str) else (value,)


def _parentless(
    typed: Typed, table: Table, above: Mapping[str, _Judged]
) -> tuple[list[Problem], list[Problem]]:
    """Rows whose parent was not delivered, and rows whose parent is set aside."""
    unknown, orphaned = [], []
    for column in _references(table):
        parent, keys = above[column.references or ""], typed.rows[column.name].array
        has_none = np.append(parent.days.index.get_indexer(keys.categories) < 0, False)
        for at in np.flatnonzero(spread(keys, has_none)):
            row = typed.rows.index[at]
            if keys[at] in parent.keys:
                why = f"its row in {column.references} is set aside"
                orphaned.append(_aside(row, column, "R-PARENT", why))
            else:
                why = f"{column.references} has no row with this number"
                unknown.append(_aside(row, column, "R-PARENT", why))
    return unknown, orphaned


def _conformed(
    typed: Typed, kept: np.ndarray, problems: list[Problem], again: list[Problem]
) -> Conformed:
    rows = typed.rows[kept]
    landed = len(typed.source_rows)
    return Conformed(
        rows.set_axis(typed.source_rows.take(rows.index).rename("source_row")),
        _rejects_of(problems, typed),
        landed,
        len(kept) - len(rows),
        landed - len(kept),
        typed.discarded_columns,
        typed.findings,
        _rejects_of(again, typed),
    )


def _rejects_of(problems: list[Problem], typed: Typed) -> pd.DataFrame:
    if not problems:
        return _NO_REJECTS
    rejects = pd.DataFrame(problems, columns=Problem._fields)
    source_rows = typed.source_rows.take(rejects.pop("row").astype("int64"))
    rejects.insert(0, "source_row", source_rows.astype("int64"))
    return rejects.sort_values(["source_row", "column", "rule"], ignore_index=True)


def _refuse_too_many(judged: Mapping[str, _Judged], *, is_of_counts: bool) -> None:
    """Judge each table by the rows that are bad by themselves: one child may have a long case.

    Where rows are counts, one that is set aside would make a part of them look like the whole.
    """
    limits = policy()
    over = {
        name: table
        for name, table in judged.items()
        if table.is_lost or _is_too_many(table) or (is_of_counts and table.bad)
    }
    if over:
        found = [_counted(t, name if len(judged) > 1 else "") for name, t in over.items()]
        rejects = [t.conformed.rejects.assign(table=name) for name, t in judged.items()]
        raise Refused(
            "R-BAD",
            ", ".join(table.place for table in over.values()),
            "; ".join(found),
            "no such row: the other rows would be taken for the whole count"
            if is_of_counts
            else f"at most {limits.quarantine_share:.0%} and {limits.quarantine_rows} rows, "
            f"never more than {limits.quarantine_majority_share:.0%}, and never all of them",
            "correct the rows listed in the answer file and send the delivery again",
            pd.concat(rejects, ignore_index=True),
        )


def _is_too_many(table: _Judged) -> bool:
    limits, bad, landed = policy(), table.bad, table.conformed.landed
    many = bad > limits.quarantine_rows and bad > limits.quarantine_share * landed
    most = (
        bad >= limits.quarantine_majority_rows and bad > limits.quarantine_majority_share * landed
    )
    return many or most


def _counted(table: _Judged, name: str) -> str:
    """How many rows of a table are bad, by their commonest faults, and how many only lost a row."""
    counts = Counter(
        (f.rule, f.column, f.why if is_of_column(f.rule, f.why) else "") for f in table.faults
    )
    listed = "; ".join(
        f"{column}: {why}" if why else f"{n} x {rule} in {column}"
        for (rule, column, why), n in counts.most_common(5)
    )
    rows = f"{table.bad} of {table.conformed.landed} rows break a rule ({listed})"
    orphaned = table.conformed.quarantined - table.bad
    beside = f", and {orphaned} more refer to a row that is set aside" if orphaned else ""
    return f"{name}: {rows}{beside}" if name else rows
