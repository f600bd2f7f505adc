"""Which declared column a delivered heading or element name means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache

import pandas as pd

from ingest.contracts import Column, Table, load_contracts
from ingest.refusals import Refused
from ingest.typed.text_table import TextTable

_LABEL_END = re.compile(r"[\r\n]| \(")
LIKE = 0.7  # "referraldate" is 0.75 like referralreceiveddate, "mothername" 0.35 like service
_NOT_IN_LABEL = re.compile(r"[\W_]+")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def heading(text: str) -> str:
    """A heading without its hint: ``Date of Birth \\n(ccyy-mm-dd)`` is ``dateofbirth``.

    The hint begins at a line break or an opening bracket; of the rest letters and digits count,
    without regard to case.
    """
    return _letters(_LABEL_END.split(text.strip(), maxsplit=1)[0])


def _letters(text: str) -> str:
    return _NOT_IN_LABEL.sub("", text).casefold()


def is_made_of_known_words(name: str) -> bool:
    """Whether contracts use every word of a delivered name, so that it is nobody's data."""
    words = _WORD.findall(name)
    return "".join(words) == name and {word.casefold() for word in words} <= _known_words()


@cache
def _known_words() -> frozenset[str]:
    columns = [c for contract in load_contracts() for t in contract.tables for c in t.columns]
    texts = [text for c in columns for text in (c.name, *c.also_named, c.description)]
    return frozenset(word.casefold() for text in texts for word in _WORD.findall(text))


def match_columns(text: TextTable, table: Table) -> dict[str, pd.Series | None]:
    """The delivered columns under their declared names, in the contract's order.

    Position never matters. A name is matched trimmed and case-folded, else as a heading of the
    sender's standard forms. A column that may be missing and did not come is None.

    Raises:
        Refused: R-COL for a column that the contract does not declare, R-HDR for one that is
            missing or stands there twice.
    """
    meant = {name: declared_name(name, table) for name in text.frame.columns}
    absent = [c for c in table.columns if c.name not in meant.values() and not c.is_optional]
    _refuse_undeclared(meant, text, table, absent)
    _refuse_twice(meant, text)
    _refuse_absent(absent, text, table)
    found = {name: text.frame[delivered] for delivered, name in meant.items()}
    return {column.name: found.get(column.name) for column in table.columns}


def declared_name(delivered: str, table: Table) -> str | None:
    """The column of ``table`` that a delivered heading means, or None."""
    plain = {column.name.casefold(): column.name for column in table.columns}
    return (
        plain.get(delivered.strip().casefold())
        or _plain_headings(table).get(_letters(delivered))
        or _labels(table).get(heading(delivered))
    )


def _plain_headings(table: Table) -> dict[str, str]:
    """Names by their letters: ``REFERRAL ID`` is one; ``startdate (proposed)`` is another."""
    return {_letters(c.name): c.name for c in table.columns}


def _labels(table: Table) -> dict[str, str]:
    return {heading(label): c.name for c in table.columns for label in c.also_named}


def _refuse_undeclared(
    meant: dict[str, str | None], text: TextTable, table: Table, absent: Sequence[Column]
) -> None:
    """Undeclared and missing columns are reported together: often one is the other, misspelt."""
    places = text.places or range(1, len(meant) + 1)
    positions = [at for at, name in zip(places, meant.values(), strict=True) if name is None]
    if positions:
        likely = _likely(dict(zip(places, meant.items(), strict=True)), table)
        asked = [f"; did you mean {name} in position {at}?" for at, name in likely.items()]
        others = [column.name for column in absent if column.name not in likely.values()]
        asked += [f"; there is no column {', '.join(others)}"] if others else []
        without = "send the file again without them: data without a purpose may not be kept"
        rename = f"rename each column that belongs to the feed; for the others, {without}"
        raise Refused(
            "R-COL",
            f"{text.name}, header row",
            f"{len(positions)} column(s) that the contract does not declare, at position "
            + ", ".join(map(str, positions))
            + "".join(asked),
            f"only {', '.join(column.name for column in table.columns)}",
            rename if likely or others else without,
        )


def _likely(meant: dict[int, tuple[str, str | None]], table: Table) -> dict[int, str]:
    """The missing column that an undeclared heading is like, by position from 1.

    A heading that is like none may be a person's data, so no heading is repeated.
    """
    given = {name for _, name in meant.values()}
    free = {_letters(c.name): c.name for c in table.columns if c.name not in given}
    found: dict[int, str] = {}
    for at, (delivered, name) in meant.items():
        if name is None and (like := get_close_matches(_letters(delivered), free, 1, LIKE)):
            found[at] = free.pop(like[0])
    return found


def _refuse_twice(meant: dict[str, str | None], text: TextTable) -> None:
    names = list(meant.values())
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise Refused(
            "R-HDR",
            f"{text.name}, header row",
            f"more than one column {', '.join(twice)}",
            "each column once",
            "send only the column that holds the values",
        )


def _refuse_absent(absent: Sequence[Column], text: TextTable, table: Table) -> None:
    if absent:
        required = [column.name for column in table.columns if not column.is_optional]
        raise Refused(
            "R-HDR",
            f"{text.name}, header row",
            f"no column {', '.join(column.name for column in absent)}",
            f"all of {', '.join(required)}, in any order",
            "add the column to the extract"
            + (
                " and fill it: a row without a value is set aside"
                if any(column.required for column in absent)
                else "; leave cells empty if nothing is known"
            ),
        )
