"""Figures worked out on paper: small deliveries of each feed, from the door to the marts.

Each folder of ``by_hand/`` holds what senders send, ten rows or so, and ``figures.yaml``: the
figures that a reader of the definitions finds in them, each with the rows that make it. All
deliveries lie in one data folder; the newest month is built, which has the months before it too.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from ingest.store.ledger import Ledger
from ingest.store.submissions import accepted, submissions
from orchestration.run import steps, transform
from orchestration.run.lake_building import build_lake, open_lake
from orchestration.run.transform import AFTER_LISTS, UP_TO_LISTS
from orchestration.settings import Settings
from tests.worlds.lakes import rows_of, run_dbt
from tests.worlds.small_deliveries import take

FOLDER = Path(__file__).parent / "by_hand"
WORKED_OUT = "figures.yaml"
FEEDS = sorted(path.parent.name for path in FOLDER.glob(f"*/{WORKED_OUT}"))
KEY = ("indicator", "period_type", "area", "breakdown", "breakdown_value")
TOLD = ("numerator", "denominator", "value", "reason")

Found = dict[tuple[str, ...], tuple[object, ...]]
"""Numerator, denominator, value and reason of each figure, by month and key."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Figure(_Strict):
    """One figure, and how it comes about; without a value the reason for which there is none."""

    indicator: str
    period_type: str = "month"
    area: str = "E08000015"
    breakdown: str = "all"
    breakdown_value: str = "all"
    numerator: float | None = None
    """Given for a share, as the denominator is; of a count it is the value."""
    denominator: float | None = None
    value: float | None = None
    reason: str | None = None
    because: str = Field(min_length=10)

    @model_validator(mode="after")
    def _has_a_value_or_says_why_not(self) -> Figure:
        if (self.value is None) == (self.reason is None):
            raise ValueError("give the value, or the reason for which there is none")
        return self


class WorkedOut(_Strict):
    """The figures of one folder, of periods that end with ``month``; its files come on a day."""

    month: str = Field(pattern=r"^\d{4}-\d{2}$")
    as_at: date
    figures: tuple[Figure, ...] = Field(min_length=1)


@cache
def _worked_out(feed: str) -> WorkedOut:
    return WorkedOut.model_validate(yaml.safe_load((FOLDER / feed / WORKED_OUT).read_text("utf-8")))


def _receive(home: Path) -> None:
    """Take all deliveries through the door, each on the day on which its figures are known."""
    for feed in sorted(FEEDS, key=lambda feed: _worked_out(feed).as_at):
        at = datetime.combine(_worked_out(feed).as_at, time(9), UTC)
        left_out = (WORKED_OUT, ".manifest.csv")
        files = sorted(p for p in (FOLDER / feed).iterdir() if not p.name.endswith(left_out))
        for one in take(home, files, at):
            assert one.outcome == "accepted", f"by_hand/{feed}/{one.file}: {one.outcome} {one.why}"


def _build(settings: Settings) -> Found:
    """Run the newest month up to its figures, without the gate of the marts and a release."""
    newest = max((told.month, told.as_at) for told in map(_worked_out, FEEDS))
    transform.begin(settings)
    steps.choose_deliveries(settings, *newest, ())
    steps.begin_parts(settings)
    build = ("build", "--exclude-resource-type=unit_test", "--exclude-resource-type=test")
    run_dbt(settings.home, *build, "--selector", UP_TO_LISTS)
    steps.find_unusual(settings)
    run_dbt(settings.home, *build, "--selector", AFTER_LISTS)
    rows = rows_of(
        settings.home,
        "select strftime(period_end, '%Y-%m'), indicator_id, period_type, area_code, breakdown, "
        "breakdown_value, cast(numerator as double), cast(denominator as double), value, "
        "status_reason from indicator_values where basis = 'local'",
    )
    return {row[: -len(TOLD)]: row[-len(TOLD) :] for row in rows}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """The figures of all months, as the newest month tells them."""
    home = tmp_path_factory.mktemp("by_hand")
    settings = Settings(home, home / "pseudonym.key", 2)
    _receive(home)
    build_lake(home, accepted(submissions(Ledger(home))), open_lake(settings))
    return _build(settings)


@pytest.mark.parametrize("feed", FEEDS)
def test_figures_equal_the_figures_worked_out_by_hand(feed: str, found: Found) -> None:
    told = _worked_out(feed)
    wrong = []
    for figure in told.figures:
        stated = figure.model_dump()
        key = tuple(stated[name] for name in KEY)
        counted = dict(zip(TOLD, found.get((told.month, *key), ()), strict=False))
        for name in TOLD:
            is_asked = stated[name] is not None or name in ("value", "reason")
            if is_asked and counted.get(name, "no row") != pytest.approx(stated[name]):
                wrong.append(
                    f"by_hand/{feed}: {name} of {' '.join(key)} is {counted.get(name, 'no row')}, "
                    f"by hand {stated[name]}, because: {figure.because}"
                )
    assert not wrong, "\n".join(wrong)
