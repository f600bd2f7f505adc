"""Numbers on a page: each says from which cell of the release it comes, or no page is made.

A number on a page is a ``<data>`` element: ``value`` is the unrounded number, ``data-from`` the
cell (``table/key#column``), the difference of two cells of one row (``#column-column``), or the
rows that were counted or added up (``table?column=value#count``, ``#sum(column)``). What the
manifest says of the release stands under ``MANIFEST.json#name``. Templates cannot print a number
in another way: ``refuse_untraced`` stands behind every expression.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any

from jinja2 import Undefined
from markupsafe import Markup

from orchestration.publication.report.facts import Facts
from orchestration.publication.report.tables import Row, Tables, place_of, plain

_DIGIT = re.compile(r"\d")
_TABLE_ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
_PLACE = re.compile(r'data-from="([^"#][^"]*)"')


class Untraced(ValueError):
    """A template printed a number that does not say where it comes from."""


def figure(row: Row, column: str, say: Callable[[Any], str]) -> Markup:
    """Show a number of the release in the words of ``say``; ValueError when there is none."""
    return _data(_present(row, column), row.place(column), say)


def difference(row: Row, column: str, earlier: str, say: Callable[[Any], str]) -> Markup:
    """Show by how much one number of a row differs from another."""
    change = _present(row, column) - _present(row, earlier)
    return _data(change, f"{row.place(column)}-{earlier}", say)


def count(tables: Tables, table: str, say: Callable[[Any], str], **where: Any) -> Markup:
    """Show how many rows of a table agree with ``where``."""
    return _data(len(tables.rows(table, **where)), place_of(table, where, "count"), say)


def total(
    tables: Tables, table: str, column: str, say: Callable[[Any], str], **where: Any
) -> Markup:
    """Show the sum of a column; ValueError when a row that agrees has no number."""
    rows = tables.rows(table, **where)
    return _data(
        sum(_present(row, column) for row in rows), place_of(table, where, f"sum({column})"), say
    )


def listed(number: int, place: str, say: Callable[[Any], str]) -> Markup:
    """Show how many entries a list or table has: ``#id`` of the page, or ``page.html#id``."""
    return _data(number, place, say)


def day(row: Row, column: str, say: Callable[[Any], str]) -> Markup:
    """Show a day of the release."""
    shape = '<time datetime="{}" data-from="{}">{}</time>'
    value = _present(row, column)
    return Markup(shape).format(value.isoformat(), row.place(column), say(value))


def quoted(row: Row, column: str) -> Markup:
    """Show a text of the release as it stands there; an absent one is empty."""
    text = row[column] or ""
    if not _DIGIT.search(text):
        return Markup.escape(text)
    return Markup('<span data-from="{}">{}</span>').format(row.place(column), text)


def stated(facts: Facts, name: str, say: Callable[[Any], str] = plain) -> Markup:
    """Show what the manifest says of the release: its name, its month, its date of knowledge."""
    shape = '<span data-from="MANIFEST.json#{}">{}</span>'
    return Markup(shape).format(name, say(getattr(facts, name)))


def refuse_untraced(value: Any) -> Any:
    """Let through texts without digits and what this module made (Jinja's ``finalize``).

    Raises:
        Untraced: with the value, which is of the release and of no person.
    """
    if isinstance(value, (Markup, Undefined)) or value is None:
        return value
    if isinstance(value, str) and not _DIGIT.search(value):
        return value
    raise Untraced(f"{value!r} would stand on a page without its source: use a figure.")


def shared_rows(page: str) -> str:
    """Say once a row of a table on the page from which row of the release its numbers come.

    A page of twenty charts and their tables is a fifth smaller for it.
    """
    return _TABLE_ROW.sub(lambda found: _shared(found[0]), page)


def _shared(table_row: str) -> str:
    places = _PLACE.findall(table_row)
    common = _commonest(places)
    if common is None:
        return table_row
    shorter = table_row.replace(f'data-from="{common}', 'data-from="@')
    return shorter.replace("<tr", f'<tr data-row="{common}"', 1)


def _commonest(places: Sequence[str]) -> str | None:
    """Give the beginning that most of the places share: to the ``#`` of a row, or a filter."""
    rows = [place.partition("#")[0] + "#" for place in places]
    commonest = max(sorted(set(rows)), key=rows.count, default="")
    if rows.count(commonest) > 1:
        return commonest
    asked = [place for place in places if "?" in place]
    letters = takewhile(lambda found: len(set(found)) == 1, zip(*asked, strict=False))
    begun = "".join(found[0] for found in letters) if len(asked) > 1 else ""
    return begun[: max(begun.rfind("?"), begun.rfind(";")) + 1] or None


def _present(row: Row, column: str) -> Any:
    if row[column] is None:
        raise ValueError(f"{row.place(column)} is null: say why there is no figure instead.")
    return row[column]


def _data(value: Any, place: str, say: Callable[[Any], str]) -> Markup:
    shape = '<data value="{}" data-from="{}">{}</data>'
    return Markup(shape).format(plain(value), place, say(value))
