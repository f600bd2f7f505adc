"""Invented community waiting lists: organisations, and counts that age as real lists must."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .days import month_end
from .randomness import Draws

BANDS = ("0-7", "8-14", "15-28", "29-84", "85-126", "127-364", "365-728", "729+")
"""Days waited, of NHS England's tables from December 2024; before, the last two were one."""

_BAND_STARTS = (0, 8, 15, 29, 85, 127, 365, 729)

LINES = (
    "(A) Adult safeguarding",
    "(A) Audiology",
    "(A) Clinical support to social care, care homes and domiciliary care",
    "(A) Community nursing services",
    "(A) Home oxygen assessment services",
    "(A) Intermediate care and reablement",
    "(A) Musculoskeletal service",
    "(A) Neurorehabilitation (multi-disciplinary)",
    "(A) Nursing and Therapy support for LTCs: Continence/ colostomy",
    "(A) Nursing and Therapy support for LTCs: Diabetes",
    "(A) Nursing and Therapy support for LTCs: Falls",
    "(A) Nursing and Therapy support for LTCs: Heart failure",
    "(A) Nursing and Therapy support for LTCs: Lymphoedema",
    "(A) Nursing and Therapy support for LTCs: MND",
    "(A) Nursing and Therapy support for LTCs: MS",
    "(A) Nursing and Therapy support for LTCs: Respiratory/COPD",
    "(A) Nursing and Therapy support for LTCs: Stroke",
    "(A) Nursing and Therapy support for LTCs: TB",
    "(A) Nursing and Therapy support for LTCs: Tissue viability",
    "(A) Podiatry and podiatric surgery",
    "(A) Rehabilitation bed-based care",
    "(A) Rehabilitation services (integrated)",
    "(A) Therapy interventions: Dietetics",
    "(A) Therapy interventions: Occupational therapy",
    "(A) Therapy interventions: Orthotics",
    "(A) Therapy interventions: Physiotherapy",
    "(A) Therapy interventions: Speech and language",
    "(A) Urgent Community Response/Rapid Response team",
    "(A) Weight management and obesity services",
    "(A) Wheelchair, orthotics, prosthetics and equipment",
    "(CYP) Antenatal, new-born and children screening and immunisation services",
    "(CYP) Audiology",
    "(CYP) Child health information service",
    "(CYP) Community nursing services (planned care and rapid response teams)",
    "(CYP) Community paediatric service",
    "(CYP) Looked after children teams",
    "(CYP) New-born hearing screening",
    "(CYP) Nursing and Therapy teams support for long term conditions",
    "(CYP) Rapid Response Services",
    "(CYP) Safeguarding",
    "(CYP) Therapy interventions: Dietetics",
    "(CYP) Therapy interventions: Occupational therapy",
    "(CYP) Therapy interventions: Orthotics",
    "(CYP) Therapy interventions: Physiotherapy",
    "(CYP) Therapy interventions: Speech and language",
    "(CYP) Vision screening",
    "(CYP) Wheelchair, orthotics, prosthetics and equipment",
)
RESTRICTED = ("(A) Adult safeguarding", "(CYP) Looked after children teams", "(CYP) Safeguarding")
"""Lines published for England only, without bands."""

REGIONS = {"Y60": "Midlands", "Y62": "North West"}
ICBS = {
    "QZA": ("Invented Downs", "Y60"),
    "QZB": ("Invented Mersey and Marches", "Y62"),
    "QZC": ("Invented Fells", "Y62"),
}
"""Codes of invented integrated care boards with name and region."""


@dataclass(frozen=True)
class Provider:
    """An invented provider: its code, its name in capitals and small letters, its board."""

    code: str
    name: str
    icb: str


PROVIDERS = (
    Provider("ZAA", "Invented Community NHS Trust A", "QZB"),
    Provider("ZAB", "Invented Hospitals NHS Foundation Trust B", "QZB"),
    Provider("ZAC", "Invented Children's NHS Foundation Trust C", "QZC"),
    Provider("ZAD", "Invented Partnership NHS Foundation Trust D", "QZC"),
    Provider("ZAE", "Invented Community NHS Trust E", "QZA"),
    Provider("ZAF", "Invented Care CIC F", "QZA"),
    Provider("ZAG", "Invented Healthcare G", "QZA"),
)


def example_lists(months: Sequence[str], *, seed: int = 2024) -> dict[str, pd.DataFrame]:
    """Invent the list of each provider and service line at each month end.

    Every week's referrals shrink as they wait and never grow, so that whoever waits long this
    month was on the list last month.

    Args:
        months: ``YYYY-MM``, from 2022 on.
        seed: same seed, same counts.

    Returns:
        For each month a frame of counts: index (provider code, service line), columns ``BANDS``.
        A line that a provider does not offer has no row; an offered empty list has zeros.
    """
    return {month: _month(month, seed) for month in months}


def _month(month: str, seed: int) -> pd.DataFrame:
    rows = {}
    for provider in PROVIDERS:
        draws = Draws(seed, "published", provider.code)
        is_offered = draws.chance("lines", len(LINES), 0.35)
        is_offered[LINES.index("(CYP) Therapy interventions: Speech and language")] = True
        for line in np.array(LINES)[is_offered]:
            rows[provider.code, str(line)] = _counts(Draws(seed, provider.code, line), month)
    index = pd.MultiIndex.from_tuples(rows, names=["provider", "service_line"])
    return pd.DataFrame(list(rows.values()), index=index, columns=list(BANDS))


def _counts(draws: Draws, month: str) -> list[int]:
    """Count one list by band: a week's referrals, and how many of them still wait."""
    census = month_end(month)
    mondays = np.arange(month_end("2017-12") + 1, census + 1, 7)
    size = int(draws.whole("size", 1, 0, 12)[0]) ** 2 // 2
    half_weeks = int(draws.whole("half", 1, 2, 30)[0])
    referrals = draws.whole("referrals", len(mondays), size - size // 4, size + size // 4)
    days = census - mondays
    waiting = referrals * half_weeks**2 // (half_weeks**2 + (days // 7) ** 2)
    band = np.searchsorted(_BAND_STARTS, days, side="right") - 1
    return np.bincount(band, weights=waiting, minlength=len(BANDS)).astype(int).tolist()
