"""dbt's pages lie in every release: the same bytes of the same code, in one file."""

from __future__ import annotations

import copy
import json
import re

import pytest

from orchestration.publication.release import dbt_pages
from tests.worlds.releasing import changed_tables, released

pytestmark = pytest.mark.usefixtures("quick_report")
NODE = {
    "unique_id": "model.lasp.plans", "resource_type": "model", "name": "plans",
    "description": "One row per plan.", "columns": {"plan_id": {"name": "plan_id"}},
    "created_at": 1796063474.79, "root_path": "/srv/somebody/lasp", "compiled_code": "select 1",
    "compiled_path": "target/compiled/plans.sql", "checksum": {"name": "sha256"},
}  # fmt: skip
MANIFEST = {
    "metadata": {
        "dbt_version": "1.11.16",
        "project_name": "lasp",
        "generated_at": "2026-11-30T18:31:10.624704Z",
        "invocation_id": "66187236-04c4-4030-ada0-e2106c60cb31",
        "env": {"SECRET": "hidden"},
    },
    "nodes": {"model.lasp.plans": NODE},
    "unit_tests": {"unit_test.lasp.plans.ends": {"name": "ends", "given": [{"rows": "many"}]}},
    "child_map": {"model.lasp.plans": ["model.lasp.b", "model.lasp.a"]},
    "parent_map": {},
}


def manifest_in(page: bytes) -> dict:
    found = re.search(r'manifest:(\{"child_map".*?\}),catalog:', page.decode(), re.DOTALL)
    return json.loads(found[1])


def another_parse() -> dict:
    """The same project, parsed elsewhere on another day after a run."""
    again = copy.deepcopy(MANIFEST)
    again["metadata"] |= {"generated_at": "2027-01-01", "invocation_id": "other", "env": {}}
    again["nodes"]["model.lasp.plans"] |= {
        "created_at": 1.5, "root_path": "another folder", "compiled": True, "compiled_code": "",
    }  # fmt: skip
    again["child_map"]["model.lasp.plans"].reverse()
    return dict(reversed(again.items()))


def test_the_pages_are_the_same_whoever_parsed_the_project_where_and_when():
    assert dbt_pages.render(MANIFEST) == dbt_pages.render(another_parse())
    other = copy.deepcopy(MANIFEST)
    other["nodes"]["model.lasp.plans"]["description"] = "One row per child."
    assert dbt_pages.render(MANIFEST) != dbt_pages.render(other)


def test_the_pages_hold_what_they_show_and_nothing_of_the_machine():
    page = dbt_pages.render(MANIFEST)
    shown = manifest_in(page)
    assert shown["nodes"]["model.lasp.plans"]["description"] == "One row per plan."
    assert shown["unit_tests"]["unit_test.lasp.plans.ends"] == {"name": "ends"}
    for never in ("somebody", "hidden", "66187236", "18:31:10", "many", "select 1"):
        assert never not in json.dumps(shown)


def test_releases_of_one_version_of_the_code_share_the_file(tmp_path):
    first = released(tmp_path).path / dbt_pages.FILE
    second = released(tmp_path, changed_tables(), "2025-05/r2").path / dbt_pages.FILE
    assert first != second and first.samefile(second)
