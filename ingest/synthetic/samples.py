"""Small sample files of each feed, good and bad, for readers of the contracts and for tests.

``python -m ingest.synthetic.samples`` writes them anew into ``ingest/contracts/samples``. Samples
of a feed that nothing here simulates are written by hand and left.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pandas as pd

from .days import month_end
from .feed_samples import feed_samples
from .files import Sheet, csv_bytes, table_rows, table_xlsx_bytes, xlsx_parts, zip_bytes
from .monthly_files import FEEDS
from .nhs_lists import example_lists
from .nhs_workbooks import LAYOUTS, workbook
from .therapy_ptl import DATES, sender_lives, snapshot

FOLDER = Path(__file__).parents[1] / "contracts" / "samples"

_MONTH = "2025-03"
_ROWS = 10

_EDITIONS = {
    "early": ("2023-01", date(2023, 3, 9)),
    "early_undated": ("2023-02", date(2023, 4, 13)),
    "early_dated": ("2023-05", date(2023, 7, 13)),
    "uncoded": ("2023-06", date(2023, 8, 10)),
    "coded": ("2024-11", date(2025, 1, 9)),
    "two_years": ("2025-05", date(2025, 7, 10)),
    "two_years_noted": ("2025-01", date(2025, 3, 13)),
}
"""Month and day of publication for each layout's sample: those of a real edition."""

_LOGIN_PAGE = b"<!DOCTYPE html>\n<html><body>Your session has ended. Sign in.</body></html>\n"
_OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)
"""How a password-protected workbook begins: not a zip archive but an OLE file."""

_EXTERNAL = "xl/externalLinks/externalLink1.xml"
_LINK = (
    b'<?xml version="1.0"?><externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/'
    b'2006/main"/>'
)


def samples() -> dict[str, bytes]:
    """Make every sample: its bytes by file name, ``<feed>__good...`` or ``<feed>__bad__...``."""
    therapy = {f"therapy_ptl__{name}": data for name, data in _therapy_samples().items()}
    editions = {f"chs_waits__{name}.xlsx": _edition(name) for name in LAYOUTS}
    return therapy | editions | feed_samples()


def simulated() -> frozenset[str]:
    """The feeds whose samples are made here."""
    return frozenset({*FEEDS, "chs_waits"})


def feed_of(name: str) -> str:
    """The feed of a sample, by its file name."""
    return name.partition("__")[0]


def _edition(layout: str) -> bytes:
    """Write one small edition, compressed; in the coded one a provider did not submit."""
    month, published = _EDITIONS[layout]
    months = pd.period_range("2022-10", month, freq="M").astype(str)
    lists = example_lists(list(months))
    if layout == "coded":
        lists[month] = lists[month].drop("ZAG", level="provider")
    return workbook(layout, month, published, lists, is_compressed=True)


def _therapy_samples() -> dict[str, bytes]:
    lives = next(iter(sender_lives(1, 2024, month_end(_MONTH)).values()))
    rows = snapshot(lives, _MONTH)
    table = rows.iloc[:: len(rows) // _ROWS][:_ROWS]
    return _csv_samples(table) | _xlsx_samples(table)


def _csv_samples(table: pd.DataFrame) -> dict[str, bytes]:
    """Spoil a good CSV file in each way that the landing policy refuses."""
    good = csv_bytes(table)
    lines = good.splitlines(keepends=True)
    cells = {
        "good": table,
        "good__other_column_order": table[table.columns[::-1]],
        "good__capital_headers": table.rename(columns=lambda name: f" {name.upper()} "),
        "bad__undeclared_column": table.assign(notes="invented"),
        "bad__missing_column": table.drop(columns="service"),
        "bad__duplicate_header": table.rename(columns={"setting_urn": "service"}),
        "bad__blank_header": table.rename(columns={"setting_urn": ""}),
        "bad__too_many_bad_rows": table.assign(service=["XX"] * 5 + ["SLT"] * (_ROWS - 5)),
    }
    made = {f"{name}.csv": csv_bytes(spoilt) for name, spoilt in cells.items()}
    return made | {
        "good__bom_and_crlf.csv": b"\xef\xbb\xbf" + good.replace(b"\n", b"\r\n"),
        "bad__unclosed_quote.csv": good.replace(b",SLT,", b',"SLT,', 1),
        "bad__short_row.csv": good.replace(lines[3], lines[3].rpartition(b",")[0] + b"\n"),
        "bad__long_row.csv": good.replace(lines[3], lines[3].strip() + b",\n"),
        "bad__title_line.csv": b"Therapy waiting list\n" + good,
        "bad__semicolons.csv": good.replace(b",", b";"),
        "bad__no_final_line_end.csv": good.rstrip(b"\n"),
        "bad__cr_only.csv": good.replace(b"\n", b"\r"),
        "bad__header_only.csv": lines[0],
        "bad__empty.csv": b"",
        "bad__nul_bytes.csv": good.replace(b",accepted,", b",accepted\x00,", 1),
        "bad__undecodable.csv": good.replace(b",accepted,", b",accepted\x81,", 1),
        "bad__utf16.csv": b"\xff\xfe" + good.decode().encode("utf-16-le"),
        "bad__html_login_page.csv": _LOGIN_PAGE,
        "bad__workbook_named_csv.csv": table_xlsx_bytes("referrals", table, DATES),
    }


def _xlsx_samples(table: pd.DataFrame) -> dict[str, bytes]:
    """Spoil a good workbook in each way that the landing policy refuses."""
    rows = table_rows(table, DATES)
    sheet, other = Sheet("referrals", rows), [("Invented",)]
    parts = xlsx_parts([sheet])
    spoilt = {
        "good": parts,
        "bad__hidden_sheet": xlsx_parts([sheet, Sheet("Sheet1", other, is_hidden=True)]),
        "bad__undeclared_sheet": xlsx_parts([sheet, Sheet("Pivot", other)]),
        "bad__no_declared_sheet": xlsx_parts([Sheet("Pivot", rows)]),
        "bad__header_only": xlsx_parts([Sheet("referrals", rows[:1])]),
        "bad__undeclared_column": xlsx_parts([Sheet("referrals", [(*r, "notes") for r in rows])]),
        "bad__formula_without_value": _with_cell(parts, "<f>A2</f>"),
        "bad__error_value": _with_cell(parts, "<v>#REF!</v>", kind="e"),
        "bad__number_without_last_digits": _with_cell(parts, "<v>9.9912345678901235E+17</v>"),
        "bad__macro": parts | {"xl/vbaProject.bin": b"invented"},
        "bad__external_link": parts | {_EXTERNAL: _LINK},
        "bad__entity": parts | {"xl/workbook.xml": _with_entity(parts["xl/workbook.xml"])},
    }
    made = {f"{name}.xlsx": zip_bytes(members) for name, members in spoilt.items()}
    return made | {
        "bad__cut_short.xlsx": made["good.xlsx"][:-200],
        "bad__password.xlsx": _OLE,
        "bad__csv_named_xlsx.xlsx": csv_bytes(table),
    }


def _with_cell(parts: dict[str, bytes], content: str, kind: str = "n") -> dict[str, bytes]:
    """Replace the content of the first referral's id, cell A2."""
    name = "xl/worksheets/sheet1.xml"
    cell = f'<c r="A2" t="{kind}">{content}</c>'.encode()
    return parts | {name: re.sub(rb'<c r="A2".*?</c>', cell, parts[name], count=1)}


def _with_entity(xml: bytes) -> bytes:
    return xml.replace(b"?>\n", b'?>\n<!DOCTYPE workbook [<!ENTITY a "aaaa">]>\n', 1)


def main() -> None:
    """Write all samples into the contracts' folder, and remove those that are no longer made."""
    made = samples()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in FOLDER.iterdir():
        if path.name not in made and feed_of(path.name) in simulated():
            path.unlink()
    for name, data in made.items():
        (FOLDER / name).write_bytes(data)
    print(f"{len(made)} samples in {FOLDER}: {sum(map(len, made.values())) // 1000} kB")


if __name__ == "__main__":
    main()
