"""What the public tables promise, in the Open Data Contract Standard."""

from __future__ import annotations

from ingest.contracts import open_standard
from orchestration.publication.public.described import LICENCE, Column, Described, symbols, tables
from orchestration.publication.report import Facts

FILE = "indicators.odcs.yaml"


def render(facts: Facts) -> bytes:
    """Write the contract of the public tables of a release."""
    note = f"{facts.note}. " if facts.note else ""
    return open_standard.document(
        name="send-indicators",
        version=facts.release_id,
        title=f"SEND indicators of {facts.partnership['name']}",
        about={
            "purpose": f"{note}Public figures of {facts.partnership['name']}.",
            "usage": f"{LICENCE}. Columns keep their names and places; new ones come at the end.",
            "limitations": "Small numbers are hidden and counts are rounded. A symbol stands in a "
            "column of its own, never in place of a number.",
        },
        tables=[_table(one) for one in tables()],
    )


def _table(one: Described) -> dict[str, object]:
    return open_standard.table(
        one.file, one.description, (_column(each, one.key) for each in one.columns)
    )


def _column(one: Column, key: tuple[str, ...]) -> dict[str, object]:
    return open_standard.column(
        one.name,
        one.type,
        one.type,
        one.description,
        is_required=one.is_required,
        key=key,
        values={value: symbols().get(value, "") for value in one.one_of},
        classification="public",
    )
