"""Local feeds: what the tables of a snapshot hide that no single row shows.

A snapshot is what one sender delivered of one feed for one month. `measure` counts in it, once for
the same bytes: one row is one matter of one table. `compared` sets the counts beside the sender's
own snapshots before. The rules of `feeds.yaml` say which counts are wrong, and in which words.

A sender without the history that a rule asks for passes it. A nil return is reported, not measured.
Nothing here knows an organisation or a month.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from ingest.contracts import Column, Contract, Table, policy
from ingest.contracts.model import labels

PLACE = ["feed", "sender", "period", "submission_id"]
BEFORE = policy().usual_deliveries
"""Snapshots that say what is usual (R-SHRINK)."""
LONGEST_SILENCE = 3
"""Deliveries due, of a monthly feed months, between two snapshots that are still compared case by
case; as for waiting lists."""
FLOOD_ROWS = 30
"""Dates of one day from which on they are counted: fewer come together by chance."""

BESIDE = {
    "annual_reviews": "sen2_ehc",
    "ehc_advice": "sen2_ehc",
    "tribunals": "sen2_ehc",
    "identity_map": "sen2_ehc",
    "nd_pathway": "nd_pathway",
}
"""The feed whose snapshots of the same month, from any other delivery, are read beside one."""
HONEST_DAYS = {
    ("identity_map", "valid_from"): "matches are made in batches",
    ("identity_map", "valid_to"): "and ended in batches",
    ("sen2_ehc", "phasetransferfinaldate"): "the law names one day a year for most of them",
}
"""Columns in which one day may hold most dates."""


class Measure(NamedTuple):
    """One count of a snapshot: of ``total``, in a table or a column of it where named.

    ``rows`` are the source rows, where somebody shall mend each.
    """

    matter: str
    table: str
    column: str
    count: int
    total: int
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One used submission of a local feed; its tables and its rows set aside are read when asked.

    ``set_aside``: table, source_row, rule, outcome: one row per broken rule. A snapshot equals
    only itself, so that what several rules need of it is joined once.
    """

    contract: Contract
    period: str
    table: Callable[[str], pd.DataFrame]
    set_aside: Callable[[], pd.DataFrame]

    @property
    def start(self) -> pd.Timestamp:
        """The first day of the month."""
        return pd.Timestamp(f"{self.period}-01")

    @property
    def end(self) -> pd.Timestamp:
        """The census day: the last of the month."""
        return self.start + pd.offsets.MonthEnd(0)

    @property
    def academic_year(self) -> int:
        """The year of the 31 August before the census day."""
        return self.end.year - (self.end.month < 9)


def longest_silence(contract: Contract, period: str) -> int:
    """Months from a snapshot to the oldest one before it with which it is compared."""
    return contract.months_back(period, LONGEST_SILENCE)


def measure(now: Snapshot, before: Snapshot | None, beside: Sequence[Snapshot]) -> list[Measure]:
    """Count in one snapshot what the rules need.

    Args:
        now: The snapshot; not a nil return. What nobody owes comes when there is news: it has no
            usual size and no life.
        before: The same sender's last one, if not older than `longest_silence` months.
        beside: The snapshots of its month that `BESIDE` names, itself left out.
    """
    counted = [*_tables(now), *_floods(now)]
    if now.contract.is_owed:
        counted += _life(now, before)
    else:
        counted = [one for one in counted if one.matter != "rows"]
    if before:
        counted += _SINCE.get(now.contract.feed, _nothing)(now, before)
    return counted + list(_OF_FEED.get(now.contract.feed, _nothing)(now, beside))


def _nothing(*_: object) -> tuple[Measure, ...]:
    return ()


def _tables(now: Snapshot) -> Iterator[Measure]:
    """Rows of each table: kept, set aside or out of order, with a national identifier."""
    aside = now.set_aside()
    for table in judged_tables(now.contract):
        kept, broken = now.table(table.name), aside[aside["table"].eq(table.name)]
        yield Measure("rows", table.name, "", len(kept), len(kept))
        for matter, rule in sorted(_told_at_the_door(table)):
            rows = tuple(sorted({*broken.loc[broken["rule"].eq(rule), "source_row"].tolist()}))
            landed = len(kept) + (len(rows) if matter not in _KEPT else 0)
            places = rows if matter == "again" else ()
            yield Measure(matter, table.name, "", len(rows), landed, places)
        known = [name for name in kept.columns if name.startswith("has_valid_")]
        if known:
            covered = int(kept[known].any(axis=1).sum())
            yield Measure("identified", table.name, "", covered, len(kept))


_KEPT = ("backward", "again")
"""What the door reports about rows that are kept."""


def judged_tables(contract: Contract) -> list[Table]:
    """The tables of which anything reaches the lake."""
    return [table for table in contract.tables if any(c.use != "discard" for c in table.columns)]


def _told_at_the_door(table: Table) -> set[tuple[str, str]]:
    """The matters that were measured row by row when the delivery was read, and their rules."""
    told = {("orphans", "R-PARENT") for column in table.columns if column.references}
    told |= {("backward", r.id) for r in table.rules if r.in_order and r.outcome == "warning"}
    told |= {("again", rule.id) for rule in table.rules if rule.once}
    return told | {("double links", rule.id) for rule in table.rules if rule.current_once}


def _days(of: Snapshot, *, planned: bool) -> Iterator[tuple[Table, Column, pd.Series]]:
    """Each column of days on which something happened, or with `planned` may yet happen."""
    for table in of.contract.tables:
        for column in table.columns:
            is_day = column.type == "date" and column.is_event and column.use == "keep"
            if is_day and (planned or not column.may_be_future):
                yield table, column, of.table(table.name)[column.lake_name].dropna()


def _floods(now: Snapshot) -> Iterator[Measure]:
    """The commonest day of each column."""
    for table, column, days in _days(now, planned=False):
        count = int(days.value_counts().max()) if len(days) else 0
        if count >= FLOOD_ROWS and (now.contract.feed, column.name) not in HONEST_DAYS:
            yield Measure("flood", table.name, column.name, count, len(days))


def _life(now: Snapshot, before: Snapshot | None) -> Iterator[Measure]:
    """Events since the delivery that was due before; of average months where all is as it was."""
    days = [day for _, _, day in _days(now, planned=False)]
    since = now.start - pd.DateOffset(months=_months(now) - 1)
    own = sum(int(day.between(since, now.end).sum()) for day in days)
    yield Measure("life", "", "", own, own)
    if before and all(_is_same(now, before, table) for table in judged_tables(now.contract)):
        yield Measure("copy", "", "", _average_life(now), own)


def _months(of: Snapshot) -> int:
    """Months of which it tells: a termly snapshot of all since the one before, a monthly of one."""
    return of.contract.months_back(of.period, 1)


def _average_life(of: Snapshot) -> int:
    """Events of as many months of the year up to the newest; a planned day counts when past."""
    days = [day[day <= of.end] for _, _, day in _days(of, planned=True)]
    newest = max((day.max() for day in days if len(day)), default=pd.NaT)
    events = sum(int((day > newest - pd.Timedelta(days=365)).sum()) for day in days)
    return events * _months(of) // 12


def _is_same(now: Snapshot, before: Snapshot, table: Table) -> bool:
    """Whether a table has the rows it had, in any order, whatever numbers the export gave them."""
    made_anew = {"submission_id", "source_row"}
    if len(now.contract.tables) > 1:
        made_anew |= {*table.key, *(c.lake_name for c in table.columns if c.references)}
    one, other = (
        of.table(table.name).drop(columns=made_anew, errors="ignore") for of in (now, before)
    )
    return len(one) == len(other) and np.array_equal(_fingerprint(one), _fingerprint(other))


def _fingerprint(rows: pd.DataFrame) -> np.ndarray:
    return np.sort(pd.util.hash_pandas_object(rows, index=False).to_numpy())


@lru_cache(maxsize=2)
def _requests(of: Snapshot) -> pd.DataFrame:
    """One row per request, with the numbers by which its case and its person are known."""
    people = of.table("person")[["persontableid", "upn_id", "uln_id"]]
    named = ["requeststableid", "persontableid", "case_id", "receiveddate", "source_row"]
    requests = of.table("requests")[named].merge(people, on="persontableid")
    person = requests["upn_id"].fillna(requests["uln_id"]).fillna(requests["persontableid"])
    return requests.assign(person=person)


@lru_cache(maxsize=2)
def _plans(of: Snapshot) -> pd.DataFrame:
    """One row per plan as first issued, with its request's numbers and whether it is open."""
    issued = of.table("namedplan")[["assessmenttableid", "startdate", "ceasedate", "source_row"]]
    assessed = of.table("assessment")[["assessmenttableid", "requeststableid"]]
    requests = _requests(of).drop(columns="source_row")
    plans = issued.merge(assessed, on="assessmenttableid").merge(requests, on="requeststableid")
    is_open = plans["startdate"].le(of.end) & ~plans["ceasedate"].le(of.end)
    return plans.assign(is_open=is_open)


def _lost_plans(now: Snapshot, before: Snapshot) -> Iterator[Measure]:
    """Plans that were open and of which neither case nor person has a plan now."""
    active = _requests(now).merge(now.table("activeplans")[["requeststableid"]])
    known = pd.concat([_plans(now), active])
    numbers = ["case_id", "upn_id", "uln_id"]
    had = _plans(before).query("is_open").dropna(subset=numbers, how="all")
    is_found = pd.concat([had[n].isin(known[n].dropna()) for n in numbers], axis=1).any(axis=1)
    yield Measure("gone", "namedplan", "", int((~is_found).sum()), len(had))


def _open_referrals(of: Snapshot) -> pd.DataFrame:
    """Referrals that are neither closed nor turned down; assessments without one are none."""
    referrals = of.table("referrals")
    is_over = referrals["closed_date"].le(of.end)
    for column, value in _NO_REFERRAL:
        if column in referrals:
            is_over |= referrals[column].eq(value)
    return referrals[~is_over]


_NO_REFERRAL = (
    ("referral_outcome", "not_accepted"),
    ("accepted", False),
    ("record_type", "digital_assessment"),
)


def _lost_referrals(now: Snapshot, before: Snapshot) -> Iterator[Measure]:
    had = _open_referrals(before)["referral_id"]
    is_found = had.isin(now.table("referrals")["referral_id"])
    yield Measure("gone", "referrals", "", int((~is_found).sum()), len(had))


def _cohort(of: Snapshot, academic_year: int) -> pd.DataFrame:
    """Young people who are 16 or 17 on 31 August of a year, as the month of birth tells, and who
    have not left the cohort."""
    people = of.table("young_people")
    counts_as = labels("cohort_statuses", "counts_as")
    has_left = people["cohort_status"].map(counts_as).fillna(_IN_COHORT).ne(_IN_COHORT)
    born = people["birth_month"].dt
    is_of_age = (academic_year - born.year - (born.month > 8)).between(16, 17)
    return people[is_of_age & ~has_left]


_IN_COHORT = "in_cohort"
"""What a status of somebody in the cohort counts as; nobody without a status has left it."""


def _moved_cohort(now: Snapshot, before: Snapshot) -> Iterator[Measure]:
    """Who belongs to this month's cohort by age and is gone; its size, within its year."""
    had, has = _cohort(before, now.academic_year), _cohort(now, now.academic_year)
    is_found = had["young_person_id"].isin(now.table("young_people")["young_person_id"])
    yield Measure("gone", "young_people", "", int((~is_found).sum()), len(had))
    if now.academic_year == before.academic_year:
        yield Measure("cohort", "young_people", "", len(has), len(had))


def _casework(now: Snapshot, _: Sequence[Snapshot]) -> Iterator[Measure]:
    yield from _doubled_people(now)
    yield _phase_days(now)


def _phase_days(now: Snapshot) -> Measure:
    """Days that the council has set for a phase transfer, where regulation 18 sets another.

    By the year group of the month of birth; the day before each limit is one reading of "before".
    `ehc_plans` knows the same moves.
    """
    column = "phasetransferduedate"
    plans = now.table("activeplans")[["requeststableid", column, "source_row"]].dropna()
    plans = plans.merge(now.table("requests")[["requeststableid", "persontableid"]])
    plans = plans.merge(now.table("person")[["persontableid", "birth_month"]])
    due, born = plans[column].dt, plans["birth_month"].dt
    group = due.year - (due.month < 9) - born.year - (born.month > 8) - 4
    day = due.month * 100 + due.day
    is_right = group.between(-2, 8) & group.ne(1) & day.isin([214, 215])
    is_right |= group.ge(11) & day.isin([330, 331])
    is_right |= group.gt(11) & day.eq(401)
    wrong = plans[~is_right]
    return Measure("phase days", "activeplans", column, len(wrong), len(plans), _places(wrong))


def _doubled_people(now: Snapshot) -> Iterator[Measure]:
    """People with more than one open plan; requests within six months of the one before."""
    plans = _plans(now).query("is_open")
    second = plans[plans["person"].duplicated(keep=False)]
    twice, people = second["person"].nunique(), plans["person"].nunique()
    yield Measure("second plans", "namedplan", "", twice, people, _places(second))
    requests = _requests(now).sort_values(["person", "receiveddate", "source_row"])
    last = requests.groupby("person")["receiveddate"].shift()
    again = requests[requests["receiveddate"].le(last + pd.DateOffset(months=6))]
    yield Measure("requests again", "requests", "", len(again), len(requests), _places(again))


def _places(rows: pd.DataFrame) -> tuple[int, ...]:
    return tuple(sorted(rows["source_row"].tolist()))


def _unknown_cases(now: Snapshot, beside: Sequence[Snapshot]) -> Iterator[Measure]:
    """Rows whose case number the casework of the month does not have."""
    table = now.contract.tables[0]
    column = next(column.lake_name for column in table.columns if column.domain == "case")
    known = {case for one in beside for case in one.table("requests")["case_id"].dropna()}
    given = now.table(table.name).dropna(subset=[column])
    unknown = given[~given[column].isin(known)]
    if known:
        count, total = len(unknown), len(given)
        yield Measure("unknown cases", table.name, column, count, total, _places(unknown))


def _young_people(now: Snapshot, _: Sequence[Snapshot]) -> Iterator[Measure]:
    """Activities that have lapsed: by what the return says, else by the day they were due to."""
    cohort = _cohort(now, now.academic_year)
    is_due = cohort["due_to_lapse_date"].lt(now.end)
    expired = cohort["currency_lapsed"].astype("boolean").fillna(is_due.astype("boolean"))
    yield Measure("expired", "young_people", "", int(expired.sum()), len(cohort))
    aside = now.set_aside()
    uncoded = tuple(sorted({*aside.loc[aside["rule"].eq("R-CODE"), "source_row"].tolist()}))
    landed = len(now.table("young_people")) + len(uncoded)
    yield Measure("uncoded", "young_people", "", len(uncoded), landed, uncoded)


def _shared_children(now: Snapshot, beside: Sequence[Snapshot]) -> Iterator[Measure]:
    """Children with an open referral here and one with another provider."""
    everywhere = pd.concat(map(_open_referrals, [now, *beside])).dropna(subset=["nhs_id"])
    providers = everywhere.groupby("nhs_id")["provider_code"].nunique()
    here = _open_referrals(now)["nhs_id"].dropna().drop_duplicates()
    shared = int(here.isin(providers.index[providers > 1]).sum())
    yield Measure("shared children", "referrals", "", shared, len(here))


def _links(now: Snapshot, beside: Sequence[Snapshot]) -> Iterator[Measure]:
    """Council people with a number of their own whom the map gives no NHS number."""
    identities = now.table("identities")
    is_current = identities["valid_from"].le(now.end) & ~identities["valid_to"].lt(now.end)
    current, numbers = identities[is_current], ["upn_id", "uln_id"]
    people = [one.table("person")[numbers].dropna(how="all").drop_duplicates() for one in beside]
    if people and len(council := pd.concat(people)):
        known = [council[n].isin(current[n].dropna()) for n in numbers]
        unlinked = int((~pd.concat(known, axis=1).any(axis=1)).sum())
        yield Measure("unlinked", "identities", "", unlinked, len(council))


_SINCE: dict[str, Callable[[Snapshot, Snapshot], Iterator[Measure]]] = {
    "sen2_ehc": _lost_plans,
    "nd_pathway": _lost_referrals,
    "cyp_mh": _lost_referrals,
    "ccis": _moved_cohort,
}
_OF_FEED: dict[str, Callable[[Snapshot, Sequence[Snapshot]], Iterator[Measure]]] = {
    "sen2_ehc": _casework,
    "annual_reviews": _unknown_cases,
    "ehc_advice": _unknown_cases,
    "tribunals": _unknown_cases,
    "ccis": _young_people,
    "nd_pathway": _shared_children,
    "identity_map": _links,
}


def compared(measured: pd.DataFrame) -> pd.DataFrame:
    """Set every count beside what the sender's snapshots before say.

    Args:
        measured: One row per `Measure`, with `PLACE` beside it.

    Returns:
        The rows in a stable order, with `share` (count of total) and `usual` (what the sender's
        three snapshots before say).
    """
    order = [*PLACE, "matter", "table", "column"]
    found = measured.sort_values(order, kind="stable", ignore_index=True)
    found["share"] = (found["count"] / found["total"].where(found["total"] > 0)).astype(float)
    return found.assign(usual=_usual(found))


def _usual(found: pd.DataFrame) -> pd.Series:
    """The median of the three before; of events the least of the last three months with any."""
    usual = pd.Series(np.nan, index=found.index)
    for matter, values in (("rows", "count"), ("identified", "share"), ("life", "count")):
        of_matter = found[found["matter"].eq(matter)]
        series = of_matter.groupby(["feed", "sender", "table"], sort=False)[values]
        usual.update(series.transform(_least_alive if matter == "life" else _median))
    return usual


def _median(values: pd.Series) -> pd.Series:
    return values.rolling(BEFORE).median().shift()


def _least_alive(values: pd.Series) -> pd.Series:
    """A month without life is no measure of the next: the last living ones are."""
    alive = values[values > 0].rolling(BEFORE).min()
    return alive.reindex(values.index).ffill().shift()
