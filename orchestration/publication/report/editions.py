"""For whom a report is made: the same pages and templates, of what each may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Edition:
    """A report for the partnership, or for everybody.

    ``scorecard`` is the page of the scorecard. ``downloads`` are the files in the folder above the
    pages, for readers who want the numbers.
    """

    is_public: bool = False
    scorecard: str = "index.html"
    downloads: Sequence[str] = ()


INTERNAL = Edition()
"""What the partnership reads: everything that a release holds."""


def public(downloads: Sequence[str]) -> Edition:
    """Give the edition that everybody reads; its first page is for families."""
    return Edition(is_public=True, scorecard="scorecard.html", downloads=downloads)
