"""A month is released, and the tools that read the database see it."""

import json
import shutil

import pytest

from tests.end_to_end.lasp import lasp, process
from tests.worlds import postgres
from tests.worlds.postgres import INTERNAL, PASSWORD, PUBLIC

FIRST, SECOND = "2025-03/r1", "2025-04/r1"


@pytest.fixture(scope="module")
def database():
    with postgres.server() as folder:
        yield postgres.database(folder)


@pytest.fixture(scope="module")
def ran(database, demonstrated, tmp_path_factory):
    """The second month, run where a database is to be served; folder, setting, what was said."""
    folder = tmp_path_factory.mktemp("served")
    home = folder / "var"
    shutil.copytree(demonstrated.before, home, symlinks=True)
    (folder / "address").write_text(database.address())
    setting = {"LASP_SERVING_URL_FILE": str(folder / "address")}
    return home, setting, process(home, "run", "--month", "2025-04", **setting)


def shown(database):
    internal = database.ask("select release_id from lasp_internal.this_release", INTERNAL)
    public = database.ask("select release_id from lasp_public.this_release", PUBLIC)
    return [release for ((release,),) in (internal, public)]


def test_a_month_that_is_released_is_served_at_once(ran, database):
    home, _, run = ran
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"The serving database shows {SECOND}, to the public {SECOND}" in run.stdout
    assert shown(database) == [SECOND, SECOND]
    figures = "select count(*) from lasp_internal.indicator_values where basis = 'local'"
    assert database.ask(figures, INTERNAL)[0][0] > 1000
    schemas = {one for (one,) in database.ask("select nspname from pg_namespace")}
    assert not schemas & {"core", "staging", "marts", "intermediate"}
    assert "The serving database shows" in lasp(home, "status", **ran[1]).stdout


def test_a_released_month_is_said_in_its_own_words_and_nothing_of_a_library_is(ran):
    assert ran[2].stderr == ""


def test_a_month_that_is_made_again_to_be_compared_is_not_served(ran, database):
    home, setting, _ = ran
    known = json.loads((home / "releases" / FIRST / "MANIFEST.json").read_text("utf-8"))
    again = process(home, "rebuild", "2025-03", "--as-at", known["as_at"], **setting)
    assert again.returncode == 0, again.stdout + again.stderr
    assert shown(database) == [SECOND, SECOND]


def test_neither_password_nor_address_is_said_or_kept(ran, database):
    home, _, run = ran
    secrets = [PASSWORD.encode(), database.address().partition("://")[2].split("@")[0].encode()]
    for text in (run.stdout.encode(), run.stderr.encode()):
        assert not [one for one in secrets if one in text]
    kept = [path for path in home.rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(kept) > 100
    assert not [p for p in kept if any(one in p.read_bytes() for one in secrets)]


def test_a_database_that_is_at_fault_takes_no_release_back_and_is_said(ran, database):
    home, setting, _ = ran
    database.ask("alter role loader password 'another'")
    try:
        run = lasp(home, "run", "--month", "2025-04", **setting)
        again = lasp(home, "serve-database", **setting)
    finally:
        database.ask(f"alter role loader password '{PASSWORD}'")
    assert run.returncode == again.returncode == 1
    assert f"2025-04  unchanged: {SECOND}" in run.stdout
    assert "The serving database did not follow" in run.stdout
    assert "`lasp serve-database`" in run.stdout
    assert "The database cannot be reached" in again.stderr
    assert "did not follow" in lasp(home, "status", **setting).stdout
    assert shown(database) == [SECOND, SECOND]
    assert lasp(home, "serve-database", **setting).returncode == 0
    assert "did not follow" not in lasp(home, "status", **setting).stdout


def test_a_release_that_is_withdrawn_leaves_the_database_too(ran, database):
    home, setting, _ = ran
    taken = lasp(home, "withdraw", SECOND, "--reason", "wrong", **setting)
    assert taken.returncode == 0, taken.stderr
    assert f"The serving database shows {FIRST}" in taken.stdout
    assert shown(database)[0] == FIRST


def test_without_a_database_the_command_says_which_setting_is_missing(tmp_path):
    said = lasp(tmp_path / "var", "serve-database")
    assert (said.returncode, "LASP_SERVING_URL_FILE" in said.stderr) == (2, True)
