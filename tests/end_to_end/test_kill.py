"""A run may die at any moment: what is released stays, and the next run needs no hand."""

import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.end_to_end.lasp import LASP, environment, lasp, released_bytes

KILLS = int(os.environ.get("LASP_TEST_KILLS", "1"))
"""How often a run is killed; `make soak` asks for many."""


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> Path:
    """One month released, the next one lying in the inbox."""
    home = tmp_path_factory.mktemp("kill") / "var"
    lasp(home, "demo", "--months", "2025-03", "--feeds", "therapy_ptl")
    assert lasp(home, "run", "--month", "2025-03").returncode == 0
    lasp(home, "demo", "--months", "2025-04", "--feeds", "therapy_ptl")
    return home


@pytest.fixture(scope="module")
def finished(released, tmp_path_factory) -> tuple[dict[str, str], float]:
    """What an undisturbed run releases, and how long it takes."""
    home = shutil.copytree(released, tmp_path_factory.mktemp("finished") / "var", symlinks=True)
    began = time.monotonic()
    assert lasp(home, "run", "--month", "2025-04").returncode == 0
    return released_bytes(home), time.monotonic() - began


@pytest.mark.parametrize("attempt", range(KILLS))
def test_a_killed_run_changes_nothing_released_and_the_next_one_succeeds(
    released, finished, tmp_path, attempt
):
    wanted, seconds = finished
    before = released_bytes(released)
    home = shutil.copytree(released, tmp_path / "var", symlinks=True)
    moment = seconds * (attempt + random.Random(attempt).random()) / KILLS
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
    again = lasp(home, "run", "--month", "2025-04")
    assert again.returncode == 0, again.stdout + again.stderr
    assert released_bytes(home) == wanted
    assert lasp(home, "verify").returncode == 0
