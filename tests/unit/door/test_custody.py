"""The ledger, the key and landing: what was lost or changed is said, and nothing is put over it."""

import json
import shutil
from datetime import datetime

import pytest

from ingest.door import inbox
from ingest.door import receive as receiving
from ingest.door.custody import LedgerLost, check_custody, defects_of_landing, open_key
from ingest.store.landing import landing_folder
from ingest.store.ledger import RELEASED, Ledger
from ingest.store.pseudonyms import KeyRefused, open_pseudonyms
from ingest.store.submissions import FINGERPRINT, recorded_fingerprint, submissions
from tests.worlds.small_deliveries import ROWS, csv_bytes, drop, drop_set, take

pytestmark = pytest.mark.usefixtures("settled_at_once")

SECOND = "therapy_ptl_RBL_202503_01.csv"


@pytest.fixture(scope="module")
def received(tmp_path_factory):
    """A data folder that has received two deliveries; tests change a copy."""
    folder = tmp_path_factory.mktemp("received") / "var"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inbox, "_is_fresh", lambda seen: False)
        drop(folder / "inbox")
        drop_set(folder / "inbox")
        take(folder)
    return folder


@pytest.fixture
def home(received, tmp_path):
    return shutil.copytree(received, tmp_path / "var")


def key_of(home):
    return open_key(home, home / "pseudonym.key", Ledger(home))


def test_the_first_receipt_says_which_key_it_is_and_no_later_one_does(home):
    first, second = Ledger(home).entries()
    assert first.body[FINGERPRINT] == key_of(home).fingerprint
    assert FINGERPRINT not in second.body


def test_a_refusal_may_be_the_first_receipt(tmp_path):
    drop(tmp_path / "inbox", b"")
    take(tmp_path)
    assert recorded_fingerprint(Ledger(tmp_path)) == key_of(tmp_path).fingerprint


def test_a_fingerprint_is_no_pseudonym_and_tells_keys_apart(tmp_path):
    one, other = open_pseudonyms(tmp_path / "a"), open_pseudonyms(tmp_path / "b")
    assert one.fingerprint != other.fingerprint and len(one.fingerprint) == 16
    key = (tmp_path / "a").read_text().strip()
    assert one.fingerprint not in key
    assert not one.of("nhs", "fingerprint of the pseudonym key").startswith(one.fingerprint)


def test_a_lost_key_is_not_replaced(home):
    (home / "pseudonym.key").unlink()
    drop(home / "inbox", name=SECOND)
    with pytest.raises(KeyRefused, match=r"pseudonym\.key is missing.*Restore it from your key"):
        take(home)
    assert not (home / "pseudonym.key").exists()
    assert (home / "inbox" / SECOND).exists() and len(Ledger(home).entries()) == 2


def test_a_folder_that_has_received_nothing_may_have_another_key(tmp_path):
    take(tmp_path)
    (tmp_path / "pseudonym.key").unlink()
    assert take(tmp_path) == [] and (tmp_path / "pseudonym.key").exists()


def test_another_key_is_refused_with_both_fingerprints(home):
    mine = key_of(home).fingerprint
    other = open_pseudonyms(home / "other.key").fingerprint
    (home / "other.key").replace(home / "pseudonym.key")
    with pytest.raises(KeyRefused) as refused:
        take(home)
    assert mine in str(refused.value) and other in str(refused.value)


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o644, 0o420, 0o401])
def test_a_key_that_others_can_read_is_refused_with_what_to_type(home, mode):
    key = home / "pseudonym.key"
    key.chmod(mode)
    with pytest.raises(KeyRefused) as refused:
        take(home)
    assert f"mode {mode:04o}" in str(refused.value)
    assert str(refused.value).endswith(f"chmod 400 {key}")
    key.chmod(0o600)
    assert take(home) == []


@pytest.mark.parametrize("content", [b"", b"secret\n", b"5e" * 31, b"\xff" * 64, b"5E" * 32])
def test_a_file_that_is_no_key_is_refused_in_words(home, content):
    key = home / "pseudonym.key"
    key.chmod(0o600)
    key.write_bytes(content)
    with pytest.raises(KeyRefused, match="64 hexadecimal digits"):
        take(home)


def test_a_key_that_cannot_be_read_is_named_with_what_the_system_says(home):
    key = home / "pseudonym.key"
    key.unlink()
    key.mkdir(mode=0o700)
    with pytest.raises(KeyRefused, match=r"pseudonym\.key cannot be read: Is a directory"):
        take(home)
    key.rmdir()
    key.symlink_to("nowhere")
    with pytest.raises(KeyRefused, match=r"pseudonym\.key cannot be read: No such file"):
        take(home)


def without_fingerprint(home):
    """The same folder as a version that named no key would have left it."""
    entries = Ledger(home).entries()
    shutil.rmtree(home / "ledger")
    older = Ledger(home)
    for entry in entries:
        entry.body.pop(FINGERPRINT, None)
        older.append(entry.kind, entry.body, datetime.fromisoformat(entry.at))


def test_a_ledger_from_before_takes_note_of_the_key_with_its_next_receipt(home):
    without_fingerprint(home)
    assert recorded_fingerprint(Ledger(home)) == ""
    drop(home / "inbox", csv_bytes(ROWS[0]), name=SECOND)
    take(home)
    assert Ledger(home).entries()[-1].body[FINGERPRINT] == key_of(home).fingerprint


def test_a_ledger_from_before_is_not_given_a_key_that_its_lake_does_not_know(home):
    without_fingerprint(home)
    (home / "pseudonym.key").unlink()
    open_pseudonyms(home / "pseudonym.key")
    drop(home / "inbox", csv_bytes(ROWS[0]), name=SECOND)
    with pytest.raises(KeyRefused, match=r"newest delivery in .* was stored.*Restore that key"):
        take(home)
    shutil.rmtree(home / "lake")  # the way out that the message names
    assert [one.outcome for one in take(home)] == ["accepted"]


def test_a_check_meets_the_same_conditions_and_makes_no_key(home, tmp_path_factory):
    empty = tmp_path_factory.mktemp("empty")
    check_custody(empty, empty / "pseudonym.key", Ledger(empty))
    assert list(empty.iterdir()) == []
    check_custody(home, home / "pseudonym.key", Ledger(home))
    (home / "pseudonym.key").unlink()
    with pytest.raises(KeyRefused):
        check_custody(home, home / "pseudonym.key", Ledger(home))
    Ledger(home).path.unlink()
    with pytest.raises(LedgerLost):
        check_custody(home, home / "pseudonym.key", Ledger(home))


@pytest.mark.parametrize("left", ["landing", "lake", "releases"])
def test_a_lost_ledger_is_told_as_one_by_whatever_is_left(home, left):
    shutil.rmtree(home / "ledger")
    (home / "releases" / "2025-03" / "r1").mkdir(parents=True)
    (home / "releases" / "2025-03" / "r1" / "MANIFEST.json").write_text("{}")
    for other in {"landing", "lake", "releases"} - {left}:
        shutil.rmtree(home / other)
    drop(home / "inbox", name=SECOND)
    with pytest.raises(LedgerLost, match=r"the ledger was lost\. Restore it"):
        take(home)
    assert (home / "inbox" / SECOND).exists() and not (home / "ledger").exists()


def test_an_empty_ledger_is_a_lost_one_and_an_empty_folder_is_not(home, tmp_path_factory):
    Ledger(home).path.write_text("")
    with pytest.raises(LedgerLost):
        take(home)
    assert take(tmp_path_factory.mktemp("new")) == []


def test_months_may_be_released_before_anything_came_in(tmp_path):
    manifest = tmp_path / "releases" / "2025-03" / "r1" / "MANIFEST.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text("{}")
    Ledger(tmp_path).append(RELEASED, {"release_id": "2025-03/r1"}, datetime(2025, 5, 1))
    drop(tmp_path / "inbox")
    assert [one.outcome for one in take(tmp_path)] == ["accepted"]


def test_a_ledger_from_an_older_backup_is_told_with_what_it_does_not_know(home):
    path = Ledger(home).path
    path.write_text(path.read_text().splitlines(keepends=True)[0])
    with pytest.raises(LedgerLost, match="does not know 1 of the submissions in landing"):
        take(home)


def test_without_a_backup_what_landed_can_be_received_again(home):
    """The way out that the message names."""
    path = Ledger(home).path
    path.write_text(path.read_text().splitlines(keepends=True)[0])
    known = {s.submission_id for s in submissions(Ledger(home))}
    (folder,) = (f for f in (home / "landing").glob("*/*/*") if f.name not in known)
    for facts in json.loads((folder / "receipt.json").read_text())["files"]:
        (folder / facts["stored_as"]).replace(home / "inbox" / facts["name"])
    shutil.rmtree(folder)
    assert {one.outcome for one in take(home)} == {"accepted"}
    assert folder.exists()


def test_landing_as_it_was_received_has_no_defect(home):
    assert list(defects_of_landing(home, Ledger(home))) == []


def test_what_is_missing_changed_or_strange_in_landing_is_named(home):
    ledger = Ledger(home)
    set_folder, one = (
        landing_folder(home, s.feed, s.period, s.submission_id)
        for s in sorted(submissions(ledger), key=lambda s: s.feed)
    )
    (set_folder / "file-3.csv").unlink()
    (set_folder / "receipt.json").unlink()
    (one / "file-1.csv").chmod(0o640)
    (one / "file-1.csv").write_bytes(csv_bytes(ROWS[0]))
    (one / "notes.txt").write_text("mine")
    found = {name.rpartition("/")[2]: words for name, words in defects_of_landing(home, ledger)}
    assert found == {
        "file-3.csv": "The file is missing. Restore landing from backup.",
        "receipt.json": "The file is missing. Restore landing from backup.",
        "file-1.csv": "The bytes are not those that were received. Restore them from backup.",
        "notes.txt": "The ledger does not name this file. Find out who put it.",
    }


def test_bytes_that_come_again_mend_a_landing_that_lost_them(home):
    (folder,) = (home / "landing" / "therapy_ptl" / "2025-03").iterdir()
    shutil.rmtree(folder)
    data = drop(home / "inbox").read_bytes()
    assert [one.outcome for one in take(home)] == ["already received"]
    assert (folder / "file-1.csv").read_bytes() == data
    assert list(defects_of_landing(home, Ledger(home))) == []


def test_what_a_broken_off_receipt_left_is_no_lost_ledger(tmp_path, monkeypatch):
    drop(tmp_path / "inbox")

    def die(*_):
        raise KeyboardInterrupt

    for step in ("quarantine", "_append", "put_in_place"):
        with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
            broken.setattr(receiving, step, die)
            take(tmp_path)
    assert [one.outcome for one in take(tmp_path)] == ["already received"]
    assert list(defects_of_landing(tmp_path, Ledger(tmp_path))) == []
