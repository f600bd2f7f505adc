"""A feed of delivered counts becomes figures: a small one, in a project of its own."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.settings import PROJECT

pytestmark = pytest.mark.slow

ROOMS = ("ingest", "expectations", "orchestration", "dbt_project", "tests")
CONTRACT = """\
feed: checks
title: Health checks, counted by the practice
kind: counts
sender: each practice
source: agreed
cadence: monthly
flow_look_back_months: 0
effective_from: "2020-01"
formats: [csv]
tables:
  - name: checks
    description: One row per part of the practice
    key: [part]
    columns:
      - {name: part, type: reference, required: true, description: Part of the practice}
      - {name: sex, type: code, codes: sexes, description: Sex}
      - {name: offered, type: integer, between: [0, 9999], required: true, description: Offered}
      - {name: done, type: integer, between: [0, 9999], required: true, description: Done}
    rules:
      - {id: HC1, description: "no more done than offered", not_above: [done, offered]}
"""
MEASURES = """\
{% macro measures_of_checks() -%}
    {%- set text -%}
reads: stg_checks__checks
feeds: [checks]
table: checks
breakdowns: [sex]
measures:
  checks_done:
    dated: census_date
    adds: {numerator: done, denominator: offered}
  checks_of_girls:
    dated: census_date
    among: sex = 'F'
    excluded: [{test_rows: part = 'test'}]
    adds: {numerator: done}
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
"""
INDICATORS = {
    "checks_pct": ("pct", "ratio_of_sums", "checks_done", "Offered"),
    "checks_girls_n": ("count", "sum", "checks_of_girls", ""),
}
LOOK = """
import json, sys
from pathlib import Path

from orchestration.authoring.declared_measures import refuse_wrong_measures
from orchestration.settings import DBT_PROJECT
from tests.worlds.lakes import build_all, place, prepare_lake, rows_of, submission_of, write_run

home = prepare_lake(Path(sys.argv[1]))
refuse_wrong_measures(DBT_PROJECT)
submissions = []
for month, rows in {
    "2025-01": [("a", "F", 12, 20), ("b", "M", 30, 40), ("test", "F", 5, 5)],
    "2025-02": [],
    "2025-03": [("b", "M", 0, 10)],
}.items():
    submissions.append(submission_of("checks", "E08000015", month, len(rows)))
    names = ("source_row", "part", "sex", "done", "offered")
    place(home / "lake", submissions[-1], checks=[
        dict(zip(names, (n, *row), strict=True)) for n, row in enumerate(rows, 2)
    ])
write_run(home, submissions, "2025-03")
build_all(home)
of = "where indicator_id like 'checks%' and period_type = 'month'"
print(json.dumps({
    "figures": rows_of(home, "select indicator_id, month(period_end), breakdown_value, "
        "numerator::double, denominator::double, value, value_status, status_reason "
        f"from indicator_values {of} order by all"),
    "steps": rows_of(home, "select indicator_id, month(period_end), step, row_count::int, "
        "counts_in_numerator::double, counts_in_denominator::double "
        f"from figure_steps {of} and month(period_end) = 1 order by indicator_id, step_number"),
}))
"""


def _add_rows(seed: Path, like: str, rows: list[dict[str, str]]) -> None:
    """Add rows to a seed that are as another one, but for what they say."""
    with seed.open(encoding="utf-8", newline="") as lines:
        known = list(csv.DictReader(lines))
    key = next(iter(known[0]))
    (model,) = [row for row in known if row[key] == like]
    with seed.open("a", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(model), lineterminator="\n")
        writer.writerows(model | row for row in rows)


def _project(folder: Path) -> Path:
    """The warehouse, with a feed of delivered counts."""
    made = shutil.ignore_patterns("target", "logs", "__pycache__", "official_files")
    for room in ROOMS:
        shutil.copytree(PROJECT / room, folder / room, ignore=made)
    models, macros = folder / "dbt_project/models", folder / "dbt_project/macros"
    for place, text in {
        folder / "ingest/contracts/checks.yaml": CONTRACT,
        macros / "measures/checks.sql": MEASURES,
        models / "staging/stg_checks__checks.sql": "{{ delivered('checks', 'checks') }}\n",
        models / "count/cases/int_check_cases__measured.sql": (
            "{{ measured_cases([measures_of_checks()]) }}\n"
        ),
    }.items():
        place.write_text(text, "utf-8")
    senders = folder / "dbt_project/partnership/senders.csv"
    with senders.open("a", encoding="utf-8") as lines:
        lines.write("checks,E08000015,,,Wirral Council,Partnership\n")
    catalogue = [
        {
            "indicator_id": name, "unit": unit, "aggregation": how, "measure": measure,
            "denominator": whole, "source_feed": "checks", "fed_by": "checks", "rag_rule": "none",
        }
        for name, (unit, how, measure, whole) in INDICATORS.items()
    ]  # fmt: skip
    seeds = folder / "dbt_project/seeds"
    _add_rows(seeds / "indicator_catalogue.csv", "ehcp_20wk_pct", catalogue)
    words = [{"indicator_id": name} for name in INDICATORS]
    _add_rows(seeds / "indicator_words.csv", "ehcp_20wk_pct", words)
    adopted = folder / "dbt_project/partnership/adopted_indicators.csv"
    _add_rows(adopted, "ehcp_20wk_pct", words)
    return folder


def _python(project: Path, *arguments: str) -> str:
    surroundings = os.environ | {"PYTHONPATH": str(project), "LASP_HOME": str(project / "home")}
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=project, env=surroundings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple]]:
    project = _project(tmp_path_factory.mktemp("checks") / "project")
    _python(project, "-m", "orchestration.cli", "contracts")
    said = json.loads(_python(project, "-c", LOOK, str(project / "home")).splitlines()[-1])
    return {name: [tuple(row) for row in rows] for name, rows in said.items()}


def test_delivered_counts_are_summed_a_nil_return_is_zero_and_what_is_not_stated_is_missing(
    told,
) -> None:
    value, nobody = ("value", None), ("not_applicable", "nil_base")
    missing = ("not_available", "not_stated")
    assert [row for row in told["figures"] if row[2] == "all"] == [
        ("checks_girls_n", 1, "all", 12.0, None, 12.0, *value),
        ("checks_girls_n", 2, "all", 0.0, None, 0.0, *value),
        ("checks_girls_n", 3, "all", None, None, None, *missing),
        ("checks_pct", 1, "all", 47.0, 65.0, pytest.approx(100 * 47 / 65), *value),
        ("checks_pct", 2, "all", None, None, None, *nobody),
        ("checks_pct", 3, "all", 0.0, 10.0, 0.0, *value),
    ]
    assert [row[2:5] for row in told["figures"] if row[:2] == ("checks_pct", 1)] == [
        ("F", 17.0, 25.0), ("M", 30.0, 40.0), ("all", 47.0, 65.0),
    ]  # fmt: skip


def test_their_steps_tell_of_rows_and_of_the_sum_of_what_was_delivered(told) -> None:
    assert [row[2:] for row in told["steps"] if row[0] == "checks_pct"] == [
        ("rows delivered", 3, 0.0, 0.0),
        ("rows kept", 3, 0.0, 0.0),
        ("of other tables, services and times", 0, 0.0, 0.0),
        ("rows looked at", 3, 0.0, 0.0),
        ("sum of delivered counts", 3, 47.0, 65.0),
    ]
    assert [row[2:] for row in told["steps"] if row[0] == "checks_girls_n"] == [
        ("rows delivered", 3, 0.0, None),
        ("rows kept", 3, 0.0, None),
        ("of other tables, services and times", 1, 0.0, None),
        ("rows looked at", 2, 0.0, None),
        ("excluded: test rows", 1, 0.0, None),
        ("sum of delivered counts", 1, 12.0, None),
    ]
