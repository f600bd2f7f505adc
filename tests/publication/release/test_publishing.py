from __future__ import annotations

import hashlib
import json
import os
import pickle
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.publication import report
from orchestration.publication.release import history
from orchestration.publication.release.publishing import (
    ReleaseRefused,
    point_current,
    publish,
    tidy,
)
from tests.worlds import good_candidate
from tests.worlds.releasing import (
    bytes_of,
    changed_tables,
    prepare,
    released,
    request,
    small_report,
)

ROOT = Path(__file__).parents[3]


pytestmark = pytest.mark.usefixtures("quick_report")


def _refused(home: Path, words: str) -> None:
    before = bytes_of(home / "releases")
    with pytest.raises(ReleaseRefused, match=words):
        publish(home, request(home))
    assert bytes_of(home / "releases") == before


def test_a_release_holds_the_candidate_and_becomes_current(tmp_path):
    result = released(tmp_path)
    assert result.status == "released"
    assert (tmp_path / "releases/current").readlink() == Path("2025-05/r1")
    candidate = bytes_of(tmp_path / "candidate")
    del candidate["CANDIDATE.json"]
    internal = bytes_of(result.path / "internal")
    del internal["dbt_docs/index.html"]
    rendered = {name: internal.pop(name) for name in _REPORT}
    assert internal == candidate
    manifest = json.loads((result.path / history.MANIFEST).read_text("utf-8"))
    files = {name: manifest["files"][f"internal/{name}"] for name in _REPORT}
    assert {name: facts["sha256"] for name, facts in files.items()} == rendered


_REPORT = ("report.xlsx", "report/index.html", "report/my_voice.html")


def test_the_manifest_says_from_which_files_the_report_was_rendered(tmp_path):
    path = released(tmp_path).path
    manifest = json.loads((path / history.MANIFEST).read_text("utf-8"))
    page = path / "internal/report/my_voice.html"
    assert manifest["files"]["internal/report/my_voice.html"] == {
        "table": None,
        "sha256": hashlib.sha256(page.read_bytes()).hexdigest(),
        "bytes": page.stat().st_size,
        "rendered_from": {"indicators": {"files": ["internal/indicators.parquet"]}},
    }


def test_the_report_is_rendered_from_the_placed_files_after_their_receipts(tmp_path, monkeypatch):
    seen = []

    def spy(tables, facts, *edition):
        pages = small_report(tables, facts, *edition)
        seen.extend(path for paths in tables.sources().values() for path in paths)
        return pages

    monkeypatch.setattr(report, "render", spy)
    good_candidate.write(tmp_path / "candidate", good_candidate.tables())
    _refused(tmp_path, "has no receipt")
    assert seen == []
    released(tmp_path)
    assert [path.parents[2] for path in seen] == [tmp_path / "releases/2025-05"]


@pytest.mark.parametrize(
    "fault", [ValueError("a figure"), OSError(28, "full"), KeyboardInterrupt()]
)
def test_a_fault_in_rendering_releases_nothing_and_leaves_nothing(tmp_path, monkeypatch, fault):
    released(tmp_path)
    before = bytes_of(tmp_path / "releases")
    wanted = prepare(tmp_path, changed_tables(), "2025-05/r2")

    def fail(tables, facts, *edition):
        raise fault

    with monkeypatch.context() as patch, pytest.raises(type(fault)):
        patch.setattr(report, "render", fail)
        publish(tmp_path, wanted)
    assert bytes_of(tmp_path / "releases") == before
    assert [path.name for path in (tmp_path / "releases/2025-05").iterdir()] == ["r1"]
    assert publish(tmp_path, wanted).release_id == "2025-05/r2"


def test_equal_tables_make_no_new_revision_though_the_report_would_read_otherwise(
    tmp_path, monkeypatch
):
    before = bytes_of(released(tmp_path).path)
    monkeypatch.setattr(report, "render", lambda *given: {report.INDEX: b"other words"})
    assert released(tmp_path, None, "2025-05/r2").status == "unchanged"
    assert bytes_of(tmp_path / "releases/2025-05/r1") == before


def test_nobody_may_write_into_a_release(tmp_path):
    path = released(tmp_path).path
    modes = {p.stat().st_mode & 0o777 for p in path.rglob("*") if p.is_file()}
    folders = {p.stat().st_mode & 0o777 for p in [path, *path.rglob("*")] if p.is_dir()}
    assert (modes, folders) == ({0o440}, {0o550})


def test_the_manifest_says_that_data_are_invented_and_names_no_clock_or_path(tmp_path):
    manifest = (released(tmp_path).path / history.MANIFEST).read_text("utf-8")
    assert json.loads(manifest)["note"] == "Demonstration: invented data"
    assert str(tmp_path) not in manifest
    assert set(json.loads(manifest)) == {
        *("release_id", "month", "revision", "as_at", "is_provisional", "is_synthetic", "note"),
        *("partnership", "schema_version", "code_version", "compiled_sql_sha256", "suite_digest"),
        *("submissions", "files", "public"),
    }


def test_the_hash_of_the_manifest_is_given_for_the_ledger(tmp_path):
    result = released(tmp_path)
    manifest = (result.path / history.MANIFEST).read_bytes()
    assert result.manifest_sha256 == hashlib.sha256(manifest).hexdigest()


def test_two_machines_make_the_same_bytes(tmp_path):
    one, other = (released(tmp_path / name).path for name in ("one", "other"))
    ours, theirs = bytes_of(one), bytes_of(other)
    del ours["internal/marts.duckdb"], theirs["internal/marts.duckdb"]
    assert ours == theirs


def test_equal_content_makes_no_new_revision_whatever_the_day(tmp_path):
    released(tmp_path)
    again = released(tmp_path, None, "2025-05/r2", as_at=date(2025, 8, 20))
    assert (again.status, again.release_id) == ("unchanged", "2025-05/r1")
    assert [r.release_id for r in history.releases(tmp_path)] == ["2025-05/r1"]


def test_a_revision_that_only_names_itself_anew_is_no_new_revision(tmp_path):
    released(tmp_path)
    tables = good_candidate.tables()
    tables["releases"].append(tables["releases"][0] | {"release_id": "2025-05/r2", "revision": 2})
    assert released(tmp_path, tables, "2025-05/r2").status == "unchanged"


def test_changed_content_makes_the_next_revision_and_shares_the_rest(tmp_path):
    first = released(tmp_path).path
    second = released(tmp_path, changed_tables(), "2025-05/r2").path
    assert (tmp_path / "releases/current").readlink() == Path("2025-05/r2")
    same, new = "internal/indicator_values_2025.parquet", "internal/quality_findings.parquet"
    assert (first / same).stat().st_ino == (second / same).stat().st_ino
    assert (first / new).stat().st_ino != (second / new).stat().st_ino


def test_a_damaged_earlier_file_is_not_linked_into_a_new_release(tmp_path):
    first = released(tmp_path).path
    request = prepare(tmp_path, changed_tables(), "2025-05/r2")
    damaged = first / "internal/indicators.parquet"
    damaged.chmod(0o640)
    damaged.write_bytes(b"damaged")
    second = publish(tmp_path, request).path
    copied = (second / "internal/indicators.parquet").read_bytes()
    assert copied == (tmp_path / "candidate/indicators.parquet").read_bytes()


def test_a_backfill_never_moves_current_back(tmp_path):
    tables = good_candidate.tables()
    april = [row for row in tables["indicator_values"] if row["period_end"].month == 4]
    released(tmp_path)
    keys = {tuple(row[name] for name in good_candidate.KEY) for row in april}
    for table in ("figure_inputs", "figure_steps"):
        tables[table] = [
            row for row in tables[table] if tuple(row[n] for n in good_candidate.KEY) in keys
        ]
    tables |= {"indicator_values": april, "forecasts": []}
    backfill = released(tmp_path, tables, "2025-04/r1")
    assert (backfill.status, backfill.release_id) == ("released", "2025-04/r1")
    assert (tmp_path / "releases/current").readlink() == Path("2025-05/r1")


def test_a_withdrawn_release_gives_current_back_to_the_one_before(tmp_path):
    released(tmp_path)
    released(tmp_path, changed_tables(), "2025-05/r2")
    point_current(tmp_path, withdrawn={"2025-05/r2"})
    assert (tmp_path / "releases/current").readlink() == Path("2025-05/r1")
    assert point_current(tmp_path, withdrawn={"2025-05/r1", "2025-05/r2"}) is None
    assert not (tmp_path / "releases/current").is_symlink()


def test_the_content_of_a_withdrawn_release_does_not_come_back_by_itself(tmp_path):
    released(tmp_path)
    same = prepare(tmp_path, release_id="2025-05/r2")
    with pytest.raises(ReleaseRefused, match="2025-05/r1, which was withdrawn"):
        publish(tmp_path, same, withdrawn={"2025-05/r1"})


def test_mended_content_follows_a_withdrawn_release(tmp_path):
    released(tmp_path)
    mended = prepare(tmp_path, changed_tables(), "2025-05/r2")
    again = publish(tmp_path, mended, withdrawn={"2025-05/r1"})
    assert (again.status, again.release_id) == ("released", "2025-05/r2")


def test_a_release_is_never_replaced_by_other_content(tmp_path):
    released(tmp_path)
    prepare(tmp_path, changed_tables())
    _refused(tmp_path, "2025-05/r1 exists with other content")


def test_bytes_without_a_receipt_are_refused(tmp_path):
    good_candidate.write(tmp_path / "candidate", good_candidate.tables())
    _refused(tmp_path, "areas.parquet has no receipt")


def test_bytes_changed_after_the_gate_are_refused(tmp_path):
    prepare(tmp_path)
    good_candidate.write(tmp_path / "candidate", changed_tables())
    _refused(tmp_path, "quality_findings.parquet has no receipt")


def test_bytes_that_failed_the_gate_are_refused_in_its_words(tmp_path):
    tables = good_candidate.tables()
    tables["quality_findings"][0]["action"] = ""
    prepare(tmp_path, tables)
    _refused(tmp_path, "quality_findings.parquet did not pass the gate. QF-WORDS: A finding does")


def test_a_verdict_on_the_files_alone_is_not_enough(tmp_path):
    tables = good_candidate.tables()
    tables["figure_inputs"].pop()
    prepare(tmp_path, tables)
    _refused(tmp_path, "The candidate did not pass the gate. IV-INPUT")


def test_a_receipt_of_another_suite_is_not_enough(tmp_path):
    prepare(tmp_path)
    receipts = tmp_path / "receipts"
    for path in receipts.iterdir():
        content = json.loads(path.read_text("utf-8"))
        verdicts = {f"0{digest[1:]}": v for digest, v in content["verdicts"].items()}
        path.write_text(json.dumps(content | {"verdicts": verdicts}), "utf-8")
    _refused(tmp_path, "has no receipt")


def test_a_file_of_no_published_table_is_refused(tmp_path):
    prepare(tmp_path)
    (tmp_path / "candidate/children.parquet").write_bytes(b"")
    _refused(tmp_path, "children.parquet is not a published table")


def test_a_file_that_was_not_announced_is_refused(tmp_path):
    prepare(tmp_path)
    folder = tmp_path / "candidate"
    (folder / "releases_2.parquet").write_bytes((folder / "releases.parquet").read_bytes())
    _refused(tmp_path, "releases_2.parquet is announced and absent, or present unannounced")


def test_a_missing_database_is_refused(tmp_path):
    prepare(tmp_path)
    (tmp_path / "candidate/marts.duckdb").unlink()
    _refused(tmp_path, "marts.duckdb is announced and absent")


@pytest.mark.parametrize(
    "statement",
    [
        "update indicators set title = 'another'",
        "delete from waiting_list where wait_band = '0-7'",
        "drop table releases",
        "create table children as select 1 as child",
        "update indicator_values set value = null where value = 60",
        "alter table indicators rename title to name",
    ],
)
def test_a_database_that_differs_from_the_files_is_refused(statement, tmp_path):
    prepare(tmp_path)
    with duckdb.connect(str(tmp_path / "candidate/marts.duckdb")) as connection:
        connection.execute(statement)
    _refused(tmp_path, "is not the table of the Parquet files")


def test_the_candidate_of_another_release_is_refused(tmp_path):
    prepare(tmp_path, release_id="2025-05/r2")
    _refused(tmp_path, "made for release 2025-05/r2, not 2025-05/r1")


def test_no_candidate_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "candidate").mkdir()
    _refused(tmp_path, "run the month first")


def test_what_a_crash_left_is_removed_at_the_next_start(tmp_path):
    released(tmp_path)
    before = bytes_of(tmp_path / "releases")
    half = tmp_path / "releases/2025-05/.r2.tmp-77/internal"
    half.mkdir(parents=True)
    (half / "indicators.parquet").write_bytes(b"half")
    half.chmod(0o550)
    (tmp_path / "releases/.current.tmp-77").symlink_to("2025-05/r2")
    assert len(tidy(tmp_path)) == 2
    assert bytes_of(tmp_path / "releases") == before
    assert not half.parent.exists()


CRASHES = """
import json, os, pickle, shutil, sys
from datetime import UTC, datetime
from pathlib import Path
from orchestration.publication import report
from orchestration.publication.release import verification
from orchestration.publication.release.publishing import publish, record
from tests.worlds.releasing import bytes_of, small_report

report.render = small_report
template, request = Path(sys.argv[1]), pickle.loads(Path(sys.argv[2]).read_bytes())
STEPS = ["replace", "rename", "fsync", "link", "symlink", "chmod", "mkdir"]
FROM_HERE_TO_THERE = ["replace", "rename", "link", "symlink", "copyfile"]


def before_each_step(meet):
    steps = 0

    def met(name, call):
        def wrapper(*args, **kwargs):
            nonlocal steps
            steps += 1
            meet(steps, name, args)
            return call(*args, **kwargs)
        return wrapper

    for name in STEPS:
        setattr(os, name, met(name, getattr(os, name)))
    shutil.copyfile = met("copyfile", shutil.copyfile)


def die_at(deadly):
    def meet(step, name, args):
        if step == deadly:
            if name == "copyfile":
                Path(args[1]).write_bytes(Path(args[0]).read_bytes()[:99])
            os._exit(9)

    before_each_step(meet)


def note_kinds(home, kinds):
    def meet(step, name, args):
        path = args[1] if name in FROM_HERE_TO_THERE else args[0]
        if isinstance(path, int):
            path = os.readlink(f"/proc/self/fd/{path}")
        place = Path(path).relative_to(home).parts
        is_hidden = any(part.startswith(".") for part in place[:-1])
        found.append([name, *place[3:-1][:1]] if is_hidden else [step])

    found = []
    before_each_step(meet)
    release(home)
    kinds.write_text(json.dumps(found))


def in_child(action):
    child = os.fork()
    if child == 0:
        try:
            action()
        except BaseException as error:
            print(repr(error), flush=True)
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def check_whole(home):
    checks = verification.verify(home)
    assert all(check.ok for check in checks), [check for check in checks if not check.ok]


def release(home):
    at = datetime(2025, 7, 10, tzinfo=UTC)
    record(home, request, publish(home, request), at, by="A. Analyst")


def released(home):
    release(home)
    check_whole(home)


def seen(home):
    found = bytes_of(home / "releases")
    return {name: sha for name, sha in found.items() if "/." not in name and name[0] != "."}


old = seen(template)
clean, kinds = template.with_name("clean"), template.with_name("kinds")
shutil.copytree(template, clean, symlinks=True)
assert in_child(lambda: note_kinds(clean, kinds)) == 0
check_whole(clean)
new = seen(clean)
not_public = new | {"current-public": old["current-public"]}
not_current = not_public | {"current": old["current"]}
steps = json.loads(kinds.read_text())
outcomes = []
for deadly, kind in enumerate(steps, 1):
    if sys.argv[3] == "first of each kind" and steps.index(kind) + 1 < deadly:
        continue
    home = template.with_name(f"crash-{deadly}")
    shutil.copytree(template, home, symlinks=True)
    assert in_child(lambda: (die_at(deadly), release(home))) == 9
    outcomes.append([old, not_current, not_public, new].index(seen(home)))
    assert in_child(lambda: released(home)) == 0
    assert seen(home) == new
    assert not [p for p in (home / "releases").rglob(".*")]
    shutil.rmtree(home)
print(len(steps), outcomes)
assert outcomes == sorted(outcomes) and set(outcomes) == {0, 1, 2, 3}
"""


@pytest.mark.parametrize(
    "at", ["first of each kind", pytest.param("every step", marks=pytest.mark.soak)]
)
def test_a_crash_at_any_step_leaves_the_old_release_or_the_new_one(tmp_path, at):
    """What nobody sees yet is made by like steps: one of each is tried, each in the campaign."""
    home = tmp_path / "home"
    released(home)
    wanted = prepare(home, changed_tables(), "2025-05/r2")
    (tmp_path / "request").write_bytes(pickle.dumps(wanted))
    command = [sys.executable, "-c", CRASHES, str(home), str(tmp_path / "request"), at]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
