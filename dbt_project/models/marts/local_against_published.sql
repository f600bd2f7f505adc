with

figures as (
    select * from {{ ref('indicator_values') }}
    where breakdown = 'all'
),

indicators as (
    select
        *,
        aggregation in ('sum', 'ratio_of_sums') as is_additive,
        aggregation in ('stock', 'stock_ratio') as is_position
    from {{ ref('indicator_catalogue') }}
),

built as (
    select * from {{ ref('int_published_series__built') }}
),

series as (
    select * from {{ ref('published_series') }}
),

local_figures as (
    select
        *,
        coalesce(value_status = 'value' or status_reason = 'nil_base', false) as is_known
    from figures
    where basis = 'local'
),

local_areas as (
    select distinct
        indicator_id,
        area_code
    from local_figures
),

-- Published figures of the local area, and of organisations that deliver the same themselves. The
-- first local month is that of the period where months add up, else the one in which it ends.
published as (
    select
        figures.*,
        indicators.unit,
        indicators.is_position,
        series.difference as definition_difference,
        case
            when indicators.measure = 'published_only' then 'no_feed'
            when indicators.measure is null then 'no_definition'
            else 'not_received'
        end as reason_without_row,
        if(figures.period_type = 'dec_feb', 'dec_feb', 'month') as local_period_type,
        case
            when figures.period_type in ('month', 'dec_feb') then figures.period_start
            when figures.period_type = 'census' or indicators.is_position
                then date_trunc('month', figures.period_end)
            when indicators.is_additive then date_trunc('month', figures.period_start)
        end as first_local_month
    from figures
    inner join indicators on figures.indicator_id = indicators.indicator_id
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

months as (
    select
        indicator_id,
        area_code,
        period_type,
        period_start,
        period_end,
        local_period_type,
        reason_without_row,
        cast(
            unnest(
                generate_series(
                    first_local_month,
                    if(local_period_type = 'month', period_end, first_local_month),
                    interval 1 month
                )
            ) as date
        ) as local_start
    from published
),

local_periods as (
    select
        *,
        if(local_period_type = 'month', last_day(local_start), period_end) as local_end
    from months
),

paired as (
    select
        local_periods.*,
        local_figures.numerator,
        local_figures.denominator,
        local_figures.value,
        local_figures.known_on,
        local_figures.is_known is null or not local_figures.is_known as is_lacking,
        coalesce(local_figures.status_reason, local_periods.reason_without_row) as reason
    from local_periods
    left join local_figures
        on
            local_periods.indicator_id = local_figures.indicator_id
            and local_periods.area_code = local_figures.area_code
            and local_periods.local_period_type = local_figures.period_type
            and local_periods.local_start = local_figures.period_start
            and local_periods.local_end = local_figures.period_end
),

-- One row a published figure, with all local figures that stand against it.
gathered as (
    select
        indicator_id,
        area_code,
        period_type,
        period_start,
        period_end,
        count(*) as local_periods,
        min(local_start) as local_start,
        max(local_end) as local_end,
        count(*) filter (where is_lacking) as months_lacking,
        string_agg(
            strftime(local_start, '%Y-%m'), ', ' order by local_start
        ) filter (where is_lacking) as names_lacking,
        min_by(reason, local_start) filter (where is_lacking) as reason,
        sum(numerator) as local_numerator,
        sum(denominator) as local_denominator,
        max(value) as single_value,
        max(known_on) as local_known_on
    from paired
    group by all
),

-- A ratio of sums, never a mean of months; nothing of a period of which a month is missing.
valued as (
    select
        published.*,
        gathered.local_periods,
        gathered.local_start,
        gathered.local_end,
        gathered.months_lacking,
        gathered.names_lacking,
        gathered.local_numerator,
        gathered.local_denominator,
        gathered.local_known_on,
        coalesce(gathered.months_lacking = 0, false) as is_whole,
        coalesce(gathered.reason, published.reason_without_row) as reason,
        case
            when gathered.months_lacking > 0 then null
            when gathered.local_periods = 1 then gathered.single_value
            when published.unit = 'pct'
                then
                    100
                    * cast(gathered.local_numerator as double)
                    / nullif(gathered.local_denominator, 0)
            else cast(gathered.local_numerator as double)
        end as local_value
    from published
    left join gathered using (indicator_id, area_code, period_type, period_start, period_end)
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
        cast(if(local_value is not null, local_numerator, null) as decimal(18, 4))
            as local_numerator,
        cast(if(local_value is not null, local_denominator, null) as decimal(18, 4))
            as local_denominator,
        case
            when local_value is not null then 'value'
            when is_whole then 'not_applicable'
            else 'not_available'
        end as local_status,
        case
            when local_value is not null then null
            when is_whole then 'nil_base'
            else reason
        end as local_reason,
        if(local_value is not null, local_known_on, null) as local_known_on,
        local_value - value as difference,
        100 * (local_value - value) / nullif(value, 0) as difference_pct,
        coalesce(local_start = period_start and local_end = period_end, false) as is_same_period,
        definition_difference,
        case
            when reason in ('no_feed', 'no_definition') then null
            when local_start is null
                then 'Local figures of months do not add up to the published period.'
            when local_start != period_start or local_end != period_end
                then
                    'The published figure is of ' || strftime(period_start, '%-d %B %Y')
                    || if(
                        period_start = period_end, '', ' to ' || strftime(period_end, '%-d %B %Y')
                    )
                    || '; the local one is of ' || if(is_position, 'the end of ', '')
                    || strftime(local_end, '%B %Y') || '.'
            when local_periods > 1
                then
                    'The local figure takes the ' || local_periods
                    || ' months of the period together.'
        end as period_difference,
        nullif(
            concat_ws(
                ' ',
                case
                    when is_whole or reason in ('no_feed', 'no_definition') then null
                    when local_period_type = 'dec_feb'
                        then 'There is no local figure of this winter.'
                    when months_lacking = local_periods and local_periods > 1
                        then 'There is no local figure of any of its months.'
                    else 'There is no local figure of ' || names_lacking || '.'
                end,
                case
                    when local_value is not null and local_known_on > known_on
                        then
                            'The local figure was known on '
                            || strftime(local_known_on, '%-d %B %Y')
                            || ', after the published one of ' || strftime(known_on, '%-d %B %Y')
                            || ': it holds what was entered or corrected in between.'
                end
            ),
            ''
        ) as late_data
    from valued
)

select * from local_against_published
