"""The mart gate: judges the candidate, every Parquet file and then the whole.

A file that already has a verdict under its table's suite is not judged again. What no file can
show alone (a figure's inputs, its steps, its findings) is judged on all of them together; that
verdict is bound to the names and hashes of all files and to the release they are made for.
"""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from expectations import derive, receipts
from expectations.file_counts import measure_file
from expectations.gate import (
    Expectation,
    Measured,
    Result,
    Suite,
    Verdict,
    canonical_digest,
    judge,
)
from expectations.mart_rules import RELEASE, mart_rules
from expectations.wrong_rows import Tables
from ingest.store.durable import sha256_of

LABEL = "CANDIDATE.json"
WHOLE = "The candidate"


@dataclass(frozen=True)
class FileRequirement:
    """The table that a file belongs to, and the suite that its bytes must have passed."""

    table: str
    suite_digest: str


@dataclass(frozen=True)
class Judged:
    """What was judged together: a file, or a table on the whole release."""

    name: str
    rows: int
    results: Sequence[tuple[Expectation, Result]]


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
    return _needs(folder, _suites(manifest))


def _needs(folder: Path, suites: Mapping[str, Suite]) -> Requirements:
    digests = {table: suite.digest for table, suite in suites.items()}
    tables = ((path.name, table_of(path.name, digests)) for path in folder.glob("*.parquet"))
    files = {name: FileRequirement(table, digests[table]) for name, table in tables if table}
    return Requirements(files, _whole_digest(digests))


def judge_candidate(
    folder: Path, manifest: Mapping[str, Any], receipts_folder: Path | None = None
) -> list[Verdict]:
    """Judge the candidate: a verdict for each file that needs one, then one for the whole.

    The whole is judged only when no file is refused; without its verdict nothing is released.
    With ``receipts_folder`` a file that passed its suite before is left out, and every verdict
    is recorded there. ``CANDIDATE.json`` names the release, so its month is known, and its area.
    """
    suites = _suites(manifest)
    needs = _needs(folder, suites)
    shas = {name: sha256_of(folder / name) for name in sorted(needs.files)}
    unjudged = {
        name: need.table
        for name, need in sorted(needs.files.items())
        if not _has_passed(receipts_folder, shas[name], need.suite_digest)
    }
    with Tables(folder.parent) as tables:
        verdicts = judge(
            [
                measure_file(folder / name, suites[table], tables, mart_rules().of_file(table))
                for name, table in unjudged.items()
            ]
        )
        if all(verdict.passed for verdict in verdicts):
            verdicts.append(_judge_whole(folder, tables, suites, needs, shas))
    if receipts_folder is not None:
        for verdict in verdicts:
            receipts.record(verdict, receipts_folder)
    return verdicts


def documented(
    folder: Path, manifest: Mapping[str, Any], receipts_folder: Path
) -> Iterator[Judged]:
    """Give what was judged of the candidate, by its receipts: each file, then the whole.

    A file that no receipt tells of was not judged; so is the whole when a file was refused.
    """
    suites, rules = _suites(manifest), mart_rules()
    needs = _needs(folder, suites)
    shas = {name: sha256_of(folder / name) for name in sorted(needs.files)}
    for name, need in sorted(needs.files.items()):
        receipt = receipts.find(receipts_folder, shas[name], need.suite_digest)
        if receipt:
            expected = suites[need.table].expectations
            yield Judged(name, receipt.rows, _matched(expected, receipt.results))
    sha256 = whole_sha256(release_of(folder), shas)
    receipt = receipts.find(receipts_folder, sha256, needs.whole_digest)
    for table in rules.whole_tables if receipt else ():
        paths = [folder / name for name in needs.files_by_table()[table]]
        rows = sum(pq.read_metadata(path).num_rows for path in paths)
        expected = rules.whole_suite(table).expectations
        yield Judged(f"{table}, whole", rows, _matched(expected, receipt.results))


def _matched(
    expected: Sequence[Expectation], results: Sequence[Result]
) -> list[tuple[Expectation, Result]]:
    """Pair expectations with their results, which name rules and stand in the order of judging."""
    ordered = sorted(expected, key=lambda one: one.about != "shape")
    rules = {one.rule for one in ordered}
    # After a table of the wrong shape nothing else of it was judged.
    return list(zip(ordered, [one for one in results if one.rule in rules], strict=False))


def release_of(folder: Path) -> str:
    """Give the id of the release that the candidate is made for."""
    return _label(folder)["release_id"]


def _label(folder: Path) -> dict[str, Any]:
    return json.loads((folder / LABEL).read_text("utf-8"))


def table_of(file_name: str, tables: Collection[str]) -> str | None:
    """Give the table of ``<table>.parquet`` or ``<table>_<part>.parquet``; None when unknown."""
    stem = file_name.removesuffix(".parquet")
    fitting = [table for table in tables if stem == table or stem.startswith(f"{table}_")]
    return max(fitting, key=len, default=None)


def whole_sha256(release_id: str, shas: Mapping[str, str]) -> str:
    """Give the hash to which the verdict on the whole is bound."""
    return canonical_digest({"release_id": release_id, "files": dict(shas)})


def _suites(manifest: Mapping[str, Any]) -> dict[str, Suite]:
    rules, tables = mart_rules(), derive.released_tables(manifest)
    rules.require(tables)
    return {table: rules.file_suite(derive.mart_suite(manifest, table)) for table in tables}


def _whole_digest(digests: Mapping[str, str]) -> str:
    rules = mart_rules()
    suites = {table: rules.whole_suite(table).digest for table in rules.whole_tables}
    return canonical_digest({"tables": sorted(digests), "suites": suites})


def _judge_whole(
    folder: Path,
    tables: Tables,
    suites: Mapping[str, Suite],
    needs: Requirements,
    shas: Mapping[str, str],
) -> Verdict:
    release_id = release_of(folder)
    by_table = needs.files_by_table()
    results = [_every_table_has_a_file(suites, by_table)]
    rows = 1
    if results[0].passed:
        rules = mart_rules()
        tables.add(RELEASE, _release(release_id, _label(folder)["local_area"]))
        for table in rules.tables_read:
            rows += tables.add(table, [folder / name for name in by_table[table]])
        measured = [_of_whole(tables, table) for table in rules.whole_tables]
        results += [result for verdict in judge(measured) for result in verdict.results]
    sha256 = whole_sha256(release_id, shas)
    return Verdict("marts", needs.whole_digest, sha256, rows, tuple(results))


def _of_whole(tables: Tables, table: str) -> Measured:
    suite, broken = (
        mart_rules().whole_suite(table),
        tables.broken(table, mart_rules().of_whole(table)),
    )
    return Measured(suite, tuple((one, broken[one.rule]) for one in suite.expectations), rows=1)


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


def _release(release_id: str, home_area: str) -> pa.Table:
    year, month = map(int, release_id.split("/")[0].split("-"))
    month_end = date(year, month, monthrange(year, month)[1])
    row = {"release_id": release_id, "month_end": month_end, "home_area": home_area}
    return pa.Table.from_pylist([row])


def _has_passed(folder: Path | None, sha256: str, suite_digest: str) -> bool:
    receipt = receipts.find(folder, sha256, suite_digest) if folder else None
    return receipt is not None and receipt.passed
