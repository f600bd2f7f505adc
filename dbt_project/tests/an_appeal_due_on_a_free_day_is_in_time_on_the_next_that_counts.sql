-- August leads to the first working day of September, 25 December to 1 January to that of January,
-- every other day without work to the next working day.
with

days as (
    select * from {{ ref('int_days__described') }}
),

known as (
    select rule_12.*
    from (
        values
        (date '2024-08-01', true, date '2024-09-02'),
        (date '2024-08-31', false, date '2024-09-02'),
        (date '2024-09-01', false, date '2024-09-02'),
        (date '2024-12-24', true, date '2024-12-24'),
        (date '2024-12-25', false, date '2025-01-02'),
        (date '2024-12-30', true, date '2025-01-02'),
        (date '2025-01-01', false, date '2025-01-02'),
        (date '2025-04-18', false, date '2025-04-22'),
        (date '2025-05-05', false, date '2025-05-06'),
        (date '2025-05-31', false, date '2025-06-02'),
        (date '2026-01-01', false, date '2026-01-02')
    ) as rule_12 (date, is_working_day, appeal_date)
)

select known.*
from known
left join days
    on
        known.date = days.date
        and known.is_working_day = days.is_working_day
        and known.appeal_date = days.appeal_date
where days.date is null
