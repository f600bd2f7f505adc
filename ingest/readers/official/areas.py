"""Published area columns -> level, code and name of the area, and of an NHS organisation."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from ingest.contracts.official import FOLDER, Geography, plain

LEVELS = {
    "national": ("national", "country_code", "country_name"),
    "regional": ("region", "region_code", "region_name"),
    "local authority": ("local_authority", "new_la_code", "la_name"),
}
REGIONS = {
    "north_east": "E12000001",
    "north_west": "E12000002",
    "yorkshire_and_the_humber": "E12000003",
    "east_midlands": "E12000004",
    "west_midlands": "E12000005",
    "east_of_england": "E12000006",
    "london": "E12000007",
    "south_east": "E12000008",
    "south_west": "E12000009",
    "inner_london": "E13000001",
    "outer_london": "E13000002",
    "london_inner": "E13000001",
    "london_outer": "E13000002",
}
ENGLAND = "E92000001"
_LIST = FOLDER / "local_authorities.csv"


@dataclass(frozen=True)
class Area:
    """Where a figure belongs; ``doubt`` says what speaks against it."""

    level: str | None
    code: str | None
    name: str | None
    org_code: str | None = None
    org_name: str | None = None
    doubt: str | None = None
    region: str | None = None
    """Code of the region that an authority's row says it lies in."""


def standard_columns() -> list[str]:
    """The area columns of DfE's open-data standard that identify a row's area."""
    return ["geographic_level", *(c for _, code, name in LEVELS.values() for c in (code, name))]


def standard_area(cells: dict[str, str]) -> Area:
    """Read a row of DfE's open-data standard: its level says which code and name are its own."""
    published = cells.get("geographic_level", "").strip()
    level, code, name = LEVELS.get(published.casefold(), (plain(published) or None, "", ""))
    area_code, area_name = cells.get(code, "").strip(), cells.get(name, "").strip()
    doubt = None if area_code and area_name else "no code or no name of its area"
    if published.casefold() not in LEVELS:
        doubt = f"an unknown geographic level, {published or 'blank'}"
    if level == "local_authority" and not doubt:
        doubt = _slipped(area_code, area_name)
    region = cells.get("region_code", "").strip() or None
    return Area(level, area_code or None, area_name or None, doubt=doubt, region=region)


def _slipped(code: str, name: str) -> str | None:
    """What speaks against a code and a name that two lists know as two authorities'.

    A code that no list knows may be a new authority's: it is reported and its figures stay.
    """
    owner, named = _by_gss().get(code), _authorities()[1].get(plain(name))
    if owner and named and named[1] != owner:
        return f"its code {code} belongs to {owner}"
    return None


def unlisted(area: Area) -> str | None:
    """What the lists do not know of an authority or region that has code and name, if anything.

    Its figures stand: boundaries and names change before lists do. A reader should know of it.
    """
    if area.doubt or area.level not in ("local_authority", "region") or not area.code:
        return None
    if area.level == "region":
        return None if area.code in REGIONS.values() else "code"
    if area.code not in _by_gss():
        return "code"
    return None if plain(area.name or "") in _authorities()[1] else "name"


def declared_columns(geography: Geography) -> list[str]:
    """The area columns that a contract names."""
    named = (geography.by, geography.code, geography.name, geography.region_name)
    return [name for name in named if name]


def declared_area(geography: Geography, cells: dict[str, str]) -> Area:
    """Read a row by the columns that its contract names."""
    code = cells.get(geography.code or "", "").strip()
    name = cells.get(geography.name or "", "").strip()
    if geography.all_code and code == geography.all_code:
        region = cells.get(geography.region_name or "", "").strip()
        return Area("region", REGIONS.get(plain(region)), region)
    level, doubt = _level(geography, cells)
    if geography.lookup:
        return authority(code if geography.lookup == "la_code" else None, name)
    if geography.is_organisation:
        if level == "national":
            return Area(level, ENGLAND, "England", code or None, name or None, doubt)
        return Area(level, code or None, name or None, code or None, name or None, doubt)
    return Area(level, code or None, name or None, doubt=doubt)


def _level(geography: Geography, cells: dict[str, str]) -> tuple[str | None, str | None]:
    if geography.by is None:
        return geography.level, None
    words = cells.get(geography.by, "").strip().casefold()
    starts = sorted(geography.levels, key=len, reverse=True)
    found = next((start for start in starts if words.startswith(start)), None)
    if found is None:
        return None, f"an unknown kind of area, {words or 'blank'}"
    return geography.levels[found], None


def authority(la_code: str | None, name: str) -> Area:
    """Find a local authority by its name; its three-digit code, where given, must agree.

    The name decides, because printed codes have slipped by a row (MoJ 2024: five authorities).
    """
    by_code, by_name = _authorities()
    named = by_name.get(plain(name))
    coded = by_code.get((la_code or "").removesuffix(".0"))
    if plain(name) in REGIONS:
        return Area("region", REGIONS[plain(name)], name)
    if plain(name).startswith("england"):
        return Area("national", ENGLAND, name)
    found = named or coded
    doubt = None
    if found is None:
        doubt = "an authority that is in no list"
    elif coded and named and coded != named:
        doubt = f"its code {la_code} belongs to {coded[1]}"
    return Area("local_authority", found[0] if found else None, name or None, doubt=doubt)


@cache
def _authorities() -> tuple[dict[str, tuple[str, str]], dict[str, tuple[str, str]]]:
    """GSS code and name of each authority, by three-digit code and by every spelling."""
    by_code, by_name = {}, {}
    with _LIST.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found = (row["gss_code"], row["la_name"])
            by_code[row["la_code"]] = found
            for name in (row["la_name"], *filter(None, row["also_written"].split("; "))):
                by_name[plain(name)] = found
    return by_code, by_name


@cache
def _by_gss() -> dict[str, str]:
    """Name of each authority by its GSS code and by those it had before or has since."""
    with _LIST.open(encoding="utf-8", newline="") as file:
        return {
            code: row["la_name"]
            for row in csv.DictReader(file)
            for code in (row["gss_code"], *row["also_coded"].split())
        }
