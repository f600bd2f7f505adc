"""A page of the report as it is written, and the cells of the release that its numbers name.

The reader shares no code with the report: it parses HTML, looks a place up in the Parquet files and
judges by itself whether the words beside it say that number.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import pyarrow.parquet as pq

from orchestration.publication import report
from orchestration.publication.report.tables import KEYS

_FOLDER = Path(report.__file__).parent
_VOID = {"meta", "br", "link", "img", "input", "hr"}
_DIGIT = re.compile(r"\d")
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


@dataclass(eq=False)
class Element:
    """An element of a page with what stands in it, in order."""

    tag: str
    attributes: dict[str, str]
    parent: Element | None = None
    children: list[Element | str] = field(default_factory=list)

    def all(self, *tags: str, **attributes: str) -> list[Element]:
        """Give the elements in it of these tags; ``class_`` is one of the classes."""
        return [one for one in self._walk() if one._is(tags, attributes)]

    def _walk(self) -> Iterator[Element]:
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child._walk()

    def _is(self, tags: Sequence[str], attributes: Mapping[str, str]) -> bool:
        return (not tags or self.tag in tags) and all(
            value in self.attributes.get(name.rstrip("_"), "").split()
            if name == "class_"
            else self.attributes.get(name.replace("_", "-")) == value
            for name, value in attributes.items()
        )

    def texts(self) -> Iterator[tuple[Element, str]]:
        """Give each piece of text with the element that it stands in."""
        for child in self.children:
            if isinstance(child, Element):
                yield from child.texts()
            else:
                yield self, child

    @property
    def text(self) -> str:
        """Its words as a reader meets them."""
        return " ".join("".join(text for _, text in self.texts()).split())

    def within(self, *tags: str) -> Element | None:
        """The nearest element around it, or itself, of these tags."""
        found: Element | None = self
        while found is not None and found.tag not in tags:
            found = found.parent
        return found

    @property
    def place(self) -> str | None:
        """Where its text comes from: of itself or of an element around it."""
        found: Element | None = self
        while found is not None and "data-from" not in found.attributes:
            found = found.parent
        return None if found is None else found.attributes["data-from"]


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.open = Element("", {})

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attributes)
        if tag not in _VOID:
            self.open = self.open.children[-1]

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attributes}
        assert len(named) == len(attributes), f"an attribute of {tag} stands twice"
        self.open.children.append(Element(tag, named, self.open))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.tag == tag, f"</{tag}> closes <{self.open.tag}>"
        self.open = self.open.parent

    def handle_data(self, data: str) -> None:
        self.open.children.append(data)


def read(page: str) -> Element:
    """Parse a page; every element must be closed in its order."""
    parser = _Parser()
    parser.feed(page)
    parser.close()
    assert parser.open is parser.root, f"<{parser.open.tag}> is not closed"
    for row in parser.root.all("tr"):
        _spell_out(row)
    return parser.root


def _spell_out(row: Element) -> None:
    """A row of a table may say once how the places in it begin; there ``@`` stands for that."""
    for one in row.all():
        place = one.attributes.get("data-from", "")
        if place.startswith("@"):
            one.attributes["data-from"] = row.attributes["data-row"] + place.removeprefix("@")


def places(page: Element) -> list[tuple[str, str]]:
    """Give place and unrounded value of each number of a page, in order."""
    return [
        (one.attributes["data-from"], one.attributes.get("value") or one.text)
        for one in page.all("data", "time", "span")
        if "data-from" in one.attributes
    ]


# What a number names, and whether its words say it.


class Release:
    """The tables of a release and the pages that were made of them."""

    def __init__(
        self,
        files: Mapping[str, Sequence[Path]],
        manifest: Mapping[str, Any],
        pages: Mapping[str, Element],
    ) -> None:
        """Take the Parquet files by table, the manifest and the pages by name."""
        self._files, self._manifest, self._pages = files, manifest, pages
        self._rows = cache(self._read)
        self._keyed = cache(self._by_key)

    def _read(self, table: str) -> list[dict[str, Any]]:
        return [row for path in self._files[table] for row in pq.read_table(path).to_pylist()]

    def _by_key(self, table: str) -> dict[tuple[str, ...], dict[str, Any]]:
        found: dict[tuple[str, ...], dict[str, Any]] = {}
        for row in self._rows(table):
            key = tuple("" if row[name] is None else str(row[name]) for name in KEYS[table])
            assert key not in found, f"{table} has two rows {key}"
            found[key] = row
        return found

    def row(self, place: str) -> Mapping[str, Any]:
        """Give the row that a place names; none for a count, a sum or what the manifest says."""
        table, _, key = place.partition("#")[0].partition("/")
        if not key:
            return {}
        return self._keyed(table)[tuple(unquote(part) for part in key.split("/"))]

    def value(self, place: str, page: str) -> Any:
        """Look up what stands at a place that is named on a page."""
        where, _, what = place.partition("#")
        if where == "MANIFEST.json":
            return self._manifest[what]
        if not where or where.endswith(".html"):
            return self._entries(where or page, what)
        if "?" in where:
            return self._counted(where, what)
        column, minus, other = what.partition("-")
        row = self.row(place)
        return row[column] - row[other] if minus else row[column]

    def _entries(self, page: str, element_id: str) -> int:
        found = self._pages[page].all(id=element_id)
        assert len(found) == 1, f"{page} has {len(found)} lists or tables #{element_id}"
        (one,) = found
        if one.tag in ("ul", "ol", "dl"):
            return sum(isinstance(child, Element) for child in one.children)
        return len([row for body in one.all("tbody") for row in body.all("tr")])

    def _counted(self, where: str, what: str) -> Any:
        table, _, query = where.partition("?")
        wanted: dict[str, set[str]] = {}
        for name, value in parse_qsl(query, keep_blank_values=True):
            wanted.setdefault(name, set()).add(value)
        rows = [
            row
            for row in self._rows(table)
            if all(_written(row[name]) in values for name, values in wanted.items())
        ]
        if what == "count":
            assert wanted.keys() <= self._rows(table)[0].keys(), f"{table} lacks one of {query}"
            return len(rows)
        assert rows, f"no row of {table} agrees with {query}"
        column = re.fullmatch(r"sum\((\w+)\)", what)[1]
        return sum(row[column] for row in rows)


def _written(value: Any) -> str:
    """A cell as a place writes it."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


SAID = {
    "half": 50, **{f"{n} in {m}": 100 * n / m for m in range(2, 21) for n in range(1, m)},
}  # fmt: skip
_ENDINGS = {
    "pct": "%", "distribution": "%", "weeks": "week", "days": "day",
    "rate_per_100": "in each 100", "rate_per_1000": "in each 1,000", "count": "",
}  # fmt: skip
_IN_UNIT = {
    "value", "year_ago_value", "previous_value", "trajectory_value", "target_value", "spc_lower",
    "spc_mean", "spc_upper", "actual_value", "old_value", "new_value", "set_median",
}  # fmt: skip
_LIMITS = ("spc_lower", "spc_upper")
_NEARLY = (  # words, and the shares of which they are said
    (r"none", lambda share: share == 0),
    (r"all", lambda share: share == 100),
    (r"none or very few", lambda share: share == 0),
    (r"all or nearly all", lambda share: share == 100),
    (r"very few", lambda share: 0 < share < 3),
    (r"nearly all", lambda share: 97 <= share < 100),
)


def says(words: str, value: Any, column: str, unit: str | None) -> bool:
    """Whether words say a number: the shown places rounded half away from zero, or a near share."""
    if isinstance(value, str):
        return words == value or _weeks_of(words) == value
    if share := re.fullmatch(rf"({'|'.join(_FAR)}) (half|\d+ in \d+)", words):
        return unit == "pct" and _is_near(share[1], SAID[share[2]], float(value))
    for pattern, is_said in _NEARLY:
        if re.fullmatch(pattern, words):
            return unit in ("pct", "distribution") and is_said(value)
    if words == "less than a week" or words.startswith("about "):
        return unit == "weeks" and _is_near_wait(words, float(value))
    found = re.fullmatch(rf"(-?{NUMBER.pattern}) ?(.*)", words)
    if found is None or (unit and not _has_ending(found[2], column, unit)):
        return False
    number = Decimal(found[1].replace(",", ""))
    places = -number.as_tuple().exponent
    return number in {_rounded(one, places) for one in _sayable(value, column, unit)}


def _sayable(value: Any, column: str, unit: str | None) -> Iterator[Any]:
    """The number; the size of a change; a limit that no share and no count crosses."""
    yield abs(value) if "-" in column else value
    if column in _LIMITS and value < 0:
        yield 0
    if column in _LIMITS and value > 100 and unit in ("pct", "distribution"):
        yield 100


_FAR = {  # how far a share may lie above the share that is said for it, in percentage points
    "about": (-1.25, 1.25), "just over": (0, 2.5), "just under": (-2.5, 0),
    "more than": (0, 5), "less than": (-5, 0),
}  # fmt: skip


def _is_near(how: str, said: float, share: float) -> bool:
    lowest, highest = _FAR[how]
    return lowest <= share - said <= highest


def _is_near_wait(words: str, weeks: float) -> bool:
    if words == "less than a week":
        return 0 <= weeks < 1
    if found := re.fullmatch(r"about ([\d,]+) weeks?", words):
        return abs(weeks - int(found[1].replace(",", ""))) <= 0.5
    found = re.fullmatch(r"about (\d+) years(?: and (\d+) months?)?", words)
    months = 12 * int(found[1]) + int(found[2] or 0)
    return abs(weeks * 7 / 365.25 * 12 - months) <= 0.5


def _weeks_of(words: str) -> str | None:
    """A limit that is kept in days and said in weeks."""
    found = re.fullmatch(r"(\d+) weeks?", words)
    return str(7 * int(found[1])) if found else None


def _has_ending(ending: str, column: str, unit: str) -> bool:
    if "-" in column and unit in ("pct", "distribution"):
        return ending in ("point", "points")
    if column in _IN_UNIT or "-" in column:
        return ending.removesuffix("s") == _ENDINGS.get(unit, "")
    return True


def _rounded(value: Any, places: int) -> Decimal:
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def says_period(words: str, end: date, row: Mapping[str, Any]) -> bool:
    """Whether words name a day or a period: its last month and no number that is not of it."""
    named = [m for word in re.findall(r"[A-Z][a-z]+", words) for m in _months(word)]
    numbers = {int(number) for number in NUMBER.findall(words)}
    start = row.get("period_start") or end
    allowed = {end.day, end.year, start.year} | ({12} if "12 months" in words else set())
    is_right_month = named[-1] == end.month if named else row.get("period_type", "") in (
        "calendar_year", "academic_year", "financial_year",
    )  # fmt: skip
    return end.year in numbers and numbers <= allowed and is_right_month


def _months(word: str) -> list[int]:
    return [n for n, name in enumerate(MONTHS, 1) if word in (name, name[:3])]


def untrue(name: str, page: Element, release: Release) -> list[str]:
    """Name the numbers of a page that are not what stands at their place, or not said rightly."""
    wrong = []
    for one in page.all():
        place = one.attributes.get("data-from")
        if place is None:
            continue
        value, row = release.value(place, name), release.row(place)
        if value is None or not _IS_TRUE[one.tag](one, place, value, row):
            wrong.append(f"{one.tag} {one.attributes} {one.text!r}: {value!r}")
    return wrong


def _is_true_number(one: Element, place: str, value: Any, row: Mapping[str, Any]) -> bool:
    written = one.attributes["value"]
    is_exact = written == value if isinstance(value, str) else type(value)(written) == value
    return is_exact and says(one.text, value, place.partition("#")[2], row.get("unit"))


def _is_true_day(one: Element, place: str, value: Any, row: Mapping[str, Any]) -> bool:
    is_exact = one.attributes["datetime"] == value.isoformat()
    of_row = row if place.endswith("#period_end") else {}
    return is_exact and says_period(one.text, value, of_row)


def _is_true_text(one: Element, place: str, value: Any, row: Mapping[str, Any]) -> bool:
    if place == "MANIFEST.json#month":
        year, month = value.split("-")
        return one.text == f"{MONTHS[int(month) - 1]} {year}"
    if place.startswith("MANIFEST.json#") and re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)):
        return says_period(one.text, date.fromisoformat(str(value)), {})
    return one.text == " ".join(str(value).split())


_IS_TRUE: Mapping[str, Callable[..., bool]] = {
    "data": _is_true_number,
    "time": _is_true_day,
    "span": _is_true_text,
}


# Digits that no place stands behind.


@cache
def literals() -> tuple[str, ...]:
    """The pieces of text with digits that templates and rules of sentences are written with."""
    pieces = [
        unescape(piece)
        for path in sorted((_FOLDER / "templates").glob("*.html"))
        for piece in re.split(r"{{.*?}}|{%.*?%}|{#.*?#}|<.*?>", path.read_text("utf-8"), flags=re.S)
    ]
    for path in sorted(_FOLDER.glob("*.py")):
        pieces += [
            piece
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            for piece in re.split(r"{\w*}|<.*?>", node.value)
        ]
    pieces += [text for piece in pieces for text in re.findall(r'"([^"]*)"', piece)]
    told = {" ".join(piece.split()) for piece in pieces}
    return tuple(piece for piece in told if _DIGIT.search(piece) and len(piece.split()) >= 3)


def untraced(page: Element) -> list[str]:
    """Name the pieces of visible text whose digits are neither traced nor written in a template."""
    found = []
    for element, text in page.texts():
        is_aside = element.within("style", "title", "svg") is not None
        if _DIGIT.search(text) and not is_aside and element.place is None:
            left = " ".join(text.split())
            for piece in literals():
                left = left.replace(piece, "")
            if _DIGIT.search(left):
                found.append(left)
    return found


def unsupported_asides(page: Element) -> list[str]:
    """Name numbers of the title and of the foot of printed sheets that the page does not trace."""
    traced = " ".join(one.text for one in page.all() if "data-from" in one.attributes)
    (title,), (html,) = page.all("title"), page.all("html")
    aside = f"{title.text} {html.attributes.get('style', '')}"
    return [number for number in NUMBER.findall(aside) if number not in NUMBER.findall(traced)]


def unsupported_drawings(page: Element) -> list[str]:
    """Name numbers in drawings and their text alternatives that the table beside them lacks."""
    wrong = []
    for figure in page.all("figure"):
        known = _known_to(figure)
        for svg in figure.all("svg", role="img"):
            said = [svg.attributes["aria-label"]]
            said += [text for one, text in svg.texts() if not _is_of_axis(one)]
            for words in said:
                wrong += [f"{n} in {words!r}" for n in _numbers_of(words) - known]
    return wrong


def _is_of_axis(text: Element) -> bool:
    around: Element | None = text
    while around is not None and around.tag != "svg":
        if {"tick", "axis"} & set(around.attributes.get("class", "").split()):
            return True
        around = around.parent
    return False


def _known_to(figure: Element) -> set[str]:
    """The numbers of a figure's table and title, its months, and how many of its rows lack one."""
    (table,) = figure.all("table")
    rows = [row for body in table.all("tbody") for row in body.all("tr")]
    gaps = [row for row in rows if not row.all("td")[0].all("data")]
    told = [*table.all("td", "th"), *figure.all("figcaption")]
    return _numbers_of("; ".join(one.text for one in told)) | {str(len(rows)), str(len(gaps))}


def _numbers_of(words: str) -> set[str]:
    """Numbers as written; a month and its year are one, however they are shortened."""
    names = "|".join(name[:3] for name in MONTHS)
    month = re.compile(rf"\b({names})[a-z]* (?:20)?(\d\d)\b")
    return {f"{name} {year}" for name, year in month.findall(words)} | set(
        NUMBER.findall(month.sub(" ", words))
    )


def of_cell(place: str, table: str, row: Mapping[str, Any], column: str) -> bool:
    """Whether a place shows a cell: by itself, in a difference, or in a sum."""
    where, _, what = place.partition("#")
    if "?" in where:
        name, _, query = where.partition("?")
        if name != table or what != f"sum({column})":
            return False
        pairs = parse_qsl(query, keep_blank_values=True)
        wanted = {key: {value for other, value in pairs if other == key} for key, _ in pairs}
        return all(str(row[key]) in values for key, values in wanted.items())
    name, _, key = where.partition("/")
    is_row = name == table and [unquote(part) for part in key.split("/")] == [
        "" if row[part] is None else str(row[part]) for part in KEYS[table]
    ]
    return is_row and column in what.split("-")


# Links and order.


def broken_links(pages: Mapping[str, Element], beside: Collection[str] = ()) -> list[str]:
    """Name links of the report that lead nowhere; ``beside`` are files in the folder above it."""
    ids = {name: {one.attributes.get("id") for one in page.all()} for name, page in pages.items()}
    return [
        f"{name}: {href}"
        for name, page in pages.items()
        for one in page.all("a")
        if not (href := one.attributes["href"]).startswith(("https://", "mailto:"))
        and href not in {f"../{name}" for name in beside}
        for target, _, anchor in [href.partition("#")]
        if (target or name) not in pages or (anchor and anchor not in ids[target or name])
    ]


def described_by_nothing(page: Element) -> list[str]:
    """Name references of one element to another that the page lacks."""
    ids = {one.attributes.get("id") for one in page.all()}
    names = ("aria-labelledby", "aria-describedby", "aria-controls", "for")
    return [
        wanted
        for one in page.all()
        for name in names
        for wanted in one.attributes.get(name, "").split()
        if wanted not in ids
    ]


def headings_out_of_order(page: Element) -> list[str]:
    """Name headings that skip a level; a page has one of the first level and begins with it."""
    headings = page.all("h1", "h2", "h3", "h4", "h5", "h6")
    levels = [int(one.tag[1]) for one in headings]
    assert levels[0] == 1 and levels.count(1) == 1
    return [
        one.text
        for before, level, one in zip(levels, levels[1:], headings[1:], strict=False)
        if level > before + 1
    ]


NOT_WORDS = re.compile(
    r"\b(None(?! [a-z])|nan|NaN|NaT|null|NULL|undefined|Markup|True|False)\b|\{\{|\}\}"
)


def not_words(page: Element) -> list[str]:
    """Name what a program wrote where words should stand, in text and in what is read out."""
    told = [text for element, text in page.texts() if element.within("style") is None]
    told += [
        value
        for one in page.all()
        for name, value in one.attributes.items()
        if name
        in ("aria-label", "title", "alt", "value", "datetime", "href", "id", "data-from", "d")
    ]
    return [text for text in told if NOT_WORDS.search(text)]


_BOXES = ("p", "li", "h1", "h2", "h3", "h4", "dt", "dd", "caption", "figcaption", "small", "b")


def empty_boxes(page: Element) -> list[str]:
    """Name elements in which words should stand and none do, and lists and tables of nothing."""
    silent = [one for one in page.all(*_BOXES) if not one.text and not one.all("svg")]
    bare = [one for one in page.all("ul", "ol", "dl", "tbody") if not one.all("li", "dt", "tr")]
    return [f"{one.tag} {one.attributes}" for one in (*silent, *bare)]


def of_release(folder: Path) -> tuple[dict[str, Element], Release]:
    """Read the report of a release and the tables beside it, as its manifest lists them."""
    manifest = json.loads((folder / "MANIFEST.json").read_text("utf-8"))
    files: dict[str, list[Path]] = {}
    for name, facts in manifest["files"].items():
        if facts["table"]:
            files.setdefault(facts["table"], []).append(folder / name)
    report_folder = folder / "internal/report"
    pages = {path.name: read(path.read_text("utf-8")) for path in report_folder.glob("*.html")}
    return pages, Release(files, manifest, pages)
