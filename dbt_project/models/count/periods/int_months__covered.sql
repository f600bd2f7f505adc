with

reported as (
    select * from {{ ref('int_months__reported') }}
),

kinds as (
    select * from {{ ref('period_kinds') }}
),

-- The longest period has twelve months, so the first reported one reaches eleven further back; what
-- is counted from a day on reaches back to it.
bounds as (
    select
        least(min(reported.period_start) - interval 11 month, min(kinds.begins_on))
            as first_month,
        min(reported.period_start) as first_reported_month,
        max(reported.period_start) as last_month
    from reported
    cross join kinds
),

months as (
    select
        cast(unnest(generate_series(first_month, last_month, interval 1 month)) as date)
            as period_start,
        first_reported_month
    from bounds
),

covered as (
    select
        period_start,
        last_day(period_start) as period_end,
        period_start >= first_reported_month as is_reported
    from months
)

select * from covered
