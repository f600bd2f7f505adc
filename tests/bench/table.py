"""The results of `make bench` as the table that docs/performance.md shows.

`python -m tests.bench.table RESULTS.json` puts it there, between the two marks.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from math import log
from pathlib import Path
from statistics import median
from typing import Any

from orchestration.settings import PROJECT

PAGE = PROJECT / "docs" / "performance.md"
BEGIN = "<!-- Written by `make bench-page` from here ... -->"
END = "<!-- ... to here. -->"
_WORDS = {
    "make run": "`make run` after the installation",
    "make test": "`make test` after the installation",
    "official received": "every official file received",
    "official month": "a month released with every official file",
}
_PAIRS = {
    "by contract against DuckDB's cast": "rows a second: a CSV by contract, against DuckDB's cast",
    "by contract against pandas with Great Expectations": (
        "rows a second: a CSV by contract, against pandas with Great Expectations"
    ),
}

Row = Mapping[str, Any]


def page_with(text: str, results: Mapping[str, Any]) -> str:
    """The page with the table of these results in place of the one that stands there."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks the marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{table(results)}{END}{after}"


def table(results: Mapping[str, Any]) -> str:
    """Machine and sizes in a sentence, then a row a measure."""
    machine, rows = results["machine"], results["rows"]
    lines = [
        f"{machine['date']}, version {machine['version']}: {machine['processor']}, "
        f"{machine['cores']} cores, {machine['memory_gb']} GB, Python {machine['python']}; other "
        f"work on the machine at the start: load {machine['load']}. Medians of "
        f"{results['rounds']} rounds.",
        "",
        "| what | CPU s | s | times the floor: CPU; clock | memory MB | disk MB |",
        "|---|---|---|---|---|---|",
        *map(_line, _costs(rows)),
    ]
    ratios = [*_ratios(rows), *_of_receiving(results.get("receiving", {}))]
    if ratios:
        lines += ["", "| ratio | |", "|---|---|"]
        lines += [f"| {words} | {value:.2g} |" for words, value in ratios]
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    cells = (
        f"{row['cpu_seconds']:.1f}",
        f"{row['wall_seconds']:.1f}",
        f"{row['floors']:.2f}; {row['clock_floors']:.2f}" if "floors" in row else "",
        f"{row['peak_mb']:.0f}",
        f"{row['disk_mb']:.0f}" if "disk_mb" in row else "",
    )
    return f"| {row['words']} | {' | '.join(cells)} |"


def _costs(rows: list[Row]) -> Iterator[Row]:
    """A row a measure with the medians of its rounds, in the order in which they were measured."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    floor: Row = {}
    for row in rows:
        if row["measure"] == "floor":
            floor = row
        own = _against(floor, row) if "history" in row else {}
        key = (row["measure"], row.get("areas"), row.get("history"))
        found.setdefault(key, []).append({**row, **own})
    for many in found.values():
        numbers = (
            "cpu_seconds", "wall_seconds", "floors", "clock_floors", "peak_mb", "disk_mb",
        )  # fmt: skip
        yield {n: median(row[n] for row in many) for n in numbers if n in many[0]} | {
            "words": _words(many[0])
        }


def _against(floor: Row, row: Row) -> Row:
    """How many times the floor of its round a measure took: of processor time, and on the clock."""
    return {
        "floors": row["cpu_seconds"] / floor["cpu_seconds"],
        "clock_floors": row["wall_seconds"] / floor["wall_seconds"],
    }


def _words(row: Row) -> str:
    if "history" not in row:
        floor = "the floor: importing Dagster and Great Expectations, starting dbt"
        return _WORDS.get(row["measure"], floor)
    if row["measure"] == "nothing":
        return "a month in which nothing was delivered"
    of = f"{row['history']} months" + (f" of {row['areas']} areas" if row["areas"] > 1 else "")
    if row["measure"] == "more":
        return f"one month more on {of}: all feeds received, judged, released"
    return f"the same month again on {of}, nothing changed"


def _ratios(rows: list[Row]) -> Iterator[tuple[str, float]]:
    """One month more on a long history against a short one, and the exponent of the growth."""
    spent: dict[tuple[int, int], list[float]] = {}
    for row in rows:
        if row["measure"] == "more":
            spent.setdefault((row["areas"], row["history"]), []).append(row["cpu_seconds"])
    by_areas: dict[int, list[tuple[int, float]]] = {}
    for (areas, history), seconds in sorted(spent.items()):
        by_areas.setdefault(areas, []).append((history, median(seconds)))
    for areas, points in by_areas.items():
        (short, least), (long, most) = points[0], points[-1]
        if long > short:
            of = f" of {areas} areas" if areas > 1 else ""
            yield f"one month more on {long} months{of} against {short}", most / least
            exponent = log(most / least) / log((long + 1) / (short + 1))
            yield f"exponent of a month's CPU time by months, {short} to {long}", exponent
    alike = {areas: dict(points) for areas, points in by_areas.items()}
    for areas, points in alike.items():
        for history in sorted(points.keys() & alike[1].keys() if areas > 1 and 1 in alike else ()):
            ratio = points[history] / alike[1][history]
            yield f"a month of {areas} areas against one, on {history} months", ratio


def _of_receiving(found: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    for name, words in _PAIRS.items():
        if name in found:
            yield words, found[name]
    whole = found.get("a month of all feeds, whole process")
    if whole:
        floor = found["the same process with nothing to receive"]
        yield "receiving a month of all feeds: CPU seconds of the process", whole
        yield "the same without the start of the process", whole - floor


def main() -> None:
    """Put the table of a file of results into the page."""
    results = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    PAGE.write_text(page_with(PAGE.read_text("utf-8"), results), "utf-8")


if __name__ == "__main__":
    main()
