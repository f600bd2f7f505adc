"""What a month costs: `python -m tests.bench FILE.json --on DATE` writes JSON and prints a table.

Whole processes, repeated, each round with its own floor, so that what else runs on the machine
slows both. Nothing is asserted. Sizes are options: the defaults take minutes, the sizes of
`make bench-long` hours.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import tempfile
from datetime import date
from pathlib import Path

from orchestration.months import month_before, parse_months
from orchestration.settings import PROJECT, code_version
from tests.bench import receiving
from tests.bench.months import Series, demonstration, measured, of_nothing, official
from tests.bench.processes import spend
from tests.bench.table import table

MEASURES = ("months", "receiving", "run", "test", "official")
DEMONSTRATION = "2024-09..2025-10"
OFFICIAL_MONTH = "2025-10"


def main() -> None:
    """Measure what is asked; what was measured is written after each measure."""
    asked = _options().parse_args()
    series = list(map(_series, asked.series))
    months = parse_months(f"{asked.first}..{month_before(asked.on)}")
    wanted = max(max(one.histories) for one in series) + 1
    if wanted > len(months):
        raise SystemExit(
            f"{wanted - 1} months of history and one more, from {asked.first} on, have not all "
            f"ended; ask for {len(months) - 1} or an earlier --first (2023-01 is the earliest)"
        )
    results = {"machine": _machine(asked.on), "rounds": asked.rounds, "rows": [], "receiving": {}}

    def keep(row: dict | None = None) -> None:
        results["rows"] += [row] if row else []
        asked.file.parent.mkdir(parents=True, exist_ok=True)
        asked.file.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
        print(row or results["receiving"], flush=True)

    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        if "months" in asked.only:
            for row in of_nothing(folder / "nothing", months, asked.rounds):
                keep(row)
            for one in series:
                for row in measured(folder, months, one, asked.rounds):
                    keep(row)
        if "receiving" in asked.only:
            results["receiving"] = receiving.measured()
            keep()
        if "run" in asked.only:
            keep(demonstration(folder / "run", DEMONSTRATION))
        if "official" in asked.only and asked.official:
            for row in official(folder / "official", asked.official, OFFICIAL_MONTH):
                keep(row)
        if "test" in asked.only:
            spent = spend(["make", "-C", str(PROJECT), "test"])
            keep({"measure": "make test", **spent.__dict__})
    finally:
        shutil.rmtree(folder)
    print(table(results))


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("file", type=Path, help="the results, as JSON")
    parser.add_argument(
        "--on", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD",
        help="day of the measurement; months that have ended by then are measured",
    )  # fmt: skip
    parser.add_argument(
        "--series", nargs="+", default=["1:6,13"], metavar="AREAS:HISTORY,...",
        help="areas, and the months of history on which one more is measured; default 1:6,13",
    )  # fmt: skip
    parser.add_argument("--first", default="2024-09", help="first month; default 2024-09")
    parser.add_argument("--rounds", type=int, default=2, help="default 2")
    parser.add_argument("--official", type=Path, help="folder of official files")
    parser.add_argument(
        "--only", nargs="+", choices=MEASURES, default=["months", "receiving"],
        help="default: months receiving",
    )  # fmt: skip
    return parser


def _series(text: str) -> Series:
    areas, _, histories = text.partition(":")
    return Series(int(areas), tuple(map(int, histories.split(","))))


def _machine(day: date) -> dict[str, object]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "date": day.isoformat(),
        "version": code_version(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(memory),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    names = (line.partition(": ")[2] for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


if __name__ == "__main__":
    main()
