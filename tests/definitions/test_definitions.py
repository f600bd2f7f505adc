"""What a data engineer sees before anything ran."""

import json
import re
import shutil
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import dagster as dg
import duckdb
import pyarrow as pa
import pytest

from expectations.mart_rules import RELEASE, mart_rules
from expectations.wrong_rows import Tables
from ingest.contracts import load_contracts
from orchestration.publication.release import history
from orchestration.publication.release.publishing import ReleaseResult
from orchestration.publication.report import INDEX, QUALITY
from tests.worlds.once import parsed_project


@pytest.fixture(scope="module")
def definitions(tmp_path_factory):
    patch, home = pytest.MonkeyPatch(), tmp_path_factory.mktemp("home")
    patch.setenv("LASP_HOME", str(home))
    shutil.copytree(parsed_project(), home / "dbt")
    from orchestration.definitions import definitions

    yield definitions()
    patch.undo()


@pytest.fixture(scope="module")
def manifest(definitions):
    from orchestration.settings import from_environment

    return json.loads(from_environment().manifest.read_text())


@pytest.fixture(scope="module")
def graph(definitions):
    return definitions.resolve_asset_graph()


def test_every_feed_has_its_landing_and_lake(graph):
    keys = {key.to_user_string() for key in graph.get_all_asset_keys()}
    for contract in load_contracts():
        assert {f"landing/{contract.feed}", f"lake/{contract.feed}"} <= keys


def test_lineage_leads_from_the_inbox_to_the_release(graph):
    seen, rest = set(), [dg.AssetKey(["release", "internal"])]
    while rest:
        key = rest.pop()
        seen.add(key)
        rest += [parent for parent in graph.get(key).parent_keys if parent not in seen]
    assert dg.AssetKey("inbox") in seen
    stubs = [key for key in seen if not graph.get(key).is_materializable]
    assert stubs == []


def test_every_asset_says_its_grain_and_has_a_group(graph):
    for node in graph.asset_nodes:
        is_seed = node.key.path[0] == "seeds"
        assert node.group_name != "default", node.key
        assert is_seed or (node.description or "").startswith("One row per"), node.key


def test_groups_sort_in_the_order_in_which_a_record_comes_to_them(graph):
    """By the fewest steps from the inbox to an asset of each; worklists leave the way."""
    steps, waiting = {dg.AssetKey("inbox"): 0}, [dg.AssetKey("inbox")]
    for key in waiting:
        new = [child for child in sorted(graph.get(key).child_keys) if child not in steps]
        steps |= dict.fromkeys(new, steps[key] + 1)
        waiting += new
    nearest = {}
    for key in waiting:
        nearest.setdefault(graph.get(key).group_name, steps[key])
    on_the_way = [name for name in sorted(nearest) if not name.endswith("_answers")]
    assert on_the_way == sorted(on_the_way, key=nearest.get)
    assert len(on_the_way) == 8


def test_runs_by_command_come_from_the_code_location_of_which_the_ui_shows_runs():
    from dagster._core.remote_origin import RemoteRepositoryOrigin
    from dagster._core.storage.tags import REPOSITORY_LABEL_TAG
    from dagster._core.workspace.load_target import ModuleTarget

    from orchestration.commands.monthly_run import name_origin
    from orchestration.definitions import defs
    from orchestration.timetable.jobs import monthly_release
    from orchestration.ui.server import LOCATION

    (location,) = ModuleTarget(LOCATION, None, None, None).create_origins()
    shown = RemoteRepositoryOrigin(location, defs.get_repository_def().name)
    with dg.DagsterInstance.ephemeral() as instance:
        name_origin(instance)
        job = defs.resolve_job_def(monthly_release.name)
        instance.create_run_for_job(job, tags={"dagster/partition": "2025-05"})
        (run,) = instance.get_runs(dg.RunsFilter(tags={REPOSITORY_LABEL_TAG: shown.get_label()}))
    assert run.remote_job_origin == shown.get_job_origin(monthly_release.name)


def test_the_mart_gate_blocks_and_the_others_tell(graph):
    gates = {
        key.name: graph.get_check_spec(key).blocking
        for key in graph.asset_check_keys
        if key.name.endswith("_gate")
    }
    assert gates == {"feed_gate": False, "findings_gate": False, "mart_gate": True}


@pytest.mark.parametrize("rule", mart_rules().rules.values(), ids=mart_rules().rules)
def test_a_rule_of_the_mart_gate_names_columns_that_the_contracts_have(promised, rule):
    assert promised.broken(rule.table, [rule]) == {rule.code: 0}


@pytest.fixture(scope="module")
def promised(definitions) -> Iterator[Tables]:
    """The published tables as their dbt contracts promise them, without rows."""
    from orchestration.settings import from_environment

    nodes = json.loads(from_environment().manifest.read_text("utf-8"))["nodes"].values()
    release = {"release_id": ["2025-05/r1"], "month_end": [date(2025, 5, 31)], "home_area": ["E"]}
    with Tables() as tables:
        tables.add(RELEASE, pa.table(release))
        for node in nodes:
            if node["resource_type"] == "model" and "release" in node["config"]["meta"]:
                columns = [
                    f"null::{column['data_type']} as {name}"
                    for name, column in node["columns"].items()
                ]
                empty = duckdb.sql(f"select {', '.join(columns)} limit 0")
                tables.add(node["alias"], empty.to_arrow_table())
        yield tables


def test_every_released_table_is_declared_once_with_owner_place_key_and_caveats(manifest):
    released = {
        name for name, node in manifest["nodes"].items() if "release" in node["config"]["meta"]
    }
    with_a_key = {
        test["attached_node"]
        for test in manifest["nodes"].values()
        if test.get("test_metadata", {}).get("name") == "is_as_promised"
        and test["config"]["meta"]["unique_on"]
    }
    declared = []
    for one in manifest["exposures"].values():
        meta = one["config"]["meta"]
        assert all((one["label"], one["description"], one["owner"]["name"], meta["place"]))
        assert meta["key"] and all(meta["caveats"]), one["name"]
        assert released.issuperset(one["depends_on"]["nodes"]), one["name"]
        declared += one["depends_on"]["nodes"] if "*.parquet" in meta["place"] else []
    assert sorted(declared) == sorted(released)
    assert released <= with_a_key


def test_a_table_promises_of_its_own_rows_in_one_test(manifest):
    """A node of dbt and a check of Dagster cost the same for one promise as for fifteen."""
    kinds = defaultdict(list)
    for test in manifest["nodes"].values():
        if test.get("test_metadata"):
            kinds[test["test_metadata"]["name"]].append(test["attached_node"])
    of_one_table = kinds.pop("is_as_promised")
    assert len(of_one_table) == len(set(of_one_table))
    assert set(kinds) == {"relationships", "is_listed_in", "are_listed_in"}  # of two tables


def test_a_release_shows_what_is_published_with_it(graph, manifest):
    shown = graph.get(dg.AssetKey(["release", "internal"])).metadata["what is published"]
    places = {record.data["place"] for record in shown.records}
    assert len(shown.records) == len(manifest["exposures"])
    assert {"internal/report/", "internal/report.xlsx"} < places


def test_a_month_has_about_a_dozen_steps_with_names_that_a_person_reads(definitions):
    from orchestration.progress import in_words

    steps = [node.name for node in definitions.resolve_job_def("monthly_release").graph.nodes]
    assert len(steps) <= 12
    assert all(re.fullmatch("[a-z]+( [a-z]+)+", in_words(step)) for step in steps), steps


def test_what_the_schedule_and_the_command_ask_for_fits_the_job(definitions):
    from orchestration.assets.asked import run_config
    from orchestration.timetable.jobs import JOURNAL

    job = definitions.resolve_job_def("monthly_release")
    for asked in (run_config(None), run_config(date(2025, 6, 17), ["ccis"])):
        assert dg.validate_run_config(job, JOURNAL | asked)


def test_one_model_that_is_run_again_is_shown_and_no_other(definitions, monkeypatch):
    from orchestration.run import steps, transform

    names = ["model.lasp.releases", "model.lasp.submissions"]
    built = [{"unique_id": name, "status": "success", "seconds": 1.0} for name in names]
    monkeypatch.setattr(transform, "build", lambda nodes: built)
    monkeypatch.setattr(steps, "require_month", lambda settings, month: {})
    monkeypatch.setattr(steps, "begin_parts", lambda settings: [])
    monkeypatch.setattr(steps, "keep_parts", lambda settings: "3 submissions kept, 0 counted")
    result = definitions.resolve_job_def("monthly_release").execute_in_process(
        partition_key="2025-05", asset_selection=[dg.AssetKey(["marts", "releases"])]
    )
    (event,) = result.get_asset_materialization_events()
    assert event.asset_key == dg.AssetKey(["marts", "releases"])


def test_a_model_is_not_built_for_another_month_than_that_of_the_deliveries(
    definitions, monkeypatch
):
    from orchestration.run import steps, transform

    monkeypatch.setattr(transform, "build", lambda nodes: pytest.fail("built"))
    monkeypatch.setattr(steps, "_told", lambda settings: {"release_month": "2025-04"})
    result = definitions.resolve_job_def("monthly_release").execute_in_process(
        partition_key="2025-05",
        asset_selection=[dg.AssetKey(["marts", "releases"])],
        raise_on_error=False,
    )
    assert not result.success and not result.get_asset_materialization_events()
    failed = result.failure_data_for_node("build_marts").error
    assert "not of 2025-05" in (failed.cause or failed).message


@pytest.mark.parametrize(
    ("pages", "shown"),
    [({INDEX, QUALITY}, {"report": INDEX, "findings": QUALITY}), (set(), {})],
)
def test_a_release_links_to_its_report_and_findings_whatever_the_host_and_the_folder(
    tmp_path, pages, shown
):
    from orchestration.assets.release_steps import released_facts

    path = tmp_path / "releases/2025-05/r1"
    path.mkdir(parents=True)
    files = {f"internal/{name}": {"table": None, "sha256": ""} for name in pages}
    (path / history.MANIFEST).write_text(json.dumps({"files": files}))
    facts = released_facts(tmp_path, ReleaseResult("released", path, "2025-05/r1"))
    gate = dg.MetadataValue.url("/warehouse/gate/2025-05/r1.html")
    assert facts == {"release": "2025-05/r1", "status": "released", "data_docs": gate} | {
        fact: dg.MetadataValue.url(f"/warehouse/releases/2025-05/r1/{name}")
        for fact, name in shown.items()
    }


def test_a_manifest_of_other_sources_is_parsed_again_however_new_it_is(definitions, monkeypatch):
    """A data folder that was copied or restored has new times."""
    from orchestration.run import transform
    from orchestration.settings import from_environment

    settings, asked = from_environment(), []
    mark = settings.manifest.with_name("sources.sha256")
    monkeypatch.setattr(transform, "_invoke", asked.append)
    monkeypatch.setattr(transform, "_write_docs", lambda *_: None)
    transform.ensure_manifest(settings)
    assert asked == []
    mark.write_text("of another version")
    transform.ensure_manifest(settings)
    assert asked == [["parse"]]
    transform.ensure_manifest(settings)
    assert asked == [["parse"]]


def test_daemon_and_ui_that_start_together_parse_the_project_once(definitions, monkeypatch):
    from orchestration.run import transform
    from orchestration.settings import from_environment

    settings, asked, together = from_environment(), [], threading.Barrier(2)

    def parse(arguments):
        asked.append(arguments)
        time.sleep(0.2)

    def start(_):
        together.wait()
        transform.ensure_manifest(settings)

    monkeypatch.setattr(transform, "_invoke", parse)
    monkeypatch.setattr(transform, "_write_docs", lambda *_: None)
    settings.manifest.with_name("sources.sha256").write_text("of another version")
    with ThreadPoolExecutor(2) as starting:
        list(starting.map(start, range(2)))
    assert asked == [["parse"]]


def test_the_manifest_that_assets_come_from_is_outside_the_repository(definitions, monkeypatch):
    from orchestration.settings import PROJECT, from_environment

    manifest = from_environment().manifest
    assert PROJECT not in manifest.parents
    assert json.loads(manifest.read_text())["metadata"]["project_name"] == "lasp"
