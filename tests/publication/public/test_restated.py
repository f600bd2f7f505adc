"""Which figures a public release names as corrected since the one before."""

from datetime import date

import pyarrow as pa

from orchestration.publication import public

AREA = "E06999999"


class Tables:
    """The figures of a release."""

    def __init__(self, *rows):
        self._rows = rows

    def whole(self, table):
        assert table == "indicator_values"
        return pa.Table.from_pylist([*self._rows, figure(99, area_code="E06999998")])


def figure(numerator, part="all", month=5, **changed):
    return {
        "indicator_id": "plans_n", "basis": "local", "period_type": "month",
        "period_start": date(2025, month, 1), "period_end": date(2025, month, 28),
        "area_code": AREA, "breakdown": "all" if part == "all" else "sex", "breakdown_value": part,
        "numerator": numerator, "denominator": None, "value": numerator, "value_status": "value",
    } | changed  # fmt: skip


def named(before, now):
    found = public.restated(Tables(*before), Tables(*now), AREA)
    return {(key[4], key[-1]) for key in found}


MAY = [figure(20), figure(12, "F"), figure(8, "M")]
JUNE = [figure(30, month=6)]


def test_a_figure_is_named_with_every_part_of_its_breakdowns_whichever_of_them_changed():
    corrected = [figure(21), figure(12, "F"), figure(9, "M")]
    assert named([*MAY, *JUNE], [*corrected, *JUNE]) == {
        ("2025-05-28", part) for part in ("all", "F", "M")
    }


def test_a_part_that_moved_is_named_although_its_total_stayed():
    assert ("2025-05-28", "all") in named(MAY, [figure(20), figure(11, "F"), figure(9, "M")])


def test_a_count_that_changed_behind_an_equal_value_is_named():
    before, now = figure(20, denominator=40, value=50.0), figure(25, denominator=50, value=50.0)
    assert named([before], [now]) == {("2025-05-28", "all")}


def test_a_part_that_came_or_went_makes_its_total_another():
    assert ("2025-05-28", "all") in named(MAY, MAY[:2])


def test_what_stayed_and_what_is_new_is_not_named():
    assert named(MAY, [*MAY, *JUNE]) == set()
