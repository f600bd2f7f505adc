"""The delivered bytes at rest: ``landing/<feed>/<YYYY-MM>/<submission>``, with their receipt."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ingest.refusals import InWords
from ingest.store.durable import sync_folder, write_whole
from ingest.store.ledger import Ledger
from ingest.store.submissions import has_received

RECEIPT = "receipt.json"


class LandingChanged(InWords):
    """A landed file is not what was received."""


def landing_folder(home: Path, feed: str, period: str, submission_id: str) -> Path:
    """Where the bytes of one submission lie."""
    return home / "landing" / feed / period / submission_id


def land(home: Path, body: Mapping[str, Any], data: Mapping[str, bytes]) -> None:
    """Write bytes and receipt beside their place, which they take when the ledger knows them.

    ``data``: the bytes of each file by their sha256.
    """
    final = landing_folder(home, body["feed"], body["period"], body["submission_id"])
    if final.exists():
        return
    partial = _beside(final)
    shutil.rmtree(partial, ignore_errors=True)
    for facts in body["files"]:
        write_whole(partial / facts["stored_as"], data[facts["sha256"]], 0o440)
    receipt = json.dumps(body, sort_keys=True, indent=1).encode()
    write_whole(partial / RECEIPT, receipt, 0o440)


def _beside(final: Path) -> Path:
    return final.with_name(f".{final.name}.tmp")


def put_in_place(home: Path, feed: str, period: str, submission_id: str) -> None:
    """Bytes and receipt appear together, and only once: what lies in landing has a receipt."""
    final = landing_folder(home, feed, period, submission_id)
    if _beside(final).exists() and not final.exists():
        _beside(final).rename(final)
        sync_folder(final.parent)


def sweep(home: Path, ledger: Ledger) -> None:
    """Remove what deliveries left that were not accepted in the end: it holds what was sent."""
    if has_received(ledger):
        for partial in (home / "landing").glob("*/*/.*.tmp"):
            shutil.rmtree(partial, ignore_errors=True)


def landed_bytes(folder: Path, facts: Mapping[str, Any]) -> bytes:
    """The bytes of one landed file, by what its receipt says of it.

    Raises:
        LandingChanged: they are not those of the receipt.
    """
    path = folder / facts["stored_as"]
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != facts["sha256"]:
        raise LandingChanged(
            f"{path} is not what was received (its sha256 differs from the receipt). "
            "Restore the file from backup; landing is never edited."
        )
    return data
