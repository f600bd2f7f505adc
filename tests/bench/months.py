"""What a month costs on a history: a data folder grows, and each month is measured on copies."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from orchestration.months import parse_months
from tests.bench.processes import Spent, disk_mb, spend, together

FLOOR = {
    "importing Dagster with dagster-dbt": "import dagster, dagster_dbt",
    "importing Great Expectations": "import great_expectations",
    "starting dbt": "import dbt.adapters.duckdb; from dbt.cli.main import dbtRunner; dbtRunner()",
}
"""What a month cannot do without, whatever our own code costs."""
REFUSED = 3
"""How `lasp receive` ends where a file was refused: of all official files some are."""


@dataclass(frozen=True)
class Series:
    """One data folder that grows: so many areas, and the histories on which a month is measured."""

    areas: int
    histories: tuple[int, ...]


Row = dict[str, object]


def lasp(home: Path, *arguments: str, fine: tuple[int, ...] = (0,)) -> Spent:
    """A command of ours in a process of its own."""
    command = [sys.executable, "-m", "orchestration.cli", *arguments]
    return spend(command, fine, LASP_HOME=str(home))


def floor() -> Row:
    """The three starts, one after the other, together."""
    parts = [spend([sys.executable, "-c", code]) for code in FLOOR.values()]
    return {"measure": "floor"} | asdict(together(parts))


def of_nothing(folder: Path, months: list[str], rounds: int) -> Iterator[Row]:
    """Give a month in which nothing was delivered: what tables, checks and events cost by
    themselves."""
    first, *others = months[-rounds - 1 :]
    lasp(folder, "run", "--month", first)  # parses the project
    for month in others:
        yield floor()
        spent = lasp(folder, "run", "--month", month)
        yield {"measure": "nothing", "areas": 1, "history": 0, **asdict(spent)}
    shutil.rmtree(folder)


def measured(folder: Path, months: list[str], series: Series, rounds: int) -> Iterator[Row]:
    """Give, for each history, the month after it and the same month again, each round with a floor.

    The home lies at one place all the time: a copy is put back after each round.
    """
    stock, home, kept = folder / "stock", folder / "home", folder / "kept"
    months = months[: max(series.histories) + 1]
    lasp(stock, "demo", "--months", f"{months[0]}..{months[-1]}", "--areas", str(series.areas))
    received = 0
    for history in sorted(series.histories):
        _deliver(stock, home, months[received:history])
        lasp(home, "run", "--month", months[history - 1])
        received = history
        shutil.copytree(home, kept, symlinks=True)
        for _ in range(rounds):
            yield floor()
            _deliver(stock, home, [months[history]], keep=True)
            about = {"areas": series.areas, "history": history}
            for measure in ("more", "again"):
                spent = lasp(home, "run", "--month", months[history])
                yield {"measure": measure, **about, **asdict(spent), "disk_mb": disk_mb(home)}
            shutil.rmtree(home)
            shutil.copytree(kept, home, symlinks=True)
        shutil.rmtree(kept)
    shutil.rmtree(home)
    shutil.rmtree(stock)


def demonstration(folder: Path, months: str) -> Row:
    """What `make run` does after the installation: invent, receive, release the last two months."""
    last = parse_months(months)[-2:]
    parts = [
        lasp(folder, "demo", "--months", months),
        lasp(folder, "run", "--months", f"{last[0]}..{last[-1]}"),
    ]
    row = {"measure": "make run"} | asdict(together(parts)) | {"disk_mb": disk_mb(folder)}
    shutil.rmtree(folder)
    return row


def official(folder: Path, publications: Path, month: str) -> Iterator[Row]:
    """A month with every official file that lies in a folder, received and then released."""
    shutil.copytree(publications, folder / "inbox")
    for measure, arguments, fine in (
        ("official received", ["receive"], (0, REFUSED)),
        ("official month", ["run", "--month", month], (0,)),
    ):
        spent = lasp(folder, *arguments, fine=fine)
        yield {"measure": measure} | asdict(spent) | {"disk_mb": disk_mb(folder)}
    shutil.rmtree(folder)


def _deliver(stock: Path, home: Path, months: list[str], *, keep: bool = False) -> None:
    """Put the deliveries of months into the inbox: invented once, so that no file comes twice."""
    inbox = home / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    for month in months:
        for path in (stock / "inbox").glob(f"*_{month.replace('-', '')}_*"):
            (shutil.copy if keep else shutil.move)(path, inbox / path.name)
