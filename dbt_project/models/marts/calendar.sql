with

days as (
    select * from {{ ref('int_days__described') }}
),

described as (
    select
        date,
        is_working_day,
        bank_holiday,
        strftime(date, '%Y-%m') as month,
        -- Academic years begin on 1 September, financial years on 1 April.
        year(date - interval 8 month) as academic_start,
        year(date - interval 3 month) as financial_start
    from days
),

calendar as (
    select
        date,
        is_working_day,
        bank_holiday,
        month,
        printf('%d/%02d', academic_start, (academic_start + 1) % 100) as academic_year,
        printf('%d/%02d', financial_start, (financial_start + 1) % 100) as financial_year,
        case
            when is_working_day
                then count(*) filter (where is_working_day) over (partition by month order by date)
        end as working_day_of_month
    from described
)

select * from calendar
