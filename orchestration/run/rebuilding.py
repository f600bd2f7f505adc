"""A release made once more from what landed, in a data folder of its own, and compared.

The folder holds hard links to the landed files, the ledger as it was before the release was
recorded, and the releases that stood then. What is made there is compared and removed again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from ingest.door.reopen import reopen
from ingest.refusals import InWords
from ingest.store.durable import sha256_of
from ingest.store.lake import quarantine, store
from ingest.store.landing import landing_folder
from ingest.store.ledger import RELEASED, Entry, Ledger
from ingest.store.submissions import Submission, accepted, submissions
from orchestration.publication.release import history
from orchestration.publication.release.listing import REBUILT
from orchestration.publication.report.words import noun_of
from orchestration.run import transform
from orchestration.run.lake_building import open_lake
from orchestration.settings import Settings, code_version, prepare

EQUAL, SAME_CONTENT, OTHER, NOT_KEPT = "equal", "same content", "other", "not kept"
"""What came out: the same bytes; the same tables by other code; neither; files are missing."""
NAMED = 5
"""Submissions or files that are named; the rest is counted."""

Make = Callable[[Settings, str, date], str]
"""Makes the release of a month, as known on a day, in a data folder; gives its name."""


class NotKept(InWords):
    """A release that can no longer be made again: what it was made from is gone."""


@dataclass(frozen=True)
class Outcome:
    """What became of making a release again. ``files`` differ; ``words`` say why they can."""

    kind: str
    words: str
    files: Sequence[str] = ()


def release_of(home: Path, month: str, as_at: date) -> history.ReleaseRecord:
    """Give the newest release of a month that was made as known on a day.

    Raises:
        WrongRelease: naming the days of those that there are.
    """
    of_month = [one for one in history.releases(home) if one.month == month]
    for record in of_month:
        if record.manifest["as_at"] == as_at.isoformat():
            return record
    known = ", ".join(f"{one.release_id} as at {one.manifest['as_at']}" for one in of_month)
    raise history.WrongRelease(
        f"No release of {month} was made as at {as_at}; releases of that month: {known or 'none'}."
    )


def rebuild(settings: Settings, record: history.ReleaseRecord, make: Make) -> Outcome:
    """Make a release again, compare it, and put what came out into the ledger.

    Raises:
        NotKept: landed files or earlier releases are missing; the ledger says so from now on.
    """
    before = _before(Ledger(settings.home), record)
    try:
        _refuse_missing(settings.home, record, before)
        with _beside(settings, before) as aside:
            made = history.release(aside.home, make(aside, record.month, _as_at(record)))
            outcome = compared(record, made)
    except NotKept as error:
        _record(settings.home, record, Outcome(NOT_KEPT, str(error)))
        raise
    _record(settings.home, record, outcome)
    return outcome


def _as_at(record: history.ReleaseRecord) -> date:
    return date.fromisoformat(record.manifest["as_at"])


def _before(ledger: Ledger, record: history.ReleaseRecord) -> list[Entry]:
    """The ledger as it was when the release was made."""
    for entry in ledger.entries():
        if entry.kind == RELEASED and entry.body["release_id"] == record.release_id:
            return ledger.entries()[: entry.number - 1]
    raise history.ReleaseDamaged(
        f"The ledger does not know {record.release_id}. Run `lasp verify {record.release_id}`."
    )


def _refuse_missing(home: Path, record: history.ReleaseRecord, before: Sequence[Entry]) -> None:
    received = {entry.number for entry in before}
    known = [one for one in accepted(submissions(Ledger(home))) if one.order in received]
    missing = [(one, path) for one in known for path in _files(home, one) if not path.exists()]
    if missing:
        of = list(dict.fromkeys(f"{one.feed} {one.sender} {one.period}" for one, _ in missing))
        others = f" and {len(of) - NAMED} more" if len(of) > NAMED else ""
        raise NotKept(
            f"{record.release_id} cannot be rebuilt. No longer kept: "
            f"{noun_of('file')(len(missing))} of {', '.join(of[:NAMED])}{others}. If they were not "
            "deleted on purpose, restore landing from backup."
        )
    gone = [name for name in _released(before) if not _manifest(home, name).exists()]
    if gone:
        raise NotKept(
            f"{record.release_id} cannot be rebuilt: it was compared with {gone[-1]}, which is no "
            "longer kept. Restore that release from backup."
        )


def _files(home: Path, one: Submission) -> Iterator[Path]:
    folder = landing_folder(home, one.feed, one.period, one.submission_id)
    yield from (folder / file["stored_as"] for file in one.files)


def _released(before: Sequence[Entry]) -> list[str]:
    return [entry.body["release_id"] for entry in before if entry.kind == RELEASED]


def _manifest(home: Path, release_id: str) -> Path:
    return home / "releases" / release_id / history.MANIFEST


@contextmanager
def _beside(settings: Settings, before: Sequence[Entry]) -> Iterator[Settings]:
    """Give a data folder inside the data folder, in which nothing was built yet."""
    aside = replace(settings, home=settings.home / "rebuild")
    _remove(aside.home)  # of a command that was killed
    try:
        _lay_out(settings.home, aside.home, before)
        transform.close()
        prepare(aside, is_beside=True)
        pseudonyms = open_lake(aside)
        for one in accepted(submissions(Ledger(aside.home))):
            examined = reopen(aside.home, one)
            quarantine(aside.home, examined)
            store(aside.home, examined, pseudonyms)
        yield aside
    finally:
        transform.close()
        prepare(settings)
        _remove(aside.home)


def _lay_out(home: Path, aside: Path, before: Sequence[Entry]) -> None:
    ledger = Ledger(aside)
    ledger.path.parent.mkdir(parents=True)
    lines = Ledger(home).path.read_bytes().split(b"\n")[: len(before)]
    ledger.path.write_bytes(b"".join(line + b"\n" for line in lines))
    for one in accepted(submissions(ledger)):
        folder = landing_folder(home, one.feed, one.period, one.submission_id)
        target = aside / folder.relative_to(home)
        if not target.exists():  # the same bytes may have been received twice
            shutil.copytree(folder, target, copy_function=os.link)
    for name in _released(before):
        link = aside / "releases" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(home / "releases" / name)


def _remove(folder: Path) -> None:
    """Remove a folder, the read-only ones of a release below it too."""
    for inner in folder.glob("releases/*/r*/"):
        if not inner.is_symlink():
            for one in (inner, *(path for path in inner.rglob("*") if path.is_dir())):
                one.chmod(0o750)
    shutil.rmtree(folder, ignore_errors=True)


def compared(record: history.ReleaseRecord, made: history.ReleaseRecord) -> Outcome:
    """Say whether a release came out again.

    By the same version of the code every file must have the same bytes, marts.duckdb the same
    tables. Another version may write the same tables in other bytes, and other pages: then the
    content of the tables is compared, which the manifests name.
    """
    wrote, here = record.manifest["code_version"], code_version()
    if wrote == here:
        differing = _differing_files(record, made)
        count = len(record.manifest["files"])
        if not differing:
            return Outcome(EQUAL, f"equal: {count} files and the manifest, byte for byte")
        return Outcome(OTHER, f"{_named(differing)} differ. {_why(record, made)}", differing)
    differing = _differing_tables(record, made)
    words = (
        f"Version {wrote} of the code made the release, and this is {here}: pages and files are "
        "not compared, the content of tables is"
    )
    if not differing:
        return Outcome(SAME_CONTENT, f"every table has the same content. {words}.")
    return Outcome(OTHER, f"tables {_named(differing)} differ. {words}.", differing)


def _differing_files(record: history.ReleaseRecord, made: history.ReleaseRecord) -> list[str]:
    """Names of files of which the bytes on disk are not those made again."""
    names = {history.MANIFEST, *record.manifest["files"], *made.manifest["files"]}
    return sorted(name for name in names if _told(record, name) != _told(made, name))


def _told(record: history.ReleaseRecord, name: str) -> object:
    facts, path = record.manifest["files"].get(name), record.path / name
    if facts is not None and "sha256" not in facts:
        return facts["rendered_from"]
    return sha256_of(path) if path.exists() else None


def _differing_tables(record: history.ReleaseRecord, made: history.ReleaseRecord) -> list[str]:
    old, new = (
        {
            table: source["content_hash"]
            for facts in one.manifest["files"].values()
            if facts["table"] is None and "sha256" not in facts
            for table, source in facts["rendered_from"].items()
        }
        for one in (record, made)
    )
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def _named(names: Sequence[str]) -> str:
    others = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{others}"


def _why(record: history.ReleaseRecord, made: history.ReleaseRecord) -> str:
    """Why the same code can make other bytes."""
    for name, words in (
        ("release_id", "It came out as another revision: the same content stood already."),
        ("partnership", "The partnership's folder has changed since."),
        ("submissions", "Other deliveries were used."),
        ("compiled_sql_sha256", "dbt compiled other SQL."),
    ):
        if record.manifest[name] != made.manifest[name]:
            return words
    return (
        "The same deliveries and the same code: look whether the released files were altered "
        f"(`lasp verify {record.release_id}`) and whether the installed libraries are those of "
        "requirements.lock."
    )


def _record(home: Path, record: history.ReleaseRecord, outcome: Outcome) -> None:
    body = {
        "release_id": record.release_id, "outcome": outcome.kind, "words": outcome.words,
        "code_version": code_version(),
    }  # fmt: skip
    Ledger(home).append(REBUILT, body, datetime.now(UTC))
