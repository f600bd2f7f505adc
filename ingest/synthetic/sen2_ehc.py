"""The EHC casework extract: eight tables a month, cut from the cases."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .days import NEVER, academic_ages, academic_years, iso, month_end, september
from .days import day as to_day
from .ehc_advice import requested
from .ehc_people import is_open, needs, placements, setting_columns, uln_on, upn_on
from .randomness import Draws

COLUMNS: dict[str, tuple[str, ...]] = {
    "person": (
        "persontableid", "surname", "forename", "personbirthdate", "sex", "ethnicity", "postcode",
        "upn", "uniquelearnernumber", "upnunknown",
    ),
    "requests": (
        "requeststableid", "persontableid", "case_id", "receiveddate", "requestsource", "rya",
        "requestoutcomedate", "requestoutcome", "requestmediation", "requesttribunal", "exported",
        "apdr_cycles_evidenced",
    ),
    "assessment": (
        "assessmenttableid", "requeststableid", "assessmentoutcome", "assessmentoutcomedate",
        "week20", "week20_ground", "assessmentmediation", "assessmenttribunal", "othermediation",
        "othertribunal",
    ),
    "namedplan": (
        "namedplantableid", "assessmenttableid", "startdate", "planres", "planwbp", "pb", "oa",
        "dp", "ceasedate", "ceasereason",
    ),
    "plandetail": (
        "plandetailtableid", "namedplantableid", "urn", "ukprn", "sensetting", "sensettingother",
        "placementrank", "senunitindicator", "resourcedprovisionindicator",
    ),
    "activeplans": (
        "activeplanstableid", "requeststableid", "transferla", "reviewmeeting", "reviewoutcome",
        "reviewdraft", "lastreview", "phasetransferduedate", "phasetransferfinaldate",
    ),
    "placementdetail": (
        "placementdetailtableid", "activeplanstableid", "urn", "ukprn", "sensetting",
        "sensettingother", "placementrank", "entrydate", "leavingdate", "senunitindicator",
        "resourcedprovisionindicator", "res", "wbp",
    ),
    "senneed": ("senneedtableid", "activeplanstableid", "sentype", "sentyperank"),
}  # fmt: skip
"""The columns of each table; the first is its key, the second (but in person) its parent's key."""

DATES = (
    "personbirthdate", "receiveddate", "requestoutcomedate", "assessmentoutcomedate", "startdate",
    "ceasedate", "reviewmeeting", "reviewdraft", "lastreview", "phasetransferduedate",
    "phasetransferfinaldate", "entrydate", "leavingdate",
)  # fmt: skip

PARENTS = {
    "placementdetail": "activeplans", "senneed": "activeplans", "plandetail": "namedplan",
    "namedplan": "assessment", "assessment": "requests", "activeplans": "requests",
    "requests": "person",
}  # fmt: skip
"""The table above each table, the deepest first."""

_REQUEST_DAYS, _PLAN_DAYS = 1096, 730
_NEIGHBOURS = np.array(["343", "876", "896", "340", "341"], dtype=object)
"""Codes of councils nearby, from which families move."""


def snapshot(
    cases: pd.DataFrame, reviews: pd.DataFrame, disputes: pd.DataFrame, month: str, draws: Draws
) -> dict[str, pd.DataFrame]:
    """Cut who asked in the last three years or had a plan in the last two, as at the month end.

    Args:
        cases: as ``ehc_people.add_people`` leaves them, with the area in ``area``.
        reviews: of ``annual_reviews.simulate``.
        disputes: of ``tribunals.simulate``.
        month: ``YYYY-MM``.
        draws: the area's stream of EHC cases.

    Returns:
        The eight tables of ``COLUMNS``, each in the order of its parent's rows; text, ISO dates,
        '' for missing. Table ids count from 1 in file order and change with every month.
    """
    day = month_end(month)
    seen = _in_scope(cases, day, month, draws)
    people = seen[~seen.person.duplicated()]
    person_id = pd.Series(np.arange(1, len(people) + 1), index=people.person)
    seen["parent"] = person_id.loc[seen.person].astype(str).to_numpy()
    tables = {"person": _people(people, day), "requests": _requests(seen, disputes, day)}
    seen["request_id"] = tables["requests"].requeststableid.to_numpy()
    assessed = seen[(seen.assessed_from <= day) | (seen.decision == "H")]
    tables["assessment"] = _assessments(assessed, disputes, day, draws)
    planned = assessed[assessed.start <= day]
    plan_parent = tables["assessment"].assessmenttableid[(assessed.start <= day).to_numpy()]
    tables["namedplan"] = _plans(planned, plan_parent.to_numpy(), day, draws)
    tables["plandetail"] = _details(planned, day, draws)
    active = seen[is_open(seen, day)]
    tables["activeplans"] = _active(active, reviews, day, draws)
    tables["placementdetail"] = _placements(active, day, draws)
    tables["senneed"] = _needs(active, draws)
    return {name: _in_columns(rows, name) for name, rows in tables.items()}


def _in_scope(cases: pd.DataFrame, day: int, month: str, draws: Draws) -> pd.DataFrame:
    """Keep the cases of an export, in an order of its own, a person's together."""
    is_recent = (cases.kind == "request") & (cases.received > day - _REQUEST_DAYS)
    had_plan = (cases.start <= day) & (cases.cease > day - _PLAN_DAYS)
    seen = cases[(cases.since <= day) & (is_recent | had_plan)].copy()
    seen["order"] = draws.each(f"order {month}", seen.person.to_numpy())
    return seen.sort_values(["order", "serial"])


def _in_columns(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Number the rows, and put the columns in the order of the export."""
    rows = rows.reset_index(drop=True)
    rows[COLUMNS[name][0]] = np.arange(1, len(rows) + 1).astype(str)
    return rows[list(COLUMNS[name])].astype(object)


def _ids(rows: pd.DataFrame) -> np.ndarray:
    return np.arange(1, len(rows) + 1).astype(str)


def _people(people: pd.DataFrame, day: int) -> pd.DataFrame:
    upn, uln = upn_on(people, day), uln_on(people, day)
    is_young = day - people.birth < 6 * 365
    is_refused = (people.decision == "N") & (people.decided <= day)
    reason = np.where(is_refused, "UN10", np.where(is_young, "UN1", "UN8"))
    return pd.DataFrame({
        "surname": "Invented", "forename": "Child", "personbirthdate": iso(people.birth),
        "sex": people.sex, "ethnicity": people.ethnicity, "postcode": people.postcode, "upn": upn,
        "uniquelearnernumber": uln, "upnunknown": np.where((upn == "") & (uln == ""), reason, ""),
    })  # fmt: skip


def _requests(seen: pd.DataFrame, disputes: pd.DataFrame, day: int) -> pd.DataFrame:
    is_requested, is_won = seen.kind == "request", seen.overturned <= day
    decision = np.where(is_won, "Y", np.where(seen.decided <= day, seen.decision, "A"))
    decided = seen.decided.where(~is_won, seen.overturned)
    is_decided = seen.decided <= day
    mediated, appealed = _disputed(seen, disputes, ("refuse_assess",), day)
    return pd.DataFrame({
        "requeststableid": _ids(seen), "persontableid": seen.parent, "case_id": seen.case_id,
        "receiveddate": iso(seen.received), "requestsource": seen.source,
        "rya": np.where(is_requested, "0", ""), "requestoutcomedate": iso(decided, day),
        "requestoutcome": np.where(is_requested, decision, "H"),
        "requestmediation": np.where(is_decided, mediated, ""),
        "requesttribunal": np.where(is_decided, appealed, ""),
        "exported": seen.exported.where(is_decided, ""),
        "apdr_cycles_evidenced": seen.cycles.where(seen.source == "2", ""),
    })  # fmt: skip


def _disputed(
    seen: pd.DataFrame, disputes: pd.DataFrame, kinds: tuple[str, ...], day: int
) -> tuple[np.ndarray, np.ndarray]:
    """Tell as 1 and 0 which cases went to mediation, and which to the tribunal, by a day."""
    of_kind = disputes[disputes.appeal_type.isin(kinds)]
    mediated = seen.index.isin(of_kind.place[of_kind.asked <= day])
    appealed = seen.index.isin(of_kind.place[of_kind.registered <= day])
    return np.where(mediated, "1", "0"), np.where(appealed, "1", "0")


def _assessments(
    assessed: pd.DataFrame, disputes: pd.DataFrame, day: int, draws: Draws
) -> pd.DataFrame:
    is_settled, is_agreed = assessed.decision == "H", assessed.agreed <= day
    outcome = np.where(is_agreed, assessed.finding, "A")
    ground = _grounds(assessed, draws)
    mediated, appealed = _disputed(assessed, disputes, ("refuse_issue",), day)
    contents = ("content_B", "content_F", "placement_I", "disability")
    other_mediated, other_appealed = _disputed(assessed, disputes, contents, day)
    return pd.DataFrame({
        "assessmenttableid": _ids(assessed), "requeststableid": assessed.request_id,
        "assessmentoutcome": np.where(is_settled, "H", outcome),
        "assessmentoutcomedate": iso(assessed.agreed, day),
        "week20": np.where(is_settled, "", np.where(is_agreed & (ground != ""), "1", "0")),
        "week20_ground": np.where(is_agreed, ground, ""),
        "assessmentmediation": mediated, "assessmenttribunal": appealed,
        "othermediation": other_mediated, "othertribunal": other_appealed,
    })  # fmt: skip


def _grounds(assessed: pd.DataFrame, draws: Draws) -> np.ndarray:
    """Record an exception for a few: a closed school where advice was asked for in summer."""
    serial = assessed.serial.to_numpy()
    asked = requested(serial, assessed.assessed_from.to_numpy(), draws)
    in_year = asked - (september(academic_years(asked) + 1) - 365)
    is_closed = (in_year >= 318) & (in_year <= 356)
    luck = draws.each("exception", serial)
    ground = np.where(luck < 0.0015, "c", np.where(luck < 0.003, "d", ""))
    at_school = np.where(asked - assessed.birth.to_numpy() < 4 * 365, "b", "a")
    return np.where(is_closed & (luck > 0.97), at_school, ground)


def _plans(planned: pd.DataFrame, parent: np.ndarray, day: int, draws: Draws) -> pd.DataFrame:
    serial, has_ceased = planned.serial.to_numpy(), planned.cease <= day
    budget = draws.pick("budget", serial, {"": 965, "oa": 10, "dp": 25})
    return pd.DataFrame({
        "namedplantableid": _ids(planned), "assessmenttableid": parent,
        "startdate": iso(planned.start), "planres": _residential(serial, draws),
        "planwbp": _work_based(planned, day, draws),
        "pb": np.where(budget == "", "0", "1"), "oa": np.where(budget == "oa", "1", "0"),
        "dp": np.where(budget == "dp", "Y", "N"), "ceasedate": iso(planned.cease, day),
        "ceasereason": planned.cease_reason.where(has_ceased, ""),
    })  # fmt: skip


def _residential(serial: np.ndarray, draws: Draws) -> np.ndarray:
    return draws.pick("residential", serial, {"": 990, "A": 7, "B": 3})


def _work_based(cases: pd.DataFrame, day: int, draws: Draws) -> np.ndarray:
    """Name work-based learning for a few young people; the area reported no internship in 2025."""
    age = academic_ages(cases.birth.to_numpy(), np.full(len(cases), day))
    kind = draws.pick("work", cases.serial.to_numpy(), {"": 980, "SINT": 8, "APP": 8, "TRAIN": 4})
    return np.where(age >= 16, kind, "")


def _details(planned: pd.DataFrame, day: int, draws: Draws) -> pd.DataFrame:
    """Name the setting of the first placement; none where the child was still without one."""
    begun = planned.start.to_numpy()
    placed = _placed_each(planned, begun, draws)
    area = int(planned.area.iloc[0]) if len(planned) else 1
    rows = pd.DataFrame(setting_columns(placed, area))
    rows["namedplantableid"] = _ids(planned)
    rows["placementrank"] = "1"
    return rows[(placed.kind != "").to_numpy()]


def _placed_each(planned: pd.DataFrame, begun: np.ndarray, draws: Draws) -> pd.DataFrame:
    """Place each child on the day on which its own plan began."""
    years, parts = academic_years(begun), []
    for year in np.unique(years):
        these = planned[years == year]
        placed = placements(these, int(september(np.array([year]))[0]), draws)
        parts.append(placed.set_index(np.flatnonzero(years == year)))
    return pd.concat(parts).sort_index()


def _active(active: pd.DataFrame, reviews: pd.DataFrame, day: int, draws: Draws) -> pd.DataFrame:
    held = reviews[reviews.meeting <= day]
    last = held.sort_values(["place", "nth"]).groupby("place").last().reindex(active.index)
    last = last.fillna({"meeting": NEVER, "decided": NEVER, "recorded": NEVER, "notice": NEVER})
    last = last.assign(decision=last.decision.fillna(""))
    due, final = _phase_transfer(active, held, day)
    is_new = active.since > day - 365
    origin = _NEIGHBOURS[draws.days("origin", active.serial.to_numpy(), 0, len(_NEIGHBOURS) - 1)]
    return pd.DataFrame({
        "activeplanstableid": _ids(active), "requeststableid": active.request_id,
        "transferla": np.where((active.kind == "transfer") & is_new, origin, ""),
        "reviewmeeting": iso(last.meeting.astype(np.int64), day),
        "reviewoutcome": last.decision.where(last.recorded <= day, "").to_numpy(),
        "reviewdraft": iso(last.notice.astype(np.int64), day),
        "lastreview": iso(last.decided.astype(np.int64), day),
        "phasetransferduedate": iso(due), "phasetransferfinaldate": iso(final, day),
    })  # fmt: skip


def _phase_transfer(
    active: pd.DataFrame, held: pd.DataFrame, day: int
) -> tuple[np.ndarray, np.ndarray]:
    """Give when a plan is due for the next phase, and when it was amended for it.

    Due on 15 February of Year 6 and before reception, on 31 March of Year 11 (regulation 18).
    """
    year = int(academic_years(np.array([day]))[0])
    age = academic_ages(active.birth.to_numpy(), np.full(len(active), day))
    begins = int(september(np.array([year]))[0])
    winter, spring = to_day(f"{year + 1}-02-15"), to_day(f"{year + 1}-03-31")
    due = np.where(np.isin(age, [3, 10]), winter, np.where(age == 15, spring, NEVER))
    due = np.where(active.start.to_numpy() < winter - 60, due, NEVER)
    this_year = held[(held.meeting >= begins - 120) & (held.final < NEVER) & (held.final >= begins)]
    final = this_year.groupby("place").final.last().reindex(active.index).fillna(NEVER)
    return due, np.where(due < NEVER, final.to_numpy().astype(np.int64), NEVER)


def _placements(active: pd.DataFrame, day: int, draws: Draws) -> pd.DataFrame:
    """Give each open plan's placement, the one it left this school year, and a second for some."""
    area = int(active.area.iloc[0]) if len(active) else 1
    parent = _ids(active)
    begins = int(september(academic_years(np.array([day])))[0])
    now, before = placements(active, day, draws), placements(active, begins - 1, draws)
    has_left = (now.entered == begins) & (active.start < begins - 60).to_numpy()
    has_left &= (before.kind != "").to_numpy() & (active.since < begins - 60).to_numpy()
    other = now.assign(number=(now.number + 1).clip(upper=129))
    is_dual = (draws.each("dual", active.serial.to_numpy()) < 0.02) & (now.number >= 0).to_numpy()
    parts = []
    for placed, kept, rank, left in (
        (now, (now.kind != "").to_numpy(), "1", NEVER),
        (before, has_left.to_numpy(), "1", begins - 1),
        (other, is_dual, "2", NEVER),
    ):
        rows = pd.DataFrame(setting_columns(placed, area)).assign(
            activeplanstableid=parent, placementrank=rank, entrydate=iso(placed.entered),
            leavingdate=iso(np.full(len(placed), left)), rank_order=parent.astype(np.int64),
            res=np.where(placed.number >= 0, _residential(active.serial.to_numpy(), draws), ""),
            wbp=np.where(placed.number >= 0, _work_based(active, day, draws), ""),
        )  # fmt: skip
        parts.append(rows[kept])
    return pd.concat(parts).sort_values(["rank_order", "placementrank", "entrydate"])


def _needs(active: pd.DataFrame, draws: Draws) -> pd.DataFrame:
    first, second = needs(active, draws)
    parent = _ids(active)
    rows = pd.DataFrame({
        "activeplanstableid": np.append(parent, parent), "sentype": np.append(first, second),
        "sentyperank": np.repeat(["1", "2"], len(active)),
    })  # fmt: skip
    rows = rows[rows.sentype != ""]
    return rows.iloc[np.argsort(rows.activeplanstableid.astype(int), kind="stable")]
