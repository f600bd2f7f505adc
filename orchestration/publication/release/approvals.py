"""Which releases the public has: invented ones at once, others once a second person approved."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.refusals import InWords
from ingest.store.durable import sha256_of, swap_link
from ingest.store.ledger import RELEASED, Entry, Ledger
from orchestration.publication import public
from orchestration.publication.release import history
from orchestration.publication.release.withdrawals import withdrawn
from orchestration.settings import one_line

APPROVED = "approved"
"""Kind of a ledger entry: a release whose public part may be shown, and who said so."""
AT_ONCE = "is_public_at_once"
"""Field of such an entry: nobody has to approve the release."""
CURRENT = "current-public"
"""The link to the public part that everybody sees; nothing internal lies below it."""


class NotApproved(InWords):
    """A public part that nobody can approve; nothing has changed."""


class GivesAway(NotApproved):
    """Public figures from which a small number could be told, or a file that names somebody."""


def shown(home: Path, withdrawn: Collection[str] = ()) -> list[history.ReleaseRecord]:
    """Give the releases that the public has seen, in the order of publication.

    A withdrawn one is among them: whoever has its files keeps them.

    Raises:
        ReleaseDamaged: one of them is gone from the data folder.
    """
    records = {one.release_id: one for one in history.releases(home, withdrawn)}
    opened = openings(Ledger(home))
    for name in [one for one in opened if one not in records]:
        raise history.ReleaseDamaged(
            f"{name} is public and no longer in {home / 'releases'}. What the public can work out "
            "from it beside other releases is not known then, so nothing more becomes public. "
            "Restore that release from backup."
        )
    return [records[name] for name in opened if records[name].has_public]


def openings(ledger: Ledger) -> dict[str, Entry]:
    """Give the entry by which each release became public, by its name, in their order."""
    found: dict[str, Entry] = {}
    for entry in ledger.entries():
        if entry.kind == APPROVED or (entry.kind == RELEASED and entry.body.get(AT_ONCE)):
            found.setdefault(entry.body["release_id"], entry)
    return found


def made_by(ledger: Ledger, release_id: str) -> str:
    """Who made a release; empty where an earlier version did not say so."""
    entries = (e.body for e in ledger.entries() if e.kind == RELEASED)
    return next((b.get("by", "") for b in entries if b["release_id"] == release_id), "")


def last_shown(home: Path) -> history.ReleaseRecord | None:
    """Give the release that the public had last, withdrawn or not; None when it had none."""
    return next(reversed(shown(home)), None)


def refuse_findings(name: str, found: Sequence[public.Finding], to_do: str) -> None:
    """Refuse a release in whose public part an attack found something.

    Raises:
        GivesAway: naming what a reader could work out, from which figures, and what to do.
    """
    if not found:
        return
    first = found[0]
    figure = ", ".join(str(one) for one in first.key)
    between = "" if first.least is None else f" to be {first.least} to {first.most}"
    raise GivesAway(
        f"Small numbers can be worked out from the public part of {name}: {len(found)}. The first: "
        f"{first.what} of {figure} is known{between}, from "
        f"{' and '.join(first.given_away_by) or 'what is shown'}. {to_do}"
    )


def refuse_identifiers(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """Search the public files of a release for what names a person or a delivery.

    Raises:
        GivesAway: naming the file and the kind of what was found, not what was found.
    """
    submissions = {one["submission_id"] for one in manifest["submissions"]}
    for found in public.identifiers_in(files, submissions)[:1]:
        raise GivesAway(
            f"{found.file} of {manifest['release_id']} holds {found.kind}. No public file may hold "
            "one. Look in the texts of the catalogue, in labels and in names of areas, where the "
            "public files take their words from, remove it there, and run the month again."
        )


def approve(home: Path, release_id: str, by: str, at: datetime) -> history.ReleaseRecord:
    """Let everybody see the public part of a release.

    Raises:
        NotApproved: it has none, was withdrawn, is shown already, or its maker is who approves; or
            a file is not the one that was released.
        GivesAway: with what was approved since it was made, a small number can be worked out.
    """
    point_public(home)  # of an approval or a withdrawal that was cut off
    ledger = Ledger(home)
    gone = withdrawn(ledger)
    record = history.release(home, release_id)
    seen, maker, opened = shown(home, gone), made_by(ledger, release_id), openings(ledger)
    for is_so, words in (
        (not by.strip(), "Say who approves it: --by NAME."),
        (
            not record.has_public,
            f"{release_id} has no public part: an earlier version made it. The next release of a "
            "month has one.",
        ),
        (
            release_id in gone,
            f"{release_id} was withdrawn: {gone.get(release_id)}. Approve the release that stands.",
        ),
        (release_id in opened, f"{release_id} is public already. There is nothing to do."),
        (
            _person(by) == _person(maker),
            f"{release_id} was made by {maker}. Whoever makes a release does not approve it: ask a "
            "second person to look at its public part and to run `lasp approve` with that "
            "person's name.",
        ),
    ):
        if is_so:
            raise NotApproved(words)
    _refuse_other_files(ledger, record)
    refuse_findings(
        release_id,
        public.attack(one.public for one in seen).on(record.public),
        f"Run {record.month} again: a new revision leaves out what gives them away.",
    )
    ledger.refuse_earlier(at)
    ledger.append(APPROVED, {"release_id": release_id, "by": one_line(by)}, at)
    point_public(home)
    return record


def _person(name: str) -> str:
    """A name as it is compared: however it is written, it is one person's."""
    plain = unicodedata.normalize("NFKC", one_line(name)).casefold()
    return "".join(one for one in plain if unicodedata.category(one)[0] != "C")


def _refuse_other_files(ledger: Ledger, record: history.ReleaseRecord) -> None:
    """Make sure that the public sees the bytes that were searched and attacked, and no others."""
    entries = (e.body for e in ledger.entries() if e.kind == RELEASED)
    recorded = {body["release_id"]: body["manifest"] for body in entries}
    wanted = {name: record.manifest["files"][name]["sha256"] for name in record.public_names}
    wanted[history.MANIFEST] = recorded.get(record.release_id)
    found = [path for path in record.public.rglob("*") if not path.is_dir()]
    names = {path.relative_to(record.path).as_posix() for path in found} | {*wanted}
    for name in sorted(names):
        path = record.path / name
        if not path.is_file() or sha256_of(path) != wanted.get(name):
            raise NotApproved(
                f"{name} of {record.release_id} is not as it was released. `lasp verify "
                f"{record.release_id}` names all such files; restore them from backup."
            )


def passes(home: Path, record: history.ReleaseRecord) -> bool:
    """Whether a release is public, or could become so beside what is."""
    seen = shown(home)
    if not record.has_public or record.release_id in {one.release_id for one in seen}:
        return True
    return not public.attack(one.public for one in seen).on(record.public)


def current(home: Path) -> history.ReleaseRecord | None:
    """Give the newest month that the public may see, as the ledger says; None without one."""
    gone = withdrawn(Ledger(home))
    standing = [one for one in shown(home, gone) if not one.is_withdrawn]
    return max(standing, key=lambda one: (one.month, one.revision), default=None)


def point_public(home: Path) -> Path | None:
    """Swap ``current-public`` to the newest month that the public may see; None without one."""
    newest = current(home)
    target = f"{newest.release_id}/{public.FOLDER}" if newest else None
    swap_link(home / "releases" / CURRENT, target)
    return newest.path if newest else None
