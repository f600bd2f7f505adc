"""What stands in the public tables: ``columns.yaml``, with the warehouse's own words beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from orchestration.settings import DBT_PROJECT

LICENCE = "Open Government Licence v3.0"
LICENCE_ID = "OGL-UK-3.0"
LICENCE_PLACE = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
_DOC = re.compile(r"\{% docs (\w+) %\}\s*(.*?)\s*\{% enddocs %\}", re.DOTALL)


@dataclass(frozen=True)
class Column:
    """A column of a public table. It may be empty unless ``is_required``."""

    name: str
    type: str
    description: str
    is_required: bool = False
    one_of: tuple[Any, ...] = ()
    least: int | None = None


@dataclass(frozen=True)
class Described:
    """A public table: its file, and its columns in their order."""

    file: str
    title: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        """The name of the file without its ending."""
        return Path(self.file).stem

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)


@cache
def symbols() -> Mapping[str, str]:
    """Give the symbols that stand in place of a number, each with what it means."""
    return _written()["symbols"]


@cache
def tables() -> Sequence[Described]:
    """Give the public tables."""
    written = _written()
    key = [_column(one) for one in written["key"]]
    return tuple(
        Described(
            file=one["file"],
            title=one["title"],
            description=one["description"],
            key=tuple(column.name for column in key),
            columns=(*key, *map(_column, one["columns"])),
        )
        for one in written["tables"]
    )


def table(file: str) -> Described:
    """Give the public table of a file."""
    return next(one for one in tables() if one.file == file)


def _column(written: Mapping[str, Any]) -> Column:
    own = dict(written)
    if block := own.pop("doc", None):
        own["description"] = _docs()[block]
    if own.pop("symbols", False):
        own["one_of"] = symbols()
    return Column(**own | {"one_of": tuple(own.get("one_of", ()))})


@cache
def _written() -> Mapping[str, Any]:
    return yaml.safe_load(Path(__file__).with_name("columns.yaml").read_text("utf-8"))


@cache
def _docs() -> Mapping[str, str]:
    """The texts by which dbt describes a column of that name in every model."""
    text = (DBT_PROJECT / "models" / "definitions.md").read_text("utf-8")
    return {name: " ".join(said.split()) for name, said in _DOC.findall(text)}
