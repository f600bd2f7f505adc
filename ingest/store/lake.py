"""Typed tables to Parquet: one folder a submission, never replaced but by identical content.

``lake/<feed>/period=<YYYY-MM>/submission=<id>/<table>.parquet``. A typed empty twin of every table
lies under ``period=none``, because reading a pattern that matches no file is an error in SQL.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.contracts import Column, Contract, Table, load_contracts
from ingest.store.durable import write_whole
from ingest.store.pseudonyms import Pseudonyms
from ingest.typed.coded import recoded, spread
from ingest.typed.conform import NOT_APPLICABLE, Conformed
from ingest.typed.examined import Examined
from ingest.typed.national_identifiers import IDENTIFIERS

_ARROW = {
    "text": pa.string(),
    "date": pa.date32(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "code": pa.string(),
    "nhs_number": pa.string(),
    "upn": pa.string(),
    "uln": pa.string(),
    "urn": pa.string(),
    "ukprn": pa.string(),
    "ods_code": pa.string(),
    "la_code": pa.string(),
    "figure": pa.float64(),
    "number": pa.float64(),
    "reference": pa.string(),
    "prose": pa.string(),
}
_REPETITIVE = pa.dictionary(pa.int32(), pa.string())
"""Texts of official cells: a release has 4 million cells of a few thousand texts."""
_ROW_GROUP = 1 << 20
"""Rows that Parquet holds together."""
_NOT_FURTHER = {"discard", "period"}


def lake_schema(contract: Contract, table: Table) -> pa.Schema:
    """The Arrow schema of one lake table; the only derivation of it."""
    fields = [pa.field("submission_id", pa.string(), nullable=False)]
    if contract.is_local:
        fields.append(pa.field("source_row", pa.int64(), nullable=False))
    for column in table.columns:
        if column.use not in _NOT_FURTHER:
            fields += _fields(column, is_repetitive=bool(contract.layouts))
    if contract.is_local:
        fields.append(pa.field(NOT_APPLICABLE, pa.string()))
    return pa.schema(fields)


def _fields(column: Column, *, is_repetitive: bool) -> list[pa.Field]:
    if column.use == "filled":
        return [pa.field(column.lake_name, pa.bool_(), nullable=False)]
    own = pa.field(column.lake_name, _ARROW[column.type])
    if is_repetitive and column.type == "text":
        own = own.with_type(_REPETITIVE)
    if column.type in IDENTIFIERS:
        return [own, pa.field(f"has_valid_{column.name}", pa.bool_(), nullable=False)]
    if column.type == "figure":
        return [own, pa.field(f"{column.lake_name}_symbol", pa.string())]
    if column.with_age:
        return [own, pa.field(f"{column.lake_name}_age", pa.int64())]
    return [own]


def submission_folder(home: Path, feed: str, period: str, submission_id: str) -> Path:
    """Where the tables of one submission lie."""
    return home / "lake" / feed / f"period={period}" / f"submission={submission_id}"


def store(home: Path, examined: Examined, pseudonyms: Pseudonyms) -> dict[str, int]:
    """Write every table of a submission and return its rows by table; identifiers end here."""
    folder = submission_folder(
        home, examined.contract.feed, examined.period, examined.submission_id
    )
    files = {}
    for name, parts in groupby(lake_tables(examined, pseudonyms), lambda part: part[0].name):
        data, rows = _parquet(arrow for _, arrow in parts)
        write_whole(folder / f"{name}.parquet", data)
        files[name] = {"rows": rows, "sha256": hashlib.sha256(data).hexdigest()}
    facts = {"contract": examined.contract.digest, "tables": files}
    write_whole(folder / "lake.json", json.dumps(facts, sort_keys=True, indent=1).encode())
    return {name: facts["rows"] for name, facts in files.items()}


def quarantine(home: Path, examined: Examined) -> None:
    """Rows set aside, by number, column and rule: no content."""
    folder = home / "quarantine" / examined.contract.feed / examined.period / examined.submission_id
    text = examined.rejects.to_csv(index=False, lineterminator="\n")
    write_whole(folder / "rejects.csv", text.encode())


def lake_tables(examined: Examined, pseudonyms: Pseudonyms) -> Iterator[tuple[Table, pa.Table]]:
    """Each table of a submission as the lake has it; `check` types them too and keeps none.

    A table of many rows comes in several parts, of a row group each: an official release has four
    million cells, which together would take 600 MB.
    """
    for table in examined.contract.tables:
        whole = examined.tables[table.name]
        for at in range(0, max(len(whole.kept), 1), _ROW_GROUP):
            part = replace(whole, kept=whole.kept.iloc[at : at + _ROW_GROUP])
            partly = replace(examined, tables=examined.tables | {table.name: part})
            yield table, _lake_table(partly, table, part, pseudonyms)


def is_stored(home: Path, contract: Contract, period: str, submission_id: str) -> bool:
    """Whether every table lies there under this contract with the bytes that were written."""
    folder = submission_folder(home, contract.feed, period, submission_id)
    if not (folder / "lake.json").exists():
        return False
    facts = json.loads((folder / "lake.json").read_text("utf-8"))
    return facts["contract"] == contract.digest and all(
        (folder / f"{name}.parquet").exists()
        and hashlib.sha256((folder / f"{name}.parquet").read_bytes()).hexdigest() == kept["sha256"]
        for name, kept in facts["tables"].items()
    )


def is_under_key(home: Path, examined: Examined, pseudonyms: Pseudonyms) -> bool | None:
    """Whether the stored pseudonyms of a submission are those of this key; None if it has none.

    One in common is enough: how identifiers are read may have changed since it was stored.
    """
    contract, period = examined.contract, examined.period
    folder = submission_folder(home, contract.feed, period, examined.submission_id)
    for table in contract.tables:
        path = folder / f"{table.name}.parquet"
        for column in (c for c in table.columns if c.use == "pseudonym"):
            delivered = examined.tables[table.name].kept[column.name].dropna()
            if path.exists() and len(delivered):
                stored = pq.read_table(path, columns=[column.lake_name]).column(0).to_pylist()
                expected = pseudonyms.of_each(_domain(column, examined), delivered.unique())
                return not {*stored}.isdisjoint(expected.to_pylist())
    return None


def store_empty_twins(home: Path) -> None:
    """Write the typed empty table of every contract where it is not there as it must be."""
    for place, data in _empty_twins().items():
        path = home / place
        if not path.exists() or path.read_bytes() != data:
            write_whole(path, data)


@cache
def _empty_twins() -> dict[Path, bytes]:
    """Each table's place below the data folder and its bytes, whose schema is the contract's."""
    return {
        submission_folder(Path(), contract.feed, "none", "none") / f"{table.name}.parquet": (
            parquet_bytes(lake_schema(contract, table).empty_table())
        )
        for contract in load_contracts()
        for table in contract.tables
    }


def _lake_table(
    examined: Examined, table: Table, conformed: Conformed, pseudonyms: Pseudonyms
) -> pa.Table:
    schema = lake_schema(examined.contract, table)
    kept = conformed.kept
    columns: dict[str, object] = {"submission_id": pa.repeat(examined.submission_id, len(kept))}
    if examined.contract.is_local:
        columns["source_row"] = kept.index.to_numpy()
        columns[NOT_APPLICABLE] = kept[NOT_APPLICABLE]
    for column in table.columns:
        if column.use in _NOT_FURTHER:
            continue
        if column.type in IDENTIFIERS:
            columns[f"has_valid_{column.name}"] = kept[column.name].notna().to_numpy()
        if column.type == "figure":
            columns[f"{column.lake_name}_symbol"] = kept[f"{column.name}_symbol"]
        if column.with_age:
            births, days = _births(examined, table), _numbers(kept[column.name].array)
            columns[f"{column.lake_name}_age"] = _ages(births, days)
        columns[column.lake_name] = _safe(column, kept[column.name], examined, pseudonyms)
    return pa.table(
        [_array(columns[field.name], field.type) for field in schema],
        schema=schema,
    )


def _births(examined: Examined, table: Table) -> np.ndarray:
    """The number of the date of birth of each kept row, from the row itself or its parent row."""
    column, *above = examined.contract.births(table)
    values = examined.tables[table.name].kept[column.name].array
    if not above:
        return _numbers(values)
    parent = examined.contract.table(column.references or "")
    keys = examined.tables[parent.name].kept[parent.key[0]]
    births = dict(zip(keys, _births(examined, parent), strict=True))
    of_keys = [births.get(key, np.nan) for key in values.categories]
    return spread(values, np.array([*of_keys, np.nan]))


def _numbers(days: pd.Categorical) -> np.ndarray:
    """Each day as a number, 20250514 for 14 May 2025; NaN where it is missing."""
    numbers = [day.year * 10_000 + day.month * 100 + day.day for day in days.categories]
    return spread(days, np.array([*numbers, np.nan]))


def _ages(births: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Whole years on each day. Born on 29 February, one is older on 1 March in other years."""
    return (days - births) // 10_000


def _array(values: object, kind: pa.DataType) -> pa.Array:
    if isinstance(values, pd.Series) and isinstance(values.dtype, pd.CategoricalDtype):
        words = pa.array(values.cat.categories, kind if kind != _REPETITIVE else pa.string())
        values = _coded(values.array, words)
    if isinstance(values, pa.DictionaryArray):
        return values.cast(kind) if kind == _REPETITIVE else values.dictionary_decode()
    if isinstance(values, pa.Array):
        return values
    return pa.array(values, kind, from_pandas=True)


def _coded(column: pd.Categorical, words: pa.Array) -> pa.DictionaryArray:
    """A column with another word for each of its categories."""
    return pa.DictionaryArray.from_arrays(pa.array(column.codes, mask=column.codes < 0), words)


def _safe(column: Column, values: pd.Series, examined: Examined, pseudonyms: Pseudonyms) -> object:
    """What of a column may go further: itself, its month, whether it is filled, or a pseudonym."""
    if column.use == "month":
        months = [_month_of(day) for day in values.cat.categories]
        return pd.Series(recoded(values.array, months))
    if column.use == "filled":
        is_filled = [value is True for value in values.cat.categories]
        return spread(values.array, np.array([*is_filled, False]))
    if column.use == "pseudonym":
        words = pseudonyms.of_each(_domain(column, examined), values.cat.categories)
        return _coded(values.array, words)
    return values


def _domain(column: Column, examined: Examined) -> str:
    """Whose numbers they are: the nation's, those of a declared domain, or the sender's own.

    A number that refers to another table is one of that table's key.
    """
    if column.type in IDENTIFIERS:
        return IDENTIFIERS[column.type].domain
    if column.domain:
        return column.domain
    name = column.name
    if column.references:
        (name,) = examined.contract.table(column.references).key
    return f"{examined.contract.feed}.{examined.sender}.{name}"


def _month_of(day: date) -> date:
    """The first of the month; of 29 February 1 March, or a child would age on 28 February."""
    return date(day.year, 3, 1) if (day.month, day.day) == (2, 29) else day.replace(day=1)


def parquet_bytes(table: pa.Table) -> bytes:
    """The same bytes for the same table."""
    return _parquet([table])[0]


def _parquet(parts: Iterable[pa.Table]) -> tuple[bytes, int]:
    """The bytes of one or more parts of a table, and how many rows they have."""
    buffer, rows = io.BytesIO(), 0
    with ExitStack() as open_files:
        writer = None
        for part in parts:
            writer = writer or open_files.enter_context(
                pq.ParquetWriter(buffer, part.schema, compression="zstd")
            )
            writer.write_table(part, row_group_size=_ROW_GROUP)
            rows += part.num_rows
    return buffer.getvalue(), rows
