"""Who lets the public see a release, and what the ledger, the link and the list say of it."""

from __future__ import annotations

import getpass
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from ingest.store.ledger import Ledger
from orchestration.cli import main
from orchestration.publication import public
from orchestration.publication.release import approvals, history, listing
from orchestration.publication.release.publishing import publish, record
from orchestration.publication.release.verification import verify
from orchestration.publication.release.withdrawals import WITHDRAWN
from orchestration.settings import from_environment
from tests.worlds.releasing import (
    MAKER,
    AttackOnLists,
    changed_tables,
    made_real,
    prepare,
    released,
)

pytestmark = pytest.mark.usefixtures("quick_report")
LATER = datetime(2025, 7, 11, 9, 0, tzinfo=UTC)


def _link(home: Path) -> str:
    link = home / "releases" / approvals.CURRENT
    return str(link.readlink()) if link.is_symlink() else "none"


def _withdraw(home: Path, release_id: str) -> None:
    body = {"release_id": release_id, "reason": "wrong list"}
    Ledger(home).append(WITHDRAWN, body, LATER)
    approvals.point_public(home)


def _said(home: Path, release_id: str) -> str:
    told = list(listing.lines(home))
    place = next(at for at, line in enumerate(told) if line.startswith(release_id))
    return told[place + 1].strip()


def test_the_public_part_of_real_data_waits_for_a_second_person(tmp_path):
    made_real(tmp_path)
    assert (_link(tmp_path), _said(tmp_path, "2025-05/r1")) == ("none", "public: not approved yet")
    newest = history.releases(tmp_path)[:1]
    (waits,) = listing.public(tmp_path, newest)
    assert waits == "nothing yet; 2025-05/r1 waits for `lasp approve 2025-05/r1 --by NAME`"
    approvals.approve(tmp_path, "2025-05/r1", "  B.  Manager ", LATER)
    assert (_link(tmp_path), [*listing.public(tmp_path, newest)]) == (
        "2025-05/r1/public",
        ["2025-05/r1"],
    )
    said = "public: current, shown from 2025-07-11, approved by B. Manager"
    assert _said(tmp_path, "2025-05/r1") == said


@pytest.mark.parametrize(
    "by",
    [
        MAKER,
        f"  {MAKER.upper()} ",
        MAKER.replace(" ", "   "),
        f"{MAKER}\u200b",
        MAKER.replace("A", "\uff21"),
    ],
)
def test_whoever_made_a_release_does_not_approve_it(tmp_path, by):
    made_real(tmp_path)
    with pytest.raises(approvals.NotApproved, match=r"made by A\. Analyst.*second person"):
        approvals.approve(tmp_path, "2025-05/r1", by, LATER)
    assert _link(tmp_path) == "none"


def test_invented_data_and_data_for_which_nobody_is_asked_are_public_at_once(tmp_path):
    released(tmp_path / "invented")
    made_real(tmp_path / "real", needs_approval=False)
    for name, why in (("invented", "invented data"), ("real", "no approval asked for")):
        home = tmp_path / name
        assert _link(home) == "2025-05/r1/public"
        assert _said(home, "2025-05/r1") == f"public: current, shown from 2025-07-10 ({why})"
        with pytest.raises(approvals.NotApproved, match="public already"):
            approvals.approve(home, "2025-05/r1", "B. Manager", LATER)


@pytest.mark.parametrize("by", ["", "   "])
def test_somebody_without_a_name_approves_nothing(tmp_path, by):
    made_real(tmp_path)
    with pytest.raises(approvals.NotApproved, match="--by NAME"):
        approvals.approve(tmp_path, "2025-05/r1", by, LATER)


def test_a_withdrawn_release_gives_the_public_link_back_and_is_not_approved_again(tmp_path):
    released(tmp_path)
    released(tmp_path, changed_tables(), "2025-05/r2")
    assert _link(tmp_path) == "2025-05/r2/public"
    _withdraw(tmp_path, "2025-05/r2")
    assert _link(tmp_path) == "2025-05/r1/public"
    assert (
        _said(tmp_path, "2025-05/r2") == "public: taken back, shown from 2025-07-10 (invented data)"
    )
    _withdraw(tmp_path, "2025-05/r1")
    assert _link(tmp_path) == "none"
    with pytest.raises(approvals.NotApproved, match="was withdrawn: wrong list"):
        approvals.approve(tmp_path, "2025-05/r1", "B. Manager", LATER)


def test_a_withdrawal_that_was_cut_off_is_made_good_by_the_next_one(tmp_path):
    released(tmp_path)
    released(tmp_path, changed_tables(), "2025-05/r2")
    Ledger(tmp_path).append(WITHDRAWN, {"release_id": "2025-05/r2", "reason": "wrong list"}, LATER)
    asked = ["withdraw", "2025-05/r2", "--reason", "once more"]
    ran = CliRunner().invoke(main, asked, env={"LASP_HOME": str(tmp_path)})
    assert (ran.exit_code, ran.output.splitlines()[0]) == (
        2,
        f"withdrawn: 2025-05/r2; current: {tmp_path / 'releases/2025-05/r1'}",
    )
    assert ran.output.splitlines()[-1].endswith("is withdrawn already: wrong list")
    assert _link(tmp_path) == "2025-05/r1/public"


@pytest.mark.parametrize("name", ["public/indicators.csv", "public/more.html", "MANIFEST.json"])
def test_only_the_bytes_that_were_released_become_public(tmp_path, name):
    path = made_real(tmp_path).path / name
    path.parent.chmod(0o750)
    if path.exists():
        path.chmod(0o640)
    path.write_bytes((path.read_bytes() if path.exists() else b"") + b" ")
    with pytest.raises(approvals.NotApproved, match=f"{name} of 2025-05/r1 is not as it was"):
        approvals.approve(tmp_path, "2025-05/r1", "B. Manager", LATER)
    assert _link(tmp_path) == "none"


def test_nothing_more_becomes_public_while_a_public_release_is_missing(tmp_path):
    path = released(tmp_path).path
    path.rename(tmp_path / "elsewhere")
    asked = prepare(tmp_path, changed_tables(), "2025-05/r2")
    with pytest.raises(history.ReleaseDamaged, match=r"2025-05/r1 is public and no longer in"):
        publish(tmp_path, asked)


def test_a_release_of_an_earlier_version_has_nothing_that_could_become_public(tmp_path):
    asked = prepare(tmp_path)
    result = publish(tmp_path, asked)
    path = result.path / history.MANIFEST
    manifest = json.loads(path.read_text("utf-8"))
    del manifest["public"]
    path.chmod(0o640)
    path.write_text(json.dumps(manifest))
    record(tmp_path, asked, result, LATER, by=MAKER)
    assert (_link(tmp_path), approvals.shown(tmp_path)) == ("none", [])
    with pytest.raises(approvals.NotApproved, match="has no public part"):
        approvals.approve(tmp_path, "2025-05/r1", "B. Manager", LATER)


def test_what_can_no_longer_be_approved_is_made_again_without_what_gives_it_away(
    tmp_path, monkeypatch
):
    made_real(tmp_path)
    assert made_real(tmp_path, None, "2025-05/r2").status == "unchanged"
    monkeypatch.setattr(public, "attack", AttackOnLists)
    with pytest.raises(approvals.GivesAway, match=r"slt_waiting_n.*Run 2025-05 again"):
        approvals.approve(tmp_path, "2025-05/r1", "B. Manager", LATER)
    assert made_real(tmp_path, None, "2025-05/r2").status == "released"
    approvals.approve(tmp_path, "2025-05/r2", "B. Manager", LATER)
    assert _link(tmp_path) == "2025-05/r2/public"


@pytest.mark.parametrize("target", ["2025-05/r1/internal", "2025-05/r2/public", ""])
def test_a_public_link_to_anything_but_what_the_ledger_says_is_found(tmp_path, target):
    released(tmp_path)
    released(tmp_path, changed_tables(), "2025-05/r2")
    _withdraw(tmp_path, "2025-05/r2")
    place = f"releases/{approvals.CURRENT}"

    def bad() -> list[str]:
        return [one.file for one in verify(tmp_path, "2025-05/r1") if not one.ok]

    assert place not in bad()
    (tmp_path / place).unlink()
    if target:
        (tmp_path / place).symlink_to(target)
    assert place in bad()


def test_the_command_ends_with_3_for_the_maker_and_with_0_for_somebody_else(tmp_path):
    made_real(tmp_path)
    outcomes = []
    for by in (MAKER, "B. Manager"):
        asked = ["approve", "2025-05/r1", "--by", by]
        ran = CliRunner().invoke(main, asked, env={"LASP_HOME": str(tmp_path)})
        outcomes.append((ran.exit_code, ran.output.splitlines()[-1]))
    (refused, why), (done, said) = outcomes
    assert (refused, done) == (3, 0)
    assert "Ask a second person" not in said and why.startswith("2025-05/r1 was made by A. Analyst")
    assert said == "approved: 2025-05/r1 by B. Manager; public: 2025-05/r1/public"


def test_the_maker_of_a_release_is_named_or_the_user_of_the_machine(monkeypatch, tmp_path):
    monkeypatch.setenv("LASP_HOME", str(tmp_path))
    monkeypatch.delenv("LASP_OPERATOR", raising=False)
    assert from_environment().operator == getpass.getuser()
    monkeypatch.setenv("LASP_OPERATOR", " A.  Analyst ")
    assert from_environment().operator == "A. Analyst"
