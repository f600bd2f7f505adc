"""The words by which families read about the indicators: a seed that people write."""

import csv
import re
from pathlib import Path

import pytest

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"
JARGON = re.compile(
    r"[()\[\]_<>=%]|\b(?:pct|CYP|EHCP|NEET|PTL|median|percentile|cohort|denominator|numerator"
    r"|incomplete)\b"
)


def _rows(seed: str) -> list[dict[str, str]]:
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


CATALOGUE = _rows("indicator_catalogue")
UNITS = {row["indicator_id"]: row["unit"] for row in CATALOGUE}
WORDS = {row["indicator_id"]: row for row in _rows("indicator_words")}


def test_every_indicator_has_words_in_the_order_of_the_catalogue() -> None:
    assert list(WORDS) == list(UNITS)


def test_no_two_indicators_have_one_short_title() -> None:
    titles = [row["short_title"] for row in WORDS.values()]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("indicator", WORDS)
def test_the_words_of_an_indicator_fit_the_sentences_that_use_them(indicator: str) -> None:
    words = WORDS[indicator]
    assert not any(JARGON.search(text) for text in words.values() if text != indicator)
    assert 8 <= len(words["short_title"]) <= 60
    assert not words["short_title"].endswith(".")
    assert words["plain_definition"].endswith(".")
    assert not words["counted"].endswith(".")
    assert bool(words["phrase"]) == (UNITS[indicator] == "pct")


def _sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.])\s+", text) if part]


@pytest.mark.parametrize("indicator", WORDS)
def test_a_definition_is_a_few_short_sentences(indicator: str) -> None:
    sentences = _sentences(WORDS[indicator]["plain_definition"])
    assert len(sentences) <= 4
    assert max(len(sentence.split()) for sentence in sentences) <= 36


def test_the_note_of_a_definition_repeats_neither_numerator_nor_denominator() -> None:
    for row in CATALOGUE:
        note = row["definition_note"].lower()
        assert row["numerator"], row["indicator_id"]
        assert row["numerator"].lower() not in note
        assert not row["denominator"] or row["denominator"].lower() not in note
        assert not note or note.endswith(".")
