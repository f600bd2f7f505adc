"""Releases that were taken back: the ledger says which, and why."""

from __future__ import annotations

from ingest.store.ledger import Ledger

WITHDRAWN = "withdrawn"
"""Kind of a ledger entry: a release that was taken back, and the reason."""


def withdrawn(ledger: Ledger) -> dict[str, str]:
    """Why each withdrawn release was withdrawn, by its id."""
    entries = (entry.body for entry in ledger.entries() if entry.kind == WITHDRAWN)
    return {body["release_id"]: " ".join(body["reason"].split()) for body in entries}
