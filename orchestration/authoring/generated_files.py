"""The files of the dbt project that follow from contracts and measures: nobody writes them by hand.

dbt reads no contract, and a model must name what it reads. So what dbt has to know of a contract is
written down for it: the sources, whose rows name people, and which models list cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from ingest.contracts import Column, Contract, Table, load_contracts
from ingest.contracts.model import NATIONAL_IDS
from ingest.store.lake import lake_schema
from ingest.typed.conform import NOT_APPLICABLE

COMMAND = "lasp contracts"
_MADE = f"Made by `{COMMAND}` from the contracts; edit ingest/contracts/ instead."
_UNITED = f"Made by `{COMMAND}` from the models beside it, int_*_cases__measured."
_DECLARED = f"Made by `{COMMAND}` from the files in macros/measures/."
_BROUGHT = {
    "submission_id": "Delivery that the row came in.",
    "source_row": "Row in the delivered file or sheet, from 1.",
    NOT_APPLICABLE: "Columns in which the sender wrote that they do not apply, a comma between.",
}
SOURCES = "models/staging/_sources.yml"
PEOPLE = "models/prepare/people/int_people__delivered.sql"
CASES = "models/count/cases/int_local_cases__united.sql"
LISTS = "models/count/sources/int_list_rows__delivered.sql"
MEASURES = "models/count/sources/int_measures__declared.sql"
UNIT_TEST = "models/count/cases/int_local_cases__united__unit_tests.yml"
"""Written by hand but for its inputs: a unit test names every model that its own model reads."""


def following_files(project: Path) -> dict[str, str]:
    """Text of each file that follows, by its place in a dbt project."""
    newest = {contract.feed: contract for contract in load_contracts()}
    shapes = {
        "official" if contract.layouts else feed: contract for feed, contract in newest.items()
    }
    people = [
        (feed, table)
        for feed, contract in sorted(newest.items())
        for table in contract.tables
        if names_people(table)
    ]
    cases = sorted(path.stem for path in (project / CASES).parent.glob("int_*_cases__measured.sql"))
    topics = sorted(path.stem for path in (project / "macros/measures").glob("*.sql"))
    return {
        SOURCES: _sources(shapes),
        PEOPLE: _people(people),
        CASES: _cases(cases),
        LISTS: _lists(newest.values()),
        MEASURES: _measures(topics),
        UNIT_TEST: _with_inputs((project / UNIT_TEST).read_text("utf-8"), cases),
    }


def write_following_files(project: Path) -> list[str]:
    """Write the files that are not as they follow, and return their places."""
    written = []
    for place, text in following_files(project).items():
        path = project / place
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            written.append(place)
    return written


def names_people(table: Table) -> bool:
    """Whether a row of it is about a person whom other feeds may know by the same number.

    The rows of a map of numbers (rule ``current_once``) are no cases of anybody.
    """
    is_map = any(rule.current_once for rule in table.rules)
    return not is_map and any(map(_is_linked, table.columns))


def _is_linked(column: Column) -> bool:
    return column.type in NATIONAL_IDS and column.use == "pseudonym"


def _sources(shapes: dict[str, Contract]) -> str:
    lines = [f"# {_MADE}"]
    lines += ["sources:"]
    for source, contract in sorted(shapes.items()):
        # All publications of one shape are read together.
        is_official = source == "official"
        title = "Every other official publication, cell by cell" if is_official else contract.title
        lines += ["", f"  - name: {source}"]
        lines += ['    schema: "*"'] if is_official else []
        lines += [f"    description: {_quoted(title)}", "    tables:"]
        for table in contract.tables:
            lines.append(f"      - name: {table.name}")
            lines.append(f"        description: {_quoted(table.description)}")
            lines.append("        columns:")
            for name, description in _columns(contract, table):
                lines.append(f"          - {{name: {name}, description: {_quoted(description)}}}")
    return "\n".join(lines) + "\n"


def _columns(contract: Contract, table: Table) -> Iterator[tuple[str, str]]:
    """Name and description of each lake column, in the contract's words."""
    said: dict[str, str] = dict(_BROUGHT)
    for column in table.columns:
        said[column.lake_name] = column.description
        said[f"has_valid_{column.name}"] = f"Whether {column.name} was given and is valid."
        said[f"{column.lake_name}_age"] = f"Age in whole years on {column.name}."
        said[f"{column.lake_name}_symbol"] = f"What stands in {column.name} instead of a figure."
    schema: pa.Schema = lake_schema(contract, table)
    return ((name, said[name]) for name in schema.names)


def _quoted(text: Any) -> str:
    return yaml.safe_dump(text, default_style='"', width=10_000, allow_unicode=True).strip()


def _people(tables: list[tuple[str, Table]]) -> str:
    selects = []
    for feed, table in tables:
        ids = [column.lake_name for column in table.columns if _is_linked(column)]
        columns = ["feed", "submission_id", "source_row", *ids, "census_date"]
        listed = ",\n        ".join(columns)
        selects.append(
            f"    select\n        {listed}\n    from {{{{ ref('stg_{feed}__{table.name}') }}}}"
        )
    united = "\n    union all by name\n".join(selects)
    return f"-- {_MADE}\nwith\n\ndelivered as (\n{united}\n)\n\nselect * from delivered\n"


def _lists(contracts: Iterable[Contract]) -> str:
    united = "\n    union all\n".join(
        f"    select distinct\n        submission_id,\n        {column.lake_name} as list\n"
        f"    from {{{{ ref('stg_{contract.feed}__{table.name}') }}}}"
        for contract in contracts
        for table in contract.tables
        for column in table.columns
        if column.is_list
    )
    return f"-- {_MADE}\nwith\n\ndelivered as (\n{united}\n)\n\nselect * from delivered\n"


def _measures(topics: list[str]) -> str:
    called = "".join(f"    measures_of_{topic}(),\n" for topic in topics)
    return f"-- {_DECLARED}\n{{{{ declared_measures([\n{called}]) }}}}\n"


def _with_inputs(unit_test: str, models: list[str]) -> str:
    """The unit test with an input without rows for each model that it does not name yet."""
    given = "    given:\n"
    inputs = (f"      - input: ref('{model}')\n" for model in models)
    lacking = "".join(f"{one}        rows: []\n" for one in inputs if one not in unit_test)
    return unit_test.replace(given, given + lacking, 1)


def _cases(models: list[str]) -> str:
    united = "\n    union all by name\n".join(
        f"    select * from {{{{ ref('{model}') }}}}" for model in models
    )
    return f"""-- {_UNITED}
with

cases as (
{united}
),

age_bands as (
    select * from {{{{ ref('age_bands') }}}}
),

united as (
    select
        cases.*,
        age_bands.band as age_band
    from cases
    left join age_bands
        on
            cases.age >= age_bands.from_age
            and cases.age <= coalesce(age_bands.to_age, cases.age)
)

select * from united
"""
