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
    where feed = 'therapy_ptl'
),

services as (
    select * from {{ ref('therapy_service_lines') }}
),

senders as (
    select * from {{ ref('int_senders__placed') }}
),

listed_senders as (
    select * from {{ ref('int_senders__listed') }}
),

ended as (
    select * from {{ ref('ended_services') }}
),

held as (
    select
        sender,
        service,
        min(date_trunc('month', census_date)) as first_month
    from service_waits
    group by sender, service
),

-- From the first list of a service on, the sender owes it every month, to a recorded last one of
-- the service or of the sender.
owed as (
    select
        held.sender,
        held.service,
        true as has_history,
        months.period_start,
        months.period_end
    from held
    inner join months on held.first_month <= months.period_start
    left join ended
        on
            held.sender = ended.sender
            and held.service = ended.service
            and months.period_end > ended.last_day
    anti join listed_senders
        on
            listed_senders.feed = 'therapy_ptl'
            and held.sender = listed_senders.sender
            and months.period_start > listed_senders.last_day
    where ended.sender is null
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

nil_returns as (
    select
        used.sender,
        used.period_start
    from used
    anti join service_waits on used.submission_id = service_waits.submission_id
    where used.feed = 'therapy_ptl'
),

meant as (
    select * from refused
    union
    select * from nil_returns
),

-- What a sender without history meant is unknown. A refused list may be of any service; a nil
-- return says that nobody waits for any. A code that no organisation has says nothing.
newcomers as (
    select
        meant.sender,
        services.service,
        false as has_history,
        months.period_start,
        months.period_end
    from meant
    inner join senders on meant.sender = senders.sender and senders.is_known
    inner join months on meant.period_start = months.period_start
    cross join services
    where not exists (
        select 1 from owed
        where owed.sender = meant.sender and owed.period_start <= meant.period_start
    )
),

expected as (
    select * from owed
    union all
    select * from newcomers
),

delivered as (
    select
        expected.sender,
        expected.service,
        used.submission_id as stock_submission_id,
        case
            when refused.sender is not null then 'delivery_refused'
            when used.submission_id is null then 'not_received'
        end as stock_gap,
        expected.has_history,
        expected.period_start,
        expected.period_end,
        used.known_on as stock_known_on
    from expected
    left join used
        on
            used.feed = 'therapy_ptl'
            and expected.sender = used.sender
            and expected.period_start = used.period_start
    left join refused
        on
            expected.sender = refused.sender
            and expected.period_start = refused.period_start
)

select * from delivered
