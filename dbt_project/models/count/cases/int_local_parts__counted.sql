with

cells as (
    select * from {{ ref('int_case_cells__gathered') }}
),

case_values as (
    select * from {{ ref('int_case_values__gathered') }}
),

steps as (
    select * from {{ ref('int_case_steps__gathered') }}
),

sources as (
    select * from {{ ref('int_indicator_sources__chosen') }}
),

indicators as (
    select
        *,
        {{ needs_values('aggregation') }} as is_counted_whole
    from {{ ref('int_indicators__adopted') }}
),

periods as (
    select * from {{ ref('int_indicator_periods__composed') }}
),

cells_of_areas as (
    {{ placed_in_areas('cells') }}
),

values_of_areas as (
    {{ placed_in_areas('case_values') }}
),

steps_of_areas as (
    {{ placed_in_areas('steps') }}
),

-- What no row of an indicator carries is no breakdown of it; what some lack is 'unknown'.
carried as (
    select distinct
        indicator_id,
        unnest(breakdowns) as breakdown
    from steps_of_areas
),

cell_parts as (
    {{ broken_down('cells_of_areas') }}
),

value_parts as (
    {{ broken_down('values_of_areas') }}
),

by_month as (
    select
        cell_parts.indicator_id,
        cell_parts.area_code,
        cell_parts.breakdown,
        cell_parts.breakdown_value,
        sum(cell_parts.numerator) as numerator,
        sum(cell_parts.denominator) as denominator,
        sum(cell_parts.quantity) as quantity,
        cell_parts.period_start as month_start
    from cell_parts
    inner join indicators on cell_parts.indicator_id = indicators.indicator_id
    where not indicators.is_counted_whole
    group by all
),

-- Months add up: a longer period is the sum of its months, a share the ratio of these sums.
added_up as (
    select
        periods.indicator_id,
        by_month.area_code,
        periods.period_type,
        periods.period_start,
        periods.period_end,
        by_month.breakdown,
        by_month.breakdown_value,
        sum(by_month.numerator) as numerator,
        sum(by_month.denominator) as denominator,
        sum(by_month.quantity) as quantity
    from periods
    inner join by_month
        on
            periods.indicator_id = by_month.indicator_id
            and periods.month_start = by_month.month_start
            and (periods.has_breakdowns or by_month.breakdown = 'all')
    group by all
),

-- Quantiles and people do not add up: they are taken over all cases of the period.
taken_whole as (
    select
        periods.indicator_id,
        value_parts.area_code,
        periods.period_type,
        periods.period_start,
        periods.period_end,
        value_parts.breakdown,
        value_parts.breakdown_value,
        count(distinct value_parts.person_id) filter (where value_parts.in_numerator) as numerator,
        if(
            any_value({{ counts_once('indicators.aggregation') }}),
            count(distinct value_parts.person_id) filter (where value_parts.in_denominator),
            count(*) filter (where value_parts.in_denominator)
        ) as denominator,
        if(
            any_value(indicators.aggregation) = 'percentile',
            quantile_cont(value_parts.quantity, 0.92),
            quantile_cont(value_parts.quantity, 0.5)
        ) as quantile_days
    from periods
    inner join value_parts
        on
            periods.indicator_id = value_parts.indicator_id
            and periods.month_start = value_parts.period_start
            and (periods.has_breakdowns or value_parts.breakdown = 'all')
    inner join indicators
        on
            periods.indicator_id = indicators.indicator_id
            and indicators.is_counted_whole
    group by
        periods.indicator_id,
        value_parts.area_code,
        periods.period_type,
        periods.period_start,
        periods.period_end,
        value_parts.breakdown,
        value_parts.breakdown_value
),

counted as (
    select * from added_up
    union all by name
    select * from taken_whole
)

select * from counted
