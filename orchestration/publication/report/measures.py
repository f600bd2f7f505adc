"""One indicator as a reader meets it: its figures in time order, the plan, the limits, the notes.

Chart, table and sentence of a measure are made from this one set of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from orchestration.months import last_day
from orchestration.publication.report.editions import INTERNAL, Edition
from orchestration.publication.report.facts import Facts
from orchestration.publication.report.tables import Row, Tables
from orchestration.publication.report.words import SHARES, a_year_before

Made = TypeVar("Made")
HELD_BACK = ("withheld:", "publisher:", "disclosure:")
"""How reasons begin for which a figure is there and not shown."""
BETTER, WORSE = "special_cause_improvement", "special_cause_concern"
PRINTED = ("historic", "trajectory", "target")
"""Kinds of rows of `improvement_plan` that the plan prints."""


@dataclass(frozen=True, eq=False)
class Measure:
    """One indicator of the local area.

    ``latest`` is its newest row of ``indicator_latest``, ``series`` its rows of
    ``indicator_status`` of the same kind of period in time order, ``published`` the newest
    official figure, ``plan_end`` the last date of the plan's trajectory, ``notes`` the commentary
    of the release's month.
    """

    about: Row
    latest: Row
    series: Sequence[Row] = ()
    published: Row | None = None
    plan_end: date | None = None
    notes: Sequence[Row] = ()

    @property
    def indicator_id(self) -> str:
        """The id in the catalogue; also the anchor of its section."""
        return self.about["indicator_id"]

    @property
    def unit(self) -> str:
        """Unit of the figure."""
        return self.about["unit"]

    @property
    def is_share(self) -> bool:
        """Whether the figure is a numerator of a denominator."""
        return self.unit in SHARES

    @property
    def priority_area(self) -> str:
        """The first priority action area that it belongs to; empty without one."""
        return (self.about["priority_areas"] or "").partition("; ")[0]

    @property
    def has_figure(self) -> bool:
        """Whether the newest row holds a figure."""
        return self.latest["value"] is not None

    @property
    def is_of_waiting_list(self) -> bool:
        """Whether the figure is of a service's list."""
        is_of_service = self.about["service"] is not None and self.about["snapshot"] == "month"
        return is_of_service and self.about["fed_by"] != "service_scorecard"

    @property
    def is_charted(self) -> bool:
        """Whether a page draws it: a headline measure of which some period has a figure.

        A figure that is held back counts: its chart says so. What never came makes no chart.
        """
        return self.about["is_headline"] and any(
            row["value"] is not None or (row["status_reason"] or "").startswith(HELD_BACK)
            for row in self.series
        )

    @property
    def is_off_course(self) -> bool:
        """Whether the plan's trajectory is missed by more than the Partnership allows."""
        return self.latest["rag"] == "red"

    @property
    def year_ago(self) -> Row | None:
        """The row of the same period a year before."""
        wanted = a_year_before(self.latest["period_end"])
        return next((row for row in self.series if row["period_end"] == wanted), None)

    @property
    def change(self) -> float | None:
        """Change since a year before; None without both figures."""
        now, then = self.latest["value"], self.latest["year_ago_value"]
        return None if now is None or then is None else now - then

    @property
    def off_course_since(self) -> Row | None:
        """The first row of the run of red rows that the newest row ends.

        Where it is the first of all rows, the run may have begun before.
        """
        first = None
        known = [row for row in self.series if row["period_end"] <= self.latest["period_end"]]
        for row in reversed(known):
            if row["value"] is not None and row["rag"] != "red":
                break
            first = row if row["rag"] == "red" else first
        return first

    @property
    def has_outlived_plan(self) -> bool:
        """Whether the newest figure is of the last date that the plan set, or later."""
        is_at_end = self.plan_end is not None and self.latest["period_end"] >= self.plan_end
        return is_at_end or self.latest["trajectory_read"] == "beyond_plan"

    def has_turned(self, variation: str) -> bool:
        """Whether chance does not explain the figure, and it moved the same way within a year.

        A month that late recording still moves (``is_complete`` false) has turned nowhere yet.
        """
        if self.latest["variation"] != variation or self.latest["is_complete"] is False:
            return False
        if not self.change or self.about["direction"] not in ("higher", "lower"):
            return False
        went_up = self.change > 0
        return (went_up == (self.about["direction"] == "higher")) == (variation == BETTER)

    @property
    def move(self) -> float:
        """How far the figure lies from its average, in distances of the limits: for sorting."""
        row = self.latest
        reach = (row["spc_upper"] or 0) - (row["spc_mean"] or 0)
        return abs(row["value"] - row["spc_mean"]) / reach if reach else 0.0


class Measures:
    """Every indicator of the catalogue for the local area, as one release knows it."""

    def __init__(
        self, tables: Tables, facts: Facts, area_code: str, edition: Edition = INTERNAL
    ) -> None:
        """Take what the release holds and says of itself; rows are read when first asked for."""
        self.tables = tables
        self.facts = facts
        self.area_code = area_code
        self.edition = edition
        self.month_end = last_day(facts.month)
        self._made: dict[str, Any] = {}

    @property
    def area_name(self) -> str:
        """Name of the local area, where the release holds a row of it."""
        return next((one.latest["area_name"] for one in self), "the local area")

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """Make what several pages show only once: a drawing costs as much as a page of words."""
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    def __iter__(self) -> Iterator[Measure]:
        """Give them by title."""
        return iter(self._all)

    @cached_property
    def _all(self) -> list[Measure]:
        latest = _by_indicator(self._rows("indicator_latest", "local"))
        published = _by_indicator(self._rows("indicator_latest", "published"))
        history = _by_indicator(self._rows("indicator_status", "local"))
        notes = _by_indicator(self.tables.rows("commentary", period_end=self.month_end))
        plan_ends = _by_indicator(self.tables.rows("improvement_plan", kind=PRINTED))
        abouts = {row["indicator_id"]: row for row in self.tables.rows("indicators")}
        return [
            Measure(
                about=abouts[name],
                latest=row,
                series=_of_one_kind(history.get(name, []), row),
                published=published.get(name, [None])[0],
                plan_end=max((p["period_end"] for p in plan_ends.get(name, [])), default=None),
                notes=notes.get(name, ()),
            )
            for name, (row,) in sorted(latest.items(), key=lambda one: one[1][0]["short_title"])
            if row["unit"] != "distribution"  # its parts say something, its sum is always 100%
        ]

    def _rows(self, table: str, basis: str) -> list[Row]:
        return self.tables.rows(table, basis=basis, area_code=self.area_code)

    def one(self, indicator_id: str) -> Measure | None:
        """Give the measure of an indicator, or None when the catalogue lacks it."""
        return next((m for m in self._all if m.indicator_id == indicator_id), None)

    @property
    def headline(self) -> list[Measure]:
        """Those that the scorecard shows: what the plan measures first."""
        shown = [measure for measure in self if measure.about["is_headline"]]
        return sorted(shown, key=lambda measure: measure.plan_end is None)

    @property
    def off_course(self) -> list[Measure]:
        """Those that miss the plan."""
        return [measure for measure in self if measure.is_off_course]

    @property
    def decisions(self) -> list[Row]:
        """The Board's decisions of the release's month."""
        first = self.month_end.replace(day=1)
        return [row for row in self.decisions_so_far if first <= row["decided_on"]]

    @property
    def decisions_so_far(self) -> list[Row]:
        """The Board's decisions up to the end of the release's month."""
        rows = self.tables.rows("decisions")
        return [row for row in rows if row["decided_on"] <= self.month_end]

    @property
    def overdue_decisions(self) -> list[Row]:
        """Decisions that are still open after their date, as known for the release."""
        rows = [row for row in self.decisions_so_far if row["status"] == "open"]
        late = [row for row in rows if row["due_date"] and row["due_date"] < self.facts.as_at]
        return sorted(late, key=lambda row: (row["due_date"], row["decision_id"]))

    @cached_property
    def absent_files(self) -> list[Row]:
        """What was due by the release's day and was not accepted, by feed and sender."""
        where = {"month": self.facts.month, "is_due": True, "is_late": True}
        rows = self.tables.rows("feed_scorecard", **where)
        absent = [row for row in rows if row["accepted_on"] is None]
        return sorted(absent, key=lambda row: (row["feed"], row["sender"]))

    def lacks_a_file(self, measure: Measure) -> bool:
        """Whether a file behind the figure of the month is absent."""
        fed_by = (measure.about["fed_by"] or measure.about["source_feed"] or "").split("; ")
        is_of_month = measure.latest["period_end"] == self.month_end
        return is_of_month and any(row["feed"] in fed_by for row in self.absent_files)

    @cached_property
    def services(self) -> list[str]:
        """The services of which the release holds a waiting list."""
        rows = self.tables.rows("waiting_list", basis="local", area_code=self.area_code)
        return sorted({row["service"] for row in rows})

    def of_outcome(self, outcome: str) -> list[Measure]:
        """Those of one outcome measure of the strategy."""
        return [m for m in self if outcome in (m.about["outcome_measures"] or "").split("; ")]


def _by_indicator(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["indicator_id"], []).append(row)
    return found


def _of_one_kind(rows: Sequence[Row], like: Row) -> tuple[Row, ...]:
    same = [row for row in rows if row["period_type"] == like["period_type"]]
    return tuple(sorted(same, key=lambda row: row["period_end"]))
