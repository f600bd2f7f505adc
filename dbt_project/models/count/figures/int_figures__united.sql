with

local_figures as (
    select * from {{ ref('int_local_figures__counted') }}
),

ratio_figures as (
    select * from {{ ref('int_ratio_figures__divided') }}
),

published_figures as (
    select * from {{ ref('int_published_figures__built') }}
),

published_series as (
    select * from {{ ref('int_published_series__built') }}
),

indicators as (
    select * from {{ ref('int_indicators__adopted') }}
),

settings as (
    select * from {{ ref('stg_run__settings') }}
),

calendar as (
    select * from {{ ref('int_days__described') }}
),

previous as (
    select * from {{ ref('stg_run__previous_figures') }}
),

earlier as (
    select * from {{ ref('stg_run__earlier_figures') }}
),

figures as (
    select * from local_figures
    union all by name
    select * from ratio_figures
    union all by name
    select
        *,
        'month' as period_type
    from published_figures
    union all by name
    select * exclude (series_id, submission_id, has_parts) from published_series
),

-- A share or a median of nobody is not applicable, never 0 or 100.
judged as (
    select
        figures.* replace (
            case
                when figures.value_status = 'value' and figures.denominator = 0
                    then 'not_applicable'
                else figures.value_status
            end as value_status,
            case
                when figures.value_status = 'value' and figures.denominator = 0 then 'nil_base'
                else figures.status_reason
            end as status_reason
        ),
        indicators.unit
    from figures
    inner join indicators on figures.indicator_id = indicators.indicator_id
),

counted as (
    select
        * replace (
            cast(case when value_status = 'value' then numerator end as decimal(18, 4))
                as numerator,
            cast(case when value_status = 'value' then denominator end as decimal(18, 4))
                as denominator
        )
    from judged
),

-- The one division, at the very end.
valued as (
    select
        *,
        case
            when value_status != 'value' then null
            -- A publisher's share without its parts stands as printed.
            when published_value is not null then published_value
            when unit in ('pct', 'distribution')
                then 100 * cast(numerator as double) / cast(denominator as double)
            when unit = 'rate_per_1000'
                then 1000 * cast(numerator as double) / cast(denominator as double)
            when unit in ('days', 'score') then typical_value
            when unit = 'weeks' then typical_value / {{ parameter('days_per_week') }}
            else cast(numerator as double)
        end as value
    from counted
),

-- A figure of the same age in an earlier release shows what late recording still does to it.
moved as (
    select
        valued.indicator_id,
        valued.period_type,
        valued.area_code,
        date_diff('month', earlier.period_end, earlier.release_month_end) as months_old,
        bool_and(
            abs(valued.value - earlier.value)
            <= if(
                valued.unit in ('pct', 'distribution'),
                {{ factor('complete_points') }},
                valued.value * {{ factor('complete_pct') }} / 100
            ) + {{ last_digits() }}
        ) as has_stayed
    from earlier
    inner join valued
        on
            earlier.indicator_id = valued.indicator_id
            and earlier.period_type = valued.period_type
            and earlier.period_start = valued.period_start
            and earlier.period_end = valued.period_end
            and earlier.area_code = valued.area_code
            and valued.basis = 'local'
            and valued.breakdown = 'all'
            and valued.value_status = 'value'
    group by all
),

final_days as (
    select
        date_trunc('month', date) - interval 1 month as month_start,
        date as final_date
    from calendar
    where working_day_of_month = {{ parameter('final_working_day') }}
),

united as (
    select
        valued.indicator_id,
        valued.basis,
        valued.period_type,
        valued.period_start,
        valued.period_end,
        valued.area_code,
        valued.breakdown,
        valued.breakdown_value,
        valued.area_name,
        valued.numerator,
        valued.denominator,
        valued.value,
        valued.value_status,
        valued.status_reason,
        coalesce(
            valued.basis = 'local' and settings.as_at < final_days.final_date, false
        ) as is_provisional,
        false as is_estimated,
        coalesce(
            previous.is_revised
            or (
                previous.value_status = 'value'
                and (
                    previous.value_status != valued.value_status
                    or previous.value is distinct from valued.value
                )
            ),
            false
        ) as is_revised,
        case
            when
                valued.value_status != 'not_available'
                or starts_with(valued.status_reason, 'withheld:')
                then valued.known_on
        end as known_on,
        valued.source_feed,
        if(valued.value_status = 'value', moved.has_stayed, null) as is_complete
    from valued
    cross join settings
    left join final_days
        on date_trunc('month', valued.period_end) = final_days.month_start
    left join previous
        on
            valued.indicator_id = previous.indicator_id
            and valued.basis = previous.basis
            and valued.period_type = previous.period_type
            and valued.period_start = previous.period_start
            and valued.period_end = previous.period_end
            and valued.area_code = previous.area_code
            and valued.breakdown = previous.breakdown
            and valued.breakdown_value = previous.breakdown_value
    left join moved
        on
            valued.basis = 'local'
            and valued.indicator_id = moved.indicator_id
            and valued.period_type = moved.period_type
            and valued.area_code = moved.area_code
            and date_diff('month', valued.period_end, settings.period_end) = moved.months_old
)

select * from united
