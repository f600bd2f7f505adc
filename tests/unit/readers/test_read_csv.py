"""What the CSV reader promises: the table exactly as sent, or a refusal that says where and why."""

import csv
import io
import random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.readers import csv_columns
from ingest.readers.csv import read_csv
from ingest.readers.csv_columns import read_plain
from ingest.refusals import Refused
from ingest.typed.text_table import TextTable

GOOD = b"id,name,note\n1,Ada,\n2,Ben,x\n"

REFUSED = {
    "empty_file": (b"", "R-EMPTY", "empty file"),
    "blank_lines_only": (b"\n\r\n \n", "R-EMPTY", "empty file"),
    "byte_order_mark_and_blank_lines": (b"\xef\xbb\xbf \n\n", "R-EMPTY", "empty file"),
    "header_only": (b"a,b\n", "R-EMPTY", "row_count 0"),
    "no_final_line_end": (b"a,b\n1,2", "R-END", "line 2"),
    "carriage_returns_only": (b"a,b\r1,2\r", "R-END", "Macintosh"),
    "one_carriage_return_alone": (b"a,b\n1,2\r3,4\n", "R-ROW", "row 2"),
    "workbook": (b"PK\x03\x04....\n", "R-ENC", "Excel"),
    "old_office_file": (b"\xd0\xcf\x11\xe0\n", "R-ENC", "password"),
    "gzip": (b"\x1f\x8b\x08\n", "R-ENC", "gzip"),
    "pdf": (b"%PDF-1.7\n", "R-ENC", "PDF"),
    "login_page": (b"\n<!DOCTYPE html><html></html>\n", "R-ENC", "web page"),
    "utf16_with_mark": ("a,b\n1,2\n".encode("utf-16"), "R-ENC", "UTF-16"),
    "utf16_without_mark": ("a,b\n1,2\n".encode("utf-16-le"), "R-ENC", "NUL"),
    "nul_byte": (b"a,b\n1,2\n3,\0\n", "R-ENC", "line 3"),
    "byte_undefined_in_both_encodings": (b"a,b\n1,2\n\x81,4\n", "R-ENC", "line 3"),
    "utf8_mark_and_other_bytes": (b"\xef\xbb\xbfa,b\n\xe9,2\n", "R-ENC", "line 2"),
    "short_row": (b"a,b,c\n1,2,3\n4,5\n", "R-ROW", "row 3: 2 fields"),
    "long_row": (b"a,b\n1,2\n\n3,4,5\n", "R-ROW", "row 4: 3 fields"),
    "unclosed_quote": (b'a,b\n1,"2\n3,4\n', "R-ROW", "row 2"),
    "text_after_quote": (b'a,b\n"1"x,2\n', "R-ROW", "row 2"),
    "separator_line": (b"sep=,\na,b\n1,2\n", "R-HDR", "sep="),
    "semicolons": (b"a;b\n1;2\n", "R-HDR", "not separated by commas"),
    "tabs": (b"a\tb\n1\t2\n", "R-HDR", "not separated by commas"),
    "semicolons_and_quotes": (b'"a";"b"\n"1";"2"\n', "R-HDR", "row 1: columns that are not sep"),
    "tabs_and_a_quoted_name": (b'\n"a" \tb\n1\t2\n', "R-HDR", "row 2: columns that are not sep"),
    "title_line": (b"Waiting list,,\na,b,c\n1,2,3\n", "R-HDR", "row 1: a title"),
    "title_line_alone": (b"\nWaiting list\na,b\n1,2\n", "R-HDR", "row 2: a title"),
    "empty_column_name": (b"a,,c\n1,2,3\n", "R-HDR", "column 2"),
    "comma_at_end_of_header": (b"a,b,\n1,2,3\n", "R-HDR", "column 3"),
    "repeated_column_name": (b"a,b, A \n1,2,3\n", "R-HDR", "columns 1 and 3"),
    "field_of_more_than_a_million": (b"a\n" + b"x" * 1_000_001 + b"\n", "R-ROW", "row 2"),
}


@pytest.mark.parametrize("defect", REFUSED)
def test_a_defective_file_is_refused_with_its_place(defect):
    data, rule, words = REFUSED[defect]
    with pytest.raises(Refused) as refusal:
        read_csv(data, "list.csv")
    assert refusal.value.rule == rule
    assert words in str(refusal.value)
    assert "list.csv" in refusal.value.where
    assert refusal.value.action


def test_cells_are_text_exactly_as_delivered():
    data = b'id,v\n000123, x \nNA,1E5\n"a,b","say ""no"""\nnull,01/02/2025\n'
    frame = read_csv(data, "f").frame
    assert frame["id"].tolist() == ["000123", "NA", "a,b", "null"]
    assert frame["v"].tolist() == [" x ", "1E5", 'say "no"', "01/02/2025"]


def test_an_empty_field_is_none_quoted_or_not():
    frame = read_csv(b'a,b,c\n,"",x\n', "f").frame
    assert frame.isna().to_numpy().tolist() == [[True, True, False]]


def test_row_numbers_are_physical_lines_and_blank_lines_are_left_out():
    frame = read_csv(b'a,b\r\n1,"x\r\ny"\r\n\r\n3,4\n', "f").frame
    assert frame.index.name == "source_row"
    assert frame.index.tolist() == [2, 5]
    assert frame["b"].tolist() == ["x\r\ny", "4"]


BLANKS = {
    "rows_at_the_end": (b"a,b\n1,2\n3,4\n,\n,\n", "2 blank row(s)"),
    "rows_of_spaces": (b"a,b\n1,2\n3,4\n , \n\xc2\xa0,\xe2\x80\x8b\n", "2 blank row(s)"),
    "quoted": (b'a,b\n1,2\n3,4\n"",""\n', "1 blank row(s)"),
    "shorter_than_the_header": (b"a,b\n1,2\n3,4\n,,,,\n", "1 blank row(s)"),
    "between_rows": (b"a,b\n1,2\n,\n3,4\n", "1 blank row(s)"),
    "columns": (b"a,b,,\n1,2,,\n3,4,,\n", "2 blank column(s)"),
    "columns_of_spaces": (b"a,b, ,\n1,2, ,\n3,4,, \n", "2 blank column(s)"),
    "column_between": (b"a,,b\n1,,2\n3, ,4\n", "1 blank column(s)"),
    "column_before": (b",a,b\n,1,2\n\xe2\x80\x8b,3,4\n", "1 blank column(s)"),
    "both": (b"a,b,\n1,2,\n3,4,\n,,\n", "1 blank row(s); 1 blank column(s)"),
}


@pytest.mark.parametrize("kind", BLANKS)
def test_blank_rows_and_blank_columns_are_left_out_with_one_note(kind):
    data, words = BLANKS[kind]
    table = read_csv(data, "f", vouched_rows=2)
    with pytest.raises(Refused, match="R-END"):
        read_csv(data, "f", vouched_rows=9)
    assert table.frame.to_numpy().tolist() == [["1", "2"], ["3", "4"]]
    (finding,) = table.findings
    assert (finding.severity, finding.message) == ("note", f"left out: {words}")


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"a,b,,\n1,2,,x\n", "R-HDR"),
        (b"a,,b\n1,,2\n3,x,4\n", "R-HDR"),
        (b",a,b\nx,1,2\n", "R-HDR"),
        (b"a,b\n1,2,\n", "R-ROW"),
        (b"a,b,\n1,2\n", "R-ROW"),
        (b"a,b\n,\n,\n", "R-EMPTY"),
        (b",,\n,,\n", "R-EMPTY"),
    ],
)
def test_what_is_not_blank_throughout_is_refused(data, rule):
    with pytest.raises(Refused, match=rule):
        read_csv(data, "f")


def test_a_row_in_which_one_cell_is_filled_is_a_row():
    table = read_csv(b"a,b\n1,2\n,4\n-,\n", "f")
    assert table.frame.index.tolist() == [2, 3, 4] and table.findings == ()


def test_a_manifest_may_count_blank_rows():
    assert len(read_csv(b"a,b\n1,2\n,\n,\n", "f", vouched_rows=3).frame) == 1
    with pytest.raises(Refused, match="the 2 that the manifest states"):
        read_csv(b"a,b\n1,2\n,\n,\n", "f", vouched_rows=2)


def test_rows_below_thousands_of_blank_ones_are_not_lost():
    data = b"a,b\n1,2\n" + b",\n" * 3_000 + b"3,4\n"
    assert len(read_csv(data, "f", max_rows=2).frame) == 2


def test_column_names_are_trimmed_and_keep_their_capitals():
    assert read_csv(b" Id ,Name\n1,2\n", "f").frame.columns.tolist() == ["Id", "Name"]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("a\né\n".encode(), "utf-8"),
        ("\ufeffa\né\n".encode(), "utf-8"),
        ("a\né\n".encode("cp1252"), "cp1252"),
    ],
)
def test_the_first_encoding_that_fits_is_recorded(data, encoding):
    table = read_csv(data, "f")
    assert (table.encoding, table.findings) == (encoding, ())
    assert table.frame.iloc[0].tolist() == ["é"]
    assert table.frame.columns.tolist() == ["a"]


def test_only_declared_encodings_are_tried():
    with pytest.raises(Refused, match="R-ENC"):
        read_csv("a\né\n".encode("cp1252"), "f", encodings=("utf-8",))


def test_two_encodings_in_one_file_are_noted():
    table = read_csv("a,b\né,".encode() + "é\n".encode("cp1252"), "f")
    assert [finding.rule for finding in table.findings] == ["R-ENC"]


def test_a_manifest_stands_in_for_the_final_line_end():
    cut = GOOD.removesuffix(b"\n")
    assert len(read_csv(cut, "f", is_vouched=True).frame) == 2
    assert len(read_csv(cut, "f", vouched_rows=2).frame) == 2


def test_a_row_count_that_the_manifest_contradicts_refuses_the_file():
    with pytest.raises(Refused, match="the 3 that the manifest states"):
        read_csv(GOOD, "f", vouched_rows=3)


def test_a_nil_return_is_read_where_the_manifest_says_so():
    assert read_csv(b"a,b\n", "f", vouched_rows=0).frame.shape == (0, 2)


FOOTERS = ("notes", "note", "source", "total", "grand total")


@pytest.mark.parametrize(
    "footer",
    [
        b"Notes: extracted 1 May\n",
        b"Notes: extracted on 1 May, by hand\n",
        b"NOTE:\n",
        b"total,,3\n",
        b"\n,,\nGrand Total,,3\nSource: case system\n,,\n",
    ],
)
def test_notes_and_totals_below_the_table_are_left_out_with_a_note_where_declared(footer):
    table = read_csv(GOOD + footer, "f", footers=FOOTERS, vouched_rows=2)
    assert table.frame["id"].tolist() == ["1", "2"]
    assert [(finding.rule, finding.severity) for finding in table.findings] == [("R-HDR", "note")]


@pytest.mark.parametrize(
    "row",
    [b'"Total Recall Ltd",1,2\n', b"Notes extracted 1 May,,\n", b"Totals,1,2\n", b"Sourced,,\n"],
)
def test_a_row_that_only_begins_like_a_footer_is_data(row):
    table = read_csv(GOOD + row, "f", footers=FOOTERS)
    assert len(table.frame) == 3 and table.findings == ()


@pytest.mark.parametrize("rows", [b"total,1,2\n3,x,y\n", b"Total,1,2\n\n3,x,y\n"])
def test_a_total_between_rows_is_data(rows):
    assert len(read_csv(GOOD + rows, "f", footers=FOOTERS).frame) == 4


def test_a_footer_is_refused_where_none_is_declared():
    with pytest.raises(Refused, match="row 4: 1 fields"):
        read_csv(GOOD + b"Notes: extracted 1 May\n", "f")


def test_a_table_of_a_set_may_hold_a_header_alone_where_its_contract_says_so():
    assert read_csv(b"a,b\n", "f", may_be_empty=True).frame.shape == (0, 2)


def test_more_rows_than_allowed_refuse_the_file():
    with pytest.raises(Refused, match="more than 1 rows"):
        read_csv(GOOD, "f", max_rows=1)


def test_a_file_cut_anywhere_inside_is_never_read_in_part():
    for end in range(len(GOOD)):
        if not GOOD[:end].endswith(b"\n"):
            with pytest.raises(Refused):
                read_csv(GOOD[:end], "f")


@pytest.mark.parametrize("defect", ["short_row", "unclosed_quote", "repeated_column_name"])
def test_no_message_holds_a_value(defect):
    data = REFUSED[defect][0].replace(b"a", b"SECRET").replace(b"A", b"SECRET")
    data = data.replace(b"1", b"9990000018")
    with pytest.raises(Refused) as refusal:
        read_csv(data, "f")
    assert "SECRET" not in str(refusal.value)
    assert "9990000018" not in str(refusal.value)


def test_bytes_changed_at_random_give_a_table_or_a_refusal():
    chance = random.Random(20250531)
    source = 'id,name,note\r\n1,"Ada, é",\r\n2,"B""en",x\r\n'.encode()
    outcomes = set()
    for _ in range(2_000):
        data = bytearray(source)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(data))
            data[at : at + chance.randint(0, 2)] = chance.randbytes(chance.randint(0, 2))
        try:
            outcomes.add(type(read_csv(bytes(data), "f")))
        except Refused as refusal:
            outcomes.add(type(refusal))
    assert outcomes == {TextTable, Refused}


CELLS = st.sampled_from(
    ["", "", "1", "é", "x y", " ", "\u00a0", "\u200b", "a,b", 'say "no"', '"', '""', "two\nlines"]
)
ROWS = st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=5)


def cell_by_cell(text: str) -> dict[int, list[str | None]]:
    """What Python's csv module makes of each record that is not blank, by the line it starts on."""
    reader = csv.reader(io.StringIO(text, newline="\n"), strict=True)
    rows, start = {}, 1
    for fields in reader:
        if "".join(fields).strip(" \u00a0\u200b"):
            rows[start] = [field or None for field in fields]
        start = reader.line_num + 1
    return rows


def frame_rows(frame: pd.DataFrame) -> dict[int, list[str | None]]:
    cells = frame.astype(object)
    return dict(zip(frame.index, cells.where(cells.notna(), None).to_numpy().tolist(), strict=True))


@settings(derandomize=True, deadline=None, database=None, max_examples=200)
@given(
    ROWS,
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n"]),
    st.integers(0, 3),
)
def test_a_file_is_read_in_columns_as_it_is_cell_by_cell(rows, quoting, line_end, gap):
    text = io.StringIO()
    csv.writer(text, quoting=quoting, lineterminator=line_end).writerows([["a", "b", "c"], *rows])
    lines = text.getvalue().splitlines(keepends=True)
    whole = "".join([*lines[:gap], line_end * (gap == 3), *lines[gap:]])
    expected = cell_by_cell(whole)
    del expected[1]
    table = read_csv(whole.encode(), "f", may_be_empty=True)
    assert frame_rows(table.frame) == expected
    is_plain = rows and all("".join(row).strip(" \u00a0\u200b") for row in rows)
    if is_plain and not any("\n" in cell for row in rows for cell in row):
        assert frame_rows(read_plain(whole.encode(), 5)) == expected


SPOILT = st.text('"",\n\r a1', max_size=24)


@settings(derandomize=True, deadline=None, database=None, max_examples=1_000)
@given(SPOILT)
def test_what_is_read_in_columns_is_never_read_otherwise_cell_by_cell(text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_columns, "_PIECE_BYTES", 5)  # so that marks stand at the ends of pieces
        frame = read_plain(f"a,b\n{text}".encode(), 5)
    if frame is not None:
        expected = cell_by_cell(f"a,b\n{text}")
        del expected[1]
        assert frame_rows(frame) == expected
