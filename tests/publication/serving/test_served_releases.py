"""The database shows the current releases, whole, with their descriptions."""

import json

import psycopg2
import pyarrow as pa
import pytest
from click.testing import CliRunner

from orchestration.cli import main
from orchestration.publication.serving import connection, loading
from orchestration.publication.serving.connection import NotServed
from orchestration.publication.serving.following import follow
from orchestration.publication.serving.last_known import Standing, standing
from tests.worlds import served_releases
from tests.worlds.postgres import INTERNAL, LOADER, PASSWORD, PUBLIC
from tests.worlds.served_releases import point, tables, write

FIRST, SECOND, THIRD = "2025-04/r1", "2025-05/r1", "2025-06/r1"


def shown(database, part="internal"):
    """The release that a reader of a part sees; every table of it must be of that release."""
    user = INTERNAL if part == "internal" else PUBLIC
    ((release,),) = database.ask(f"select release_id from lasp_{part}.this_release", user)
    if part == "internal":
        query = "select mark from lasp_internal.figures union select mark from lasp_internal.notes"
        assert database.ask(query, user) == [(release,)]
    return release


def schemas(database):
    return {name for (name,) in database.ask("select nspname from pg_namespace") if "_r1_" in name}


def test_a_reader_finds_every_cell_of_the_release(database, tmp_path):
    write(tmp_path, FIRST)
    assert follow(tmp_path, database.address()) == Standing(FIRST, FIRST)
    rows = database.ask("select * from lasp_internal.figures", INTERNAL)
    expected = [tuple(row.values()) for row in tables(FIRST)["figures"].to_pylist()]
    assert sorted(rows, key=repr) == sorted(expected, key=repr)
    kinds = dict(database.ask(
        "select column_name, data_type from information_schema.columns "
        "where table_schema = 'lasp_internal' and table_name = 'figures'"
    ))  # fmt: skip
    assert kinds["exact"] == "numeric"
    assert kinds["value"] == "double precision"
    assert database.ask("select count(*) from lasp_internal.nothing", INTERNAL) == [(0,)]


def test_the_public_finds_numbers_and_symbols_in_columns_of_their_own(database, tmp_path):
    write(tmp_path, FIRST)
    follow(tmp_path, database.address())
    rows = database.ask(
        "select numerator, numerator_symbol, period_end::text, is_exact "
        "from lasp_public.indicators where indicator_id in ('lists_n', 'plans_n') "
        "and breakdown = 'all' order by indicator_id",
        PUBLIC,
    )
    assert rows == [(None, "*", "2025-12-31", False), (45.0, None, "2025-12-31", False)]
    names = "select table_name from information_schema.tables where table_schema = 'lasp_public'"
    assert {name for (name,) in database.ask(names)} == {
        "indicators", "restatements", "this_release"
    }  # fmt: skip


def test_every_table_and_column_is_described(database, tmp_path):
    write(tmp_path, FIRST)
    follow(tmp_path, database.address())
    described = database.ask(
        "select c.relname, a.attname, obj_description(c.oid), col_description(c.oid, a.attnum) "
        "from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 "
        "where c.relnamespace::regnamespace::text in ('lasp_internal', 'lasp_public')"
    )
    assert {(table, column) for table, column, *words in described if not all(words)} == set()
    assert (
        "notes",
        "number",
        "One row per row of notes; it's all.",
        "What number of notes is.",
    ) in (described)
    (schema,) = database.ask("select obj_description('lasp_public'::regnamespace)")
    assert "Demonstration: invented data" in schema[0]


def test_a_new_release_takes_the_place_of_the_old_one(database, tmp_path):
    for release in (FIRST, SECOND, THIRD):
        write(tmp_path, release)
        follow(tmp_path, database.address())
        assert shown(database) == shown(database, "public") == release
    assert len(schemas(database)) == 4  # this release and the one before, of two parts


def test_columns_and_tables_come_and_go(database, tmp_path):
    write(tmp_path, FIRST)
    follow(tmp_path, database.address())
    content = tables(SECOND)
    notes = content.pop("notes")
    content["figures"] = content["figures"].drop_columns(["text"]).append_column(
        "is_new", pa.array([True] * content["figures"].num_rows)
    )  # fmt: skip
    content["letters"] = notes
    write(tmp_path, SECOND, content)
    follow(tmp_path, database.address())
    columns = "select mark, is_new from lasp_internal.figures limit 1"
    assert database.ask(columns, INTERNAL) == [(SECOND, True)]
    assert database.ask("select count(*) from lasp_internal.letters", INTERNAL) == [(3,)]
    for gone in ("text from lasp_internal.figures", "1 from lasp_internal.notes"):
        with pytest.raises(psycopg2.errors.UndefinedTable if "notes" in gone else psycopg2.Error):
            database.ask(f"select {gone}", INTERNAL)


def test_what_is_shown_already_is_not_loaded_again(database, tmp_path, monkeypatch):
    write(tmp_path, FIRST)
    follow(tmp_path, database.address())
    monkeypatch.setattr(loading, "load", lambda *_: pytest.fail("loaded again"))
    assert follow(tmp_path, database.address()).internal == FIRST
    assert shown(database) == FIRST


def test_a_withdrawn_release_gives_way_to_the_one_before_without_a_load(
    database, tmp_path, monkeypatch
):
    for release in (FIRST, SECOND):
        write(tmp_path, release)
        follow(tmp_path, database.address())
    point(tmp_path, "current", FIRST)
    point(tmp_path, "current-public", f"{FIRST}/public")
    monkeypatch.setattr(loading, "load", lambda *_: pytest.fail("loaded again"))
    follow(tmp_path, database.address())
    assert shown(database) == shown(database, "public") == FIRST


def test_a_release_that_nobody_approved_is_not_public(database, tmp_path):
    write(tmp_path, FIRST)
    write(tmp_path, SECOND, is_public=False)
    follow(tmp_path, database.address())
    assert (shown(database), shown(database, "public")) == (SECOND, FIRST)


def test_where_nothing_stands_nothing_is_shown(database, tmp_path):
    write(tmp_path, FIRST)
    follow(tmp_path, database.address())
    point(tmp_path, "current-public", None)
    assert str(follow(tmp_path, database.address())) == (
        f"The serving database shows {FIRST}, to the public nothing"
    )
    with pytest.raises(psycopg2.errors.UndefinedTable):
        database.ask("select * from lasp_public.indicators", PUBLIC)
    assert shown(database) == FIRST


def test_a_table_that_is_not_the_one_that_was_released_is_not_shown(database, tmp_path):
    write(tmp_path, FIRST)
    follow(tmp_path, database.address())
    path = write(tmp_path, SECOND)
    other = served_releases.tables("another")["notes"]
    served_releases.pq.write_table(other, path / "internal/notes.parquet")
    with pytest.raises(NotServed, match="Table notes, read back"):
        follow(tmp_path, database.address())
    assert shown(database) == FIRST
    assert len(schemas(database)) == 2


def test_a_public_file_that_was_altered_is_not_shown(database, tmp_path):
    path = write(tmp_path, FIRST)
    with (path / "public/indicators.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    with pytest.raises(NotServed, match=r"indicators\.csv of release 2025-04/r1 is not what"):
        follow(tmp_path, database.address())


def test_a_load_that_was_cut_off_leaves_nothing_and_is_repeated(database, tmp_path, monkeypatch):
    write(tmp_path, FIRST)
    with monkeypatch.context() as patch:
        patch.setattr(loading, "_compare", lambda *_: 1 / 0)
        with pytest.raises(NotServed, match=r"ZeroDivisionError \(tests/publication/serving/"):
            follow(tmp_path, database.address())
    assert not schemas(database)
    follow(tmp_path, database.address())
    assert shown(database) == FIRST


@pytest.mark.parametrize(
    "facts", [{"is_synthetic": False, "note": None}, {"partnership": {"local_area": "E08000012"}}]
)
def test_a_database_shows_one_area_and_no_invented_figures_beside_real_ones(
    database, tmp_path, facts
):
    write(tmp_path / "one", FIRST)
    follow(tmp_path / "one", database.address())
    write(tmp_path / "other", SECOND, **facts)
    with pytest.raises(NotServed, match="figures of another data folder"):
        follow(tmp_path / "other", database.address())
    assert shown(database) == FIRST


def test_two_who_load_at_once_do_not_mix(database, tmp_path):
    write(tmp_path, FIRST)
    with (
        connection.connected(database.address()),
        pytest.raises(NotServed, match="Another program loads"),
    ):
        follow(tmp_path, database.address())


@pytest.mark.parametrize("what", ["roles", "right"])
def test_a_database_that_is_not_prepared_is_said_with_what_to_do(database, tmp_path, what):
    write(tmp_path, FIRST)
    if what == "right":
        database.ask(f"revoke create on database {database.name} from {LOADER}")
        with pytest.raises(NotServed, match="grant create on database"):
            follow(tmp_path, database.address())
        return
    database.ask("alter role lasp_public_reader rename to somebody")
    try:
        with pytest.raises(NotServed, match=r"serving/roles\.sql"):
            follow(tmp_path, database.address())
    finally:
        database.ask("alter role somebody rename to lasp_public_reader")


@pytest.mark.parametrize("fault", ["password", "server", "address", "name"])
def test_a_database_that_cannot_be_reached_is_said_without_its_address(
    database, tmp_path, fault, capfd
):
    write(tmp_path, FIRST)
    follow(tmp_path, database.address())
    address = {
        "password": database.address(password="s3cret-word"),
        "server": "postgresql://loader:s3cret-word@127.0.0.1:1/lasp",
        "address": "postgresql://loader:s3cret-word/x@127.0.0.1:5432/lasp",
        "name": database.address(password="s3cret-word").replace(database.name, "no_such"),
    }[fault]
    write(tmp_path, SECOND)
    with pytest.raises(NotServed, match="The database cannot be reached") as error:
        follow(tmp_path, address)
    kept = standing(tmp_path)
    assert (kept.internal, kept.public) == (FIRST, FIRST)
    said = [str(error.value), str(kept), json.dumps(vars(kept)), *capfd.readouterr()]
    said.append((tmp_path / "serving.json").read_text())
    for secret in ("s3cret-word", PASSWORD, "127.0.0.1", database.name):
        assert not [words for words in said if secret in words]
    assert "lasp serve-database" in str(kept)


def test_an_error_of_the_database_is_said_without_cell_or_address(database, tmp_path, monkeypatch):
    write(tmp_path, FIRST, {"figures": pa.table({"mark": ["a\0name"]})})
    with pytest.raises(NotServed, match="The database stopped with") as error:
        follow(tmp_path, database.address())
    assert "name" not in str(error.value).replace("user name", "")
    assert error.value.__cause__ is None


def test_the_command_brings_the_database_along_and_ends_with_1_where_it_cannot(
    database, tmp_path, monkeypatch
):
    write(tmp_path, FIRST)
    monkeypatch.setenv("LASP_HOME", str(tmp_path))
    monkeypatch.setenv("LASP_SERVING_URL", database.address())
    followed = CliRunner().invoke(main, ["serve-database"])
    assert (followed.exit_code, FIRST in followed.stdout) == (0, True)
    write(tmp_path, SECOND)
    monkeypatch.setenv("LASP_SERVING_URL", database.address(password="s3cret-word"))
    failed = CliRunner().invoke(main, ["serve-database"])
    assert failed.exit_code == 1
    assert f"did not follow, and shows {FIRST}" in failed.stderr
    assert "`lasp serve-database`" in failed.stderr
    assert "s3cret-word" not in failed.output
