with

bank_holidays as (
    select * from {{ ref('bank_holidays') }}
),

days as (
    select
        cast(
            unnest(generate_series(date '2015-01-01', date '2035-12-31', interval 1 day)) as date
        ) as date
),

described as (
    select
        days.date,
        isodow(days.date) <= 5 and bank_holidays.date is null as is_working_day,
        bank_holidays.name as bank_holiday,
        strftime(days.date, '%Y-%m') as month,
        -- Academic years begin on 1 September, financial years on 1 April.
        year(days.date - interval 8 month) as academic_start,
        year(days.date - interval 3 month) as financial_start
    from days
    left join bank_holidays on days.date = bank_holidays.date
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
