import pytest

from ingest.contracts import Column
from ingest.contracts.model import codes
from ingest.typed.figures import read_figure

SYMBOLS = {symbol.casefold(): symbol for symbol in codes("dfe_symbols")}


@pytest.mark.parametrize(
    ("cell", "unit", "figure"),
    [
        ("0", "count", 0),
        ("1,234", "count", 1234),
        ("1 234", "count", 1234),
        ("1\u00a0234\u00a0567", "count", 1_234_567),
        ("12.0", "count", 12),
        ("12%", "pct", 12),
        ("12.5", "pct", 12.5),
        ("-0.4", "pct", -0.4),
        ("0.12", "proportion", 12),
        ("0.29", "proportion", 29),
        ("12%", "proportion", 12),
        ("£1,200", "gbp", 1200),
        ("£1,200.50", "gbp", 1200.5),
    ],
)
def test_a_figure_is_read_in_the_unit_of_its_column(cell, unit, figure):
    assert read_figure(cell, unit, SYMBOLS) == (figure, None)


@pytest.mark.parametrize("cell", ["*", "c", "C", "x", "z", "u", "low", "Low"])
def test_a_symbol_stays_a_symbol_and_never_becomes_zero(cell):
    assert read_figure(cell, "count", SYMBOLS) == (None, cell.lower())


@pytest.mark.parametrize(
    ("cell", "unit"),
    [
        ("12%", "count"),
        ("12.5", "count"),
        ("£12", "count"),
        ("£12", "pct"),
        ("1,23", "count"),
        ("1,2345", "count"),
        ("1.234,5", "pct"),
        ("1e3", "count"),
        ("1.23457E+12", "count"),
        ("about 12", "count"),
        ("12 c", "count"),
        ("１２", "count"),
        ("~", "count"),
        ("", "count"),
    ],
)
def test_what_is_neither_a_figure_nor_a_symbol_is_not_read(cell, unit):
    assert read_figure(cell, unit, SYMBOLS) is None


def test_symbols_that_a_contract_does_not_list_are_not_read():
    assert read_figure("c", "count", {}) is None


@pytest.mark.parametrize(
    "column",
    [
        {"type": "figure"},
        {"type": "integer", "unit": "count"},
        {"type": "integer", "symbols": "dfe_symbols"},
    ],
)
def test_only_figures_have_a_unit_and_symbols(column):
    with pytest.raises(ValueError, match="figure"):
        Column(name="n", description="A number", **column)
