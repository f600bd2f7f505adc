"""Files in which people write rules: YAML, read strictly; a mistake is named with file and rule.

A mistake is reported in full, with file, rule and key: what an author wrote is not personal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from expectations.gate import Expectation, GateError, Severity

Sentence = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\S+( \S+){3,}\.$")]


class Strict(BaseModel):
    """What an author writes: no key that nobody reads."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Threshold(Strict):
    """A number, text or list that a rule's SQL names as ``$name``, and the reason for it."""

    value: float | int | str | list[str]
    why: Sentence


class WrongRows(Strict):
    """A rule as DuckDB evaluates it: ``wrong`` is an SQL expression, true for the rows of ``table``
    that break it.

    A row for which the expression is null is wrong too, so that no null passes by silence.
    """

    code: str
    file: str
    table: str
    severity: Severity
    message: Sentence
    action: Sentence
    wrong: str = Field(min_length=1)
    thresholds: dict[str, Threshold] = {}
    macros: tuple[str, ...] = ()

    @property
    def values(self) -> dict[str, Any]:
        """Give the values that the SQL names, by name."""
        return {name: threshold.value for name, threshold in self.thresholds.items()}

    @property
    def expectation(self) -> Expectation:
        """Great Expectations judges a column named as the rule: true where the row is wrong."""
        return Expectation(
            rule=self.code,
            type="expect_column_values_to_be_in_set",
            kwargs={"column": self.code, "value_set": [False]},
            severity=self.severity,
            message=self.message,
            action=self.action,
            sql={"wrong": self.wrong, "values": self.values, "macros": self.macros},
        )


Rule = TypeVar("Rule", bound=WrongRows)
Model = TypeVar("Model", bound=BaseModel)


def written(model: type[Rule], path: Path, code: str, facts: Any, **given: Any) -> Rule:
    """Check one rule of a file; ``given`` is what no author writes."""
    if not (isinstance(facts, dict) and re.fullmatch(r"[A-Z]+(-[A-Z]+)+|[A-Z]+[0-9]", str(code))):
        raise GateError(
            f"{path.name}: {code} is not a rule. Write a code such as IV-PERCENT, and the keys of "
            "the rule below it."
        )
    place = f"{path.name}, rule {code}"
    given = {"code": code, "file": path.name, "macros": ()} | given
    for key in sorted(facts.keys() & given.keys()):
        raise GateError(f"{place}, key {key}: not a key of a rule. Remove it.")
    made = validated(model, {**facts, **given}, place)
    named = set(re.findall(r"\$(\w+)", made.wrong))
    if named != set(made.thresholds):
        odd = ", ".join(sorted(named ^ set(made.thresholds)))
        raise GateError(
            f"{place}: {odd} stands in only one of thresholds and SQL. Name each threshold in the "
            "SQL as $name, and give each $name below thresholds, with its why."
        )
    return made


def validated(model: type[Model], facts: Mapping[str, Any], place: str) -> Model:
    """Check what an author wrote; the first mistake is reported with its key and value."""
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


class _UniqueKeys(yaml.CSafeLoader):
    """A loader for which a key that stands twice is an error; YAML keeps the last silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise GateError(
                f"{self.name}, line {node.start_mark.line + 1}: {twice} stands twice. Remove one."
            )
        return super().construct_mapping(node, deep)


def loaded(path: Path) -> Mapping[str, Any]:
    """Read a file of rules: a mapping in which no key stands twice."""
    loader = _UniqueKeys(path.read_text("utf-8"))
    loader.name = path.name
    try:
        content = loader.get_single_data()
    except yaml.YAMLError as error:
        raise GateError(f"{path.name} is not YAML: {error}") from error
    if not isinstance(content, dict):
        raise GateError(f"{path.name} holds no rules: write a code, and its keys below it.")
    return content
