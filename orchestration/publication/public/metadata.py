"""What programs read about the public tables: CSV on the Web, and a Data Package.

Both are made of ``columns.yaml``: https://www.w3.org/TR/tabular-metadata/ and
https://datapackage.org/standard/data-package/.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ingest.contracts import load_contracts
from orchestration.months import last_day
from orchestration.publication.public.cube import Public
from orchestration.publication.public.described import (
    LICENCE,
    LICENCE_ID,
    LICENCE_PLACE,
    Column,
    Described,
    tables,
)
from orchestration.publication.report import Facts
from orchestration.publication.report.words import month

PACKAGE = "datapackage.json"
LANGUAGE = "en-GB"
_MEDIA_TYPES = {
    "csv": "text/csv",
    "html": "text/html",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def csv_on_the_web(table: Described, facts: Facts) -> bytes:
    """Describe one CSV file, for a file beside it that is named ``<file>-metadata.json``."""
    return _json(
        {
            "@context": ["http://www.w3.org/ns/csvw", {"@language": LANGUAGE}],
            "url": table.file,
            "dc:title": _title(table.title, facts),
            "dc:description": _marked(table.description, facts),
            "dc:publisher": facts.partnership["name"],
            "dc:license": {"@id": LICENCE_PLACE},
            "dc:hasVersion": facts.release_id,
            "dialect": {"encoding": "utf-8", "lineTerminators": ["\r\n"], "header": True},
            "tableSchema": {
                "columns": [_csvw_column(column) for column in table.columns],
                "primaryKey": list(table.key),
            },
        }
    )


def _csvw_column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "titles": column.name,
        "dc:description": column.description,
        "required": column.is_required,
        "datatype": _csvw_type(column),
    }


def _csvw_type(column: Column) -> Any:
    if column.type == "boolean":
        return {"base": "boolean", "format": "true|false"}
    if column.type == "string" and column.one_of:
        choice = "|".join(re.escape(str(one)) for one in column.one_of)
        return {"base": "string", "format": f"^({choice})$"}
    if column.least is not None:
        return {"base": column.type, "minimum": column.least}
    return column.type


def data_package(figures: Sequence[Public], files: Mapping[str, bytes], facts: Facts) -> bytes:
    """Describe the public files of a release: what they hold, whose they are, their checksums.

    Args:
        figures: the public cube.
        files: the files, by name.
        facts: what the release says of itself.
    """
    described = {table.file: table for table in tables()}
    return _json(
        {
            "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
            "name": "send-indicators",
            "title": _title("SEND indicators", facts),
            "description": _marked(
                f"Public figures of {facts.partnership['name']}, as known on {facts.as_at}.", facts
            ),
            "version": facts.release_id,
            "licenses": [{"name": LICENCE_ID, "title": LICENCE, "path": LICENCE_PLACE}],
            "contributors": [{"title": facts.partnership["name"], "roles": ["publisher"]}],
            "sources": [{"title": title} for title in _sources(figures)],
            "resources": [
                _resource(name, files[name], described.get(name)) for name in sorted(files)
            ],
        }
    )


def _sources(figures: Sequence[Public]) -> list[str]:
    """Titles of the feeds and publications behind the figures, with who sends or publishes each."""
    used = {one.figure["source_feed"] for one in figures}
    return sorted({f"{one.title} ({one.sender})" for one in load_contracts() if one.feed in used})


def _resource(file: str, data: bytes, table: Described | None) -> dict[str, Any]:
    name, _, ending = file.rpartition(".")
    told = {
        "name": re.sub(r"[^a-z0-9]+", "-", name if table else file),
        "path": file,
        "format": ending,
        "mediatype": _MEDIA_TYPES[ending],
        "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
    }
    if ending == "csv":
        told["encoding"] = "utf-8"
    if table is None:
        return told
    schema = {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "fields": [_field(column) for column in table.columns],
        "primaryKey": list(table.key),
        "missingValues": [""],
    }
    return told | {
        "type": "table",
        "title": table.title,
        "description": table.description,
        "schema": schema,
    }


def _field(column: Column) -> dict[str, Any]:
    rules: dict[str, Any] = {"required": True} if column.is_required else {}
    if column.one_of:
        rules["enum"] = list(column.one_of)
    if column.least is not None:
        rules["minimum"] = column.least
    field = {"name": column.name, "type": column.type, "description": column.description}
    return field | ({"constraints": rules} if rules else {})


def _title(title: str, facts: Facts) -> str:
    return f"{title}: {facts.partnership['report']}, {month(last_day(facts.month))}"


def _marked(text: str, facts: Facts) -> str:
    return f"{facts.note}. {text}" if facts.note else text


def _json(content: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(content, indent=1, ensure_ascii=False)}\n".encode()
