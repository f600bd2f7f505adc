"""Deliveries of the therapy waiting-list feed: month-end snapshots cut from simulated lives.

People are invented, their NHS numbers come from the range reserved for testing, and nobody has a
name. Every delivery of an area is cut from the same lives, so later snapshots agree with earlier.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from .calibration import SERVICES, Service, month_end
from .defects import KEY_COLUMNS, plant
from .files import csv_bytes, manifest_bytes, table_xlsx_bytes
from .identifiers import nhs_numbers, setting_urns
from .randomness import Draws
from .referrals import NEVER, Days, service_referrals

COLUMNS = (
    "referral_id", "nhs_number", "birth_date", "service", "referral_received_date",
    "first_contact_date", "clock_stop_date", "discharge_date", "referral_outcome",
    "referral_outcome_date", "signposted_date", "support_offered_date", "support_type",
    "last_family_contact_date", "setting_urn", "provider_code",
)  # fmt: skip
DATES = tuple(column for column in COLUMNS if column.endswith("_date"))
SUPPORT = ("advice", "signposted", "group", "profile", "school_support", "keep_in_touch")

_KEPT_DAYS = 365
"""Closed referrals stay in the snapshot for a year."""

_EXTRACT_DAYS = 3
"""Senders extract at 06:00 on the third day after the month end."""


def write_deliveries(
    folder: Path,
    months: Sequence[str],
    *,
    seed: int = 2024,
    areas: int = 1,
    defects: float = 0.0,
) -> pd.DataFrame:
    """Write each sender's delivery and manifest for each month into ``folder``.

    Area 1 is Wirral: RY7 (CSV) and RBL (XLSX). Area k has Z<k>A and Z<k>B, half to twice as large.

    Args:
        folder: where the files go; made if absent.
        months: reporting months ``YYYY-MM``, 2023-01 to 2030-12, in any order and number: the
            bytes of a month do not depend on the others.
        seed: same seed, same bytes.
        areas: how many areas deliver.
        defects: share of rows (0 to 1) that carry one planted defect each; up to 0.01 no file
            reaches the limit at which it would be refused.

    Returns:
        The answer key: one row per row touched by a planted defect (``file_name, source_row,
        column, defect, expected_outcome, rule``); source rows count from 1 with the header.
    """
    _check(months, areas, defects)
    folder.mkdir(parents=True, exist_ok=True)
    last_day = month_end(max(months))
    keys = [
        _write(folder, sender, month, lives, Draws(seed, sender, month), defects)
        for area in range(1, areas + 1)
        for sender, lives in sender_lives(area, seed, last_day).items()
        for month in sorted(set(months))
    ]
    return pd.DataFrame([row for key in keys for row in key], columns=list(KEY_COLUMNS))


def _check(months: Sequence[str], areas: int, defects: float) -> None:
    outside = [month for month in months if not "2023-01" <= month <= "2030-12"]
    if not months or outside:
        raise ValueError(f"months must lie between 2023-01 and 2030-12, not {outside or 'none'}")
    if areas < 1 or not 0 <= defects <= 1:
        raise ValueError("areas must be 1 or more, and defects a share between 0 and 1")


def _write(
    folder: Path, sender: str, month: str, lives: pd.DataFrame, draws: Draws, defects: float
) -> list[tuple[object, ...]]:
    """Write one delivery and its manifest; return its part of the answer key."""
    is_csv = sender == "RY7" or sender.endswith("A")
    file_name = f"therapy_ptl_{sender}_{month.replace('-', '')}_01.{'csv' if is_csv else 'xlsx'}"
    extract = month_end(month) + _EXTRACT_DAYS
    rows, key = plant(snapshot(lives, month), defects, extract, draws)
    data = csv_bytes(rows) if is_csv else table_xlsx_bytes("referrals", rows, DATES)
    (folder / file_name).write_bytes(data)
    manifest = manifest_bytes(
        file_name, data, len(rows), month, f"{np.datetime64(extract, 'D')}T06:00:00", sender
    )
    (folder / f"{Path(file_name).stem}.manifest.csv").write_bytes(manifest)
    return [(file_name, *row) for row in key]


def snapshot(lives: pd.DataFrame, month: str) -> pd.DataFrame:
    """Cut what a sender knows at the month end.

    Args:
        lives: all referrals of a sender, as ``sender_lives`` makes them; days.
        month: ``YYYY-MM``.

    Returns:
        Open referrals and those closed in the last year, one row each in the contract's columns;
        text, ISO dates, '' for missing.
    """
    day = month_end(month)
    outcome = _outcome_day(lives)
    closed = lives.discharge.where(lives.leaving != "not_accepted", lives.left)
    has_vanished = (lives.leaving == "ghost") & (lives.left <= day)
    seen = lives[(lives.entered <= day) & (closed > day - _KEPT_DAYS) & ~has_vanished].copy()
    seen["referral_outcome_date"] = outcome[seen.index]
    seen["last_family_contact_date"] = _last_contact(seen, np.minimum(closed[seen.index], day))
    is_decided = seen.referral_outcome_date <= day
    decision = seen.leaving.where(seen.leaving.isin(["not_accepted", "redirected"]), "accepted")
    seen["referral_outcome"] = decision.where(is_decided, "awaiting_triage")
    seen["support_type"] = seen.support_type.where(seen.support_offered_date <= day, "")
    for column in DATES:
        seen[column] = _iso(seen[column].to_numpy(), day)
    return seen[list(COLUMNS)].reset_index(drop=True)


def _outcome_day(lives: pd.DataFrame) -> pd.Series:
    """Decide at triage, or at the first contact if that came before."""
    return np.minimum(lives.triaged, lives.contact)


def _last_contact(lives: pd.DataFrame, until: pd.Series) -> pd.Series:
    """Give the last of the regular calls to a family up to ``until``; NEVER if none is recorded."""
    calls = (until - lives.call_from) // lives.call_every
    return (lives.call_from + calls * lives.call_every).where(calls >= 0, NEVER)


def _iso(days: Days, last_day: int) -> np.ndarray:
    """Write days as ISO dates, and what lies after ``last_day`` as ''."""
    text = days.astype("datetime64[D]").astype(str).astype(object)
    return np.where(days <= last_day, text, "")


def sender_lives(area: int, seed: int, last_day: int) -> dict[str, pd.DataFrame]:
    """Simulate one area up to a day; give the lives of each of its two senders by its code."""
    scale = 1.0
    if area > 1:
        scale = 0.5 + 1.5 * float(Draws(seed, f"area {area}").uniform("scale", 1)[0])
    lives = _with_children(
        {s.code: _service(s, area, seed, scale, last_day) for s in SERVICES}, area, seed
    )
    first, second = ("RY7", "RBL") if area == 1 else (f"Z{area:03d}A", f"Z{area:03d}B")
    is_first = lives.service.isin(["SLT", "DIET"])
    lives["provider_code"] = np.where(is_first, first, second)
    # The second sender's system writes the first contact as the clock stop too; both are right.
    stopped = lives.left.where(lives.leaving == "advised", NEVER)
    lives["clock_stop_date"] = stopped.where(is_first, np.minimum(stopped, lives.contact))
    return {first: lives[is_first], second: lives[~is_first]}


def _service(service: Service, area: int, seed: int, scale: float, last_day: int) -> pd.DataFrame:
    """Simulate one service's referrals with everything but the child."""
    draws = Draws(seed, f"area {area}", service.code)
    lives = service_referrals(service, scale, draws, last_day)
    size = len(lives)
    lives["service"] = service.code
    lives["referral_id"] = [f"{service.code}{area:03d}{serial:06d}" for serial in range(size)]
    lives["referral_received_date"] = lives.received
    lives["first_contact_date"] = lives.contact
    lives["discharge_date"] = lives.discharge
    is_turned_down = (lives.leaving == "not_accepted") & draws.chance("signposted", size, 0.85)
    signposted = lives.left + draws.whole("signposted after", size, 0, 10)
    lives["signposted_date"] = signposted.where(is_turned_down, NEVER)
    return _with_support(lives, draws)


def _with_support(lives: pd.DataFrame, draws: Draws) -> pd.DataFrame:
    """Offer support to three waiters in five, and call four families in five regularly."""
    size = len(lives)
    offered = lives.received + draws.whole("support after", size, 14, 75)
    is_waiting = offered < np.minimum(lives.left, lives.contact)
    is_offered = is_waiting & draws.chance("support", size, 0.6)
    lives["support_offered_date"] = offered.where(is_offered, NEVER)
    lives["support_type"] = np.array(SUPPORT, dtype=object)[draws.whole("type", size, 0, 5)]
    lives["call_every"] = draws.whole("call every", size, 28, 150)
    is_called = draws.chance("called", size, 0.8)
    first_call = lives.received + draws.whole("first call", size, 7, 35)
    lives["call_from"] = first_call.where(is_called, NEVER)
    return lives


def _with_children(services: dict[str, pd.DataFrame], area: int, seed: int) -> pd.DataFrame:
    """Give each referral its child: new, or for one in twelve a child known to speech therapy.

    Children are numbered by their first referral, so a longer span numbers the same children
    alike.
    """
    known = services["SLT"].received.to_numpy()
    for service in SERVICES:
        lives = services[service.code]
        draws = Draws(seed, f"area {area}", service.code)
        youngest, oldest = (round(365.25 * years) for years in service.ages)
        share = draws.uniform("age", len(lives))
        age = youngest + np.floor(share * share * (oldest - youngest)).astype(np.int64)
        lives["birth_date"] = lives.received - age
        lives["shared_with"] = -1 if service.code == "SLT" else _shared(lives, known, draws)
    together = pd.concat(services.values(), ignore_index=True)
    shared = together.shared_with.to_numpy() >= 0
    children = together[~shared].sort_values("received", kind="stable")
    together["child"] = pd.Series(np.arange(len(children)), index=children.index)
    source = together.shared_with[shared].to_numpy()
    together.loc[shared, ["child", "birth_date"]] = together.loc[
        source, ["child", "birth_date"]
    ].to_numpy()
    together["nhs_number"] = nhs_numbers(together.child.to_numpy().astype(np.int64), area)
    together["setting_urn"] = _settings(together, area)
    return together


def _shared(lives: pd.DataFrame, known: Days, draws: Draws) -> np.ndarray:
    """Pick a speech therapy referral of the last year for one referral in twelve; -1 for none."""
    first = np.searchsorted(known, lives.received - 364)
    after = np.searchsorted(known, lives.received)
    pick = first + np.floor(draws.uniform("shared", len(lives)) * (after - first)).astype(np.int64)
    is_shared = draws.chance("is shared", len(lives), 1 / 12) & (after > first)
    return np.where(is_shared, pick, -1)


def _settings(lives: pd.DataFrame, area: int) -> np.ndarray:
    """Give a child its nursery or school; none below two years, or where it was not recorded."""
    settings = 130
    urns = setting_urns(lives.child.to_numpy().astype(np.int64) * 7919 % settings, area)
    is_recorded = (lives.child * 31 % 100 >= 12) & (lives.received - lives.birth_date >= 730)
    return np.where(is_recorded, urns, "")
