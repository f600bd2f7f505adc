"""The rules of the mart gate as people write them: YAML and SQL in ``suites/marts``.

Keys, types, nulls and code lists of a published table stand in its dbt contract and are derived
from there; a rule here says what no column can say alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from expectations.gate import Expectation, GateError, Severity, Suite
from expectations.rule_files import Sentence, Strict, WrongRows, loaded, validated, written

FOLDER = Path(__file__).parent / "suites" / "marts"
MACROS, NEVER_EMPTY = "macros.sql", "never_empty.yaml"
RELEASE = "release"
"""A view of one row beside the published tables: release_id, month_end and home_area."""
_MACRO = re.compile(
    r"^(create or replace macro (\w+)\(.*?\) as\b(.*?);)$", re.DOTALL | re.MULTILINE
)


class MartRule(WrongRows):
    """One rule about a published table.

    A rule that names a table in its SQL is judged on the whole release, its own table included;
    any other rule is judged file by file.
    """

    reads: frozenset[str]


class _NeverEmpty(Strict):
    code: str
    severity: Severity
    message: Sentence
    action: Sentence
    tables: list[str]


class Rules:
    """The rules of one folder, in the order of its files and of the rules in each."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Read and check the folder; raises GateError that names file, rule and key."""
        never_empty = loaded(folder / NEVER_EMPTY)
        self.never_empty = validated(_NeverEmpty, never_empty, NEVER_EMPTY)
        sql = _Sql((folder / MACROS).read_text("utf-8"))
        self.rules: dict[str, MartRule] = {}
        for path in sorted(folder.glob("*.yaml")):
            if path.name != NEVER_EMPTY:
                for rule in _rules(path, sql):
                    if rule.code in self.rules:
                        raise GateError(
                            f"{path.name}: rule {rule.code} stands in "
                            f"{self.rules[rule.code].file} too. Give one of them another code."
                        )
                    self.rules[rule.code] = rule

    def require(self, tables: Collection[str]) -> None:
        """Raise GateError when a rule names a table that is not published."""
        for rule in self.rules.values():
            unknown = {rule.table, *rule.reads} - {*tables, RELEASE}
            if unknown:
                raise GateError(
                    f"{rule.file}, rule {rule.code}: {', '.join(sorted(unknown))} is not a "
                    f"published table. Published are {', '.join(sorted(tables))}."
                )

    def of_file(self, table: str) -> list[MartRule]:
        """Give the rules that are judged on each file of a table."""
        return [rule for rule in self.rules.values() if rule.table == table and not rule.reads]

    def of_whole(self, table: str) -> list[MartRule]:
        """Give the rules about a table that are judged on the whole release."""
        return [rule for rule in self.rules.values() if rule.table == table and rule.reads]

    @property
    def whole_tables(self) -> list[str]:
        """Name the tables that have rules judged on the whole release; sorted."""
        return sorted({rule.table for rule in self.rules.values() if rule.reads})

    @property
    def tables_read(self) -> list[str]:
        """Name the tables that those rules are about or read; sorted."""
        whole = [rule for rule in self.rules.values() if rule.reads]
        named = {table for rule in whole for table in (rule.table, *rule.reads)}
        return sorted(named - {RELEASE})

    def file_suite(self, derived: Suite) -> Suite:
        """Add to a table's derived suite the rules that are judged on each of its files."""
        table = derived.id.removeprefix("marts.")
        never = self.never_empty
        has_rows = Expectation(
            rule=never.code,
            type="expect_table_row_count_to_be_between",
            kwargs={"min_value": 1},
            severity=never.severity,
            message=never.message,
            action=never.action,
        )
        expectations = [*derived.expectations, *([has_rows] if table in never.tables else [])]
        return Suite(derived.id, (*expectations, *_expected(self.of_file(table))))

    def whole_suite(self, table: str) -> Suite:
        """Give the suite of the rules about a table that are judged on the whole release."""
        return Suite(f"marts.whole.{table}", tuple(_expected(self.of_whole(table))))


def _expected(rules: Iterable[MartRule]) -> Iterator[Expectation]:
    return (rule.expectation for rule in rules)


@cache
def mart_rules() -> Rules:
    """Read the rules of the project, once a process."""
    return Rules()


def _rules(path: Path, sql: _Sql) -> Iterator[MartRule]:
    for code, facts in loaded(path).items():
        rule = written(MartRule, path, code, facts, reads=frozenset())
        try:
            yield rule.model_copy(update=sql.names(rule.wrong))
        except duckdb.Error as error:
            raise GateError(f"{path.name}, rule {code}, key wrong: {error}") from error


class _Sql:
    """What an SQL expression names: tables, and macros of the project."""

    def __init__(self, macros: str) -> None:
        self._connection = duckdb.connect(":memory:")
        self._macros = {found[2]: found for found in _MACRO.finditer(macros)}

    def names(self, expression: str) -> dict[str, Any]:
        """Give ``reads`` and ``macros``, each macro after those that it calls.

        Raises duckdb.ParserException when the expression is no SQL.
        """
        nodes = list(_nodes(self._parsed(expression)))
        tables = {node["table_name"] for node in nodes if node.get("type") == "BASE_TABLE"}
        tables -= {entry["key"] for node in nodes for entry in _ctes(node)}
        called = {node["function_name"] for node in nodes if node.get("function_name")}
        macros: dict[str, None] = {}
        for name in sorted(called & set(self._macros)):
            through = self.names(self._macros[name][3])
            tables |= through["reads"]
            macros |= dict.fromkeys((*through["macros"], self._macros[name][1]))
        return {"reads": frozenset(tables), "macros": tuple(macros)}

    def _parsed(self, expression: str) -> Any:
        statement = f"select {expression}"
        query = "select json_serialize_sql(?::varchar)"
        tree = json.loads(self._connection.execute(query, [statement]).fetchall()[0][0])
        if tree["error"]:
            raise duckdb.ParserException(tree["error_message"])
        return tree


def _ctes(node: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    named = node.get("cte_map")
    return named["map"] if named else ()


def _nodes(tree: Any) -> Iterator[Mapping[str, Any]]:
    """Give every object of a parsed statement."""
    if isinstance(tree, dict):
        yield tree
        for part in tree.values():
            yield from _nodes(part)
    elif isinstance(tree, list):
        for part in tree:
            yield from _nodes(part)
