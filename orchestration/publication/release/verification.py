"""Whether a release, and the folder it was made from, still are what was recorded of them.

Found out again from the bytes: nothing is taken on trust but the chain of the ledger.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from expectations import receipts
from expectations.candidate import WHOLE, whole_sha256
from ingest.door.custody import LedgerLost, check_custody, defects_of_landing, refuse_lost_ledger
from ingest.faults import place_of
from ingest.store.durable import sha256_of
from ingest.store.ledger import RELEASED, Ledger
from ingest.store.pseudonyms import KeyRefused
from ingest.store.submissions import accepted, recorded_fingerprint, submissions
from orchestration.publication import public
from orchestration.publication.release import approvals, dbt_pages, history, rendering
from orchestration.settings import code_version


class Check(NamedTuple):
    """One thing that was verified; ``words`` say what holds, or what does not."""

    file: str
    ok: bool
    words: str


def verify(
    home: Path, release_id: str | None = None, *, withdrawn: Collection[str] = ()
) -> list[Check]:
    """Verify one release, by default the current one.

    Checksums, receipts, the renderings (marts.duckdb and the report), files that nobody announced,
    and where ``releases/current`` points. Raises UnknownRelease when there is no such release.
    """
    return list(verifying(home, release_id, withdrawn=withdrawn))


def verifying(
    home: Path, release_id: str | None = None, *, withdrawn: Collection[str] = ()
) -> Iterator[Check]:
    """Give what ``verify`` finds, each check once it is made."""
    record = history.release(home, release_id)
    broken = []
    for name, facts in _judged(record).items():
        check = _file(home, record, name, facts)
        broken += [] if check.ok else [check.file]
        yield check
    yield _whole(home, record)
    yield _manifest(home, record)
    yield from _database(record)
    yield from _dbt_pages(record)
    yield from _rendered_again(record, broken, "internal/report", record.report_names, _report_of)
    if record.has_public:
        yield from _rendered_again(record, broken, public.FOLDER, record.public_names, _public_of)
        yield _names_nobody(record)
    yield from _strangers(record)
    yield _link(home, withdrawn)
    yield _public_link(home)


def verify_custody(home: Path, key_file: Path) -> list[Check]:
    """Verify what every release rests on: the ledger, every landed file, the pseudonym key.

    Raises LedgerBroken when the chain of the ledger does not hold.
    """
    ledger = Ledger(home)
    name = ledger.path.relative_to(home).as_posix()
    try:
        refuse_lost_ledger(home, ledger)
    except LedgerLost as lost:
        return [Check(name, False, str(lost))]
    checks = [Check(name, True, f"Its chain of hashes holds ({len(ledger.entries())} lines).")]
    known = {s.submission_id for s in accepted(submissions(ledger))}
    defects = [Check(place, False, words) for place, words in defects_of_landing(home, ledger)]
    whole = Check("landing", True, f"Every file of {len(known)} submissions is what was received.")
    return [*checks, *(defects or [whole]), _key(home, key_file, ledger)]


def _key(home: Path, key_file: Path, ledger: Ledger) -> Check:
    """The key by its fingerprint in the ledger: another one links nobody to earlier months."""
    recorded, what = recorded_fingerprint(ledger), "pseudonym key"
    try:
        check_custody(home, key_file, ledger)
    except KeyRefused as refused:
        return Check(what, False, str(refused))
    if recorded:
        return Check(what, True, f"It is the one in the ledger (fingerprint {recorded}).")
    words = "The ledger does not say yet which it is: its next receipt will."
    return Check(what, True, words)


def _judged(record: history.ReleaseRecord) -> dict[str, Any]:
    return {name: facts for name, facts in record.manifest["files"].items() if facts["table"]}


def _file(home: Path, record: history.ReleaseRecord, name: str, facts: Mapping[str, Any]) -> Check:
    if words := _defect(record.path / name, facts["sha256"]):
        return Check(name, False, words)
    return _receipt(home, name, facts["sha256"], facts["suite_digest"])


def _defect(path: Path, sha256: str) -> str:
    """What is wrong with the bytes of a released file; empty if they are as released."""
    if not path.exists():
        return "The file is missing. Restore the release from backup."
    if sha256_of(path) != sha256:
        return "The bytes changed after the release. Restore it from backup."
    return ""


def _whole(home: Path, record: history.ReleaseRecord) -> Check:
    shas = {Path(name).name: facts["sha256"] for name, facts in _judged(record).items()}
    sha256 = whole_sha256(record.release_id, shas)
    return _receipt(home, WHOLE, sha256, record.manifest["suite_digest"])


def _receipt(home: Path, name: str, sha256: str, suite_digest: str) -> Check:
    try:
        receipts.require(home / "receipts", sha256, suite_digest, name)
    except receipts.NoReceipt as error:
        return Check(name, False, str(error))
    return Check(name, True, "The bytes are those that passed the gate.")


def _manifest(home: Path, record: history.ReleaseRecord) -> Check:
    """The manifest as the ledger has it: nothing else would notice another as-at date in it."""
    recorded = [
        entry.body["manifest"]
        for entry in Ledger(home).entries()
        if entry.kind == RELEASED and entry.body["release_id"] == record.release_id
    ]
    if not recorded:
        words = "The ledger does not know this release. If it was lost, restore it from backup; "
        words += "if the run died right after releasing, run the month again, which records it."
        return Check(history.MANIFEST, False, words)
    if sha256_of(record.path / history.MANIFEST) != recorded[-1]:
        words = "It changed after the release. Restore the release from backup."
        return Check(history.MANIFEST, False, words)
    return Check(history.MANIFEST, True, "It is the one in the ledger.")


def _database(record: history.ReleaseRecord) -> Iterator[Check]:
    """Render again: the Parquet files must make the database's tables, and the manifest's."""
    name = f"internal/{rendering.DATABASE}"
    if not (record.path / name).exists():
        yield Check(name, False, "The file is missing. Restore the release from backup.")
        return
    recorded = record.manifest["files"][name]["rendered_from"]
    sources = {table: facts["files"] for table, facts in recorded.items()}
    expected = {table: facts["content_hash"] for table, facts in recorded.items()}
    try:
        with tempfile.TemporaryDirectory() as spill:
            parquet = rendering.parquet_hashes(record.path, sources, Path(spill))
            database = rendering.database_hashes(record.path / name, Path(spill))
    except Exception as error:  # a damaged file fails in as many ways as it has readers
        yield Check(name, False, f"It cannot be compared ({type(error).__name__}).")
        return
    for table in sorted({*expected, *database}):
        ok = expected.get(table) == database.get(table) == parquet.get(table)
        words = "is" if ok else "is not"
        yield Check(name, ok, f"Table {table} {words} that of the Parquet files.")


def _report_of(record: history.ReleaseRecord) -> dict[str, bytes]:
    return rendering.report_of(record.path, record.manifest).files


def _public_of(record: history.ReleaseRecord) -> dict[str, bytes]:
    home, facts = record.path.parents[2], record.manifest["public"]
    before = history.release(home, facts["before"]) if facts["before"] else None
    sources = rendering.PublicSources.of(record.path, record.manifest, before)
    edition = sources.edition({tuple(one) for one in facts["left_out"]})
    return rendering.public_of(sources, edition, record.path).files


def _rendered_again(
    record: history.ReleaseRecord,
    broken: Sequence[str],
    what: str,
    announced: Sequence[str],
    render: Callable[[history.ReleaseRecord], dict[str, bytes]],
) -> Iterator[Check]:
    """Render again: the tables must make the files of a part, to the byte, and no other.

    Another version of the code may say the same in other bytes, so that its checksums are compared
    alone; likewise when a file of a table is broken, which is a defect of its own.
    """
    again = None
    why_not = _why_not_again(record, broken)
    if not why_not:
        try:
            again = render(record)
        except Exception as error:  # a page fails in as many ways as it has parts
            why_not = f"It failed to render again ({type(error).__name__} in {place_of(error)})."
            yield Check(what, False, f"{why_not} Report the kind and the place.")
    for name in sorted({*announced, *(again or ())}):
        facts = record.manifest["files"].get(name)
        if facts is None:
            words = "Its tables make this file, and the manifest does not name it."
            yield Check(name, False, f"{words} Restore the release from backup.")
        elif words := _defect(record.path / name, facts["sha256"]):
            yield Check(name, False, words)
        elif again is None:
            yield Check(name, True, f"The bytes are those that were released. {why_not}")
        else:
            yield _compared(name, facts["sha256"], again.get(name))


def _why_not_again(record: history.ReleaseRecord, broken: Sequence[str]) -> str:
    wrote, here = record.manifest["code_version"], code_version()
    if wrote != here:
        return f"Not rendered again: version {wrote} of the code wrote it, and this is {here}."
    return f"Not rendered again: {broken[0]} must be mended first." if broken else ""


def _compared(name: str, sha256: str, again: bytes | None) -> Check:
    if again is not None and hashlib.sha256(again).hexdigest() == sha256:
        return Check(name, True, "Rendered again from its tables, it has the same bytes.")
    what = "it has other bytes" if again is not None else "there is no such file"
    words = f"Rendered again from its tables, {what}. If the installed libraries are those of "
    return Check(name, False, f"{words}requirements.lock, withdraw the release.")


def _dbt_pages(record: history.ReleaseRecord) -> Iterator[Check]:
    """They follow from the code and from no table; releases of earlier versions have none."""
    name = dbt_pages.FILE
    if name in record.manifest["files"]:
        words = _defect(record.path / name, record.manifest["files"][name]["sha256"])
        yield Check(name, not words, words or "The bytes are those that were released.")


def _names_nobody(record: history.ReleaseRecord) -> Check:
    """Search every byte below ``public/``, announced or not."""
    files = {
        path.relative_to(record.path).as_posix(): path.read_bytes()
        for path in record.public.rglob("*")
        if path.is_file()
    }
    submissions = {one["submission_id"] for one in record.manifest["submissions"]}
    for found in public.identifiers_in(files, submissions)[:1]:
        words = f"It holds {found.kind}, which no public file may hold. Withdraw the release."
        return Check(found.file, False, words)
    words = "No file holds a national number, a pseudonym, or the id or name of a delivery."
    return Check(public.FOLDER, True, words)


def _strangers(record: history.ReleaseRecord) -> Iterator[Check]:
    announced = {*record.manifest["files"], history.MANIFEST}
    for path in sorted(record.path.rglob("*")):
        name = path.relative_to(record.path).as_posix()
        if not path.is_dir() and name not in announced:
            yield Check(name, False, "The manifest does not name this file. Find out who put it.")


def _link(home: Path, withdrawn: Collection[str]) -> Check:
    standing = [r for r in history.releases(home, withdrawn) if not r.is_withdrawn]
    link = home / "releases" / "current"
    return _points(link, standing[0].release_id if standing else "nothing")


def _public_link(home: Path) -> Check:
    """The link that everybody follows: to the newest public part that the ledger opened."""
    newest = approvals.current(home)
    expected = f"{newest.release_id}/{public.FOLDER}" if newest else "nothing"
    return _points(home / "releases" / approvals.CURRENT, expected)


def _points(link: Path, expected: str) -> Check:
    name = f"releases/{link.name}"
    is_there = os.path.lexists(link)
    target = str(link.readlink()) if link.is_symlink() else "no link" if is_there else "nothing"
    if target == expected:
        return Check(name, True, f"It points to {target}.")
    words = "The next run, approval or withdrawal points it there."
    return Check(name, False, f"It points to {target}, not to {expected}. {words}")
