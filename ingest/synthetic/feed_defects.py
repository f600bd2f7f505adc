"""The defects of each feed: those its contract names, in the rows in which they can occur.

A row that is set aside takes what belongs to it along; so that the key stays whole, defects that
set a row aside are planted in rows of the casework extract to which no other row belongs.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from .defects import (
    Defect,
    Record,
    before,
    duplicate_key,
    duplicate_row,
    empty,
    filled,
    impossible_date,
    in_future,
    invalid_check,
    missing,
    moved,
    orphan,
    setting,
    tells_somebody,
    unknown_code,
)


def _is_unseen(rows: pd.DataFrame) -> pd.Series:
    return (rows.first_contact_date == "") & (rows.discharge_date == "")


def _is_toddler(rows: pd.DataFrame) -> pd.Series:
    """Tell who was at least a year old at referral, so that an earlier contact follows birth."""
    has_birth = rows.birth_date.str[:4].where(rows.birth_date != "", "9999").astype(int)
    return has_birth + 1 < rows.referral_received_date.str[:4].astype(int)


def _age_over_25(row: Record, extract: int, draw: float) -> str:
    row["birth_date"] = moved(row["referral_received_date"], -9_600 - int(draw * 4_000))
    return "birth_date"


def _null_token(row: Record, extract: int, draw: float) -> str:
    row["signposted_date"] = ("N/A", "TBC")[int(draw * 2)]
    return "signposted_date"


def _born_earlier(row: Record) -> None:
    row["birth_date"] = moved(row["birth_date"], -1)


def _dates_gone(row: Record, extract: int, draw: float) -> str:
    row["registered_date"] = row["mediation_requested_date"] = ""
    row["order_date"] = row["mediation_held_date"] = ""
    return "registered_date"


def _numbers_gone(row: Record, extract: int, draw: float) -> str:
    row["upn"] = row["uln"] = ""
    return "upn"


def _closes_backwards(row: Record, extract: int, draw: float) -> str:
    row["reopens"] = moved(row["closed_from"], -int(draw * 5))
    return "reopens"


def _reopens_later(row: Record) -> None:
    row["reopens"] = moved(row["reopens"], 1)


def _activity_gone(row: Record, extract: int, draw: float) -> str:
    row["activity_code"] = ""
    return "activity_code"


def _is_in_cohort(rows: pd.DataFrame) -> pd.Series:
    return rows.cohort_status == "P"


def _exception_without_ground(row: Record, extract: int, draw: float) -> str:
    row["week20"], row["week20_ground"] = "1", ""
    return "week20_ground"


def _is_refused(rows: pd.DataFrame) -> pd.Series:
    return rows.requestoutcome == "N"


def _is_waiting(rows: pd.DataFrame) -> pd.Series:
    return (rows.requestoutcome == "A") & (rows.requestoutcomedate == "")


DEFECTS: dict[str, dict[str, tuple[Defect, ...]]] = {
    "therapy_ptl": {"referrals": (
        impossible_date("referral_received_date"),
        invalid_check("nhs_number"),
        unknown_code("service", "SALT", "PHYSIO", "XX", name="unknown_service"),
        before("referral_received_date", "first_contact_date", "TP1", suits=_is_toddler,
               name="contact_before_referral"),
        Defect("age_over_25", "quarantine", "TP3", _age_over_25),
        in_future("first_contact_date", _is_unseen, name="event_after_extract"),
        duplicate_row("referral_id"),
        duplicate_key("referral_id", _born_earlier),
        missing("birth_date", "service", "referral_received_date"),
        Defect("null_token", "none", "", _null_token, suits=empty("signposted_date")),
    )},
    "nd_pathway": {"referrals": (
        impossible_date("referral_received_date"),
        invalid_check("nhs_number"),
        unknown_code("pathway", "ASD", "ADD", "neuro"),
        before("referral_received_date", "first_attended_contact_date", "ND1", suits=_is_toddler),
        Defect("age_over_25", "quarantine", "ND8", _age_over_25),
        in_future("first_attended_contact_date",
                  empty("first_attended_contact_date", "closed_date")),
        duplicate_row("referral_id"),
        duplicate_key("referral_id", _born_earlier),
        missing("birth_date", "pathway", "provider_code"),
    )},
    "cyp_mh": {"referrals": (
        impossible_date("referral_received_date"),
        invalid_check("nhs_number"),
        unknown_code("service", "CAMHS-T3", "wellbeing"),
        before("referral_received_date", "first_contact_date", "MH1", suits=_is_toddler),
        Defect("age_over_25", "quarantine", "MH4", _age_over_25),
        in_future("first_contact_date", empty("first_contact_date", "closed_date")),
        duplicate_row("referral_id"),
        duplicate_key("referral_id", _born_earlier),
        missing("referral_received_date"),
    )},
    "annual_reviews": {"reviews": (
        impossible_date("meeting_date"),
        invalid_check("upn"),
        unknown_code("review_type", "AR", "transfer"),
        before("meeting_date", "decision_date", "AR1", suits=filled("decision_date")),
        in_future("decision_date"),
        duplicate_row("review_id"),
        duplicate_key("review_id", setting("parent_attended", "1", "0")),
        missing("case_id", "review_type"),
    )},
    "ehc_advice": {"advice": (
        impossible_date("requested_date"),
        invalid_check("upn"),
        unknown_code("advice_body", "EPS", "health"),
        before("requested_date", "received_date", "A1", suits=filled("received_date")),
        in_future("received_date"),
        duplicate_row("advice_id"),
        duplicate_key("advice_id", setting("exception_code", "8a", "8b")),
        missing("case_id", "advice_body", "requested_date"),
    )},
    "tribunals": {"appeals": (
        impossible_date("registered_date"),
        unknown_code("appeal_type", "other", "placement"),
        before("registered_date", "order_date", "T1", suits=filled("registered_date")),
        in_future("mediation_requested_date"),
        Defect("no_date", "quarantine", "T2", _dates_gone),
        duplicate_row("appeal_id"),
        duplicate_key("appeal_id", setting("appeal_type", "cease", "not_amend")),
        missing("appeal_type"),
    )},
    "school_closures": {"closures": (
        impossible_date("closed_from"),
        Defect("order_broken", "quarantine", "SC1", _closes_backwards),
        duplicate_row("urn"),
        duplicate_key("urn", _reopens_later),
        missing("reopens"),
    )},
    "identity_map": {"identities": (
        impossible_date("valid_from"),
        invalid_check("nhs_number"),
        unknown_code("match_basis", "fuzzy", "name"),
        before("valid_from", "valid_to", "IM3", suits=filled("valid_from")),
        in_future("valid_from", filled("valid_from")),
        Defect("no_number", "quarantine", "IM2", _numbers_gone),
        duplicate_row("nhs_number"),
        duplicate_key("nhs_number", setting("match_basis", "manual", "declared")),
        missing("match_basis"),
    )},
    "ccis": {"young_people": (
        impossible_date("birth_date"),
        invalid_check("uln"),
        unknown_code("activity_code", "999", "200"),
        unknown_code("cohort_status", "X", "N", name="unknown_status"),
        duplicate_row("young_person_id"),
        duplicate_key("young_person_id", setting("activity_code", "230", "619")),
        missing("birth_date", "send_flag"),
        Defect("no_activity", "quarantine", "CC6", _activity_gone, suits=_is_in_cohort),
    )},
    "board_decisions": {"decisions": (
        unknown_code("status", "closed", "ongoing"),
        tells_somebody("text"),
        in_future("decided_on", filled("decided_on")),
        before("decided_on", "due_date", "BD1", suits=filled("due_date")),
        duplicate_row("decision_id"),
        duplicate_key("decision_id", setting("status", "open", "done")),
        missing("owner_role"),
    )},
    "sen2_ehc": {
        "person": (invalid_check("upn"), duplicate_row("persontableid")),
        "requests": (
            replace(unknown_code("requestsource", "7", "P"), suits=_is_refused),
            in_future("requestoutcomedate", _is_waiting),
            before("receiveddate", "requestoutcomedate", "S2", outcome="warning",
                   suits=_is_refused),
        ),
        "assessment": (
            Defect("exception_without_ground", "warning", "S8", _exception_without_ground,
                   suits=lambda rows: rows.week20 == "0"),
        ),
        "plandetail": (
            unknown_code("sensetting", "HOME", "XX"), duplicate_row("plandetailtableid"),
        ),
        "placementdetail": (
            impossible_date("entrydate"), orphan("activeplanstableid"),
            duplicate_row("placementdetailtableid"),
        ),
        "senneed": (
            unknown_code("sentype", "ADHD", "AUT"), orphan("activeplanstableid"),
            duplicate_key("senneedtableid", setting("sentyperank", "2", "3")),
        ),
    },
}  # fmt: skip
"""By feed and table."""


def xml_defects(feed: str, table: str) -> tuple[Defect, ...]:
    """Give the defects that XML can carry: no added rows, and no links, which the nesting makes."""
    return tuple(
        defect
        for defect in DEFECTS[feed][table]
        if not defect.is_added and defect.name != "orphan_row"
    )
