"""Fifty readers read while ten releases are published, in files and in PostgreSQL."""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event, Thread

import pytest

from orchestration.publication.release.publishing import publish, record
from orchestration.publication.serving.following import follow
from orchestration.settings import PROJECT
from tests.worlds import good_candidate, releasing
from tests.worlds.postgres import INTERNAL

pytestmark = pytest.mark.usefixtures("quick_report")
RELEASED_AT = datetime(2025, 7, 10, 9, 0, tzinfo=UTC)
PROCESSES, IN_EACH, RELEASES = 5, 10, 10


@pytest.fixture
def candidates(tmp_path):
    """Ten judged candidates: revisions of one month, of which three tables bear the name."""
    home, found = tmp_path / "var", []
    for number in range(1, RELEASES + 1):
        name = f"2025-05/r{number}"
        asked = releasing.prepare(home, _marked(name), name)
        found.append((asked, shutil.move(home / "candidate", tmp_path / f"candidate-{number}")))
    return home, found


def _marked(name):
    tables = good_candidate.tables()
    tables["releases"][0] |= {"release_id": name}
    note = tables["quality_findings"][0]
    tables["quality_findings"].append(
        note | {"finding_id": name, "severity": "note", "rule_id": "RELEASE", "message": name}
    )
    for row in tables["submissions"]:
        row["file_names"] = name if row["feed"] == "nd_pathway" else row["file_names"]
    return tables


def _publish(home, database, asked, candidate):
    shutil.copytree(candidate, home / "candidate", dirs_exist_ok=True)
    result = publish(home, asked)
    record(home, asked, result, RELEASED_AT, by=releasing.MAKER)
    return result.release_id, follow(home, database.address())


@contextmanager
def reading(home, database, stop):
    """Fifty readers at work; gives, once the block has ended, what each of them saw."""
    command = [sys.executable, "-m", "tests.worlds.readers", str(home), str(stop)]
    of_tools = [*command, database.address(INTERNAL), str(IN_EACH)]
    place = os.environ | {"PYTHONPATH": str(PROJECT)}
    links, *processes = [
        subprocess.Popen(one, stdout=subprocess.PIPE, text=True, env=place, cwd=PROJECT)
        for one in (command, *[of_tools] * PROCESSES)
    ]
    seen, of_links = [], []
    try:
        yield seen, of_links
    finally:
        stop.touch()
        of_links.append(json.loads(links.communicate()[0]))
        for process in processes:
            seen += json.loads(process.communicate()[0])


@contextmanager
def watching(database):
    """Look every hundredth of a second who waits for a lock; drops of what nobody reads may."""
    waits, is_over = set(), Event()
    query = "select usename, left(query, 60) from pg_stat_activity where wait_event_type = 'Lock'"

    def watch():
        while not is_over.wait(0.01):
            waits.update(row for row in database.ask(query) if "drop schema" not in row[1])

    thread = Thread(target=watch)
    thread.start()
    try:
        yield waits
    finally:
        is_over.set()
        thread.join()


@pytest.mark.soak
def test_no_reader_fails_sees_a_mixture_or_waits_and_none_is_waited_for(
    candidates, database, tmp_path
):
    home, made = candidates
    released = [_publish(home, database, *made[0])[0]]
    seconds = []
    with (
        reading(home, database, tmp_path / "stop") as (seen, of_links),
        watching(database) as waits,
    ):
        while database.ask("select count(*) from pg_stat_activity where usename = "
                           f"'{INTERNAL}'")[0][0] < PROCESSES * IN_EACH:  # fmt: skip
            time.sleep(0.1)
        for one in made[1:]:
            began = time.monotonic()
            released.append(_publish(home, database, *one)[0])
            seconds.append(time.monotonic() - began)
            time.sleep(0.5)
    assert len(released) == RELEASES
    assert len(seen) == PROCESSES * IN_EACH
    assert not of_links[0]["wrong"]
    for files, base, public in seen:
        assert (files["wrong"], base["wrong"], public["wrong"]) == ([], [], [])
        for one in (files, base):
            assert len(one["releases"]) > 1 and set(one["releases"]) <= set(released)
    assert {one["releases"][-1] for reader in seen for one in reader} == {released[-1]}
    assert not waits
    reads = sum(one["reads"] for reader in seen for one in reader)
    print(f"{reads} readings; a release took {max(seconds):.1f} s at most")
