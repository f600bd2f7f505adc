"""Which rows of a table break a promise that its contract makes about rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.typing import DataFrameGroupBy

from ingest.contracts import RowRule
from ingest.typed.coded import spread

_MORE_THAN_ALL_DAYS = 10_000_000  # year 9999 is day 2,932,896 from 1970, year 1 is day -719,162
_FIRST_DAY, _LAST_DAY = pd.Timestamp("0001-01-01"), pd.Timestamp("9999-12-31")


@dataclass(frozen=True)
class Rows:
    """The rows of one table as rules see them; the three frames share their index."""

    values: pd.DataFrame
    days: pd.DataFrame
    """The dates of the table, and those of its ancestors as ``<table>.<column>``."""
    is_filled: pd.DataFrame
    """Whether something stood in a cell, sound or not."""
    period: str

    def without(self, rows: Collection[int]) -> Rows:
        """The others: a wrong birth date that is set aside takes no identifier from a sound row."""
        if not rows:
            return self
        others = ~self.values.index.isin(list(rows))
        return Rows(self.values[others], self.days[others], self.is_filled[others], self.period)


def columns_of(rule: RowRule) -> str:
    """The columns that a rule is about, as the answer to the sender names them."""
    if rule.unique_identifier:
        return rule.unique_identifier[0]
    given = (rule.given.partition("=")[0],) if rule.given else ()
    kinds: Iterable[Iterable[str]] = (rule.once,) if rule.once else (
        rule.in_order, rule.strictly_in_order, rule.not_above or (), rule.age_of or (), rule.one_of,
        given, rule.needs, rule.current_once or (), rule.academic_age or (),
    )  # fmt: skip
    return ", ".join(name for kind in kinds for name in kind)


def broken(rule: RowRule, rows: Rows) -> np.ndarray:
    """For each row whether it breaks ``rule``; what is missing breaks nothing."""
    if rule.in_order:
        return _goes_back(rows.days[list(rule.in_order)], is_strict=False)
    if rule.strictly_in_order:
        return _goes_back(rows.days[list(rule.strictly_in_order)], is_strict=True)
    if rule.not_above:
        part, whole = (pd.to_numeric(rows.values[name]) for name in rule.not_above)
        return (part > whole).fillna(value=False).to_numpy(dtype=bool)
    if rule.age_of:
        return _age_outside(rule, rows)
    if rule.one_of:
        return ~rows.is_filled[list(rule.one_of)].any(axis=1).to_numpy()
    if rule.given:
        return _is_given(rule, rows) & ~rows.is_filled[list(rule.needs)].any(axis=1).to_numpy()
    if rule.current_once:
        return _shares_one_only(rule.current_once, rows)
    if rule.unique_identifier:
        return _has_many_births(rule.unique_identifier, rows)
    return _academic_age_differs(rule.academic_age or ("", "", ""), rows)


def alike(rule: RowRule, rows: Rows) -> dict[int, pd.Index]:
    """For each row that breaks a rule of ``once``, all rows that agree in all of its columns.

    The first column is filled; what is missing in another agrees with what is missing there.
    """
    is_told = rows.values[rule.once[0]].notna()
    if rule.given:
        is_told &= _is_given(rule, rows)
    columns = rows.values.loc[is_told, list(rule.once)]
    columns = columns[columns.duplicated(keep=False)]
    if columns.empty:
        return {}
    numbers = columns.groupby(list(rule.once), dropna=False, sort=False).ngroup()
    members = columns.index.groupby(numbers)
    return {row: members[number] for row, number in numbers.items()}


def _goes_back(days: pd.DataFrame, *, is_strict: bool) -> np.ndarray:
    """Whether a day lies before (strictly: not after) the latest of those that stand before it.

    The days of ancestors stand first and are compared with the row's own only: among themselves
    they are for the ancestor's own rule.
    """
    first, *others = days
    latest, goes_back = _numbers(days[first]), np.zeros(len(days), bool)
    for name in others:
        later = _numbers(days[name])
        if "." not in str(name):
            goes_back |= (later <= latest) if is_strict else (later < latest)
        latest = np.fmax(latest, later)
    return goes_back


def _numbers(days: pd.Series) -> np.ndarray:
    """Days as numbers, NaN where missing, which compares false with all."""
    numbers = days.to_numpy("datetime64[D]").astype("float64")
    return np.where(days.isna(), np.nan, numbers)


def _whole_years(born: pd.Series, year: pd.Series, month_and_day: pd.Series | int) -> pd.Series:
    """Age on a day given as year and ``month * 100 + day``; negative before birth.

    Somebody born on 29 February reaches an age on 1 March in other years.
    """
    has_yet_to_come = month_and_day < born.dt.month * 100 + born.dt.day
    return year - born.dt.year - has_yet_to_come


def _age_outside(rule: RowRule, rows: Rows) -> np.ndarray:
    (born, on), (youngest, oldest) = rule.age_of or ("", ""), rule.age_between or (0, 0)
    day = rows.days[on].dt
    age = _whole_years(rows.days[born], day.year, day.month * 100 + day.day)
    return ((age < youngest) | (age > oldest)).to_numpy()


def _is_given(rule: RowRule, rows: Rows) -> np.ndarray:
    name, has_values, _ = (rule.given or "").partition("=")
    is_filled = rows.is_filled[name].to_numpy()
    if not has_values:
        return is_filled
    values = rule.given_values
    column = rows.values[name].array
    is_named = [str(value).casefold() in values - {""} for value in column.categories]
    is_one = spread(column, np.array([*is_named, False]))
    return is_one | (~is_filled if "" in values else False)


def _has_many_births(columns: tuple[str, str], rows: Rows) -> np.ndarray:
    identifier, born = columns
    shared = rows.values[identifier].dropna()
    shared = shared[shared.duplicated(keep=False)]
    births = rows.days.loc[shared.index, born].groupby(shared, observed=True).transform("nunique")
    return rows.values.index.isin(births.index[births > 1])


def _shares_one_only(columns: tuple[str, str], rows: Rows) -> np.ndarray:
    """Whether a row overlaps in time one that shares one of two identifiers, but not the other.

    More rows of the one overlap it than rows of both: two counts, so that a number that stands in
    every row costs no comparison of each row with each.
    """
    first = _numbers(rows.days["valid_from"].fillna(_FIRST_DAY))
    last = _numbers(rows.days["valid_to"].fillna(_LAST_DAY))
    names = list(columns)
    is_sound = rows.values[names].notna().all(axis=1).to_numpy() & (first <= last)
    shared, first, last = rows.values.loc[is_sound, names], first[is_sound], last[is_sound]
    of_both = _overlaps(shared.groupby(names), first, last)
    clashes = is_sound.copy()
    clashes[is_sound] = np.any(
        [_overlaps(shared.groupby(name), first, last) > of_both for name in names], axis=0
    )
    return clashes


def _overlaps(groups: DataFrameGroupBy, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """With how many rows of its group, itself among them, each overlaps; end days belong to it.

    Those that have begun by its end, less those that ended before it began. Rows of lower groups
    are in both counts.
    """
    group = groups.ngroup().to_numpy() * _MORE_THAN_ALL_DAYS
    begun = np.searchsorted(np.sort(group + first), group + last, side="right")
    ended = np.searchsorted(np.sort(group + last), group + first, side="left")
    return begun - ended


def _academic_age_differs(columns: tuple[str, str, str], rows: Rows) -> np.ndarray:
    """Whether the stated age is not that of the last 31 August before the month's end."""
    born, month, stated = columns
    of = rows.days[month].fillna(pd.Timestamp(rows.period or pd.NaT)).dt
    age = _whole_years(rows.days[born], of.year - (of.month < 9), 831)
    return ((age - rows.values[stated].astype("float64")).abs() > 0).to_numpy()
