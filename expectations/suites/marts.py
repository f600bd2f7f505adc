"""What no column contract can say about the published tables: the human part of the mart gate.

Keys, types, nulls and code lists stand in the dbt contract and are derived from there.

A rule is a function from tables to a truth value a row, true where the row is wrong; it never
answers "unknown", so a null cannot pass by silence. The gate asserts that no row is wrong. Rules
that read no other table are judged file by file, the others on the whole candidate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from expectations.gate import Expectation, Severity, Suite

Frames = Mapping[str, pd.DataFrame]
_MEASURES = ("indicator_id", "service", "measure", "service_line", "source_feed", "snapshot")

FIGURE_KEY = [
    "indicator_id",
    "basis",
    "period_type",
    "period_start",
    "period_end",
    "area_code",
    "breakdown",
    "breakdown_value",
]
FIGURE = [*FIGURE_KEY, "numerator", "denominator", "value", "value_status", "status_reason"]
HOME = "E08000015"  # Wirral: every indicator has its row there, also when nothing is known
INVENTED_SENDER = r"Z[0-9]{3}[A-Z]"  # demonstration senders of areas beside Wirral
REASONS = re.compile(  # the vocabulary that the README tells its readers
    r"not_due|not_received|delivery_refused|nil_base|not_mature|no_definition|no_feed"
    r"|no_identity_map|withheld:\S.*|publisher:\S.*|disclosure:\S.*"
)
ADDED_UP = ("wait_band", "age_band", "sex", "primary_need", "setting_type")
# Every case is in exactly one of their values, `unknown` included.
PARTS_OF_A_BAND = ("365-728", "729+")  # parts of 365+, shown beside it: not added twice
NEVER_EMPTY = ("areas", "breakdowns", "calendar", "indicator_values", "indicators", "releases")
STOCKS = ("waiting", "within_18w", "over_52w", "median_wait", "p92_wait", "support_while_waiting")
BANDED = ("within_18w", "over_52w", "median_wait", "p92_wait")
MONTHS_OF = {"month": 1, "quarter": 3, "dec_feb": 3, "rolling_3m": 3} | dict.fromkeys(
    ("calendar_year", "academic_year", "financial_year", "rolling_12m"), 12
)
FIRST_MONTH = {"dec_feb": 12, "calendar_year": 1, "academic_year": 9, "financial_year": 4}
ROUNDING = 1e-9  # relative; a double keeps 15 to 16 digits, a percentage is one division


@dataclass(frozen=True)
class MartRule:
    """One rule: ``wrong(tables)`` is true for the rows of ``table`` that break it.

    A rule that ``reads`` columns of other tables is judged on the whole candidate and says which
    ``columns`` it needs of its own; ``release`` has one row, with the last day of its month, and
    ``figure`` is one number for the key of a figure.
    """

    code: str
    table: str
    severity: Severity
    wrong: Callable[[Frames], pd.Series]
    message: str
    action: str
    columns: tuple[str, ...] = ()
    reads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _status_and_value_disagree(tables: Frames) -> pd.Series:
    figures = tables["indicator_values"]
    is_value = figures["value_status"].eq("value")
    has_parts = figures[["numerator", "denominator"]].notna().any(axis=1)
    return (is_value != figures["value"].notna()) | (~is_value & has_parts)


def _reason_is_not_of_the_list(tables: Frames) -> pd.Series:
    figures = tables["indicator_values"]
    is_value = figures["value_status"].eq("value")
    is_known = figures["status_reason"].fillna("").str.fullmatch(REASONS.pattern)
    return (is_value & figures["status_reason"].notna()) | (~is_value & ~is_known)


def _percentage_out_of_range(tables: Frames) -> pd.Series:
    figures = tables["indicator_values"]
    return _is_share(figures) & figures["value"].notna() & ~figures["value"].between(0, 100)


def _count_is_not_a_count(tables: Frames) -> pd.Series:
    figures = tables["indicator_values"]
    is_count = figures["indicator_id"].str.endswith("_n")
    wrong_value = is_count & figures["value"].notna() & ~_is_whole(figures["value"])
    parts = figures[["numerator", "denominator"]]
    return wrong_value | parts.lt(0).any(axis=1) | np.isinf(figures["value"])


def _numerator_above_denominator(tables: Frames) -> pd.Series:
    figures = tables["indicator_values"]
    return _is_share(figures) & figures["numerator"].gt(figures["denominator"])


def _value_is_not_its_ratio(tables: Frames) -> pd.Series:
    """A share is 100 x numerator / denominator, a count its numerator; a part may not lack.

    A published share whose publisher prints no parts stands by itself.
    """
    figures = tables["indicator_values"]
    is_count = figures["indicator_id"].str.endswith("_n")
    ratio = 100 * figures["numerator"] / figures["denominator"].replace(0, np.nan)
    expected = figures["numerator"].where(is_count, ratio)
    is_equal = (figures["value"] - expected).abs() <= ROUNDING * expected.abs()
    has_parts = figures[["numerator", "denominator"]].notna().any(axis=1)
    is_equal |= figures["basis"].eq("published") & ~is_count & ~has_parts
    return figures["value"].notna() & (is_count | _is_share(figures)) & ~is_equal


def _period_is_not_a_period(tables: Frames) -> pd.Series:
    figures = tables["indicator_values"]
    start, end = figures["period_start"], figures["period_end"]
    is_wrong = ~(start <= end)
    for kind, months in MONTHS_OF.items():
        is_whole = start.dt.day.eq(1) & (end == start + pd.offsets.MonthEnd(months))
        is_wrong |= figures["period_type"].eq(kind) & ~is_whole
    for kind, month in FIRST_MONTH.items():
        is_wrong |= figures["period_type"].eq(kind) & start.dt.month.ne(month)
    return is_wrong | (figures["period_type"].eq("census") & start.ne(end))


def _period_after_the_release(tables: Frames) -> pd.Series:
    return tables["indicator_values"]["period_end"] > tables["release"]["month_end"].iloc[0]


def _all_is_not_all(tables: Frames) -> pd.Series:
    figures = tables["indicator_values"]
    return figures["breakdown"].eq("all") != figures["breakdown_value"].eq("all")


def _parts_do_not_add_up(basis: str) -> Callable[[Frames], pd.Series]:
    def wrong(tables: Frames) -> pd.Series:
        figures = tables["indicator_values"]
        is_part = (
            figures["breakdown"].isin(ADDED_UP)
            & figures["indicator_id"].str.endswith("_n")
            & figures["basis"].eq(basis)
            & ~figures["breakdown_value"].isin(PARTS_OF_A_BAND)
        )
        group = [*FIGURE_KEY[:6], "breakdown"]
        parts = figures[is_part].groupby(group, sort=False)["value"]
        sums = parts.agg(["sum", "size", "count"]).reset_index()
        is_all = figures["breakdown"].eq("all")
        totals = figures.loc[is_all, [*FIGURE_KEY[:6], "value"]]
        both = sums.merge(totals, on=FIGURE_KEY[:6], how="left")
        is_whole = both["size"].eq(both["count"])
        differing = both[both["count"].gt(0) & is_whole & both["sum"].ne(both["value"])]
        shown_of_hidden = both[both["count"].gt(0) & ~is_whole & both["value"].isna()]
        keys = pd.concat([differing, shown_of_hidden])[group]
        return is_part & _numbered(figures, group).isin(_numbered(keys, group))

    return wrong


def _has_no_row_at_home(tables: Frames) -> pd.Series:
    """Every monthly indicator of the catalogue has a local row for Wirral in every month."""
    catalogue, figures = tables["indicators"], tables["indicator_values"]
    figures = figures[figures["basis"].eq("local")]
    ends = figures.loc[figures["period_type"].eq("month"), "period_end"]
    last = tables["release"]["month_end"].iloc[0]
    months = pd.date_range(ends.min() if len(ends) else last, last, freq="ME")
    at_home = figures[
        figures["area_code"].eq(HOME)
        & figures["breakdown"].eq("all")
        & figures["period_type"].eq("month")
        & figures["period_end"].isin(months)
    ]
    known = at_home.groupby("indicator_id")["period_end"].nunique()
    have = catalogue["indicator_id"].map(known).fillna(0)
    return catalogue["cadence"].str.startswith("monthly") & have.lt(len(months))


def _withheld_without_a_finding(tables: Frames) -> pd.Series:
    """The finding is of a month of the period; what happened then may rest on later snapshots."""
    figures = tables["indicator_values"].reset_index(names="row")
    findings = _holding(tables)[["rule_id", "period_end"]].drop_duplicates()
    is_withheld = figures["status_reason"].fillna("").str.startswith("withheld:")
    named = figures[is_withheld].merge(
        tables["indicators"][["indicator_id", "snapshot"]], on="indicator_id", how="left"
    )
    named["rule_id"] = named["status_reason"].str.removeprefix("withheld:")
    pairs = named.merge(findings, on="rule_id", suffixes=("", "_finding"))
    is_in_time = pairs["period_end_finding"].ge(pairs["period_start"]) & (
        pairs["snapshot"].eq("newest") | pairs["period_end_finding"].le(pairs["period_end"])
    )
    known = figures["row"].isin(pairs.loc[is_in_time, "row"])
    return pd.Series((is_withheld & ~known).to_numpy(), dtype=bool)


def _holding(tables: Frames) -> pd.DataFrame:
    findings = tables["quality_findings"]
    return findings[findings["severity"].isin(["withhold", "refuse"])]


def _shown_despite_a_finding(tables: Frames) -> pd.Series:
    """A stock of a list that a finding withholds, at the organisation and in Wirral's total."""
    figures = tables["indicator_values"].reset_index(names="row")
    holding = _holding(tables)
    measures = tables["indicators"][list(_MEASURES)]
    shown = figures[figures["value"].notna() & figures["breakdown"].isin(["all", "service"])]
    shown = shown.merge(measures, on="indicator_id", how="left")
    pairs = pd.concat([_local_pairs(shown, holding), _published_pairs(shown, holding)])
    is_held = pairs["measure"].isin(BANDED) | (
        pairs["scope"].eq("list") & pairs["measure"].isin(STOCKS)
    )
    held = {*pairs.loc[is_held, "row"], *_feed_pairs(shown, holding)["row"]}
    return pd.Series(figures["row"].isin(held).to_numpy(), dtype=bool)


def _feed_pairs(shown: pd.DataFrame, holding: pd.DataFrame) -> pd.DataFrame:
    """Positions counted from a snapshot that a finding keeps out as a whole: no service line."""
    whole = holding[holding["scope"].eq("list") & holding["service_line"].isna()]
    stocks = shown[shown["basis"].eq("local") & shown["snapshot"].eq("month")]
    pairs = stocks.merge(
        _at_home_too(whole[whole["basis"].eq("local")]),
        left_on=["source_feed", "area_code"],
        right_on=["dataset", "org_code"],
        suffixes=("", "_finding"),
    )
    return pairs[pairs["period_end_finding"].between(pairs["period_start"], pairs["period_end"])]


def _at_home_too(findings: pd.DataFrame) -> pd.DataFrame:
    """What bears on a sender bears on Wirral, unless its area is invented."""
    of_wirral = findings[~findings["org_code"].fillna("").str.fullmatch(INVENTED_SENDER)]
    return pd.concat([findings, of_wirral.assign(org_code=HOME)])


def _local_pairs(shown: pd.DataFrame, holding: pd.DataFrame) -> pd.DataFrame:
    """Local lists: the finding's line is a service code."""
    return shown.merge(
        _at_home_too(holding[holding["basis"].eq("local")]),
        left_on=["basis", "period_end", "area_code", "service"],
        right_on=["basis", "period_end", "org_code", "service_line"],
        suffixes=("", "_finding"),
    )


def _published_pairs(shown: pd.DataFrame, holding: pd.DataFrame) -> pd.DataFrame:
    """Published lists: the finding's line is the indicator's own, or one of all services."""
    held = holding[holding["basis"].eq("published")]
    is_part = shown["breakdown"].eq("service")
    lines = shown["service_line"].where(~is_part, "(CYP) " + shown["breakdown_value"])
    return shown.assign(line=lines)[lines.notna()].merge(
        held,
        left_on=["basis", "period_end", "area_code", "line"],
        right_on=["basis", "period_end", "org_code", "service_line"],
        suffixes=("", "_finding"),
    )


def _has_no_input(tables: Frames) -> pd.Series:
    figures = tables["indicator_values"]
    return figures["value"].notna() & ~figures["figure"].isin(tables["figure_inputs"]["figure"])


def _input_of_no_figure(tables: Frames) -> pd.Series:
    return ~tables["figure_inputs"]["figure"].isin(tables["indicator_values"]["figure"])


def _input_of_no_submission(tables: Frames) -> pd.Series:
    known = tables["submissions"]["submission_id"]
    return ~tables["figure_inputs"]["submission_id"].isin(known)


def _steps_do_not_add_up(part: str) -> Callable[[Frames], pd.Series]:
    """A figure without steps passes here: ``has_no_steps`` finds it."""

    def wrong(tables: Frames) -> pd.Series:
        figures, steps = tables["indicator_values"], tables["figure_steps"]
        sums = steps[f"counts_in_{part}"].fillna(0).groupby(steps["figure"]).sum()
        total = figures["figure"].map(sums)
        return figures[part].notna() & total.notna() & figures[part].ne(total)

    return wrong


def _has_no_steps(tables: Frames) -> pd.Series:
    figures = tables["indicator_values"]
    is_whole = figures["breakdown"].eq("all") & figures["value"].notna()
    return is_whole & ~figures["figure"].isin(tables["figure_steps"]["figure"])


def _list_is_not_a_count(tables: Frames) -> pd.Series:
    lists = tables["waiting_list"]
    is_value = lists["value_status"].eq("value")
    is_count = _is_whole(lists["referral_count"])
    is_hidden = lists["referral_count"].isna() & lists["status_reason"].notna()
    in_order = lists["period_start"] <= lists["period_end"]
    return ~(is_count.where(is_value, is_hidden) & in_order)


def _neither_value_nor_symbol(tables: Frames) -> pd.Series:
    """A text that is neither a number nor a known symbol stands as published, with a finding."""
    cells = tables["official_statistics"]
    has_value, has_symbol = cells["value"].notna(), cells["symbol"].notna()
    is_silent = ~has_value & ~has_symbol & cells["value_text"].fillna("").str.strip().eq("")
    return (has_value & has_symbol) | is_silent


def _edition_without_cells(tables: Frames) -> pd.Series:
    submissions, cells = tables["submissions"], tables["official_statistics"]
    is_official = submissions["feed"].isin(cells["dataset"].unique())
    is_input = submissions["submission_id"].isin(tables["figure_inputs"]["submission_id"].unique())
    has_cells = submissions["submission_id"].isin(cells["submission_id"].unique())
    return is_official & is_input & ~has_cells


def _finding_without_words(tables: Frames) -> pd.Series:
    findings = tables["quality_findings"]
    words = findings[["rule_id", "message", "action"]].fillna("")
    return words.apply(lambda column: column.str.strip().eq("")).any(axis=1)


def _nothing_was_restated(tables: Frames) -> pd.Series:
    changes = tables["restatements"]
    same_value = changes["old_value"].eq(changes["new_value"]) | (
        changes["old_value"].isna() & changes["new_value"].isna()
    )
    same_status = changes["old_status"].eq(changes["new_status"])
    same_release = changes["old_release"].eq(changes["new_release"])
    return (same_value & same_status) | same_release


def _restated_to_another_value(tables: Frames) -> pd.Series:
    changes, figures = tables["restatements"], tables["indicator_values"]
    value = changes["figure"].map(figures.set_index("figure")["value"])
    is_same = value.eq(changes["new_value"]) | (value.isna() & changes["new_value"].isna())
    return ~is_same


def _rows_are_lost(tables: Frames) -> pd.Series:
    submissions = tables["submissions"]
    parts = submissions[["rows_kept", "rows_quarantined", "rows_discarded"]]
    is_uncounted = parts.isna().all(axis=1) & submissions["rows_landed"].isna()
    return ~is_uncounted & submissions["rows_landed"].ne(parts.sum(axis=1, skipna=False))


def _is_share(figures: pd.DataFrame) -> pd.Series:
    return figures["indicator_id"].str.endswith("_pct")


def _is_whole(values: pd.Series) -> pd.Series:
    return values.ge(0) & values.mod(1).eq(0)


def _numbered(frame: pd.DataFrame, columns: list[str]) -> pd.Series:
    """One number a row in place of many columns: 300,000 keys are matched in a second."""
    return pd.util.hash_pandas_object(frame[columns], index=False)


_RUN_AGAIN = "Nothing is released. Mend the model that makes the figure and run the month again."

RULES = (
    MartRule(
        "IV-STATUS",
        "indicator_values",
        "refuse",
        _status_and_value_disagree,
        "A figure and its status disagree: a value without status 'value', or the reverse.",
        _RUN_AGAIN,
    ),
    MartRule(
        "IV-REASON",
        "indicator_values",
        "refuse",
        _reason_is_not_of_the_list,
        "A figure is missing for a reason that readers do not know, or for none.",
        "Nothing is released. Give the figure a status and reason of the published list.",
    ),
    MartRule(
        "IV-PERCENT",
        "indicator_values",
        "refuse",
        _percentage_out_of_range,
        "A percentage lies outside 0 to 100.",
        _RUN_AGAIN,
    ),
    MartRule(
        "IV-COUNT",
        "indicator_values",
        "refuse",
        _count_is_not_a_count,
        "A number of people is negative, infinite or not whole.",
        _RUN_AGAIN,
    ),
    MartRule(
        "IV-SHARE",
        "indicator_values",
        "refuse",
        _numerator_above_denominator,
        "More people are counted above the line of a percentage than below it.",
        _RUN_AGAIN,
    ),
    MartRule(
        "IV-RATIO",
        "indicator_values",
        "refuse",
        _value_is_not_its_ratio,
        "A figure is not what its numerator and denominator make.",
        _RUN_AGAIN,
    ),
    MartRule(
        "IV-PERIOD",
        "indicator_values",
        "refuse",
        _period_is_not_a_period,
        "A period ends before it begins, or does not consist of the calendar months of its kind.",
        _RUN_AGAIN,
    ),
    MartRule(
        "IV-ALL",
        "indicator_values",
        "refuse",
        _all_is_not_all,
        "A figure is 'all' in one of breakdown and breakdown value, but not in the other.",
        _RUN_AGAIN,
    ),
    MartRule(
        "IV-PARTS",
        "indicator_values",
        "refuse",
        _parts_do_not_add_up("local"),
        "The parts of a breakdown do not add up to the figure for all.",
        _RUN_AGAIN,
    ),
    MartRule(
        "IV-PARTS-PUBLISHED",
        "indicator_values",
        "note",
        _parts_do_not_add_up("published"),
        "A publisher's wait bands do not add up to its own total.",
        "Read the findings of the waiting lists; the publisher may count by other means.",
    ),
    MartRule(
        "IV-FUTURE",
        "indicator_values",
        "refuse",
        _period_after_the_release,
        "A figure is for a period that ends after the month of the release.",
        _RUN_AGAIN,
        columns=tuple(FIGURE),
        reads={"release": ("month_end",)},
    ),
    MartRule(
        "IV-INPUT",
        "indicator_values",
        "refuse",
        _has_no_input,
        "A figure has a value, but no submission from which it comes.",
        _RUN_AGAIN,
        reads={"figure_inputs": (*FIGURE_KEY, "submission_id")},
    ),
    MartRule(
        "IV-STEPS",
        "indicator_values",
        "refuse",
        _has_no_steps,
        "A figure has a value, but no steps that show how it was counted.",
        _RUN_AGAIN,
        reads={"figure_steps": tuple(FIGURE_KEY)},
    ),
    MartRule(
        "IV-NUMERATOR",
        "indicator_values",
        "refuse",
        _steps_do_not_add_up("numerator"),
        "The steps of a figure do not add up to its numerator.",
        _RUN_AGAIN,
        reads={"figure_steps": (*FIGURE_KEY, "counts_in_numerator")},
    ),
    MartRule(
        "IV-DENOMINATOR",
        "indicator_values",
        "refuse",
        _steps_do_not_add_up("denominator"),
        "The steps of a figure do not add up to its denominator.",
        _RUN_AGAIN,
        reads={"figure_steps": (*FIGURE_KEY, "counts_in_denominator")},
    ),
    MartRule(
        "IV-FINDING",
        "indicator_values",
        "refuse",
        _withheld_without_a_finding,
        "A figure is withheld by a rule that found nothing in its period.",
        "Nothing is released. Compare the reason with the findings and run the month again.",
        reads={
            "quality_findings": ("severity", "rule_id", "period_end"),
            "indicators": ("indicator_id", "snapshot"),
        },
    ),
    MartRule(
        "IV-WITHHELD",
        "indicator_values",
        "refuse",
        _shown_despite_a_finding,
        "A figure is shown although a finding withholds the list that it comes from.",
        "Nothing is released. Withhold the figure, or settle the finding with its sender.",
        reads={
            "quality_findings": (
                "severity",
                "rule_id",
                "dataset",
                "basis",
                "period_end",
                "org_code",
                "service_line",
                "scope",
            ),
            "indicators": _MEASURES,
        },
    ),
    MartRule(
        "IN-HOME",
        "indicators",
        "refuse",
        _has_no_row_at_home,
        "An indicator of the catalogue has no row for Wirral in one of the months.",
        "Nothing is released. A figure that is not known needs a row that says why.",
        columns=("indicator_id", "cadence"),
        reads={"indicator_values": tuple(FIGURE), "release": ("month_end",)},
    ),
    MartRule(
        "WT-COUNT",
        "waiting_list",
        "refuse",
        _list_is_not_a_count,
        "A number of people waiting is no count, or is shown or missing against its status.",
        _RUN_AGAIN,
    ),
    MartRule(
        "OS-CELL",
        "official_statistics",
        "refuse",
        _neither_value_nor_symbol,
        "A published cell has both a value and a symbol, or neither.",
        "Nothing is released. Read the cell in the publisher's file and mend its reader.",
    ),
    MartRule(
        "SB-CELLS",
        "submissions",
        "refuse",
        _edition_without_cells,
        "Figures come from an official edition of which no cell is shown.",
        _RUN_AGAIN,
        columns=("submission_id", "feed"),
        reads={
            "figure_inputs": (*FIGURE_KEY, "submission_id"),
            "official_statistics": ("dataset", "submission_id"),
        },
    ),
    MartRule(
        "SB-ROWS",
        "submissions",
        "refuse",
        _rows_are_lost,
        "The rows that landed are not those kept, quarantined and discarded together.",
        "Nothing is released. Find the reader that loses rows, then receive the delivery again.",
    ),
    MartRule(
        "QF-WORDS",
        "quality_findings",
        "refuse",
        _finding_without_words,
        "A finding does not say what is wrong, or what to do about it.",
        "Nothing is released. Complete the words of the rule that makes the finding.",
    ),
    MartRule(
        "FI-FIGURE",
        "figure_inputs",
        "refuse",
        _input_of_no_figure,
        "An input belongs to no figure.",
        _RUN_AGAIN,
        columns=tuple(FIGURE_KEY),
        reads={"indicator_values": tuple(FIGURE)},
    ),
    MartRule(
        "FI-SUBMISSION",
        "figure_inputs",
        "refuse",
        _input_of_no_submission,
        "A figure comes from a submission that the release does not list.",
        _RUN_AGAIN,
        columns=("submission_id",),
        reads={"submissions": ("submission_id", "feed")},
    ),
    MartRule(
        "RS-CHANGE",
        "restatements",
        "refuse",
        _nothing_was_restated,
        "A restatement names a figure that did not change.",
        _RUN_AGAIN,
    ),
    MartRule(
        "RS-VALUE",
        "restatements",
        "refuse",
        _restated_to_another_value,
        "A restatement announces another value than the figure has.",
        _RUN_AGAIN,
        columns=(*FIGURE_KEY, "new_value"),
        reads={"indicator_values": tuple(FIGURE)},
    ),
)


def _columns_of_the_whole() -> dict[str, tuple[str, ...]]:
    columns: dict[str, dict[str, None]] = {}
    for rule in (rule for rule in RULES if rule.reads):
        for table, names in {rule.table: rule.columns, **rule.reads}.items():
            columns.setdefault(table, {}).update(dict.fromkeys(names))
    return {table: tuple(names) for table, names in sorted(columns.items()) if table != "release"}


WHOLE_READS = _columns_of_the_whole()
WHOLE_TABLES = tuple(sorted({rule.table for rule in RULES if rule.reads}))


_HAS_ROWS = Expectation(
    rule="MART-EMPTY",
    type="expect_table_row_count_to_be_between",
    kwargs={"min_value": 1},
    severity="refuse",
    message="A table that is never empty has no rows.",
    action=_RUN_AGAIN,
)


def with_rules(derived: Suite, table: str) -> Suite:
    """Add to a table's derived suite the rules that need no other table."""
    rules = [rule for rule in RULES if rule.table == table and not rule.reads]
    has_rows = [_HAS_ROWS] if table in NEVER_EMPTY else []
    return _suite(derived.id, table, rules, (*derived.expectations, *has_rows))


def whole_suite(table: str) -> Suite:
    """Give the rules about one table that read others too; judged on ``measure_whole``."""
    rules = [rule for rule in RULES if rule.table == table and rule.reads]
    return _suite(f"marts.whole.{table}", table, rules, ())


def identified(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the column ``figure``, one number a figure, where a table has the key of figures."""
    if not set(FIGURE_KEY) <= set(frame.columns):
        return frame
    return frame.assign(figure=_numbered(frame, FIGURE_KEY))


def measure_whole(tables: Frames, table: str) -> pd.DataFrame:
    """Measure one table against the others: a column a rule, 1 where the row is wrong."""
    rules = [rule for rule in RULES if rule.table == table and rule.reads]
    return _measured(tables, rules)


def _suite(
    suite_id: str, table: str, rules: list[MartRule], derived: tuple[Expectation, ...]
) -> Suite:
    def evidence(frame: pd.DataFrame) -> pd.DataFrame:
        is_measured = all(rule.code in frame.columns for rule in rules)
        return frame if is_measured else frame.join(_measured({table: frame}, rules))

    expectations = [
        Expectation(
            rule=rule.code,
            type="expect_column_values_to_be_between",
            kwargs={"column": rule.code, "max_value": 0},
            severity=rule.severity,
            message=rule.message,
            action=rule.action,
        )
        for rule in rules
    ]
    return Suite(suite_id, (*derived, *expectations), evidence=evidence)


def _measured(tables: Frames, rules: list[MartRule]) -> pd.DataFrame:
    wrong = {rule.code: rule.wrong(tables).astype("int8") for rule in rules}
    return pd.DataFrame(wrong)
