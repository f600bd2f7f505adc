"""What is one partnership's own: a folder of lists, and its settings in ``partnership.yaml``.

The lists are CSV files, seeds of dbt. Nothing else in the code says whose figures these are.
"""

from __future__ import annotations

import csv
import hashlib
import re
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from ingest.written import read

SHIPPED = Path(__file__).resolve().parents[1] / "dbt_project" / "partnership"
"""The folder that comes with the code; it is chosen unless another one is."""
SETTINGS = "partnership.yaml"
_chosen = SHIPPED


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NdPathway(_Strict):
    """Senders of the neurodevelopmental pathway."""

    mental_health: str
    community_paediatrics: str


class CypMh(_Strict):
    """Senders of children's mental health services."""

    front_door: str
    specialist: str


class InventedDeliveries(_Strict):
    """From whom the invented deliveries of the local area come, beside the council."""

    therapy_ptl: dict[str, tuple[str, ...]] = Field(min_length=2, max_length=2)
    """The services of each of the two senders. The system of the second one stops the clock at the
    first contact."""
    nd_pathway: NdPathway
    cyp_mh: CypMh
    ehc_advice: dict[str, str]
    """Provider of each body that gives advice and is no part of the council."""


class Partnership(_Strict):
    """The settings of a partnership."""

    name: str
    report: str
    """Title of the report."""
    local_area: str = Field(pattern=r"^[EWSN]\d{8}$")
    local_la_code: str = Field(pattern=r"^\d{3}$")
    country: str = Field(pattern=r"^[EWSN]\d{8}$")
    invented_deliveries: InventedDeliveries


def choose(folder: Path) -> None:
    """Make ``folder`` this process's partnership.

    Raises:
        WrongContract: its settings cannot be used.
    """
    global _chosen
    _chosen = folder
    partnership()


def chosen_folder() -> Path:
    """The folder of this process's partnership."""
    return _chosen


def partnership() -> Partnership:
    """The settings of this process's partnership."""
    return _read(_chosen)


@cache
def _read(folder: Path) -> Partnership:
    return read(Partnership, folder / SETTINGS)


def own_words() -> frozenset[str]:
    """The words of the local area's name and of the codes that it is compared by, in small letters.

    Publishers' file names hold them.
    """
    names = [
        row["area_name"]
        for row in rows("local_areas")
        if row["area_code"] == partnership().local_area
    ]
    codes = [row["member_code"] for row in rows("comparator_sets")]
    return frozenset(re.findall(r"[a-z]+", " ".join([*names, *codes]).lower(), re.ASCII))


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one of the partnership's lists, in file order."""
    with (_chosen / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def stated() -> dict[str, str]:
    """What a release says of the partnership that it was made for."""
    own = {"name", "report", "local_area", "local_la_code", "country"}
    told = partnership().model_dump(include=own)
    return told | {"folder_sha256": folder_sha256()}


def folder_sha256() -> str:
    """Hash of the names and contents of the files in the chosen folder."""
    digest = hashlib.sha256()
    for path in sorted([*_chosen.glob("*.csv"), _chosen / SETTINGS]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
