"""What receiving costs, in CPU seconds.

Each way works in a process of its own, several times in turn, so that whatever else runs on the
machine slows all ways alike; a ratio is the median over the rounds. Reading is timed from the bytes
of a file to typed columns in memory, after a first small file has loaded what is loaded once.
"""

from __future__ import annotations

import csv
import io
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median

ROWS, ROUNDS, MONTH = 100_000, 3, "2025-09"
FEED, NAME = "therapy_ptl", "therapy_ptl_RY7_202509_01.csv"
CODES = ["service", "referral_outcome", "support_type", "provider_code"]


# --- what is read -----------------------------------------------------------------------------


def written_inbox(home: Path) -> Path:
    """Invented deliveries of all feeds of one month."""
    from ingest.synthetic.monthly_files import write_deliveries

    write_deliveries(home / "inbox", [MONTH])
    return home / "inbox"


def large_list(month: Path) -> bytes:
    """The rows of the month's list again and again, each time of other children and referrals."""
    header, *rows = csv.reader((month / NAME).read_text("utf-8").splitlines())
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    numbers = iter(filter(None, map(nhs_number, range(10**6))))
    for at in range(ROWS):
        _, nhs, *others = rows[at % len(rows)]
        writer.writerow([f"SLT{at:09d}", nhs and next(numbers), *others])
    return text.getvalue().encode()


def nhs_number(number: int) -> str | None:
    """A number of the range for testing with its check digit, where it has one."""
    nine = f"999{number:06d}"
    rest = -sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True))
    return None if rest % 11 == 10 else f"{nine}{rest % 11}"


# --- the ways ---------------------------------------------------------------------------------


def by_contract(data: bytes) -> int:
    """Every rule of the contract judged, identifiers replaced, as the lake has it."""
    from ingest.door.delivery import DeliveredFile, Delivery
    from ingest.door.examine import examine
    from ingest.store.lake import lake_tables
    from ingest.store.pseudonyms import Pseudonyms

    file = DeliveredFile(Path(NAME), data, "csv")
    examined = examine(Delivery((file,), FEED, "RY7", MONTH, 1, None), date(2026, 11, 30))
    ((_, table),) = lake_tables(examined, Pseudonyms(bytes(32)))
    return table.num_rows


def by_duckdb(data: bytes) -> int:
    """Each column cast to its type, and nothing judged."""
    import duckdb

    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(data)
        file.flush()
        names = data[: data.index(b"\n")].decode().split(",")
        types = {n: "date" if n.endswith("_date") else "varchar" for n in names}
        relation = duckdb.connect().read_csv(file.name, dtype=types, header=True)
        return relation.to_arrow_table().num_rows


def by_pandas(data: bytes) -> int:
    """pandas converts, Great Expectations judges the cells that a rule of one column can judge."""
    import great_expectations as gx
    import pandas as pd

    frame = pd.read_csv(io.BytesIO(data), dtype=str)
    days = [name for name in frame if name.endswith("_date")]
    for name in days:
        frame[name] = pd.to_datetime(frame[name], format="%Y-%m-%d", errors="coerce")
    first, last = pd.Timestamp("1998-01-01"), pd.Timestamp("2026-11-30")
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    suite = gx.ExpectationSuite(name="list")
    needed = ["referral_id", "birth_date", "service", "referral_received_date"]
    judged = [gx.expectations.ExpectColumnValuesToNotBeNull(column=name) for name in needed]
    judged += [
        gx.expectations.ExpectColumnValuesToBeUnique(column="referral_id"),
        gx.expectations.ExpectColumnValuesToMatchRegex(column="nhs_number", regex=r"^\d{10}$"),
        gx.expectations.ExpectColumnValuesToMatchRegex(column="setting_urn", regex=r"^\d{6}$"),
        *(
            gx.expectations.ExpectColumnValuesToBeInSet(
                column=name, value_set=[*frame[name].dropna().unique()]
            )
            for name in CODES
        ),
        *(
            gx.expectations.ExpectColumnValuesToBeBetween(
                column=name, min_value=first, max_value=last
            )
            for name in days
        ),
    ]
    suite.expectations = judged
    source = context.data_sources.add_pandas("pandas")
    batch = source.add_dataframe_asset("list").add_batch_definition_whole_dataframe("whole")
    batch.get_batch(batch_parameters={"dataframe": frame}).validate(suite, result_format="BASIC")
    return len(frame)


WAYS: dict[str, Callable[[bytes], int]] = {
    "by contract": by_contract,
    "DuckDB's cast": by_duckdb,
    "pandas with Great Expectations": by_pandas,
}


def time_one(way: str, path: Path) -> None:
    """Print the CPU seconds of one way: what a process of its own does."""
    data = path.read_bytes()
    WAYS[way](b"".join(data.splitlines(keepends=True)[:200]))
    begun = time.process_time()
    rows = WAYS[way](data)
    print(rows, time.process_time() - begun)


# --- measured ---------------------------------------------------------------------------------


def seconds(*arguments: str) -> tuple[float, str]:
    """User and system CPU seconds of one process, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, *arguments], check=True, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"GX_ANALYTICS_ENABLED": "false"},
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(after[:2]) - sum(before[:2]), done.stdout


def measured() -> dict[str, float]:
    """The medians over all rounds."""
    rounds: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        rounds.setdefault(name, []).append(value)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.csv"
        path.write_bytes(large_list(written_inbox(Path(folder))))
        for number in range(ROUNDS):
            for way in WAYS:
                told = seconds("-m", "tests.bench.receiving", way, str(path))[1]
                rows, spent = map(float, told.split()[-2:])
                note(f"rows a second, {way}", rows / spent)
            os.environ["LASP_HOME"] = str(Path(folder) / f"home {number}")
            written_inbox(Path(os.environ["LASP_HOME"]))
            spent, _ = seconds("-m", "orchestration.cli", "receive")
            floor, _ = seconds("-m", "orchestration.cli", "receive")
            note("a month of all feeds, whole process", spent)
            note("the same process with nothing to receive", floor)
            note("a month of all feeds, receiving alone", spent - floor)
    own = rounds["rows a second, by contract"]
    for way in [*WAYS][1:]:
        others = rounds[f"rows a second, {way}"]
        ratios = [one / other for one, other in zip(own, others, strict=True)]
        rounds[f"by contract against {way}"] = ratios
    return {name: round(median(values), 3) for name, values in rounds.items()}


if __name__ == "__main__":
    time_one(sys.argv[1], Path(sys.argv[2]))
