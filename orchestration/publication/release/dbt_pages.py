"""dbt's own pages about every table and column, from the manifest of the code that counts.

They say what the code is, not what a release holds: every release of one version of the code has
the same bytes, and shares one file with the one before. What differs from parse to parse is left
out (times, ids, folders), and so is what the pages never show: the rows of unit tests, 3.6 of 8 MB.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import distribution
from typing import Any

FILE = "internal/dbt_docs/index.html"
_PAGE = "dbt/task/docs/index.html"
_PLACES = ('"MANIFEST.JSON INLINE DATA"', '"CATALOG.JSON INLINE DATA"')
_SHOWN = (
    "nodes", "sources", "macros", "docs", "exposures", "metrics", "groups", "selectors",
    "semantic_models", "saved_queries", "unit_tests", "parent_map", "child_map",
)  # fmt: skip
_OF_THE_PROJECT = ("dbt_schema_version", "dbt_version", "project_name", "adapter_type", "quoting")
_OF_ONE_PARSE = frozenset({"created_at", "root_path", "build_path", "compiled_path"})
_OF_A_RUN = frozenset({"compiled", "compiled_code", "extra_ctes", "extra_ctes_injected"})
_NEVER_SHOWN = frozenset({"given", "expect", "checksum", "unrendered_config"})
_LEFT_OUT = _OF_ONE_PARSE | _OF_A_RUN | _NEVER_SHOWN


def render(manifest: Mapping[str, Any]) -> bytes:
    """Write the pages as one file that asks for nothing; the same code gives the same bytes."""
    about = manifest.get("metadata", {})
    shown = {part: _without(manifest.get(part, {})) for part in _SHOWN} | {
        "metadata": {name: about.get(name) for name in _OF_THE_PROJECT},
        "disabled": {},
    }
    catalog = {"metadata": {}, "nodes": {}, "sources": {}, "errors": None}
    page = distribution("dbt-core").locate_file(_PAGE).read_text("utf-8")
    for place, content in zip(_PLACES, (shown, catalog), strict=True):
        page = page.replace(place, json.dumps(content, sort_keys=True))
    return page.encode()


def _without(part: Mapping[str, Any]) -> dict[str, Any]:
    """What the pages show of each entry of a part of the manifest."""
    return {
        name: {key: value for key, value in entry.items() if key not in _LEFT_OUT}
        if isinstance(entry, dict)
        else sorted(entry)
        for name, entry in part.items()
    }
