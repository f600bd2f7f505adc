with

indicators as (
    select * from {{ ref('int_indicators__adopted') }}
),

periods as (
    select distinct
        indicator_id,
        period_type,
        has_breakdowns
    from {{ ref('int_indicator_periods__composed') }}
),

judged as (
    select * from {{ ref('int_local_periods__judged') }}
),

counted as (
    select * from {{ ref('int_local_parts__counted') }}
),

age_bands as (
    select * from {{ ref('age_bands') }}
),

wait_bands as (
    select * from {{ ref('wait_bands') }}
    where part_of is null
),

bands as (
    select
        'age_band' as breakdown,
        band as breakdown_value
    from age_bands
    union all
    select
        'wait_band' as breakdown,
        band as breakdown_value
    from wait_bands
),

found as (
    select distinct
        indicator_id,
        breakdown,
        breakdown_value
    from counted
),

-- A value that any figure of the indicator has is zero where no case has it; all bands are shown.
shown as (
    select
        indicator_id,
        'all' as breakdown,
        'all' as breakdown_value
    from indicators
    union
    select * from found
    union
    select
        found.indicator_id,
        bands.breakdown,
        bands.breakdown_value
    from found
    inner join bands on found.breakdown = bands.breakdown
),

-- A finding about the bands of a list leaves what is not counted by days standing.
reasoned as (
    select
        judged.* replace (
            if(
                shown.breakdown = 'wait_band',
                coalesce(judged.status_reason, judged.bands_reason),
                judged.status_reason
            ) as status_reason
        ),
        shown.breakdown,
        shown.breakdown_value
    from judged
    inner join periods
        on
            judged.indicator_id = periods.indicator_id
            and judged.period_type = periods.period_type
    inner join shown
        on
            judged.indicator_id = shown.indicator_id
            and (
                shown.breakdown = 'all'
                or periods.has_breakdowns
                and (
                    judged.status_reason is null
                    or starts_with(judged.status_reason, 'withheld:')
                )
            )
),

joined as (
    select
        reasoned.*,
        indicators.source_feed,
        indicators.unit,
        indicators.aggregation,
        coalesce(counted.numerator, 0) as numerator,
        coalesce(counted.denominator, 0) as denominator,
        counted.quantity,
        counted.quantile_days,
        -- Of a distribution the whole stands below the line of every part.
        sum(coalesce(counted.denominator, 0)) filter (where reasoned.breakdown = 'all') over (
            partition by
                reasoned.indicator_id,
                reasoned.area_code,
                reasoned.period_type,
                reasoned.period_end
        ) as whole
    from reasoned
    inner join indicators
        on
            reasoned.indicator_id = indicators.indicator_id
            and indicators.measure is distinct from 'ratio_of'
    left join counted
        on
            reasoned.indicator_id = counted.indicator_id
            and reasoned.area_code = counted.area_code
            and reasoned.period_type = counted.period_type
            and reasoned.period_end = counted.period_end
            and reasoned.breakdown = counted.breakdown
            and reasoned.breakdown_value = counted.breakdown_value
),

figures as (
    select
        indicator_id,
        'local' as basis,
        period_type,
        period_start,
        period_end,
        area_code,
        area_name,
        breakdown,
        breakdown_value,
        source_feed,
        case
            when unit in ('count', 'pct', 'distribution') then cast(numerator as decimal(18, 4))
            when aggregation = 'mean'
                then
                    cast(
                        round(
                            coalesce(quantity, 0)
                            / if(unit = 'weeks', {{ parameter('days_per_week') }}, 1),
                            4
                        )
                        as decimal(18, 4)
                    )
        end as numerator,
        case
            when unit = 'distribution' then whole
            when unit != 'count' then denominator
        end as denominator,
        -- Median, percentile or mean, as the indicator is aggregated: in days, or as scored.
        if(aggregation = 'mean', quantity / nullif(denominator, 0), quantile_days) as typical_value,
        if(status_reason is null, 'value', 'not_available') as value_status,
        status_reason,
        known_on
    from joined
)

select * from figures
