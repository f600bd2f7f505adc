"""`lasp new-feed` writes a feed that is right as it stands; the rest is to say what it is about."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from ingest.contracts import local_feeds
from ingest.door.delivery import open_delivery
from ingest.door.examine import examine
from ingest.refusals import Refused
from ingest.synthetic.samples import FOLDER, feed_of, simulated
from orchestration.authoring.new_feed import NoNewFeed, write_skeleton
from orchestration.settings import PROJECT

ROOMS = ("ingest", "expectations", "orchestration", "dbt_project", "tests")
VISITS = ("visits", "--table", "calls", "--key", "call_id")
MONTH = "2025-03"
LOOK = """
import json, shutil, sys
from datetime import date
from pathlib import Path

import duckdb
from click.testing import CliRunner

from ingest.door.delivery import open_delivery
from ingest.door.examine import examine
from ingest.store.lake import store
from ingest.store.pseudonyms import open_pseudonyms
from ingest.synthetic.monthly_files import write_deliveries
from orchestration.authoring.generated_files import following_files
from orchestration.authoring.declared_measures import refuse_wrong_measures
from orchestration.cli import main
from orchestration.settings import DBT_PROJECT
from tests.authoring import test_new_feed
from tests.synthetic import test_declared_feeds
from tests.worlds.lakes import prepare_lake, run_dbt, submission_of, write_run

home = prepare_lake(Path(sys.argv[1]))
invented = home / "invented"
invented.mkdir()
key = write_deliveries(invented, test_declared_feeds.MONTHS, feeds=["visits"])
test_declared_feeds.test_nothing_is_set_aside_but_what_is_declared_to_be_wrong((invented, key))
test_new_feed.test_a_sample_that_nothing_simulates_is_kept_whole_or_spoilt_as_it_says(invented)
refuse_wrong_measures(DBT_PROJECT)
stale = [
    place
    for place, text in following_files(DBT_PROJECT).items()
    if (DBT_PROJECT / place).read_text("utf-8") != text
]

def counted(submissions):
    write_run(home, submissions, "2025-03", date(2025, 4, 20))
    nodes = ("--indirect-selection", "cautious", "--select", "+int_visits_cases__measured")
    run_dbt(home, "build", "--exclude-resource-type", "unit_test", *nodes)
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.sql(
            "select indicator_id, month(period_end), count_if(in_numerator), "
            "count_if(in_denominator) from intermediate.int_visits_cases__measured "
            "group by all order by all"
        ).fetchall()

empty = counted([])
run_dbt(home, "test", "--select", "int_visits_cases__measured,test_type:unit")
sent = home / "visits_Z001A_202503_01.csv"
shutil.copy("ingest/contracts/samples/visits__good.csv", sent)
examined = examine(open_delivery(sent), date(2025, 4, 4))
store(home, examined, open_pseudonyms(home / "key"))
one = submission_of("visits", "Z001A", "2025-03", 7) | {"submission_id": examined.submission_id}
again = CliRunner().invoke(main, ["new-feed", *json.loads(sys.argv[2])])
print(json.dumps({
    "invented": len([*invented.glob("visits_*.csv")]), "stale": stale, "empty": empty,
    "one": counted([one]), "again": [again.exit_code, again.stderr],
}))
"""
COMMANDS = """
import json, sys

from click.testing import CliRunner

from orchestration.cli import main

for command in json.loads(sys.argv[1]):
    ran = CliRunner().invoke(main, command)
    print(json.dumps([ran.exit_code, type(ran.exception).__name__, ran.stderr]))
"""


def _project(folder: Path) -> Path:
    made = shutil.ignore_patterns("target", "logs", "__pycache__", "official_files")
    for room in ROOMS:
        shutil.copytree(PROJECT / room, folder / room, ignore=made)
    return folder


def _python(project: Path, *arguments: str) -> subprocess.CompletedProcess:
    surroundings = os.environ | {"PYTHONPATH": str(project), "LASP_HOME": str(project / "home")}
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=project, env=surroundings, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_a_new_feed_is_read_staged_and_counted_as_it_is_written(tmp_path: Path) -> None:
    project = _project(tmp_path / "project")
    made = _python(project, "-m", "orchestration.cli", "new-feed", *VISITS)
    assert made.returncode == 0, made.stderr
    assert all((project / place).is_file() for place in made.stdout.splitlines()[:-1])
    seen = _python(project, "-c", LOOK, str(tmp_path / "home"), json.dumps(VISITS))
    assert seen.returncode == 0, seen.stdout + seen.stderr
    told = json.loads(seen.stdout.splitlines()[-1])
    status, words = told.pop("again")
    assert status == 1 and "there is a feed visits" in words
    assert told.pop("invented") >= 12
    assert told == {
        "stale": [],
        "empty": [],
        "one": [
            ["visits_4wk_pct", 1, 0, 1],
            ["visits_4wk_pct", 3, 1, 2],
            ["visits_received_n", 1, 2, 0],
            ["visits_received_n", 2, 2, 0],
            ["visits_received_n", 3, 2, 0],
            ["visits_received_n", 12, 1, 0],
        ],
    }


@pytest.mark.slow
def test_a_wrong_contract_stops_no_command_before_it_can_say_so(tmp_path: Path) -> None:
    project = _project(tmp_path / "project")
    contract = project / "ingest/contracts/ccis.yaml"
    contract.write_text(contract.read_text("utf-8").replace("cadence:", "cadance:"), "utf-8")
    commands = (
        ["contracts"],
        ["demo", "--months", MONTH, "--feeds", "ccis"],
        ["accept-sender", "ccis", "RXA", "--from", MONTH],
    )
    told = _python(project, "-c", COMMANDS, json.dumps(commands))
    assert told.returncode == 0, told.stderr
    said = [json.loads(line) for line in told.stdout.splitlines()]
    assert len(said) == len(commands)
    for status, ended_by, words in said:
        assert (status, ended_by) == (1, "SystemExit")
        assert "ccis.yaml, line 9, cadance: no such key" in words


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("ccis", "people", "person_id"), "there is a feed ccis"),
        (("dfe_sen2", "people", "person_id"), "there is a feed dfe_sen2"),
        (("official", "people", "person_id"), "there is a feed official"),
        (("Visits", "calls", "call_id"), "'Visits' is not the name of a feed"),
        (("visits__x", "calls", "call_id"), "is not the name of a feed"),
        (("visits", "phone calls", "call_id"), "'phone calls' is not the name of a table"),
        (("visits", "calls", "../call"), "is not the name of a key"),
        (("visits", "calls", "nhs_number"), "nhs_number is another column"),
    ],
)
def test_a_name_that_is_taken_or_no_name_is_refused_and_nothing_is_written(names, told) -> None:
    with pytest.raises(NoNewFeed, match=f"{told}.*; expected .* What to do: "):
        write_skeleton(*names, project=Path("nowhere"))


def test_a_sample_that_nothing_simulates_is_kept_whole_or_spoilt_as_it_says(tmp_path) -> None:
    by_hand = local_feeds() - simulated()
    for path in (path for path in FOLDER.iterdir() if feed_of(path.name) in by_hand):
        sent = tmp_path / f"{feed_of(path.name)}_Z001A_202503_01{path.suffix}"
        shutil.copy(path, sent)
        assert _is_spoilt(sent) == ("__bad__" in path.name), path.name


def _is_spoilt(sent: Path) -> bool:
    """Whether a row is set aside; where rows are counts, the whole file is refused for it."""
    try:
        tables = examine(open_delivery(sent), date(2025, 4, 4)).tables.values()
    except Refused as refused:
        return refused.rule == "R-BAD"
    return any(len(one.rejects) for one in tables)
