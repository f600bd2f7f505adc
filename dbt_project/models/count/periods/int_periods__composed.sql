with

months as (
    select * from {{ ref('int_months__covered') }}
),

kinds as (
    select * from {{ ref('period_kinds') }}
),

-- A period is told of once its last month is one of the release.
ended as (
    select
        kinds.period_type,
        cast(
            months.period_start
            - to_months(coalesce(kinds.months, month(months.period_start)) - 1)
            as date
        ) as first_month,
        months.period_start as last_month,
        months.period_end
    from months
    inner join kinds
        on
            kinds.ends_in is null
            or list_contains(
                string_split(kinds.ends_in, ';'), cast(month(months.period_start) as varchar)
            )
    where months.is_reported
),

composed as (
    select
        period_type,
        if(period_type = 'census', period_end, first_month) as period_start,
        period_end,
        cast(unnest(generate_series(first_month, last_month, interval 1 month)) as date)
            as month_start
    from ended
)

select * from composed
