"""A month, from files to a release, a refusal, a correction, a kill, an explanation, a rebuild."""

import json
import random
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from subprocess import CompletedProcess
from typing import NamedTuple

import pyarrow.parquet as pq
import pytest

from ingest.store.ledger import Ledger
from ingest.store.submissions import submissions
from orchestration.publication.release import history
from orchestration.settings import PROJECT
from orchestration.timetable import releases_owed
from tests.end_to_end.lasp import (
    LASP,
    as_at_of,
    environment,
    figure,
    landed,
    lasp,
    process,
    released_bytes,
    table,
)
from tests.worlds.small_deliveries import ROWS, csv_bytes, drop

KILLS = 40
"""Moments of a run, from its beginning to its end, at which it is killed."""


def test_every_month_is_released_and_current_is_the_newest(demonstration):
    assert (demonstration / "releases" / "current").readlink() == Path("2025-04/r1")
    manifest = json.loads((demonstration / "releases" / "current" / "MANIFEST.json").read_text())
    assert manifest["note"] == "Demonstration: invented data"
    listed = lasp(demonstration, "releases").stdout.splitlines()
    assert [one[:10] for one in listed if not one.startswith(" ")] == ["2025-04/r1", "2025-03/r1"]


def test_a_released_month_is_owed_nothing_more_until_a_delivery_changes_it(demonstration):
    """What the timetable expects of a release is what the release says that it rests on."""
    delivered = submissions(Ledger(demonstration))
    made = releases_owed.made(history.releases(demonstration))
    assert releases_owed.owed(delivered, made, date(2025, 5, 20)) == []
    (one, *_) = (s for s in delivered if s.feed == "therapy_ptl" and s.period == "2025-03")
    late = replace(one, submission_id="late", sequence=2, known_on=date(2025, 5, 19))
    (again,) = releases_owed.owed([*delivered, late], made, date(2025, 5, 20))
    assert (again.month, again.as_at) == ("2025-04", date(2025, 5, 19))


def test_a_release_passes_its_own_verification_and_a_changed_byte_does_not(home):
    assert lasp(home, "verify").returncode == 0
    path = home / "releases" / "2025-04" / "r1" / "internal" / "areas.parquet"
    path.chmod(0o640)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    verified = lasp(home, "verify")
    assert verified.returncode == 1 and "areas.parquet" in verified.stdout


def test_the_list_equals_a_count_by_hand_of_the_delivered_file(demonstration):
    """An independent reading of the delivered rows, without anything of the warehouse."""
    (path,) = (demonstration / "landing" / "therapy_ptl" / "2025-03").glob("*/file-1.csv")
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    waiting = 0
    for row in rows:
        received, contact, stop, discharge = row[4], row[5], row[6], row[7]
        left = row[9] if row[8] == "not_accepted" else ""
        stops = [day for day in (contact, stop, discharge, left) if day]
        waiting += (
            row[3] == "SLT"
            and received <= "2025-03-31"
            and not (stops and min(stops) <= "2025-03-31")
        )
    assert figure(demonstration, "2025-03/r1", "slt_waiting_n", "2025-03")["value"] == waiting


class Corrected(NamedTuple):
    """April released without a refused delivery, and again with its correction and one of March."""

    home: Path
    received: CompletedProcess
    without: CompletedProcess
    corrected: CompletedProcess


@pytest.fixture(scope="module")
def corrected(demonstrated, tmp_path_factory) -> Corrected:
    home = tmp_path_factory.mktemp("corrected") / "var"
    shutil.copytree(demonstrated.before, home, symlinks=True)
    path = home / "inbox" / "therapy_ptl_RY7_202504_01.csv"
    good = path.read_bytes()
    path.write_bytes(good[:-40])
    received = lasp(home, "receive")
    without = lasp(home, "run", "--month", "2025-04")
    (home / "inbox" / "therapy_ptl_RY7_202504_02.csv").write_bytes(good)
    rows = landed(home, "2025-03")[0].read_bytes().splitlines(keepends=True)
    (home / "inbox" / "therapy_ptl_RY7_202503_02.csv").write_bytes(b"".join(rows[:-3]))
    return Corrected(home, received, without, lasp(home, "run", "--month", "2025-04"))


def test_a_refused_delivery_leaves_its_figures_unavailable_until_it_is_corrected(corrected):
    home, received, without, ran = corrected
    assert received.returncode == 3 and "R-MANIFEST" in received.stdout
    assert without.returncode == 0
    refused = figure(home, "2025-04/r1", "slt_waiting_n", "2025-04")
    assert (refused["value_status"], refused["status_reason"]) == (
        "not_available",
        "delivery_refused",
    )
    assert refused["value"] is None
    assert figure(home, "2025-04/r1", "compaeds_waiting_n", "2025-04")["value_status"] == "value"

    assert ran.returncode == 0
    page = home / "releases" / "2025-04" / "r2" / "internal" / "report" / "index.html"
    assert f"\nreport: {page}\n" in ran.stdout and page.is_file()
    steps, end = ran.stdout.split("2025-04  released: 2025-04/r2 (final, ")
    assert "  build marts" in steps and len(end.splitlines()) <= 10
    assert (home / "releases" / "current").readlink() == Path("2025-04/r2")
    assert figure(home, "2025-04/r2", "slt_waiting_n", "2025-04")["value_status"] == "value"
    restated = [
        row
        for row in table(home, "2025-04/r2", "restatements")
        if row["indicator_id"] == "slt_waiting_n" and row["breakdown"] == "all"
    ]
    assert {row["reason"] for row in restated} == {"corrected_delivery"}
    changed = [row for row in restated if f"{row['period_end']:%Y-%m}" == "2025-04"]
    assert {row["area_code"] for row in changed} == {"E08000015", "RY7"}
    for row in changed:
        assert (row["old_release"], row["new_release"]) == ("2025-04/r1", "2025-04/r2")
        assert (row["old_status"], row["new_status"]) == ("not_available", "value")


def test_a_release_is_rebuilt_byte_for_byte_after_a_later_month_and_a_correction(corrected):
    home, as_at = corrected.home, as_at_of(corrected.home, "2025-03/r1")
    ran = lasp(home, "rebuild", "2025-03", "--as-at", as_at)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout + ran.stderr
    said = ran.stdout.splitlines()[-1]
    assert said.startswith(f"2025-03/r1 as at {as_at}, made again from what landed: equal: ")
    assert not (home / "rebuild").exists()
    listed = lasp(home, "releases").stdout
    assert ": equal: " in next(line for line in listed.splitlines() if "rebuilt " in line)


def test_a_month_run_again_is_unchanged_and_one_without_its_required_feed_is_refused(home):
    before = released_bytes(home)
    ran = lasp(home, "run", "--months", "2025-04..2025-05", "--require", "therapy_ptl")
    unchanged, refused = ran.stdout.split("2025-05", 1)
    assert ran.returncode == 3 and "unchanged: 2025-04/r1" in unchanged
    assert "choose deliveries" in unchanged and "build" not in unchanged
    assert "without gating" not in ran.stderr
    assert "therapy_ptl" in refused and "unchanged" not in refused
    assert "2025-04/r1 stays current. Mend what is named" in refused
    assert released_bytes(home) == before


def test_a_month_built_from_nothing_is_the_release_that_stands(home):
    """What a run without it trusts: the same deliveries, bytes and code make the same release."""
    before = released_bytes(home)
    ran = lasp(home, "run", "--month", "2025-04", "--from-nothing")
    assert ran.returncode == 0 and "build marts" in ran.stdout
    assert "unchanged: 2025-04/r1" in ran.stdout
    assert released_bytes(home) == before


@pytest.mark.soak
@pytest.mark.parametrize("attempt", range(KILLS))
def test_a_killed_run_changes_nothing_released_and_the_next_one_succeeds(
    demonstrated, tmp_path, attempt
):
    before, wanted = released_bytes(demonstrated.before), released_bytes(demonstrated.after)
    home = shutil.copytree(demonstrated.before, tmp_path / "var", symlinks=True)
    moment = demonstrated.seconds * (attempt + random.Random(attempt).random()) / KILLS
    run = subprocess.Popen(
        [LASP, "run", "--month", "2025-04"],
        env=environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        run.wait(moment)
    except subprocess.TimeoutExpired:
        run.send_signal(signal.SIGKILL)
        run.wait()
    assert released_bytes(home) in (before, wanted)
    again = process(home, "run", "--month", "2025-04")
    assert again.returncode == 0, again.stdout + again.stderr
    assert released_bytes(home) == wanted
    assert lasp(home, "verify").returncode == 0


def test_a_corrupted_candidate_is_not_released_even_when_only_the_release_is_materialised(home):
    before = released_bytes(home)
    path = home / "candidate" / "indicator_values_2025.parquet"
    rows = pq.read_table(path)
    pq.write_table(rows.slice(1), path)
    ran = subprocess.run(
        [
            Path(sys.executable).with_name("dagster"), "asset", "materialize",
            "--select", "key:release/internal", "--partition", "2025-04",
            "-m", "orchestration.definitions",
        ],
        env=environment(home, DAGSTER_HOME=str(home / "dagster")),
        capture_output=True, text=True, cwd=home, check=False,
    )  # fmt: skip
    assert ran.returncode != 0 and "has no receipt" in ran.stdout + ran.stderr
    assert released_bytes(home) == before


def test_explain_leads_from_the_figure_to_the_delivered_file(demonstration):
    words = lasp(demonstration, "explain", "slt_waiting_n", "--month", "2025-04").stdout
    sent = json.loads((demonstration / "releases" / "current" / "MANIFEST.json").read_text())
    (hashed,) = [
        s["sha256"]
        for s in sent["submissions"]
        if s["sender"] == "RY7" and s["period"] == "2025-04"
    ]
    assert hashed in words.replace("\n", "").replace(" ", "")


def test_invented_deliveries_are_not_written_among_real_ones(tmp_path):
    home = tmp_path / "var"
    home.mkdir()
    real = tmp_path / "therapy_ptl_RY7_202503_01.csv"
    real.write_bytes(csv_bytes(ROWS[0].replace("9990000018", "4010232137")))
    assert lasp(home, "receive", str(real)).returncode == 0
    assert lasp(home, "demo", "--months", "2025-03").returncode == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--month", "2025-13"),
        ("run", "--month", "2019-12"),
        ("run", "--month", "2099-01"),
        ("run",),
        ("explain", "slt_waiting_n"),
        ("receive", "no-such-file.csv"),
        ("demo", "--months", "2025-05..2025-04"),
    ],
)
def test_wrong_usage_ends_with_two(tmp_path, arguments):
    ran = lasp(tmp_path / "var", *arguments)
    assert ran.returncode == 2 and "Traceback" not in ran.stderr


def test_check_keeps_nothing_and_answers(tmp_path):
    path = drop(tmp_path, b"<html>log in</html>\n")
    checked = lasp(tmp_path / "var", "check", str(path))
    assert checked.returncode == 3 and "would be refused" in checked.stdout
    assert list((tmp_path / "var" / "answers" / "checked").iterdir())
    assert not (tmp_path / "var" / "landing").exists() and path.exists()


CORRUPTED_RUN = """
import sys
import pyarrow as pa, pyarrow.parquet as pq
from orchestration.run import steps
from orchestration.settings import from_environment, prepare

settings = from_environment()
prepare(settings)
name_candidate = steps.name_candidate


def corrupted(settings, month):
    path = settings.home / "candidate" / "indicator_values_2025.parquet"
    rows = pq.read_table(path)
    value = pa.array([-1.0 if v is not None else None for v in rows["value"].to_pylist()])
    at = rows.schema.get_field_index("value")
    pq.write_table(rows.set_column(at, rows.schema.field("value"), value), path)
    return name_candidate(settings, month)


steps.name_candidate = corrupted
from orchestration.commands.monthly_run import run_months
from orchestration.progress import Progress
sys.exit(run_months(settings, ["2025-04"], None, [], Progress(), from_nothing=True))
"""


@pytest.mark.soak
def test_a_candidate_that_is_corrupted_during_the_run_refuses_the_release(home):
    before = released_bytes(home)
    ran = subprocess.run(
        [sys.executable, "-c", CORRUPTED_RUN],
        env=environment(home),
        capture_output=True,
        text=True,
        cwd=PROJECT,
        check=False,
    )
    assert ran.returncode == 3, ran.stdout + ran.stderr
    assert "refused, nothing changed" in ran.stdout
    assert released_bytes(home) == before


def test_a_withdrawn_release_stays_on_record_and_the_one_before_becomes_current(home):
    assert lasp(home, "withdraw", "2025-04/r1", "--reason", "wrong list").returncode == 0
    assert (home / "releases" / "current").readlink() == Path("2025-03/r1")
    assert "2025-04/r1" in lasp(home, "releases").stdout
    assert lasp(home, "verify").returncode == 0


def test_withdrawing_says_why_it_was_withdrawn_and_is_done_once(home):
    assert lasp(home, "withdraw", "2025-04/r1", "--reason", "wrong list").returncode == 0
    again = lasp(home, "withdraw", "2025-04/r1", "--reason", "another")
    assert again.returncode == 2 and "withdrawn already: wrong list" in again.stderr
    assert "withdrawn: wrong list" in lasp(home, "releases").stdout.splitlines()[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("run", "--month", "2025-04", "--require", "therapy, chs_waits"),
            "there is no feed therapy; feeds are annual_reviews",
        ),
        (("run", "--months", "2025-03..2025-04", "--as-at", "2025-04-29"), "end of 2025-04"),
        (("explain", "slt_waiting_n", "--month", "2025-03..2025-04"), "one month"),
    ],
)
def test_wrong_usage_is_answered_with_what_there_is(tmp_path, arguments, words):
    ran = lasp(tmp_path / "var", *arguments)
    assert ran.returncode == 2 and words in ran.stderr and "nothing to receive" not in ran.stdout


def test_receiving_says_from_when_a_file_counts_and_where_its_answer_lies(tmp_path):
    home = tmp_path / "var"
    drop(home / "inbox", manifest={})
    drop(home / "inbox", b"<html>log in</html>\n", name="therapy_ptl_RBL_202503_01.csv")
    said = lasp(home, "receive").stdout
    assert "counts as known from 2025-04-03, the extract date of its manifest" in said
    (answer,) = (home / "inbox" / "refused").glob("*/answer.csv")
    assert f"answer: {answer}" in said


@pytest.mark.soak
def test_a_run_says_what_its_month_lacks(tmp_path):
    home = tmp_path / "var"
    drop(home / "inbox", manifest={"extract_datetime": "2025-06-03T06:00:00"})
    refused = {"name": "therapy_ptl_RBL_202503_01.csv", "manifest": {"sender": "RBL"}}
    drop(home / "inbox", b"<html>log in</html>\n", **refused)
    ran = lasp(home, "run", "--month", "2025-03", "--as-at", "2025-05-01", "--require", " ")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (files,) = (line for line in ran.stdout.splitlines() if line.startswith("Files of March 2025"))
    assert "refused or held: therapy_ptl RBL" in files
    late = "not yet known on 1 May 2025: therapy_ptl RY7 2025-03 (known from 2025-06-03)"
    assert late in files
    assert "We did not receive the file for this month" in ran.stdout


def test_two_releases_are_compared_beginning_with_a_summary(home):
    assert lasp(home, "compare", "2025-04/r1", "2025-04/r1").stdout.endswith("periods: 0\n")
    compared = lasp(home, "compare", "2025-03/r1", "2025-04/r1", "--all")
    assert compared.returncode == 0, compared.stderr
    counted, kinds, reasons, headline, alone, *changes = compared.stdout.splitlines()
    changes = [line for line in changes if not line.startswith(" ")]  # a reason stands below
    assert counted.endswith(f"periods: {len(changes)}")
    assert sum(map(int, re.findall(r" (\d+)(?:,|$)", kinds))) == len(changes)
    assert sum(map(int, re.findall(r" (\d+)(?:,|$)", reasons))) == len(changes)
    assert headline.startswith("headline figures of the local area among them: ")
    assert alone.startswith("periods in one release only: 2025-04/r1 local 2025-04 (")
    assert all("  local  " in line and " -> " in line for line in changes)
    short = lasp(home, "compare", "2025-03/r1", "2025-04/r1").stdout.splitlines()
    assert len(short) <= 86 and short[:5] == [counted, kinds, reasons, headline, alone]


def test_status_shows_the_release_that_stands_on_one_screen(home):
    ran = lasp(home, "status", "--on", "2025-05-20")
    lines = ran.stdout.splitlines()
    assert ran.returncode == 0 and len(lines) <= 24
    assert lines[2].startswith(f"  report: {home}/releases/2025-04/r1/internal/report/")
    assert lines[1].startswith("Release that stands: 2025-04/r1 (final, as known on")
    assert any("findings about Wirral and its senders: " in line for line in lines)
    assert "  came (2): therapy_ptl RBL 3 May, therapy_ptl RY7 3 May" in lines


def test_planted_defects_are_counted_by_what_becomes_of_their_rows(tmp_path):
    home = tmp_path / "var"
    arguments = ("demo", "--months", "2025-03", "--feeds", "tribunals", "--defects", "0.02")
    said = lasp(home, *arguments).stdout
    assert "Planted: one defect in 2.00% of the rows" in said and "R-BAD" in said
    assert "set aside by row" in said and (home / "planted_defects.csv").exists()
    assert "share of all rows" in lasp(home, "demo", "--help").stdout


def test_a_landed_file_that_is_no_longer_kept_is_named_and_the_ledger_says_so(home):
    as_at = as_at_of(home, "2025-04/r1")
    landed(home, "2025-03")[0].unlink()
    ran = lasp(home, "rebuild", "2025-04", "--as-at", as_at)
    words = "2025-04/r1 cannot be rebuilt. No longer kept: 1 file of "
    assert ran.returncode == 3 and words + "therapy_ptl R" in ran.stderr
    assert words in lasp(home, "releases").stdout


def test_a_day_as_at_which_no_release_was_made_is_answered_with_those_there_are(home):
    ran = lasp(home, "rebuild", "2025-04", "--as-at", "2025-05-01")
    assert ran.returncode == 2 and f"2025-04/r1 as at {as_at_of(home, '2025-04/r1')}" in ran.stderr
