"""An invented partnership beside the shipped one, and the words that are a partnership's own."""

import csv
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parents[1] / "partnership"
_OWN_TEXTS = {
    "senders": ("sender", "name"),
    "local_areas": ("area_code", "area_name"),
    "comparator_sets": ("member_code",),
    "adopted_indicators": ("owner_group",),
    "plan_statements": ("title",),
    "priority_areas": ("text",),
    "roadmap_commitments": ("text",),
}
_NOBODYS = {"England", "E92000001", "North West", "E12000002", "BRANCH", "Branch"}
_NOBODYS |= {"Health and Wellbeing Board"}
"""The country, a region that other councils lie in too, a service that a contract's code is named
after, and a board that every council has."""


def words_of(folder: Path) -> list[str]:
    """Codes, names and sentences that a partnership's folder holds and no other one would."""
    settings = yaml.safe_load((folder / "partnership.yaml").read_text("utf-8"))
    words = {settings["name"], settings["report"], settings["local_area"]}
    for name, columns in _OWN_TEXTS.items():
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
            words |= {row[column] for row in csv.DictReader(lines) for column in columns}
    return sorted(words - _NOBODYS)
