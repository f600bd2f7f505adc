with

segmented as (
    select * from {{ ref('int_spc_series__segmented') }}
),

-- The moving range is taken from the figure before, of whatever month.
moving as (
    select
        *,
        abs(value - lag(value) over segment_in_order) as moving_range,
        count(*) over (partition by indicator_id, basis, area_code, segment) as segment_points
    from segmented
    window
        segment_in_order as (
            partition by indicator_id, basis, area_code, segment
            order by period_end
        )
),

-- Sums are exact, so that they do not depend on the order of their terms.
means as (
    select
        indicator_id,
        basis,
        area_code,
        segment,
        avg(cast(value as decimal(28, 10))) as mean,
        coalesce(avg(cast(moving_range as decimal(28, 10))), 0) as mean_moving_range,
        {{ factor('moving_range_limit_factor') }}
        * coalesce(avg(cast(moving_range as decimal(28, 10))), 0) as moving_range_limit,
        sum(numerator) / nullif(sum(denominator), 0) as mean_share
    from moving
    where is_baseline
    group by all
),

-- Screening leaves out, once, what lies on or over the limit of moving ranges.
screened as (
    select
        moving.indicator_id,
        moving.basis,
        moving.area_code,
        moving.segment,
        avg(cast(moving.moving_range as decimal(28, 10))) as mean_moving_range
    from moving
    inner join means using (indicator_id, basis, area_code, segment)
    where moving.is_baseline and moving.moving_range < means.moving_range_limit
    group by all
),

known as (
    select
        moving.*,
        means.mean,
        means.mean_share,
        means.moving_range_limit,
        if(
            {{ choice('screen_outliers') }} = 'yes',
            coalesce(screened.mean_moving_range, means.mean_moving_range),
            means.mean_moving_range
        ) as mean_moving_range,
        case
            when moving.spc = 'none' and moving.aggregation = 'distribution' then 'distribution'
            when
                moving.spc = 'none'
                and (
                    contains(moving.aggregation, 'ytd')
                    or contains(moving.aggregation, 'cumulative')
                    or contains(moving.aggregation, 'rolling')
                )
                then 'cumulative'
            when moving.spc = 'none' then 'seasonal'
            when moving.segment_points < {{ parameter('spc_least_points') }} then 'too_few_points'
            when moving.unit = 'count' and means.mean < {{ parameter('spc_least_mean') }}
                then 'rare_events'
        end as no_limits_reason
    from moving
    inner join means using (indicator_id, basis, area_code, segment)
    left join screened using (indicator_id, basis, area_code, segment)
),

-- Each month of a share has limits of its own, by how many it is a share of.
charted as (
    select
        *,
        'xmr' as chart,
        mean as centre,
        {{ factor('xmr_limit_factor') }} * mean_moving_range as reach
    from known
    union all
    select
        *,
        'p' as chart,
        100 * mean_share as centre,
        100 * {{ factor('p_limit_sigmas') }}
        * sqrt(mean_share * (1 - mean_share) / nullif(denominator, 0)) as reach
    from known
    where
        aggregation = 'ratio_of_sums'
        and unit = 'pct'
        and spc != 'none'
        and denominator > 0
),

drawn as (
    select
        indicator_id,
        basis,
        area_code,
        period_start,
        period_end,
        chart,
        direction,
        process_change,
        segment,
        stretch,
        numerator,
        denominator,
        value,
        is_baseline,
        if(no_limits_reason is null, centre, null) as mean,
        if(no_limits_reason is null, centre - reach, null) as lower_limit,
        if(no_limits_reason is null, centre + reach, null) as upper_limit,
        if(no_limits_reason is null, centre - {{ factor('near_limit_share') }} * reach, null)
            as near_lower,
        if(no_limits_reason is null, centre + {{ factor('near_limit_share') }} * reach, null)
            as near_upper,
        if(chart = 'xmr', moving_range, null) as moving_range,
        if(no_limits_reason is null and chart = 'xmr', mean_moving_range, null)
            as mean_moving_range,
        if(no_limits_reason is null and chart = 'xmr', moving_range_limit, null)
            as moving_range_limit,
        coalesce(
            no_limits_reason,
            if(spc = 'xmr_autocorrelated_caution', 'autocorrelated_caution', null)
        ) as spc_reason
    from charted
)

select * from drawn
