with

submissions as (
    select * from {{ ref('int_submissions__uncounted') }}
),

indicators as (
    select
        * exclude (fed_by),
        unnest(string_split(fed_by, '; ')) as feed
    from {{ ref('int_indicators__adopted') }}
    where measure is distinct from 'published_only'
),

measures as (
    select * from {{ ref('int_measures__declared') }}
),

lists as (
    select * from {{ ref('int_lists__delivered') }}
),

-- Every month of which the delivery may ever tell, whichever other ones stand beside it today: it
-- is counted once. What the record holds once a school year tells of all of that year.
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

listed as (
    select
        *,
        last_day(period_start) as period_end
    from months
)

select * from listed
