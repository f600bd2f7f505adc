"""Small deliveries for tests: invented people in each of the forms that are taken."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl

from ingest.door.custody import open_key
from ingest.door.receive import Door, Received, receive
from ingest.store.ledger import Ledger

RECEIVED_AT = datetime(2025, 6, 4, 9, 0, tzinfo=UTC)
HEADER = (
    "referral_id,nhs_number,birth_date,service,referral_received_date,first_contact_date,"
    "clock_stop_date,discharge_date,referral_outcome,referral_outcome_date,signposted_date,"
    "support_offered_date,support_type,last_family_contact_date,setting_urn,provider_code"
)
ROWS = (
    "R1,9990000018,2019-05-04,SLT,2025-01-10,,,,accepted,2025-01-15,,,,,999001,",
    "R2,9990000026,2018-02-11,SLT,2024-06-03,2025-03-12,,,accepted,2024-06-10,,,,,999001,",
    "R3,9990000034,2020-11-30,SLT,2025-03-01,,,,,,,,,,,",
)


def csv_bytes(*rows: str) -> bytes:
    return "\n".join([HEADER, *(rows or ROWS), ""]).encode()


def take(
    home: Path, paths: Iterable[Path] = (), at: datetime = RECEIVED_AT, **how
) -> list[Received]:
    """Receive, as on 4 June 2025, with a key of the data folder's own."""
    ledger = Ledger(home)
    pseudonyms = open_key(home, home / "pseudonym.key", ledger)
    return receive(Door(home, ledger, pseudonyms, at, **how), paths)


def drop(
    folder: Path,
    data: bytes | None = None,
    *,
    name: str = "therapy_ptl_RY7_202503_01.csv",
    manifest: dict | None = None,
) -> Path:
    """Put a delivery into ``folder``; ``manifest`` adds one, with those of its fields changed."""
    folder.mkdir(parents=True, exist_ok=True)
    data = csv_bytes() if data is None else data
    path = folder / name
    path.write_bytes(data)
    if manifest is not None:
        row = _manifest_row(name, data) | manifest
        _write_manifest(path.with_name(f"{path.stem}.manifest.csv"), [row])
    return path


SEN2_STEM = "sen2_ehc_E08000015_202503_01"
SEN2 = {
    "person": (
        "persontableid,surname,forename,personbirthdate,sex,ethnicity,postcode,upn,"
        "uniquelearnernumber,upnunknown",
        "1,Invented,Child,2016-May-04 00:00:00,M,WBRI,ZZ99 3WZ,A344000025001,,",
        "2,Invented,Child,2018-Feb-11 00:00:00,F,WBRI,ZZ99 3WZ,P344000025002,,",
    ),
    "requests": (
        "requeststableid,persontableid,case_id,receiveddate,requestsource,rya,"
        "requestoutcomedate,requestoutcome,requestmediation,requesttribunal,exported",
        "11,1,EHC344000001,2024-Mar-01 00:00:00,1,0,2024-Apr-10 00:00:00,Y,0,0,",
        "12,2,EHC344000002,2025-Feb-20 00:00:00,1,0,,,0,0,",
    ),
    "assessment": (
        "assessmenttableid,requeststableid,assessmentoutcome,assessmentoutcomedate,"
        "assessmentmediation,assessmenttribunal,othermediation,othertribunal,week20",
        "21,11,Y,2024-Jun-20 00:00:00,0,0,0,0,0",
    ),
    "namedplan": (
        "namedplantableid,assessmenttableid,startdate,planres,planwbp,pb,oa,dp,"
        "ceasedate,ceasereason",
        "31,21,2024-Jul-15 00:00:00,,,0,0,0,,",
    ),
    "plandetail": (
        "plandetailtableid,namedplantableid,urn,ukprn,sensetting,sensettingother,"
        "placementrank,senunitindicator,resourcedprovisionindicator",
        "41,31,999001,,,,1,0,0",
    ),
    "activeplans": (
        "activeplanstableid,requeststableid,transferla,reviewmeeting,reviewoutcome,lastreview",
        "51,11,,,,",
    ),
    "placementdetail": (
        "placementdetailtableid,activeplanstableid,urn,ukprn,sensetting,sensettingother,"
        "placementrank,entrydate,leavingdate,senunitindicator,resourcedprovisionindicator",
        "61,51,999001,,,,1,2024-Sep-02 00:00:00,,0,0",
    ),
    "senneed": (
        "senneedtableid,activeplanstableid,sentype,sentyperank",
        "71,51,SLCN,1",
        "72,51,ASD,2",
    ),
}
"""Two invented children, one with a plan, as a set of CSV files: the lines of each table."""

XML = """<?xml version="1.0" encoding="UTF-8"?>
<Message xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <Header><CollectionDetails><Collection>SEN2</Collection><Year>2025</Year></CollectionDetails>
 </Header>
 <Persons>
  <Person>
   <Surname>Invented</Surname><Forename>Child</Forename>
   <PersonBirthDate>2016-05-04</PersonBirthDate><Sex>M</Sex><Ethnicity>WBRI</Ethnicity>
   <UPN> A344000<!-- a comment -->025001
   </UPN><UPNunknown/>
   <Requests>
    <ReceivedDate>2024-03-01</ReceivedDate><CaseId>EHC344000001</CaseId><RYA>0</RYA>
    <RequestOutcomeDate>2024-04-10</RequestOutcomeDate><RequestOutcome>Y</RequestOutcome>
    <Assessment>
     <AssessmentOutcome><![CDATA[Y]]></AssessmentOutcome>
     <AssessmentOutcomeDate>2024-06-20</AssessmentOutcomeDate>
     <NamedPlan>
      <StartDate>2024-07-15</StartDate>
      <PlanDetail><URN>999001</URN><PlacementRank>1</PlacementRank></PlanDetail>
     </NamedPlan>
    </Assessment>
    <ActivePlans>
     <ReviewMeeting/>
     <PlacementDetail><URN>999001</URN><PlacementRank>1</PlacementRank></PlacementDetail>
     <SENneed><SENtype>SLCN</SENtype><SENtypeRank>1</SENtypeRank></SENneed>
     <SENneed><SENtype>ASD</SENtype><SENtypeRank>2</SENtypeRank></SENneed>
    </ActivePlans>
   </Requests>
  </Person>
  <Person>
   <PersonBirthDate>2018-02-11</PersonBirthDate><Sex>F</Sex><UPN>P344000025002</UPN>
   <Requests><ReceivedDate>2025-02-20</ReceivedDate></Requests>
  </Person>
 </Persons>
</Message>
"""
"""The same children as the XML of the SEN2 return."""


def set_bytes(**changed: Sequence[str] | None) -> dict[str, bytes]:
    """The files of the set by table; ``changed`` gives other lines of a table, or None for none."""
    lines = SEN2 | changed
    return {table: "\n".join([*rows, ""]).encode() for table, rows in lines.items() if rows}


def drop_set(
    folder: Path,
    files: dict[str, bytes] | None = None,
    *,
    stem: str = SEN2_STEM,
    manifest: dict | None = None,
) -> list[Path]:
    """Put a set into ``folder``; ``manifest`` adds one, with those of its fields changed."""
    folder.mkdir(parents=True, exist_ok=True)
    files = set_bytes() if files is None else files
    for table, data in files.items():
        (folder / f"{stem}_{table}.csv").write_bytes(data)
    if manifest is not None:
        rows = [_manifest_row(f"{stem}_{name}.csv", data) for name, data in files.items()]
        _write_manifest(folder / f"{stem}.manifest.csv", [row | manifest for row in rows])
    return sorted(folder.glob(f"{stem}_*.csv"))


def _manifest_row(name: str, data: bytes) -> dict:
    return {
        "file_name": name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "row_count": data.count(b"\n") - 1,
        "reporting_month": "2025-03",
        "extract_datetime": "2025-04-03T06:00:00",
        "sender": "E08000015" if name.startswith("sen2") else "RY7",
        "submission_seq": 1,
        "feed_version": 1,
        "synthetic": 1,
    }


def _write_manifest(path: Path, rows: list[dict]) -> None:
    lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows), ""]
    path.write_text("\n".join(lines))


def workbook_bytes(sheets: dict[str, Sequence[Sequence[object]]]) -> bytes:
    """A workbook of these sheets and rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def sen2_sheets(**changed: Sequence[str] | None) -> dict[str, list[list[str]]]:
    """The set as sheets, one a table."""
    return {table: [line.split(",") for line in lines] for table, lines in (SEN2 | changed).items()}


def template_rows() -> list[list[object]]:
    """The same children in the template of the return, all tables on one sheet."""
    person, request = (
        "Person ID\n\n(This must be unique)",
        "Requests record ID\n\n(This must match)",
    )
    return [
        ["Template of the SEN2 return, 2025"],
        ["Header Record"],
        ["Record Type", "Collection Name", "Year", "LA Number"],
        ["Header", "SEN2", 2025, 344],
        [],
        ["Person Record"],
        ["Record Type", person, "LA\n(From Header Record)", "Surname", "Forename",
         "Date of Birth \n(ccyy-mm-dd)", "Sex", "Ethnicity", "Post Code",
         "UPN - Unique Pupil Number", "ULN - Young Persons Unique Learner Number",
         "UPN and ULN unavailable – Reason"],
        ["Person", 1, 344, "Invented", "Child", date(2016, 5, 4), "M", "WBRI", None,
         "A344000025001", None, None],
        ["Person", 2, 344, "Invented", "Child", date(2018, 2, 11), "F", "WBRI", None,
         "P344000025002", None, None],
        ["Person", None, 344],
        [],
        ["Requests Records"],
        ["Record Type", request, person, "Date request was received",
         "Source of request for an EHC needs assessment", "Initial Request Whilst In RYA",
         "Request Outcome Date", "Request Outcome", "Request Mediation", "Request Tribunal",
         "Exported - Child or young person moves out of LA before assessment is completed"],
        ["Requests", 11, 1, date(2024, 3, 1), 1, 0, date(2024, 4, 10), "Y", 0, 0, None],
        ["Requests", 12, 2, date(2025, 2, 20), 1, 0, None, None, 0, 0, None],
        [],
        ["Assessments Records"],
        [person, request, "Assessment Outcome - Decision to issue EHC plan",
         "Assessment Outcome Date", "Twenty week time limit exceptions apply"],
        [1, 11, "Y", date(2024, 6, 20), 0],
        [],
        ["Named Plan Records"],
        [person, request, "EHC Plan Start Date", "Residential Settings",
         "Work Based Learning Activity", "Date EHC plan ceased", "Reason EHC plan ceased"],
        [1, 11, date(2024, 7, 15), None, None, None, None],
        [],
        ["Plan Detail Records"],
        [person, request, "URN - Unique Reference Number", "UKPRN - UK Provider Reference Number",
         "SEN Setting – Establishment type", "Placement Rank (1=Primary, 2=Secondary)",
         "SEN Unit Indicator", "Resourced Provision Indicator"],
        [1, 11, 999001, None, None, 1, 0, 0],
        [],
        ["Active Plan Records"],
        [person, request, "EHC Plan transferred in from another LA during calendar year",
         "EHC Plan Review Decisions Date", "Annual Review Decision", "Annual Review Meeting Date"],
        [1, 11, None, date(2025, 3, 20), "M", date(2025, 3, 3)],
        [],
        ["Placement Detail Records"],
        [person, request, "URN - Unique Reference Number", "UKPRN - UK Provider Reference Number",
         "SEN Setting – Establishment type", "Placement Rank (1=Primary, 2=Secondary)",
         "Placement start date", "Placement leaving date", "SEN Unit Indicator",
         "Resourced Provision Indicator"],
        [1, 11, 999001, None, None, 1, date(2024, 9, 2), None, 0, 0],
        [],
        ["SEN Need Records"],
        [person, request, "SEN Type", "SEN Type Rank"],
        [1, 11, "SLCN", 1],
        [1, 11, "ASD", 2],
    ]  # fmt: skip
