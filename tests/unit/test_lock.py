import multiprocessing
import os
import time

import pytest

from orchestration.lock import Busy, warehouse_lock

SPAWN = multiprocessing.get_context("spawn")


def hold(home, ready):
    with warehouse_lock(home, print):
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


def test_a_second_process_waits_and_then_names_the_holder(tmp_path, holder):
    said = []
    with (
        pytest.raises(Busy, match=f"process {holder.pid}"),
        warehouse_lock(tmp_path, said.append, 1),
    ):
        pass
    assert said and str(holder.pid) in said[0]


def test_a_killed_holder_frees_the_lock_by_itself(tmp_path, holder):
    holder.kill()
    holder.join()
    with warehouse_lock(tmp_path, print, 1):
        assert (tmp_path / "lock").read_text() == f"process {os.getpid()}"


def test_one_process_may_enter_again(tmp_path):
    with warehouse_lock(tmp_path, print), warehouse_lock(tmp_path, print, 0):
        pass
    with warehouse_lock(tmp_path, print, 0):
        pass
