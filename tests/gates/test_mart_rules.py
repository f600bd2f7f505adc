"""How a rule of the mart gate is written, and what its author is told of a mistake."""

from __future__ import annotations

import pyarrow as pa
import pytest

from expectations.gate import GateError, Suite
from expectations.mart_rules import Rules
from expectations.wrong_rows import Tables

RULE = """
FG-HIGH:
  table: figures
  severity: refuse
  message: A figure is above its limit.
  action: Lower the figure and run again.
  thresholds:
    limit: {value: 10, why: The highest figure of five years.}
  wrong: n > $limit
"""
NEVER_EMPTY = """
code: MART-EMPTY
severity: refuse
message: A table that is never empty has no rows.
action: Fill the table and run again.
tables: [figures]
"""
FIGURES = pa.table({"n": [10.0, 11.0, None, float("nan")], "name": ["a", "b", "c", "d"]})
CANARY = "9990000123"


@pytest.fixture
def read(tmp_path):
    """Give the rules of a folder with these files."""

    def read(macros: str = "", never_empty: str = NEVER_EMPTY, **files: str) -> Rules:
        (tmp_path / "macros.sql").write_text(macros)
        (tmp_path / "never_empty.yaml").write_text(never_empty)
        for name, content in files.items():
            (tmp_path / f"{name}.yaml").write_text(content)
        return Rules(tmp_path)

    return read


def _wrong(rules: Rules, figures: pa.Table = FIGURES) -> list[bool]:
    (rule,) = rules.rules.values()
    with Tables() as tables:
        tables.add("figures", figures)
        wrong = tables.wrong("figures", [rule])[rule.code].to_list()
        assert tables.broken("figures", [rule]) == {rule.code: sum(wrong)}
        return wrong


def test_a_row_is_wrong_where_the_sql_is_true_and_where_it_is_null(read):
    assert _wrong(read(figures=RULE)) == [False, True, True, True]


def test_a_number_that_is_no_number_is_null(read):
    counts_missing = RULE.replace("n > $limit", "n is null and $limit = 10")
    assert _wrong(read(figures=counts_missing)) == [False, False, True, True]


def test_windows_leave_each_row_in_its_place(read):
    rank = RULE.replace("n > $limit", "row_number() over (order by name desc) > $limit - 8")
    assert _wrong(read(figures=rank)) == [True, True, False, False]


@pytest.mark.parametrize(
    ("sql", "macros", "reads"),
    [
        ("n > $limit", "", set()),
        ("n > $limit + (select max(n) from others)", "", {"others"}),
        ("n > $limit and n in (select n from figures)", "", {"figures"}),
        ("n in (with others as (select $limit as n) select n from others)", "", set()),
        ("n > most($limit)", "most", {"others"}),
        ("n > twice($limit)", "most", {"others"}),
    ],
)
def test_a_rule_that_names_a_table_is_judged_on_the_whole_release(read, sql, macros, reads):
    defined = (
        "create or replace macro most(a) as (select max(n) + a from others);\n\n"
        "create or replace macro twice(a) as\n    most(a) + most(a);\n"
    )
    rules = read(macros=defined if macros else "", figures=RULE.replace("n > $limit", sql))
    assert rules.rules["FG-HIGH"].reads == reads
    assert [rule.code for rule in rules.of_whole("figures")] == (["FG-HIGH"] if reads else [])
    assert [rule.code for rule in rules.of_file("figures")] == ([] if reads else ["FG-HIGH"])


def test_a_macro_that_calls_another_comes_after_it(read):
    macros = (
        "create or replace macro a_last(n) as b_first(n) > 10;\n"
        "create or replace macro b_first(n) as n + 0;\n"
    )
    rules = read(macros=macros, figures=RULE.replace("n > $limit", "a_last(n) and $limit = 10"))
    assert ["b_first" in macro.split(" as ")[0] for macro in rules.rules["FG-HIGH"].macros] == [
        True,
        False,
    ]
    assert _wrong(rules) == [False, True, True, True]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("severity: refuse", "severity: fatal", "key severity: .*'fatal'"),
        ("  severity: refuse\n", "", "key severity: it is missing"),
        ("  wrong:", "  rigth: x\n  wrong:", "key rigth: there is no such key"),
        ("  wrong:", "  reads: [figures]\n  wrong:", "key reads: not a key of a rule"),
        ("  wrong:", "  table: figures\n  wrong:", r"figures.yaml, line \d+: table stands twice"),
        ("A figure is above its limit.", "Too high", "key message: write a sentence"),
        (", why: The highest figure of five years.", "", "key thresholds.limit.why: it is missing"),
        ("n > $limit", "n > 10", "limit stands in only one of thresholds and SQL"),
        ("n > $limit", "n > $limit + $other", "other stands in only one of thresholds and SQL"),
        ("n > $limit", "n > > $limit", "key wrong: .*syntax error"),
        ("FG-HIGH", "high", "figures.yaml: high is not a rule. Write a code such as"),
    ],
)
def test_a_mistake_is_told_with_file_rule_and_key(read, old, new, told):
    with pytest.raises(GateError, match=told) as caught:
        read(figures=RULE.replace(old, new))
    assert str(caught.value).startswith("figures.yaml")


def test_a_code_that_stands_in_two_files_is_told_with_both(read):
    with pytest.raises(GateError, match=r"others.yaml: rule FG-HIGH stands in figures.yaml too"):
        read(figures=RULE, others=RULE)


def test_a_mistake_in_the_tables_that_are_never_empty_is_told(read):
    with pytest.raises(GateError, match=r"never_empty.yaml, key tables: it is missing"):
        read(never_empty=NEVER_EMPTY.replace("tables: [figures]", ""))


def test_a_column_that_is_not_there_is_told_with_the_rule_and_the_columns_there_are(read):
    rules = read(figures=RULE.replace("n > $limit", "nn > $limit"))
    with pytest.raises(GateError) as caught:
        _wrong(rules)
    assert str(caught.value).startswith("figures.yaml, rule FG-HIGH, key wrong: ")
    assert '"nn" not found' in str(caught.value)
    assert str(caught.value).endswith("The columns of figures are n, name.")


def test_a_value_that_stops_the_sql_is_not_repeated(read):
    rules = read(
        figures=RULE.replace("n > $limit", "name::date > date '2025-01-01' and $limit = 10")
    )
    with pytest.raises(
        GateError, match=r"figures.yaml, rule FG-HIGH.*ConversionException"
    ) as caught:
        _wrong(rules, pa.table({"n": [1.0], "name": [CANARY]}))
    assert CANARY not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_a_rule_about_a_table_that_is_not_published_is_told(read):
    rules = read(figures=RULE)
    rules.require(["figures"])
    with pytest.raises(GateError, match=r"figures.yaml, rule FG-HIGH: figures is not a published"):
        rules.require(["figure_values"])


def test_a_reworded_threshold_macro_or_sql_makes_receipts_lapse(read):
    macro = "create or replace macro limit_of(n) as n;\n"
    rule = RULE.replace("n > $limit", "n > limit_of($limit)")
    suites = [
        read(macros=macro, figures=rule).file_suite,
        read(macros=macro, figures=rule.replace("value: 10", "value: 11")).file_suite,
        read(macros=macro.replace("as n;", "as n + 1;"), figures=rule).file_suite,
        read(macros=macro, figures=rule.replace("n >", "n >=")).file_suite,
    ]
    assert len({suite(Suite("marts.figures", ())).digest for suite in suites}) == len(suites)
