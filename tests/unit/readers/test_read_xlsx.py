"""What the workbook reader promises: Excel's values without loss, and nothing hidden in silence."""

import datetime as dt
import io
import random
import tracemalloc
import zipfile
from collections.abc import Callable

import openpyxl
import pytest

from ingest.contracts import Table
from ingest.readers import person_workbook
from ingest.readers.xlsx import CellError, cell_text, read_workbook
from ingest.refusals import Refused
from ingest.typed.text_table import TextTable

ROWS = [["id", "date"], ["000123", dt.date(2025, 1, 31)], [45000, None]]
SHEET = "xl/worksheets/sheet1.xml"


def workbook(rows=ROWS, change: Callable = lambda book: None) -> bytes:
    """Write rows to the sheet 'list', after which ``change`` may spoil the book."""
    book = openpyxl.Workbook()
    book.active.title = "list"
    for row in rows:
        book.active.append(row)
    change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def repacked(change: Callable[[dict[str, bytes]], None], data: bytes | None = None) -> bytes:
    """Change the parts of a workbook as no spreadsheet program would."""
    with zipfile.ZipFile(io.BytesIO(data or workbook())) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    change(parts)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in parts.items():
            package.writestr(name, part)
    return stream.getvalue()


def replaced(old: str, new: str, part: str = SHEET) -> bytes:
    def change(parts):
        assert old.encode() in parts[part]
        parts[part] = parts[part].replace(old.encode(), new.encode())

    return repacked(change)


def table(name: str, **facts) -> Table:
    promised = {"name": name, "description": "One row per line", "key": (), "columns": ()}
    return Table.model_validate(promised | facts)


def read(data: bytes, where: str, tables: list[str | Table], **how) -> list[TextTable]:
    promised = [table(one) if isinstance(one, str) else one for one in tables]
    return list(person_workbook.read_person_workbook(data, where, promised, **how).values())


def only(tables):
    (one,) = tables
    return one.frame


def test_values_become_text_without_loss():
    values = [" x ", "0123", 45000, 0.1, 1e-7, -3, True, dt.date(2025, 2, 1)]
    values += [dt.datetime(2025, 2, 1, 13, 4, 5), dt.time(9, 30), dt.timedelta(hours=30), None]
    frame = only(read(workbook([[f"c{i}" for i in range(12)], values]), "f", ["list"]))
    assert frame.astype(object).replace({float("nan"): None}).iloc[0].tolist() == [
        *(" x ", "0123", "45000", "0.1", "0.0000001", "-3", "TRUE", "2025-02-01"),
        *("2025-02-01T13:04:05", "09:30:00", "30:00:00", None),
    ]


def test_every_second_of_a_day_survives():
    moments = [dt.datetime(2025, 3, 30) + dt.timedelta(seconds=s) for s in range(1, 86_400, 61)]
    frame = only(read(workbook([["at"], *([m] for m in moments)]), "f", ["list"]))
    assert frame["at"].tolist() == [moment.isoformat() for moment in moments]


def test_row_numbers_are_those_of_excel():
    frame = only(read(workbook([[], [], ["a"], ["1"], [], ["2"]]), "f", ["list"]))
    assert frame.index.name == "source_row"
    assert frame.index.tolist() == [4, 6]


def test_blank_rows_and_columns_are_left_out_with_one_note_as_in_a_csv():
    (one,) = read(workbook([["a", None], ["1", " "], [" ", None], ["2", None]]), "f", ["list"])
    assert one.frame.to_dict("list") == {"a": ["1", "2"]}
    assert [finding.message for finding in one.findings] == [
        "left out: 1 blank row(s); 1 blank column(s)"
    ]


def test_columns_beside_a_blank_one_keep_their_place_in_the_sheet():
    (one,) = read(workbook([[None, "a", None, "b"], [None, "1", None, "2"]]), "f", ["list"])
    assert (one.frame.to_dict("list"), one.places) == ({"a": ["1"], "b": ["2"]}, (2, 4))
    with pytest.raises(Refused, match="column 3: no column name"):
        read(workbook([[None, "a", None, "b"], [None, "1", "x", "2"]]), "f", ["list"])


def test_a_table_may_begin_in_any_column():
    sheet = read_workbook(workbook([[None, None, "a"], [None, None, 1]]), "f").sheets["list"]
    assert (sheet.first_row, sheet.first_column, sheet.rows) == (1, 3, [["a"], [1.0]])


def test_sheets_match_by_name_whatever_their_case_and_order():
    def change(book):
        book.create_sheet(" Other ", 0).append(["x"])
        book[" Other "].append(["y"])

    tables = read(workbook(change=change), "f", ["LIST", "other"])
    assert [one.name for one in tables] == ["LIST", "other"]
    assert tables[1].frame["x"].tolist() == ["y"]


def hidden_sheet(book):
    book.create_sheet("old").sheet_state = "hidden"


def very_hidden_sheet(book):
    book.create_sheet("old").sheet_state = "veryHidden"


def formula_without_value(book):
    book["list"]["B3"] = "=1+1"


def error_value(book):
    book["list"]["B3"] = "#REF!"


def undeclared_sheet(book):
    book.create_sheet("Sheet1")
    book.create_sheet("notes").append(["x"])


def merged_header(book):
    book["list"].merge_cells("A1:B1")


def empty_column_name(book):
    book["list"]["B1"] = None


def repeated_column_name(book):
    book["list"]["B1"] = " ID"


def long_identifier_as_number(book):
    book["list"]["A3"] = 1234567890123456


def empty_sheet(book):
    book["list"].delete_rows(1, 3)


def header_only(book):
    book["list"].delete_rows(2, 2)


def chart_sheet(book):
    book.create_chartsheet("chart")


@pytest.mark.parametrize(
    ("defect", "rule", "words"),
    [
        (hidden_sheet, "R-SHEET", "hidden sheet"),
        (very_hidden_sheet, "R-SHEET", "hidden sheet"),
        (formula_without_value, "R-SHEET", "B3"),
        (error_value, "R-SHEET", "B3"),
        (undeclared_sheet, "R-SHEET", "undeclared sheet, in place 3"),
        (merged_header, "R-HDR", "A1:B1"),
        (empty_column_name, "R-HDR", "column 2"),
        (repeated_column_name, "R-HDR", "columns 1 and 2"),
        (long_identifier_as_number, "R-SHEET", "cell A3"),
        (empty_sheet, "R-EMPTY", "sheet list"),
        (header_only, "R-EMPTY", "without data rows"),
        (chart_sheet, "R-SHEET", "chart"),
    ],
)
def test_a_person_level_workbook_is_refused_for_what_it_hides(defect, rule, words):
    with pytest.raises(Refused) as refusal:
        read(workbook(change=defect), "list.xlsx", ["list"])
    assert refusal.value.rule == rule
    assert words in str(refusal.value)
    assert "list.xlsx" in refusal.value.where


def dates_from_1904(book):
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904


def test_a_workbook_that_counts_days_from_1904_is_refused():
    with pytest.raises(Refused, match="R-SHEET at f: days are counted from 1904"):
        read(workbook(change=dates_from_1904), "f", ["list"])


@pytest.mark.parametrize("value", ["NaN", "INF"])
def test_a_number_that_is_none_refuses_a_person_level_workbook(value):
    data = replaced("<v>45000</v>", f"<v>{value}</v>")
    with pytest.raises(Refused, match="R-SHEET"):
        read(data, "f", ["list"])


def test_an_empty_sheet_that_nobody_declared_is_passed_over():
    book = workbook(change=lambda book: book.create_sheet("Sheet2"))
    assert len(only(read(book, "f", ["referrals"]))) == 2


NUMBERS = table(
    "list", columns=({"name": "id", "type": "text", "use": "pseudonym", "description": "Number"},)
)


@pytest.mark.parametrize(
    "cell", [dt.date(2025, 2, 1), dt.datetime(2025, 2, 1, 3), dt.time(9), True, 0.25]
)
def test_a_local_number_that_excel_has_changed_refuses_the_workbook(cell):
    with pytest.raises(Refused, match="R-SCI at f, sheet list, cell A3"):
        read(workbook([["id"], ["1-2"], [cell]]), "f", [NUMBERS])


@pytest.mark.parametrize("cell", ["2025-02-01", "1/4", "0.25", 17, 17.0, "TRUE"])
def test_a_local_number_that_only_looks_changed_is_read(cell):
    assert len(only(read(workbook([["id"], [cell]]), "f", [NUMBERS]))) == 1


def test_a_time_is_cut_and_not_rounded_to_the_next_day():
    assert cell_text(dt.datetime(2025, 3, 31, 23, 59, 59, 900_000)) == "2025-03-31T23:59:59"
    assert cell_text(dt.datetime(2025, 3, 31, 23, 59, 59, 999_996)) == "2025-04-01T00:00:00"


def test_a_missing_sheet_refuses_the_workbook():
    with pytest.raises(Refused, match="no sheet referrals"):
        read(workbook(), "f", ["list", "referrals"])


def test_hidden_rows_are_read_with_a_note():
    def hide(book):
        book["list"].row_dimensions[2].hidden = True

    (one,) = read(workbook(change=hide), "f", ["list"])
    assert len(one.frame) == 2
    assert [finding.severity for finding in one.findings] == ["note"]


def test_a_calculated_formula_is_its_value():
    data = replaced("<v>45000</v>", "<f>40000+5000</f><v>45000</v>")
    assert only(read(data, "f", ["list"]))["id"].tolist() == ["000123", "45000"]


def test_an_error_is_marked_and_named_in_an_official_workbook():
    book = read_workbook(workbook(change=error_value), "f")
    assert book.sheets["list"].rows[2][1] == CellError("#REF!")
    assert cell_text(CellError("#REF!")) == "#REF!"
    assert "B3" in book.findings[0].message


def test_a_formula_in_the_last_cell_of_a_sheet_is_found():
    data = replaced("<v>45000</v>", "<f>1+1</f>")
    cut = repacked(
        lambda parts: parts.update(
            {
                SHEET: parts[SHEET][: parts[SHEET].index(b"<f>1")]
                + b"<f>1</f></c></row></sheetData>"
                b"</worksheet>"
            }
        ),
        data,
    )
    assert "A3" in read_workbook(cut, "f").findings[0].message


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("xl/vbaProject.bin", "macros"),
        ("xl/externalLinks/externalLink1.xml", "other files"),
        ("xl/embeddings/oleObject1.bin", "embedded file"),
        ("xl/media/image1.png", "embedded file"),
        ("xl/comments1.xml", "comment"),
        ("xl/comments/comment1.xml", "comment"),
        ("xl/threadedComments/threadedComment1.xml", "comment"),
    ],
)
def test_macros_links_to_other_files_comments_and_embedded_files_are_findings(part, words):
    data = repacked(lambda parts: parts.update({part: b"<x/>"}))
    assert words in read_workbook(data, "f").findings[0].message
    with pytest.raises(Refused, match=words):
        read(data, "f", ["list"])


@pytest.mark.parametrize(
    ("part", "content", "is_found"),
    [
        ("drawing1.xml", b'<x:d xmlns:x="x"><a:t xmlns:a="a">A name</a:t></x:d>', True),
        ("drawing1.xml", b'<x:d xmlns:x="x"><x:col>3</x:col><a:t xmlns:a="a"/></x:d>', False),
        ("vmlDrawing1.vml", b"<xml><textbox><div><font>A name</font></div></textbox></xml>", True),
    ],
)
def test_a_drawing_is_a_finding_where_it_holds_text(part, content, is_found):
    data = repacked(lambda parts: parts.update({f"xl/drawings/{part}": content}))
    assert bool(read_workbook(data, "f").findings) == is_found


def numbered_name(book):
    book.create_sheet("Table 9990000018").sheet_state = "hidden"


def numbered_chart(book):
    book.create_chartsheet("notes 9990000018")


def numbered_broken_cell(book):
    book["list"].title = "notes 9990000018"
    book["notes 9990000018"]["B3"] = "#REF!"


def numbered_hidden_row(book):
    book["list"].title = "notes 9990000018"
    book["notes 9990000018"].row_dimensions[2].hidden = True


@pytest.mark.parametrize(
    ("defect", "place"),
    [
        (numbered_name, "f, sheet 2"),
        (numbered_chart, "f, sheet 2"),
        (numbered_broken_cell, "f, sheet 1"),
        (numbered_hidden_row, "f, sheet 1"),
    ],
)
def test_a_sheet_is_called_by_its_place_and_not_by_its_name(defect, place):
    findings = read_workbook(workbook(change=defect), "f").findings
    assert [finding.where for finding in findings] == [place]
    assert "9990000018" not in str(findings)


def test_a_refused_sheet_or_part_is_not_called_by_its_name():
    def without_content(parts):
        parts.pop(SHEET)

    def with_entity(parts):
        parts["customXml/9990000018.xml"] = b"<!DOCTYPE w><w/>"

    named = workbook(change=lambda book: setattr(book["list"], "title", "9990000018"))
    for change in (without_content, with_entity):
        with pytest.raises(Refused) as refusal:
            read_workbook(repacked(change, named), "f")
        assert "9990000018" not in str(refusal.value)


def test_the_sheets_of_the_official_publication_are_called_by_their_names():
    def change(book):
        book.create_sheet("Table 4a").sheet_state = "hidden"

    assert read_workbook(workbook(change=change), "f").findings[0].where == "f, sheet Table 4a"


def test_a_single_sheet_of_any_name_is_read_under_the_declared_name():
    (one,) = read(workbook(), "f", ["referrals"])
    assert one.name == "referrals" and len(one.frame) == 2
    with pytest.raises(Refused, match="f, sheet referrals") as refusal:
        read(workbook(change=merged_header), "f", ["referrals"])
    assert "sheet list" not in str(refusal.value)


def notes(book):
    book.create_sheet(" NOTES ").append(["Mary Smith, 9990000018"])
    book[" NOTES "].sheet_state = "hidden"
    book[" NOTES "]["A2"] = "=1+1"


def test_a_sheet_of_the_standard_form_that_holds_no_data_is_passed_over_unread():
    (one,) = read(workbook(change=notes), "f", ["list"], ignored_sheets=["Notes"])
    assert len(one.frame) == 2 and one.findings == ()
    with pytest.raises(Refused, match="hidden sheet"):
        read(workbook(change=notes), "f", ["list"])


def second(title):
    def change(book):
        book.create_sheet(title).append(["x"])
        book[title].append(["y"])

    return change


def test_a_sheet_may_bear_another_declared_name_of_its_table():
    tables = ["list", table("other", also_named=("Other Records",))]
    found = read(workbook(change=second("other records ")), "f", tables)
    assert [one.name for one in found] == ["list", "other"]


def test_a_table_may_not_have_two_sheets():
    def change(book):
        second("other")(book)
        second("Other Records")(book)

    tables = ["list", table("other", also_named=("Other Records",))]
    with pytest.raises(Refused, match="two sheets of one table"):
        read(workbook(change=change), "f", tables)


@pytest.mark.parametrize("change", [lambda book: None, lambda book: book.create_sheet("other")])
def test_an_optional_sheet_may_be_missing_or_blank(change):
    tables = ["list", table("other", is_optional=True)]
    assert [one.name for one in read(workbook(change=change), "f", tables)] == ["list"]


def test_the_manifest_counts_the_rows_of_all_sheets():
    data = workbook(change=second("other"))
    assert len(read(data, "f", ["list", "other"], vouched_rows=3)) == 2
    with pytest.raises(Refused, match="3 data rows"):
        read(data, "f", ["list", "other"], vouched_rows=2)


FOOTED = [["id", "a"], ["1", "x"], [], ["Total", 1], [" Notes: extracted 1 May"], []]


def test_notes_and_totals_below_a_sheet_are_left_out_with_a_note_where_declared():
    (one,) = read(workbook(FOOTED), "f", ["list"], footers=["total", "notes"], vouched_rows=1)
    assert one.frame.index.tolist() == [2]
    assert [(f.severity, f.where) for f in one.findings] == [("note", "f, sheet list, row 4")]
    (one,) = read(workbook(FOOTED), "f", ["list"])
    assert one.frame.index.tolist() == [2, 4, 5]


BOMB = b"<worksheet>" + b" " * 101_000_000
HOSTILE = {
    "no_zip": lambda: b"id,date\n1,2\n",
    "password": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "cut_in_the_middle": lambda: workbook()[:3000],
    "zip_without_workbook": lambda: repacked(lambda parts: parts.pop("xl/workbook.xml")),
    "sheet_without_part": lambda: repacked(lambda parts: parts.pop(SHEET)),
    "too_large": lambda: repacked(lambda parts: parts.update({SHEET: BOMB})),
    "too_dense": lambda: repacked(lambda parts: parts.update({SHEET: BOMB[:20_000_000]})),
    "too_many_parts": lambda: repacked(
        lambda parts: parts.update({f"x{i}": b"" for i in range(1_001)})
    ),
    "path_to_the_parent": lambda: repacked(lambda parts: parts.update({"../x.xml": b"<x/>"})),
    "absolute_path": lambda: repacked(lambda parts: parts.update({"/x.xml": b"<x/>"})),
    "two_parts_of_one_name": lambda: repacked(
        lambda parts: parts.update({SHEET.upper(): parts[SHEET]})
    ),
    "entity": lambda: replaced("<worksheet", '<!DOCTYPE w [<!ENTITY e "x">]><worksheet'),
    "entity_in_another_part": lambda: replaced(
        "<styleSheet", "<!DOCTYPE w><styleSheet", "xl/styles.xml"
    ),
    "cell_far_away": lambda: replaced('r="A3"', 'r="XFD1048576"'),
    "cell_without_address": lambda: replaced('r="A3" ', ""),
    "cell_beyond_excel": lambda: replaced('r="A3"', 'r="ZZZZ99999999"'),
    "broken_xml": lambda: replaced("</sheetData>", ""),
}


@pytest.mark.parametrize("defect", HOSTILE)
def test_a_hostile_workbook_is_refused_without_filling_the_memory(defect):
    data = HOSTILE[defect]()
    tracemalloc.start()
    with pytest.raises(Refused) as refusal:
        read_workbook(data, "list.xlsx")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refusal.value.rule == "R-SHEET"
    assert refusal.value.action
    assert peak < 60_000_000


@pytest.mark.parametrize("address", ["", "A3 B3", "3A", "a3", "A03", "A", "AAAA3"])
def test_a_cell_without_one_sound_address_refuses_the_workbook(address):
    with pytest.raises(Refused, match="cells without an address"):
        read_workbook(replaced('r="A3"', f'r="{address}"'), "f")


def test_a_part_larger_than_it_says_is_refused():
    data = bytearray(repacked(lambda parts: parts.update({"xl/big.bin": b"x" * 70_000})))
    size = (70_000).to_bytes(4, "little")
    at = data.rindex(size)  # the central directory; the local header keeps the truth
    data[at : at + 4] = (7).to_bytes(4, "little")
    with pytest.raises(Refused, match="damaged"):
        read_workbook(bytes(data), "f")


def test_a_prefixed_namespace_hides_nothing():
    def prefix(parts):
        part = parts[SHEET].replace(b"<", b"<x:").replace(b"<x:/", b"</x:")
        parts[SHEET] = part.replace(b"xmlns=", b"xmlns:x=").replace(b'r="A3"', b'r="XFD1048576"')

    with pytest.raises(Refused, match="row 1048576, column XFD"):
        read_workbook(repacked(prefix), "f")


def test_no_message_holds_a_value():
    data = workbook([["id", "id"], ["9990000018", 9990000018]])
    with pytest.raises(Refused) as refusal:
        read(data, "f", ["list"])
    assert "9990000018" not in str(refusal.value)


def test_bytes_changed_at_random_give_a_workbook_or_a_refusal():
    chance = random.Random(20250531)
    packed, stored = workbook(), io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(packed)) as source,
        zipfile.ZipFile(stored, "w") as target,
    ):
        for name in source.namelist():
            target.writestr(name, source.read(name))
    outcomes = []
    for turn in range(1_000):
        data = bytearray((packed, stored.getvalue())[turn % 2])
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(data))
            data[at : at + chance.randint(0, 2)] = chance.randbytes(chance.randint(0, 2))
        outcomes.append(_outcome(bytes(data)))
    assert set(outcomes) == {"read", "refused"}


def test_parts_changed_at_random_give_a_workbook_or_a_refusal():
    """Checksums catch most changed bytes; here the package is sound and its XML is not."""
    chance = random.Random(20250531)
    names = [SHEET, "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"]
    names.append("xl/sharedStrings.xml")
    outcomes = []

    def spoil(parts):
        name = chance.choice([name for name in names if name in parts])
        part = bytearray(parts[name])
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(part))
            part[at : at + 1] = chance.choice([b"", b"9", b"x", b"-", b'"', b"99999999"])
        parts[name] = bytes(part)

    source = workbook()
    for _ in range(1_000):
        outcomes.append(_outcome(repacked(spoil, source)))
    assert set(outcomes) == {"read", "refused"}


def _outcome(data: bytes) -> str:
    try:
        read(data, "f", ["list"])
    except Refused:
        return "refused"
    return "read"


@pytest.mark.parametrize("around", ["<!-- {} -->", "<?x {} ?>"])
def test_what_only_looks_like_a_row_of_cells_is_none(around):
    row = around.format('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    data = replaced("</sheetData>", f"{row}</sheetData>")
    assert read_workbook(data, "f") == read_workbook(workbook(), "f")


def test_rows_of_plain_cells_are_judged_like_all_others():
    """A comment in the sheet sends every row to the parser: nothing else may follow from it."""
    chance = random.Random(20250531)
    others = ["<c r='D2'><f>1</f></c>", '<c r="D2" t="e"><v>#REF!</v></c>', "<f>1</f>", "<v/>"]
    others += ['<row r="2" hidden="1">', "</row>", '<c r="XFD9"/>', ">", "&amp;", "&x;", "\x01"]
    others += ['<c r="D2" s="1"/>', "<c><v>1</v></c>", "<v>1</v></c>", "<!---->", "<?x?>", "é"]
    others += ["]]>", "<x/>", '<c r="D&#50;"><v>1</v></c>', '<c r="D2 E2"><v>1</v></c>']

    def spoil(parts):
        part = parts[SHEET].decode()
        for _ in range(chance.randint(0, 2)):
            at = chance.choice([at for at, mark in enumerate(part) if mark in "<>"])
            at += part[at] == ">"
            part = part[:at] + chance.choice(others) + part[at:]
        parts[SHEET] = part.encode()

    def comment(parts):
        parts[SHEET] = parts[SHEET].replace(b"<sheetData>", b"<sheetData><!-- -->", 1)

    source, outcomes = workbook([*ROWS, ["x", 1.5], [None, True]]), []
    for _ in range(300):
        data = repacked(spoil, source)
        outcomes.append(_workbook_or_refusal(data))
        assert outcomes[-1] == _workbook_or_refusal(repacked(comment, data))
    assert len({*map(str, outcomes)}) > 15


def _workbook_or_refusal(data: bytes) -> object:
    try:
        return read_workbook(data, "f")
    except Refused as refused:
        return str(refused)
