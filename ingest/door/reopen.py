"""A landed submission, examined once more from its own bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ingest.door.delivery import DeliveredFile, Delivery
from ingest.door.examine import examine
from ingest.door.manifest import Manifest, Vouched
from ingest.store.landing import landed_bytes, landing_folder
from ingest.store.submissions import Submission
from ingest.typed.examined import Examined


def reopen(home: Path, submission: Submission) -> Examined:
    """Examine a landed submission again, from its own bytes.

    Raises:
        LandingChanged: the landed bytes are not those of the receipt.
    """
    folder = landing_folder(home, submission.feed, submission.period, submission.submission_id)
    files = tuple(_reread(folder, facts) for facts in submission.files)
    if submission.known_how == "publication":
        manifest = _manifest_again(submission) if submission.dated_by == "manifest" else None
        again = examine(Delivery(files, "", "", "", 1, manifest), submission.received_on)
        # A contract that dates the edition anew does not move what has landed.
        return replace(again, period=submission.period, submission_id=submission.submission_id)
    manifest = _manifest_again(submission) if submission.known_how == "manifest" else None
    landed = Delivery(
        files,
        submission.feed,
        submission.sender,
        submission.period,
        submission.sequence,
        manifest,
    )
    return examine(landed, submission.known_on)


def _reread(folder: Path, facts: dict[str, Any]) -> DeliveredFile:
    """One landed file under the name that it may be shown by."""
    path = (folder / facts["stored_as"]).with_name(facts["name"])
    extension = Path(facts["stored_as"]).suffix[1:]
    return DeliveredFile(path, landed_bytes(folder, facts), extension, facts.get("table", ""))


def _manifest_again(submission: Submission) -> Manifest:
    """What the manifest said, from the receipt: of older receipts the one file has all rows."""
    landed = submission.rows["landed"]
    return Manifest(
        files={
            facts["name"]: Vouched(facts["sha256"], facts.get("rows", landed))
            for facts in submission.files
        },
        reporting_month=submission.period,
        extract_date=submission.known_on,
        sender=submission.sender,
        submission_seq=submission.sequence,
        is_synthetic=submission.is_synthetic,
    )
