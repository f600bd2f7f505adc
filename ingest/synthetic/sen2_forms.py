"""The three forms of the casework extract: CSV files as from COLLECT, a workbook, and XML."""

from __future__ import annotations

from xml.sax.saxutils import escape

import numpy as np
import pandas as pd

from .files import Sheet, csv_bytes, table_rows, xlsx_parts, zip_bytes
from .sen2_ehc import COLUMNS, DATES, PARENTS

ELEMENTS = {
    "person": "Person", "requests": "Requests", "assessment": "Assessment",
    "namedplan": "NamedPlan", "plandetail": "PlanDetail", "activeplans": "ActivePlans",
    "placementdetail": "PlacementDetail", "senneed": "SENneed",
    "young_people": "YoungPersonsRecord",
}  # fmt: skip

_FIELDS = (
    "Surname", "Forename", "PersonBirthDate", "Sex", "Ethnicity", "PostCode", "UPN",
    "UniqueLearnerNumber", "UPNunknown", "ReceivedDate", "RequestSource", "RYA",
    "RequestOutcomeDate", "RequestOutcome", "RequestMediation", "RequestTribunal", "Exported",
    "AssessmentOutcome", "AssessmentOutcomeDate", "Week20", "AssessmentMediation",
    "AssessmentTribunal", "OtherMediation", "OtherTribunal", "StartDate", "PlanRes", "PlanWBP",
    "PB", "OA", "DP", "CeaseDate", "CeaseReason", "URN", "UKPRN", "SENsetting", "SENsettingOther",
    "PlacementRank", "SENunitIndicator", "ResourcedProvisionIndicator", "TransferLA",
    "ReviewMeeting", "ReviewOutcome", "ReviewDraft", "LastReview", "PhaseTransferDueDate",
    "PhaseTransferFinalDate", "EntryDate", "LeavingDate", "RES", "WBP", "SENtype", "SENtypeRank",
)  # fmt: skip
_TAGS = {name.lower(): name for name in _FIELDS} | {
    "case_id": "CaseId", "apdr_cycles_evidenced": "ApdrCyclesEvidenced",
    "week20_ground": "Week20Ground",
}  # fmt: skip

_LEFT_OUT = ("UPNunknown", "CeaseDate", "CeaseReason", "LeavingDate", "SENsettingOther", "Exported",
             "Week20Ground", "RES", "WBP", "PlanRes", "PlanWBP", "TransferLA")  # fmt: skip
"""Optional elements that the case system leaves out where it has no value; others stay, empty."""

_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip


def csv_files(tables: dict[str, pd.DataFrame]) -> dict[str, bytes]:
    """Write each table as COLLECT does, dates with a month's name and midnight."""
    return {name: csv_bytes(_collect_dates(rows)) for name, rows in tables.items()}


def _collect_dates(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.copy()
    for column in rows.columns.intersection(DATES):
        known = {text: _collect_date(text) for text in rows[column].unique()}
        rows[column] = rows[column].map(known)
    return rows


def _collect_date(text: str) -> str:
    """Turn ``2024-09-28`` into ``2024-Sep-28 00:00:00``; keep what has no such month."""
    year, _, rest = text.partition("-")
    month, _, day = rest.partition("-")
    if not month.isdigit():
        return text
    return f"{year}-{_MONTHS[int(month) - 1]}-{day} 00:00:00"


def workbook(tables: dict[str, pd.DataFrame]) -> bytes:
    """Write a workbook with a sheet a table, dates as date cells."""
    sheets = [Sheet(name, table_rows(rows, DATES)) for name, rows in tables.items()]
    return zip_bytes(xlsx_parts(sheets))


def xml(tables: dict[str, pd.DataFrame], la_code: str, month: str) -> bytes:
    """Write the return as XML: persons, their requests, and all else nested below.

    Table ids are not written; the nesting gives the links. A missing value is an empty element or
    no element. Every row begins a line.
    """
    inner = {name: _texts(name, rows) for name, rows in tables.items()}
    for child, parent in PARENTS.items():
        links = tables[child][COLUMNS[child][1]].to_numpy().astype(np.int64) - 1
        tag = ELEMENTS[child]
        for place, text in zip(links.tolist(), inner[child], strict=True):
            inner[parent][place] += f"\n<{tag}>{text}</{tag}>"
    people = "".join(f"\n<Person>{text}</Person>" for text in inner["person"])
    year = month[:4]
    head = (
        f"<Header><CollectionDetails><Collection>SEN2</Collection><Year>{year}</Year>"
        f"<ReferenceDate>{month}-01</ReferenceDate></CollectionDetails><Source><SourceLevel>L"
        f"</SourceLevel><LEA>{la_code}</LEA><SoftwareCode>Invented</SoftwareCode></Source></Header>"
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Message>{head}\n<Persons>{people}\n'
        "</Persons></Message>\n"
    ).encode()


def row_lines(data: bytes, table: str) -> list[int]:
    """Give the lines, from 1, on which the rows of a table begin in XML."""
    start = f"<{ELEMENTS[table]}>"
    lines = data.decode().split("\n")
    return [number for number, line in enumerate(lines, 1) if line.startswith(start)]


def _texts(name: str, rows: pd.DataFrame) -> list[str]:
    """Give the fields of each row as elements."""
    texts = [""] * len(rows)
    for column in COLUMNS[name]:
        if column.endswith("tableid"):
            continue
        tag = _TAGS[column]
        missing = "" if tag in _LEFT_OUT else f"<{tag}/>"
        known = {
            value: f"<{tag}>{escape(value)}</{tag}>" if value else missing
            for value in rows[column].unique()
        }
        texts = [text + known[value] for text, value in zip(texts, rows[column], strict=True)]
    return texts
