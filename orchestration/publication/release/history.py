"""Releases as they stand in the data folder."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.refusals import InWords
from ingest.store.durable import sha256_of
from orchestration.publication import public, report

MANIFEST = "MANIFEST.json"


class UnknownRelease(InWords):
    """A release that is not in the data folder, or none that is current."""


class WrongRelease(UnknownRelease):
    """One that somebody named."""


class ReleaseDamaged(InWords):
    """A release whose manifest cannot be read, or whose files are not those it names."""


class NoReport(InWords):
    """A release of an earlier version, which wrote no report."""


@dataclass(frozen=True)
class ReleaseRecord:
    """One release: its folder and its manifest; ``is_withdrawn`` comes from the ledger."""

    release_id: str
    month: str
    revision: int
    path: Path
    manifest: dict[str, Any]
    is_withdrawn: bool

    def files(self, table: str) -> list[Path]:
        """Give the Parquet files of one table, in the order of their names."""
        listed = self.manifest["files"].items()
        return [self.path / name for name, facts in sorted(listed) if facts["table"] == table]

    def table(self, table: str, **where: Any) -> pa.Table:
        """Read the rows of one table that agree with ``where``; KeyError when there is no such."""
        files = self.files(table)
        if not files:
            raise KeyError(f"Release {self.release_id} has no table {table}.")
        for file in files:
            self._refuse_other_bytes(file)
        filters = [(column, "=", value) for column, value in where.items()] or None
        return pa.concat_tables([pq.read_table(file, filters=filters) for file in files])

    @property
    def local_area(self) -> str:
        """Code of the area that it is about."""
        return report.Facts.of(self.manifest).partnership["local_area"]

    @property
    def report_names(self) -> list[str]:
        """Names of the report's files: what was rendered to bytes that the manifest names."""
        return [name for name in self._rendered if name.startswith("internal/report")]

    @property
    def public_names(self) -> list[str]:
        """Names of the files that everybody may see."""
        return [name for name in self._rendered if name.startswith(f"{public.FOLDER}/")]

    @property
    def _rendered(self) -> list[str]:
        listed = self.manifest["files"].items()
        return sorted(name for name, facts in listed if not facts["table"] and "sha256" in facts)

    @property
    def has_public(self) -> bool:
        """Whether it has a public part: releases of earlier versions have none."""
        return "public" in self.manifest

    @property
    def public(self) -> Path:
        """The folder of its public part."""
        return self.path / public.FOLDER

    @property
    def first_page(self) -> Path | None:
        """The page of its report that a reader opens first; None if it was made without one."""
        name = f"internal/{report.INDEX}"
        return self.path / name if name in self.manifest["files"] else None

    def report_files(self) -> list[Path]:
        """Give the files of its report, the first page first.

        Raises NoReport, or ReleaseDamaged when one of them was altered.
        """
        if self.first_page is None:
            raise NoReport(
                f"Release {self.release_id} has no report: the version that made it wrote none, "
                f"and a release never changes. Once what {self.month} is made from has changed, "
                f"`lasp run --month {self.month}` makes a revision with a report."
            )
        files = [self.path / name for name in self.report_names]
        for file in files:
            self._refuse_other_bytes(file)
        return sorted(files, key=lambda file: file != self.first_page)

    def _refuse_other_bytes(self, file: Path) -> None:
        """What was altered after its release must not reach a reader or the next release."""
        named = self.manifest["files"][file.relative_to(self.path).as_posix()]["sha256"]
        if not file.exists() or sha256_of(file) != named:
            raise ReleaseDamaged(
                f"{file.name} of release {self.release_id} is not what was released. Restore it "
                "from backup, or withdraw the release."
            )


def releases(home: Path, withdrawn: Collection[str] = ()) -> list[ReleaseRecord]:
    """Give every release of the data folder, highest month and revision first.

    Raises ReleaseDamaged, naming the release, when a manifest cannot be read.
    """
    found = (home / "releases").glob(f"*/r*/{MANIFEST}")
    records = [_record(path.parent, withdrawn) for path in found]
    return sorted(records, key=lambda r: (r.month, r.revision), reverse=True)


def release(home: Path, release_id: str | None = None) -> ReleaseRecord:
    """Give one release, by default the current one; raises UnknownRelease naming those known."""
    current = home / "releases" / "current"
    known = releases(home)
    if release_id is None and current.is_symlink():
        release_id = str(current.readlink())
    for record in known:
        if record.release_id == release_id:
            return record
    names = ", ".join(record.release_id for record in known) or "none yet"
    if release_id:
        raise WrongRelease(f"There is no release {release_id} in {home}; releases there: {names}.")
    raise UnknownRelease(f"There is no current release in {home}; releases there: {names}.")


def _record(path: Path, withdrawn: Collection[str]) -> ReleaseRecord:
    release_id = f"{path.parent.name}/{path.name}"
    try:
        manifest = json.loads((path / MANIFEST).read_text("utf-8"))
    except ValueError as error:
        raise ReleaseDamaged(
            f"{release_id}: {MANIFEST} cannot be read. Restore the release from backup."
        ) from error
    return ReleaseRecord(
        release_id,
        path.parent.name,
        int(path.name.removeprefix("r")),
        path,
        manifest,
        release_id in withdrawn,
    )
