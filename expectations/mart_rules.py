"""The rules of the mart gate as people write them: YAML and SQL in ``suites/marts``.

Keys, types, nulls and code lists of a published table stand in its dbt contract and are derived
from there; a rule here says what no column can say alone. Mistakes in a rule are told in full,
with file, rule and key: what an author wrote is not personal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

import duckdb
import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from expectations.gate import Expectation, GateError, Severity, Suite

FOLDER = Path(__file__).parent / "suites" / "marts"
MACROS, NEVER_EMPTY = "macros.sql", "never_empty.yaml"
RELEASE = "release"
"""A view of one row beside the published tables: release_id, month_end and home_area."""
_CODE = re.compile(r"[A-Z]{2}(-[A-Z]+)+")
_MACRO = re.compile(
    r"^(create or replace macro (\w+)\(.*?\) as\b(.*?);)$", re.DOTALL | re.MULTILINE
)

_Sentence = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\S+( \S+){3,}\.$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Threshold(_Strict):
    """A number, text or list that a rule's SQL names as ``$name``, and the reason for it."""

    value: float | int | str | list[str]
    why: _Sentence


class MartRule(_Strict):
    """One rule: ``wrong`` is an SQL expression, true for the rows of ``table`` that break it.

    A row for which the expression is null is wrong too, so that no null passes by silence. A
    rule that names a table in its SQL is judged on the whole release, its own table included;
    any other rule is judged file by file.
    """

    code: str
    table: str
    severity: Severity
    message: _Sentence
    action: _Sentence
    wrong: str = Field(min_length=1)
    thresholds: dict[str, Threshold] = {}
    file: str
    macros: tuple[str, ...]
    reads: frozenset[str]

    @property
    def values(self) -> dict[str, Any]:
        """Give the values that the SQL names, by name."""
        return {name: threshold.value for name, threshold in self.thresholds.items()}


_Model = TypeVar("_Model", bound=BaseModel)


class _NeverEmpty(_Strict):
    code: str
    severity: Severity
    message: _Sentence
    action: _Sentence
    tables: list[str]


class Rules:
    """The rules of one folder, in the order of its files and of the rules in each."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Read and check the folder; raises GateError that names file, rule and key."""
        never_empty = _loaded(folder / NEVER_EMPTY)
        self.never_empty = _validated(_NeverEmpty, never_empty, NEVER_EMPTY)
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
        return Suite(derived.id, (*expectations, *self._expected(self.of_file(table))))

    def whole_suite(self, table: str) -> Suite:
        """Give the suite of the rules about a table that are judged on the whole release."""
        return Suite(f"marts.whole.{table}", tuple(self._expected(self.of_whole(table))))

    def _expected(self, rules: Iterable[MartRule]) -> Iterator[Expectation]:
        """Great Expectations judges a column a rule: true where the row is wrong."""
        for rule in rules:
            yield Expectation(
                rule=rule.code,
                type="expect_column_values_to_be_in_set",
                kwargs={"column": rule.code, "value_set": [False]},
                severity=rule.severity,
                message=rule.message,
                action=rule.action,
                sql={"wrong": rule.wrong, "values": rule.values, "macros": rule.macros},
            )


@cache
def mart_rules() -> Rules:
    """Read the rules of the project, once a process."""
    return Rules()


def _rules(path: Path, sql: _Sql) -> Iterator[MartRule]:
    content = _loaded(path)
    for code, facts in content.items():
        if not (isinstance(facts, dict) and _CODE.fullmatch(str(code))):
            raise GateError(
                f"{path.name}: {code} is not a rule. Write a code such as IV-PERCENT, and below "
                "it table, severity, message, action and wrong."
            )
        place = f"{path.name}, rule {code}"
        for key in ("code", "file", "macros", "reads"):
            if key in facts:
                raise GateError(f"{place}, key {key}: not a key of a rule. Remove it.")
        own = {"code": code, "file": path.name, "macros": (), "reads": frozenset()}
        rule = _validated(MartRule, {**facts, **own}, place)
        named = set(re.findall(r"\$(\w+)", rule.wrong))
        if named != set(rule.thresholds):
            odd = ", ".join(sorted(named ^ set(rule.thresholds)))
            raise GateError(
                f"{place}: {odd} stands in only one of thresholds and SQL. Name each threshold "
                "in the SQL as $name, and give each $name below thresholds, with its why."
            )
        try:
            yield rule.model_copy(update=sql.names(rule.wrong))
        except duckdb.Error as error:
            raise GateError(f"{place}, key wrong: {error}") from error


def _validated(model: type[_Model], facts: Mapping[str, Any], place: str) -> _Model:
    """Check what an author wrote; the first mistake is told with its key and what stands there."""
    try:
        return model.model_validate(facts)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        expected = f"{first['msg']}, but it is {first['input']!r}"
        if first["type"] == "missing":
            expected = "it is missing"
        elif first["type"] == "extra_forbidden":
            expected = "there is no such key"
        elif first["type"] == "string_pattern_mismatch":
            expected = "write a sentence of four words or more that ends with a full stop"
        raise GateError(
            f"{place}, key {key}: {expected}. docs/adding-an-indicator.md shows a rule."
        ) from error


class _UniqueKeys(yaml.SafeLoader):
    """A loader for which a key that stands twice is an error; YAML keeps the last silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise GateError(
                f"{self.name}, line {node.start_mark.line + 1}: {twice} stands twice. Remove one."
            )
        return super().construct_mapping(node, deep)


def _loaded(path: Path) -> Mapping[str, Any]:
    loader = _UniqueKeys(path.read_text("utf-8"))
    loader.name = path.name
    try:
        content = loader.get_single_data()
    except yaml.YAMLError as error:
        raise GateError(f"{path.name} is not YAML: {error}") from error
    if not isinstance(content, dict):
        raise GateError(f"{path.name} holds no rules: write a code, and its keys below it.")
    return content


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
