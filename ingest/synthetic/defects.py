"""Planted defects, and the key that says where they are and what must become of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .randomness import Draws

KEY_COLUMNS = ("file_name", "source_row", "column", "defect", "expected_outcome", "rule")

Record = dict[str, str]


def _is_any(rows: pd.DataFrame) -> pd.Series:
    return rows.referral_id != ""


@dataclass(frozen=True)
class Defect:
    """One kind of defect.

    ``make(row, extract, draw)`` changes a copy of a row (``extract`` is the extract day, ``draw``
    a number in [0, 1)) and returns the column that it spoilt. An added row is appended to the
    file, leaving the original where it was.
    """

    name: str
    outcome: str
    rule: str
    make: Callable[[Record, int, float], str]
    is_added: bool = False
    suits: Callable[[pd.DataFrame], pd.Series] = _is_any


def _moved(day: str, by: int) -> str:
    return str(np.datetime64(day, "D") + by)


def _impossible_date(row: Record, extract: int, draw: float) -> str:
    row["referral_received_date"] = f"{row['referral_received_date'][:4]}-02-31"
    return "referral_received_date"


def _bad_check_digit(row: Record, extract: int, draw: float) -> str:
    number = row["nhs_number"]
    row["nhs_number"] = number[:9] + str((int(number[9]) + 1 + int(draw * 9)) % 10)
    return "nhs_number"


def _unknown_service(row: Record, extract: int, draw: float) -> str:
    row["service"] = ("SALT", "PHYSIO", "XX")[int(draw * 3)]
    return "service"


def _contact_before_referral(row: Record, extract: int, draw: float) -> str:
    row["first_contact_date"] = _moved(row["referral_received_date"], -1 - int(draw * 30))
    return "first_contact_date"


def _age_over_25(row: Record, extract: int, draw: float) -> str:
    row["birth_date"] = _moved(row["referral_received_date"], -9_600 - int(draw * 4_000))
    return "birth_date"


def _event_after_extract(row: Record, extract: int, draw: float) -> str:
    row["first_contact_date"] = str(np.datetime64(extract + 1 + int(draw * 60), "D"))
    return "first_contact_date"


def _duplicate_row(row: Record, extract: int, draw: float) -> str:
    return "referral_id"


def _duplicate_key(row: Record, extract: int, draw: float) -> str:
    row["birth_date"] = _moved(row["birth_date"], -1)
    return "referral_id"


def _missing_required(row: Record, extract: int, draw: float) -> str:
    column = ("birth_date", "service", "referral_received_date")[int(draw * 3)]
    row[column] = ""
    return column


def _null_token(row: Record, extract: int, draw: float) -> str:
    row["signposted_date"] = ("N/A", "TBC")[int(draw * 2)]
    return "signposted_date"


def _is_unseen(rows: pd.DataFrame) -> pd.Series:
    return (rows.first_contact_date == "") & (rows.discharge_date == "")


def _is_toddler(rows: pd.DataFrame) -> pd.Series:
    """Tell who was at least a year old at referral, so that an earlier contact follows birth."""
    return rows.birth_date.str[:4].astype(int) + 1 < rows.referral_received_date.str[:4].astype(int)


def _is_not_signposted(rows: pd.DataFrame) -> pd.Series:
    return rows.signposted_date == ""


DEFECTS = (
    Defect("impossible_date", "quarantine", "R-TYPE", _impossible_date),
    Defect("invalid_check_digit", "warning", "R-ID", _bad_check_digit),
    Defect("unknown_service", "quarantine", "R-CODE", _unknown_service),
    Defect(
        "contact_before_referral", "quarantine", "TP1", _contact_before_referral, suits=_is_toddler
    ),
    Defect("age_over_25", "quarantine", "TP3", _age_over_25),
    Defect("event_after_extract", "quarantine", "R-FUTURE", _event_after_extract, suits=_is_unseen),
    Defect("duplicate_row", "discard", "R-DUPROW", _duplicate_row, is_added=True),
    Defect("duplicate_key", "quarantine", "R-DUPKEY", _duplicate_key, is_added=True),
    Defect("missing_required", "quarantine", "R-REQ", _missing_required),
    Defect("null_token", "none", "", _null_token, suits=_is_not_signposted),
)


def plant(
    rows: pd.DataFrame, rate: float, extract: int, draws: Draws
) -> tuple[pd.DataFrame, list[tuple[object, ...]]]:
    """Spoil a share of a delivery's rows, one defect each.

    Args:
        rows: the sound delivery, text.
        rate: share of rows to spoil, 0 to 1.
        extract: day of the extract, since 1970-01-01.
        draws: the delivery's own stream.

    Returns:
        The delivery with its defects (added rows at the end), and the key without file name:
        one tuple per row touched, in row order; a duplicate key touches both of its rows.
    """
    free = list(np.argsort(draws.uniform("rows", len(rows)), kind="stable"))
    amounts = draws.uniform("amount", round(rate * len(rows)))
    first = int(draws.whole("first kind", 1, 0, len(DEFECTS) - 1)[0])
    fits = {defect.name: defect.suits(rows).to_numpy() for defect in DEFECTS}
    spoilt, added = rows.copy(), []
    key: list[tuple[object, ...]] = []
    for number, amount in enumerate(amounts, first):
        defect = DEFECTS[number % len(DEFECTS)]
        place = next((place for place in free if fits[defect.name][place]), None)
        if place is None:
            continue
        free.remove(place)
        row = rows.iloc[place].to_dict()
        column = defect.make(row, extract, float(amount))
        touched = [int(place)]
        if defect.is_added:
            added.append(row)
            touched = [len(rows) + len(added) - 1, *touched * (defect.outcome == "quarantine")]
        else:
            spoilt.iloc[place] = row
        key += [(at + 2, column, defect.name, defect.outcome, defect.rule) for at in touched]
    return pd.concat([spoilt, pd.DataFrame(added, columns=rows.columns)]), sorted(key)
