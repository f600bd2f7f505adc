"""A delivered table as text: what every reader gives and typing takes."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ingest.refusals import Finding


@dataclass(frozen=True)
class TextTable:
    """One delivered table before typing.

    ``frame`` holds text or None only, columns named as delivered (trimmed), and its index
    ``source_row`` is the 1-based row in the file, the header included in the count.
    """

    name: str
    frame: pd.DataFrame
    encoding: str
    findings: tuple[Finding, ...] = ()
    passed_over: int = 0
    """Elements around the table that the contract has passed over, such as those of a header."""
    places: tuple[int, ...] = ()
    """Where each column stands in the file, from 1, if blank ones may stand between them."""
