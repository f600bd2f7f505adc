"""Small deliveries for tests: three sound referrals of invented people, and their manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from ingest.landing import Door, Received, receive
from ingest.ledger import Ledger
from ingest.pseudonyms import open_pseudonyms

RECEIVED_AT = datetime(2025, 6, 4, 9, 0, tzinfo=UTC)
HEADER = (
    "referral_id,nhs_number,birth_date,service,referral_received_date,first_contact_date,"
    "clock_stop_date,discharge_date,referral_outcome,referral_outcome_date,signposted_date,"
    "support_offered_date,support_type,last_family_contact_date,setting_urn,provider_code"
)
ROWS = (
    "R1,9990000018,2019-05-04,SLT,2025-01-10,,,,accepted,2025-01-15,,,,,999001,",
    "R2,9990000026,2018-02-11,SLT,2024-06-03,2025-03-12,,,accepted,2024-06-10,,,,,999001,",
    "R3,9990000034,2020-11-30,SLT,2025-03-01,,,,,,,,,,,",
)


def csv_bytes(*rows: str) -> bytes:
    return "\n".join([HEADER, *(rows or ROWS), ""]).encode()


def take(home: Path, paths: Iterable[Path] = (), **how) -> list[Received]:
    """Receive, as on 4 June 2025, with a key of the data folder's own."""
    pseudonyms = open_pseudonyms(home / "pseudonym.key")
    return receive(Door(home, Ledger(home), pseudonyms, RECEIVED_AT, **how), paths)


def drop(
    folder: Path,
    data: bytes | None = None,
    *,
    name: str = "therapy_ptl_RY7_202503_01.csv",
    manifest: dict | None = None,
) -> Path:
    """Put a delivery into ``folder``; ``manifest`` adds one, with those of its fields changed."""
    folder.mkdir(parents=True, exist_ok=True)
    data = csv_bytes() if data is None else data
    path = folder / name
    path.write_bytes(data)
    if manifest is not None:
        facts = {
            "file_name": name,
            "sha256": hashlib.sha256(data).hexdigest(),
            "row_count": data.count(b"\n") - 1,
            "reporting_month": "2025-03",
            "extract_datetime": "2025-04-03T06:00:00",
            "sender": "RY7",
            "submission_seq": 1,
            "feed_version": 1,
            "synthetic": 1,
        } | manifest
        text = ",".join(facts) + "\n" + ",".join(map(str, facts.values())) + "\n"
        path.with_name(f"{path.stem}.manifest.csv").write_text(text)
    return path
