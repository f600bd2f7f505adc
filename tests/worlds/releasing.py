"""Steps that tests of releases share: a judged candidate, and the request to release it."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from expectations import candidate
from ingest.store.durable import sha256_of
from orchestration.publication.public.audit import Finding, figures
from orchestration.publication.release.publishing import (
    ReleaseRequest,
    ReleaseResult,
    publish,
    record,
)
from orchestration.publication.report import INDEX, Edition, Facts, Tables
from orchestration.settings import code_version
from tests.worlds import good_candidate

AS_AT = date(2025, 7, 10)
MAKER = "A. Analyst"


def changed_tables() -> dict[str, list[dict[str, Any]]]:
    """The good candidate after a late note: one more finding, and its release's own row."""
    tables = good_candidate.tables()
    note = tables["quality_findings"][0] | {"finding_id": "late note", "severity": "note"}
    tables["quality_findings"].append(note)
    return tables


def prepare(
    home: Path,
    tables: Mapping[str, list[dict[str, Any]]] | None = None,
    release_id: str = good_candidate.RELEASE,
    as_at: date = AS_AT,
) -> ReleaseRequest:
    """Write and judge a candidate under ``home``; gives the request to release it."""
    made = _judged(tables or good_candidate.tables(), release_id)
    shutil.rmtree(home / "candidate", ignore_errors=True)
    for name in ("candidate", "receipts"):
        shutil.copytree(made / name, home / name, dirs_exist_ok=True)
    return request(home, release_id, as_at)


def _judged(tables: Mapping[str, list[dict[str, Any]]], release_id: str) -> Path:
    """A folder with this candidate and its receipts: the same one is judged once a process."""
    own = hashlib.sha256(repr((release_id, tables)).encode()).hexdigest()
    home, receipts = Path(_made().name) / own, Path(_made().name) / "receipts"
    if not home.exists():
        folder, manifest = home / "candidate", good_candidate.manifest()
        good_candidate.write(folder, tables, release_id)
        # A file that many candidates share is judged once.
        candidate.judge_candidate(folder, manifest, receipts)
        names = candidate.requirements(folder, manifest).files
        shas = {name: sha256_of(folder / name) for name in sorted(names)}
        (home / "receipts").mkdir()
        for sha256 in (*shas.values(), candidate.whole_sha256(release_id, shas)):
            if (receipts / f"{sha256}.json").exists():
                shutil.copy(receipts / f"{sha256}.json", home / "receipts")
    return home


@cache
def _made() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="candidates-")


def request(
    home: Path, release_id: str = good_candidate.RELEASE, as_at: date = AS_AT
) -> ReleaseRequest:
    """The request for the candidate that lies under ``home``."""
    month, _, revision = release_id.partition("/r")
    return ReleaseRequest(
        release_id=release_id,
        month=month,
        revision=int(revision),
        as_at=as_at,
        is_synthetic=True,
        is_provisional=False,
        code_version=code_version(),
        compiled_sql_sha256="0" * 64,
        submissions=[{"submission_id": "a" * 16, "sha256": ["a" * 64]}],
        requirements=candidate.requirements(home / "candidate", good_candidate.manifest()),
        dbt_manifest=good_candidate.manifest(),
    )


def released(home: Path, *args: Any, **kwargs: Any) -> ReleaseResult:
    """Prepare, publish and record in one step."""
    asked = prepare(home, *args, **kwargs)
    result = publish(home, asked)
    record(home, asked, result, datetime(2025, 7, 10, 9, 0, tzinfo=UTC), by=MAKER)
    return result


def made_real(home: Path, *args: Any, needs_approval: bool = True, **kwargs: Any) -> ReleaseResult:
    """Release the candidate as if its data were real."""
    asked = replace(prepare(home, *args, **kwargs), is_synthetic=False)
    result, at = publish(home, asked), datetime(2025, 7, 10, 9, 0, tzinfo=UTC)
    record(home, asked, result, at, by=MAKER, needs_approval=needs_approval)
    return result


class AttackOnLists:
    """Stands in for an attack that works out a waiting list as long as a release shows it."""

    def __init__(self, seen: Iterable[Path]) -> None:
        """Take what the public has."""

    def on(self, folder: Path) -> list[Finding]:
        """Find the lists that a release shows."""
        rows = figures(folder / "indicators.csv", {})
        shown = [one for one in rows if one.key.indicator_id == "slt_waiting_n" and one.value]
        return [Finding("narrow", one.key, "numerator", 1, 2, ("a total",)) for one in shown]


def small_report(tables: Tables, facts: Facts, edition: Edition | None = None) -> dict[str, bytes]:
    """Two pages and a workbook of one table, in no time; of the public edition one page.

    What happens to a report while it is released, verified and opened does not hang on its words.
    """
    if edition is not None and edition.is_public:
        return {INDEX: f"{facts.note}\n{edition.downloads}".encode()}
    titles = [row["title"] for row in tables.rows("indicators")]
    text = "\n".join([str(facts.note), facts.release_id, *titles])
    names = ("report.xlsx", INDEX, "report/my_voice.html")
    return {name: f"{name}\n{text}".encode() for name in names}


def small_report_with(files: Mapping[str, bytes], *, is_public: bool = False) -> Any:
    """Make the small report with other files, or other bytes, in one of its two editions."""

    def render(tables: Tables, facts: Facts, edition: Edition | None = None) -> dict[str, bytes]:
        is_asked = is_public == (edition is not None and edition.is_public)
        return small_report(tables, facts, edition) | (files if is_asked else {})

    return render


def bytes_of(folder: Path) -> dict[str, str]:
    """sha256 by relative name of every file, and the target of every link, below a folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file():
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found
