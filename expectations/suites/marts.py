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
ADDED_UP = (
    "wait_band", "age_band", "sex", "ethnicity_group", "primary_need", "setting_type", "service",
    "ground",
)  # fmt: skip
# Every case is in exactly one of their values, `unknown` included.
PARTS_OF_A_BAND = ("365-728", "729+")  # parts of 365+, shown beside it: not added twice
NEVER_EMPTY = (
    "areas", "breakdowns", "calendar", "improvement_plan", "indicator_latest", "indicator_status",
    "indicator_values", "indicators", "parameters", "priority_action_areas", "releases",
    "roadmap", "status_reasons", "trajectory_points",
)  # fmt: skip
STOCKS = ("waiting", "within_18w", "over_52w", "median_wait", "p92_wait", "support_while_waiting")
BANDED = ("within_18w", "over_52w", "median_wait", "p92_wait")
MONTHS_OF = {"month": 1, "quarter": 3, "dec_feb": 3, "rolling_3m": 3} | dict.fromkeys(
    ("calendar_year", "academic_year", "financial_year", "rolling_12m"), 12
)
FIRST_MONTH = {"dec_feb": 12, "calendar_year": 1, "academic_year": 9, "financial_year": 4, "ytd": 1}
LAST_MONTHS = {"quarter": (3, 6, 9, 12), "dec_feb": (2,), "calendar_year": (12,)} | {
    "academic_year": (8,)
}
ROUNDING = 1e-9  # relative; a double keeps 15 to 16 digits, a percentage is one division
STATUS_KEY = ("indicator_id", "basis", "period_type", "period_start", "period_end", "area_code")
STATUS = (*STATUS_KEY, "value", "numerator", "denominator", "value_status", "status_reason")
_POINT_KEY = ("indicator_id", "basis", "area_code", "period_end", "chart")
LAST_DIGITS = 1e-9  # two figures no further apart are the same: of percentages and small counts
_CHART = ("spc_mean", "spc_lower", "spc_upper", "spc_rule", "spc_reason", "variation", "assurance")

_STAGES = ("plan", "assessment", "either")
_NEEDS = ("slt", "nd", "branch", "neet", "any", "two_or_more")
_BY_MAP = ("slt", "nd", "branch")
_COHORT_COUNTS = (
    "person_count", "base_count", "linked_count", "not_linked_count",
    "identified_need_count", "unidentified_need_count",
)  # fmt: skip
_REASON = ("reason", "detail", "value_status")
_WITHHOLDING = ("withheld:", "publisher:", "disclosure:")
_GROWING = ("cases_passing_limit", "reviews_due")


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
    for kind, last_months in LAST_MONTHS.items():
        is_wrong |= figures["period_type"].eq(kind) & ~end.dt.month.isin(last_months)
    is_to_date = start.dt.day.eq(1) & start.dt.year.eq(end.dt.year) & end.dt.is_month_end
    is_wrong |= figures["period_type"].eq("ytd") & figures["basis"].eq("local") & ~is_to_date
    return is_wrong | (figures["period_type"].eq("census") & start.ne(end))


def _period_after_the_release(tables: Frames) -> pd.Series:
    return tables["indicator_values"]["period_end"] > tables["release"]["month_end"].iloc[0]


def _all_is_not_all(tables: Frames) -> pd.Series:
    figures = tables["indicator_values"]
    return figures["breakdown"].eq("all") != figures["breakdown_value"].eq("all")


def _completeness_of_no_figure(tables: Frames) -> pd.Series:
    """Only a local figure can be finished or not: publishers revise theirs by editions."""
    figures = tables["indicator_values"]
    is_figure = figures["basis"].eq("local") & figures["value_status"].eq("value")
    return figures["is_complete"].notna() & ~is_figure


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


def _shares_do_not_add_up(tables: Frames) -> pd.Series:
    """Above and below the line: the parts of a local share are those of its whole."""
    figures = tables["indicator_values"]
    is_local = figures["basis"].eq("local") & _is_share(figures)
    is_known = figures["value_status"].isin(["value", "not_applicable"])
    parts = figures[["numerator", "denominator"]].fillna(0).assign(known=is_known)
    counted = pd.concat([figures[[*FIGURE_KEY[:6], "breakdown"]], parts], axis=1)
    is_part = is_local & figures["breakdown"].isin(ADDED_UP)
    group = [*FIGURE_KEY[:6], "breakdown"]
    sums = counted[is_part].groupby(group, sort=False)
    sums = sums.agg({"numerator": "sum", "denominator": "sum", "known": "all"}).reset_index()
    wholes = counted[is_local & figures["breakdown"].eq("all")].drop(columns="breakdown")
    both = sums.merge(wholes, on=FIGURE_KEY[:6], suffixes=("", "_of_all"))
    differs = both["numerator"].ne(both["numerator_of_all"])
    differs |= both["denominator"].ne(both["denominator_of_all"])
    keys = both.loc[differs & both["known"] & both["known_of_all"], group]
    return is_part & _numbered(figures, group).isin(_numbered(keys, group))


def _has_no_row_at_home(tables: Frames) -> pd.Series:
    """Every indicator has a local row for Wirral for each period of its kinds that has ended."""
    catalogue, figures = tables["indicators"], tables["indicator_values"]
    at_home = figures[
        figures["basis"].eq("local")
        & figures["area_code"].eq(HOME)
        & figures["breakdown"].eq("all")
    ]
    is_month = figures["basis"].eq("local") & figures["period_type"].eq("month")
    ends = figures.loc[is_month, "period_end"]
    last = tables["release"]["month_end"].iloc[0]
    months = pd.date_range(ends.min() if len(ends) else last, last, freq="ME")
    known = at_home.groupby(["indicator_id", "period_type"])["period_end"].agg(set).to_dict()
    lacks = [
        any(
            not set(_ends(kind, months, one.census_month))
            <= known.get((one.indicator_id, kind), set())
            for kind in one.period_types.split("; ")
        )
        for one in catalogue.fillna({"period_types": "month"}).itertuples()
    ]
    is_due = catalogue["period_types"].notna()
    return is_due & pd.Series(lacks, index=catalogue.index, dtype=bool)


def _ends(kind: str, months: pd.DatetimeIndex, census_month: float) -> pd.DatetimeIndex:
    """The last days of the periods of a kind that end in these months."""
    if kind == "census":
        return months[months.month == census_month]
    return months[months.month.isin(LAST_MONTHS.get(kind, range(1, 13)))]


def _has_no_newest_row_at_home(tables: Frames) -> pd.Series:
    """Also one that is counted once a year, before its first year has ended."""
    newest = tables["indicator_latest"]
    at_home = newest[newest["basis"].eq("local") & newest["area_code"].eq(HOME)]
    return ~tables["indicators"]["indicator_id"].isin(at_home["indicator_id"])


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


def _withheld_is_told_as_restated(tables: Frames) -> pd.Series:
    """The figure before stands in the row, unless the figure is withheld now."""
    changes, figures = tables["restatements"], tables["indicator_values"]
    is_withheld = figures["status_reason"].fillna("").str.startswith(_WITHHOLDING)
    is_now_withheld = changes["figure"].isin(figures.loc[is_withheld, "figure"])
    return changes["old_value"].notna() != (changes["old_status"].eq("value") & ~is_now_withheld)


def _rows_are_lost(tables: Frames) -> pd.Series:
    submissions = tables["submissions"]
    parts = submissions[["rows_kept", "rows_quarantined", "rows_discarded"]]
    is_uncounted = parts.isna().all(axis=1) & submissions["rows_landed"].isna()
    return ~is_uncounted & submissions["rows_landed"].ne(parts.sum(axis=1, skipna=False))


def _cohort_is_no_count(tables: Frames) -> pd.Series:
    """Of a row with a value every count is one; nobody is counted who is not of the stage.

    Who waits for a health service is found by the map alone, so there are no more than it links.
    """
    cohort = tables["cross_agency_cohort"]
    counts = cohort[list(_COHORT_COUNTS)]
    is_value = cohort["value_status"].eq("value")
    is_whole = (counts.ge(0) & counts.mod(1).eq(0)).all(axis=1)
    adds_up = cohort["base_count"].eq(cohort["linked_count"] + cohort["not_linked_count"])
    most = cohort["linked_count"].where(cohort["need"].isin(_BY_MAP), cohort["base_count"])
    is_right = is_whole & adds_up & cohort["person_count"].le(most)
    return ~is_right.where(is_value, counts.isna().all(axis=1))


def _reason_disagrees(table: str) -> Callable[[Frames], pd.Series]:
    """A value has no reason; a row without one has a reason of ``status_reasons``."""

    def wrong(tables: Frames) -> pd.Series:
        rows = tables[table]
        told = rows["value_status"] + " " + rows["status_reason"].fillna("")
        known = _known_reasons(tables["status_reasons"])
        found = {one for one in told.unique() if re.fullmatch(known, one)}
        return ~told.isin(found)

    return wrong


def _known_reasons(reasons: pd.DataFrame) -> str:
    """Join every status and its reasons into one pattern; a reason with a detail requires it."""
    patterns = ["value "]
    for one in reasons.itertuples():
        statuses = "|".join(one.value_status.split("; "))
        detail = r":\S.*" if isinstance(one.detail, str) else ""
        patterns.append(f"(?:{statuses}) {re.escape(one.reason)}{detail}")
    return "|".join(patterns)


def _cohort_lacks_a_row(tables: Frames) -> pd.Series:
    cohort = tables["cross_agency_cohort"]
    cells = cohort["stage"] + " " + cohort["need"]
    kinds = cells.groupby([cohort["period_end"], cohort["area_code"]]).transform("nunique")
    return kinds.ne(len(_STAGES) * len(_NEEDS))


def _cohort_is_not_its_parts(tables: Frames) -> pd.Series:
    """Either stage is at least the larger and at most both together; any need likewise."""
    cohort = tables["cross_agency_cohort"].reset_index(names="row")
    by_stage = _beside(cohort, "stage", ["need"], "person_count")
    is_wrong = cohort["stage"].eq("either") & _outside(cohort, by_stage, ["plan", "assessment"])
    by_stage = _beside(cohort, "stage", ["need"], "base_count")
    is_wrong |= cohort["stage"].eq("either") & _outside(
        cohort, by_stage, ["plan", "assessment"], "base_count"
    )
    by_need = _beside(cohort, "need", ["stage"], "person_count")
    is_wrong |= cohort["need"].eq("any") & _outside(cohort, by_need, [*_NEEDS[:4]])
    has_more = cohort["person_count"].gt(by_need["any"].to_numpy())
    return is_wrong | (cohort["need"].eq("two_or_more") & has_more)


def _beside(cohort: pd.DataFrame, name: str, others: list[str], count: str) -> pd.DataFrame:
    """Beside each row the counts of all values of ``name`` of its month, area and the others."""
    place = ["period_end", "area_code", *others]
    wide = cohort.pivot_table(index=place, columns=name, values=count, aggfunc="max")
    wide = wide.reindex(columns=[*_STAGES] if name == "stage" else [*_NEEDS])
    return wide.reindex(pd.MultiIndex.from_frame(cohort[place])).reset_index(drop=True)


def _outside(
    cohort: pd.DataFrame, parts: pd.DataFrame, names: list[str], count: str = "person_count"
) -> pd.Series:
    known = parts[names]
    is_whole = cohort[count].notna() & known.notna().all(axis=1)
    return is_whole & ~cohort[count].between(known.max(axis=1), known.sum(axis=1))


def _forecast_is_no_figure(tables: Frames) -> pd.Series:
    """A value lies in its range; without the status value there is neither."""
    forecasts = tables["forecasts"]
    figures = forecasts[["value", "low", "high"]]
    is_finite = figures.notna().all(axis=1) & ~np.isinf(figures).any(axis=1)
    in_range = forecasts["value"].between(forecasts["low"], forecasts["high"])
    is_value = forecasts["value_status"].eq("value")
    return ~(is_finite & in_range).where(is_value, figures.isna().all(axis=1))


def _forecast_falls_with_time(tables: Frames) -> pd.Series:
    """What has passed by a day has passed by every later one; cases and plans are whole."""
    forecasts = tables["forecasts"]
    grows = forecasts["kind"].isin(_GROWING) & forecasts["value"].notna()
    ordered = forecasts[grows].sort_values("horizon_date")
    most = ordered.groupby(["area_code", "kind", "subject"])["value"].cummax()
    falls = ordered["value"].lt(most).reindex(forecasts.index, fill_value=False)
    return falls | (grows & ~_is_whole(forecasts["value"]))


def _course_without_reading(tables: Frames) -> pd.Series:
    """A course says whether it meets a point, or that its points are too few; nothing else does."""
    forecasts = tables["forecasts"]
    is_course, is_value = forecasts["kind"].eq("course"), forecasts["value_status"].eq("value")
    is_read = forecasts["reading"].isin(["on_course", "off_course"])
    is_read &= forecasts["target_value"].notna()
    is_right = is_read.where(is_value, forecasts["reading"].eq("too_few_points"))
    return ~is_right.where(is_course, forecasts["reading"].isna())


def _forecast_without_words(tables: Frames) -> pd.Series:
    words = tables["forecasts"][["title", "unit", "assumption", "range_text"]].fillna("")
    return words.apply(lambda column: column.str.strip().eq("")).any(axis=1)


def _forecast_of_another_day(tables: Frames) -> pd.Series:
    """Everything is counted from the last day of the release's month, and looks ahead."""
    forecasts = tables["forecasts"]
    is_of_month = forecasts["period_end"].eq(tables["release"]["month_end"].iloc[0])
    return ~is_of_month | forecasts["horizon_date"].lt(forecasts["period_end"])


def _rests_on_no_submission(table: str) -> Callable[[Frames], pd.Series]:
    """A value names what it rests on, and the release lists each of them."""

    def wrong(tables: Frames) -> pd.Series:
        rows, known = tables[table], tables["submissions"]["submission_id"]
        named = rows["submission_ids"].fillna("").str.split().explode()
        unknown = named.notna() & ~named.isin(known)
        has_unknown = unknown.groupby(level=0).any().reindex(rows.index, fill_value=False)
        return has_unknown | (rows["value_status"].eq("value") & rows["submission_ids"].isna())

    return wrong


def _whole_figures(tables: Frames) -> pd.DataFrame:
    figures = tables["indicator_values"]
    return figures[figures["breakdown"].eq("all")]


def _has_no_status(tables: Frames) -> pd.Series:
    figures, status = tables["indicator_values"], tables["indicator_status"]
    told = _numbered(figures, [*STATUS_KEY]).isin(_numbered(status, [*STATUS_KEY]))
    return figures["breakdown"].eq("all") & ~told


def _status_of_another_figure(tables: Frames) -> pd.Series:
    """Value, parts and reason of a status are those of the one figure that it is about."""
    status = tables["indicator_status"].reset_index(names="row")
    both = status.merge(_whole_figures(tables), on=[*STATUS_KEY], suffixes=("", "_of_figure"))
    differs = pd.Series(False, index=both.index)
    for name in (*STATUS[len(STATUS_KEY) :], "is_revised", "is_complete"):
        one, other = both[name], both[f"{name}_of_figure"]
        differs |= one.ne(other) & ~(one.isna() & other.isna())
    return ~status["row"].isin(both.loc[~differs, "row"])


def _another_month_before(tables: Frames) -> pd.Series:
    """Beside a month stand the month before and the same month a year before, as they are told."""
    status = tables["indicator_status"]
    is_month = status["period_type"].eq("month")
    key = [*STATUS_KEY[:2], "area_code"]
    months = status.loc[is_month, [*key, "period_end", "value"]]
    is_wrong = pd.Series(False, index=status.index)
    for name, back in {"previous_value": 1, "year_ago_value": 12}.items():
        ends = status["period_end"] - pd.offsets.MonthEnd(back)
        wanted = status[[*key, name]].assign(period_end=ends)
        found = wanted.merge(months, on=[*key, "period_end"], how="left")["value"].to_numpy()
        is_same = wanted[name].eq(found) | (wanted[name].isna() & pd.isna(found))
        is_wrong |= is_month & ~is_same
    return is_wrong


def _expected_without_reading(table: str) -> Callable[[Frames], pd.Series]:
    """A trajectory that expects something says how it is read, and by which operator it is met."""
    operator = "operator" if table == "trajectory_points" else "trajectory_operator"

    def wrong(tables: Frames) -> pd.Series:
        rows = tables[table]
        is_read = rows["trajectory_read"].ne("none")
        is_wrong = rows["trajectory_value"].notna().ne(is_read)
        return is_wrong | rows[operator].isin(["=", ">", "<"]).ne(is_read)

    return wrong


def _cited_from_elsewhere(tables: Frames) -> pd.Series:
    """A point cites its own month, every other reading a cell before it, a straight line two."""
    points = tables["trajectory_points"]
    read, end, cited = points["trajectory_read"], points["period_end"], points["plan_period_end"]
    has_next = points["next_raw"].notna() & points["next_period_end"].gt(end)
    is_right = points["plan_raw"].notna() & cited.lt(end).where(
        read.ne("plan_point"), cited.eq(end)
    )
    has_no_next = points[["next_raw", "next_period_end"]].isna().all(axis=1)
    is_right &= has_next.where(read.eq("interpolated"), has_no_next)
    cites_nothing = points[["plan_raw", "plan_period_end", "next_raw"]].isna().all(axis=1)
    return ~is_right.where(read.ne("none"), cites_nothing)


def _shortfall(
    actual: pd.Series, operator: pd.Series, expected: pd.Series, direction: pd.Series
) -> pd.Series:
    """By how much a figure is worse than expected; null where neither more nor less is asked."""
    wants_more = operator.isin([">", "higher"]) | (operator.eq("=") & direction.eq("higher"))
    wants_less = operator.isin(["<", "lower"]) | (operator.eq("=") & direction.eq("lower"))
    more, less = (expected - actual).where(wants_more), (actual - expected).where(wants_less)
    return more.fillna(less)


def _is_met(shortfall: pd.Series, operator: pd.Series) -> pd.Series:
    return shortfall.le(LAST_DIGITS).where(operator.eq("="), shortfall.lt(-LAST_DIGITS))


def _rated_otherwise(tables: Frames) -> pd.Series:
    """The colour follows from figure, trajectory and the allowance that the release publishes."""
    status, facts = tables["indicator_status"], tables["indicators"].set_index("indicator_id")
    of = {name: status["indicator_id"].map(facts[name]) for name in facts.columns}
    settled = tables["parameters"].set_index("name")["value"]
    expected, operator = status["trajectory_value"], status["trajectory_operator"]
    shortfall = _shortfall(status["value"], operator, expected, of["direction"])
    allowed = (expected * float(settled["rag_amber_pct"]) / 100).where(
        of["unit"].ne("pct"), float(settled["rag_amber_points"])
    )
    colour = pd.Series("red", index=status.index)
    colour = colour.mask(shortfall.le(allowed + LAST_DIGITS), "amber")
    colour = colour.mask(_is_met(shortfall, operator), "green")
    may_be_grey = shortfall.isna() | of["rag_rule"].eq("none") | of["source_feed"].eq("surveys")
    is_right = (status["rag"].eq(colour) & shortfall.notna()) | (
        status["rag"].eq("grey") & may_be_grey
    )
    return ~is_right


def _limits_without_order(table: str) -> Callable[[Frames], pd.Series]:
    """All limits or none; what is judged by them is judged only with them, else there is why."""

    def wrong(tables: Frames) -> pd.Series:
        rows = tables[table]
        names = ["spc_lower", "near_lower", "spc_mean", "near_upper", "spc_upper"]
        limits = rows[[name for name in names if name in rows.columns]]
        has_all, has_none = limits.notna().all(axis=1), limits.isna().all(axis=1)
        is_ordered = limits.diff(axis=1).iloc[:, 1:].ge(-LAST_DIGITS).all(axis=1)
        is_caution = rows["spc_reason"].isna() | rows["spc_reason"].eq("autocorrelated_caution")
        is_judged = rows["variation"].ne("none")
        has_sign = rows["spc_rule"].ne("none")
        is_right = is_ordered & is_caution & is_judged
        is_right &= has_sign.ne(rows["variation"].eq("common_cause"))
        is_bare = ~is_caution & ~is_judged & ~has_sign & rows["assurance"].eq("none")
        return ~(has_all & is_right | has_none & is_bare)

    return wrong


def _outside_without_saying(tables: Frames) -> pd.Series:
    """A point outside its limits says so and none else does; a p-chart has no near lines."""
    points = tables["spc_points"]
    value, lower, upper = points["value"], points["spc_lower"], points["spc_upper"]
    is_outside = value.gt(upper + LAST_DIGITS) | value.lt(lower - LAST_DIGITS)
    is_foreign = points["chart"].eq("p") & points["spc_rule"].isin(["trend", "two_of_three"])
    return is_outside.ne(points["spc_rule"].eq("outside")) | is_foreign


def _point_of_another_figure(tables: Frames) -> pd.Series:
    points = tables["spc_points"].assign(period_type="month")
    key = ["indicator_id", "basis", "period_type", "period_end", "area_code", "value"]
    figures = _whole_figures(tables)
    known = figures[figures["value"].notna()]
    return ~_numbered(points, key).isin(_numbered(known, key))


def _charted_otherwise(tables: Frames) -> pd.Series:
    """A month with a figure has the mean, limits and signs of its point; one that may still move
    has none."""
    status, points = tables["indicator_status"], tables["spc_points"]
    key = ["indicator_id", "basis", "period_end", "area_code"]
    is_figure = status["period_type"].eq("month") & status["value"].notna()
    is_point = is_figure & ~status["is_complete"].eq(False)
    known = points.loc[points["chart"].eq("xmr"), [*key, *_CHART]]
    same = _numbered(status, [*key, *_CHART]).isin(_numbered(known, [*key, *_CHART]))
    reason = pd.Series("no_value", index=status.index)
    reason = reason.mask(status["period_type"].ne("month"), "not_monthly")
    reason = reason.mask(is_figure, "not_complete")
    is_bare = status["spc_reason"].eq(reason) & status["spc_mean"].isna()
    return ~same.where(is_point, is_bare)


def _outside_its_interval(tables: Frames) -> pd.Series:
    status = tables["indicator_status"]
    value, lower, upper = status["value"], status["interval_lower"], status["interval_upper"]
    in_order = lower.ge(0) & upper.le(100) & value.ge(lower - LAST_DIGITS)
    in_order &= value.le(upper + LAST_DIGITS)
    has_none = lower.isna() & upper.isna()
    has_parts = _is_share(status) & status["denominator"].gt(0) & status["numerator"].notna()
    return ~in_order.where(has_parts, has_none)


def _met_otherwise(tables: Frames) -> pd.Series:
    """A cell is met as its operator says, where there is a figure; history asks for nothing."""
    cells = tables["improvement_plan"]
    asked = cells["target_value"].fillna(cells["baseline_value"])
    shortfall = _shortfall(cells["actual_value"], cells["operator"], asked, cells["direction"])
    is_asked = cells["kind"].ne("historic") & shortfall.notna()
    is_same = cells["is_met"].eq(_is_met(shortfall, cells["operator"]))
    return ~is_same.where(is_asked, cells["is_met"].isna())


def _planned_of_another_figure(tables: Frames) -> pd.Series:
    """Beside a cell stands the local figure of the local area for its month, or nothing."""
    cells, figures = tables["improvement_plan"], _whole_figures(tables)
    is_planned = figures["basis"].eq("local") & figures["area_code"].eq(HOME)
    is_planned &= figures["period_type"].eq("month") & figures["value"].notna()
    known = figures.loc[is_planned, ["indicator_id", "period_end", "value"]]
    found = cells.merge(known, on=["indicator_id", "period_end"], how="left")["value"].to_numpy()
    is_same = cells["actual_value"].eq(found) | (cells["actual_value"].isna() & pd.isna(found))
    return ~is_same


def _promise_stands_otherwise(tables: Frames) -> pd.Series:
    """A position follows from figure, threshold, due date and the change of the last year."""
    rows = tables["roadmap"]
    value, direction = rows["actual_value"], rows["direction"]
    operator = rows["threshold_operator"]
    missing = _shortfall(value, operator, rows["threshold_value"], direction)
    is_reached = _is_met(missing, operator) & missing.notna()
    fallen = _shortfall(value, direction, rows["year_ago_value"], direction)
    best = direction.map({"lower": 0.0, "higher": 100.0})
    is_best = value.eq(best) & (direction.eq("lower") | rows["unit"].eq("pct"))
    is_travel, is_due = operator.eq("better"), rows["period_end"] >= rows["due_date"]
    months = _months(rows["due_date"]) - _months(rows["period_end"])
    at_this_pace = value + (value - rows["year_ago_value"]) * months / 12
    missing_then = _shortfall(at_this_pace, operator, rows["threshold_value"], direction)
    expected = np.select(
        [
            value.isna(),
            is_reached & is_due,
            is_reached,
            ~is_travel & is_due,
            ~is_travel & missing_then.notna() & _is_met(missing_then, operator),
            ~is_travel & missing_then.notna(),
            is_travel & (_is_met(fallen, direction) | is_best),
            is_travel & fallen.notna(),
        ],
        ["no_evidence", "met", *["on_course", "off_course"] * 3],
        "no_evidence",
    )
    return rows["position"].ne(expected)


def _months(days: pd.Series) -> pd.Series:
    known = pd.to_datetime(days)
    return known.dt.year * 12 + known.dt.month


def _promise_of_another_figure(tables: Frames) -> pd.Series:
    """Beside a promise stands the local figure of the local area for its period, or nothing."""
    rows, figures = tables["roadmap"], _whole_figures(tables)
    at_home = figures[figures["basis"].eq("local") & figures["area_code"].eq(HOME)]
    key = ["indicator_id", "period_type", "period_start", "period_end"]
    found = rows.merge(at_home[[*key, "value"]], on=key, how="left")["value"].to_numpy()
    return rows["actual_value"].notna() & ~rows["actual_value"].eq(found)


def _newest_tells_otherwise(tables: Frames) -> pd.Series:
    """A newest row repeats its status; one of a period without status has no figure."""
    rows = tables["indicator_latest"]
    key = ["indicator_id", "basis", "period_type", "period_end", "area_code"]
    told = ["value", "value_status", "status_reason"]
    status = tables["indicator_status"][[*key, *told]]
    both = rows.merge(status, on=key, how="left", suffixes=("", "_told"), indicator=True)
    is_same = pd.Series(True, index=both.index)
    for name in told:
        same = both[name].eq(both[f"{name}_told"])
        is_same &= same | (both[name].isna() & both[f"{name}_told"].isna())
    is_told = both["_merge"].eq("both")
    return pd.Series((~is_same.where(is_told, both["value"].isna())).to_numpy(), dtype=bool)


def _delivery_is_miscounted(tables: Frames) -> pd.Series:
    """What came is counted, what did not come is not, and nobody is late without a due date."""
    rows = tables["feed_scorecard"]
    has_come = rows["submission_count"].gt(0)
    is_known = rows["verdict"].ne("not_received") & rows["arrived_on"].notna()
    is_counted = (rows["correction_count"] + rows["refused_count"]).le(rows["submission_count"])
    is_owed = rows["due_on"].notna().eq(rows["is_due"]) & (rows["is_due"] | ~rows["is_late"])
    is_some = rows["is_due"] | has_come
    return ~(has_come.eq(is_known) & is_counted & is_owed & is_some)


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
        _reason_disagrees("indicator_values"),
        "A figure is missing for a reason that readers do not know, or for none.",
        "Nothing is released. Give the figure a status and reason of the published list.",
        columns=("value_status", "status_reason"),
        reads={"status_reasons": _REASON},
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
        "IV-COMPLETE",
        "indicator_values",
        "refuse",
        _completeness_of_no_figure,
        "A figure is called complete, or not, that has no value or is a publisher's.",
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
        "IV-PARTS-SHARE",
        "indicator_values",
        "refuse",
        _shares_do_not_add_up,
        "The parts of a share do not add up to it, above or below the line.",
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
        "An indicator of the catalogue has no row for Wirral for one of its periods.",
        "Nothing is released. A figure that is not known needs a row that says why.",
        columns=("indicator_id", "period_types", "census_month"),
        reads={"indicator_values": tuple(FIGURE), "release": ("month_end",)},
    ),
    MartRule(
        "IN-LATEST",
        "indicators",
        "refuse",
        _has_no_newest_row_at_home,
        "An indicator of the catalogue has no newest local row for Wirral.",
        "Nothing is released. A figure that is not known needs a row that says why.",
        columns=("indicator_id",),
        reads={"indicator_latest": ("indicator_id", "basis", "area_code")},
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
    MartRule(
        "RS-WITHHELD",
        "restatements",
        "refuse",
        _withheld_is_told_as_restated,
        "A restatement tells a figure that is withheld now, or lacks the figure before.",
        _RUN_AGAIN,
        columns=(*FIGURE_KEY, "old_value", "old_status"),
        reads={"indicator_values": tuple(FIGURE)},
    ),
    MartRule(
        "CO-COUNT",
        "cross_agency_cohort",
        "refuse",
        _cohort_is_no_count,
        "A count of the cohort is none, is above those it is taken from, or stands without value.",
        _RUN_AGAIN,
    ),
    MartRule(
        "CO-REASON",
        "cross_agency_cohort",
        "refuse",
        _reason_disagrees("cross_agency_cohort"),
        "A row of the cohort is shown with a reason not to be, or missing without a known one.",
        "Nothing is released. Give the row a status and reason of the published list.",
        columns=("value_status", "status_reason"),
        reads={"status_reasons": _REASON},
    ),
    MartRule(
        "CO-CELLS",
        "cross_agency_cohort",
        "refuse",
        _cohort_lacks_a_row,
        "A month and area of the cohort lacks one of its stages and needs.",
        _RUN_AGAIN,
    ),
    MartRule(
        "CO-PARTS",
        "cross_agency_cohort",
        "refuse",
        _cohort_is_not_its_parts,
        "A total of the cohort is less than one of its parts, or more than all of them.",
        _RUN_AGAIN,
    ),
    MartRule(
        "CO-INPUT",
        "cross_agency_cohort",
        "refuse",
        _rests_on_no_submission("cross_agency_cohort"),
        "A row of the cohort rests on no submission, or on one that the release does not list.",
        _RUN_AGAIN,
        columns=("value_status", "submission_ids"),
        reads={"submissions": ("submission_id",)},
    ),
    MartRule(
        "FC-RANGE",
        "forecasts",
        "refuse",
        _forecast_is_no_figure,
        "A forecast lies outside its own range, or is shown or missing against its status.",
        _RUN_AGAIN,
    ),
    MartRule(
        "FC-REASON",
        "forecasts",
        "refuse",
        _reason_disagrees("forecasts"),
        "A forecast is shown with a reason not to be, or missing without a known one.",
        "Nothing is released. Give the forecast a status and reason of the published list.",
        columns=("value_status", "status_reason"),
        reads={"status_reasons": _REASON},
    ),
    MartRule(
        "FC-GROWS",
        "forecasts",
        "refuse",
        _forecast_falls_with_time,
        "A number of cases that have passed a limit falls from one week to the next, or is broken.",
        _RUN_AGAIN,
    ),
    MartRule(
        "FC-COURSE",
        "forecasts",
        "refuse",
        _course_without_reading,
        "A course does not say whether it meets the plan's next point, or says so without one.",
        _RUN_AGAIN,
    ),
    MartRule(
        "FC-WORDS",
        "forecasts",
        "refuse",
        _forecast_without_words,
        "A forecast does not say what it assumes, in which unit, or where its range comes from.",
        "Nothing is released. Complete the words of its kind in forecast_kinds.",
    ),
    MartRule(
        "FC-DAY",
        "forecasts",
        "refuse",
        _forecast_of_another_day,
        "A forecast is counted from another day than the end of the month, or looks back.",
        _RUN_AGAIN,
        columns=("period_end", "horizon_date"),
        reads={"release": ("month_end",)},
    ),
    MartRule(
        "FC-INPUT",
        "forecasts",
        "refuse",
        _rests_on_no_submission("forecasts"),
        "A forecast rests on no submission, or on one that the release does not list.",
        _RUN_AGAIN,
        columns=("value_status", "submission_ids"),
        reads={"submissions": ("submission_id",)},
    ),
    MartRule(
        "IV-TOLD",
        "indicator_values",
        "refuse",
        _has_no_status,
        "A figure has no status.",
        _RUN_AGAIN,
        columns=tuple(FIGURE),
        reads={"indicator_status": STATUS_KEY},
    ),
    MartRule(
        "ST-FIGURE",
        "indicator_status",
        "refuse",
        _status_of_another_figure,
        "A status tells another value, part or reason than the figure that it is about.",
        _RUN_AGAIN,
        columns=(*STATUS, "is_revised", "is_complete"),
        reads={"indicator_values": (*FIGURE, "is_revised", "is_complete")},
    ),
    MartRule(
        "ST-BEFORE",
        "indicator_status",
        "refuse",
        _another_month_before,
        "Beside a month stands another figure than that of the month before, or of a year before.",
        _RUN_AGAIN,
        columns=(*STATUS_KEY, "value", "previous_value", "year_ago_value"),
        reads={"release": ("month_end",)},  # the month before may lie in the file of another year
    ),
    MartRule(
        "ST-READ",
        "indicator_status",
        "refuse",
        _expected_without_reading("indicator_status"),
        "A figure is set against a trajectory that does not say how it is read.",
        _RUN_AGAIN,
    ),
    MartRule(
        "ST-RAG",
        "indicator_status",
        "refuse",
        _rated_otherwise,
        "A colour does not follow from the figure, its trajectory and what the Partnership allows.",
        _RUN_AGAIN,
        columns=("indicator_id", "value", "trajectory_value", "trajectory_operator", "rag"),
        reads={
            "indicators": ("indicator_id", "direction", "unit", "rag_rule", "source_feed"),
            "parameters": ("name", "value"),
        },
    ),
    MartRule(
        "ST-LIMITS",
        "indicator_status",
        "refuse",
        _limits_without_order("indicator_status"),
        "Limits of a figure are out of order, or it is judged without them, or nobody says why.",
        _RUN_AGAIN,
    ),
    MartRule(
        "ST-POINT",
        "indicator_status",
        "refuse",
        _charted_otherwise,
        "A figure has other limits or signs than its point in the chart.",
        _RUN_AGAIN,
        columns=(*STATUS_KEY, "value", "is_complete", *_CHART),
        reads={
            "spc_points": ("indicator_id", "basis", "period_end", "area_code", "chart", *_CHART)
        },
    ),
    MartRule(
        "ST-INTERVAL",
        "indicator_status",
        "refuse",
        _outside_its_interval,
        "A share lies outside its interval, or has none, or another figure has one.",
        _RUN_AGAIN,
    ),
    MartRule(
        "SP-LIMITS",
        "spc_points",
        "refuse",
        _limits_without_order("spc_points"),
        "Limits of a point are out of order, or it is judged without them, or nobody says why.",
        _RUN_AGAIN,
    ),
    MartRule(
        "SP-RULE",
        "spc_points",
        "refuse",
        _outside_without_saying,
        "A point outside its limits is not marked, or one is marked by a rule that does not hold.",
        _RUN_AGAIN,
    ),
    MartRule(
        "SP-FIGURE",
        "spc_points",
        "refuse",
        _point_of_another_figure,
        "A point of a chart is not the figure of its month.",
        _RUN_AGAIN,
        columns=("indicator_id", "basis", "area_code", "period_end", "value"),
        reads={"indicator_values": tuple(FIGURE)},
    ),
    MartRule(
        "TP-READ",
        "trajectory_points",
        "refuse",
        _expected_without_reading("trajectory_points"),
        "A trajectory expects something without saying how that is read, or by which operator.",
        _RUN_AGAIN,
    ),
    MartRule(
        "TP-CITED",
        "trajectory_points",
        "refuse",
        _cited_from_elsewhere,
        "A trajectory does not cite the cells of the plan that it is read from.",
        _RUN_AGAIN,
    ),
    MartRule(
        "IP-MET",
        "improvement_plan",
        "refuse",
        _met_otherwise,
        "A cell of the plan is not met, or missed, as its operator says.",
        _RUN_AGAIN,
    ),
    MartRule(
        "IP-FIGURE",
        "improvement_plan",
        "refuse",
        _planned_of_another_figure,
        "Beside a cell of the plan stands another figure than that of its month.",
        _RUN_AGAIN,
        columns=("indicator_id", "period_end", "actual_value"),
        reads={"indicator_values": tuple(FIGURE)},
    ),
    MartRule(
        "RM-POSITION",
        "roadmap",
        "refuse",
        _promise_stands_otherwise,
        "A promise of the roadmap stands otherwise than its figure, threshold and due date say.",
        _RUN_AGAIN,
    ),
    MartRule(
        "RM-FIGURE",
        "roadmap",
        "refuse",
        _promise_of_another_figure,
        "Beside a promise of the roadmap stands another figure than that of its period.",
        _RUN_AGAIN,
        columns=("indicator_id", "period_type", "period_start", "period_end", "actual_value"),
        reads={"indicator_values": tuple(FIGURE)},
    ),
    MartRule(
        "LT-FIGURE",
        "indicator_latest",
        "refuse",
        _newest_tells_otherwise,
        "The newest row of an indicator tells another figure or reason than its status.",
        _RUN_AGAIN,
        columns=(
            "indicator_id",
            "basis",
            "period_type",
            "period_end",
            "area_code",
            "value",
            "value_status",
            "status_reason",
        ),
        reads={"indicator_status": STATUS},
    ),
    MartRule(
        "FS-COUNT",
        "feed_scorecard",
        "refuse",
        _delivery_is_miscounted,
        "A delivery is counted that did not come, or one that came is not, or it is late undue.",
        _RUN_AGAIN,
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
