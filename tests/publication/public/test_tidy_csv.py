"""What stands in the public files."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.publication.public import tidy_csv
from orchestration.publication.public.cube import cut
from tests.publication.public.test_cube import figure, share

WORDS = {"short_title": "Plans", "area_name": "Sampleton", "status_reason": None}
WORDS |= {"is_provisional": False, "is_revised": False}


def rows(data):
    return list(csv.DictReader(io.StringIO(data.decode())))


def made(*figures):
    return cut([one | WORDS for one in figures])


def test_a_number_and_a_symbol_never_share_a_column():
    (row,) = rows(tidy_csv.figures(made(share(3, 71))))
    assert (row["numerator"], row["numerator_symbol"]) == ("", "c")
    assert (row["denominator"], row["denominator_symbol"]) == ("70", "")
    assert (row["value"], row["value_symbol"]) == ("", "c")


def corrected(tmp_path, before, now, *restated):
    (tmp_path / "indicators.csv").write_bytes(tidy_csv.figures(made(before)))
    earlier = tidy_csv.shown_in(tmp_path / "indicators.csv")
    keys = {tidy_csv.written(one.key) for one in made(*restated)}
    these = tidy_csv.corrected(made(now), earlier, keys)
    return rows(tidy_csv.restatements(these, earlier, "2025-10/r1", "2025-11/r1"))


def test_a_correction_is_told_with_what_the_public_saw_and_sees(tmp_path):
    (told,) = corrected(tmp_path, figure(43), figure(54), figure(54))
    assert (told["old_value"], told["new_value"]) == ("45", "55")
    assert (told["old_release"], told["new_release"]) == ("2025-10/r1", "2025-11/r1")


def test_a_correction_that_rounding_hides_is_told_all_the_same(tmp_path):
    (told,) = corrected(tmp_path, figure(43), figure(44), figure(44))
    assert (told["old_value"], told["new_value"]) == ("45", "45")


def test_a_share_that_stays_while_its_parts_change_was_corrected(tmp_path):
    assert len(corrected(tmp_path, share(20, 40), share(40, 80))) == 1


def test_what_is_hidden_from_now_on_was_not_corrected(tmp_path):
    assert corrected(tmp_path, figure(12, suppression_rule="SR0"), figure(7)) == []


def test_a_figure_that_is_the_same_and_one_that_is_new_are_no_corrections(tmp_path):
    assert corrected(tmp_path, figure(43), figure(43)) == []
    assert corrected(tmp_path, figure(43, indicator_id="other_n"), figure(43)) == []


def test_an_exact_figure_that_looks_the_same_is_not_named_beside_corrected_parts(tmp_path):
    exact = figure(43, suppression_rule="SR0")
    assert corrected(tmp_path, exact, exact, exact) == []
    assert len(corrected(tmp_path, exact, figure(44, suppression_rule="SR0"), exact)) == 1


def test_a_rounded_figure_is_marked_as_revised_with_its_breakdown_and_stays_so(tmp_path):
    one = made(figure(43))
    key = tidy_csv.written(one[0].key)
    (tmp_path / "indicators.csv").write_bytes(tidy_csv.figures(one, {key}))
    assert tidy_csv.revised_in(tmp_path / "indicators.csv") == {key}
    exact = tidy_csv.figures(made(figure(43, suppression_rule="SR0")), {key})
    assert [row["is_revised"] for row in rows(exact)] == ["false"]  # as the release itself says


# What spreadsheets run, by the list of the Open Worldwide Application Security Project: with signs
# of East Asian width too, and behind what a reader does not see. Not taken from the code.
RUN = ["=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫"]
UNSEEN = [*" \t\r\n\x00\x1f", "\u00a0", "\u3000", "\u200b", "\ufeff", "\u2060"]


@given(st.lists(st.sampled_from(UNSEEN)).map("".join), st.sampled_from(RUN), st.text())
def test_a_text_that_a_spreadsheet_would_run_is_a_text(unseen, sign, rest):
    assert tidy_csv.plain(f"{unseen}{sign}{rest}") == f"'{unseen}{sign}{rest}"


@pytest.mark.parametrize("start", ["\t", "\r", "\n"])
def test_a_text_that_begins_in_another_cell_is_a_text(start):
    assert tidy_csv.plain(f"{start}Plans") == f"'{start}Plans"


@given(st.text(st.characters(categories=("L", "N"))), st.text())
def test_a_text_that_begins_with_a_letter_or_digit_stays_as_it_is(start, rest):
    text = f"A{start}{rest}"
    assert tidy_csv.plain(text) == text


@given(st.text())
def test_a_text_is_read_back_as_it_was_but_for_the_apostrophe(text):
    (row,) = rows(tidy_csv.table(["text"], [{"text": text}]))
    assert row["text"].removeprefix("'") == text.removeprefix("'")


def test_a_number_below_zero_stays_a_number():
    assert tidy_csv.plain(-3) == "-3"
    assert tidy_csv.plain(-2.5) == "-2.5"
