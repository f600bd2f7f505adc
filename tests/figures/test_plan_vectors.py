"""The vectors of trajectories, process control and intervals, through the models of their rules.

No feed delivers most of their indicators, so the project runs over figures that are given: each
vector is an indicator of its own, with the cells that the plan prints for the one it tells of.
Series of whole numbers are delivered too, as the requests of as many months.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import duckdb
import pytest
import yaml

from tests.worlds.casework import Deliveries
from tests.worlds.lakes import (
    PROJECT,
    month_end,
    place,
    prepare_lake,
    run_dbt,
    settled_seeds,
    submission_of,
    write_run,
)

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
WIRRAL = "E08000015"
FIRST_MONTH = "2024-03"
DIRECTIONS = {"increase": "higher", "decrease": "lower", "neutral": "monitor"}
READ_AS = {"held": "step", "before_plan": "none", "no_trajectory": "none"}
MARTS = yaml.safe_load(
    (PROJECT / "models/marts/figures/_figures__models.yml").read_text(encoding="utf-8")
)["models"]
FIGURE = {
    column["name"]: column["data_type"]
    for model in MARTS
    if model["name"] == "indicator_values"
    for column in model["columns"]
}
GIVEN = f"""
    select {", ".join(f"cast({name} as {kind}) as {name}" for name, kind in FIGURE.items())}
    from read_csv(getvariable('lasp_home') || '/given.csv', header = true, all_varchar = true)
"""
"""Stands in for the model that unites all figures."""
SEEDS = {
    "indicator_catalogue": "seeds",
    "adopted_indicators": "partnership",
    "improvement_plan_cells": "partnership",
    "rebase_points": "partnership",
}
"""The seeds that get rows of the vectors, and where they lie."""
RESETTLED = f"parameters {' '.join(SEEDS)} int_indicators__adopted " + " ".join(
    f"{name}+,+indicator_status" for name in ("int_figures__united", "improvement_plan_cells")
)


def _rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _vectors(name: str) -> dict[str, dict[str, str]]:
    rows = _rows_of(VECTORS / f"{name}_vectors.csv")
    return {row.get("case_id") or f"{name}_{k:02d}": row for k, row in enumerate(rows, 1)}


TRAJECTORIES, CHARTS, SHARES = map(_vectors, ("trajectory", "spc", "wilson"))
CELLS = _rows_of(PROJECT / "partnership/improvement_plan_cells.csv")


def _choices(chart: dict[str, str]) -> dict[str, str]:
    """Give the parameters of a chart's vector; the arithmetic of few points needs fewer."""
    points = int(chart["baseline_n"] or len(json.loads(chart["y_json"])))
    return {
        "screen_outliers": "yes" if chart["screen_outliers"] == "1" else "no",
        "shift_n": chart["shift_n"],
        "trend_n": chart["trend_n"],
        "spc_least_points": str(min(points, 12)),
    }


def _month(k: int) -> str:
    return f"{2023 + k // 12}-{k % 12 + 1:02d}"


class Given:
    """What the vectors of one set of choices give the project: rows of its seeds, and figures."""

    def __init__(self) -> None:
        self.indicators: list[dict] = []
        self.cells: list[dict] = []
        self.rebase_points: list[dict] = []
        self.figures: list[dict] = []

    def indicator(self, identity: str, unit: str, direction: str, **facts: str) -> None:
        """Add an indicator to the catalogue."""
        always = {"indicator_id": identity, "title": identity, "unit": unit, "cadence": "monthly"}
        always |= {"direction": direction, "aggregation": "sum", "source_feed": "surveys"}
        self.indicators.append(always | {"spc": "xmr", "rag_rule": "trajectory_v1"} | facts)

    def figure(self, identity: str, month: str, value: str, **parts: str) -> None:
        """Add a month's figure of Wirral."""
        end = month_end(month)
        always = {"indicator_id": identity, "basis": "local", "period_type": "month"}
        always |= {"period_start": end.replace(day=1), "period_end": end, "area_code": WIRRAL}
        always |= dict.fromkeys(("breakdown", "breakdown_value"), "all")
        always |= dict.fromkeys(("is_provisional", "is_estimated", "is_revised"), "false")
        always |= {"area_name": "Wirral", "value": value, "source_feed": "given"}
        status = {"value_status": "value" if value else "not_applicable"}
        self.figures.append(always | status | parts)

    def trajectory(self, identity: str, vector: dict[str, str]) -> None:
        """Add the plan's cells of a vector's indicator, and the figure that is set against them."""
        cells = [cell for cell in CELLS if cell["indicator_id"] == vector["indicator_id"]]
        self.cells += [
            cell | {"indicator_id": identity, "metric": f"{identity} {cell['metric']}"}
            for cell in cells
        ]
        is_survey = vector["indicator_id"].startswith("survey")
        self.indicator(
            identity, cells[0]["unit"], cells[0]["direction"],
            source_feed="surveys" if is_survey else "given",
        )  # fmt: skip
        base = vector["survey_base"]
        self.figure(identity, vector["period"], vector["actual"], denominator=base)

    def chart(self, identity: str, vector: dict[str, str]) -> None:
        """Add a vector's points, month by month, its target and the points its limits are from."""
        direction = DIRECTIONS[vector["improvement"]]
        self.indicator(identity, "days", direction, aggregation="median")
        for k, value in enumerate(json.loads(vector["y_json"])):
            self.figure(identity, _month(k), str(value))
        if vector["target"]:
            self.cells.append(
                CELLS[0]
                | {"indicator_id": identity, "metric": identity, "kind": "target"}
                | {"plan_column": "TARGET", "target_value": vector["target"], "operator": "="}
            )
        if vector["baseline_n"]:
            self.rebase_points.append(
                {"indicator_id": identity, "basis": "local", "area_code": WIRRAL}
                | {"first_month": f"{_month(0)}-01", "baseline_points": vector["baseline_n"]}
                | {"process_change": "Limits are held", "approved_by": "Board"}
            )

    def share(self, identity: str, vector: dict[str, str]) -> None:
        """Add a share of as many as the vector observes."""
        self.indicator(identity, "pct", "higher")
        parts = {"numerator": vector["observed"], "denominator": vector["n"]}
        self.figure(identity, "2025-01", vector["pct"], **parts if vector["pct"] else {})


def _adopted(indicators: Iterable[dict]) -> list[dict]:
    return [{"indicator_id": one["indicator_id"], "is_headline": "false"} for one in indicators]


def _give(home: Path, given: Given, choices: dict[str, str]) -> Path:
    """Write given figures; give the seeds with given rows, in which the choices are settled."""
    with (home / "given.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, FIGURE, restval="")
        writer.writeheader()
        writer.writerows(given.figures)
    folder = settled_seeds(home, choices)
    for name, rows in {
        "indicator_catalogue": given.indicators,
        "adopted_indicators": _adopted(given.indicators),
        "improvement_plan_cells": given.cells,
        "rebase_points": given.rebase_points,
    }.items():
        text = (PROJECT / SEEDS[name] / f"{name}.csv").read_text(encoding="utf-8")
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as lines:
            lines.write(text)
            columns = text.splitlines()[0].split(",")
            csv.DictWriter(lines, columns, restval="", lineterminator="\n").writerows(rows)
    return folder


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """Give what the marts tell of each vector: its newest status, and the points of its chart."""
    sets: dict[tuple, Given] = defaultdict(Given)
    by_default = tuple(sorted(_choices(CHARTS["SPC01"]).items()))
    for identity, vector in TRAJECTORIES.items():
        sets[by_default].trajectory(identity, vector)
    for identity, vector in SHARES.items():
        sets[by_default].share(identity, vector)
    for identity, vector in CHARTS.items():
        sets[tuple(sorted(_choices(vector).items()))].chart(identity, vector)
    home = tmp_path_factory.mktemp("vectors")
    prepare_lake(home)
    known = [submission_of("ccis", WIRRAL, FIRST_MONTH, 0)]
    write_run(home, known, month="2025-12", as_at=date(2026, 1, 20))
    found: dict[str, dict] = {}
    nodes = "+indicator_status"
    for choices, given in sets.items():
        run_dbt(
            home, "build", "--resource-type", "seed", "--resource-type", "model",
            "--select", *nodes.split(),
            seeds=_give(home, given, dict(choices)), given={"int_figures__united": GIVEN},
        )  # fmt: skip
        nodes = RESETTLED
        for one in given.indicators:
            found[one["indicator_id"]] = _told_of(home, one["indicator_id"])
    return found


def _told_of(home: Path, identity: str) -> dict:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:

        def rows(table: str, order: str) -> list[dict]:
            result = connection.sql(
                f"select * from marts.{table} where indicator_id = '{identity}' order by {order}"
            )
            return [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]

        return {
            "status": rows("indicator_status", "period_end")[-1],
            "expected": {row["period_end"]: row for row in rows("trajectory_points", "period_end")},
            "points": rows("spc_points", "period_end"),
        }


@pytest.mark.parametrize("identity", TRAJECTORIES)
def test_a_figure_is_rated_as_its_vector_says(told: dict[str, dict], identity: str) -> None:
    vector, status = TRAJECTORIES[identity], told[identity]["status"]
    expected = told[identity]["expected"][month_end(vector["period"])]
    flag = READ_AS.get(vector["exp_flag"], vector["exp_flag"])
    assert status["trajectory_read"] == expected["trajectory_read"] == flag
    assert expected["operator"] == (vector["bound_op"] or None)
    assert status["trajectory_value"] == expected["trajectory_value"]
    if vector["exp_expected"]:
        assert status["trajectory_value"] == pytest.approx(float(vector["exp_expected"]), abs=5e-5)
    else:
        assert status["trajectory_value"] is None
    assert status["rag"] == vector["exp_rag"]


@pytest.mark.parametrize("identity", CHARTS)
def test_a_series_is_judged_as_its_vector_says(told: dict[str, dict], identity: str) -> None:
    vector, status, points = CHARTS[identity], told[identity]["status"], told[identity]["points"]
    words = {"": "none", "two_in_three": "two_of_three"}
    rules = [words.get(rule, rule) for rule in json.loads(vector["exp_rule_per_point"])]
    assert [point["spc_rule"] for point in points] == rules
    for name, column in {
        "exp_mean": "spc_mean",
        "exp_mean_moving_range": "mean_moving_range",
        "exp_upl": "spc_upper",
        "exp_lpl": "spc_lower",
        "exp_near_upper": "near_upper",
        "exp_near_lower": "near_lower",
        "exp_mr_url": "moving_range_limit",
    }.items():
        for point in points:
            assert point[column] == pytest.approx(float(vector[name]), abs=6e-5), column
    assert (status["spc_mean"], status["spc_rule"]) == (points[-1]["spc_mean"], rules[-1])
    assert (status["variation"], status["assurance"]) == (vector["variation"], vector["assurance"])


@pytest.mark.parametrize("identity", SHARES)
def test_a_share_has_the_interval_of_its_vector(told: dict[str, dict], identity: str) -> None:
    vector, status = SHARES[identity], told[identity]["status"]
    for name, column in {"lower95_pct": "interval_lower", "upper95_pct": "interval_upper"}.items():
        if vector[name]:
            assert status[column] == pytest.approx(float(vector[name]), abs=5e-3)
        else:
            assert status[column] is None


DELIVERED = {
    identity: vector
    for identity, vector in CHARTS.items()
    if _choices(vector) == _choices(CHARTS["SPC04"])
    and not vector["baseline_n"]
    and sum(json.loads(vector["y_json"])) >= 5 * len(json.loads(vector["y_json"]))
}
"""Series that are judged by default: long enough, and not of rare events."""
SENDERS = {identity: f"Z{400 + k}L" for k, identity in enumerate(DELIVERED)}


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Deliver each series twice, when it begins and when it has ended, by a sender of its own."""
    home = prepare_lake(tmp_path_factory.mktemp("delivered"))
    submissions = []
    for identity, vector in DELIVERED.items():
        counts = json.loads(vector["y_json"])
        for months in (1, len(counts)):
            deliveries = Deliveries()
            for k, count in enumerate(counts[:months]):
                day = month_end(_month(k))
                for one in range(count):
                    told = {"receiveddate": day.replace(day=1 + one % day.day)}
                    deliveries.case(SENDERS[identity], f"{k}-{one}", requests=told)
            for feed, sender, tables in deliveries:
                rows = sum(map(len, tables.values()))
                submissions.append(submission_of(feed, sender, _month(months - 1), rows))
                place(home / "lake", submissions[-1], **tables)
    write_run(home, submissions, month=_month(14), as_at=date(2024, 5, 1))
    run_dbt(
        home, "build", "--resource-type", "seed", "--resource-type", "model",
        "--select", "+indicator_status",
    )  # fmt: skip
    return home


@pytest.mark.parametrize("identity", DELIVERED)
def test_a_delivered_series_is_judged_as_its_vector_says(delivered: Path, identity: str) -> None:
    vector, area = DELIVERED[identity], f"E0899{SENDERS[identity][1:4]}"
    counts = json.loads(vector["y_json"])
    with duckdb.connect(str(delivered / "warehouse.duckdb"), read_only=True) as connection:
        points = connection.sql(
            "select value, spc_mean, spc_lower, spc_upper, spc_rule from marts.indicator_status "
            f"where indicator_id = 'ehcna_requests_n' and area_code = '{area}' "
            f"and basis = 'local' and period_type = 'month' order by period_end limit {len(counts)}"
        ).fetchall()
    limits = [float(vector[name]) for name in ("exp_mean", "exp_lpl", "exp_upl")]
    rules = [rule or "none" for rule in json.loads(vector["exp_rule_per_point"])]
    assert [point[0] for point in points] == counts
    assert [point[4] for point in points] == rules
    for point in points:
        assert list(point[1:4]) == pytest.approx(limits, abs=6e-5)
