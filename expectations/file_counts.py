"""Counts in a Parquet file, where it lies, the rows that break each expectation of its table."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as pq

from expectations.gate import Expectation, GateError, Measured, Suite
from expectations.rule_files import WrongRows
from expectations.wrong_rows import Tables
from ingest.store.durable import sha256_of


def measure_file(
    path: Path, suite: Suite, tables: Tables, rules: Iterable[WrongRows] = ()
) -> Measured:
    """Measure a Parquet file by a suite; a table of the wrong shape is not measured further.

    ``rules`` are the rules of the suite that people wrote. Raises GateError, naming the rule, when
    one cannot be measured at all, and when the file is another one afterwards.
    """
    sha256, table = sha256_of(path), suite.id.rpartition(".")[2]
    rows = tables.add(table, [path])
    counts = _of_shape(path, suite)
    if not any(count for _, count in counts):
        counts += _of_rows(tables, table, suite, {rule.code: rule for rule in rules})
    if sha256_of(path) != sha256:
        raise GateError(f"{path.name} changed while it was judged: run the month again.")
    return Measured(suite, tuple(counts), rows, sha256)


def _of_shape(path: Path, suite: Suite) -> list[tuple[Expectation, int]]:
    columns = [f"{column.name} {column.type}" for column in pq.read_schema(path)]
    shapes = [one for one in suite.expectations if one.about == "shape"]
    return [(one, int(one.kwargs["column_list"] != columns)) for one in shapes]


def _of_rows(
    tables: Tables, table: str, suite: Suite, rules: dict[str, WrongRows]
) -> list[tuple[Expectation, int]]:
    of_rows = [one for one in suite.expectations if one.about == "rows"]
    written = tables.broken(table, rules.values())
    unmet = iter(tables.unmet(table, [one for one in of_rows if one.rule not in written]))
    return [(one, written[one.rule] if one.rule in written else next(unmet)) for one in of_rows]
