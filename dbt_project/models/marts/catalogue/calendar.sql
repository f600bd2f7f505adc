select
    date,
    is_working_day,
    bank_holiday,
    month,
    academic_year,
    financial_year,
    working_day_of_month
from {{ ref('int_days__described') }}
