with

-- An edition of several periods is placed by the day it came out, which is no month of ours.
used as (
    select * from {{ ref('stg_run__used') }}
    where known_how is distinct from 'publication' or feed = 'chs_waits'
),

settings as (
    select * from {{ ref('stg_run__settings') }}
),

bounds as (
    select
        date_trunc('month', settings.period_end) as last_month,
        coalesce(min(used.period_start), date_trunc('month', settings.period_end)) as first_month
    from settings
    left join used on settings.period_end >= used.period_end
    group by settings.period_end
),

months as (
    select
        cast(unnest(generate_series(first_month, last_month, interval 1 month)) as date)
            as period_start
    from bounds
),

reported as (
    select
        period_start,
        last_day(period_start) as period_end
    from months
)

select * from reported
