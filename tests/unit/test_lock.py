import fcntl
import json
import multiprocessing
import os
import time

import pytest

from orchestration import lock
from orchestration.lock import Busy, become_daemon, has_daemon, say_doing, warehouse_lock

SPAWN = multiprocessing.get_context("spawn")
UNNAMED = "a program that does not say its name"


def hold(home, ready):
    with warehouse_lock(home, print, command="lasp run --month 2025-10"):
        say_doing(home, "2025-10, marts")
        ready.set()
        time.sleep(60)


@pytest.fixture
def holder(tmp_path):
    ready = SPAWN.Event()
    process = SPAWN.Process(target=hold, args=(tmp_path, ready))
    process.start()
    assert ready.wait(30)
    yield process
    process.kill()
    process.join()


@pytest.fixture
def backup(tmp_path):
    """Lock the file as flock(1) does, by a handle of its own."""
    with (tmp_path / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def waited_for(home, seconds=0.0):
    """What is said to whoever waits, and at last."""
    said = []
    with pytest.raises(Busy) as busy, warehouse_lock(home, said.append, seconds):
        pass
    return said, str(busy.value)


def test_a_second_process_hears_at_once_who_holds_the_lock_and_what_is_being_done(tmp_path, holder):
    (said,), ended = waited_for(tmp_path, 0.5)
    for words in (said, ended):
        assert "`lasp run --month 2025-10`" in words and f"process {holder.pid}" in words
        assert "since 20" in words and "2025-10, marts" in words
    assert said.startswith("waiting for") and "(0 s of at most" in said


def test_a_line_is_said_at_once_and_then_every_half_minute(tmp_path, backup, monkeypatch):
    now = iter(range(1000))
    monkeypatch.setattr(lock.time, "monotonic", lambda: float(next(now)))
    monkeypatch.setattr(lock.time, "sleep", lambda seconds: None)
    said, _ = waited_for(tmp_path, 95)
    assert [words.split("(")[-1].split(" s ")[0] for words in said] == ["1", "30", "60", "90"]


def test_a_killed_holder_frees_the_lock_by_itself(tmp_path, holder):
    holder.kill()
    holder.join()
    with warehouse_lock(tmp_path, print, 1):
        assert json.loads((tmp_path / "lock").read_text())["process"] == os.getpid()


def test_the_name_of_a_killed_holder_is_not_given_to_the_next_one(tmp_path, holder):
    holder.kill()
    holder.join()
    assert str(holder.pid) in (tmp_path / "lock").read_text()
    with (tmp_path / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        (said,), _ = waited_for(tmp_path, 0.1)
    assert UNNAMED in said and str(holder.pid) not in said


def test_the_name_is_gone_when_the_lock_is_let_go(tmp_path):
    with warehouse_lock(tmp_path, print, command="lasp receive"):
        assert "lasp receive" in (tmp_path / "lock").read_text()
    assert (tmp_path / "lock").read_text() == ""


def test_a_backup_script_that_locks_the_file_keeps_everybody_out(tmp_path, backup):
    assert UNNAMED in waited_for(tmp_path)[1]


def test_a_holder_on_another_machine_is_named_with_its_machine(tmp_path, backup):
    record = {"command": "lasp run", "process": 1, "host": "elsewhere", "since": "2025-11-11 07:00"}
    (tmp_path / "lock").write_text(json.dumps(record) + ' the end of a longer "record"}')
    named = "`lasp run` (process 1 on elsewhere, since 2025-11-11 07:00 UTC)"
    assert named in waited_for(tmp_path)[1]


def test_what_is_being_done_replaces_what_was_longer(tmp_path):
    with warehouse_lock(tmp_path, print, command="lasp run"):
        say_doing(tmp_path, "a long name of a step " * 5)
        say_doing(tmp_path, "marts")
        assert json.loads((tmp_path / "lock").read_text())["doing"] == "marts"
    say_doing(tmp_path, "nothing is said without the lock")
    assert (tmp_path / "lock").read_text() == ""


def test_one_process_may_enter_again(tmp_path):
    with warehouse_lock(tmp_path, print):
        with warehouse_lock(tmp_path, print, 0):
            pass
        assert (tmp_path / "lock").read_text() != ""
    with warehouse_lock(tmp_path, print, 0):
        pass


def live_as_daemon(home, ready):
    become_daemon(home)
    ready.set()
    time.sleep(60)


def test_one_daemon_runs_over_a_data_folder_and_one_that_was_killed_is_none(tmp_path):
    assert not has_daemon(tmp_path)
    ready = SPAWN.Event()
    process = SPAWN.Process(target=live_as_daemon, args=(tmp_path, ready))
    process.start()
    assert ready.wait(30)
    assert has_daemon(tmp_path)
    with pytest.raises(Busy, match="is enough"):
        become_daemon(tmp_path)
    process.kill()
    process.join()
    assert not has_daemon(tmp_path)
