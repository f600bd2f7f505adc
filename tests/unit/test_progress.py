"""What is seen while a command works: a bar on a terminal, whole lines everywhere else."""

import os
import pty
import subprocess
import sys

import pytest

from orchestration.progress import LONG_SECONDS, Progress, Steps
from tests.end_to_end.lasp import environment

WORK = """
import time
from orchestration.progress import Progress
shown = Progress()
with shown.waiting() as tell:
    tell("waiting for [someone]")
    time.sleep(0.2)
with shown.bar("2025-10") as move:
    move("marts", 3, 14)
    shown.say("accepted " + "x" * 120 + " [red]as it stands[/red]")
    shown.step("a step of its own")
    time.sleep(0.3)
shown.say("ended")
"""


def on_a_terminal(**settings: str) -> str:
    """What a terminal of 80 columns is sent."""
    own, other = pty.openpty()
    wanted = {"TERM": "xterm", "COLUMNS": "80"} | settings
    ran = subprocess.Popen([sys.executable, "-c", WORK], stdout=other, env=os.environ | wanted)
    os.close(other)
    sent = b""
    try:
        while part := os.read(own, 4096):
            sent += part
    except OSError:  # the other end is closed
        pass
    os.close(own)
    assert ran.wait() == 0
    return sent.decode()


def test_a_terminal_is_shown_a_bar_that_goes_away_and_lines_that_stay():
    sent = on_a_terminal()
    assert "\x1b[" in sent and "2025-10: marts" in sent and "waiting for [someone]" in sent
    assert "a step of its own" not in sent, "the bar shows it"
    assert "x" * 120 + " [red]as it stands[/red]" in sent, "a long line is not broken"
    assert "ended" in sent


@pytest.mark.parametrize("settings", [{"TERM": "dumb"}, {"TERM": "unknown"}])
def test_a_terminal_that_cannot_move_its_cursor_is_shown_lines(settings):
    sent = on_a_terminal(**settings)
    assert "\x1b" not in sent and "a step of its own" in sent and "marts" not in sent


def test_without_colour_the_bar_has_none():
    assert "\x1b[3" not in on_a_terminal(NO_COLOR="1")


def test_a_pipe_is_sent_lines_at_once_and_no_control_characters(tmp_path):
    env = environment(tmp_path, FORCE_COLOR="1")
    code = WORK.replace("time.sleep(0.3)", "input()")
    ran = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=env,
    )  # fmt: skip
    first = [ran.stdout.readline() for _ in range(3)]  # while it still works
    rest, _ = ran.communicate("\n")
    assert first[0] == "waiting for [someone]\n" and first[2] == "a step of its own\n"
    assert rest == "ended\n" and "\x1b" not in "".join(first)


def test_each_step_has_a_line_at_its_beginning_and_one_at_its_end_if_it_took_long():
    steps = Steps(3)
    assert steps.begin("receive_inbox", 10.0) == " 1 of 3  receive inbox"
    assert steps.end("receive_inbox", 10.0 + LONG_SECONDS - 0.1) is None
    assert steps.begin("build_marts", 20.0) == " 2 of 3  build marts"
    assert steps.end("build_marts", 95.4) == " 2 of 3  build marts: took 75 s"


def test_a_step_that_fails_before_it_begins_has_no_line():
    assert Steps(3).end("build_marts", 95.4) is None
    assert not Progress().is_moving  # tests have no terminal
