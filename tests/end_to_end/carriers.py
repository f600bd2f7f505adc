"""Small deliveries of every feed and form, made from the contracts, that carry the canaries.

Each table has twenty sound rows of invented people; the first carries canaries wherever a cell
names somebody or may be free text, the second an identifier that fails its check, the third a cell
that sends it to quarantine.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ingest.contracts import Contract, Table, contract_for, local_feeds
from ingest.contracts.model import Column, codes
from ingest.synthetic import ccis, sen2_forms
from ingest.synthetic.files import Sheet, csv_bytes, table_rows, xlsx_parts, zip_bytes
from ingest.synthetic.identifiers import learner_numbers, nhs_numbers, pupil_numbers

MONTH = "2025-03"
SENDER = "CANARY"
"""A code that no organisation has: the data folder must accept it."""
ROWS = 20
_PLACE = 67_331  # of the canary person in the reserved ranges, far from the sound rows
NHS = str(nhs_numbers(np.array([_PLACE]), 1)[0])
UPN = str(pupil_numbers(np.array([_PLACE]), 1)[0])
ULN = str(learner_numbers(np.array([_PLACE]), 1)[0])
BIRTH = "2011-11-13"
WORD = "canaryword"
CODE = "canarycode"
BAD_DAY = "31/02/canary"
WRONG_NHS, WRONG_UPN, WRONG_ULN = f"{NHS[:3]} {NHS[3:6]} 0000", f"{UPN[:9]}9999", f"{ULN[:6]}7777"
CANARIES = (
    NHS, UPN, ULN, BIRTH, WORD, CODE, BAD_DAY, WRONG_NHS, WRONG_NHS.replace(" ", ""), WRONG_UPN,
    WRONG_ULN,
)  # fmt: skip
_IDS = {"nhs_number": NHS, "upn": UPN, "uln": ULN}
_WRONG = {"nhs_number": WRONG_NHS, "upn": WRONG_UPN, "uln": WRONG_ULN}


def write(inbox: Path) -> None:
    """Write a delivery of every local feed in each of its forms, and some that will be refused."""
    inbox.mkdir(parents=True)
    for feed in sorted(local_feeds()):
        contract = contract_for(feed, MONTH)
        tables = {table.name: _rows(table, contract) for table in contract.tables}
        tables.pop("sen2", None)
        for number, form in enumerate(contract.formats, 1):
            stem = f"{feed}_{SENDER}_{MONTH.replace('-', '')}_{number:02d}"
            for ending, data in _files(form, tables).items():
                (inbox / f"{stem}{ending}").write_bytes(data)
    _write_refused(inbox)


def spare(folder: Path) -> Path:
    """Write one more delivery, for an inbox that is to have something in it."""
    folder.mkdir(parents=True)
    contract = contract_for("therapy_ptl", MONTH)
    path = folder / f"therapy_ptl_{SENDER}_{MONTH.replace('-', '')}_09.csv"
    path.write_bytes(csv_bytes(_rows(contract.tables[0], contract).iloc[:-1]))
    return path


def _rows(table: Table, contract: Contract) -> pd.DataFrame:
    cells = {
        column.name: [_sound(column, table, contract, row) for row in range(ROWS)]
        for column in table.columns
    }
    frame = pd.DataFrame(cells)
    for column in table.columns:
        is_running = len(contract.tables) > 1 and (column.name in table.key or column.references)
        if not is_running:  # the numbers of one export that tie its tables
            frame[column.name] = _with_canaries(column, table, frame[column.name].tolist())
    return frame


def _sound(column: Column, table: Table, contract: Contract, row: int) -> str:
    """A cell that keeps its contract: every event on one day, everybody ten years old."""
    person = np.array([row])
    if column.use == "filled":
        return "343"
    match column.type:
        case "date" if column.use == "month":
            return f"2010-05-{row + 1:02d}"
        case "date":
            later = contract.feed == "school_closures" and column.name == "reopens"
            return "2025-03-01" if column.use == "period" else f"2025-03-{5 + later:02d}"
        case "code":
            listed = codes(column.codes or "")
            return listed[row % len(listed) if column.name in table.key else 0]
        case "integer" | "number" if column.between:
            return str(column.between[0])
        case "integer" | "number":
            return "1"
        case "boolean":
            return "1"
        case "nhs_number":
            return str(nhs_numbers(person, 1)[0])
        case "upn":
            return str(pupil_numbers(person, 1)[0])
        case "uln":
            return str(learner_numbers(person, 1)[0])
        case "urn":
            return f"9990{row:02d}"
        case "ukprn":
            return f"109990{row:02d}"
        case "ods_code":
            return SENDER
        case "la_code":
            return "344"
    return f"{row + 1}" if column.name in table.key or column.references else f"n{row + 1}"


def _with_canaries(column: Column, table: Table, cells: list[str]) -> list[str]:
    if column.type in _IDS:
        cells[:2] = [_IDS[column.type], _WRONG[column.type]]
    elif column.use == "month":
        cells[0] = BIRTH
    elif column.type == "text" and column.use != "filled":
        cells[0] = WORD
    elif column.type == "date" and column.use == "keep":
        cells[2] = BAD_DAY
    elif column.type == "code":
        cells[2] = CODE
    elif column.type == "prose":
        cells[:2] = [f"Ring {WRONG_NHS}, {WORD}", f"{UPN} was born on {BIRTH}, {WORD}"]
    return cells


def _files(form: str, tables: dict[str, pd.DataFrame]) -> dict[str, bytes]:
    (rows, *more) = tables.values()
    if form == "xml":
        return {".xml": sen2_forms.xml(tables, "344", MONTH) if more else ccis.xml(rows, MONTH)}
    if form == "xlsx":
        sheets = [Sheet(title, table_rows(part, ())) for title, part in tables.items()]
        return {".xlsx": zip_bytes(xlsx_parts(sheets))}
    if more:
        return {f"_{title}.csv": csv_bytes(part) for title, part in tables.items()}
    return {".csv": csv_bytes(rows)}


def _write_refused(inbox: Path) -> None:
    """Files whose very name, header, sheet, element or note is a canary."""
    header, row = f"referral_id,{WORD}", f"{NHS},{WORD}"
    sheet = Sheet(WORD, [(WORD, NHS), (UPN, ULN)])
    bad = {
        f"{WORD} {NHS}.csv": f"{header}\n{row}\n",
        f"therapy_ptl_{UPN}_202503_01.csv": f"{header}\n{row}\n",
        f"therapy_ptl_{SENDER}_202503_90.csv": f"{header}\n{row}\n",
        f"ccis_{SENDER}_202503_90.xml": f"<NCCIS><{WORD}>{NHS}</{WORD}></NCCIS>\n",
        f"sen2_ehc_{SENDER}_202503_90.xml": f"<Message><Persons><Person UPN='{UPN}'/></Persons>",
        f"ehc_advice_{SENDER}_202503_90.csv": f"Notes: {WORD} {NHS}\n",
        f"cyp_mh_{SENDER}_202503_90.csv": f"{header}\n{row}",
    }
    for name, text in bad.items():
        (inbox / name).write_text(text)
    parts = xlsx_parts([sheet])
    (inbox / f"annual_reviews_{SENDER}_202503_90.xlsx").write_bytes(zip_bytes(parts))
