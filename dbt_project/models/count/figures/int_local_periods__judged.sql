with

indicators as (
    select * from {{ ref('int_indicators__fed') }}
),

submissions as (
    select * from {{ ref('stg_run__submissions') }}
),

listed_senders as (
    select * from {{ ref('int_senders__listed') }}
),

periods as (
    select * from {{ ref('int_indicator_periods__composed') }}
),

area_names as (
    select * from {{ ref('int_areas__named') }}
    where area_code = '{{ var("local_area") }}'
),

due_months as (
    select * from {{ ref('int_indicator_months__due') }}
),

chosen as (
    select * from {{ ref('int_indicator_sources__chosen') }}
),

feeds as (
    select * from {{ ref('int_feeds__counted') }}
    where has_delivered_counts
),

used as (
    select * from {{ ref('stg_run__used') }}
    where rows_kept > 0
),

case_steps as (
    select * from {{ ref('int_case_steps__gathered') }}
    where exclusion is null
),

-- A month without a row of counts is missing, not zero. A nil return says that all of it is zero.
unstated as (
    select chosen.*
    from chosen
    semi join feeds on chosen.feed = feeds.feed
    semi join used on chosen.submission_id = used.submission_id
    anti join case_steps
        on
            chosen.indicator_id = case_steps.indicator_id
            and chosen.submission_id = case_steps.submission_id
            and chosen.list = case_steps.list
            and chosen.period_start = case_steps.period_start
),

sources as (
    select
        chosen.* replace (
            if(
                unstated.submission_id is null,
                chosen.gap,
                coalesce(chosen.gap, 'not_stated')
            ) as gap
        )
    from chosen
    left join unstated
        on
            chosen.indicator_id = unstated.indicator_id
            and chosen.period_start = unstated.period_start
            and chosen.area_code = unstated.area_code
            and chosen.submission_id = unstated.submission_id
            and chosen.list = unstated.list
),

-- What came of a feed from those who may send it: also of feeds that nothing is counted from.
deliveries as (
    select
        submissions.feed,
        submissions.period_start as month_start,
        bool_or(submissions.verdict = 'used') as has_come
    from submissions
    semi join listed_senders
        on
            submissions.feed = listed_senders.feed
            and submissions.sender = listed_senders.sender
    where submissions.verdict in ('used', 'refused')
    group by submissions.feed, submissions.period_start
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

-- Not computed is true of a file that came; a month without one says so.
months as (
    select
        periods.indicator_id,
        if(due_months.indicator_id is null, 'not_due', 'not_received') as absence,
        case
            when indicators.standing_reason = 'not_computed' and deliveries.feed is null
                then absence
            when indicators.standing_reason = 'not_computed' and not deliveries.has_come
                then 'delivery_refused'
            else indicators.standing_reason
        end as standing_gap,
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
    left join deliveries
        on
            indicators.source_feed = deliveries.feed
            and periods.month_start = deliveries.month_start
    left join due_months
        on
            periods.indicator_id = due_months.indicator_id
            and periods.month_start = due_months.period_start
),

-- Nobody computes an indicator without a measure: that is not the same as nobody to count.
told as (
    select
        months.*,
        months.absence = 'not_received' as is_due,
        coalesce(
            months.standing_gap,
            sources.gap,
            if(sources.submission_id is null, months.absence, null)
        ) as gap,
        sources.bands_gap,
        sources.known_on
    from months
    left join sources
        on
            months.indicator_id = sources.indicator_id
            and months.area_code = sources.area_code
            and months.month_start = sources.period_start
),

-- Of several reasons the first two are somebody's to act on. A month that is not due gives way to
-- a month whose file came: counts of a quarter stand in its last month.
judged as (
    select
        indicator_id,
        period_type,
        period_start,
        period_end,
        area_code,
        area_name,
        case
            when bool_or(gap = 'delivery_refused') then 'delivery_refused'
            when bool_or(gap = 'not_received') then 'not_received'
            when bool_or(gap = 'not_computed') then 'not_computed'
            when bool_or(gap = 'not_mature') then 'not_mature'
            when bool_or(is_due) then min(gap) filter (where is_due or gap != 'not_stated')
            else min(gap)
        end as status_reason,
        min(bands_gap) as bands_reason,
        max(known_on) as known_on
    from told
    group by all
)

select * from judged
