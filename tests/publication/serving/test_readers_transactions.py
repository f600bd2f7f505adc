"""While one release takes the place of another, nobody waits and nobody sees both."""

import time
from contextlib import closing, contextmanager
from threading import Thread

import psycopg2
import pytest

from orchestration.publication.serving import connection, loading, switching
from orchestration.publication.serving.following import follow
from orchestration.publication.serving.served_tables import wanted
from tests.worlds.postgres import INTERNAL
from tests.worlds.served_releases import write

FIRST, SECOND, THIRD = "2025-04/r1", "2025-05/r1", "2025-06/r1"
RELEASE = "select release_id from lasp_internal.this_release"
MARKS = "select distinct mark from lasp_internal.figures"


@contextmanager
def reading(database, level="READ COMMITTED"):
    """A reader's transaction, which lasts as long as the block."""
    with closing(psycopg2.connect(database.address(INTERNAL))) as reader:
        reader.set_session(isolation_level=level)
        with reader.cursor() as cursor:

            def ask(query):
                cursor.execute(query)
                return [one for (one,) in cursor.fetchall()]

            yield ask


@pytest.fixture
def home(database, tmp_path):
    write(tmp_path, FIRST)
    follow(tmp_path, database.address())
    return tmp_path


def test_a_load_does_not_wait_for_a_reader_whose_transaction_is_open(database, home):
    with reading(database) as ask:
        assert ask(RELEASE) == [FIRST]
        for release in (SECOND, THIRD):
            write(home, release)
            follow(home, database.address())
        assert database.ask(RELEASE, INTERNAL) == [(THIRD,)]


def test_a_repeatable_read_sees_one_release_from_beginning_to_end(database, home):
    with reading(database, "REPEATABLE READ") as ask:
        assert ask(RELEASE) == [FIRST]
        write(home, SECOND)
        follow(home, database.address())
        assert ask(MARKS) == [FIRST]
    assert database.ask(MARKS, INTERNAL) == [(SECOND,)]


def test_a_new_statement_of_an_open_transaction_sees_the_new_release(database, home):
    with reading(database) as ask:
        assert ask(RELEASE) == [FIRST]
        write(home, SECOND)
        follow(home, database.address())
        assert ask(RELEASE) == ask(MARKS) == [SECOND]


def test_a_statement_that_runs_meanwhile_ends_with_what_it_began(database, home):
    with reading(database) as ask:
        found = []
        slow = "select mark from lasp_internal.notes, lateral (select pg_sleep(0.5 + 0 * number)) s"
        thread = Thread(target=lambda: found.extend(ask(slow)))
        thread.start()
        time.sleep(0.2)
        write(home, SECOND)
        follow(home, database.address())
        assert database.ask(RELEASE, INTERNAL) == [(SECOND,)]
        thread.join()
    assert found == [FIRST] * 3


def test_names_that_were_looked_up_before_and_after_the_exchange_are_of_one_release(database, home):
    write(home, SECOND)
    parts = wanted(home)
    with connection.connected(database.address()) as loader:
        loading.load(loader, parts["internal"])
        old = switching._exchange(loader, "internal", parts["internal"], _schema(database))
        both = f"select a.release_id || ' ' || b.release_id from {old}.this_release a, " + (
            "lasp_internal.this_release b"
        )
        assert database.ask(both) == [(f"{FIRST} {FIRST}",)]
        with loader, loader.cursor() as cursor:
            switching._point(cursor, "internal", parts["internal"])
        # A statement that did not take its snapshot for seconds: it fails, and reads no mixture.
        with pytest.raises(psycopg2.errors.SerializationFailure, match="no longer kept"):
            database.ask(both)


def test_a_transaction_older_than_two_releases_fails_in_words(database, home):
    with reading(database, "REPEATABLE READ") as ask:
        assert ask(RELEASE) == [FIRST]
        for release in (SECOND, THIRD):
            write(home, release)
            follow(home, database.address())
        with pytest.raises(psycopg2.errors.SerializationFailure, match="no longer kept"):
            ask(RELEASE)


def test_what_a_transaction_reads_is_dropped_after_it_ends(database, home):
    first = _schema(database)
    with reading(database) as ask:
        ask(MARKS)
        for release in (SECOND, THIRD):
            write(home, release)
            follow(home, database.address())
        assert first in _schemas(database)
    follow(home, database.address())
    assert first not in _schemas(database)
    assert not [name for name in _schemas(database) if "_old_" in name]


def _schema(database):
    query = "select schema_name from lasp_served.current where part = 'internal'"
    return database.ask(query)[0][0]


def _schemas(database):
    return [name for (name,) in database.ask("select nspname from pg_namespace")]
