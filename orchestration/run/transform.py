"""dbt, run inside this process: a second call costs a second, a subprocess costs eight."""

from __future__ import annotations

import atexit
import fcntl
import gc
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import dbt.version
import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import GenericTestNode
from dbt.parser.manifest import PARTIAL_PARSE_FILE_NAME, extended_mashumuro_decoder

from ingest.partnership import SHIPPED, chosen_folder, folder_sha256, partnership
from ingest.refusals import InWords
from orchestration.authoring.declared_measures import refuse_wrong_measures
from orchestration.publication.release.publishing import ReleaseRefused
from orchestration.run.dbt_manifest import manifest_of
from orchestration.settings import DBT_PROJECT, MADE, PROJECT, Settings

DOMAINS = PROJECT / "ingest" / "contracts" / "domains"
GOOD = frozenset({"success", "pass", "no-op"})
UP_TO_LISTS, AFTER_LISTS = "up_to_waiting_lists", "after_waiting_lists"
"""The halves of a run, with the waiting-list gate between them: selectors of the dbt project."""
PROMISES = "is_as_promised"
"""The test that counts what breaks the promises of a table, all of them in one query."""


class TransformFailed(InWords):
    """dbt did not finish, or one of its tests failed; nothing downstream may run."""


def ensure_manifest(settings: Settings) -> Path:
    """Parse the project where there is no manifest, or one of other sources.

    By their content, not by age: a data folder that was copied or restored has new times. One
    process at a time: daemon and UI start in the same second when a machine does.

    Raises:
        WrongMeasures: a measure is declared in a way in which it cannot be counted.
    """
    mark, sources = settings.manifest.with_name("sources.sha256"), sources_sha256()
    with settings.manifest.with_name("parse.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        is_parsed = settings.manifest.exists() and mark.exists() and mark.read_text() == sources
        if not (is_parsed and (settings.dbt_docs / f"{sources}.html").exists()):
            refuse_wrong_measures(DBT_PROJECT)
            _invoke(["parse"])
            _write_docs(settings, sources)
            mark.write_text(sources)
    return settings.manifest


def _write_docs(settings: Settings, sources: str) -> None:
    """Write dbt's pages of this content of the project, to which its runs link: 1 s, 8 MB."""
    _invoke(["docs", "generate", "--static", "--empty-catalog", "--no-compile"])
    settings.dbt_docs.mkdir(parents=True, exist_ok=True)
    target = settings.dbt_target
    (target / "static_index.html").rename(settings.dbt_docs / f"{sources}.html")
    for name in ("index.html", "catalog.json"):
        (target / name).unlink()


def compiled_place(test: Mapping[str, Any]) -> str:
    """Place of a test's compiled SQL, below the data folder."""
    file, name = test["original_file_path"], test["path"]
    place = file if file.endswith(name) else f"{file}/{name}"
    return f"dbt/target/compiled/{test['package_name']}/{place}"


def parsed_sources(settings: Settings) -> str:
    """Content of the dbt project from which the manifest was parsed, as its pages are named."""
    return settings.manifest.with_name("sources.sha256").read_text()


def generation() -> str:
    """What counts: models, macros, seeds and code lists, and DuckDB. Another one counts anew.

    Coarse on purpose: one change of any of them recounts everything once.
    """
    digest = hashlib.sha256(f"{sources_sha256()} {duckdb.__version__}".encode())
    for path in sorted(DOMAINS.glob("*.csv")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def sources_sha256() -> str:
    """Content of the dbt project as it stands, of the partnership's folder, and dbt's version."""
    digest = hashlib.sha256(f"{partnership_vars()} {dbt.version.__version__}".encode())
    if chosen_folder() != SHIPPED:
        digest.update(folder_sha256().encode())
    for path in sorted(path for path in DBT_PROJECT.rglob("*") if path.is_file()):
        name = path.relative_to(DBT_PROJECT)
        if MADE.isdisjoint(name.parts):
            digest.update(name.as_posix().encode() + b"\0")
            digest.update(path.read_bytes())
    return digest.hexdigest()


def begin(settings: Settings) -> None:
    """Remove dbt's working file and the last candidate, which are never repaired.

    The working files of an inspection or a rebuild that was killed hold cases, so they go too.
    """
    close()
    for name in ("inspection", "rebuild"):
        shutil.rmtree(settings.home / name, ignore_errors=True)
    for path in settings.home.glob("warehouse.duckdb*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.rmtree(settings.home / "candidate", ignore_errors=True)
    (settings.home / "candidate").mkdir(parents=True)


def close() -> None:
    """Let go of the working file: the adapter keeps its connection for the life of the process."""
    with DuckDBConnectionManager._LOCK:
        if DuckDBConnectionManager._ENV is not None:
            DuckDBConnectionManager._ENV.close()
        DuckDBConnectionManager._ENV = None


def build(selector: str) -> list[dict[str, Any]]:
    """Build a part of the project: seeds, models and their data tests.

    Args:
        selector: name of the part in the project's ``selectors.yml``.

    Returns:
        One dictionary a node: unique_id, status, failures, seconds, and as ``broken`` the promises
        of a table that are: table, promise, rows, and the query that shows them. Statuses other
        than success and pass name what dbt said, without any value.
    """
    arguments = ["build", "--exclude-resource-type", "unit_test", "--no-write-json"]
    arguments += ["--selector", selector]
    try:
        manifest = parsed(Path(os.environ["DBT_TARGET_PATH"]), sources_sha256())
        results = _invoke(arguments, manifest).result or []
        broken = _broken_promises(results, manifest)
    finally:
        close()
    return [_node(node, broken) for node in results]


@lru_cache(maxsize=1)
def parsed(target: Path, sources: str) -> Manifest:
    """The project as ``ensure_manifest`` had it parsed, read once a process.

    What dbt keeps to parse less the next time is all of it. dbt itself would look through every
    file again (0.5 s), and parse everything (7 s) in a data folder that was copied or moved.
    """
    kept, mark = target / PARTIAL_PARSE_FILE_NAME, target / "sources.sha256"
    if not mark.exists() or mark.read_text() != sources:
        return _invoke(["parse", "--no-write-json"]).result
    manifest = Manifest.from_msgpack(kept.read_bytes(), decoder=extended_mashumuro_decoder)
    manifest.build_flat_graph()
    _keep_what_is_loaded()
    return manifest


@cache
def _keep_what_is_loaded() -> None:
    """Look for garbage no more in what lives as long as the process: a million objects.

    At its end they are let go: DuckDB would print each of its own that is left as a leak.
    """
    gc.freeze()
    atexit.register(gc.unfreeze)


def _broken_promises(results: Iterable[Any], manifest: Manifest) -> dict[str, list[dict[str, Any]]]:
    """Ask each failed test of promises which they are: dbt's result holds the sum of their rows."""
    failed = [
        one.node.name
        for one in results
        if one.status == "fail"
        and isinstance(one.node, GenericTestNode)
        and one.node.test_metadata.name == PROMISES
    ]
    if not failed:
        return {}
    shown = _invoke(["show", "--no-write-json", "--limit", "-1", "--select", *failed], manifest)
    return {
        one.node.unique_id: [
            {
                "table": one.node.attached_node.rpartition(".")[2],
                "promise": row["promise"],
                "rows": int(row["row_count"]),
                "reading": row["reading"],
            }
            for row in one.agate_table.rows
        ]
        for one in shown.result
    }


def compiled(selector: str) -> list[dict[str, Any]]:
    """Compile SQL that no run builds, with what is said of it.

    Returns:
        One dictionary a node: name, compiled_code, description, and columns with their meaning.
    """
    try:
        result = _invoke(["compile", "--no-write-json", "--selector", selector])
    finally:
        close()
    return [
        {
            "name": ran.node.name,
            "compiled_code": ran.node.compiled_code,
            "description": ran.node.description,
            "columns": {name: column.description for name, column in ran.node.columns.items()},
        }
        for ran in result.result or []
    ]


def require_success(nodes: Sequence[dict[str, Any]]) -> None:
    """Stop when a node failed or was skipped. dbt's own words are not repeated: they hold values.

    Raises:
        ReleaseRefused: rows break a promise; it names promises and how many rows break each.
        TransformFailed: something could not be calculated at all; it names the nodes.
    """
    broken = [told for node in nodes if node["status"] == "fail" for told in _told(node)]
    failed = [node["unique_id"] for node in nodes if node["status"] not in GOOD]
    if broken and not any(node["status"] == "error" for node in nodes):
        raise ReleaseRefused(
            f"{len(broken)} promise(s) of the tables are broken: {'; '.join(broken[:3])}. Look at "
            "the checks of this run in the UI; each says how the rows are read."
        )
    if failed:
        raise TransformFailed(
            f"{len(failed)} dbt node(s) did not succeed, the first is {failed[0]}. Nothing was "
            "released. Look at the checks of this run, or run `dbt build` on the data folder."
        )


def _told(node: Mapping[str, Any]) -> list[str]:
    """What a failed test found: promises of a table, or its own name; each with its rows."""
    name = node["unique_id"].split(".")[2]
    if not node["broken"]:
        return [f"{name} ({node['failures']:,} rows)"]
    return [f"{one['table']}: {one['promise']} ({one['rows']:,} rows)" for one in node["broken"]]


def partnership_vars() -> str:
    """Variables of dbt for the partnership: its folder of seeds, and codes of places.

    Never a month or a release: another value makes dbt parse everything anew.
    """
    own, folder = partnership(), chosen_folder()
    told = {
        "partnership": os.path.relpath(folder, DBT_PROJECT),
        "local_area": own.local_area,
        "local_la_code": own.local_la_code,
        "country": own.country,
    }
    return json.dumps(told)


def _invoke(arguments: Sequence[str], manifest: Manifest | None = None) -> dbtRunnerResult:
    folders = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    told = ["--vars", partnership_vars()]
    # dbt's messages repeat the value of a cell that failed to cast, so none is printed or kept.
    quiet = ["--log-level", "none", "--log-level-file", "none", "--no-use-colors"]
    result = dbtRunner(manifest).invoke([*arguments, *folders, *told, *quiet])
    if result.exception:
        raise TransformFailed(
            f"dbt {arguments[0]} stopped with {type(result.exception).__name__}. Run "
            f"`dbt {' '.join(arguments)} --vars '{partnership_vars()}'` in dbt_project for "
            "its words."
        ) from result.exception
    return result


def _node(node: Any, broken: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "unique_id": node.node.unique_id,
        "status": str(node.status),
        "failures": node.failures or 0,
        "broken": broken.get(node.node.unique_id, []),
        "seconds": round(node.execution_time, 3),
    }


def compiled_sql_sha256(settings: Settings) -> str:
    """Hash of what dbt compiled and of the columns it promises, without this machine's paths."""
    manifest = manifest_of(settings)
    digest = hashlib.sha256()
    for unique_id, node in sorted(manifest["nodes"].items()):
        if node["resource_type"] != "model":
            continue
        compiled = settings.dbt_target / "compiled" / manifest["metadata"]["project_name"]
        path = compiled / node["original_file_path"]
        text = path.read_text("utf-8").replace(str(settings.home), "")
        columns = {name: column["data_type"] for name, column in node["columns"].items()}
        digest.update(json.dumps([unique_id, text, columns], sort_keys=True).encode())
    return digest.hexdigest()
