"""Which delivery stands behind a figure, in every situation that deliveries can be in."""

import csv
import itertools
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from ingest.contracts import load_contracts
from ingest.contracts.model import labels
from orchestration.run.run_inputs import DUE_SCHEMA
from tests.worlds.lakes import (
    PROJECT,
    month_end,
    place,
    prepare_lake,
    run_dbt,
    submission_of,
    write_run,
)

SITUATIONS = yaml.safe_load(
    Path(__file__).with_name("source_situations.yaml").read_text(encoding="utf-8")
)
LISTS = {
    "therapy_ptl": {"a": "SLT", "b": "OT"},
    "cyp_mh": {"a": "CAMHS", "b": "MHST"},
    "ehc_advice": {"whole": None},
    "annual_reviews": {"termly": None},
    "sen2_ehc": {"yearly": None},
    "ccis": {"unowed": None},
}
"""Names of the lists of each feed; from the third on each is delivered, owed and withheld whole."""
DUE = {"annual_reviews": ["feb", "apr"], "sen2_ehc": ["feb"], "ccis": []}
"""Months for which a feed is due; the other feeds are due for all."""
FIGURES = [(feed, name) for feed, names in LISTS.items() for name in names]
MONTHS = {"jan": "2025-01", "feb": "2025-02", "mar": "2025-03", "apr": "2025-04"}
STARTS = [date(2024, 12, 1), *(month_end(period).replace(day=1) for period in MONTHS.values())]
UP_TO_SOURCES = "+int_indicator_sources__chosen"
OWN = (("stock", True), ("flow", True))
INDICATORS = {
    "stock": ("waiting", "month"),
    "days": ("within_18w", "month"),
    "flow": ("referrals", "newest"),
}


def _sender(number: int) -> str:
    return SITUATIONS[number].get("sender", f"Z{number + 101}A")


def _deliveries(number: int, feed: str) -> Iterator[tuple[dict, list[dict]]]:
    """Give the submissions of a situation with their referrals; the whole feed has no referrals."""
    for period, words in zip(MONTHS.values(), SITUATIONS[number]["delivered"], strict=True):
        for word in words.split():
            if word == "refused":
                yield submission_of(feed, _sender(number), period, 9, verdict="refused"), []
            elif word == "nil" or set(word) <= {"a", "b"}:
                names = word.removeprefix("nil")
                yield (
                    submission_of(feed, _sender(number), period, len(names)),
                    [_referral(feed, name) for name in names if name in LISTS[feed]],
                )


def _referral(feed: str, name: str) -> dict:
    service = LISTS[feed][name]
    return {
        "referral_id": name,
        "service": service if feed == "therapy_ptl" else service.lower(),
        "referral_received_date": date(2024, 12, 1),
        "source_row": 2,
    }


def _findings(number: int, feed: str) -> Iterator[dict]:
    for period, words in zip(MONTHS.values(), SITUATIONS[number]["delivered"], strict=True):
        for word in words.split():
            for mark, scope in (("!", "list"), ("~", "bands")):
                name, is_finding, rule = word.partition(mark)
                if is_finding:
                    yield {
                        "finding_id": f"{feed} {number} {period}",
                        "period": period,
                        "dataset": feed,
                        "basis": "local",
                        "org_code": _sender(number),
                        "org_key": _sender(number),
                        "service_line": LISTS[feed].get(name),
                        "scope": scope,
                        "rule_id": rule,
                        "severity": "withhold",
                    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All situations in one lake, each of a sender of its own, who delivers all feeds alike."""
    home = tmp_path_factory.mktemp("situations")
    pairs = list(itertools.product(range(len(SITUATIONS)), LISTS))
    prepare_lake(home, [finding for pair in pairs for finding in _findings(*pair)])
    deliveries = [delivery for pair in pairs for delivery in _deliveries(*pair)]
    write_run(home, [submission for submission, _ in deliveries], "2025-04", date(2025, 6, 11))
    _replace_due_months(home / "lake/_due_months.parquet")
    for submission, referrals in deliveries:
        if referrals:
            place(home / "lake", submission, referrals=referrals)
    run_dbt(home, "seed", "--select", UP_TO_SOURCES)
    _replace_seeds(home)
    run_dbt(home, "run", "--select", UP_TO_SOURCES)
    return home


def _replace_due_months(path: Path) -> None:
    due = [row for row in pq.read_table(path).to_pylist() if row["feed"] not in DUE]
    for feed, months in DUE.items():
        starts = (month_end(MONTHS[month]).replace(day=1) for month in months)
        due += ({"feed": feed, "period_start": start} for start in starts)
    pq.write_table(pa.Table.from_pylist(due, DUE_SCHEMA), path)


def _replace_seeds(home: Path) -> None:
    """Put indicators of each kind in place of the catalogue's, and end what a situation ends."""
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.sql("delete from seeds.indicator_catalogue")
        connection.sql("delete from seeds.adopted_indicators")
        for feed, name in FIGURES:
            for kind, (measure, snapshot) in INDICATORS.items():
                connection.execute(
                    "insert into seeds.indicator_catalogue by name select ? as indicator_id, "
                    "? as fed_by, ? as service, ? as measure, ? as snapshot",
                    [f"{kind} {feed} {name}", feed, LISTS[feed][name], measure, snapshot],
                )
        connection.sql(
            "insert into seeds.adopted_indicators by name "
            "select indicator_id from seeds.indicator_catalogue"
        )
        for number, situation in enumerate(SITUATIONS):
            for feed, name in FIGURES if "ended" in situation else ():
                if name == "a":
                    connection.execute(
                        "insert into seeds.ended_lists by name "
                        "select ? as feed, ? as sender, ? as list, ? as last_day",
                        [feed, _sender(number), LISTS[feed][name], situation["ended"]],
                    )
            for feed in LISTS if "last_day" in situation else ():
                connection.execute(
                    "insert into seeds.senders by name "
                    "select ? as feed, ? as sender, ? as valid_to",
                    [feed, _sender(number), situation["last_day"]],
                )


def _told(home: Path, number: int, feed: str, name: str) -> dict[str, str]:
    """Give what stands behind each kind of figure in the area served, and in the sender's own."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select split_part(indicator_id, ' ', 1), area_code = sender, period_start, "
            "coalesce(gap, submission_id) from intermediate.int_indicator_sources__chosen "
            "where sender = ? and ends_with(indicator_id, ?)",
            [_sender(number), f" {feed} {name}"],
        ).fetchall()
    names = {
        submission["submission_id"]: month
        for submission, _ in _deliveries(number, feed)
        for month, period in MONTHS.items()
        if submission["period"] == period
    }
    told = {
        (kind, is_own, start): names.get(behind, behind) for kind, is_own, start, behind in rows
    }
    assert len(told) == len(rows), "a source stands twice"
    return {
        f"{'own_' if is_own else ''}{kind}": " ".join(
            told.get((kind, is_own, start), "-") for start in STARTS[kind != "flow" :]
        )
        for kind, is_own in (*itertools.product(INDICATORS, [False]), *OWN)
    }


@pytest.mark.parametrize("number", range(len(SITUATIONS)), ids=[s["situation"] for s in SITUATIONS])
def test_one_delivery_stands_behind_a_figure_or_one_reason_why_there_is_none(
    home: Path, number: int
) -> None:
    situation = SITUATIONS[number]
    for feed, name in FIGURES:
        if expected := situation.get(name):
            own = {"own_stock": expected["stock"], "own_flow": expected["flow"]}
            if LISTS[feed][name] is None:
                own = {"own_stock": "- - - -", "own_flow": "- - - - -"}
            told = {"days": expected["stock"]} | own | expected
            assert _told(home, number, feed, name) == told, (feed, name)


def test_each_service_and_list_of_a_contract_can_be_owed() -> None:
    with (PROJECT / "partnership/lists.csv").open(encoding="utf-8") as seed:
        lists = {(row["feed"], row["list"]) for row in csv.DictReader(seed)}
    services = {
        (contract.feed, code if column.is_list else code.upper())
        for contract in load_contracts()
        for table in contract.tables
        for column in table.columns
        if column.is_list or (column.name == "service" and contract.feed in {f for f, _ in lists})
        for code in labels(column.codes)
    }
    assert len(services) > 9
    lists |= {("service_scorecard", code) for code in labels("scorecard_measures")}
    assert services <= lists
