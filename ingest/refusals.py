"""The words in which a delivery is refused, or in which something unusual of it is noted.

Rule codes are those of the landing policy (``R-HDR``, ``R-NA`` ...); the table itself, with
each rule's outcome in a sentence, is ``ingest/contracts/policy.yaml``.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


class InWords(Exception):
    """An error whose words are ours: for the person who meets it, and free of what was delivered.

    Any other error may repeat a cell in its message, and is reported by its kind and place only.
    """


class Refused(InWords):
    """A delivery that cannot be used, in words for the person who sent it.

    No part of the message may hold a cell's value: it names file, sheet, row, column and rule.
    """

    def __init__(
        self,
        rule: str,
        where: str,
        found: str,
        expected: str,
        action: str,
        rejects: pd.DataFrame | None = None,
    ) -> None:
        """Keep each part, so that an answer file can lay them out in columns.

        ``rejects`` holds the rows that led to the refusal: the fields of ``Conformed.rejects`` and
        ``table``.
        """
        super().__init__(rule, where, found, expected, action)
        self.rule, self.where, self.found = rule, where, found
        self.expected, self.action, self.rejects = expected, action, rejects

    def __str__(self) -> str:
        """Give one readable sentence: rule, place, what was found, what to do."""
        return (
            f"{self.rule} at {self.where}: {self.found}; expected {self.expected}. "
            f"What to do: {self.action}"
        )


@dataclass(frozen=True)
class Finding:
    """Something unusual that a person should see; ``severity`` is note, withhold or refuse."""

    rule: str
    severity: str
    where: str
    message: str
    action: str
