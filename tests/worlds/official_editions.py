"""Small made editions of an official publication, with invented figures."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pandas as pd

from ingest.contracts.official import FOLDER
from ingest.partnership import rows

YEARS = range(2019, 2026)
_TOPIC = "All work based placements"


def compared_areas() -> list[str]:
    """GSS codes of the areas that the local area is compared with."""
    members = dict.fromkeys(row["member_code"] for row in rows("comparator_sets"))
    return [code for code in members if len(code) == 9]


def placements() -> pd.DataFrame:
    """One row per area and January: supported internships, apprenticeships, traineeships."""
    rows = [
        {"area": area, "year": year, "open_supp_intern": 20 + place, "open_apprentice": 300 + place}
        for place, (area, year) in enumerate((a, y) for a in compared_areas() for y in YEARS)
    ]
    return pd.DataFrame(rows).assign(open_trainee=7)


def sheet(table: pd.DataFrame, total: str = "open_wbp") -> bytes:
    """The table as the DfE publishes open data; a last column adds up the others."""
    names = pd.read_csv(FOLDER / "local_authorities.csv", dtype=str).set_index("gss_code")
    measures = [column for column in table if column not in ("area", "year")]
    place = "time_period,time_identifier,geographic_level,country_code,country_name,region_code,"
    place += "region_name,new_la_code,old_la_code,la_name,breakdown_topic,breakdown"
    lines = [",".join([place, *measures, total])]
    for row in table.to_dict("records"):
        figures = [row[name] for name in measures]
        parts = [_period(row["year"]), _place(row["area"], names), _TOPIC, _TOPIC]
        lines.append(",".join(map(str, [*parts, *figures, sum(figures)])))
    return "\n".join(lines).encode() + b"\n"


def _period(year: int) -> str:
    return f"{year - 1}{year % 100:02d},Academic year"


def _place(code: str, names: pd.DataFrame) -> str:
    if code == "E92000001":
        return "National,E92000001,England,,,,,"
    if code == "E12000002":
        return "Regional,E92000001,England,E12000002,North West,,,"
    old, name = names.loc[code, ["la_code", "la_name"]]
    return f"Local authority,E92000001,England,,,{code},{old},{name}"


def archive(members: dict[str, bytes], day: date) -> bytes:
    """A zip archive whose members carry ``day``."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, data in members.items():
            package.writestr(zipfile.ZipInfo(name, (day.year, day.month, day.day, 9, 0, 0)), data)
    return buffer.getvalue()
