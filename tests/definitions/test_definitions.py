"""What a data engineer sees before anything ran."""

import json

import dagster as dg
import pytest

from ingest.contracts import load_contracts
from orchestration.publication import history
from orchestration.publication.release import ReleaseResult
from orchestration.publication.report import INDEX


@pytest.fixture(scope="module")
def definitions(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setenv("LASP_HOME", str(tmp_path_factory.mktemp("home")))
    from orchestration.definitions import definitions

    yield definitions()
    patch.undo()


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


def test_the_mart_gate_blocks_and_the_others_tell(graph):
    gates = {
        key.name: graph.get_check_spec(key).blocking
        for key in graph.asset_check_keys
        if key.name.endswith("_gate")
    }
    assert gates == {"feed_gate": False, "findings_gate": False, "mart_gate": True}


@pytest.mark.parametrize(
    ("files", "shown"),
    [
        ({f"internal/{INDEX}": {"table": None, "sha256": ""}}, {"report"}),
        ({"internal/marts.duckdb": {"table": None}}, set()),
    ],
)
def test_a_release_shows_where_its_report_lies_below_the_data_folder(tmp_path, files, shown):
    from orchestration.assets.release import released_facts

    path = tmp_path / "releases/2025-05/r1"
    path.mkdir(parents=True)
    (path / history.MANIFEST).write_text(json.dumps({"files": files}))
    facts = released_facts(tmp_path, ReleaseResult("released", path, "2025-05/r1"))
    assert set(facts) == {"release", "status"} | shown
    place = dg.MetadataValue.path(f"releases/2025-05/r1/internal/{INDEX}")
    assert facts.get("report", place) == place


def test_a_manifest_of_other_sources_is_parsed_again_however_new_it_is(definitions, monkeypatch):
    """A data folder that was copied or restored has new times."""
    from orchestration import transform
    from orchestration.settings import from_environment

    settings, asked = from_environment(), []
    mark = settings.manifest.with_name("sources.sha256")
    monkeypatch.setattr(transform, "_invoke", asked.append)
    transform.ensure_manifest(settings)
    assert asked == []
    mark.write_text("of another version")
    transform.ensure_manifest(settings)
    assert asked == [["parse"]]
    transform.ensure_manifest(settings)
    assert asked == [["parse"]]


def test_the_manifest_that_assets_come_from_is_outside_the_repository(definitions, monkeypatch):
    from orchestration.settings import PROJECT, from_environment

    manifest = from_environment().manifest
    assert PROJECT not in manifest.parents
    assert json.loads(manifest.read_text())["metadata"]["project_name"] == "lasp"
