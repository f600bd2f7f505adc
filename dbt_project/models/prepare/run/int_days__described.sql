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

numbered as (
    select
        days.date,
        isodow(days.date) <= 5 and bank_holidays.date is null as is_working_day,
        bank_holidays.name as bank_holiday,
        count(*) filter (where isodow(days.date) <= 5 and bank_holidays.date is null) over (
            order by days.date
        ) as working_day_number
    from days
    left join bank_holidays on days.date = bank_holidays.date
),

-- From here on a day that does not count moves to the next that does.
closing as (
    select
        *,
        case
            when month(date) = 8 then make_date(year(date), 9, 1)
            when strftime(date, '%m-%d') >= '12-25' then make_date(year(date) + 1, 1, 1)
            else date
        end as reopening_date
    from numbered
),

working_days as (
    select date
    from numbered
    where is_working_day
),

-- Academic years begin on 1 September, financial years on 1 April.
dated as (
    select
        *,
        strftime(date, '%Y-%m') as month,
        year(date - interval 8 month) as academic_start,
        year(date - interval 3 month) as financial_start
    from closing
),

-- Rule 12: an appeal that falls due in August or from 25 December to 1 January is in time on the
-- first working day of September or January, on another day without work on the next one.
described as (
    select
        dated.date,
        dated.is_working_day,
        dated.bank_holiday,
        dated.month,
        printf('%d/%02d', dated.academic_start, (dated.academic_start + 1) % 100) as academic_year,
        printf('%d/%02d', dated.financial_start, (dated.financial_start + 1) % 100)
            as financial_year,
        dated.working_day_number,
        case
            when dated.is_working_day
                then
                    count(*) filter (where dated.is_working_day) over (
                        partition by dated.month order by dated.date
                    )
        end as working_day_of_month,
        working_days.date as appeal_date
    from dated
    asof left join working_days on dated.reopening_date <= working_days.date
)

select * from described
