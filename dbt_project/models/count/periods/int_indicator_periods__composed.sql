with

indicators as (
    select * from {{ ref('indicator_catalogue') }}
),

cadences as (
    select * from {{ ref('cadences') }}
),

periods as (
    select * from {{ ref('int_periods__composed') }}
),

-- An annual position is that of one month of the year.
composed as (
    select
        indicators.indicator_id,
        cadences.has_breakdowns,
        periods.period_type,
        periods.period_start,
        periods.period_end,
        periods.month_start
    from indicators
    inner join cadences
        on
            indicators.cadence = cadences.cadence
            and indicators.aggregation = cadences.aggregation
            and indicators.snapshot = cadences.snapshot
    inner join periods
        on
            cadences.period_type = periods.period_type
            and coalesce(indicators.census_month, month(periods.period_end))
            = month(periods.period_end)
)

select * from composed
