with

submissions as (
    select * from {{ ref('int_submissions__uncounted') }}
),

indicators as (
    select
        * exclude (fed_by),
        unnest(string_split(fed_by, '; ')) as feed
    from {{ ref('int_indicators__adopted') }}
    where (measure in ('published_only', 'ratio_of')) is not true
),

measures as (
    select * from {{ ref('int_measures__declared') }}
),

lists as (
    select * from {{ ref('int_lists__delivered') }}
),

entries as (
    select * from {{ ref('int_record_entries__listed') }}
),

-- Every month that the delivery may ever cover, whichever other deliveries stand beside it today:
-- it is counted once. What the record holds once a school year covers all of that year.
reaching as (
    select
        indicators.indicator_id,
        indicators.measure,
        indicators.service,
        submissions.feed,
        lists.list,
        submissions.submission_id,
        case
            when indicators.snapshot = 'month' then 0
            when measures.is_within_school_year then greatest(submissions.flow_look_back_months, 11)
            else submissions.flow_look_back_months
        end as months_back,
        submissions.period_start as last_month
    from submissions
    inner join indicators on submissions.feed = indicators.feed
    left join measures on indicators.measure = measures.measure
    inner join lists
        on
            submissions.submission_id = lists.submission_id
            and (
                lists.list = ''
                or indicators.service is null
                or indicators.service = lists.list
            )
),

months as (
    select
        * exclude (months_back, last_month),
        cast(
            unnest(
                generate_series(
                    last_month - to_months(cast(months_back as integer)),
                    last_month,
                    interval 1 month
                )
            ) as date
        ) as period_start
    from reaching
),

-- The warehouse's own record is small and changes with every delivery: it is counted anew.
recorded as (
    select distinct
        indicators.indicator_id,
        indicators.measure,
        indicators.service,
        indicators.feed,
        '' as list,
        entries.submission_id,
        cast(date_trunc('month', entries.census_date) as date) as period_start
    from indicators
    cross join entries
    where indicators.feed = 'record'
),

united as (
    select * from months
    union all by name
    select * from recorded
),

listed as (
    select
        *,
        last_day(period_start) as period_end
    from united
)

select * from listed
