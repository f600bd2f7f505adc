"""Who the council's cases are: the children, their numbers, their schools."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .days import NEVER, academic_ages, academic_years, birthdays, september
from .identifiers import (
    UPN_BLOCK,
    learner_numbers,
    postcodes,
    pupil_numbers,
    setting_urns,
)
from .randomness import Draws

SETTINGS = {
    "early_years": (0, 10), "primary": (10, 80), "secondary": (80, 100), "special": (100, 112),
    "independent_special": (112, 118), "further_education": (118, 122),
    "specialist_post_16": (122, 125), "alternative_provision": (125, 127),
    "out_of_area": (127, 130),
}  # fmt: skip
"""An area's 130 settings by kind: first number and the one after the last."""

ETHNICITIES = {
    "WBRI": 912, "WIRI": 2, "WIRT": 1, "WROM": 1, "WOTH": 10, "MWBC": 8, "MWBA": 7, "MWAS": 9,
    "MOTH": 12, "AIND": 4, "APKN": 2, "ABAN": 5, "AOTH": 5, "CHNE": 2, "BCRB": 1, "BAFR": 5,
    "BOTH": 2, "OOTH": 5, "NOBT": 5, "REFU": 2,
}  # fmt: skip
"""Close to the requests of 2023 and 2024 by ethnic group."""

_NEEDS = {
    6: {"SLCN": 48, "ASD": 24, "SEMH": 8, "SLD": 9, "PMLD": 3, "PD": 3, "OTH": 2, "MLD": 1,
        "MSI": 1, "HI": 1},
    10: {"SLCN": 26, "SEMH": 24, "ASD": 20, "SLD": 14, "SPLD": 6, "MLD": 5, "PD": 2, "OTH": 2,
         "VI": 1},
    18: {"SEMH": 34, "ASD": 25, "SLCN": 11, "SLD": 9, "MLD": 9, "SPLD": 7, "PD": 2, "OTH": 2,
         "HI": 1},
    99: {"ASD": 28, "SEMH": 26, "SLD": 13, "MLD": 13, "SPLD": 9, "SLCN": 6, "OTH": 4, "PMLD": 1},
}  # fmt: skip
"""Primary need up to an age, as in the plans of January 2025 (DfE)."""

_NEET_FROM = {16: 0.09, 17: 0.19, 18: 0.33, 19: 0.43}
"""Share of plan holders not in education or work by academic age, 0.53 from 20 on, so that 8 to 9
per cent of all plans carry the setting NEET, as in January 2025."""


def add_people(cases: pd.DataFrame, area: int, draws: Draws) -> pd.DataFrame:
    """Add to each case what is true of its child, whichever month is asked.

    Adds ``case_id``, ``sex``, ``ethnicity``, ``postcode``, ``upn`` (permanent), ``upn_in_passing``
    ('' for most), ``upn_changes`` (day from which the permanent number is used), ``upn_known``
    (day from which the council has a number), ``uln`` and ``uln_known``.
    """
    person, serial = cases.person.to_numpy(), cases.serial.to_numpy()
    cases["case_id"] = [f"EHC{area:03d}{number:06d}" for number in serial]
    cases["sex"] = draws.pick("sex", person, {"M": 61.5, "F": 38.2, "U": 0.3})
    cases["ethnicity"] = draws.pick("ethnicity", person, ETHNICITIES)
    cases["postcode"] = postcodes(draws.each("postcode", person))
    cases["upn"] = pupil_numbers(person, area)
    cases["uln"] = learner_numbers(person, area)
    cases["uln_known"] = birthdays(cases.birth.to_numpy(), 16)
    is_first = (cases.person == cases.serial) & (cases.kind == "request")
    is_passing = is_first & (draws.each("passing", serial) < 0.03)
    number = UPN_BLOCK + np.cumsum(is_passing)
    cases["upn_in_passing"] = np.where(is_passing, pupil_numbers(number.to_numpy(), area), "")
    changes = cases.received + draws.days("passing ends", serial, 150, 600)
    cases["upn_changes"] = changes.where(is_passing, -NEVER)
    is_young = (cases.received - cases.birth < 5 * 365) & (draws.each("young", serial) < 0.6)
    is_young &= is_first
    is_late = is_young | ((cases.kind == "request") & ~is_first)
    cases["upn_known"] = cases.assessed_from.where(is_late, -NEVER)
    first = cases.set_index("serial")
    for name in ("upn_in_passing", "upn_changes"):
        cases[name] = first.loc[person, name].to_numpy()
    cases["upn_known"] = cases.groupby("person").upn_known.transform("min")
    return cases


def upn_on(cases: pd.DataFrame, day: int) -> np.ndarray:
    """Give each case's UPN as the council has it on a day; '' where it has none yet."""
    upn = cases.upn.where(cases.upn_changes <= day, cases.upn_in_passing)
    return upn.where(cases.upn_known <= day, "").to_numpy()


def uln_on(cases: pd.DataFrame, day: int) -> np.ndarray:
    """Give each case's ULN on a day; '' below 16."""
    return np.where(cases.uln_known <= day, cases.uln, "")


def is_open(cases: pd.DataFrame, day: int) -> pd.Series:
    """Tell which plans the council maintains on a day."""
    return (cases.start <= day) & (cases.since <= day) & (cases.cease > day)


def needs(cases: pd.DataFrame, draws: Draws) -> tuple[np.ndarray, np.ndarray]:
    """Give each case's primary and secondary need; the secondary is '' for half of the cases."""
    serial = cases.serial.to_numpy()
    age = ((np.minimum(cases.start, cases.received + 400) - cases.birth) // 365.25).to_numpy()
    first = np.full(len(cases), "", dtype=object)
    second = first.copy()
    for limit in sorted(_NEEDS, reverse=True):
        of_age = age <= limit
        first = np.where(of_age, draws.pick("need", serial, _NEEDS[limit]), first)
        second = np.where(of_age, draws.pick("other need", serial, _NEEDS[limit]), second)
    return first, np.where((second != first) & (draws.each("two", serial) < 0.7), second, "")


def placements(cases: pd.DataFrame, day: int, draws: Draws) -> pd.DataFrame:
    """Say where each child with a plan is on a day.

    Returns:
        One row per case, in its order: ``kind`` (of ``SETTINGS``, a code for an arrangement
        without a setting, '' for none), ``number`` (of the setting, -1 without), ``entered``.
    """
    year = int(academic_years(np.array([day]))[0])
    now = placed_in(cases, year, draws)
    entered = np.full(len(cases), year)
    is_same = np.ones(len(cases), dtype=bool)
    for back in range(1, 9):
        before = placed_in(cases, year - back, draws)
        is_same &= (before.kind == now.kind).to_numpy() & (before.number == now.number).to_numpy()
        entered = np.where(is_same, year - back, entered)
    begun = np.maximum(september(entered), np.maximum(cases.start, cases.since).to_numpy())
    return now.assign(entered=begun)


def placed_in(cases: pd.DataFrame, year: int, draws: Draws) -> pd.DataFrame:
    """Place each child for an academic year; the draws make a path without turning back.

    Returns:
        ``kind`` and ``number``, as ``placements`` gives them.
    """
    serial = cases.serial.to_numpy()
    age = academic_ages(cases.birth.to_numpy(), september(np.full(len(cases), year)))
    school, after = draws.each("school", serial), draws.each("after school", serial)
    special = np.where(school > 0.96, "independent_special", "special")
    is_special = school > np.where(age <= 10, 0.64, 0.50)
    phase = np.where(age <= 3, "early_years", np.where(age <= 10, "primary", "secondary"))
    kind = np.where(is_special & (age > 3), special, phase).astype(object)
    kind = np.where(school < 0.012, "EHE", np.where(school < 0.02, "OPA", kind))
    kind = np.where((school >= 0.02) & (school < 0.026), "OLA", kind)
    kind = np.where((school >= 0.026) & (school < 0.045), "", kind)
    later = np.where(after > 0.94, "specialist_post_16", "further_education").astype(object)
    later = np.where(is_special & (age <= 18) & (after > 0.55), special, later)
    is_far = (after > 0.88) & (after <= 0.94)
    later = np.where(is_far, np.where(age == 16, "", "out_of_area"), later)
    neet_from = np.array([_NEET_FROM.get(a, 0.53) for a in range(16, 31)])
    later = np.where(after < neet_from[np.clip(age, 16, 30) - 16], "NEET", later)
    kind = np.where(age >= 16, later, kind)
    number = np.full(len(cases), -1)
    for name, (low, high) in SETTINGS.items():
        choice = low + np.floor(draws.each(f"at {name}", serial) * (high - low)).astype(np.int64)
        number = np.where(kind == name, choice, number)
    return pd.DataFrame({"kind": kind, "number": number})


def setting_columns(placed: pd.DataFrame, area: int) -> dict[str, np.ndarray]:
    """Give URN, UKPRN, SEN setting and indicators of placements as text columns."""
    urn = np.where(placed.number >= 0, setting_urns(placed.number.to_numpy(), area), "")
    is_college = placed.kind.isin(["further_education", "specialist_post_16"])
    in_setting = placed.number >= 0
    is_base = (placed.kind == "primary") & (placed.number % 9 == 0)
    is_unit = (placed.kind == "secondary") & (placed.number % 7 == 0)
    return {
        "urn": urn,
        "ukprn": np.where(is_college, "10" + pd.Series(urn, dtype=object), ""),
        "sensetting": np.where(in_setting, "", placed.kind),
        "sensettingother": np.full(len(placed), ""),
        "senunitindicator": np.where(in_setting, np.where(is_unit, "1", "0"), ""),
        "resourcedprovisionindicator": np.where(in_setting, np.where(is_base, "1", "0"), ""),
    }
