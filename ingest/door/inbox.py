"""The folder ``inbox``: which files lie in it at rest, and where those go that are not accepted.

``inbox/refused/`` keeps a folder for each refusal, ``inbox/held/`` one for each delivery whose
sender is not known to send its feed.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from ingest.contracts import policy
from ingest.door.manifest import read_manifest
from ingest.door.names import is_litter, is_manifest, is_unfinished, manifests_of
from ingest.door.reading import Unread
from ingest.door.sets import gathered, grouped, missing_tables
from ingest.refusals import Refused

ANSWER = "answer.csv"
"""Name of the answer beside files that are refused or held."""
_SET_ASIDE = ("refused", "held")
_AT_REST = timedelta(minutes=1)
"""Pauses of a transfer over a bad line are shorter; nobody waits a minute for an answer."""
_SETS_WAIT = timedelta(hours=1)
_PATIENCE = 30
"""Looks at the inbox, half a minute together: a set of 200 MB is copied in less."""


def inbox_files(home: Path) -> list[Path]:
    """Delivered files in the inbox, by name; manifests go with their files."""
    inbox = home / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    return sorted(path for path in inbox.iterdir() if _is_delivered(path))


def _is_delivered(path: Path) -> bool:
    """Whether a name in the inbox is that of a delivery."""
    is_aside = path.name in _SET_ASIDE
    return not (is_aside or is_litter(path) or is_manifest(path) or is_unfinished(path))


def settled(
    find: Callable[[], list[list[Path]]],
) -> tuple[list[list[Path]], list[list[Path]]]:
    """Deliveries that are at rest, and those that are still being written, which nobody reads.

    Waits until size and time have stood still: a long upload does not hold up the rest. What
    arrives meanwhile is found too, or a set that is being copied would be taken in part.
    """
    before: dict[Path, tuple[int, int]] = {}
    for _ in range(_PATIENCE):
        found = find()
        seen = {path: _size_and_time(path) for files in found for path in files}
        moved = {path for path, facts in seen.items() if facts != before.get(path)}
        if not moved or not _is_fresh(seen):
            return found, []
        before = seen
        time.sleep(policy().settle_seconds)
    moving = [files for files in found if moved.intersection(files)]
    return [files for files in found if files not in moving], moving


@dataclass(frozen=True)
class Seen:
    """A file as it lies in the inbox at a look."""

    path: Path
    size: int
    touched: datetime
    """When bytes, name or rights were last changed, UTC."""
    names: frozenset[str] = frozenset()
    """Of a manifest the files that it vouches for; empty where it cannot be read."""


@dataclass(frozen=True)
class Waiting:
    """Files that are not taken yet, and why."""

    paths: tuple[Path, ...]
    why: str


def whole(seen: Iterable[Seen], at: datetime) -> tuple[list[list[Seen]], list[Waiting]]:
    """The deliveries that are complete at a moment, and what waits until it is.

    Complete is what nobody has touched for a minute, with every file that its manifest names or,
    without a manifest, with a CSV of every table that the contract requires. A set that stays
    incomplete is taken an hour after its last file, so that its sender hears what it lacks.

    Args:
        seen: the files of one folder; manifests with the names that they hold.
        at: the moment of the look, UTC.
    """
    files = {one.path: one for one in seen}
    ready: list[list[Seen]] = []
    waiting: list[Waiting] = []
    own_manifests: set[Path] = set()
    for paths in grouped(path for path in files if _is_delivered(path)):
        manifests = [path for path in manifests_of(paths) if path in files]
        own_manifests.update(manifests)
        parts = [files[path] for path in (*paths, *manifests)]
        if why := _unready(paths, parts, at):
            waiting.append(Waiting(tuple(paths), why))
        else:
            ready.append(parts)
    unfinished = [path for path in files if is_unfinished(path)]
    alone = [path for path in files if is_manifest(path) and path not in own_manifests]
    waiting += [Waiting((path,), "still being sent, by its name") for path in sorted(unfinished)]
    waiting += [Waiting((path,), "a manifest without its delivery") for path in sorted(alone)]
    return ready, waiting


def _unready(paths: Sequence[Path], parts: Sequence[Seen], at: datetime) -> str:
    """Why a delivery is not taken yet; empty where it is complete."""
    # A clock that is far ahead says nothing of a file that is being written here and now.
    if any(abs(at - part.touched) < _AT_REST for part in parts):
        return "changed within the last minute"
    if at - max(part.touched for part in parts) >= _SETS_WAIT:
        return ""
    vouched = {name for part in parts for name in part.names}
    if absent := vouched - {path.name for path in paths}:
        return f"{len(absent)} of the {len(vouched)} files that the manifest names have not come"
    if not vouched and (tables := missing_tables(paths)):
        return f"a set without the table {', '.join(tables)}"
    return ""


def look(home: Path) -> list[Seen]:
    """Everything that lies in the inbox and is not set aside."""
    inbox = home / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    found = [path for path in sorted(inbox.iterdir()) if path.name not in _SET_ASIDE]
    return [one for path in found if (one := _seen(path))]


def _seen(path: Path) -> Seen | None:
    try:
        facts = path.lstat()
        is_file = stat.S_ISREG(facts.st_mode)
        names = read_manifest(path).files if is_manifest(path) and is_file else ()
    except (FileNotFoundError, Unread):  # taken away since it was listed, or not to be read: the
        return None  # receipt says which
    except Refused:
        names = ()
    # st_mtime is often the sender's clock and may be in the future; st_ctime is this machine's.
    touched = datetime.fromtimestamp(facts.st_ctime, UTC)
    return Seen(path, facts.st_size, touched, frozenset(names))


def _size_and_time(path: Path) -> tuple[int, int]:
    try:
        facts = path.lstat()
    except FileNotFoundError:  # taken away since it was listed
        return 0, 0
    return facts.st_size, facts.st_mtime_ns


def _is_fresh(seen: dict[Path, tuple[int, int]]) -> bool:
    newest = max((time_ns for _, time_ns in seen.values()), default=0)
    return time.time_ns() - newest < policy().settle_seconds * 1e9


def refuse_locked_inbox(home: Path, paths: Sequence[Path]) -> None:
    """Raise PermissionError: what cannot leave inbox or held folder would be received for ever."""
    folder = paths[0].absolute().parent
    leaves = _is_in_inbox(home, paths[0]) or folder.parent == (home / "inbox" / "held").absolute()
    if leaves and not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "", str(paths[0]))


def held_folder(home: Path, submission_id: str) -> Path:
    """Where the files of one held delivery lie, with its answer."""
    return home / "inbox" / "held" / submission_id


def held_deliveries(folder: Path) -> list[list[Path]]:
    """The files of each delivery in a held folder; equal bytes may have come under two numbers.

    None where somebody has taken them away: the answer and litter alone are no delivery.
    """
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return gathered(path for path in found if path.name != ANSWER and not is_litter(path))


def refused_folder(home: Path, hashes: Sequence[str], at: datetime) -> Path:
    """Make a folder that no other refusal has, not even one of equal bytes in the same second."""
    name = f"{min(hashes)[:8]}-{at.strftime('%Y%m%dT%H%M%S')}"
    numbered = (name if number == 1 else f"{name}-{number}" for number in count(1))
    refused = home / "inbox" / "refused"
    folder = next(refused / each for each in numbered if not (refused / each).exists())
    folder.mkdir(parents=True)
    return folder


def copy_from_elsewhere(home: Path, paths: Sequence[Path], folder: Path) -> None:
    """Keep refused files that do not lie in the inbox, with their manifest."""
    for part in (*paths, *manifests_of(paths)):
        is_elsewhere = not _is_in_inbox(home, part) and part.absolute().parent != folder.absolute()
        if is_elsewhere and part.is_file() and not part.is_symlink():
            shutil.copyfile(part, folder / part.name)


def set_aside(home: Path, paths: Sequence[Path], folder: Path) -> None:
    """Move refused files out of the inbox, with their manifest."""
    for part in (*paths, *manifests_of(paths)):
        if _is_in_inbox(home, part) and os.path.lexists(part):
            part.replace(folder / part.name)


def leave_inbox(home: Path, paths: Sequence[Path]) -> None:
    """Remove files that have landed, with their manifest.

    Of a set the manifest goes first: without it, some of its files are still known as a set.
    """
    parts = [*manifests_of(paths), *paths] if len(paths) > 1 else [*paths, *manifests_of(paths)]
    for part in parts:
        if _is_in_inbox(home, part):
            part.unlink(missing_ok=True)


def _is_in_inbox(home: Path, path: Path) -> bool:
    return path.absolute().parent == (home / "inbox").absolute()
