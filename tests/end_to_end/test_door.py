"""`receive`, `check`, `run` and `verify` over a data folder that met with an accident."""

import errno
import shutil
from datetime import datetime
from logging import getLogger
from pathlib import Path
from types import SimpleNamespace

import pytest

from ingest.door import judgement
from ingest.door import receive as receiving
from ingest.refusals import InWords
from ingest.store.ledger import Ledger
from ingest.store.pseudonyms import open_pseudonyms
from ingest.store.submissions import FINGERPRINT
from orchestration.commands import accepting, checking
from orchestration.settings import Settings
from tests.end_to_end.lasp import lasp
from tests.worlds.small_deliveries import ROWS, csv_bytes, drop

pytestmark = pytest.mark.usefixtures("settled_at_once")

OTHER = "therapy_ptl_RBL_202503_01.csv"
RECEIVE, RUN = ("receive",), ("run", "--month", "2025-03")
ACCEPT = ("accept-sender", "therapy_ptl", "RXA", "--from", "2025-03", "--by", "A. Person")


@pytest.fixture(scope="module")
def received(tmp_path_factory):
    home = tmp_path_factory.mktemp("received") / "var"
    drop(home / "inbox", manifest={})
    assert lasp(home, "receive").returncode == 0
    return home


@pytest.fixture
def home(received, tmp_path):
    return shutil.copytree(received, tmp_path / "var")


def commands(home) -> list[tuple[str, ...]]:
    """The commands that meet the door, with a delivery lying before it."""
    return [RECEIVE, RUN, ("check", str(drop(home / "inbox", csv_bytes(ROWS[0]), name=OTHER)))]


def lock(monkeypatch) -> None:
    """Nobody may read the other file."""
    open_it = Path.open

    def fail(path, *how, **more):
        if path.name == OTHER:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return open_it(path, *how, **more)

    monkeypatch.setattr(Path, "open", fail)


@pytest.mark.parametrize("command", [RECEIVE, RUN])
def test_a_file_that_cannot_be_read_ends_the_command_with_one_and_releases_nothing(
    home, monkeypatch, command
):
    drop(home / "inbox", csv_bytes(ROWS[0]), name=OTHER)
    drop(home / "inbox", csv_bytes(ROWS[0]), name="therapy_ptl_RXA_202503_01.csv")
    lock(monkeypatch)
    ran = lasp(home, *command)
    assert ran.returncode == 1
    assert f"{OTHER} could not be read: Permission denied" in ran.stdout
    assert ran.stderr == f"Not received because of a fault of this machine: {OTHER}\n"
    assert "therapy_ptl RXA 2025-03" in ran.stdout  # whatever became of it: it was looked at
    assert (home / "inbox" / OTHER).exists() and not (home / "releases").exists()


def test_a_check_of_a_file_that_cannot_be_read_blames_nobody(home, monkeypatch):
    command = commands(home)[-1]
    with monkeypatch.context() as locked:
        lock(locked)
        unread = lasp(home, *command)
    words = f"{OTHER} could not be read: Permission denied.\n"
    assert (unread.returncode, unread.stderr) == (1, words)
    monkeypatch.setattr(judgement, "examine", _without_memory)
    ran = lasp(home, *command)
    assert ran.returncode == 1 and ran.stderr.startswith("Cannot allocate memory (")
    assert not (home / "answers" / "checked").exists()


def test_a_check_refuses_in_words_whatever_receiving_would_refuse(home, monkeypatch):
    again = drop(home, name="therapy_ptl_RY7_202504_01.csv")
    same_bytes = lasp(home, "check", str(again))
    assert same_bytes.returncode == 3 and "received from RY7 for 2025-03" in same_bytes.stdout

    def stumble(*_):
        raise KeyError("9990000018")

    monkeypatch.setattr(judgement, "examine", stumble)
    strange = lasp(home, "check", str(again))
    assert strange.returncode == 3 and "R-READ" in strange.stdout
    assert "9990000018" not in strange.stdout + strange.stderr
    monkeypatch.undo()
    monkeypatch.setattr(checking, "lake_tables", stumble)
    other = drop(home, csv_bytes(ROWS[0]), name=OTHER)
    untyped = lasp(home, "check", str(other))
    assert untyped.returncode == 3 and "R-READ" in untyped.stdout
    assert "9990000018" not in untyped.stdout + untyped.stderr
    assert len(Ledger(home).entries()) == 1


def test_every_command_refuses_another_key_and_one_that_others_can_read(home):
    key = home / "pseudonym.key"
    key.chmod(0o640)
    for command in commands(home):
        ran = lasp(home, *command)
        assert ran.returncode == 1 and f"chmod 400 {key}" in ran.stderr
    key.unlink()
    for command in commands(home):
        ran = lasp(home, *command)
        assert ran.returncode == 1 and "pseudonym.key is missing" in ran.stderr
    open_pseudonyms(key)
    for command in commands(home):
        ran = lasp(home, *command)
        assert ran.returncode == 1 and "is not the key under which" in ran.stderr
    assert (home / "inbox" / OTHER).exists() and len(Ledger(home).entries()) == 1


def test_every_command_tells_a_lost_ledger_and_begins_no_other(home):
    shutil.rmtree(home / "ledger")
    for command in [*commands(home), ACCEPT, ("verify",)]:
        ran = lasp(home, *command)
        assert ran.returncode == 1 and "the ledger was lost" in ran.stderr + ran.stdout
    assert not (home / "ledger").exists() and (home / "inbox" / OTHER).exists()


@pytest.mark.parametrize("command", [RECEIVE, ACCEPT, ("check", "inbox")])
def test_a_clock_behind_the_ledger_ends_the_command_with_one(home, monkeypatch, command):
    class Earlier(datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2025, 6, 4, tzinfo=tz)

    from orchestration.run import lake_building

    for module in (accepting, checking, lake_building):
        monkeypatch.setattr(module, "datetime", Earlier)
    path = drop(home / "inbox", csv_bytes(ROWS[0]), name=OTHER)
    ran = lasp(home, *(str(path) if word == "inbox" else word for word in command))
    assert ran.returncode == 1 and "says 2025-06-04T00:00:00Z" in ran.stderr + ran.stdout
    assert path.exists() and len(Ledger(home).entries()) == 1


def test_a_ledger_that_does_not_name_its_key_says_when_it_begins_to(home):
    (entry,) = Ledger(home).entries()
    fingerprint = entry.body.pop(FINGERPRINT)
    shutil.rmtree(home / "ledger")
    Ledger(home).append(entry.kind, entry.body, datetime.fromisoformat(entry.at))
    assert "does not say yet which it is" in lasp(home, "verify").stdout
    assert fingerprint not in lasp(home, "receive").stdout
    drop(home / "inbox", csv_bytes(ROWS[0]), name=OTHER)
    assert f"from now on it says {fingerprint}" in lasp(home, "receive").stdout
    assert f"in the ledger (fingerprint {fingerprint})" in lasp(home, "verify").stdout


def test_verifying_says_of_ledger_landing_and_key_whether_they_hold(home):
    said = lasp(home, "verify").stdout.splitlines()
    for line, name in zip(said, ("ledger/ledger.jsonl", "landing", "pseudonym key"), strict=True):
        assert line.startswith(f"ok   {name}  ")
    (landed,) = (home / "landing").rglob("file-1.csv")
    landed.chmod(0o640)
    landed.write_bytes(csv_bytes(ROWS[0]))
    (home / "pseudonym.key").chmod(0o644)
    bad = [line for line in lasp(home, "verify").stdout.splitlines() if line.startswith("BAD")]
    assert len(bad) == 2 and "file-1.csv  The bytes are not those" in bad[0]
    assert "chmod 400" in bad[1]


def test_in_dagster_a_fault_of_the_machine_fails_the_inbox_and_a_refusal_does_not(
    home, monkeypatch
):
    from orchestration.assets.intake import receive_inbox

    receive_all = receive_inbox.op.compute_fn.decorated_fn
    by_hand = SimpleNamespace(run=SimpleNamespace(tags={}), log=getLogger("run"))
    warehouse = SimpleNamespace(settings=Settings(home, home / "pseudonym.key", 1))
    drop(home / "inbox", b"<html>log in</html>\n", name=OTHER)
    assert receive_all(by_hand, warehouse).metadata["refused"] == 1
    drop(home / "inbox", name=OTHER)
    monkeypatch.setattr(receiving, "judged", _without_memory)
    with pytest.raises(InWords, match=f"{OTHER}: Cannot allocate memory"):
        receive_all(by_hand, warehouse)


def _without_memory(*_, **__):
    raise MemoryError
