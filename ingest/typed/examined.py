"""A delivery that was read and typed: what the door examines and the store keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import pandas as pd

from ingest.contracts import Contract
from ingest.refusals import Finding
from ingest.typed.conform import Conformed


@dataclass(frozen=True)
class Content:
    """What tells two files of one table apart: sha256 and rows of its text, and its last day."""

    sha256: str
    rows: int
    newest: str
    """Last day of its newest period, as YYYY-MM-DD; empty where it has none."""


@dataclass(frozen=True)
class Examined:
    """A delivery that can be used, with its typed tables."""

    contract: Contract
    sender: str
    period: str
    sequence: int
    submission_id: str
    known_on: date
    known_how: str
    """``publication``, ``manifest`` or ``receipt``: where ``known_on`` comes from."""
    is_synthetic: bool | None
    """None where nothing tells invented people from real ones."""
    tables: dict[str, Conformed]
    findings: tuple[Finding, ...]
    passed_over: int = 0
    """Elements that the contract has passed over."""
    edition: str = ""
    """Label of an official edition of several periods."""
    release: str = ""
    """The release that such an edition is of: its newest month."""
    dated_by: str = ""
    """What says when it was published: manifest, contract, rule, a date inside, or receipt."""
    contents: dict[str, Content] = field(default_factory=dict)
    """Of such an edition what its published tables hold."""

    def count(self, what: str) -> int:
        """Rows ``landed``, ``quarantined`` or ``discarded`` over all tables."""
        return sum(getattr(table, what) for table in self.tables.values())

    @property
    def kept(self) -> int:
        """Rows kept over all tables."""
        return sum(len(table.kept) for table in self.tables.values())

    @cached_property
    def rejects(self) -> pd.DataFrame:
        """Rows in quarantine and warnings: table, source_row, column, rule, outcome."""
        return pd.concat(
            [
                part.assign(table=name)
                for name, table in self.tables.items()
                for part in (table.rejects, table.again)
                if len(part) or part is table.rejects
            ],
            ignore_index=True,
        )
