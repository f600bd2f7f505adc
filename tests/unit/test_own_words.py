"""An error that nobody foresaw is told by its kind and place; its message may hold a cell."""

import pytest

from ingest.refusals import InWords
from orchestration.own_words import Unexpected, in_own_words, own_words

CELL = "9990000018"


def _fails(cell: str) -> None:
    int(f"not a number: {cell}")


def test_the_message_of_an_unforeseen_error_is_not_repeated_anywhere_in_its_chain():
    with pytest.raises(Unexpected) as caught, own_words():
        _fails(CELL)
    assert CELL not in str(caught.value)
    assert caught.value.__suppress_context__ and caught.value.__cause__ is None


def test_the_kind_and_place_of_an_unforeseen_error_are_told():
    with pytest.raises(Unexpected, match=r"ValueError in tests/unit/test_own_words.py, line 12\."):
        in_own_words(_fails)(CELL)


def test_an_error_in_our_own_words_passes_without_what_caused_it():
    with pytest.raises(InWords, match="the key file is no key") as caught, own_words():
        try:
            _fails(CELL)
        except ValueError as error:
            raise InWords("the key file is no key") from error
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_a_generator_speaks_in_our_own_words_until_its_last_step():
    @in_own_words
    def steps():
        yield "first"
        _fails(CELL)

    running = steps()
    assert next(running) == "first"
    with pytest.raises(Unexpected):
        next(running)
