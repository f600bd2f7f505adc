with

indicators as (
    select
        *,
        measure = 'published_only' or source_feed = 'chs_waits' as is_unfed
    from {{ ref('indicator_catalogue') }}
),

periods as (
    select * from {{ ref('int_indicator_periods__composed') }}
),

area_names as (
    select * from {{ ref('int_areas__named') }}
    where area_code = '{{ var("local_area") }}'
),

sources as (
    select * from {{ ref('int_case_sources__placed') }}
),

told_areas as (
    select distinct
        indicator_id,
        area_code,
        area_name,
        period_start as month_start
    from sources
),

-- The local area has a row for every indicator and period, whoever delivered; another area one
-- for every period of which some month is told.
cells as (
    select distinct
        periods.indicator_id,
        periods.period_type,
        periods.period_end,
        area_names.area_code,
        area_names.area_name
    from periods
    cross join area_names
    union
    select
        periods.indicator_id,
        periods.period_type,
        periods.period_end,
        told_areas.area_code,
        told_areas.area_name
    from periods
    inner join told_areas
        on
            periods.indicator_id = told_areas.indicator_id
            and periods.month_start = told_areas.month_start
),

months as (
    select
        periods.indicator_id,
        indicators.measure,
        indicators.is_unfed,
        periods.period_type,
        periods.period_start,
        periods.period_end,
        periods.month_start,
        cells.area_code,
        cells.area_name
    from periods
    inner join indicators on periods.indicator_id = indicators.indicator_id
    inner join cells
        on
            periods.indicator_id = cells.indicator_id
            and periods.period_type = cells.period_type
            and periods.period_end = cells.period_end
),

-- Nobody computes an indicator without a measure: that is not the same as nobody to count.
judged as (
    select
        months.indicator_id,
        months.period_type,
        months.period_start,
        months.period_end,
        months.area_code,
        months.area_name,
        case
            when bool_or(months.is_unfed) then 'no_feed'
            when any_value(months.measure) is null then 'no_definition'
            when bool_or(sources.gap = 'delivery_refused') then 'delivery_refused'
            when
                bool_or(
                    sources.submission_id is null
                    and coalesce(sources.gap, 'not_received') = 'not_received'
                )
                then 'not_received'
            when bool_or(sources.gap = 'not_mature') then 'not_mature'
            else min(sources.gap)
        end as status_reason,
        case
            when bool_or(months.is_unfed) then 'no_feed'
            else min(sources.bands_gap)
        end as bands_reason,
        max(sources.known_on) as known_on
    from months
    left join sources
        on
            months.indicator_id = sources.indicator_id
            and months.area_code = sources.area_code
            and months.month_start = sources.period_start
    group by all
)

select * from judged
