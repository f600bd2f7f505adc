with

figures as (
    select * from {{ ref('indicator_values') }}
    where breakdown = 'all'
),

indicators as (
    select
        *,
        coalesce(string_split(period_types, '; '), []) as local_kinds,
        aggregation in ('stock', 'stock_ratio') as is_position
    from {{ ref('indicators') }}
),

fed as (
    select * from {{ ref('int_indicators__fed') }}
),

built as (
    select * from {{ ref('int_published_series__built') }}
),

series as (
    select * from {{ ref('published_series') }}
),

local_figures as (
    select * from figures
    where basis = 'local'
),

local_areas as (
    select distinct
        indicator_id,
        area_code
    from local_figures
),

-- Published figures of the local area, and of organisations that deliver the same themselves. The
-- local figure of the same time is that of the same kind of period; of a census day, and of a
-- position, that of the month that holds the last day.
published as (
    select
        figures.*,
        indicators.is_position,
        series.difference as definition_difference,
        -- No local row is so old: no file was received from which it could be counted.
        coalesce(nullif(fed.standing_reason, 'not_computed'), 'not_received')
            as reason_without_row,
        case
            when
                list_contains(indicators.local_kinds, figures.period_type)
                and figures.period_type != 'census'
                then figures.period_type
            when figures.period_type != 'census' and not indicators.is_position then null
            when list_contains(indicators.local_kinds, 'month') then 'month'
            when list_contains(indicators.local_kinds, 'census') then 'census'
        end as local_kind
    from figures
    inner join indicators on figures.indicator_id = indicators.indicator_id
    left join fed on figures.indicator_id = fed.indicator_id
    left join local_areas
        on
            figures.indicator_id = local_areas.indicator_id
            and figures.area_code = local_areas.area_code
    left join built
        on
            figures.indicator_id = built.indicator_id
            and figures.period_type = built.period_type
            and figures.period_start = built.period_start
            and figures.period_end = built.period_end
            and figures.area_code = built.area_code
    left join series on built.series_id = series.series_id
    where
        figures.basis = 'published'
        and (
            figures.area_code = '{{ var("local_area") }}' or local_areas.area_code is not null
        )
),

dated as (
    select
        *,
        case local_kind
            when 'month' then date_trunc('month', period_end)
            when 'census' then last_day(period_end)
            else if(local_kind is null, null, period_start)
        end as local_start,
        case
            when local_kind in ('month', 'census') then last_day(period_end)
            when local_kind is not null then period_end
        end as local_end
    from published
),

paired as (
    select
        dated.*,
        local_figures.value as local_value,
        local_figures.numerator as local_numerator,
        local_figures.denominator as local_denominator,
        coalesce(local_figures.value_status, 'not_available') as local_status,
        if(
            local_figures.value_status is null,
            dated.reason_without_row,
            local_figures.status_reason
        ) as local_reason,
        if(local_figures.value_status = 'value', local_figures.known_on, null) as local_known_on
    from dated
    left join local_figures
        on
            dated.indicator_id = local_figures.indicator_id
            and dated.area_code = local_figures.area_code
            and dated.local_kind = local_figures.period_type
            and dated.local_start = local_figures.period_start
            and dated.local_end = local_figures.period_end
),

local_against_published as (
    select
        indicator_id,
        area_code,
        period_type,
        period_start,
        period_end,
        value as published_value,
        numerator as published_numerator,
        denominator as published_denominator,
        value_status as published_status,
        known_on as published_known_on,
        local_value,
        local_numerator,
        local_denominator,
        local_status,
        local_reason,
        local_known_on,
        local_value - value as difference,
        100 * (local_value - value) / nullif(value, 0) as difference_pct,
        coalesce(local_start = period_start and local_end = period_end, false) as is_same_period,
        definition_difference,
        case
            when local_reason in ('no_feed', 'not_computed', 'no_definition') then null
            when local_kind is null then 'There is no local figure of such a period.'
            when local_start != period_start or local_end != period_end
                then
                    'The published figure is of ' || strftime(period_start, '%-d %B %Y')
                    || if(
                        period_start = period_end, '', ' to ' || strftime(period_end, '%-d %B %Y')
                    )
                    || '; the local one is of ' || if(is_position, 'the end of ', '')
                    || strftime(local_end, '%B %Y') || '.'
        end as period_difference,
        case
            when local_known_on > known_on
                then
                    'The local figure was known on ' || strftime(local_known_on, '%-d %B %Y')
                    || ', after the published one of ' || strftime(known_on, '%-d %B %Y')
                    || ': it holds what was entered or corrected in between.'
        end as late_data
    from paired
)

select * from local_against_published
