"""XML bytes -> one text table a declared row element. No DTD, no entity, nothing from outside.

Elements become rows and fields by the names of the contract alone, in a stream through expat.
Where tables hang together, their keys are made from the places of the rows: ``1``, ``1.2`` ...
An undeclared name is reported by its place, and repeated only where contracts use each of its
words: it may be a person's data.
"""

from __future__ import annotations

import codecs
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from hashlib import blake2b
from xml.parsers import expat

import pandas as pd

from ingest.contracts import Contract, Table
from ingest.contracts.model import Node
from ingest.readers.first_bytes import refuse_other_formats
from ingest.readers.tabular import MAX_FIELD_CHARACTERS, MAX_ROWS, refuse_miscount
from ingest.refusals import Finding, Refused
from ingest.typed.cells import Delivered, read_date, reader
from ingest.typed.headings import LIKE, heading, is_made_of_known_words
from ingest.typed.text_table import TextTable

MAX_DEPTH = 32  # the return of the DfE is 7 deep
_ENCODINGS = ("utf-8", "ascii", "cp1252", "iso8859-1")
_CUT_SHORT = {
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
}
# Attributes that say something of the document, not of a person.
_NEUTRAL = (
    "http://www.w3.org/2001/XMLSchema-instance",
    "http://www.w3.org/XML/1998/namespace",
)


def read_xml(
    data: bytes, where: str, contract: Contract, vouched_rows: int | None = None
) -> dict[str, TextTable]:
    """Read the row elements of ``contract`` as text tables, by table name.

    A field's name matches that of a column or of its ``also_named`` without regard to case,
    underscores and namespace; a name of several nodes is reported with its node. Of several nodes
    that hold what changes, the one that is not over is read. ``<x/>``, blank and absent are None;
    text around a value is dropped. A column that states the month is filled from an ignored
    element, such as a file header, where no row has it. ``source_row`` is the line of the row's
    start tag, or, where two rows share a line, the number of the row. ``vouched_rows`` is the
    manifest's count of rows over all tables.

    Raises:
        Refused: R-ENC, R-END, R-HDR, R-COL, R-ROW or R-EMPTY, or R-XML for a document type,
            elements too deep, or what is no XML.
    """
    refuse_other_formats(data, where, "XML")
    scan = _Scan(contract, where)
    _parse(data, scan)
    texts = {table.name: scan.text_table(table) for table in contract.tables if table.element}
    refuse_miscount(sum(len(text.frame) for text in texts.values()), vouched_rows, where)
    return texts


def _parse(data: bytes, scan: _Scan) -> None:
    parser = scan.parser
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        if error.code in _CUT_SHORT:
            raise scan.refuse("R-END", "a file that ends in the middle", "the whole file") from None
        _refuse_bytes(data, scan)
        found = f"text that is not XML ({expat.errors.messages[error.code]})"
        raise scan.refuse("R-XML", found, "well-formed XML", line=error.lineno) from None
    except (ValueError, LookupError):
        raise scan.refuse("R-XML", "text that is not XML", "well-formed XML") from None


def _refuse_bytes(data: bytes, scan: _Scan) -> None:
    """Say of broken UTF-8 that it is the encoding."""
    try:
        data.decode(scan.encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        found = f"bytes that are not valid in {scan.encoding}, the encoding that the file states"
        raise scan.refuse("R-ENC", found, "text in the stated encoding", line) from None


@dataclass(slots=True, eq=False)
class _Row:
    """One row element: its table, the line of its start tag, its key and what stands in it.

    A row that its parent holds twice, with all that it holds, bears the keys of the first: it is
    then an exact duplicate like any other.
    """

    table: Table
    line: int
    key: str
    cells: dict[str, str | None] = field(default_factory=dict)
    # A return has 60,000 rows, most of which hold no others: what these need they alone have.
    below: dict[str, int] | None = None
    """How many rows of a table stand in it."""
    rows: list[_Row] | None = None
    firsts: dict[bytes, _Row] | None = None
    """The first of the rows in it that have the same content."""
    content: bytes = b""
    """Digest of what stands in it and in the rows inside."""
    held: dict[str, list[dict[str, str | None]]] | None = None
    """What each node holds that may stand in the row several times."""


@dataclass(slots=True, eq=False)
class _Group:
    """An element around rows or fields; ``node``: its name, where the contract describes it."""

    node: str = ""
    cells: dict[str, str | None] | None = None
    """What it holds, where it may stand in its row several times."""


_Known = dict[str, tuple[str, str] | Table | _Group]
"""What elements of a name are in one place: a field, by its column and key, a row of a table, or a
group that holds nothing by itself."""
_Place = tuple[_Row | None, _Known, dict[str, str | None]]
"""The row in which the stream stands, what is known there, and the cells into which fields go."""


class _Shape:
    """What the contract says of element names, in the form in which they compare."""

    def __init__(self, contract: Contract) -> None:
        """Index names of tables, fields, groups and ignored elements."""
        self.day_first_dates = contract.day_first_dates
        self.has_doctype = contract.xml_doctype
        self.tables = {heading(t.element): t for t in contract.tables if t.element}
        self.groups = {heading(name) for name in contract.xml_groups}
        self.nodes = {
            (table.name, heading(name)): node
            for table in self.tables.values()
            for node in table.nodes
            for name in (node.name, *node.also_named)
        }
        self.ignored = {heading(name) for name in contract.xml_ignored}
        self.parents = {
            table.name: column.references
            for table in self.tables.values()
            for column in table.columns
            if column.references
        }
        self.linked = {*self.parents, *self.parents.values()}
        self.made = {table.name: self._made_columns(table) for table in self.tables.values()}
        self.fields = {t.name: self._fields(t) for t in self.tables.values()}
        self.period_names = {
            heading(name)
            for table in self.tables.values()
            for column in table.columns
            if column.use == "period"
            for name in (column.name, *column.also_named)
        }
        self.repeatable = {
            (table.name, column.name)
            for table in self.tables.values()
            for column in table.columns
            if column.use == "discard"
        }

    def _fields(self, table: Table) -> dict[tuple[str, str], str]:
        """Column by node, if it matters, and element name; keys made from places do not come."""
        made = self.made[table.name]
        columns = [column for column in table.columns if column.name not in made]
        named = {
            ("", heading(name)): column.name
            for column in columns
            for name in (*column.also_named, column.name)
        }
        return named | {
            (column.node or "", heading(column.element)): column.name
            for column in columns
            if column.element
        }

    def column_of(self, table: str, node: str, key: str) -> str | None:
        """The column that an element means in a row of ``table``, inside of ``node``."""
        fields = self.fields[table]
        return fields.get((node, key)) or fields.get(("", key))

    def tags(self) -> list[str]:
        """Every name of an element, as the contract writes it."""
        tables = self.tables.values()
        names = [column.tag for table in tables for column in table.columns]
        return names + [n.name for n in self.nodes.values()] + [t.element or "" for t in tables]

    def declared(self, key: str) -> str:
        """An element's name as the contract writes it, or nothing."""
        return next((name for name in self.tags() if heading(name) == key), "")

    def expected_in(self, row: str, node: str) -> str:
        """What the contract has in a node, in a row, or around all rows."""
        if not row:
            return f"only {', '.join(t.element or '' for t in self.tables.values())}"
        table = next(table for table in self.tables.values() if table.name == row)
        made = self.made[table.name]
        inside = [one.name for one in table.nodes if (one.inside or "") == node]
        inside += [
            column.tag
            for column in table.columns
            if (column.node or "") == node and column.name not in made
            if node or not table.nodes
        ]
        below = [t.element or "" for t in self.tables.values() if self.parents.get(t.name) == row]
        return f"in {node or table.element} only {', '.join(inside + below * (not node))}"

    def _made_columns(self, table: Table) -> list[str]:
        """The table's key and the column of its parent's key, where tables hang together."""
        if table.name not in self.linked:
            return []
        return [*table.key, *(c.name for c in table.columns if c.references)]


def _is_neutral(attribute: str) -> bool:
    return attribute.startswith(_NEUTRAL)


class _Scan:
    """A stream through one document: rows are collected, whatever is not declared is refused."""

    def __init__(self, contract: Contract, where: str) -> None:
        """Start before the root."""
        self.shape, self.where, self.encoding = _Shape(contract), where, "utf-8"
        self.rows: dict[str, list[_Row]] = defaultdict(list)
        self.periods: set[str] = set()
        self.passed_over = 0
        self._root = _Row(Table.model_construct(name=""), 0, "")
        self._names: dict[str, str] = {}
        self._open: list[_Row | _Group | str] = []  # rows, groups and "ignored", but no fields
        self._children = [0]
        self._field, self._name, self._text, self._length = "", "", [], 0
        self._known_in: dict[tuple[str, str], _Known] = defaultdict(dict)
        self._places: list[_Place] = [(None, {}, {})]
        self._row, self._known, self._cells = self._places[-1]
        self._several, self._unclear = 0, list[int]()
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self.on_declaration
        self.parser.StartDoctypeDeclHandler = self.on_doctype
        self.parser.StartElementHandler = self.on_start
        self.parser.EndElementHandler = self.on_end
        self.parser.CharacterDataHandler = self.on_text

    def refuse(self, rule: str, found: str, expected: str, line: int | None = None) -> Refused:
        """A refusal at a line, by default where the stream stands."""
        place = f"{self.where}, line {line or self.parser.CurrentLineNumber}"
        action = "export the file again in the form that the contract describes, and send that"
        return Refused(rule, place, found, expected, action)

    def on_declaration(self, _: str, encoding: str | None, __: int) -> None:
        """Take the XML declaration; only encodings that are read letter by letter will do."""
        try:
            self.encoding = codecs.lookup(encoding or "utf-8").name
        except LookupError:
            self.encoding = ""
        if self.encoding not in _ENCODINGS:
            expected = "UTF-8, Windows-1252 or ISO-8859-1"
            raise self.refuse("R-ENC", "another encoding in the first line", expected)

    def on_doctype(self, _: str, system: object, public: object, declares: object) -> None:
        """Refuse a document type: that is where entities come in. A bare name brings none."""
        if self.shape.has_doctype and not (system or public or declares):
            return
        expected = "XML without DOCTYPE or ENTITY"
        raise self.refuse("R-XML", "a document type declaration", expected)

    def on_start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element: mostly what stood in the same place before."""
        known = self._known.get(name)
        if known is None or attributes or self._field or len(self._open) == MAX_DEPTH:
            self._on_other(name, attributes)
            return
        self._children[-1] += 1
        if isinstance(known, tuple):
            self._field, self._name = known
            self._length = 0
            self._text.clear()
        else:
            self._push(known if isinstance(known, _Group) else self._begin_row(known))

    def _on_other(self, name: str, attributes: dict[str, str]) -> None:
        is_ignored = bool(self._open) and self._open[-1] == "ignored"
        is_inside_field = bool(self._field) and not is_ignored
        if len(self._open) + is_inside_field == MAX_DEPTH:
            raise self.refuse("R-XML", "elements nested too deep", f"at most {MAX_DEPTH} levels")
        key = self._names.get(name) or self._names.setdefault(name, heading(name.split(" ")[-1]))
        if is_ignored:
            self.passed_over += 1
            self._push("ignored")
            self._begin(key if key in self.shape.period_names else "")
            return
        if is_inside_field:
            self._make_group()
        self._children[-1] += 1
        is_root = not self._open
        kind = self._kind(key, name)
        if kind == "field":
            self._known[name] = self._field, self._name
        else:
            if isinstance(kind, _Row):
                self._known[name] = kind.table
            elif isinstance(kind, _Group) and kind.cells is None:
                self._known[name] = kind
            self._push(kind)
        # Attributes of the root are the document's, such as the release of its schema.
        if not (is_root or kind == "ignored" or all(map(_is_neutral, attributes))):
            name = "" if isinstance(kind, _Row) else self.shape.declared(key)
            where = " in ".join(filter(None, [name, self._whose()]))
            found = f"an attribute that is not declared, of {where or 'an element'}"
            raise self.refuse("R-COL", found, f"values as elements; {self._expected()}")

    def _push(self, inner: _Row | _Group | str) -> None:
        """Go into a row, a group, or what is ignored."""
        self._open.append(inner)
        self._children.append(0)
        row, known, cells = self._row, {}, self._cells
        if isinstance(inner, _Row):
            row, cells = inner, inner.cells
        elif isinstance(inner, _Group) and inner.cells is not None:
            cells = inner.cells
        if row and inner != "ignored":
            known = self._known_in[row.table.name, self._node()]
        self._places.append((row, known, cells))
        self._row, self._known, self._cells = self._places[-1]

    def _kind(self, key: str, name: str) -> _Row | _Group | str:
        """What an element is by its name and place."""
        shape, row = self.shape, self._row
        if not self._open:
            # The root of the NCCIS return bears the year of its schema.
            if not {key, key.rstrip("0123456789")} & shape.groups:
                known = "a root element that the contract names, such as the SEN2 or NCCIS return"
                raise self.refuse("R-HDR", "another kind of document", known)
            return _Group()
        if key in shape.ignored:
            self._begin(key if key in shape.period_names else "")
            return "ignored"
        if key in shape.tables:
            return self._begin_row(shape.tables[key])
        column = row and shape.column_of(row.table.name, self._node(), key)
        if column:
            self._begin(column, key)
            return "field"
        if row and (row.table.name, key) in shape.nodes:
            return self._begin_node(row, shape.nodes[row.table.name, key])
        if key in shape.groups:
            return _Group()
        raise self.refuse("R-COL", self._stranger(key, name), self._expected())

    def _node(self) -> str:
        """The node in which the stream stands, within its row."""
        inner = self._open[-1] if self._open else ""
        return inner.node if isinstance(inner, _Group) else ""

    def _begin_node(self, row: _Row, node: Node) -> _Group:
        if not node.ended:
            return _Group(node.name)
        cells: dict[str, str | None] = {}
        row.held = row.held or {}
        row.held.setdefault(node.name, []).append(cells)
        return _Group(node.name, cells)

    def _stranger(self, key: str, name: str) -> str:
        """An element that has no place here: its name, if that can be told, and where it stands."""
        plain, node, whose = name.split(" ")[-1], self._node(), self._whose()
        place = " in ".join(filter(None, [node, whose])) or "the document"
        elsewhere = self.shape.declared(key)
        told = elsewhere or (plain if is_made_of_known_words(plain) else "")
        which = f"{told}, " if told else ""
        which += f"element {self._children[-1]} of {place}, which the contract does not have there"
        like = get_close_matches(key, [heading(tag) for tag in self.shape.tags()], 1, LIKE)
        is_like = like and not elsewhere
        return f"{which}; did you mean {self.shape.declared(like[0])}?" if is_like else which

    def _whose(self) -> str:
        """The row in which the stream stands, by its number among the rows of its kind."""
        if not self._row:
            return ""
        table = self._row.table
        return f"{table.element} {len(self.rows[table.name])}"

    def _expected(self) -> str:
        return self.shape.expected_in(self._row.table.name if self._row else "", self._node())

    def _begin(self, column: str, name: str = "") -> None:
        self._field, self._name, self._length = column, name, 0
        self._text.clear()

    def _make_group(self) -> None:
        """A name may be both a field and a group; what holds elements is the group."""
        row = self._row.table.name if self._row else ""
        node = self.shape.nodes.get((row, self._name))
        if not node or "".join(self._text).strip():
            raise self.refuse("R-ROW", "a field that holds other elements", "a field with a value")
        self._field = ""
        self._push(_Group(node.name))

    def _begin_row(self, table: Table) -> _Row:
        parent, expected = self._row, self.shape.parents.get(table.name)
        if (parent and parent.table.name) != expected:
            found = f"{table.element} in another place than the contract has it"
            above = next((t.element for t in self.shape.tables.values() if t.name == expected), "")
            raise self.refuse("R-ROW", found, f"{table.element} inside {above or 'the document'}")
        if len(self.rows[table.name]) == MAX_ROWS:
            raise self.refuse("R-ROW", f"more than {MAX_ROWS} rows", "one snapshot of one sender")
        holder = parent or self._root
        holder.below = holder.below or {}
        number = holder.below[table.name] = holder.below.get(table.name, 0) + 1
        key = f"{holder.key}.{number}" if holder.key else str(number)
        row = _Row(table, self.parser.CurrentLineNumber, key)
        for column in self.shape.made[table.name]:
            row.cells[column] = key if column in table.key else holder.key
        self.rows[table.name].append(row)
        return row

    def on_end(self, _: str) -> None:
        """Take the end of an element."""
        if self._field and self._open[-1] != "ignored":
            name, self._field = self._field, ""
            text = "".join(self._text).strip() or None
            if name in self._cells:
                self._fill(self._cells, name, text)
            else:
                self._cells[name] = text
            return
        ended = self._open.pop()
        self._children.pop()
        if isinstance(ended, _Row):
            self._take_current(ended)
        elif ended == "ignored" and self._field:
            self.periods |= {"".join(self._text).strip()} - {""}
            self._field = ""
        self._places.pop()
        self._row, self._known, self._cells = self._places[-1]
        if isinstance(ended, _Row) and ended.table.name in self.shape.linked:
            self._end_row(ended, self._row or self._root)

    def _end_row(self, row: _Row, holder: _Row) -> None:
        """Tell the rows of one content in one place from others."""
        made = len(self.shape.made[row.table.name])  # these stand first
        told = sorted([cell for cell in [*row.cells.items()][made:] if cell[1]])
        inside = [inner.content for inner in row.rows or ()]
        row.content = blake2b(repr((row.table.name, told, inside)).encode()).digest()
        holder.rows, holder.firsts = holder.rows or [], holder.firsts or {}
        holder.rows.append(row)
        first = holder.firsts.setdefault(row.content, row)
        if first is not row:
            self._share_keys(row, first)

    def _share_keys(self, row: _Row, first: _Row) -> None:
        for column in self.shape.made[row.table.name]:
            row.cells[column] = first.cells[column]
        for inner, its_first in zip(row.rows or (), first.rows or (), strict=True):
            self._share_keys(inner, its_first)

    def _fill(self, cells: dict[str, str | None], column: str, text: str | None) -> None:
        row = self._row
        if column in cells and (row.table.name, column) not in self.shape.repeatable:
            found = f"the field {column} twice in one row"
            raise self.refuse("R-ROW", found, "each field once", row.line)
        cells[column] = text

    def _take_current(self, row: _Row) -> None:
        """Of a node that stands in the row several times, take what is not over."""
        for node in row.table.nodes if row.held else ():
            held = [cells for cells in (row.held or {}).get(node.name, ()) if any(cells.values())]
            if len(held) > 1:
                self._several += 1
                held = self._current(row.table, node, held)
                self._unclear += [row.line] * (len(held) > 1)
            if len(held) == 1:
                for column, text in held[0].items():
                    self._fill(row.cells, column, text)

    def _current(self, table: Table, node: Node, held: list[dict]) -> list[dict]:
        """The one that is not over; of several, or of none, the one that began last by the month's
        end. More than one where nobody can say."""
        facts = Delivered(date.max, day_first_dates=self.shape.day_first_dates)
        is_over = reader(table.column(node.ended or ""), facts)
        going = [cells for cells in held if not is_over(cells.get(node.ended) or "")] or held
        end = max(map(self._month, self.periods), default="9999-12")
        days = [read_date(cells.get(node.begun) or "", facts) for cells in going]
        begun = [day for day in days if day and f"{day:%Y-%m}" <= end]
        newest = max(begun, default=None)
        told = [cells for cells, day in zip(going, days, strict=True) if newest in (day, None)]
        return [cells for n, cells in enumerate(told) if cells not in told[:n]]

    def on_text(self, text: str) -> None:
        """Collect the text of a field; elsewhere only blanks may stand."""
        if self._field:
            self._length += len(text)
            if self._length > MAX_FIELD_CHARACTERS:
                found = f"a text of more than {MAX_FIELD_CHARACTERS:,} characters"
                raise self.refuse("R-ROW", found, "fields of an ordinary length")
            self._text.append(text)
        elif self._open[-1] != "ignored" and text.strip():
            raise self.refuse("R-ROW", "text outside a field", "values inside their elements")

    def text_table(self, table: Table) -> TextTable:
        """Everything that was collected of one table; optional columns only where delivered."""
        rows = self.rows[table.name]
        seen = set().union(*(row.cells for row in rows))
        columns = {
            column.name: [row.cells.get(column.name) for row in rows]
            for column in table.columns
            if column.name in seen or not column.is_optional
        }
        columns |= self._stated_month(table, columns, len(rows))
        numbers, findings = [row.line for row in rows], self._notes(table)
        if len(set(numbers)) < len(numbers):
            numbers = list(range(1, len(rows) + 1))
            message = f"several {table.element} stand on one line: they are counted from 1"
            action = "no action needed; one line for each element makes rows easier to find"
            findings.append(Finding("R-XML", "note", self.where, message, action))
        index = pd.Index(numbers, name="source_row", dtype="int64")
        frame = pd.DataFrame(columns, index=index, dtype=object)
        return TextTable(table.name, frame, self.encoding, tuple(findings), self.passed_over)

    def _notes(self, table: Table) -> list[Finding]:
        """Rows in which a node stood several times, and those where nobody can say which counts."""
        node = next((node.name for node in table.nodes if node.ended), "")
        if not (node and self._several):
            return []
        message = f"{self._several} {table.element} hold several {node}: what is not over is read"
        action = "send only the current one"
        if self._unclear:
            lines = ", ".join(map(str, self._unclear[:10])) + ", ..." * (len(self._unclear) > 10)
            message += f"; on line {lines} several are not over and began together: none is read"
            action += ", or say of the others that they are over"
        return [Finding("R-XML", "note", self.where, message, action)]

    def _stated_month(
        self, table: Table, columns: dict[str, list[str | None]], rows: int
    ) -> dict[str, list[str | None]]:
        """The column that states the month, from a header where no row states it."""
        names = [column.name for column in table.columns if column.use == "period"]
        if not names or not self.periods:
            return {}
        months = set(map(self._month, self.periods))
        if len(months) > 1:
            raise self.refuse("R-PERIOD", "several months in the file header", "one month", 1)
        if {self._month(text) for name in names for text in columns.get(name, ()) if text} - months:
            raise self.refuse(
                "R-PERIOD", "rows of a month that differs from the header", "one month", 1
            )
        silent = [name for name in names if not any(columns.get(name, ()))]
        return dict.fromkeys(silent, [min(self.periods)] * rows)

    def _month(self, text: str) -> str:
        """YYYY-MM of a day; what is no day stays as it is."""
        facts = Delivered(date.max, day_first_dates=self.shape.day_first_dates)
        day = read_date(text, facts)
        return f"{day:%Y-%m}" if day else text
