"""Invented deliveries, and what becomes of the defects planted in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import click
import pandas as pd

from ingest.contracts import policy
from ingest.store.ledger import Ledger
from ingest.store.submissions import accepted, submissions
from ingest.synthetic.identifiers import AREAS
from orchestration.commands import options
from orchestration.commands.data_folder import prepared_settings
from orchestration.commands.exits import REFUSED, in_words, stop
from orchestration.progress import Progress


@click.command()
@click.option(
    "--months", required=True, callback=options.months, help="2024-09..2025-10, or one month"
)
@click.option("--seed", default=2024, show_default=True, help="same seed, same bytes")
@click.option("--areas", default=1, show_default=True, type=click.IntRange(1, AREAS))
@click.option(
    "--defects",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0, 0.5),
    help="share of all rows that carry one planted defect each: 0.01 spoils 1 row in 100, which "
    "every file survives; above 0.02 (and 50 rows) the door refuses whole files",
)
@click.option(
    "--feeds", default="", callback=options.feeds, metavar="FEED,...", help="default: all local"
)
@in_words
def demo(months: list[str], seed: int, areas: int, defects: float, feeds: list[str]) -> None:
    """Write synthetic deliveries into the inbox, in the real exchange formats."""
    from ingest.synthetic.monthly_files import write_deliveries

    settings = prepared_settings()
    if any(s.is_synthetic is False for s in accepted(submissions(Ledger(settings.home)))):
        stop(
            f"{settings.home} holds real deliveries; invented ones need a folder of their own.",
            REFUSED,
        )
    only = {"feeds": feeds} if feeds else {}
    # A process starts and makes an area's lives in the time of two months.
    processes = min(len(os.sched_getaffinity(0)), max(len(months) // _WORTH_MONTHS, 1))
    shown = Progress()
    with shown.bar("writing") as move:
        begun = count(1)
        key = write_deliveries(
            settings.home / "inbox", months, seed=seed, areas=areas, defects=defects,
            processes=processes, **only,
            watch=lambda area, month: move(
                f"area {area}, {month}", next(begun) - 1, areas * len(months)
            ),
        )  # fmt: skip
    for line in _planted(settings.home, key, defects):
        shown.say(line)
    shown.say(
        f"Demonstration: invented data for {months[0]} to {months[-1]} in {settings.home / 'inbox'}"
    )


_WORTH_MONTHS = 4
"""Months of which a process of its own is worth its start."""
_BECOMES = {
    "quarantine": "set aside by row, the rest of the file is used",
    "discard": "discarded as repeated rows",
    "warning": "used as they are, and reported to the sender",
    "none": "used: the difference is read automatically",
}
"""What becomes of a row with a planted defect, by ``expected_outcome`` of the key."""


def _planted(home: Path, key: pd.DataFrame, share: float) -> Iterator[str]:
    """Say what was planted and what becomes of it, and list it."""
    if not len(key):
        return
    path = home / "planted_defects.csv"
    key.to_csv(path, index=False, lineterminator="\n")
    planted = f"one defect in {share:.2%} of the rows, " if share else ""
    yield f"Planted: {planted}what feeds declare to be wrong; {len(key):,} rows touched; {path}"
    for outcome, rows in key["expected_outcome"].value_counts().items():
        yield f"{'':9}{rows:,} {_BECOMES[outcome]}"
    limits = policy()
    yield (
        f"{'':9}A file is refused whole (R-BAD) above {limits.quarantine_rows} rows and "
        f"{limits.quarantine_share:.0%} set aside; no planted defect waits for a later gate."
    )
