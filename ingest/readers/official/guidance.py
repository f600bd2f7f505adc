"""A release's data guidance -> its variables as cells, its footnotes as findings."""

from __future__ import annotations

import re
from datetime import date

import numpy as np

from ingest.readers.official.cell_frame import TEXTS, Cells
from ingest.refusals import Finding

TABLE = "data_guidance"
_VARIABLE = re.compile(r"^(?P<name>\S[^|]*?)\s+\|\s+(?P<text>.+?)\s*$")
_NOTE = re.compile(r"^\d+\.\s+(.+?)\s*$")


def read_guidance(text: str, source_file: str, where: str, cells: Cells) -> list[Finding]:
    """Add one cell a described variable, with its words; each footnote is a finding.

    ``breakdown_value`` is the file that the variable belongs to, ``measure`` the variable.
    """
    lines, files, names, words, notes = [], [], [], [], []
    file, is_noting = "", False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("Filename:"):
            file, is_noting = line.removeprefix("Filename:").strip(), False
        elif line.startswith("Footnotes:"):
            is_noting = True
        elif is_noting and (note := _NOTE.match(line)):
            notes.append((file, note[1]))
        elif file and (found := _VARIABLE.match(line)) and not _is_rule(found["name"]):
            lines.append(number)
            files.append(file)
            names.append(found["name"])
            words.append(found["text"])
    if lines:
        each = np.arange(len(lines))
        texts = dict.fromkeys(TEXTS)
        texts |= {"table": TABLE, "source_file": source_file, "column_name": "Variable description"}
        texts |= {"measure": (each, names), "breakdown": "Filename", "unit": "text"}
        texts |= {"breakdown_value": (each, files), "value_text": (each, words)}
        cells.add(np.array(lines), np.full(len(lines), 2), np.full(len(lines), np.nan), **texts)
    action = "read the note before using the figures that it mentions"
    return [
        Finding("OFF-NOTE", "note", f"{where}, {file}", f"the publisher notes: {note}", action)
        for file, note in dict.fromkeys(notes)
    ]


def symbols_of(text: str) -> dict[str, str]:
    """The symbols that the guidance explains: 'z - Not applicable'."""
    head = text.partition("Filename:")[0]
    return dict(re.findall(r"^([a-z:~*]{1,3}) - (.+?)\s*$", head, re.MULTILINE))


def reporting_day(text: str) -> date | None:
    """The January of the year that a release reports by its title: '2024 Reporting year'."""
    found = re.search(r"^(?:Reporting year (\d{4})|(\d{4}) Reporting year)\s*$", text, re.MULTILINE)
    return date(int(found[1] or found[2]), 1, 31) if found else None


def _is_rule(name: str) -> bool:
    """Whether a line is the table's own heading or the rule below it."""
    return name.startswith("Variable name") or set(name) <= {"-", " "}
