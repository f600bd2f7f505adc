with

figures as (
    select * from {{ ref('indicator_values') }}
),

indicators as (
    select * from {{ ref('indicator_catalogue') }}
),

editions as (
    select * from {{ ref('int_editions__chosen') }}
),

published_series as (
    select * from {{ ref('int_published_series__built') }}
),

placed as (
    select * from {{ ref('int_service_lists__placed') }}
),

case_sources as (
    select * from {{ ref('int_case_sources__placed') }}
),

cases as (
    select * from {{ ref('int_local_cases__united') }}
),

-- Figures for which something was delivered, withheld and suppressed ones included.
fed as (
    select
        figures.*,
        indicators.service,
        indicators.snapshot = 'newest' as is_flow
    from figures
    inner join indicators on figures.indicator_id = indicators.indicator_id
    where
        figures.value_status != 'not_available'
        or starts_with(figures.status_reason, 'withheld:')
),

-- What breaks a figure down may come from another delivery: whom a review is about, from casework.
others as (
    select distinct
        indicator_id,
        submission_id,
        other_submission_id,
        period_type,
        period_start
    from cases
    where exclusion is null and other_submission_id is not null
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
        case when fed.is_flow then placed.flow_submission_id else placed.stock_submission_id end
            as submission_id
    from fed
    inner join placed
        on
            fed.basis = 'local'
            and fed.area_code = placed.area_code
            and fed.service = placed.service
            and fed.period_start = placed.period_start
    where placed.flow_submission_id is not null or not fed.is_flow
    union all
    select
        fed.*,
        case_sources.submission_id
    from fed
    inner join case_sources
        on
            fed.basis = 'local'
            and fed.indicator_id = case_sources.indicator_id
            and fed.period_type = case_sources.period_type
            and fed.period_start = case_sources.period_start
            and fed.area_code = case_sources.area_code
    where case_sources.submission_id is not null
    union
    select
        fed.*,
        others.other_submission_id as submission_id
    from fed
    inner join case_sources
        on
            fed.basis = 'local'
            and fed.breakdown != 'all'
            and fed.indicator_id = case_sources.indicator_id
            and fed.period_type = case_sources.period_type
            and fed.period_start = case_sources.period_start
            and fed.area_code = case_sources.area_code
    inner join others
        on
            case_sources.indicator_id = others.indicator_id
            and case_sources.period_type = others.period_type
            and case_sources.period_start = others.period_start
            and case_sources.submission_id = others.submission_id
),

figure_inputs as (
    select
        {{ figure_key() | join(',\n        ') }},
        submission_id
    from inputs
)

select * from figure_inputs
