from __future__ import annotations

from datetime import date

import pytest
from click.testing import CliRunner

from orchestration.cli import main
from orchestration.publication.release.explanation import NoSuchFigure, explain
from tests.worlds import good_candidate
from tests.worlds.releasing import changed_tables, released

pytestmark = pytest.mark.usefixtures("quick_report")


def _words(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def home(tmp_path_factory, quick_report):
    home = tmp_path_factory.mktemp("home")
    released(home)
    tables = changed_tables()
    figure = next(
        row
        for row in tables["indicator_values"]
        if row["indicator_id"] == "slt_within_18w_pct"
        and row["area_code"] == "E08000015"
        and row["period_end"].month == 5
    )
    withheld = next(row for row in tables["indicator_values"] if row["area_code"] == "R1A")
    tables["restatements"] += [
        {name: row[name] for name in good_candidate.KEY}
        | {
            "old_release": "2025-05/r1",
            "new_release": "2025-05/r2",
            "old_value": old,
            "new_value": row["value"],
            "old_status": "value",
            "new_status": row["value_status"],
            "reason": "later_snapshot",
        }
        for row, old in ((figure, 48.0), (withheld, None))
    ]
    released(home, tables, "2025-05/r2")
    return home


def test_a_figure_is_told_with_its_parts_and_its_release(home):
    text = explain(home, "slt_within_18w_pct", "2025-05")
    assert "The figure is 50.0 %: 30 of 60." in text
    assert "release 2025-05/r2 as known on 10 July 2025" in _words(text)
    assert "Demonstration: invented data." in text


def test_the_steps_of_inclusion_add_up_before_the_readers_eyes(home):
    text = explain(home, "slt_within_18w_pct", "2025-05")
    assert "65  rows kept" in text
    assert "30  in the list, not counted, 30 in the denominator" in text
    assert "The steps add up to the numerator: 30 of 30." in text
    assert "The steps add up to the denominator: 60 of 60." in text


def test_a_source_is_named_once_and_not_beside_every_step(home):
    text = explain(home, "slt_waiting_n", "2025-05")
    assert text.count("[therapy_ptl_RY7_202505_01.csv]") == 1


def test_the_deliveries_are_named_with_their_hash_and_how_their_day_is_known(home):
    text = _words(explain(home, "slt_waiting_n", "2025-05"))
    assert f"Submission {'a' * 16} of RY7 (therapy_ptl)" in text
    assert "known on 10 July 2025 by the extract date of its manifest" in text
    assert "a" * 64 in text


def test_a_missing_figure_says_why_in_words(home):
    text = explain(home, "slt_vacancy_pct", "2025-05")
    assert "not available: no organisation delivers it yet (status no_feed)" in text
    assert "There are no steps: nothing was counted." in text


def test_a_withheld_figure_shows_the_finding_and_what_to_do(home):
    text = _words(explain(home, "chs_waiting_n", "2025-05", area="R1A"))
    assert "a finding of rule WL-ZERO withholds it" in text
    assert "R1A reports nobody waiting" in text
    assert "What to do: Ask the provider for its list of May 2025." in text


def test_a_finding_about_another_organisation_is_not_told(home):
    assert "No findings about this figure." in explain(home, "slt_waiting_n", "2025-05")


def test_a_restatement_is_told_by_the_release_that_made_it(home):
    text = _words(explain(home, "slt_within_18w_pct", "2025-05"))
    assert (
        "Release 2025-05/r2 changed it from 48.0 % (2025-05/r1) to 50.0 %, because of a later "
        "snapshot." in text
    )


def test_the_restatement_of_a_withheld_figure_does_not_tell_the_figure_before(home):
    text = _words(explain(home, "chs_waiting_n", "2025-05", area="R1A"))
    assert (
        "Release 2025-05/r2 changed it from a figure that is withheld since (2025-05/r1) to not "
        "available, because of a later snapshot." in text
    )


def test_an_earlier_release_does_not_know_what_came_later(home):
    text = explain(home, "slt_within_18w_pct", "2025-05", release_id="2025-05/r1")
    assert "It has not been restated." in text


def test_the_definition_and_legal_basis_are_told(home):
    text = _words(explain(home, "slt_waiting_n", "2025-04"))
    assert "Children waiting for speech and language, at the end of the month." in text
    assert "Legal basis: No statutory wait applies to community therapies." in text


def test_every_basis_is_told_unless_one_is_asked_for(home):
    both = explain(home, "chs_waiting_n", "2025-05", area="RY7")
    assert "published figure" in both
    with pytest.raises(NoSuchFigure, match=r"no figure chs_waiting_n for RY7 in 2025-05 \(local\)"):
        explain(home, "chs_waiting_n", "2025-05", area="RY7", basis="local")


def test_no_line_is_wider_than_a_page(home):
    for indicator in ("slt_waiting_n", "slt_within_18w_pct", "slt_vacancy_pct"):
        assert max(map(len, explain(home, indicator, "2025-05").splitlines())) <= 100


def test_an_unknown_indicator_is_answered_with_the_nearest(home):
    with pytest.raises(NoSuchFigure, match="The nearest are: slt_waiting_n"):
        explain(home, "slt_waitng", "2025-05")


def asked(home, *arguments):
    return CliRunner().invoke(main, ["explain", *arguments], env={"LASP_HOME": str(home)})


def test_without_an_indicator_all_are_listed_and_wrong_usage_ends_with_2(home):
    listed = asked(home)
    assert listed.exit_code == 0
    assert "slt_waiting_n                        Children waiting for speech" in listed.stdout
    assert asked(home, "slt_waitng", "--month", "2025-05").exit_code == 2
    assert asked(home, "slt_waiting_n").exit_code == 2
    assert asked(home, "slt_waiting_n", "--month", "2025-05").exit_code == 0


def test_an_unknown_month_is_answered_with_those_there_are(home):
    with pytest.raises(NoSuchFigure, match="Months there: 2025-04 to 2025-05"):
        explain(home, "slt_waiting_n", "2023-01")


def test_an_unknown_area_is_answered_with_those_there_are(home):
    with pytest.raises(NoSuchFigure, match="Areas that have it: E08000015, RY7"):
        explain(home, "slt_waiting_n", "2025-05", area="Q99")


def test_a_delivery_that_is_not_known_is_not_said_to_be_late(tmp_path):
    tables = good_candidate.tables()
    missing = next(r for r in tables["indicator_values"] if r["indicator_id"] == "slt_vacancy_pct")
    missing["status_reason"] = "not_received"
    released(tmp_path, tables)
    month = f"{missing['period_end']:%Y-%m}"
    text = _words(explain(tmp_path, "slt_vacancy_pct", month))
    assert "not available: no delivery was known by 10 July 2025 (status not_received)" in text


def test_a_figure_that_late_recording_still_moves_is_said_to_be_unfinished(tmp_path):
    tables = good_candidate.tables()
    for row in tables["indicator_values"]:
        if row["indicator_id"] == "slt_waiting_n" and row["area_code"] == "RY7":
            row["is_complete"] = row["period_end"].month == 4
    released(tmp_path, tables)
    unfinished = "The figure is not complete: earlier ones moved after their first release"
    assert unfinished in _words(explain(tmp_path, "slt_waiting_n", "2025-05", area="RY7"))
    assert unfinished not in _words(explain(tmp_path, "slt_waiting_n", "2025-04", area="RY7"))
    assert unfinished not in _words(explain(tmp_path, "slt_waiting_n", "2025-05"))


HINT = "lasp explain chs_waiting_n --month 2025-05 --area RY7 --basis published"


def test_without_a_local_figure_the_published_one_is_pointed_to(home):
    told = _words(explain(home, "chs_waiting_n", "2025-05"))
    assert told.endswith(f"There are published figures of 2025-05 for RY7: {HINT}")
    with pytest.raises(NoSuchFigure, match=HINT):
        explain(home, "chs_waiting_n", "2025-05", area="Q99")
    assert HINT not in _words(explain(home, "slt_waiting_n", "2025-05"))


def test_of_many_published_figures_those_that_bear_the_areas_name_come_first(tmp_path):
    tables = good_candidate.tables()
    names = {"E08000015": "Wirral", "RY7": "Wirral Community"}
    for row in tables["indicator_values"]:
        row["area_name"] = names.get(row["area_code"], row["area_code"])
    for table in ("indicator_values", "figure_inputs", "figure_steps"):
        tables[table] += [
            row | {"area_code": f"A0{n}"} | ({"area_name": "Else"} if "area_name" in row else {})
            for row in tables[table]
            if (row["indicator_id"], row["area_code"]) == ("chs_waiting_n", "RY7")
            for n in range(6)
        ]
    released(tmp_path, tables)
    told = _words(explain(tmp_path, "chs_waiting_n", "2025-05"))
    assert f"for RY7, A00, A01, A02, A03 and 2 more: {HINT}" in told


def test_the_shortest_period_is_told_and_the_longer_ones_are_named(tmp_path):
    tables = good_candidate.tables()
    for table in ("indicator_values", "figure_inputs", "figure_steps"):
        year = [
            row | {"period_type": "rolling_12m", "period_start": date(2024, 6, 1)}
            for row in tables[table]
            if row["indicator_id"] == "slt_within_18w_pct" and row["period_end"].month == 5
        ]
        tables[table] += year
    released(tmp_path, tables)
    text = _words(explain(tmp_path, "slt_within_18w_pct", "2025-05"))
    assert "1 May 2025 to 31 May 2025" in text and "1 June 2024" not in text
    assert "Longer periods that end in this month (--period): rolling_12m." in text
    text = _words(explain(tmp_path, "slt_within_18w_pct", "2025-05", period="rolling_12m"))
    assert "1 June 2024 to 31 May 2025" in text and "--period" not in text
    with pytest.raises(NoSuchFigure, match=r"in 2025-05 \(quarter\)"):
        explain(tmp_path, "slt_within_18w_pct", "2025-05", period="quarter")
