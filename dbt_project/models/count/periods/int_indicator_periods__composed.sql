with

indicators as (
    select * from {{ ref('int_indicators__adopted') }}
),

cadences as (
    select * from {{ ref('cadences') }}
),

periods as (
    select * from {{ ref('int_periods__composed') }}
),

due_months as (
    select * from {{ ref('int_indicator_months__due') }}
),

-- A census is taken in the indicator's month of the year, else whenever a file is due.
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
            cadences.period_kind = periods.period_kind
            and coalesce(indicators.census_month, month(periods.period_end))
            = month(periods.period_end)
    left join due_months
        on
            indicators.indicator_id = due_months.indicator_id
            and periods.month_start = due_months.period_start
    where
        cadences.period_kind != 'census'
        or indicators.census_month is not null
        or due_months.indicator_id is not null
)

select * from composed
