"""What readers of the database can do, and above all what they cannot."""

from pathlib import Path

import psycopg2
import pytest
from psycopg2 import errors

from orchestration.publication.serving.following import follow
from tests.worlds import postgres
from tests.worlds.postgres import INTERNAL, LOADER, PUBLIC
from tests.worlds.served_releases import write

FIRST, SECOND = "2025-04/r1", "2025-05/r1"
NO_RIGHT = (errors.InsufficientPrivilege, errors.UndefinedTable)
"""To whoever may not look into a schema, some of what is in it does not exist."""
WRITES = (
    "drop view lasp_{part}.this_release",
    "alter schema lasp_{part} rename to mine",
    "comment on view lasp_{part}.this_release is 'mine'",
    "begin; lock table lasp_{part}.this_release in access exclusive mode",
    "select * from lasp_{part}.this_release for update",
    "create view lasp_{part}.mine as select 1 as one",
    "create function lasp_{part}.mine() returns int language sql as 'select 1'",
    "create table public.mine (one int)",
    "create temporary table mine (one int)",
    "create schema mine",
    "create role mine",
    "select lo_from_bytea(0, 'mine')",
    "select lo_create(0)",
    "update lasp_served.current set release_id = 'mine'",
)
LOOKS = (
    "select * from {tables}.this_release",
    "select * from lasp_served.current",
    "set role loader",
    "set role postgres",
    "set session authorization loader",
    "select rolpassword from pg_authid",
    "select pg_read_file('/etc/passwd')",
    "copy lasp_{part}.this_release to '/tmp/mine'",
    "copy (select 1) to program 'true'",
    "select pg_ls_dir('/')",
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'loader'",
)


@pytest.fixture(scope="module")
def served(server: Path, tmp_path_factory: pytest.TempPathFactory) -> postgres.Database:
    home, database = tmp_path_factory.mktemp("home"), postgres.database(server)
    for release in (FIRST, SECOND):
        write(home, release)
        follow(home, database.address())
    return database


@pytest.mark.parametrize("user", [INTERNAL, PUBLIC])
@pytest.mark.parametrize("statement", [*WRITES, *LOOKS])
def test_a_reader_can_neither_change_anything_nor_look_behind(served, user, statement):
    part = "internal" if user == INTERNAL else "public"
    (tables,), *_ = served.ask(
        f"select nspname from pg_namespace where nspname like 'lasp\\_{part}\\_2025\\_05%'"
    )
    loading = psycopg2.connect(served.address(LOADER))
    try:
        with pytest.raises(NO_RIGHT):
            served.ask(statement.format(part=part, tables=tables), user)
    finally:
        loading.close()


@pytest.mark.parametrize("user", [INTERNAL, PUBLIC])
def test_a_reader_has_the_right_to_read_the_views_of_its_parts_and_no_other_right(served, user):
    may = served.ask(
        "select distinct relnamespace::regnamespace::text, a.kind from pg_class, unnest(array["
        "'select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger', 'maintain']"
        f") as a(kind) where has_table_privilege('{user}', pg_class.oid, a.kind) and "
        "relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')"
    )
    public = {("lasp_public", "select")}
    assert set(may) == (public | {("lasp_internal", "select")} if user == INTERNAL else public)


@pytest.mark.parametrize("name", ["figures", "notes", "nothing", "this_release"])
def test_the_public_reads_nothing_internal_even_if_a_reader_wants_to_let_it(served, name):
    assert served.ask(f"select count(*) from lasp_internal.{name}", INTERNAL)
    served.ask(f"grant select on lasp_internal.{name} to public", INTERNAL)
    with pytest.raises(errors.InsufficientPrivilege):
        served.ask(f"select count(*) from lasp_internal.{name}", PUBLIC)


def test_who_reads_the_internal_part_may_read_the_public_one_too(served):
    query = "select release_id from lasp_public.this_release"
    assert served.ask(query, INTERNAL) == served.ask(query, PUBLIC) == [(SECOND,)]


def test_nothing_of_cases_is_in_the_database(served):
    found = "select distinct relname from pg_class where relkind in ('r', 'v', 'm') and " + (
        "relnamespace::regnamespace::text ~ '^lasp_'"
    )
    assert {name for (name,) in served.ask(found)} == {
        "current", "this_release", "figures", "notes", "nothing", "indicators", "restatements"
    }  # fmt: skip
