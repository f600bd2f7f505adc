"""Who lets the public see a release, and what the ledger, the link and the list say of it."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from ingest.store.ledger import Ledger
from orchestration.cli import main
from orchestration.publication.release import approvals, listing
from orchestration.publication.release.verification import verify
from orchestration.publication.release.withdrawals import WITHDRAWN
from orchestration.settings import from_environment
from tests.worlds.releasing import MAKER, changed_tables, made_real, released

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
    approvals.approve(tmp_path, "2025-05/r1", "  B.  Manager ", LATER)
    assert _link(tmp_path) == "2025-05/r1/public"
    said = "public: current, shown from 2025-07-11, approved by B. Manager"
    assert _said(tmp_path, "2025-05/r1") == said


@pytest.mark.parametrize("by", [MAKER, f"  {MAKER.upper()} ", MAKER.replace(" ", "   ")])
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
