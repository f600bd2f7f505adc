from datetime import date

import pytest

from orchestration.months import (
    month_before,
    parse_months,
    release_day,
    working_day,
)


def test_a_range_of_months_holds_both_ends():
    assert parse_months("2024-11..2025-02") == ["2024-11", "2024-12", "2025-01", "2025-02"]
    assert parse_months("2025-05") == ["2025-05"]


@pytest.mark.parametrize("text", ["2025-13", "2025-5", "2025-05..2025-04", "May", "", "2025-05..x"])
def test_what_is_no_month_is_said_to_be_none(text):
    with pytest.raises(ValueError, match="YYYY-MM"):
        parse_months(text)


@pytest.mark.parametrize(
    ("month", "number", "day"),
    [
        ("2025-06", 12, date(2025, 6, 17)),
        ("2025-05", 1, date(2025, 5, 1)),
        ("2025-05", 3, date(2025, 5, 6)),  # 5 May was a bank holiday
        ("2025-01", 1, date(2025, 1, 2)),
        ("2023-05", 6, date(2023, 5, 10)),  # 1 and 8 May were bank holidays
    ],
)
def test_working_days_leave_out_weekends_and_bank_holidays(month, number, day):
    assert working_day(month, number) == day


def test_a_month_is_final_on_working_day_twelve_of_the_next():
    assert release_day("2025-05") == date(2025, 6, 17)
    assert month_before(date(2025, 1, 31)) == "2024-12"
