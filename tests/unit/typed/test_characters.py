"""What is left of a cell without the characters that nobody sees."""

import pytest

from ingest.typed.characters import legible, packed, parts


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        (" R1\t", "R1"),
        ("R1\u200b", "R1"),
        ("\ufeffR1", "R1"),
        ("R\u00ad1", "R1"),
        ("R1\x00", "R1"),
        ("R1\x1b", "R1"),
        ("R\u20601\u200e", "R1"),
        ("R1\ufe0f", "R1"),
        ("R\u202f1", "R 1"),
        ("R\n1", "R 1"),
        ("not\u00a0known", "not known"),
        ("\u200b \u200b", ""),
    ],
)
def test_an_unseen_character_is_dropped_and_every_blank_is_a_space(cell, read):
    assert legible(cell) == read


@pytest.mark.parametrize("cell", ["Zoë", "O’Neil", "EHC–1", "£", "日本", "a.b/c_d", "R.1", "½"])
def test_a_character_that_is_seen_stays(cell):
    assert legible(cell) == cell


def test_a_number_is_packed_without_blanks_and_dashes_and_falls_apart_at_them():
    assert packed("'EHC\u2011344 001") == "EHC344001"
    assert {packed(f"{mark}EHC1") for mark in "'\u2019\u02bc\u2032\u00b4`\uff07"} == {"EHC1"}
    assert parts("'EHC\u2011344 001") == ("EHC", "344", "001")
    assert (packed("1.2/3_4'5"), parts("1.2/3_4'5")) == ("1.2/3_4'5", ("1.2/3_4'5",))
