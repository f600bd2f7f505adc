-- Days read from a calendar: 5 May 2025 is a bank holiday, 19 May 2025 working day 12 of its
-- month, 8 May 2020 was a bank holiday in place of the Monday, 19 September 2022 an extra one.
with

calendar as (
    select * from {{ ref('calendar') }}
),

known as (
    select days.*
    from (
        values
        (date '2025-05-05', null, '2024/25', '2025/26'),
        (date '2025-05-19', 12, '2024/25', '2025/26'),
        (date '2020-05-08', null, '2019/20', '2020/21'),
        (date '2020-05-04', 2, '2019/20', '2020/21'),
        (date '2022-09-19', null, '2022/23', '2022/23'),
        (date '2026-03-31', 22, '2025/26', '2025/26'),
        (date '2026-04-01', 1, '2025/26', '2026/27')
    ) as days (date, working_day_of_month, academic_year, financial_year)
)

select known.*
from known
left join calendar
    on
        known.date = calendar.date
        and known.working_day_of_month is not distinct from calendar.working_day_of_month
        and known.academic_year = calendar.academic_year
        and known.financial_year = calendar.financial_year
where calendar.date is null
