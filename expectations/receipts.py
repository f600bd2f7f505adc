"""Receipts: proof that these bytes were judged, by which suite, and with what result.

One small JSON file for each sha256, ``<folder>/<sha256>.json``, holding a verdict for each suite
digest. Receipts carry no clock, so the same bytes under the same suite leave the same receipt.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from expectations.gate import Result, Verdict
from ingest.refusals import InWords
from ingest.store.durable import write_whole


class NoReceipt(InWords):
    """Bytes that may not be released: never judged, judged by another suite, or refused."""


@dataclass(frozen=True)
class Receipt:
    """One verdict as it was recorded."""

    sha256: str
    suite_id: str
    suite_digest: str
    passed: bool
    rows: int
    results: tuple[Result, ...]

    @property
    def refusals(self) -> tuple[Result, ...]:
        """Give the rules of severity ``refuse`` that failed."""
        return tuple(one for one in self.results if not one.passed and one.severity == "refuse")

    @property
    def failures(self) -> tuple[str, ...]:
        """Give the sentences of the rules that failed."""
        return tuple(f"{result.rule}: {result.message}" for result in self.refusals)


def record(verdict: Verdict, folder: Path) -> Path:
    """Add a verdict to the receipt of its bytes, atomically; gives the receipt's path."""
    if verdict.sha256 is None:
        raise ValueError("A verdict on a frame in memory is bound to no bytes: judge the file.")
    path = folder / f"{verdict.sha256}.json"
    verdicts = _verdicts(path)
    verdicts[verdict.suite_digest] = {
        "suite_id": verdict.suite_id,
        "passed": verdict.passed,
        "rows": verdict.rows,
        "results": [asdict(result) for result in verdict.results],
    }
    content = {"sha256": verdict.sha256, "verdicts": verdicts}
    write_whole(path, (json.dumps(content, indent=1, sort_keys=True) + "\n").encode())
    return path


def find(folder: Path, sha256: str, suite_digest: str) -> Receipt | None:
    """Give the verdict of one suite on these bytes, or None when it never judged them."""
    verdict = _verdicts(folder / f"{sha256}.json").get(suite_digest)
    if verdict is None:
        return None
    results = tuple(Result(**result) for result in verdict["results"])
    return Receipt(
        sha256, verdict["suite_id"], suite_digest, verdict["passed"], verdict["rows"], results
    )


def require(folder: Path, sha256: str, suite_digest: str, what: str) -> Receipt:
    """Give the passing receipt for ``what`` (a file's name); raises NoReceipt, saying why not."""
    receipt = find(folder, sha256, suite_digest)
    if receipt is None:
        raise NoReceipt(
            f"{what} has no receipt: these bytes were never judged by the suite in force. "
            "Run the gate on the candidate, then release it."
        )
    if not receipt.passed:
        raise NoReceipt(f"{what} did not pass the gate. " + " ".join(receipt.failures))
    return receipt


def _verdicts(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))["verdicts"] if path.exists() else {}
