"""One data folder of all feeds that are counted a second time: their figures take 10 s to build."""

from pathlib import Path

import pytest

from tests.worlds.lakes import place, prepare_lake, run_dbt, submission_of, write_run
from tests.worlds.once import made_once


@pytest.fixture(scope="session")
def counted() -> Path:
    """The working file with the figures of February 2025, which no feed has from another."""
    return made_once("counted", _count) / "warehouse.duckdb"


def _count(home: Path) -> None:
    from tests.figures import (
        test_counted_complaints,
        test_counted_out_of_school,
        test_counted_referrals,
    )

    prepare_lake(home)
    submissions = []
    for module in (test_counted_complaints, test_counted_out_of_school, test_counted_referrals):
        for (feed, sender, month), (table, rows) in module.delivered().items():
            submissions.append(submission_of(feed, sender, month, len(rows)))
            place(home / "lake", submissions[-1], **{table: rows})
    write_run(home, submissions)
    kinds = ("--resource-type", "seed", "--resource-type", "model")
    run_dbt(home, "build", *kinds, "--select", "+indicator_values")
