"""Young people after 16: the monthly file of the careers service, as CSV and as NCCIS XML."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
import yaml

from ingest.partnership import partnership

from .days import NEVER, Days, academic_ages, academic_years, iso, month_end, months_of, september
from .ehc_people import is_open, placements, uln_on, upn_on
from .identifiers import learner_numbers, postcodes, pupil_numbers
from .randomness import Draws

COLUMNS = (
    "month", "young_person_id", "upn", "uln", "birth_date", "la_code", "academic_age",
    "cohort_status", "transferredtolacode", "activity_code", "activity_start",
    "activity_review_date", "due_to_lapse_date", "currency_lapsed", "send_flag",
    "characteristics", "postcode", "intended_destination", "guarantee_indicator",
    "guarantee_status_y11", "guarantee_status_y12",
)  # fmt: skip

_DESCRIPTION = Path(__file__).parents[1] / "contracts" / "ccis.yaml"
"""The contract's file, read as data: the layout of the return stands there alone."""

_COHORT = 3_230
"""Young people of one school year in the area without an EHC case; with those who have one about
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
_WISHES = {"111": 34, "121": 56, "211": 7, "321": 1, "511": 1, "": 1}
_OFFERS = {"y11": {"110": 1}, "y12": {"114": 85, "115": 5, "110": 10}}
_NO_OFFERS = {"140": 45, "151": 20, "150": 10, "154": 10, "159": 10, "123": 5}
_LEAVES = {"T": 78, "E": 18, "M": 3, "D": 1}
_MOVED_TO = {"T": "343", "E": "002"}
_AGAIN = {"530": 40, "230": 30, "330": 15, "310": 15}
_OF_SETTING = {
    "further_education": "230", "specialist_post_16": "280", "special": "210",
    "independent_special": "210", "out_of_area": "230", "secondary": "210", "OLA": "270",
    "EHE": "270", "OPA": "270", "": "810",
}  # fmt: skip

_NEET_ALL_YEAR, _DROPS_OUT, _NEVER_KNOWN, _LAPSED = 0.015, 0.021, 0.011, 0.002
"""So that 4.9 per cent are NEET or not known in December to February (DfE, the area in 2024: 3.6
and 1.3), most of the NEET from autumn on, some after leaving a course."""

_CUSTODY = 0.0008
_SEEN_BEFORE = 28
"""Days before it lapses on which a NEET activity is to be looked at again."""
_LEFT = 0.012
"""Of a school year, in the three years in which it is followed."""


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
    rows["currency_lapsed"] = np.where(
        (rows.due_to_lapse_date != "") & (rows.due_to_lapse_date < iso(np.array([day]))[0]),
        "1",
        "0",
    )
    _guarantee(rows, day, draws)
    rows = rows.sort_values("young_person_id", kind="stable")
    return rows.astype({"academic_age": str})[list(COLUMNS)].reset_index(drop=True)


def la_code(area: int) -> str:
    """Give the council's code: the local one, or an invented one."""
    return partnership().local_la_code if area == 1 else f"{area:03d}"


def _others(age: int, area: int, scale: float, day: int, draws: Draws) -> pd.DataFrame:
    """Make those of one school year who never had an EHC case."""
    year = int(academic_years(np.array([day]))[0])
    cohort = year - (age - 15)
    rows = school_year(cohort, area, scale, draws).assign(academic_age=age, send_flag="0")
    rows["young_person_id"] = [f"YP{area:03d}{number:08d}" for number in rows.key]
    rows["uln"] = rows.uln.where(day >= rows.birth + 16 * 365.25, "")
    return _still_here(_doing(rows, year, day, draws), cohort, day, draws)


def school_year(
    cohort: int, area: int, scale: float, draws: Draws, *, is_numbered: bool = True
) -> pd.DataFrame:
    """Give those of one school year who never had an EHC case, by the year of their Year 11.

    Returns:
        One row per young person: ``key``, ``birth`` (day), ``upn`` ('' for two in three: the
        numbers kept for tests do not suffice, and for all without ``is_numbered``) and ``uln``.
    """
    place = np.arange(round(_COHORT * scale))
    key = (cohort - _FIRST_COHORT) * 8_000 + place
    born = int(september(np.array([cohort - 16]))[0])
    upn = np.full(len(key), "", object)
    if is_numbered:
        serial = _UPN_FROM + (cohort - _FIRST_COHORT) * 2_400 + place[::3] // 3
        upn[::3] = pupil_numbers(serial, area)
    return pd.DataFrame({
        "key": key, "birth": born + draws.days("born", key, 0, 364),
        "upn": upn, "uln": learner_numbers(_ULN_FROM + key, area),
    })  # fmt: skip


def _still_here(rows: pd.DataFrame, cohort: int, day: int, draws: Draws) -> pd.DataFrame:
    """Let some leave: they are sent once more, in that month, with the reason."""
    autumn = int(september(np.array([cohort]))[0])
    left = np.where(
        draws.each("leaves the cohort", rows.key) < _LEFT,
        autumn + draws.days("left", rows.key, 0, 1_094),
        NEVER,
    )
    is_month = months_of(left) == months_of(np.array([day]))[0]
    status = np.where(is_month, draws.pick("why left", rows.key, _LEAVES), "P")
    moved = pd.Series(status, index=rows.index).map(_MOVED_TO).fillna("")
    rows = rows.assign(cohort_status=status, transferredtolacode=moved)
    return rows[(left > day) | is_month]


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
        "send_flag": np.where(known.has_plan, "1", "0"), "cohort_status": "P",
        "transferredtolacode": "",
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
    lapse = iso(np.where(of_plan == "810", NEVER, int(september(np.array([year + 1]))[0]) + 60))
    for name in ("activity_review_date", "due_to_lapse_date"):
        rows[name] = np.where(follows, lapse, rows[name])
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
    code = np.where(rare < _CUSTODY, "710", code)
    is_year_11 = (rows.academic_age == 15).to_numpy()
    code = np.where(is_year_11, draws.pick("year 11", key, _YEAR_11), code)
    start = np.where(is_year_11, autumn, start)
    rows["activity_code"], rows["activity_start"] = code, iso(start)
    lapse = _lapse(code, start, autumn, day, key, draws)
    rows["due_to_lapse_date"] = iso(lapse)
    is_seen = np.isin(code, list(_NEET)) & (lapse != NEVER)
    rows["activity_review_date"] = iso(np.where(is_seen, lapse - _SEEN_BEFORE, lapse))
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


def _lapse(code: np.ndarray, start: Days, autumn: int, day: int, key: Days, draws: Draws) -> Days:
    """Give the day after which an activity is out of date: two months into the next school year.

    Whoever is NEET is seen every 90 days; a few activities are never confirmed again.
    """
    is_neet = np.isin(code, list(_NEET))
    lapse = np.where(is_neet, start + 90 * ((day - start) // 90 + 1), autumn + 425)
    lapse = np.where(draws.each("lapsed", key) < _LAPSED, start + 100, lapse)
    return np.where(np.isin(code, list(_UNKNOWN)), NEVER, lapse)


def _guarantee(rows: pd.DataFrame, day: int, draws: Draws) -> None:
    """Fill in the destination that Year 11 intends, and the September Guarantee.

    From April on it is that of Years 11 and 12, from September to March that of who left them.
    """
    in_year = (int(months_of(np.array([day]))[0]) - 8) % 12
    is_year_11 = rows.academic_age == 15
    wish = draws.pick("wish", rows.key, _WISHES)
    rows["intended_destination"] = np.where(is_year_11 & (in_year >= 2), wish, "")
    offered = draws.days("offer", rows.key, 4, 11)
    is_offered = (draws.each("offered", rows.key) < 0.96) & ((offered <= in_year) | (in_year < 7))
    why_not = draws.pick("no offer", rows.key, _NO_OFFERS)
    first = 15 if in_year >= 7 else 16
    rows["guarantee_indicator"] = np.where(rows.academic_age.isin([first, first + 1]), "1", "0")
    for age, (year, kinds) in enumerate(_OFFERS.items(), first):
        status = np.where(is_offered, draws.pick(f"offer {year}", rows.key, kinds), why_not)
        rows[f"guarantee_status_{year}"] = np.where(rows.academic_age == age, status, "")


def xml(rows: pd.DataFrame, month: str) -> bytes:
    """Write the file as the NCCIS return that the contract describes, node by node.

    What the form asks of everybody and no measure reads is filled in. A missing value is no
    element, but for the UPN, which the supplier leaves empty.
    """
    (table,) = yaml.safe_load(_DESCRIPTION.read_text("utf-8"))["tables"]
    last = iso(np.array([month_end(month)]))[0]
    code = rows.la_code.iloc[0]
    head = (
        f"<FileHeader><DatabaseID>001</DatabaseID><SourceLEA><LEACode>{code}</LEACode></SourceLEA>"
        f"<DateOfSend>{last}</DateOfSend><PeriodEnd>{last}</PeriodEnd><SupplierName>Invented"
        "</SupplierName><SupplierXMLVersion>1.0</SupplierXMLVersion><XMLSchemaVersion>1.0"
        "</XMLSchemaVersion></FileHeader>"
    )
    asked = {
        "givenname": "Child", "familyname": "Invented", "gender": "U", "ethnicity": "NOBT",
        "educatedla": rows.la_code, "level_of_need": "3", "dateascertained": rows.activity_start,
    }  # fmt: skip
    for year in _OFFERS:
        asked[f"lacode{year}"] = rows.la_code.where(rows[f"guarantee_status_{year}"] != "", "")
    filled = rows.assign(**{name: text for name, text in asked.items() if name not in rows})
    people = "".join(_element(table["element"], _inside(None, table, filled)) + "\n")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<NCCIS>{head}\n{people}</NCCIS>\n'.encode()


def _inside(node: str | None, table: dict, rows: pd.DataFrame) -> pd.Series:
    """What stands in a node of each row: its fields, then its inner nodes, in contract order."""
    text = pd.Series("", index=rows.index, dtype=object)
    for column in table["columns"] if node else ():
        if column.get("node") == node and column["name"] in rows:
            text += _field(column, rows[column["name"]])
    for inner in table["nodes"]:
        if inner.get("inside") == node:
            text += _element(inner["name"], _inside(inner["name"], table, rows))
    return text


def _field(column: dict, cells: pd.Series) -> pd.Series:
    tag = column.get("element") or column["also_named"][0]
    if column["type"] == "boolean":
        cells = cells.replace({"1": "Y", "0": "N"})
    written = _element(tag, cells.map(escape))
    return written.where(written != "", f"<{tag}/>") if column["type"] == "upn" else written


def _element(tag: str, content: pd.Series) -> pd.Series:
    return (f"<{tag}>" + content + f"</{tag}>").where(content != "", "")
