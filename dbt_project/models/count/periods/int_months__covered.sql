with

reported as (
    select * from {{ ref('int_months__reported') }}
),

-- The longest period has twelve months, so the first reported one reaches eleven further back.
bounds as (
    select
        min(period_start) - interval 11 month as first_month,
        min(period_start) as first_reported_month,
        max(period_start) as last_month
    from reported
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
