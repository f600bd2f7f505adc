"""Expectations that are already written elsewhere: contracts and rule tables, read, not repeated.

A mart's columns, types, keys and code lists stand in its dbt YAML; a feed's in its contract; the
waiting-list rules in ``expectations/suites/waiting_lists.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Protocol

from expectations.gate import Expectation, GateError, Suite
from ingest.contracts.model import Column, Contract, codes
from ingest.typed.national_identifiers import IDENTIFIERS

ARROW_TYPES = {
    "varchar": "string",
    "text": "string",
    "string": "string",
    "boolean": "bool",
    "bool": "bool",
    "smallint": "int16",
    "integer": "int32",
    "int": "int32",
    "bigint": "int64",
    "double": "double",
    "date": "date32[day]",
    "timestamp": "timestamp[us]",
}
_DECIMAL = re.compile(r"(?:decimal|numeric)\((\d+), ?(\d+)\)")


class EvidenceRule(Protocol):
    """A rule that a row breaks when its evidence is above the limit; null passes."""

    code: str
    title: str
    severity: str
    evidence_column: str
    limit: float
    why: str


def released_tables(manifest: Mapping[str, Any]) -> list[str]:
    """Name the marts that a release holds: those whose dbt meta says ``release``; sorted."""
    return sorted(
        node["alias"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and "release" in node["config"].get("meta", {})
    )


def mart_suite(manifest: Mapping[str, Any], table: str) -> Suite:
    """Give the suite of one mart from the dbt manifest: its contract and what it promises."""
    model = _model(manifest, table)
    expectations = [_shape(table, model["columns"])]
    expectations += _from_constraints(table, model["columns"])
    expectations += _from_promises(table, _promises_of(manifest, model["unique_id"]))
    unique = {(e.type, repr(e.kwargs)): e for e in expectations}
    return Suite(f"marts.{table}", tuple(unique.values()))


@cache
def lake_suite(contract: Contract, table: str) -> Suite:
    """Give the suite of one lake table from its feed contract: required cells and code lists."""
    columns = next(t for t in contract.tables if t.name == table).columns
    place = f"{contract.feed}, table {table}"
    expectations = [e for column in columns for e in _of_delivered_column(place, column)]
    is_personal = contract.is_local
    return Suite(f"lake.{contract.feed}.{table}", tuple(expectations), is_personal=is_personal)


def rules_suite(rules: Iterable[EvidenceRule]) -> Suite:
    """Give the suite of rules that each hold a measurement against a limit."""
    expectations = [
        Expectation(
            rule=rule.code,
            type="expect_column_values_to_be_between",
            kwargs={"column": rule.evidence_column, "max_value": rule.limit},
            severity=rule.severity,
            message=f"{rule.title}: {rule.why}.",
            action="See the findings of this rule for the organisations and months concerned.",
        )
        for rule in rules
    ]
    return Suite("waiting_lists", tuple(expectations))


def _model(manifest: Mapping[str, Any], table: str) -> Mapping[str, Any]:
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] == "model" and node["alias"] == table:
            return {**node, "unique_id": unique_id}
    raise GateError(f"The dbt manifest has no model {table}: parse the dbt project again.")


def _promises_of(manifest: Mapping[str, Any], model_id: str) -> Mapping[str, Any]:
    """Give what a model promises of all its rows; a test with a ``where`` stays with dbt."""
    for node in manifest["nodes"].values():
        kind = node.get("test_metadata", {}).get("name")
        is_whole = not node["config"].get("where")
        if kind == "is_as_promised" and is_whole and node["attached_node"] == model_id:
            return node["config"]["meta"]
    return {}


def _shape(table: str, columns: Mapping[str, Any]) -> Expectation:
    typed = [f"{n} {_arrow_type(table, n, c.get('data_type'))}" for n, c in columns.items()]
    return Expectation(
        "MART-SHAPE",
        "expect_table_columns_to_match_ordered_list",
        {"column_list": typed},
        "refuse",
        f"The columns of {table}, their order or their types are not those of its contract.",
        f"Compare the columns of the file with the dbt contract of {table} and correct the model.",
        about="shape",
    )


def _arrow_type(table: str, column: str, data_type: str | None) -> str:
    words = (data_type or "no type").strip().lower()
    if decimal := _DECIMAL.fullmatch(words):
        return f"decimal128({decimal[1]}, {decimal[2]})"
    if words not in ARROW_TYPES:
        raise GateError(f"Column {column} of {table}: the gate does not know type {data_type}.")
    return ARROW_TYPES[words]


def _from_constraints(table: str, columns: Mapping[str, Any]) -> Iterator[Expectation]:
    for name, column in columns.items():
        kinds = [constraint["type"] for constraint in column.get("constraints", [])]
        if "not_null" in kinds:
            yield _not_null(table, name)


def _from_promises(table: str, promises: Mapping[str, Any]) -> Iterator[Expectation]:
    """Give what the gate repeats of a table's promises; the others stay with dbt alone."""
    key = promises.get("unique_on", [])
    for column in [*key, *promises.get("never_null", [])]:
        yield _not_null(table, column)
    if key:
        yield _unique(table, key)
    for column, values in promises.get("one_of", {}).items():
        yield _in_set("MART-VALUES", table, column, values)


def _not_null(table: str, column: str, rule: str = "MART-NULL") -> Expectation:
    return Expectation(
        rule,
        "expect_column_values_to_not_be_null",
        {"column": column},
        "refuse",
        f"Column {column} of {table} has rows without a value.",
        f"Find the rows of {table} where {column} is null and mend their source.",
    )


def _unique(table: str, columns: Sequence[str]) -> Expectation:
    kwargs = {"column": columns[0]}
    kind = "expect_column_values_to_be_unique"
    if len(columns) > 1:
        kwargs = {"column_list": list(columns), "ignore_row_if": "never"}
        kind = "expect_compound_columns_to_be_unique"
    words = ", ".join(columns)
    return Expectation(
        "MART-KEY",
        kind,
        kwargs,
        "refuse",
        f"Two rows of {table} share {words}: a figure would be counted twice.",
        f"Find the rows of {table} that repeat {words} and the join that doubles them.",
    )


def _in_set(rule: str, table: str, column: str, values: Sequence[Any]) -> Expectation:
    return Expectation(
        rule,
        "expect_column_values_to_be_in_set",
        {"column": column, "value_set": list(values)},
        "refuse",
        f"Column {column} of {table} holds a value outside its list.",
        f"Add the value to the list of {column} if it is right, or mend the rows that hold it.",
    )


def _of_delivered_column(place: str, column: Column) -> Iterator[Expectation]:
    if column.use in ("discard", "period"):
        return
    # A number that fails its check leaves its row in the lake, without a pseudonym.
    if column.required and column.type not in IDENTIFIERS:
        yield _not_null(place, column.lake_name, rule="LAKE-NULL")
    if column.codes:
        yield _in_set("LAKE-CODES", place, column.lake_name, codes(column.codes))
