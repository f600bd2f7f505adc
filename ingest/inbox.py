"""The folder ``inbox``: which files lie in it at rest, and where those go that are not accepted.

``inbox/refused/`` keeps a folder for each refusal, ``inbox/held/`` one for each delivery whose
sender is not known to send its feed.
"""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import count
from pathlib import Path

from ingest.contracts import policy
from ingest.deliveries import gathered, is_litter, is_manifest, is_unfinished, manifests_of

ANSWER = "answer.csv"
"""Name of the answer beside files that are refused or held."""
_PATIENCE = 30
"""Looks at the inbox, half a minute together: a set of 200 MB is copied in less."""


def inbox_files(home: Path) -> list[Path]:
    """Delivered files in the inbox, by name; manifests go with their files."""
    inbox = home / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    return sorted(
        path
        for path in inbox.iterdir()
        if path.name not in ("refused", "held")
        and not (is_litter(path) or is_manifest(path) or is_unfinished(path))
    )


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
