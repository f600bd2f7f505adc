"""What a run is asked for beside its month: fields that the launchpad of the UI shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import dagster as dg
from pydantic import Field

from ingest.contracts import load_contracts
from ingest.refusals import InWords

CHOOSE = "choose_deliveries"
"""Name of the step that reads these fields."""


class WrongAsked(InWords):
    """The run was asked for something that there is not."""


class Asked(dg.Config):
    """As known when, and from what at least."""

    as_at: str = Field(
        default="",
        description="Knowledge date, YYYY-MM-DD: deliveries that became known later are not used. "
        "Empty: the day of the final release, or the newest day on which the month became better "
        "known.",
    )
    required_feeds: list[str] = Field(
        default=[],
        description="Ids of feeds, such as therapy_ptl. The month is refused unless each of them "
        "has a usable delivery for it. Empty: the month is released from what has come.",
    )

    from_nothing: bool = Field(
        default=False,
        description="Build the month also where its release stands and nothing has changed since, "
        "and count every delivery again instead of reading what earlier months counted. "
        "The figures are the same; use it to prove that.",
    )

    @property
    def day(self) -> date | None:
        """The knowledge date; None where the default counts.

        Raises:
            WrongAsked: it is no date.
        """
        try:
            return date.fromisoformat(self.as_at) if self.as_at else None
        except ValueError:
            raise WrongAsked(
                f"as_at is {self.as_at!r}. Expected is a date as YYYY-MM-DD, such as 2025-06-17: "
                "launch the run again with one, or leave as_at out."
            ) from None

    @property
    def feeds(self) -> list[str]:
        """The required feeds.

        Raises:
            WrongAsked: one of them is no feed.
        """
        known = sorted({contract.feed for contract in load_contracts()})
        if unknown := sorted(set(self.required_feeds) - set(known)):
            raise WrongAsked(
                f"required_feeds names {', '.join(unknown)}, which is not a feed. Feeds are "
                f"{', '.join(known)}: launch the run again with ids of these."
            )
        return self.required_feeds


def run_config(
    as_at: date | None, required_feeds: Sequence[str] = (), *, from_nothing: bool = False
) -> dict[str, Any]:
    """The configuration of a run that is asked for this, as the launchpad would write it."""
    asked = Asked(
        as_at=as_at.isoformat() if as_at else "",
        required_feeds=[*required_feeds],
        from_nothing=from_nothing,
    )
    return {"ops": {CHOOSE: {"config": asked.model_dump()}}}
