"""What stands in the cells of a declared table: each kind of value that YAML can ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ingest.contracts import Column, Table
from ingest.contracts.synthetic import ARISES, MONTH_END, Rows, Value, values_of

from .days import NEVER, Days, course, iso, month_start, months_of
from .days import day as to_day
from .ehc_people import SETTINGS
from .identifiers import setting_urns
from .randomness import Draws

_MONTHS = 8_192
"""More than the months since 1970 of any year asked: a draw of a month is of row and month."""


def rate_on(rate: float | Mapping[str, float], days: Days) -> NDArray[np.float64]:
    """A share or amount on each day."""
    return course(rate, days) if isinstance(rate, Mapping) else np.full(len(days), float(rate))


@dataclass
class Cells:
    """The columns of a table in the making; ``days`` are those of dates, ``NEVER`` for none."""

    table: Table
    rows: Rows
    frame: pd.DataFrame
    """``id`` of what the row is about, ``row`` its own number, ``at`` the day on which it arises
    or the month end."""
    facts: Mapping[str, np.ndarray]
    draws: Draws
    census: int
    area: int
    days: dict[str, Days] = field(default_factory=dict)
    _texts: dict[str, np.ndarray] = field(default_factory=dict)

    def fill(self, given: Mapping[str, np.ndarray]) -> None:
        """Fill in all columns, each after those that it reads."""
        self._texts.update(given)
        if self.rows.arises and self.rows.arises.column:
            self.days[self.rows.arises.column] = self._at
        values = values_of(self.table, self.rows)
        fixed = [name for name, value in values.items() if value.child == "birth_date"]
        for name in fixed:
            self.days[name] = self.facts["birth"]
        for name, value in values.items():
            column = self.table.column(name)
            if column.type != "date":
                self._texts[name] = self._text(name, value, column)
            elif name not in fixed:
                self.days[name] = self._in_order(name, self._day(name, value, column), column)

    def texts(self, names: list[str]) -> dict[str, np.ndarray]:
        """The columns as they are sent; '' for what is missing or has not happened."""
        return {name: self._sent(self.table.column(name)) for name in names}

    def _sent(self, column: Column) -> np.ndarray:
        if column.name in self.days:
            return iso(self.days[column.name], NEVER - 1 if column.may_be_future else self.census)
        return self._texts.get(column.name, np.full(len(self.frame), "", dtype=object))

    @property
    def _at(self) -> Days:
        return self.frame["at"].to_numpy()

    def _ids(self, value: Value, *, is_steady: bool = False) -> Days:
        """The number that a draw belongs to: of the row or of what it is about, and of the month
        where the row is of no day."""
        is_of_list = not (self.rows.arises or self.rows.children)
        number = self.frame["row" if value.differs or is_of_list else "id"].to_numpy()
        if self.rows.arises or value.steady or is_steady:
            return number
        return number * _MONTHS + int(months_of(np.array([self.census]))[0])

    def _is_missing(self, name: str, value: Value) -> np.ndarray:
        ids = self._ids(value)
        is_missing = self.draws.each(f"{name} missing", ids) < rate_on(value.missing, self._at)
        if value.once:
            is_missing |= self.days[value.once] > self.census
        if value.unless in self.days:
            is_missing |= self.days[value.unless] <= self.census
        elif value.unless:
            is_missing |= self._texts[value.unless] != ""
        return is_missing

    def _cases(
        self, name: str, value: Value, column: Column
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """What each case of ``by`` says, and in which rows."""
        make = self._day if column.type == "date" else self._text
        by = self._sent(self.table.column(value.by or ""))
        return [
            (by == text, make(f"{name} {text}", one, column)) for text, one in value.cases.items()
        ]

    def _day(self, name: str, value: Value, column: Column) -> Days:
        day = np.full(len(self.frame), NEVER)
        if value.by:
            for is_case, made in self._cases(name, value, column):
                day = np.where(is_case, made, day)
        elif value.after:
            since = self._at if value.after in (ARISES, MONTH_END) else self.days[value.after]
            ids = self._ids(value)
            day = np.where(since < NEVER, since + self.draws.days(name, ids, *value.days), NEVER)
        elif value.day_between:
            first, last = (to_day(str(one)) for one in value.day_between)
            day = self.draws.days(name, self._ids(value, is_steady=True), first, last)
        elif value.calendar:
            day = self._calendar_day(name, value)
        day = self._before_it_was_corrected(name, value, day)
        return np.where(self._is_missing(name, value), NEVER, day)

    def _calendar_day(self, name: str, value: Value) -> Days:
        first = self._at.astype("datetime64[D]").astype("datetime64[M]")
        begins = first.astype("datetime64[D]").astype(np.int64)
        length = (first + 1).astype("datetime64[D]").astype(np.int64) - begins
        luck = self.draws.each(name, self._ids(value))
        after = {"first_day": 0 * length, "last_day": length - 1}
        return begins + after.get(value.calendar or "", np.floor(luck * length).astype(np.int64))

    def _before_it_was_corrected(self, name: str, value: Value, day: Days) -> Days:
        """The first record of a date until the month in which it is put right."""
        if not value.corrected:
            return day
        ids, how = self._ids(value, is_steady=True), value.corrected
        shift = self.draws.days(f"{name} first record", ids, *how.days)
        after = self.draws.days(f"{name} put right", ids, *how.after_months)
        now = int(months_of(np.array([self.census]))[0])
        is_first = months_of(self._at) + after > now
        is_first &= self.draws.each(f"{name} corrected", ids) < how.share
        return np.where(is_first & (day < NEVER), day + shift, day)

    def _in_order(self, name: str, day: Days, column: Column) -> Days:
        """The day moved to where the contract's rules allow it, beside the days known already.

        A day that is required lies in the month in which the row arises.
        """
        is_filled = day < NEVER
        if column.required and not column.may_be_future and self.rows.arises:
            last = self._at.astype("datetime64[D]").astype("datetime64[M]") + 1
            day = np.minimum(day, last.astype("datetime64[D]").astype(np.int64) - 1)
        for rule in self.table.rules:
            for names, gap in ((rule.in_order, 0), (rule.strictly_in_order, 1)):
                if name in names:
                    place = names.index(name)
                    for other in names[:place]:
                        known = self.days.get(other, np.full(len(day), NEVER))
                        day = np.where(known < NEVER, np.maximum(day, known + gap), day)
                    for other in names[place + 1 :]:
                        known = self.days.get(other, np.full(len(day), NEVER))
                        day = np.where(known < NEVER, np.minimum(day, known - gap), day)
        return np.where(is_filled, day, NEVER)

    def _text(self, name: str, value: Value, column: Column) -> np.ndarray:
        text = self._plain_text(name, value, column)
        return np.where(self._is_missing(name, value), "", text).astype(object)

    def _plain_text(self, name: str, value: Value, column: Column) -> np.ndarray:
        ids = self._ids(value)
        match value.kind:
            case "pick":
                picks = value.pick
                weights = picks if isinstance(picks, dict) else dict.fromkeys(picks or (), 1.0)
                return self.draws.pick(name, ids, weights)
            case "in_turn":
                texts = np.array(value.in_turn, dtype=object)
                return texts[(months_of(self._at) + self.frame["row"].to_numpy()) % len(texts)]
            case "share":
                is_yes = self.draws.each(name, ids) < rate_on(value.share or 0.0, self._at)
                return np.where(is_yes, "1", "0")
            case "between":
                places = value.decimals if value.decimals is not None else column.type == "number"
                return _written(self._number(name, value, ids, int(places)), int(places))
            case "share_of":
                return self._share(name, value, ids)
            case "child":
                return self.facts[str(value.child)]
            case "school":
                places = [n for kind in value.school or () for n in range(*SETTINGS[kind])]
                urns = setting_urns(np.array(places), self.area)
                return urns[np.floor(self.draws.each(name, ids) * len(urns)).astype(np.int64)]
            case "calendar":
                return _year(months_of(self._at), value.calendar or "")
            case "by_month":
                named = {str(month): text for month, text in (value.by_month or {}).items()}
                months = (months_of(self._at) % 12 + 1).astype(str)
                return np.array([named.get(month, "") for month in months], dtype=object)
            case "stage":
                text = np.full(len(self.frame), "", dtype=object)
                for column_name, reached in (value.stage or {}).items():
                    text = np.where(self.days[column_name] <= self.census, reached, text)
                return text
        text = np.full(len(self.frame), "", dtype=object)
        for is_case, made in self._cases(name, value, column):
            text = np.where(is_case, made, text)
        return text

    def _number(self, name: str, value: Value, ids: Days, places: int) -> NDArray[np.float64]:
        if value.adds_up_from:
            return self._added_up(name, value, places)
        low, high = value.between or (0, 0)
        if value.varies is None:
            return _between(self.draws.each(name, ids), low, high, places)
        steady = self.draws.each(name, self._ids(value, is_steady=True))
        luck = self.draws.each(f"{name} varies", ids)
        number = _between(steady, low, high, places) * (1 + value.varies * (2 * luck - 1))
        return np.clip(np.round(number, places), low, high)

    def _added_up(self, name: str, value: Value, places: int) -> NDArray[np.float64]:
        """The sum of what came in each month since the one that is meant."""
        now = int(months_of(np.array([self.census]))[0])
        if isinstance(value.adds_up_from, str):
            begun = int(months_of(np.array([month_start(value.adds_up_from)]))[0])
        else:
            begun = now - (now - ((value.adds_up_from or 1) - 1)) % 12
        number, total = self._ids(value, is_steady=True), np.zeros(len(self.frame))
        for month in range(begun, now + 1):
            luck = self.draws.each(name, number * _MONTHS + month)
            total += _between(luck, *(value.between or (0, 0)), places)
        return total

    def _share(self, name: str, value: Value, ids: Days) -> np.ndarray:
        """A count as chance would have it: about the share, never above the whole."""
        whole = self._texts[value.share_of or ""]
        count = np.array([float(text or 0) for text in whole])
        share = rate_on(value.rate or 0.0, self._at)
        luck = sum(self.draws.each(name, ids, column) for column in range(12)) - 6
        part = np.round(count * share + luck * np.sqrt(count * share * (1 - share)))
        return np.where(whole == "", "", _written(np.clip(part, 0, count), 0))


def _between(
    luck: NDArray[np.float64], low: float, high: float, places: int
) -> NDArray[np.float64]:
    """Numbers from ``low`` to ``high`` with so many decimal places, each as likely."""
    step = 10**-places
    return np.round(low + np.floor(luck * ((high - low) / step + 1)) * step, places)


def _written(numbers: NDArray[np.float64], places: int) -> np.ndarray:
    return np.array([f"{number:.{places}f}" for number in numbers.tolist()], dtype=object)


def _year(months: Days, kind: str) -> np.ndarray:
    """The year of months since 1970-01, by its kind."""
    begins = {"academic_year": 8, "academic_years": 8, "financial_year": 3, "financial_years": 3}
    years = (1970 + (months - begins.get(kind, 0)) // 12).tolist()
    if kind == "year":
        return np.array([str(year) for year in years], dtype=object)
    between = "/" if kind.endswith("years") else ""
    return np.array([f"{year}{between}{(year + 1) % 100:02d}" for year in years], dtype=object)
