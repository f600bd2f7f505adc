with

figures as (
    select * from {{ ref('int_figures__united') }}
),

editions as (
    select * from {{ ref('int_editions__chosen') }}
),

published_series as (
    select * from {{ ref('int_published_series__built') }}
),

sources as (
    select * from {{ ref('int_indicator_sources__chosen') }}
),

submissions as (
    select * from {{ ref('stg_run__used') }}
),

local_feeds as (
    select * from {{ ref('stg_run__local_feeds') }}
),

cells as (
    select * from {{ ref('int_case_cells__gathered') }}
    where other_submission_id is not null
),

cells_of_areas as (
    {{ placed_in_areas('cells') }}
),

periods as (
    select * from {{ ref('int_indicator_periods__composed') }}
),

ratio_parts as (
    select * from {{ ref('int_ratio_parts__found') }}
),

-- Figures for which something was delivered, withheld and suppressed ones included.
fed as (
    select * from figures
    where value_status != 'not_available' or starts_with(status_reason, 'withheld:')
),

-- What breaks a figure down may come from another delivery: whom a review is about, from casework.
month_inputs as (
    select distinct
        indicator_id,
        area_code,
        submission_id,
        period_start,
        false as is_of_parts
    from sources
    where submission_id is not null and feed is distinct from 'record'
    union
    -- The record of a month is of all its deliveries.
    select
        sources.indicator_id,
        sources.area_code,
        submissions.submission_id,
        sources.period_start,
        false as is_of_parts
    from sources
    inner join submissions on sources.period_start = submissions.period_start
    semi join local_feeds on submissions.feed = local_feeds.feed
    where sources.feed = 'record'
    union
    select distinct
        indicator_id,
        area_code,
        other_submission_id as submission_id,
        period_start,
        true as is_of_parts
    from cells_of_areas
),

counted_inputs as (
    select
        periods.indicator_id,
        periods.period_type,
        periods.period_end,
        month_inputs.area_code,
        month_inputs.submission_id,
        bool_and(month_inputs.is_of_parts) as is_of_parts
    from periods
    inner join month_inputs
        on
            periods.indicator_id = month_inputs.indicator_id
            and periods.month_start = month_inputs.period_start
    group by all
),

local_inputs as (
    select * from counted_inputs
    union all
    select distinct
        ratio_parts.indicator_id,
        ratio_parts.period_type,
        ratio_parts.period_end,
        ratio_parts.area_code,
        counted_inputs.submission_id,
        false as is_of_parts
    from ratio_parts
    inner join counted_inputs
        on
            ratio_parts.part_indicator_id = counted_inputs.indicator_id
            and ratio_parts.part_period_type = counted_inputs.period_type
            and ratio_parts.part_period_end = counted_inputs.period_end
            and ratio_parts.area_code = counted_inputs.area_code
            and not counted_inputs.is_of_parts
),

inputs as (
    select
        fed.*,
        editions.submission_id
    from fed
    inner join editions
        on
            fed.basis = 'published'
            and fed.source_feed = 'chs_waits'
            and fed.period_start = editions.period_start
    union all
    select
        fed.*,
        published_series.submission_id
    from fed
    inner join published_series
        on
            fed.basis = published_series.basis
            and fed.indicator_id = published_series.indicator_id
            and fed.period_type = published_series.period_type
            and fed.period_start = published_series.period_start
            and fed.period_end = published_series.period_end
            and fed.area_code = published_series.area_code
            and fed.breakdown = published_series.breakdown
    union all
    select
        fed.*,
        local_inputs.submission_id
    from fed
    inner join local_inputs
        on
            fed.basis = 'local'
            and fed.indicator_id = local_inputs.indicator_id
            and fed.period_type = local_inputs.period_type
            and fed.period_end = local_inputs.period_end
            and fed.area_code = local_inputs.area_code
            and (fed.breakdown != 'all' or not local_inputs.is_of_parts)
),

listed as (
    select
        {{ figure_key() | join(',\n        ') }},
        submission_id
    from inputs
)

select * from listed
