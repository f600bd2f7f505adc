"""Which release readers see: views that ask a pointer, and the pointer moves in one transaction.

Readers know the schemas ``lasp_internal`` and ``lasp_public``. A view there has a branch for the
release that is shown and one for the release before, and a row of ``lasp_served.current`` says
which of them counts. PostgreSQL asks for the row first and leaves the other branch alone. A load
goes so:

1. New views, over the new release and the one that is shown, are made in a schema beside, and the
   two schemas exchange names. Every name, old or new, still shows the same release.
2. The pointers of both parts move, in one transaction. From then on a new statement, or a new
   transaction of isolation level repeatable read, sees the new release and nothing else.

Tried with a reader's transaction held open (tests/publication/serving):

- ``create or replace view`` waits for every reader of the view, and new readers queue behind it. It
  cannot take a column away either.
- A change of names alone waits for nobody, and a transaction that reads two tables, before and
  after it, gets two releases, whatever its isolation level: names are looked up anew each time.
- ``alter role ... set search_path`` reaches new sessions only, and tools keep sessions for days.

The pointer is a row like any other, so each snapshot sees one release. Nothing that readers use is
locked: renaming a schema locks no relation, and what is dropped is what no name leads to.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from psycopg2 import errors, sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from orchestration.publication.serving.connection import NotServed
from orchestration.publication.serving.served_tables import Part

PARTS = ("internal", "public")
_PARSED_SECONDS = 2.0
"""A statement that looked up its names before the exchange has its snapshot long before that."""
_DROP_TIMEOUT = "100ms"
_MADE = r"^lasp_(internal|public)_"
"""Schemas of releases, and of views that were exchanged."""

_POINTER = """
create schema if not exists lasp_served;
create table if not exists lasp_served.current (
    part text primary key, schema_name text, release_id text, area text, is_synthetic boolean
);
-- A statement that is older than two releases must fail rather than read nothing.
create or replace function lasp_served.is_gone(shown text, known text[]) returns boolean
language plpgsql stable as $$
begin
    if shown is null or shown = any (known) then
        return false;
    end if;
    raise exception using
        errcode = 'serialization_failure',
        message = 'The release that this transaction reads is no longer kept.',
        hint = 'Run the query again, in a new transaction.';
end $$;
"""

_UNREACHABLE = """
select nspname
from pg_namespace
where
    nspname ~ %(made)s
    and nspowner = current_user::regrole
    and nspname not in (
        select distinct tables.relnamespace::regnamespace::text
        from pg_class as views
        inner join pg_rewrite on views.oid = pg_rewrite.ev_class
        inner join pg_depend on pg_rewrite.oid = pg_depend.objid
        inner join pg_class as tables on pg_depend.refobjid = tables.oid
        where views.relnamespace::regnamespace::text = any (%(views)s)
    )
order by nspname !~ '_old_'
"""


def refuse_another_database(connection: Connection, parts: Iterable[Part | None]) -> None:
    """Make sure that the database is ready, and is this warehouse's.

    Raises:
        NotServed: its roles are missing, its user may not create schemas, or it shows another
            area or, beside real figures, invented ones.
    """
    with connection, connection.cursor() as cursor:
        roles = [_reader(part) for part in PARTS]
        cursor.execute("select count(*) from pg_roles where rolname = any (%s)", [roles])
        if cursor.fetchone()[0] != len(roles):
            raise NotServed(
                f"The database has no roles {' and '.join(roles)}. An administrator makes them "
                "with orchestration/publication/serving/roles.sql (docs/deploy.md)."
            )
        cursor.execute("select has_database_privilege(current_database(), 'create')")
        if not cursor.fetchone()[0]:
            raise NotServed(
                "The user of LASP_SERVING_URL may not create schemas. An administrator allows it: "
                "grant create on database NAME to USER (docs/deploy.md)."
            )
        cursor.execute(_POINTER)
        cursor.execute("select area, is_synthetic from lasp_served.current where area <> ''")
        shown = set(cursor.fetchall())
    for part in parts:
        if part and shown - {(part.area, part.facts["is_synthetic"])}:
            raise NotServed(
                "The database shows the figures of another data folder: of another area, or "
                "invented ones beside real ones. Name another database in LASP_SERVING_URL."
            )


def switch(connection: Connection, wanted: Mapping[str, Part | None]) -> None:
    """Show to readers what is wanted of each part; None: nothing."""
    before = _shown(connection)
    changed = {
        name: part
        for name, part in wanted.items()
        if before.get(name) != (part.schema if part else None) or name not in before
    }
    exchanged = [
        old
        for name, part in changed.items()
        if (old := _exchange(connection, name, part, before.get(name)))
    ]
    _wait_until_parsed(connection, exchanged)
    with connection, connection.cursor() as cursor:
        for name, part in changed.items():
            _point(cursor, name, part)


def _shown(connection: Connection) -> dict[str, str | None]:
    with connection, connection.cursor() as cursor:
        cursor.execute("select part, schema_name from lasp_served.current")
        return dict(cursor.fetchall())


def _exchange(
    connection: Connection, name: str, part: Part | None, before: str | None
) -> str | None:
    """Let new views take the name of a part; gives the name that the old ones have now."""
    views, new = f"lasp_{name}", f"lasp_{name}_new"
    with connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL("create schema {}").format(sql.Identifier(new)))
        if part:
            _make_views(cursor, new, name, [part.schema, *([before] if before else [])])
        reader = sql.Identifier(_reader(name))
        for grant in (
            "grant usage on schema {} to {}",
            "grant select on all tables in schema {} to {}",
        ):
            cursor.execute(sql.SQL(grant).format(sql.Identifier(new), reader))
        words = _SCHEMA_WORDS[name] + (
            f" {part.facts['note']}." if part and part.facts["note"] else ""
        )
        cursor.execute(
            sql.SQL("comment on schema {} is {}").format(sql.Identifier(new), sql.Literal(words))
        )
        cursor.execute("select to_regnamespace(%s) is not null, pg_current_xact_id()", [views])
        is_there, number = cursor.fetchone()
        old = f"lasp_{name}_old_{number}"
        rename = sql.SQL("alter schema {} rename to {}")
        if is_there:
            cursor.execute(rename.format(sql.Identifier(views), sql.Identifier(old)))
        cursor.execute(rename.format(sql.Identifier(new), sql.Identifier(views)))
    return old if is_there else None


@dataclass(frozen=True)
class _Loaded:
    """A table of a release as the database describes it."""

    comment: str
    columns: dict[str, str] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)


def _loaded(cursor: Cursor, schema: str) -> dict[str, _Loaded]:
    cursor.execute(
        "select c.relname, coalesce(obj_description(c.oid), ''), a.attname, "
        "format_type(a.atttypid, a.atttypmod), coalesce(col_description(c.oid, a.attnum), '') "
        "from pg_class as c inner join pg_attribute as a on c.oid = a.attrelid "
        "where c.relnamespace = %s::regnamespace and c.relkind = 'r' and a.attnum > 0 "
        "order by c.relname, a.attnum",
        [schema],
    )
    tables: dict[str, _Loaded] = {}
    for table, comment, column, kind, words in cursor.fetchall():
        one = tables.setdefault(table, _Loaded(comment))
        one.columns[column] = kind
        one.comments[column] = words
    return tables


def _make_views(cursor: Cursor, views: str, part: str, schemas: list[str]) -> None:
    """Make a view a table: the columns are the first schema's, the newest release."""
    loaded = [_loaded(cursor, schema) for schema in schemas]
    conditions = _conditions(part, schemas)
    for name, newest in loaded[0].items():
        branches = [
            _branch(sql.Identifier(schema, name), newest, tables[name], condition)
            for schema, tables, condition in zip(schemas, loaded, conditions, strict=True)
            if name in tables
        ]
        view = sql.Identifier(views, name)
        cursor.execute(
            sql.SQL("create view {} as {}").format(view, sql.SQL(" union all ").join(branches))
        )
        cursor.execute(
            sql.SQL("comment on view {} is {}").format(view, sql.Literal(newest.comment))
        )
        for column, words in newest.comments.items():
            place = sql.Identifier(views, name, column)
            cursor.execute(sql.SQL("comment on column {} is {}").format(place, sql.Literal(words)))


def _conditions(part: str, schemas: list[str]) -> list[sql.Composable]:
    """When each release counts; a pointer that shows another one fails with the words above."""
    pointer = sql.SQL(
        "(select shown.schema_name from lasp_served.current as shown where shown.part = {})"
    ).format(sql.Literal(part))
    newest, *others = [sql.Literal(schema) for schema in schemas]
    first = sql.SQL("case {pointer} when {newest} then true else {is_gone}({pointer}, {known}) end")
    is_gone, known = sql.Identifier("lasp_served", "is_gone"), sql.Literal(schemas)
    return [
        first.format(pointer=pointer, newest=newest, is_gone=is_gone, known=known),
        *(sql.SQL("{} = {}").format(pointer, schema) for schema in others),
    ]


def _branch(
    place: sql.Identifier, newest: _Loaded, own: _Loaded, condition: sql.Composable
) -> sql.Composable:
    """Read one release, in the columns of the newest; a column that it has not is null there."""
    columns = [
        sql.Identifier(name)
        if own.columns.get(name) == kind
        else sql.SQL("null::{} as {}").format(sql.SQL(kind), sql.Identifier(name))
        for name, kind in newest.columns.items()
    ]
    return sql.SQL("select {} from {} where {}").format(
        sql.SQL(", ").join(columns), place, condition
    )


def _wait_until_parsed(connection: Connection, schemas: list[str]) -> None:
    """Let statements that looked up old names take their snapshots; long readers are not awaited.

    A statement that began between the two steps and is slower fails with the words of ``is_gone``.
    """
    until = time.monotonic() + _PARSED_SECONDS
    while schemas and time.monotonic() < until:
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "select exists (select 1 from pg_locks as l inner join pg_class as c "
                "on l.relation = c.oid where c.relnamespace::regnamespace::text = any (%s))",
                [schemas],
            )
            if not cursor.fetchone()[0]:
                return
        time.sleep(0.02)


def _point(cursor: Cursor, name: str, part: Part | None) -> None:
    cursor.execute(
        "insert into lasp_served.current as c values (%(part)s, %(schema)s, %(release)s, %(area)s, "
        "%(synthetic)s) on conflict (part) do update set schema_name = %(schema)s, "
        "release_id = %(release)s, area = coalesce(%(area)s, c.area), "
        "is_synthetic = coalesce(%(synthetic)s, c.is_synthetic)",
        {
            "part": name,
            "schema": part.schema if part else None,
            "release": part.release_id if part else None,
            "area": part.area if part else None,
            "synthetic": part.facts["is_synthetic"] if part else None,
        },
    )


def tidy(connection: Connection) -> None:
    """Drop what readers can no longer reach, unless a transaction still reads it.

    The views keep the release that is shown and the one before. What cannot be dropped within a
    tenth of a second waits for the next load; nobody queues for it, for no name leads there.
    """
    with connection, connection.cursor() as cursor:
        cursor.execute(_UNREACHABLE, {"made": _MADE, "views": [f"lasp_{part}" for part in PARTS]})
        schemas = [name for (name,) in cursor.fetchall()]
    for schema in schemas:
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(f"set local lock_timeout = '{_DROP_TIMEOUT}'")
                cursor.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(schema)))
        except errors.LockNotAvailable:
            continue


def _reader(part: str) -> str:
    return f"lasp_{part}_reader"


_SCHEMA_WORDS = {
    "internal": "The current release of the LASP warehouse, for the partnership's own use.",
    "public": "What everybody may see of the current release of the LASP warehouse.",
}
