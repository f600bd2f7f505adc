"""A release appears whole or not at all, and never changes afterwards.

The candidate's files are hashed again and each must have a passing receipt for those very bytes.
They are placed in a hidden folder, where the report is rendered from them; all is synced, and
renamed to ``releases/<month>/r<N>``; only then the link ``releases/current`` is swapped. A crash
at any point leaves the old release, or the new one, never a part.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import pyarrow.parquet as pq

from expectations import receipts
from expectations.candidate import LABEL, WHOLE, Requirements, whole_sha256
from expectations.wrong_rows import SPILL
from ingest.partnership import partnership, stated
from ingest.refusals import InWords
from ingest.store.durable import sha256_of, swap_link, sync_folder, write_whole
from ingest.store.ledger import RELEASED, Ledger
from orchestration.publication import public
from orchestration.publication.release import approvals, dbt_pages, history, rendering

SCHEMA_VERSION = 1
SYNTHETIC_NOTE = "Demonstration: invented data"
REVISION_TABLES = ("restatements", "releases")  # they name the revision, so they always differ


class ReleaseRefused(InWords):
    """The candidate may not be released; nothing has changed. The command exits with 3."""


@dataclass(frozen=True)
class ReleaseRequest:
    """What is to be released, and under which name.

    ``requirements`` names the suite that each file must have passed; they come from
    ``expectations.candidate.requirements``. ``submissions`` go into the manifest as they
    are: no clock, run id or path among them.
    """

    release_id: str
    month: str
    revision: int
    as_at: date
    is_synthetic: bool
    is_provisional: bool
    code_version: str
    compiled_sql_sha256: str
    submissions: Sequence[Mapping[str, Any]]
    requirements: Requirements
    dbt_manifest: Mapping[str, Any]
    """From which dbt's pages about tables and columns are made."""


@dataclass(frozen=True)
class ReleaseResult:
    """``unchanged`` names the standing revision that already holds this content."""

    status: Literal["released", "unchanged"]
    path: Path
    release_id: str

    @property
    def manifest_sha256(self) -> str:
        """sha256 of the manifest, which names the sha256 of every file: for the ledger."""
        return sha256_of(self.path / history.MANIFEST)


def publish(
    home: Path, request: ReleaseRequest, *, withdrawn: Collection[str] = ()
) -> ReleaseResult:
    """Release ``home/candidate``, or find that a standing revision holds the same content.

    Raises:
        ReleaseRefused: in words, when a file has no passing receipt or is not expected, when
            marts.duckdb differs from the Parquet, or when the candidate is another release's.
        Exception: what rendering the report raised. Nothing has changed then either.
    """
    tidy(home)
    files = _candidate_files(home / "candidate", request)
    _require_receipts(home / "receipts", files, request)
    earlier = history.releases(home, withdrawn)
    _refuse_another_area(earlier)
    standing = _same_content(home, earlier, files, request)
    if standing is None:
        _refuse_a_taken_name(home, request)
        rendered = _rendered(home / "candidate", request.requirements)
        try:
            path = _build(home, request, files, rendered, earlier)
        except approvals.GivesAway as error:
            tidy(home)
            raise ReleaseRefused(str(error)) from error
        except BaseException:
            tidy(home)
            raise
        standing = ReleaseResult("released", path, request.release_id)
    point_current(home, withdrawn)
    return standing


def confirm(
    home: Path, standing: history.ReleaseRecord, withdrawn: Collection[str] = ()
) -> ReleaseResult:
    """Let a release stand that nothing would change; what a crash left half built is removed."""
    tidy(home)
    point_current(home, withdrawn)
    return ReleaseResult("unchanged", standing.path, standing.release_id)


def record(
    home: Path,
    request: ReleaseRequest,
    result: ReleaseResult,
    at: datetime,
    *,
    by: str,
    needs_approval: bool = True,
) -> None:
    """Put a release into the ledger, once; a crash before this is made good by the next run.

    Invented data are public at once; whether others wait for approval is settled here for good.
    """
    ledger = Ledger(home)
    known = {e.body["release_id"] for e in ledger.entries() if e.kind == RELEASED}
    if result.release_id not in known:
        has_public = history.release(home, result.release_id).has_public
        body = {
            "release_id": result.release_id,
            "as_at": request.as_at.isoformat(),
            "manifest": result.manifest_sha256,
            "by": by,
            approvals.AT_ONCE: has_public and (request.is_synthetic or not needs_approval),
        }
        ledger.append(RELEASED, body, at)
    approvals.point_public(home)


def tidy(home: Path) -> list[Path]:
    """Remove what a crash or a fault left half built; gives what was removed."""
    leftovers = sorted((home / "releases").glob("*/.r*.tmp-*"))
    for leftover in leftovers:
        for folder in (leftover, *_folders(leftover)):
            folder.chmod(0o750)
        shutil.rmtree(leftover)
    for link in (home / "releases").glob(".current*.tmp-*"):
        link.unlink()
        leftovers.append(link)
    return leftovers


def point_current(home: Path, withdrawn: Collection[str] = ()) -> Path | None:
    """Swap ``current`` to the highest month, then revision, that stands; None when none does."""
    standing = [r for r in history.releases(home, withdrawn) if not r.is_withdrawn]
    newest = standing[0] if standing else None
    swap_link(home / "releases" / "current", newest.release_id if newest else None)
    return newest.path if newest else None


def _candidate_files(folder: Path, request: ReleaseRequest) -> dict[str, str]:
    """Give sha256 by file name; refuses a candidate that is not the announced one."""
    label = folder / LABEL
    if not label.exists():
        raise ReleaseRefused(f"There is no candidate to release in {folder}: run the month first.")
    announced = json.loads(label.read_text("utf-8"))
    if announced["release_id"] != request.release_id:
        raise ReleaseRefused(
            f"The candidate was made for release {announced['release_id']}, not "
            f"{request.release_id}: run the month again."
        )
    present = {path.name for path in folder.iterdir()} - {LABEL}
    expected = {*request.requirements.files, rendering.DATABASE}
    for names, words in (
        (present - expected, "is not a published table"),
        (present ^ set(announced["files"]), "is announced and absent, or present unannounced"),
        (expected - present, "is expected and absent"),
    ):
        if names:
            raise ReleaseRefused(f"{sorted(names)[0]} {words}: run the month again.")
    return {name: sha256_of(folder / name) for name in sorted(present)}


def _require_receipts(folder: Path, files: Mapping[str, str], request: ReleaseRequest) -> None:
    needs = request.requirements
    judged = {name: sha256 for name, sha256 in files.items() if name in needs.files}
    try:
        for name, sha256 in judged.items():
            receipts.require(folder, sha256, needs.files[name].suite_digest, name)
        receipts.require(
            folder, whole_sha256(request.release_id, judged), needs.whole_digest, WHOLE
        )
    except receipts.NoReceipt as error:
        raise ReleaseRefused(str(error)) from error


def _same_content(
    home: Path,
    earlier: Sequence[history.ReleaseRecord],
    files: Mapping[str, str],
    request: ReleaseRequest,
) -> ReleaseResult | None:
    """Find the newest revision of the month, if it holds the same content and stands.

    One whose public part can no longer be approved, for what became public since, is not enough.

    Content is the tables. The report follows from the tables, the manifest and the code, so it
    differs without them only when the code changed. A page in other words is no new figure: a
    revision would announce a change that nobody finds, and pages of a release never change.
    """
    newest = next((r for r in earlier if r.month == request.month), None)
    if newest is None:
        return None
    published = {
        Path(name).name: facts["sha256"]
        for name, facts in newest.manifest["files"].items()
        if facts["table"] not in (*REVISION_TABLES, None)
    }
    tables = {name: need.table for name, need in request.requirements.files.items()}
    candidate = {n: files[n] for n, table in tables.items() if table not in REVISION_TABLES}
    if candidate != published:
        return None
    if newest.is_withdrawn:
        raise ReleaseRefused(
            f"This is the content of {newest.release_id}, which was withdrawn. Mend what it was "
            "withdrawn for (a delivery, a definition); then the month can be released again."
        )
    if not approvals.passes(home, newest):
        return None
    return ReleaseResult("unchanged", newest.path, newest.release_id)


def _refuse_another_area(earlier: Sequence[history.ReleaseRecord]) -> None:
    own = partnership().local_area
    for other in [one for one in earlier if one.local_area != own][:1]:
        raise ReleaseRefused(
            f"Release {other.release_id} of this data folder is about {other.local_area}, and the "
            f"partnership that LASP_PARTNERSHIP chooses is about {own}. Choose the folder of the "
            "other partnership, or another data folder."
        )


def _refuse_a_taken_name(home: Path, request: ReleaseRequest) -> None:
    if request.release_id != f"{request.month}/r{request.revision}":
        raise ReleaseRefused(
            f"{request.release_id} is not the name of revision {request.revision}."
        )
    if (home / "releases" / request.release_id).exists():
        raise ReleaseRefused(
            f"Release {request.release_id} exists with other content and is never replaced: "
            "run the month again, which takes the next revision."
        )


def _rendered(candidate: Path, needs: Requirements) -> dict[str, str]:
    """Give the content hash of each table of marts.duckdb, which must be those of the Parquet."""
    spill = candidate.parent / SPILL
    parquet = rendering.parquet_hashes(candidate, needs.files_by_table(), spill)
    database = rendering.database_hashes(candidate / rendering.DATABASE, spill)
    differing = sorted(
        table
        for table in parquet.keys() | database.keys()
        if parquet.get(table) != database.get(table)
    )
    if differing:
        raise ReleaseRefused(
            f"Table {differing[0]} of {rendering.DATABASE} is not the table of the Parquet files: "
            "run the month again; if it stays, the export of the two differs."
        )
    return database


def _build(
    home: Path,
    request: ReleaseRequest,
    files: Mapping[str, str],
    rendered: Mapping[str, str],
    earlier: Sequence[history.ReleaseRecord],
) -> Path:
    month = home / "releases" / request.month
    month.mkdir(parents=True, exist_ok=True)
    temporary = month / f".r{request.revision}.tmp-{os.getpid()}"
    internal = temporary / "internal"
    internal.mkdir(parents=True)
    twins = _published_files(earlier)
    for name, sha256 in files.items():
        _place(home / "candidate" / name, internal / name, sha256, twins.get(sha256))
    manifest = _manifest(internal, request, files, rendered)
    manifest["files"] |= _write_dbt_pages(temporary, request, twins)
    manifest["files"] |= _write_report(temporary, manifest)
    manifest |= _write_public(home, temporary, manifest)
    write_whole(temporary / history.MANIFEST, _json(manifest), mode=0o440)
    for folder in (*_folders(temporary), temporary):
        folder.chmod(0o550)
        sync_folder(folder)
    path = temporary.rename(month / f"r{request.revision}")
    for folder in (month, month.parent, home):
        sync_folder(folder)
    return path


def _folders(folder: Path) -> list[Path]:
    """Give every folder below a folder, the inner ones before those that hold them."""
    return sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True)


def _write_dbt_pages(
    folder: Path, request: ReleaseRequest, twins: Mapping[str, Path]
) -> dict[str, Any]:
    """Write dbt's pages, or link to the same ones in an earlier release: 6 MB."""
    data = dbt_pages.render(request.dbt_manifest)
    sha256 = hashlib.sha256(data).hexdigest()
    target, twin = folder / dbt_pages.FILE, twins.get(sha256)
    if twin is not None and twin.exists() and sha256_of(twin) == sha256:
        target.parent.mkdir()
        target.hardlink_to(twin)
    else:
        write_whole(target, data, mode=0o440)
    facts = {"table": None, "sha256": sha256, "bytes": len(data), "rendered_from": {}}
    return {dbt_pages.FILE: facts}


def _write_report(folder: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Render the report into a release's folder; gives what the manifest says of its files.

    It is rendered from the files that were placed, not from the candidate's: what a page shows
    stands beside the page.
    """
    return _write(folder, rendering.report_of(folder, manifest))


def _write_public(home: Path, folder: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Write the public part of a release; gives what the manifest says of it.

    Raises:
        GivesAway: a small number can be worked out whatever is left out; or a file names somebody.
    """
    before = approvals.last_shown(home)
    sources = rendering.PublicSources.of(folder, manifest, before)
    edition, left_out = _safe(sources, approvals.shown(home), folder / public.FOLDER)
    rendered = rendering.public_of(sources, edition, folder)
    approvals.refuse_identifiers(manifest, rendered.files)
    facts = {"before": before and before.release_id, "left_out": sorted(left_out)}
    facts |= public.usefulness(edition)
    return {"public": facts, "files": manifest["files"] | _write(folder, rendered)}


_IN_EXACT_FIGURES = (
    "Exact figures of service performance give it away: leave one of them, or its kind of period, "
    "out of orchestration/publication/public/cube.yaml."
)


def _safe(
    sources: rendering.PublicSources, shown: Sequence[history.ReleaseRecord], place: Path
) -> tuple[public.Edition, set[public.Name]]:
    """Attack the figures of a release beside all that the public has; ``place`` is its folder.

    What the attack finds is left out, and what is left is attacked again: no small number holds a
    month back. What was left out of the release before stays so.
    """
    before = shown[-1].manifest["public"]["left_out"] if shown else ()
    left_out = {tuple(one) for one in before}
    attack = public.attack(one.public for one in shown)
    while True:
        edition = sources.edition(left_out)
        for name, data in public.tidy(edition, sources.before).items():
            write_whole(place / name, data)
        found = attack.on(place)
        more = public.to_leave_out(edition, found) - left_out
        if not more:
            approvals.refuse_findings(edition.facts.release_id, found, _IN_EXACT_FIGURES)
            return edition, left_out
        left_out |= more


def _write(folder: Path, rendered: rendering.Rendered) -> dict[str, Any]:
    """Write what was rendered; gives what the manifest says of each file."""
    sources = {table: {"files": names} for table, names in rendered.sources.items()}
    for name, data in rendered.files.items():
        write_whole(folder / name, data, mode=0o440)
    return {
        name: {
            "table": None,
            "sha256": hashlib.sha256(data).hexdigest(),
            "bytes": len(data),
            "rendered_from": sources,
        }
        for name, data in rendered.files.items()
    }


def _published_files(earlier: Sequence[history.ReleaseRecord]) -> dict[str, Path]:
    return {
        facts["sha256"]: record.path / name
        for record in earlier
        for name, facts in record.manifest["files"].items()
        if facts["table"] or name == dbt_pages.FILE
    }


def _place(source: Path, target: Path, sha256: str, twin: Path | None) -> None:
    """Link to the same bytes in an earlier release, or copy; what stands there is hashed."""
    if twin is not None and twin.exists() and sha256_of(twin) == sha256:
        target.hardlink_to(twin)
        return
    shutil.copyfile(source, target)
    if sha256_of(target) != sha256:
        raise ReleaseRefused(f"{source.name} changed while it was being released: run again.")
    target.chmod(0o440)
    with target.open("rb") as file:
        os.fsync(file.fileno())


def _manifest(
    internal: Path,
    request: ReleaseRequest,
    files: Mapping[str, str],
    rendered: Mapping[str, str],
) -> dict[str, Any]:
    """Say what the release is; only facts that another machine would find too."""
    needs = request.requirements
    listed: dict[str, Any] = {
        f"internal/{name}": {
            "table": needs.files[name].table,
            "sha256": sha256,
            "bytes": (internal / name).stat().st_size,
            "rows": pq.read_metadata(internal / name).num_rows,
            "suite_digest": needs.files[name].suite_digest,
        }
        for name, sha256 in files.items()
        if name in needs.files
    }
    sources = needs.files_by_table()
    listed[f"internal/{rendering.DATABASE}"] = {
        "table": None,
        "rendered_from": {
            table: {"content_hash": digest, "files": [f"internal/{n}" for n in sources[table]]}
            for table, digest in rendered.items()
        },
    }
    return {
        "release_id": request.release_id,
        "month": request.month,
        "revision": request.revision,
        "as_at": request.as_at.isoformat(),
        "is_provisional": request.is_provisional,
        "is_synthetic": request.is_synthetic,
        "note": SYNTHETIC_NOTE if request.is_synthetic else None,
        "partnership": stated(),
        "schema_version": SCHEMA_VERSION,
        "code_version": request.code_version,
        "compiled_sql_sha256": request.compiled_sql_sha256,
        "suite_digest": needs.whole_digest,
        "submissions": [dict(submission) for submission in request.submissions],
        "files": listed,
    }


def _json(content: Mapping[str, Any]) -> bytes:
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, default=str)
    return f"{text}\n".encode()
