"""The lines at the end of a run: Wirral's figures, gaps and findings, and nobody else's first."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from ingest.partnership import partnership
from orchestration.publication.release import summary
from tests.worlds.report_world import FACTS, world, write

LINES = 9


def record_of(folder: Path, tables: dict) -> SimpleNamespace:
    """As much of a release as its summary asks for."""
    written = write(folder / "internal", tables)
    facts = {name: str(getattr(FACTS, name)) for name in ("release_id", "month", "note")}
    facts |= {"revision": 2, "as_at": FACTS.as_at.isoformat(), "is_synthetic": True}
    files = {f"internal/{path.name}": {"table": name} for name, (path,) in written.items()}
    return SimpleNamespace(
        path=folder, release_id=FACTS.release_id, month=FACTS.month,
        manifest=facts | {"is_provisional": False, "files": files},
        first_page=folder / "internal" / "report" / "index.html",
    )  # fmt: skip


def told(folder: Path, tables: dict, **how) -> list[str]:
    lines = summary.of(record_of(folder, tables), **({"is_new": True} | how))
    assert len(lines) <= LINES
    return lines


@pytest.fixture
def tables() -> dict:
    return world()


def test_the_head_names_the_release_what_it_is_and_as_known_when(tmp_path, tables):
    assert summary.head(record_of(tmp_path, tables)) == (
        "2025-10/r2 (final, as known on 18 November 2025; Demonstration: invented data)"
    )


def test_three_headline_figures_are_said_with_their_change_and_the_others_counted(tmp_path, tables):
    lines = told(tmp_path, tables)
    shown = [line for line in lines if line.startswith("- ")]
    assert len(shown) == summary.SHOWN
    assert all(re.search(r"(up|down) [\d.,]+", line) for line in shown), shown
    assert any("plan 80%" in line and "points short" in line for line in shown)
    assert any(re.match(r"\d+ of \d+ headline measures have a figure", line) for line in lines)


def test_what_is_held_back_or_missing_is_said_by_reason_in_words(tmp_path, tables):
    (gaps,) = (line for line in told(tmp_path, tables) if "have a figure" in line)
    assert "have a figure. The others: " in gaps and "more reasons" in gaps
    assert "Not shown, because the data behind it failed a check (1: BASE-1)" in gaps
    assert "withheld" not in gaps


def test_findings_about_us_come_before_and_apart_from_all_others(tmp_path, tables):
    finding = tables["quality_findings"][0]
    others = [
        finding
        | {
            "finding_id": f"far{n}",
            "basis": "published",
            "org_code": "E92000001",
            "severity": "note",
        }
        for n in range(736)
    ]
    own = finding | {
        "finding_id": "own", "basis": "published", "org_code": partnership().local_area,
        "severity": "withhold",
    }  # fmt: skip
    tables["quality_findings"] = [*others, own]
    (line,) = (one for one in told(tmp_path, tables) if one.startswith("Findings"))
    assert line == (
        "Findings about Sampleton and its senders: 1 withheld figure. About others in official "
        "files: 736 notes."
    )


def test_without_a_local_figure_the_lines_are_about_the_published_ones(tmp_path, tables):
    for table in ("indicator_latest", "indicator_status"):
        for row in tables[table]:
            if row["basis"] == "local":
                row |= dict.fromkeys(("value", "numerator", "denominator"))
                row |= {"value_status": "not_available", "status_reason": "not_received"}
    lines = told(tmp_path, tables)
    assert lines[0].startswith("No sender's file gives a headline figure. Published ones of ")
    assert sum(line.startswith("- ") for line in lines) >= 2


def test_an_unchanged_run_says_so_and_why_and_repeats_no_figure(tmp_path, tables):
    lines = told(tmp_path, tables, is_new=False)
    assert lines[0].startswith(
        "Nothing changed: what is known makes the very figures of 2025-10/r2"
    )
    assert not any(line.startswith("- ") for line in lines)


def test_files_that_did_not_come_or_count_later_are_named(tmp_path, tables):
    late = [f"therapy_ptl R{n}A 2025-10 (known from 2025-12-0{n})" for n in range(1, 6)]
    (line,) = (
        one for one in told(tmp_path, tables, not_yet_known=late) if one.startswith("Files of")
    )
    assert "not yet known on 18 November 2025: therapy_ptl R1A" in line and "and 2 more" in line
    assert line.startswith("Files of October 2025: ")


def test_the_last_lines_say_where_to_look(tmp_path, tables):
    *_, report, last = told(tmp_path, tables)
    assert report == f"report: {tmp_path}/internal/report/index.html"
    assert re.search(r"`lasp explain \w+ --month 2025-10`", last) and "`lasp status`" in last
