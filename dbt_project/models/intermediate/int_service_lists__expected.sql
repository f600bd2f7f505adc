with

months as (
    select * from {{ ref('int_months__reported') }}
),

submissions as (
    select * from {{ ref('stg_run__submissions') }}
),

used as (
    select * from {{ ref('int_submissions__used') }}
),

service_waits as (
    select * from {{ ref('service_waits') }}
),

services as (
    select * from {{ ref('therapy_service_lines') }}
),

held as (
    select
        sender,
        service,
        min(date_trunc('month', census_date)) as first_month
    from service_waits
    group by sender, service
),

-- From the first list of a service on, the sender owes it every month.
owed as (
    select
        held.sender,
        held.service,
        true as has_history,
        months.period_start,
        months.period_end
    from held
    inner join months on held.first_month <= months.period_start
),

refused as (
    select distinct
        submissions.sender,
        submissions.period_start
    from submissions
    left join used
        on
            submissions.feed = used.feed
            and submissions.sender = used.sender
            and submissions.period = used.period
    where
        submissions.feed = 'therapy_ptl'
        and submissions.verdict = 'refused'
        and used.submission_id is null
),

-- What a sender without history meant to send is unknown: any service may be missing.
newcomers as (
    select
        refused.sender,
        services.service,
        false as has_history,
        months.period_start,
        months.period_end
    from refused
    inner join months on refused.period_start = months.period_start
    cross join services
    where not exists (
        select 1 from owed
        where owed.sender = refused.sender and owed.period_start <= refused.period_start
    )
),

expected as (
    select * from owed
    union all
    select * from newcomers
),

owing as (
    select distinct
        sender,
        period_start
    from expected
),

-- The newest snapshot holds late entries, but only for as long as senders keep what is closed.
newest as (
    select
        owing.sender,
        owing.period_start,
        max_by(used.submission_id, used.period_start) as submission_id,
        max_by(used.known_on, used.period_start) as known_on
    from owing
    inner join used
        on
            used.feed = 'therapy_ptl'
            and owing.sender = used.sender
            and owing.period_start <= used.period_start
            and date_diff('month', owing.period_start, used.period_start)
            <= {{ parameter('flow_look_back_months') }}
    group by owing.sender, owing.period_start
),

delivered as (
    select
        expected.sender,
        expected.service,
        used.submission_id as stock_submission_id,
        newest.submission_id as flow_submission_id,
        case
            when refused.sender is not null then 'delivery_refused'
            when used.submission_id is null then 'not_received'
        end as stock_gap,
        case
            when newest.submission_id is not null then null
            when refused.sender is not null then 'delivery_refused'
            else 'not_received'
        end as flow_gap,
        expected.has_history,
        expected.period_start,
        expected.period_end,
        used.known_on as stock_known_on,
        newest.known_on as flow_known_on
    from expected
    left join used
        on
            used.feed = 'therapy_ptl'
            and expected.sender = used.sender
            and expected.period_start = used.period_start
    left join newest
        on
            expected.sender = newest.sender
            and expected.period_start = newest.period_start
    left join refused
        on
            expected.sender = refused.sender
            and expected.period_start = refused.period_start
)

select * from delivered
