"""Several areas: no number of any area that can be asked for could be a real child's."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from ingest.synthetic import monthly_files
from ingest.synthetic.identifiers import AREAS, UPN_BLOCK, pupil_numbers
from ingest.synthetic.monthly_files import write_deliveries
from ingest.typed.national_identifiers import upn_fault
from orchestration.cli import main
from tests.worlds.small_deliveries import take

FIRST_AND_LAST = np.array([0, UPN_BLOCK - 1, UPN_BLOCK, UPN_BLOCK + 12_499])
MONTH = "2025-10"


def test_no_pupil_number_is_of_two_areas_and_every_one_is_well_formed() -> None:
    numbers = [n for area in range(1, AREAS + 1) for n in pupil_numbers(FIRST_AND_LAST, area)]
    assert len(set(numbers)) == AREAS * len(FIRST_AND_LAST)
    assert not any(map(upn_fault, numbers))


def test_a_number_beyond_the_range_of_its_area_is_refused_and_never_another_areas() -> None:
    with pytest.raises(ValueError, match="area 5 needs more pupil numbers"):
        pupil_numbers(FIRST_AND_LAST + 1, 5)


@pytest.mark.usefixtures("settled_at_once")
def test_the_door_takes_deliveries_of_the_fifth_area_and_of_the_last(tmp_path, monkeypatch) -> None:
    inbox, of_one = tmp_path / "inbox", monthly_files.simulate
    numbers = {1: 1, 2: 5, 3: AREAS}
    monkeypatch.setattr(
        monthly_files, "simulate", lambda number, *how: of_one(numbers[number], *how)
    )
    write_deliveries(inbox, [MONTH], areas=3, feeds=["tribunals", "ehc_advice"])
    received = take(tmp_path, at=datetime(2025, 11, 10, tzinfo=UTC))
    assert {one.outcome for one in received} == {"accepted"}, [one.why for one in received]
    assert len(received) == 6


def test_more_areas_than_fit_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    home = tmp_path / "home"
    refused = CliRunner().invoke(
        main,
        ["demo", "--months", MONTH, "--areas", str(AREAS + 1)],
        env={"LASP_HOME": str(home)},
    )
    assert refused.exit_code == 2 and f"1<=x<={AREAS}" in refused.output
    with pytest.raises(ValueError, match=f"areas must be 1 to {AREAS}"):
        write_deliveries(home, [MONTH], areas=AREAS + 1)
    assert not home.exists()
