"""The children that an area's feeds are about: those of the simulation, and the others at school.

Feeds that name an NHS number are about the children whom the services know. All others are about
the council's: who has a case for an education, health and care plan, and pupils without one. The
older of these are the careers service's own; both are fewer than in life, since the pupil numbers
kept for tests do not suffice for every pupil of an area.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from .ccis import school_year
from .days import Days, academic_ages, academic_years, birthdays, september
from .ehc_people import ETHNICITIES, SETTINGS, needs, placed_in
from .identifiers import nhs_numbers, postcodes, pupil_numbers, setting_urns
from .population import Known
from .randomness import Draws

_FIRST_YEAR, _LAST_OF_CAREERS, _LAST_YEAR = 2022, 2031, 2045
"""Years of Year 11 of the pupils without a case: up to the first the careers service has their
numbers, and the last are born in 2028 and 2029."""

_FREE_FROM, _FREE_TO = 5_000 + 14_300, 39_000
"""Serials of pupil numbers between the requests of the local area, 13,800 until 2030, and the
transfers."""

_PUPILS = 1_077
"""Pupils of one school year with a number, as many as the careers service has."""

_SUPPORTED = 0.15
"""Share of the pupils without a plan who have SEN support (DfE, the local area, January 2025); of
those with a case but without a plan most have it."""
_SUPPORTED_AFTER_REQUEST = 0.8

_CASES_FROM = 1_000_000
"""Keys of the children with a case; below lie those of the pupils without one."""

_FIXED = ("sex", "ethnicity", "postcode", "upn", "uln")
_OF_CASES = (
    "start", "since", "cease", "upn_known", "upn_changes", "upn_in_passing", "child",
    "known_since", "case_id",
)  # fmt: skip

Facts = dict[str, np.ndarray]


@dataclass(frozen=True)
class Roll:
    """Children in a fixed order, and what is true of them on a day."""

    key: Days
    birth: Days
    since: Days
    """Day from which anybody knows the child."""
    facts: Callable[[np.ndarray, Days], Facts]
    """From places in the roll and a day for each: text by attribute, '' for none, and ``birth``."""


def patients(known: Known, cases: pd.DataFrame, area: int, draws: Draws) -> Roll:
    """The children whom the NHS knows; of those with a case the council's facts hold."""
    of_case = cases[(cases.child >= 0) & (cases.person == cases.serial)].set_index("child")
    listed = of_case.reindex(known.child)
    own = {
        "sex": draws.pick("sex", known.child, {"M": 58, "F": 42}),
        "ethnicity": draws.pick("ethnicity", known.child, ETHNICITIES),
        "postcode": postcodes(draws.each("postcode", known.child)),
    }
    fixed = {
        name: np.where(listed.since.isna(), values, listed[name]) for name, values in own.items()
    }
    fixed["nhs_number"] = nhs_numbers(known.child, area)
    fixed["own_number"] = _numbered("N", area, known.child)

    def facts(place: np.ndarray, day: Days) -> Facts:
        return {name: values[place] for name, values in fixed.items()} | _ages(
            known.birth[place], day
        )

    return Roll(known.child, known.birth, known.since, facts)


def pupils(cases: pd.DataFrame, area: int, scale: float, draws: Draws, ehc: Draws) -> Roll:
    """The children whom the council knows; ``ehc`` is the stream of its cases."""
    others = without_case(area, scale, draws, ehc)
    council = _Council(cases.reset_index(drop=True), others, area, draws, ehc)
    return Roll(council.key, council.birth, council.since, council.facts)


def without_case(area: int, scale: float, draws: Draws, ehc: Draws) -> pd.DataFrame:
    """Give the pupils without a case: ``school_year`` with ``sex``, ``ethnicity``, ``postcode``."""
    years = [
        school_year(year, area, scale, ehc) for year in range(_FIRST_YEAR, _LAST_OF_CAREERS + 1)
    ]
    younger = range(_LAST_OF_CAREERS + 1, _LAST_YEAR + 1)
    free = round(_FREE_TO - 5_000 - (_FREE_FROM - 5_000) * scale) // len(younger)
    size = min(round(_PUPILS * scale), free)
    for nth, year in enumerate(younger):
        rows = school_year(year, area, scale, ehc, is_numbered=False).iloc[::3][:size]
        serial = _FREE_TO - (nth + 1) * size + np.arange(len(rows))
        years.append(rows.assign(upn=pupil_numbers(serial, area)))
    rows = pd.concat(years, ignore_index=True)
    rows = rows[rows.upn != ""].reset_index(drop=True)
    key = rows.key.to_numpy()
    rows["sex"] = draws.pick("sex", key, {"M": 49.5, "F": 50.5})
    rows["ethnicity"] = draws.pick("ethnicity", key, ETHNICITIES)
    rows["postcode"] = postcodes(draws.each("postcode", key))
    return rows


@dataclass
class _Council:
    """The council's children, with a case first. Of two cases of a child the second one holds from
    the day on which it comes; earlier it is not known, however long the simulation runs."""

    cases: pd.DataFrame
    others: pd.DataFrame
    area: int
    draws: Draws
    ehc: Draws
    _schools: dict[int, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        serial = self.cases.serial.to_numpy()
        is_first = (self.cases.person == self.cases.serial).to_numpy()
        self.first = np.flatnonzero(is_first)
        again = pd.Series(np.flatnonzero(~is_first), index=self.cases.person[~is_first])
        self.second = again.reindex(serial[self.first]).fillna(-1).to_numpy(np.int64)
        of_first = self.cases.iloc[self.first]
        self.key = np.concatenate([_CASES_FROM + serial[self.first], self.others.key])
        self.birth = np.concatenate([of_first.birth, self.others.birth]).astype(np.int64)
        since = np.concatenate([of_first.since, birthdays(self.others.birth.to_numpy(), 2)])
        self.since = since.astype(np.int64)
        self.fixed = {
            name: np.concatenate([of_first[name], self.others[name]]) for name in _FIXED
        } | {"own_number": _numbered("P", self.area, self.key)}
        self.case = {name: self.cases[name].to_numpy() for name in _OF_CASES}
        self.case["need"] = needs(self.cases, self.ehc)[0]
        self.case["begun"] = np.maximum(self.case["start"], self.case["since"])

    def facts(self, place: np.ndarray, day: Days) -> Facts:
        """What the council knows of children on a day."""
        has_case = place < len(self.first)
        at = self._case_on(np.where(has_case, place, 0), day)
        case = {name: values[at] for name, values in self.case.items()}
        fixed = {name: values[place] for name, values in self.fixed.items()}
        has_plan = has_case & (case["begun"] <= day) & (case["cease"] > day)
        is_numbered = ~has_case | (case["upn_known"] <= day)
        in_passing = has_case & (case["upn_changes"] > day)
        upn = np.where(in_passing, case["upn_in_passing"], fixed["upn"])
        is_patient = has_case & (case["child"] >= 0) & (case["known_since"] <= day)
        nhs = nhs_numbers(np.maximum(case["child"], 0), self.area)
        luck = self.draws.each("support", self.key[place])
        is_supported = luck < np.where(has_case, _SUPPORTED_AFTER_REQUEST, _SUPPORTED)
        birth = self.birth[place]
        told = {
            "upn": np.where(is_numbered, upn, ""),
            "uln": np.where(birthdays(birth, 16) <= day, fixed["uln"], ""),
            "nhs_number": np.where(is_patient, nhs, ""),
            "case_id": np.where(has_case, case["case_id"], ""),
            "has_plan": np.where(has_plan, "1", "0"),
            "primary_need": np.where(has_plan, case["need"], ""),
            "sen_provision": np.where(has_plan, "E", np.where(is_supported, "K", "N")),
            "school": self._schools_on(place, day),
        }
        return fixed | told | _ages(birth, day)

    def _case_on(self, place: np.ndarray, day: Days) -> np.ndarray:
        second = self.second[place]
        has_come = (second >= 0) & (self.case["since"][second] <= day)
        return np.where(has_come, second, self.first[place])

    def _schools_on(self, place: np.ndarray, day: Days) -> np.ndarray:
        """URN of the setting on a day; '' for who is in none."""
        years, urns = academic_years(day), np.full(len(place), "", dtype=object)
        has_case = place < len(self.first)
        case = self._case_on(np.where(has_case, place, 0), day)
        at = np.where(has_case, case, len(self.cases) + place - len(self.first))
        for year in np.unique(years).tolist():
            if year not in self._schools:
                self._schools[year] = self._schools_in(year)
            is_then = years == year
            urns[is_then] = self._schools[year][at[is_then]]
        return urns

    def _schools_in(self, year: int) -> np.ndarray:
        """URN of each case's setting in an academic year, then of each other pupil's."""
        number = placed_in(self.cases, year, self.ehc).number.to_numpy()
        age = academic_ages(self.others.birth.to_numpy(), september(np.array([year])))
        numbers = np.full(len(self.others), -1)
        for kind, is_of in (
            ("early_years", age <= 3),
            ("primary", (age > 3) & (age <= 10)),
            ("secondary", (age > 10) & (age <= 15)),
            ("further_education", age > 15),
        ):
            low, high = SETTINGS[kind]
            choice = self.draws.days(f"at {kind}", self.others.key.to_numpy(), low, high - 1)
            numbers = np.where(is_of, choice, numbers)
        together = np.concatenate([number, numbers])
        return np.where(together >= 0, setting_urns(np.maximum(together, 0), self.area), "")


def _ages(birth: Days, day: Days) -> Facts:
    """Birth date and what follows from it. Year 0 is reception."""
    group = np.clip(academic_ages(birth, day) - 4, -2, 14)
    age = whole_years(birth, day)
    return {"birth": birth, "year_group": group.astype(str), "age": age.astype(str)}


def whole_years(birth: Days, day: Days) -> Days:
    """Age on a day; who was born on 29 February is a year older on 1 March."""
    born = np.asarray(birth).astype("datetime64[D]")
    years = 1970 + born.astype("datetime64[Y]").astype(np.int64)
    this = 1970 + np.asarray(day).astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)
    age = this - years
    return age - (birthdays(birth, age) > day)


def _numbered(letter: str, area: int, numbers: Days) -> np.ndarray:
    return np.array([f"{letter}{area:03d}{number:08d}" for number in numbers], dtype=object)
