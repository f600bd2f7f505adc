"""The mart gate: judges the candidate, every Parquet file and then the whole.

A file that already has a verdict under its table's suite is not judged again. What no file can
show alone (a figure's inputs, its steps, its findings) is judged on all of them together; that
verdict is bound to the names and hashes of all files and to the release they are made for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from expectations import derive, receipts
from expectations.gate import Result, Suite, Verdict, as_frame, canonical_digest, judge, judge_file
from expectations.suites import marts

LABEL = "CANDIDATE.json"
WHOLE = "The candidate"


@dataclass(frozen=True)
class FileRequirement:
    """The table that a file belongs to, and the suite that its bytes must have passed."""

    table: str
    suite_digest: str


@dataclass(frozen=True)
class Requirements:
    """What a release of this candidate must be able to show."""

    files: Mapping[str, FileRequirement]
    whole_digest: str

    def files_by_table(self) -> dict[str, list[str]]:
        """Give the names of the files of each table, sorted."""
        tables: dict[str, list[str]] = {}
        for name in sorted(self.files):
            tables.setdefault(self.files[name].table, []).append(name)
        return tables


def requirements(folder: Path, manifest: Mapping[str, Any]) -> Requirements:
    """Name the suite that each Parquet file of the candidate must have passed.

    A file of no published table is left out, and the release then refuses it.
    """
    digests = {table: suite.digest for table, suite in _suites(manifest).items()}
    tables = ((path.name, table_of(path.name, digests)) for path in folder.glob("*.parquet"))
    files = {name: FileRequirement(table, digests[table]) for name, table in tables if table}
    return Requirements(files, _whole_digest(digests))


def judge_candidate(
    folder: Path, manifest: Mapping[str, Any], receipts_folder: Path | None = None
) -> list[Verdict]:
    """Judge the candidate: a verdict for each file that needs one, then one for the whole.

    The whole is judged only when no file is refused; without its verdict nothing is released.
    With ``receipts_folder`` a file that passed its suite before is left out, and every verdict
    is recorded there. ``CANDIDATE.json`` names the release, so its month is known.
    """
    suites = _suites(manifest)
    needs = requirements(folder, manifest)
    shas = {name: _sha256(folder / name) for name in sorted(needs.files)}
    verdicts = []
    for name, need in sorted(needs.files.items()):
        if not _has_passed(receipts_folder, shas[name], need.suite_digest):
            verdicts.append(judge_file(folder / name, suites[need.table]))
    if all(verdict.passed for verdict in verdicts):
        verdicts.append(_judge_whole(folder, suites, needs, shas))
    if receipts_folder is not None:
        for verdict in verdicts:
            receipts.record(verdict, receipts_folder)
    return verdicts


def table_of(file_name: str, tables: Collection[str]) -> str | None:
    """Give the table of ``<table>.parquet`` or ``<table>_<part>.parquet``; None when unknown."""
    stem = file_name.removesuffix(".parquet")
    fitting = [table for table in tables if stem == table or stem.startswith(f"{table}_")]
    return max(fitting, key=len, default=None)


def whole_sha256(release_id: str, shas: Mapping[str, str]) -> str:
    """Give the hash to which the verdict on the whole is bound."""
    return canonical_digest({"release_id": release_id, "files": dict(shas)})


def _suites(manifest: Mapping[str, Any]) -> dict[str, Suite]:
    return {
        table: marts.with_rules(derive.mart_suite(manifest, table), table)
        for table in derive.released_tables(manifest)
    }


def _whole_digest(digests: Mapping[str, str]) -> str:
    suites = {table: marts.whole_suite(table).digest for table in marts.WHOLE_TABLES}
    return canonical_digest({"tables": sorted(digests), "suites": suites})


def _judge_whole(
    folder: Path, suites: Mapping[str, Suite], needs: Requirements, shas: Mapping[str, str]
) -> Verdict:
    release_id = json.loads((folder / LABEL).read_text("utf-8"))["release_id"]
    by_table = needs.files_by_table()
    results = [_every_table_has_a_file(suites, by_table)]
    frames = {"release": _release_frame(release_id)}
    if results[0].passed:
        for table, columns in marts.WHOLE_READS.items():
            frames[table] = marts.identified(_read(folder, by_table[table], columns))
        for table in marts.WHOLE_TABLES:
            measured = marts.measure_whole(frames, table)
            results += judge(measured, marts.whole_suite(table)).results
    digest = needs.whole_digest
    sha256 = whole_sha256(release_id, shas)
    return Verdict("marts", digest, sha256, sum(map(len, frames.values())), tuple(results))


def _every_table_has_a_file(suites: Collection[str], by_table: Collection[str]) -> Result:
    lacking = sorted(set(suites) - set(by_table))
    return Result(
        "MART-FILES",
        "refuse",
        not lacking,
        len(lacking),
        "Every published table has a file." if not lacking else f"No file of {lacking[0]}.",
        "Run the month again; if it stays, the export leaves the table out.",
    )


def _release_frame(release_id: str) -> pd.DataFrame:
    year, month = map(int, release_id.split("/")[0].split("-"))
    month_end = pd.Timestamp(date(year, month, 1)) + pd.offsets.MonthEnd(0)
    return pd.DataFrame({"release_id": [release_id], "month_end": [month_end]})


def _read(folder: Path, names: Collection[str], columns: Collection[str]) -> pd.DataFrame:
    tables = [pq.read_table(folder / name, columns=list(columns)) for name in names]
    return as_frame(pa.concat_tables(tables))


def _has_passed(folder: Path | None, sha256: str, suite_digest: str) -> bool:
    receipt = receipts.find(folder, sha256, suite_digest) if folder else None
    return receipt is not None and receipt.passed


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
