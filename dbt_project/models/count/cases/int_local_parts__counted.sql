with

cases as (
    select * from {{ ref('int_local_cases__placed') }}
),

counting as (
    select
        *,
        period_start as month_start
    from cases
    where exclusion is null
),

indicators as (
    select
        *,
        aggregation in ('median', 'percentile', 'rolling12_distinct') as is_counted_whole
    from {{ ref('indicator_catalogue') }}
),

periods as (
    select * from {{ ref('int_indicator_periods__composed') }}
),

-- What no row of an indicator carries is no breakdown of it; what some lack is 'unknown'.
parts as (
    select
        *,
        'all' as breakdown,
        'all' as breakdown_value
    from counting
    {% for breakdown in case_breakdowns() %}
        union all
        select
            counting.*,
            '{{ breakdown }}' as breakdown,
            coalesce(counting.{{ breakdown }}, 'unknown') as breakdown_value
        from counting
        semi join cases
            on
                counting.indicator_id = cases.indicator_id
                and cases.{{ breakdown }} is not null
    {% endfor %}
),

by_month as (
    select
        parts.indicator_id,
        parts.area_code,
        parts.breakdown,
        parts.breakdown_value,
        count(*) filter (where parts.in_numerator) as numerator,
        count(*) filter (where parts.in_denominator) as denominator,
        sum(parts.quantity) as quantity,
        parts.month_start
    from parts
    inner join indicators on parts.indicator_id = indicators.indicator_id
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
        sum(by_month.quantity) as quantity,
        cast(null as double) as quantile_days
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
        parts.area_code,
        periods.period_type,
        periods.period_start,
        periods.period_end,
        parts.breakdown,
        parts.breakdown_value,
        count(distinct parts.person_id) filter (where parts.in_numerator) as numerator,
        count(*) filter (where parts.in_denominator) as denominator,
        cast(null as double) as quantity,
        if(
            any_value(indicators.aggregation) = 'percentile',
            quantile_cont(parts.quantity, 0.92),
            quantile_cont(parts.quantity, 0.5)
        ) as quantile_days
    from periods
    inner join parts
        on
            periods.indicator_id = parts.indicator_id
            and periods.month_start = parts.month_start
            and (periods.has_breakdowns or parts.breakdown = 'all')
    inner join indicators
        on
            periods.indicator_id = indicators.indicator_id
            and indicators.is_counted_whole
    group by
        periods.indicator_id,
        parts.area_code,
        periods.period_type,
        periods.period_start,
        periods.period_end,
        parts.breakdown,
        parts.breakdown_value
),

counted as (
    select * from added_up
    union all by name
    select * from taken_whole
)

select * from counted
