"""Contracts in the Open Data Contract Standard 3, for catalogues that read it.

https://bitol-io.github.io/open-data-contract-standard/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from ingest.contracts.model import CATALOGUE, Column, Contract, Table, codes, labels

VERSION = "v3.1.0"
_LOGICAL = {"date": "date", "integer": "integer", "boolean": "boolean"} | dict.fromkeys(
    ("figure", "number"), "number"
)


def document(
    name: str, version: str, title: str, about: Mapping[str, str], tables: Sequence[Any]
) -> bytes:
    """Write a contract.

    Args:
        name: by which catalogues know it.
        version: of the contract or of the data.
        title: for people.
        about: its ``purpose``, ``usage`` and ``limitations``, those that there are.
        tables: as ``table`` gives them.
    """
    content = {
        "apiVersion": VERSION,
        "kind": "DataContract",
        "id": name,
        "name": title,
        "version": version,
        "status": "active",
        "domain": "special educational needs and disabilities",
        "description": dict(about),
        "schema": list(tables),
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100).encode()


def table(
    name: str, description: str, columns: Iterable[Mapping[str, Any]], rules: Iterable[str] = ()
) -> dict[str, Any]:
    """Describe a table: its columns, as ``column`` gives them, and what else holds of its rows."""
    quality = [{"type": "text", "description": rule} for rule in rules]
    told = {"name": name, "logicalType": "object", "physicalType": "table"}
    told |= {"description": description, "properties": list(columns)}
    return told | ({"quality": quality} if quality else {})


def column(
    name: str,
    logical_type: str,
    physical_type: str,
    description: str,
    *,
    is_required: bool,
    key: Sequence[str],
    values: Mapping[Any, str] | None = None,
    **also: Any,
) -> dict[str, Any]:
    """Describe a column; ``values`` are those that it may have, each with its label or nothing."""
    told: dict[str, Any] = {
        "name": name,
        "logicalType": logical_type,
        "physicalType": physical_type,
        "description": description,
        "required": is_required,
    }
    if name in key:
        told |= {"primaryKey": True, "primaryKeyPosition": key.index(name) + 1}
    if values:
        told["enum"] = [
            {"value": value} | ({"label": label} if label else {})
            for value, label in values.items()
        ]
    return told | also


def of_feed(contract: Contract) -> bytes:
    """Write the contract of a feed: what its sender promises."""
    return document(
        name=f"{contract.feed}-{contract.effective_from}",
        version=contract.effective_from,
        title=contract.title,
        about={
            "purpose": contract.source,
            "usage": f"Delivered by {contract.sender}; {contract.cadence}.",
        },
        tables=[_of_table(one) for one in contract.tables],
    )


def _of_table(one: Table) -> dict[str, Any]:
    return table(
        one.name,
        one.description,
        (_of_column(each, one.key) for each in one.columns),
        (f"{rule.id}: {rule.description}" for rule in one.rules),
    )


def _of_column(one: Column, key: Sequence[str]) -> dict[str, Any]:
    return column(
        one.name,
        _LOGICAL.get(one.type, "string"),
        one.type,
        one.description,
        is_required=one.required,
        key=key,
        values=_values(one.codes) if one.codes else None,
        classification="restricted" if one.use in ("pseudonym", "discard") else "internal",
    )


def _values(domain: str) -> dict[str, str]:
    known = labels(domain, "title" if domain == CATALOGUE else "label")
    return {code: known[code] for code in codes(domain)}
