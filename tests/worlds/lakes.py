"""Small lakes for tests, and the dbt project over them."""

import calendar
import csv
import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from ingest.contracts import load_contracts
from ingest.store.durable import sha256_of
from ingest.store.lake import lake_schema, store_empty_twins
from orchestration.run import kept_parts, transform
from orchestration.run.run_inputs import (
    EARLIER_SCHEMA,
    RUN_SCHEMA,
    SENDERS_SCHEMA,
    due_months,
    feeds_in_force,
)
from orchestration.run.transform import AFTER_LISTS, UP_TO_LISTS, close, partnership_vars
from orchestration.settings import DBT_PROJECT
from tests.worlds.once import parsed_project

GENERATION = "the models of this test"
PROJECT = DBT_PROJECT
QUIET = ["--log-level", "none", "--log-level-file", "none"]


def _schema(text: str) -> pa.Schema:
    """Read `name:type` words; a name alone is text."""
    kinds = {"": pa.string(), "i": pa.int64(), "b": pa.bool_(), "d": pa.date32()}
    kinds |= {"f": pa.float64(), "n": pa.decimal128(18, 4)}
    return pa.schema([(w.partition(":")[0], kinds[w.partition(":")[2]]) for w in text.split()])


FEED_SCHEMAS = {
    (contract.feed, table.name): lake_schema(contract, table)
    for contract in load_contracts()
    for table in contract.tables
}
RUN_SCHEMAS = {
    "_run": RUN_SCHEMA,
    "_accepted_senders": SENDERS_SCHEMA,
    "_findings": _schema(
        "finding_id known_on:d period period_start:d period_end:d dataset basis org_level "
        "org_code org_name org_key measure service_line scope rule_id severity observed expected "
        "message action"
    ),
    "_previous": _schema(
        "indicator_id basis period_type period_start:d period_end:d area_code breakdown "
        "breakdown_value area_name numerator:n denominator:n value:f value_status status_reason "
        "is_provisional:b is_estimated:b is_revised:b known_on:d source_feed release_id submissions"
    ),
    "_earlier": EARLIER_SCHEMA,
    "_releases": _schema(
        "release_id release_month revision:i as_at:d is_provisional:b submissions:i"
    ),
}


def _write(path: Path, schema: pa.Schema, rows: list[dict]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    never_null = {field.name: False for field in schema if not field.nullable}
    pq.write_table(pa.Table.from_pylist([never_null | row for row in rows], schema=schema), path)


def month_end(period: str) -> date:
    """Give the last day of a month."""
    year, month = map(int, period.split("-"))
    return date(year, month, calendar.monthrange(year, month)[1])


def submission_of(feed: str, sender: str, period: str, rows: int, verdict: str = "used") -> dict:
    """Give the row of the run that says what was delivered."""
    name = f"{feed}_{sender}_{period}_{verdict}"
    return {
        "feed": feed,
        "sender": sender,
        "period": period,
        "submission_id": hashlib.sha256(name.encode()).hexdigest()[:16],
        "submission_seq": 1,
        "files": 1,
        "file_names": name,
        "sha256": name,
        "rows_landed": rows,
        "rows_kept": rows,
        "rows_quarantined": 0,
        "rows_discarded": 0,
        "known_on": month_end(period) + timedelta(days=40 if feed == "chs_waits" else 3),
        "known_how": "manifest",
        "verdict": verdict,
    }


def prepare_lake(home: Path, findings: list[dict] | None = None) -> Path:
    """Make an empty lake without the table of the run, which says what was delivered."""
    store_empty_twins(home)
    kept_parts.begin(home, GENERATION)
    for table in ("_accepted_senders", "_previous", "_earlier", "_releases"):
        _write(home / f"lake/{table}.parquet", RUN_SCHEMAS[table], [])
    _write(home / "lake/_findings.parquet", RUN_SCHEMAS["_findings"], findings or [])
    (home / "candidate").mkdir()
    return home


def write_run(
    home: Path, submissions: list[dict], month: str = "2025-02", as_at: date = date(2025, 4, 11)
) -> None:
    """Write which submissions a run uses; without any, one row without a submission."""
    run = {"release_id": f"{month}/r1", "release_month": month, "revision": 1}
    run |= {"as_at": as_at, "is_synthetic": True, "generation": GENERATION}
    rows = [run | _hashed(home, submission) for submission in submissions or [{}]]
    _write(home / "lake/_run.parquet", RUN_SCHEMAS["_run"], rows)
    pq.write_table(feeds_in_force(month), home / "lake/_local_feeds.parquet")
    pq.write_table(due_months(month), home / "lake/_due_months.parquet")


def _hashed(home: Path, submission: dict) -> dict:
    """The submission with what names the bytes of its tables."""
    folder = f"lake/*/*/submission={submission.get('submission_id')}"
    tables = [sha256_of(path) for path in sorted(home.glob(f"{folder}/*.parquet"))]
    return submission | {"lake_sha256": hashlib.sha256(" ".join(tables).encode()).hexdigest()}


def place(lake: Path, submission: dict, **tables: list[dict]) -> None:
    """Write the tables of one delivery; those that it does not name are empty."""
    feed, identity = submission["feed"], submission["submission_id"]
    folder = lake / feed / f"period={submission['period']}/submission={identity}"
    for (owner, table), schema in FEED_SCHEMAS.items():
        if owner == feed:
            rows = [row | {"submission_id": identity} for row in tables.get(table, [])]
            _write(folder / f"{table}.parquet", schema, rows)


def settled_seeds(folder: Path, choices: dict[str, str]) -> Path:
    """A folder for `run_dbt` in which parameters are settled in another way than by default."""
    (folder / "seeds").mkdir(parents=True, exist_ok=True)
    default = PROJECT / "seeds/parameters.csv"
    settled = [
        [row[0], choices.get(row[0], row[1]), *row[2:]]
        for row in csv.reader(default.read_text(encoding="utf-8").splitlines())
    ]
    path = folder / "seeds/parameters.csv"
    with path.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines, lineterminator="\n").writerows(settled)
    return folder / "seeds"


@cache
def parsed(variables: str) -> Manifest:
    """The project, parsed for these variables, which say whose partnership it is."""
    manifest = transform.parsed(parsed_project() / "target", transform.sources_sha256())
    # A run reads selectors from their file; dbt cannot copy a manifest's (1.11).
    manifest.selectors = {}
    return manifest


def run_dbt(
    home: Path,
    *arguments: str,
    threads: int = 2,
    seeds: Path | None = None,
    given: Mapping[str, str] | None = None,
) -> None:
    """Run one command of dbt over the lake of a data folder; whatever fails is reported.

    The files of the folder ``seeds`` stand in place of the project's seeds of their names, and what
    is ``given`` in place of models: SQL that reads no other model.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LASP_HOME", str(home))
        patch.setenv("LASP_THREADS", str(threads))
        patch.setenv("DBT_TARGET_PATH", str(home / "dbt" / "target"))
        patch.setenv("DBT_LOG_PATH", str(home / "dbt" / "logs"))
        folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
        folders += ["--vars", partnership_vars()]
        try:
            manifest = parsed(partnership_vars()).deepcopy()
            for path in sorted(seeds.glob("*.csv")) if seeds else ():
                manifest.nodes[f"seed.lasp.{path.stem}"].original_file_path = str(path.resolve())
            for name, sql in (given or {}).items():
                model = manifest.nodes[f"model.lasp.{name}"]
                model.raw_code, model.refs, model.depends_on.nodes = sql, [], []
            result = dbtRunner(manifest).invoke([*arguments, *folders, *QUIET])
        finally:
            close()
    failed = [
        (r.node.name, r.message) for r in result.result or [] if r.status not in ("success", "pass")
    ]
    assert result.success, (failed, result.exception)


def build_all(home: Path, threads: int = 2, *, tests: bool = True) -> Path:
    """Build all models in the two steps of a monthly run.

    Without ``tests`` where the data tests are run once more, or have been on the same rows: 190
    queries.
    """
    left_out = ("unit_test",) if tests else ("unit_test", "test")
    kinds = [f"--exclude-resource-type={kind}" for kind in left_out]
    for half in (UP_TO_LISTS, AFTER_LISTS):
        run_dbt(home, "build", *kinds, "--selector", half, threads=threads)
    return home


def rows_of(home: Path, sql: str) -> list[tuple]:
    """Ask the database of the candidate, or where only some models were built the marts."""
    candidate = home / "candidate/marts.duckdb"
    file = candidate if candidate.exists() else home / "warehouse.duckdb"
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("use marts")  # the candidate's own name, a schema of the working file
        return connection.sql(sql).fetchall()
