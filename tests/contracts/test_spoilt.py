"""Deliveries spoilt at random, in the same way every time: what holds of each of them.

Whatever becomes of a cell, a heading, a row or a byte, the delivery is read or refused in words;
no word repeats a delivered cell; every row is kept or returned; and a cell that is kept means what
this module, which knows nothing of the readers, says that it means.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ingest
from ingest.contracts import Column, contract_for, load_contracts, local_feeds, policy
from ingest.contracts.model import codes
from ingest.door.answers import answer_of
from ingest.door.delivery import DeliveredFile, Delivery, open_delivery
from ingest.door.examine import examine
from ingest.door.sets import gathered
from ingest.partnership import SHIPPED
from ingest.refusals import Refused
from ingest.synthetic.samples import FOLDER
from ingest.typed.examined import Examined
from ingest.typed.national_identifiers import IDENTIFIERS
from tests.worlds.small_deliveries import workbook_bytes

PERIOD, DAY = "2025-03", date(2025, 4, 3)
FEEDS = sorted(local_feeds())
Cells = dict[str, list[list[str]]]
"""The lines of each table, the header first."""

spoilt = settings(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@cache
def _sample(feed: str) -> tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]:
    names = [table.name for table in contract_for(feed, PERIOD).tables]
    paths = {name: FOLDER / f"{feed}__good_{name}.csv" for name in names if len(names) > 1}
    paths = paths or {names[0]: FOLDER / f"{feed}__good.csv"}
    return tuple(
        (name, tuple(map(tuple, csv.reader(io.StringIO(path.read_text("utf-8"))))))
        for name, path in paths.items()
        if path.exists()
    )


def sample(feed: str) -> Cells:
    return {name: [list(line) for line in lines] for name, lines in _sample(feed)}


def as_csv(lines: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue().encode("utf-8", "surrogatepass")


def delivery(feed: str, files: dict[str, bytes], extension: str = "csv") -> Delivery:
    single = len(files) == 1
    stem = f"{feed}_E08000015_202503_01"
    sent = tuple(
        DeliveredFile(
            Path(f"{stem}.{extension}" if single else f"{stem}_{name}.csv"),
            data, extension, "" if single else name,
        )
        for name, data in files.items()
    )  # fmt: skip
    return Delivery(sent, feed, "E08000015", PERIOD, 1, None)


def judged(sent: Delivery) -> Examined | Refused:
    """What becomes of a delivery; an error that nobody foresaw fails the test by itself."""
    try:
        outcome = examine(sent, DAY)
    except Refused as refused:
        assert refused.rule in policy().rules and refused.rule != "R-READ"
        return refused
    for table in outcome.tables.values():
        assert table.landed == len(table.kept) + table.quarantined + table.discarded
        aside = table.rejects[table.rejects["outcome"] == "quarantine"]["source_row"]
        assert aside.nunique() == table.quarantined or outcome.contract.formats == ("xml",)
    return outcome


@cache
def our_own_words() -> str:
    """What the code says, and the lists of the partnership, whose codes an answer names."""
    folders = (Path(ingest.__file__).parent, SHIPPED)
    kinds = ("py", "yaml", "csv")
    files = [p for folder in folders for kind in kinds for p in folder.rglob(f"*.{kind}")]
    files = [p for p in files if p.parent != SHIPPED / "invented"]
    return "".join(p.read_text("utf-8") for p in files if p.parent != FOLDER)


def says_no_cell(outcome: Examined | Refused, sent: Delivery, cells: Cells) -> None:
    words = answer_of(outcome, sent).drop(columns=["row"]).to_csv()
    words += str(outcome) if isinstance(outcome, Refused) else ""
    told = {cell.strip() for lines in cells.values() for line in lines[1:] for cell in line}
    for cell in told:
        if len(cell) >= 6 and cell in words:
            assert cell in our_own_words(), "a message repeats a delivered cell"


# --- what a cell means -------------------------------------------------------------------------


def seen(cell: str) -> str:
    kinds = [(c, unicodedata.category(c)) for c in cell]
    blanks = {"Zs", "Zl", "Zp"}
    text = [" " if kind in blanks or c.isspace() else c for c, kind in kinds
            if kind not in ("Cc", "Cf") or c.isspace()]  # fmt: skip
    return "".join(text).strip()


DATE_FORMS = (
    "%Y-%m-%d", "%d-%b-%y", "%d-%b-%Y", "%Y-%b-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y",
    "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%d/%m/%y", "%m/%d/%y", "%y/%m/%d",
)  # fmt: skip
TIMES = ("", " %H:%M:%S", " %H:%M", "T%H:%M:%S", "T%H:%M:%SZ")


@cache
def days(text: str, *, is_workbook: bool) -> frozenset[date]:
    """Every day that a text can mean, in whatever order."""
    found = set()
    for form in (form + time for form in DATE_FORMS for time in TIMES):
        try:
            moment = datetime.strptime(text, form)
        except ValueError:
            continue
        is_whole = not form.endswith("Z") or moment.time() == datetime.min.time()
        found |= {moment.date()} if is_whole else {moment.date(), date.min}
    digits = text.partition(".")[0]
    if is_workbook and digits.isascii() and digits.isdigit() and 4 <= len(digits) <= 6:
        found.add(date(1899, 12, 30) + timedelta(days=int(digits)))
    return frozenset(found)


YES_AND_NO = {"1": True, "true": True, "y": True, "yes": True,
              "0": False, "false": False, "n": False, "no": False}  # fmt: skip


def meaning(column: Column, cell: str, *, is_workbook: bool = False) -> object:
    """The value of a cell: None where it is missing, or ``...`` where it has no sure one."""
    text = seen(cell)
    words = {*policy().null_tokens, *policy().not_applicable_tokens}
    own = {code.casefold(): code for code in codes(column.codes)} if column.codes else {}
    if text.casefold() in words - own.keys():
        return None
    whole = text.removesuffix(".0")
    if column.use == "filled":
        is_code = (
            whole.isascii() and whole.isalnum() and len(whole) in (3, 9) and whole[-1].isdigit()
        )
        return YES_AND_NO.get(
            whole.casefold(), True if is_code or days(text, is_workbook=False) else ...
        )
    match column.type:
        case "date":
            found = days(text, is_workbook=is_workbook)
            return next(iter(found)) if len(found) == 1 else ...
        case "code":
            return own.get(text.casefold(), own.get(whole, ...))
        case "boolean":
            return YES_AND_NO.get(whole.casefold(), ...)
        case "integer":
            digits = whole.replace(",", "").replace(" ", "")
            return int(digits) if digits.lstrip("-").isdecimal() and digits.isascii() else ...
        case "number":
            try:
                return float(whole.replace(",", ""))
            except ValueError:
                return ...
        case kind if kind in IDENTIFIERS:
            normal = "".join(c for c in whole if c.isalnum()).upper()
            return ... if IDENTIFIERS[kind].fault(normal) else normal
        case "text" if column.domain:
            kinds = {"Pd", "Zs"}
            return (
                "".join(c for c in whole if unicodedata.category(c) not in kinds)
                .lstrip("'‘’‛ʹʼ′´`＇")
                .upper()
            )
        case "text":
            return whole
        case "prose":
            return text
    return whole.upper()


def means_what_it_says(outcome: Examined, cells: Cells, *, is_workbook: bool = False) -> None:
    """Each kept value is its cell's, and each cell without a value is missing or told."""
    for table in outcome.contract.tables:
        if table.name not in cells:
            continue
        kept, rejects = outcome.tables[table.name].kept, outcome.tables[table.name].rejects
        names = cells[table.name][0]
        told = set(zip(rejects["source_row"], rejects["column"], strict=True))
        at = 2
        for line in cells[table.name][1:]:
            row, at = at, at + 1 + ("".join(line).count("\n") if not is_workbook else 0)
            if row not in kept.index:
                continue
            for column in (c for c in table.columns if c.name in names and c.use != "discard"):
                value, sure = kept.at[row, column.name], meaning(
                    column, line[names.index(column.name)], is_workbook=is_workbook
                )  # fmt: skip
                if pd.isna(value):
                    is_told = any(r == row and column.name in c for r, c in told)
                    assert sure is None or is_told, (column.name, "lost in silence")
                else:
                    assert value == sure, (column.name, "became another value")


# --- what spoils it ----------------------------------------------------------------------------

BETWEEN = [*" -\u00a0\u2009\u202f\u2007\u2011\u2013\u200b\u00ad\ufeff\u2060\u2212", ""]
# fmt: off
WORDS = [
    "N/K", "No.", "yes", "Y", "0", "1.0", "TRUE", "maybe", "343", "E08000016", "not known", "?",
    "-", "NA", "Not applicable", "none", "#REF!", "1,234", "-2", "99.5", "12%", "1.23457E+12",
    "=1+1", "Liverpool", "'", "a,b", '"', "two\nlines", "\t", "\x1f",
]
DAYS = [
    "05/04/2025", "14/05/2018", "31/02/2025", "05/14/2018", "14/05/2018 00:00", "14.05.2018",
    "14/05/18", "2024-05-31T23:00:00Z", "2024-06-01T00:00:00Z", "2018-05-14 00:00:00", "00:00:00",
    "14 May 2018", "May 14, 2018", "14-May-18", "2018-May-14 00:00:00", "May 2018", "2025-05",
    "2025", "1900-01-01", "01/01/1900", "0000-00-00", "0001-01-01", "9999-12-31", "2025-13-01",
    "2025-02-30", "45000", "45000.0", "0", "tomorrow", "2018-05-14\u200b",
]
NUMBERS = [
    "9990000018", "9990000026", "9990000019", "9990000009", "999000001", "0000000000",
    "9990000018.0", "A344000000010", "B344000000010", "a34400000001a", "'9990000018", "ABC-123",
    "abc123", "ABC 123", "12-3", "1-23", '="9990000018"',
]
# fmt: on


@st.composite
def cell_texts(draw: Callable, texts: Sequence[str] = (*WORDS, *DAYS, *NUMBERS)) -> str:
    """A cell as somebody may have written it."""
    text = draw(st.sampled_from(texts) | st.text(max_size=12))
    return draw(with_characters(text)).replace("\r", "").replace("\0", "")


@st.composite
def with_characters(draw: Callable, text: str) -> str:
    """A text with a blank, dash or unseen character in it, as often as not."""
    at, between = draw(st.integers(0, len(text))), draw(st.sampled_from(BETWEEN))
    text = text[:at] + between + text[at:] if draw(st.booleans()) else text
    return text.encode("utf-8", "ignore").decode()


WRITTEN = (
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d/%m/%y", "%d %B %Y", "%b %d, %Y", "%Y-%m-%dT23:00:00Z",
    "%Y-%m-%dT00:00:00Z", "%Y-%m-%d %H:%M:%S", "%Y",
)  # fmt: skip


def rewritten(cell: str, form: str) -> str:
    """The day of a cell in another form, if it is one."""
    for known in ("%Y-%m-%d", "%Y-%b-%d %H:%M:%S"):
        try:
            return datetime.strptime(cell, known).strftime(form)
        except ValueError:
            continue
    return cell


@st.composite
def spoilt_cells(draw: Callable, feeds: Sequence[str] = FEEDS) -> tuple[str, Cells]:
    """A good delivery in which some cells are other texts."""
    feed = draw(st.sampled_from(feeds))
    cells = sample(feed)
    for _ in range(draw(st.integers(1, 4))):
        lines, at, kind = draw(columns(feed, cells))
        texts = {"date": DAYS, "boolean": WORDS, "code": WORDS}.get(kind, NUMBERS + WORDS)
        line = draw(st.sampled_from(lines[1:]))
        line[at] = draw(cell_texts(texts) | with_characters(line[at]))
    return feed, cells


@st.composite
def columns(draw: Callable, feed: str, cells: Cells, types: Sequence[str] = ()) -> tuple:
    """The lines of a table, the place of one of its columns that go further, and its type."""
    found = [
        (lines, at, column.type)
        for name, lines in cells.items()
        for at, column in enumerate(map(contract_for(feed, PERIOD).table(name).column, lines[0]))
        if column.use != "discard" and (not types or column.type in types)
    ]
    return draw(st.sampled_from(found))


def has_dates(feed: str) -> bool:
    tables = contract_for(feed, PERIOD).tables
    return any(column.type == "date" for table in tables for column in table.columns)


@st.composite
def rewritten_dates(draw: Callable, feeds: Sequence[str] = FEEDS) -> tuple[str, Cells]:
    """A good delivery in which one or two columns of dates are in another form."""
    feed = draw(st.sampled_from([feed for feed in feeds if has_dates(feed)]))
    cells = sample(feed)
    for _ in range(draw(st.integers(1, 2))):
        lines, at, _ = draw(columns(feed, cells, ["date"]))
        form = draw(st.sampled_from(WRITTEN))
        for line in lines[1:]:
            line[at] = rewritten(line[at], form)
    return feed, cells


@settings(spoilt, max_examples=90)
@given(spoilt_cells() | rewritten_dates())
def test_a_spoilt_cell_or_column_is_read_as_what_it_means_or_told(drawn):
    feed, cells = drawn
    sent = delivery(feed, {name: as_csv(lines) for name, lines in cells.items()})
    outcome = judged(sent)
    says_no_cell(outcome, sent, cells)
    if isinstance(outcome, Examined):
        means_what_it_says(outcome, cells)


WORKBOOKS = sorted(
    c.feed for c in load_contracts()
    if c.kind == "person" and "xlsx" in c.formats and len(c.tables) == 1
)  # fmt: skip


@settings(spoilt, max_examples=30)
@given(spoilt_cells(WORKBOOKS) | rewritten_dates(WORKBOOKS))
def test_a_spoilt_cell_of_a_workbook_is_read_as_what_it_means_or_told(drawn):
    feed, cells = drawn
    legal = {name: [["".join(c for c in cell if c.isprintable()).replace("=", "") for cell in line]
                    for line in lines] for name, lines in cells.items()}  # fmt: skip
    sent = delivery(feed, {"": workbook_bytes(legal)}, "xlsx")
    outcome = judged(sent)
    says_no_cell(outcome, sent, legal)
    if isinstance(outcome, Examined):
        means_what_it_says(outcome, legal, is_workbook=True)


@cache
def good_outcome(feed: str) -> Examined | Refused:
    return judged(delivery(feed, {name: as_csv(lines) for name, lines in sample(feed).items()}))


def turned(name: str, chance: Callable) -> str:
    """A heading as another program may write it."""
    return chance([
        name, name.upper(), name.title(), name.replace("_", " ").title(), f" {name} ",
        f"\ufeff{name}", name.replace("_", "-"), name.replace("_", ""), f"{name}\u200b",
    ])  # fmt: skip


@settings(spoilt, max_examples=15)
@given(st.sampled_from(FEEDS), st.randoms(use_true_random=False))
def test_headings_in_any_order_and_hand_and_blanks_around_the_table_change_nothing(feed, chance):
    cells, good = sample(feed), good_outcome(feed)
    for name, lines in cells.items():
        order = chance.sample(range(len(lines[0])), len(lines[0]))
        blank = chance.randint(0, 3)
        lines = [[line[at] for at in order] + [""] * blank for line in lines]
        lines[0] = [turned(heading, chance.choice) if heading else "" for heading in lines[0]]
        lines += [[" " * chance.randint(0, 1)] * len(lines[0]) for _ in range(chance.randint(0, 3))]
        cells[name] = lines
    changed = judged(delivery(feed, {name: as_csv(lines) for name, lines in cells.items()}))
    assert isinstance(good, Examined) and isinstance(changed, Examined)
    for name, table in good.tables.items():
        assert table.kept.equals(changed.tables[name].kept)
        assert table.rejects.equals(changed.tables[name].rejects)


@settings(spoilt, max_examples=40)
@given(st.sampled_from(FEEDS), st.randoms(use_true_random=False), cell_texts())
def test_a_spoilt_header_or_row_is_refused_in_words_or_its_rows_are_counted(feed, chance, text):
    cells = sample(feed)
    lines = cells[chance.choice(sorted(cells))]
    line = chance.choice(lines)
    match chance.randint(0, 5):
        case 0:
            lines[0][chance.randrange(len(lines[0]))] = text
        case 1:
            lines.insert(chance.randint(0, len(lines)), [text])
        case 2:
            line.append(text)
        case 3:
            line.pop()
        case 4:
            lines.append([*line])
        case 5:
            del lines[chance.randint(0, 1) :]
    sent = delivery(feed, {name: as_csv(lines) for name, lines in cells.items()})
    says_no_cell(judged(sent), sent, cells | {"spoilt": [[], [text], line]})


SAMPLES = [path for path in sorted(FOLDER.iterdir()) if "__good" in path.name]


@settings(spoilt, max_examples=40)
@given(st.sampled_from(SAMPLES), st.randoms(use_true_random=False))
def test_spoilt_bytes_are_refused_in_words_or_their_rows_are_counted(path, chance):
    data = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data))
        data[at : at + chance.choice([0, 1, 2, 2000])] = chance.randbytes(chance.randint(0, 3))
    feed, _, rest = path.name.partition("__")
    cells = sample(feed)
    files = {name: as_csv(lines) for name, lines in cells.items()}
    table = rest.removeprefix("good").strip("_").partition(".")[0]
    files = files | {table: bytes(data)} if table in files else {"": bytes(data)}
    sent = delivery(feed, files, path.suffix[1:])
    says_no_cell(judged(sent), sent, cells)


@settings(spoilt, max_examples=25)
@given(st.sampled_from(FEEDS), st.randoms(use_true_random=False), cell_texts())
def test_a_spoilt_name_is_refused_in_words_or_its_rows_are_counted(
    tmp_path_factory, feed, chance, text
):
    name = list(f"{feed}_E08000015_202503_01.csv")
    at = chance.randint(0, len(name))
    name[at : at + chance.randint(0, 3)] = [c for c in text if c not in "/\\"][:40]
    path = tmp_path_factory.getbasetemp() / ("".join(name) or "none")
    try:
        path.write_bytes(as_csv(next(iter(sample(feed).values()))))
    except (OSError, ValueError):
        return
    try:
        (paths,) = gathered([path])
        sent = open_delivery(*paths)
        outcome: Examined | Refused = examine(sent, DAY)
    except Refused as refused:
        outcome = refused
        assert refused.rule != "R-READ"
    finally:
        path.unlink()
    assert isinstance(outcome, Examined) or str(outcome)


@pytest.mark.parametrize("feed", FEEDS)
def test_what_is_spoilt_here_is_good(feed):
    outcome = good_outcome(feed)
    assert isinstance(outcome, Examined) and outcome.kept >= 5
    means_what_it_says(outcome, sample(feed))
