"""Young people after 16: the monthly file of the careers service, as CSV and as NCCIS XML."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .days import NEVER, Days, academic_ages, academic_years, iso, month_end, months_of, september
from .ehc_people import is_open, placements, uln_on, upn_on
from .identifiers import UPN_BLOCK, learner_numbers, postcodes, pupil_numbers
from .randomness import Draws

COLUMNS = (
    "month", "young_person_id", "upn", "uln", "birth_date", "la_code", "academic_age",
    "activity_code", "activity_start", "activity_review_date", "send_flag", "characteristics",
    "postcode", "intended_destination", "offer_flag",
)  # fmt: skip

_COHORT = 3_230
"""Young people of one school year in Wirral without an EHC case; with those who have one about
7,300 are 16 or 17."""

_FIRST_COHORT = 2020
"""School year of Year 11 of the oldest who can be asked for: 17 in January 2023."""

_UPN_FROM, _ULN_FROM = 41_000, 45_000
"""First serials of the numbers of those without an EHC case; the cases' lie below."""

_YEAR_11 = {"110": 974, "120": 13, "130": 1, "140": 5, "150": 7}
_AFTER_16 = {
    "210": 300, "220": 165, "230": 382, "270": 5, "310": 52, "320": 8, "330": 18, "340": 4,
    "350": 3, "360": 6, "410": 12, "430": 6, "250": 3, "260": 1, "380": 1, "530": 6,
}  # fmt: skip
_NEET = {
    "619": 60, "610": 6, "640": 13, "620": 3, "630": 3, "650": 2, "540": 4, "615": 3, "616": 2,
    "660": 1, "670": 1, "680": 2,
}  # fmt: skip
_UNKNOWN = {"810": 80, "820": 13, "830": 7}
_WISHES = {"210": 34, "220": 18, "230": 38, "310": 7, "330": 1, "": 2}
_AGAIN = {"530": 40, "230": 30, "330": 15, "310": 15}
_OF_SETTING = {
    "further_education": "230", "specialist_post_16": "280", "special": "210",
    "independent_special": "210", "out_of_area": "230", "secondary": "210", "OLA": "270",
    "EHE": "270", "OPA": "270", "": "810",
}  # fmt: skip

_NEET_ALL_YEAR, _DROPS_OUT, _NEVER_KNOWN, _LAPSED = 0.015, 0.021, 0.011, 0.002
"""So that 4.9 per cent are NEET or not known in December to February (DfE, Wirral 2024: 3.6 and
1.3), most of the NEET from autumn on, some after leaving a course."""

_CUSTODY, _REFUGEE = 0.0008, 0.0004


def snapshot(
    cases: pd.DataFrame, area: int, scale: float, month: str, draws: Draws
) -> pd.DataFrame:
    """Say what everyone of academic age 15 to 17 does at a month end, and 18 to 24 with a plan.

    Args:
        cases: as ``ehc_people.add_people`` leaves them.
        area: number of the area.
        scale: its size.
        month: ``YYYY-MM``.
        draws: the area's stream of EHC cases, which places those with a plan.

    Returns:
        The contract's columns; text, ISO dates, '' for missing.
    """
    day = month_end(month)
    others = [_others(age, area, scale, day, draws) for age in (15, 16, 17)]
    rows = pd.concat([*others, _with_case(cases, area, day, draws)], ignore_index=True)
    rows["month"] = f"{month}-01"
    rows["la_code"] = la_code(area)
    rows["characteristics"] = np.where(draws.each("circumstances", rows.key) < 0.03, "170", "")
    rows["postcode"] = postcodes(draws.each("postcode", rows.key))
    rows["birth_date"] = iso(rows.birth)
    _guarantee(rows, day, draws)
    rows = rows.sort_values("young_person_id", kind="stable")
    return rows.astype({"academic_age": str})[list(COLUMNS)].reset_index(drop=True)


def la_code(area: int) -> str:
    """Give the council's code: Wirral's, or an invented one."""
    return "344" if area == 1 else f"{area:03d}"


def _others(age: int, area: int, scale: float, day: int, draws: Draws) -> pd.DataFrame:
    """Make those of one school year who never had an EHC case."""
    year = int(academic_years(np.array([day]))[0])
    cohort = year - (age - 15)
    place = np.arange(round(_COHORT * scale))
    key = (cohort - _FIRST_COHORT) * 8_000 + place
    born = int(september(np.array([cohort - 16]))[0])
    upn = pupil_numbers(
        (area - 1) * UPN_BLOCK + _UPN_FROM + (cohort - _FIRST_COHORT) * 2_400 + place // 3
    )
    rows = pd.DataFrame({
        "key": key, "birth": born + draws.days("born", key, 0, 364), "academic_age": age,
        "young_person_id": [f"YP{area:03d}{number:08d}" for number in key],
        "upn": np.where(place % 3 == 0, upn, ""), "send_flag": "0",
    })  # fmt: skip
    rows["uln"] = np.where(
        day >= rows.birth + 16 * 365.25, learner_numbers(_ULN_FROM + key, area), ""
    )
    return _doing(rows, year, day, draws)


def _with_case(cases: pd.DataFrame, area: int, day: int, draws: Draws) -> pd.DataFrame:
    """Take over those whom the EHC team knows; above 17 only with an open plan."""
    year = int(academic_years(np.array([day]))[0])
    known = cases[cases.since <= day].assign(has_plan=is_open(cases, day))
    known = known.sort_values(["has_plan", "serial"]).drop_duplicates("person", keep="last")
    age = academic_ages(known.birth.to_numpy(), np.full(len(known), day))
    is_in = (age >= 15) & (age <= np.where(known.has_plan, 24, 17))
    known = known[is_in].sort_values("person")
    age = academic_ages(known.birth.to_numpy(), np.full(len(known), day))
    rows = pd.DataFrame({
        "key": 1_000_000 + known.person.to_numpy(), "birth": known.birth.to_numpy(),
        "academic_age": age, "upn": upn_on(known, day), "uln": uln_on(known, day),
        "send_flag": np.where(known.has_plan, "1", "0"),
    })  # fmt: skip
    rows["young_person_id"] = [f"YP{area:03d}{number:08d}" for number in rows.key]
    rows = _doing(rows, year, day, draws)
    placed = placements(known, day, draws)
    of_plan = placed.kind.map(_OF_SETTING).fillna("110")
    neet = draws.pick("neet kind", rows.key, _NEET)
    of_plan = np.where(placed.kind == "NEET", neet, of_plan)
    follows = known.has_plan.to_numpy() & (rows.academic_age > 15)
    rows["activity_code"] = np.where(follows, of_plan, rows.activity_code)
    rows["activity_start"] = np.where(follows, iso(placed.entered), rows.activity_start)
    review = np.where(of_plan == "810", NEVER, int(september(np.array([year + 1]))[0]) + 60)
    rows["activity_review_date"] = np.where(follows, iso(review), rows.activity_review_date)
    return rows


def _doing(rows: pd.DataFrame, year: int, day: int, draws: Draws) -> pd.DataFrame:
    """Say what each person does on a day of a school year, since when, and until when it counts."""
    key = rows.key.to_numpy() * 4 + np.minimum(rows.academic_age.to_numpy(), 18) - 15
    autumn = int(september(np.array([year]))[0])
    code, start = _course(rows.key.to_numpy(), key, draws), autumn + draws.days("from", key, 0, 12)
    luck = draws.each("luck", key)
    is_neet = luck < _NEET_ALL_YEAR
    code = np.where(is_neet, draws.pick("neet kind", key, _NEET), code)
    left = autumn + draws.days("leaves", key, 35, 270)
    back = left + draws.days("stays out", key, 40, 220)
    drops = (luck >= _NEET_ALL_YEAR) & (luck < _NEET_ALL_YEAR + _DROPS_OUT)
    for since, then in ((left, "619"), (back, draws.pick("again", key, _AGAIN))):
        has_come = drops & (since <= day)
        code, start = np.where(has_come, then, code), np.where(has_come, since, start)
    code, start = _not_known(code, start, key, autumn, day, draws)
    rare = draws.each("rare", key)
    code = np.where(rare < _CUSTODY, "710", np.where(rare < _CUSTODY + _REFUGEE, "720", code))
    is_year_11 = (rows.academic_age == 15).to_numpy()
    code = np.where(is_year_11, draws.pick("year 11", key, _YEAR_11), code)
    start = np.where(is_year_11, autumn, start)
    rows["activity_code"], rows["activity_start"] = code, iso(start)
    rows["activity_review_date"] = iso(_review(code, start, autumn, day, key, draws))
    return rows


def _course(person: np.ndarray, key: Days, draws: Draws) -> np.ndarray:
    """Choose what somebody does after 16; one in ten does something else at 17."""
    changes = (key % 4 >= 2) & (draws.each("changes", key) < 0.1)
    return np.where(
        changes, draws.pick("course", key, _AFTER_16), draws.pick("course", person, _AFTER_16)
    )


def _not_known(
    code: np.ndarray, start: Days, key: Days, autumn: int, day: int, draws: Draws
) -> tuple[np.ndarray, Days]:
    """Hide what is not known yet: a quarter in September, few in November, some for good."""
    luck, wait = draws.each("known", key), draws.each("known after", key) ** 2
    late = np.where(key % 4 == 1, 0.30, 0.14)
    after = np.where(luck < late, 31 + np.floor(wait * 70), np.floor(wait * 28)).astype(np.int64)
    known_from = np.where(luck > 1 - _NEVER_KNOWN, NEVER, autumn + after)
    is_hidden = known_from > day
    return np.where(is_hidden, draws.pick("why", key, _UNKNOWN), code), np.where(
        is_hidden, autumn, start
    )


def _review(code: np.ndarray, start: Days, autumn: int, day: int, key: Days, draws: Draws) -> Days:
    """Give the day from which an activity is out of date: two months into the next school year.

    Whoever is NEET is seen every 90 days; a few activities are never confirmed again.
    """
    is_neet = np.isin(code, list(_NEET))
    review = np.where(is_neet, start + 90 * ((day - start) // 90 + 1), autumn + 425)
    review = np.where(draws.each("lapsed", key) < _LAPSED, start + 100, review)
    return np.where(np.isin(code, list(_UNKNOWN)), NEVER, review)


def _guarantee(rows: pd.DataFrame, day: int, draws: Draws) -> None:
    """Fill in the destination that Year 11 intends, and the offers of the September Guarantee."""
    in_year = (int(months_of(np.array([day]))[0]) - 8) % 12
    is_year_11 = rows.academic_age == 15
    wish = draws.pick("wish", rows.key, _WISHES)
    rows["intended_destination"] = np.where(is_year_11 & (in_year >= 2), wish, "")
    offered = draws.days("offer", rows.key, 4, 11)
    is_offered = (draws.each("offered", rows.key) < 0.96) & ((offered <= in_year) | (in_year < 4))
    ages = (15, 16) if in_year >= 4 else (16, 17)
    rows["offer_flag"] = np.where(rows.academic_age.isin(ages), np.where(is_offered, "1", "0"), "")


def xml(rows: pd.DataFrame, month: str) -> bytes:
    """Write the file as NCCIS XML; academic age, month and characteristics are not in it.

    A missing value is no element, but for the UPN, which the supplier leaves empty.
    """
    last = iso(np.array([month_end(month)]))[0]
    code = rows.la_code.iloc[0]
    head = (
        f"<FileHeader><DatabaseID>001</DatabaseID><SourceLEA>{code}</SourceLEA><DateOfSend>{last}"
        f"</DateOfSend><PeriodEnd>{last}</PeriodEnd><SupplierName>Invented</SupplierName>"
        "<SupplierXMLVersion>1.0</SupplierXMLVersion><XMLSchemaVersion>1.0</XMLSchemaVersion>"
        "</FileHeader>"
    )
    people = "".join(_record(row) for row in rows.itertuples(index=False))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<NCCIS>{head}\n{people}</NCCIS>\n'.encode()


def _record(row: tuple) -> str:
    """Write one young person; ``row`` has the attributes of ``COLUMNS``."""
    flag = {"1": "Y", "0": "N"}.get(row.send_flag, row.send_flag)
    personal = (
        f"<YoungPersonsID>{row.young_person_id}</YoungPersonsID><GivenName>Child</GivenName>"
        f"<FamilyName>Invented</FamilyName>{_element('DOB', row.birth_date)}"
        f"{_element('LeadLEA', row.la_code)}{_element('Postcode', row.postcode)}"
        f"{_element('UniqueLearnerNo', row.uln)}"
        f"{_element('UniquePupilNumber', row.upn) or '<UniquePupilNumber/>'}"
        f"{_element('SENDFlag', flag)}"
    )
    activity = (
        f"{_element('ActivityCode', row.activity_code)}{_element('StartDate', row.activity_start)}"
        f"{_element('ReviewDate', row.activity_review_date)}"
    )
    intended = _element("IntendedDestinationYr11", row.intended_destination)
    guarantee = _element("GuaranteeStatusY11", row.offer_flag)
    return (
        f"<YoungPersonsRecord><PersonalDetails>{personal}</PersonalDetails><ActivityDetails>"
        f"{activity}</ActivityDetails>{_element('IntendedDestination', intended)}"
        f"{_element('SeptemberGuarantee', guarantee)}</YoungPersonsRecord>\n"
    )


def _element(tag: str, content: str) -> str:
    return f"<{tag}>{content}</{tag}>" if content else ""
