"""What the ledger, and the receipt in landing, say of a delivery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from ingest.door.delivery import Delivery
from ingest.door.senders import Held
from ingest.refusals import Finding, Refused
from ingest.store.submissions import refusal_id, submission_id
from ingest.typed.examined import Examined


def entry_of_accepted(delivery: Delivery, examined: Examined) -> dict[str, Any]:
    """What the ledger says of a delivery that was accepted."""
    return _body(delivery, examined.contract.feed, examined.sender, examined.period) | {
        "files": _files(delivery, examined),
        "submission_id": examined.submission_id,
        "sequence": examined.sequence,
        "outcome": "accepted",
        "known_on": examined.known_on.isoformat(),
        "known_how": examined.known_how,
        "is_synthetic": examined.is_synthetic,
        "edition": examined.edition,
        "release": examined.release,
        "dated_by": examined.dated_by,
        "tables": sorted(examined.contents),
        "contents": {table: asdict(held) for table, held in examined.contents.items()},
        "contract": examined.contract.digest,
        "rows": {
            "landed": examined.count("landed"),
            "kept": examined.kept,
            "quarantined": examined.count("quarantined"),
            "discarded": examined.count("discarded"),
        },
        "discarded_columns": examined.count("discarded_columns"),
        "passed_over": examined.passed_over,
        "notes": [_note(finding) for finding in examined.findings],
    }


def entry_of_refused(
    delivery: Delivery | None,
    refused: Refused,
    claimed: tuple[str, str, str],
    files: Sequence[tuple[str, str]],
    received_on: date,
) -> dict[str, Any]:
    """What the ledger says of a delivery that was refused or held.

    Args:
        delivery: None where it could not be opened.
        refused: why.
        claimed: feed, sender and month.
        files: the shown name and sha256 of each file.
        received_on: the day of receipt.
    """
    outcome = "held" if isinstance(refused, Held) else "refused"
    known_on = delivery.manifest.extract_date if delivery and delivery.manifest else received_on
    reason = {
        name: getattr(refused, name) for name in ("rule", "where", "found", "expected", "action")
    }
    body = _body(delivery, *claimed) | {
        "sequence": delivery.sequence if delivery else 1,
        "outcome": outcome,
        "known_on": known_on.isoformat(),
        "known_how": "manifest" if delivery and delivery.manifest else "receipt",
        "is_synthetic": None,
        "rows": {},
        "reasons": [reason],
    }
    if not delivery:
        body["files"] = [{"name": name, "sha256": sha256} for name, sha256 in files]
    # What is held bears the id that it gets when it is taken.
    hashes = [sha256 for _, sha256 in files]
    own = submission_id(*claimed, hashes) if outcome == "held" else refusal_id(body)
    return body | {"submission_id": own}


def _body(delivery: Delivery | None, feed: str, sender: str, period: str) -> dict[str, Any]:
    files = _files(delivery) if delivery else []
    return {"feed": feed, "sender": sender, "period": period, "files": files, "reasons": []}


def _files(delivery: Delivery, examined: Examined | None = None) -> list[dict[str, Any]]:
    """The facts of each file; of an examined one also its data rows."""
    listed = []
    for number, file in enumerate(delivery.files, 1):
        facts = {
            "name": file.shown_name,
            "stored_as": f"file-{number}.{file.extension}",
            "sha256": file.sha256,
            "bytes": len(file.data),
            "table": file.table,
        }
        if examined:
            table = examined.tables.get(file.table)
            facts["rows"] = table.landed if table else examined.count("landed")
        listed.append(facts)
    return listed


def _note(finding: Finding) -> dict[str, str]:
    return {
        "rule": finding.rule,
        "where": finding.where,
        "severity": "note" if finding.severity == "refuse" else finding.severity,
        "message": finding.message,
        "action": finding.action,
    }


def rows_in_words(body: Mapping[str, Any]) -> str:
    """How many rows of an accepted delivery were kept, and what became of the others."""
    rows = body["rows"]
    return (
        f"{rows['landed']} rows: {rows['kept']} kept, {rows['quarantined']} in quarantine, "
        f"{rows['discarded']} discarded"
    )
