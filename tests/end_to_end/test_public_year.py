"""A year of public releases, each attacked with all that were made before it."""

import pytest

from ingest.store.ledger import RELEASED, Ledger
from tests.bench.public_year import year
from tests.end_to_end.lasp import lasp

pytestmark = pytest.mark.soak
# Two months are released before their last delivery was known and again with it; one of them is
# withdrawn in between.
RUNS = (
    ("run", "--months", "2024-11"),
    ("run", "--month", "2024-12", "--as-at", "2025-01-10"),
    ("run", "--months", "2024-12..2025-03"),
    ("run", "--month", "2025-04", "--as-at", "2025-05-09"),
    ("withdraw", "2025-04/r1", "--reason", "a delivery came late"),
    ("run", "--months", "2025-04..2025-08"),
    ("run", "--month", "2025-09", "--as-at", "2025-10-09"),
    ("run", "--months", "2025-09..2025-10"),
)


def test_twelve_months_of_public_releases_tell_nothing_of_few_and_much_of_the_services(tmp_path):
    home = tmp_path / "var"
    for arguments in (("demo", "--months", "2024-09..2025-10"), *RUNS):
        ran = lasp(home, *arguments)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    released = [e for e in Ledger(home).entries() if e.kind == RELEASED]
    rows = list(year(home))
    assert len(rows) == len(released) == 15
    for row in rows:
        found = {kind: row[kind] for kind in ("exact", "narrow", "group", "unsolved", "untrue")}
        assert not any(found.values()), row
        assert row["headline_pct"] >= 95 and row["counts_pct"] >= 60 and row["rounding"] <= 2, row
