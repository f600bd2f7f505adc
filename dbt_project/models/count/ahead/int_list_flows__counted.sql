with

sources as (
    select * from {{ ref('int_list_sources__placed') }}
    where list != '' and not is_own_area
),

settings as (
    select * from {{ ref('stg_run__settings') }}
),

service_waits as (
    select * from {{ ref('service_waits') }}
    where exclusion_reason is null
),

-- Who owes the list in the month of the release makes it up; months before count when all of
-- them tell of them.
senders as (
    select
        sources.area_code,
        sources.list as service,
        sources.feed,
        sources.sender
    from sources
    inner join settings on sources.period_end = settings.period_end
    where sources.is_owed
),

months as (
    select
        senders.area_code,
        senders.service,
        sources.period_start,
        sources.period_end,
        sources.flow_submission_id,
        sources.flow_known_on,
        count(sources.flow_submission_id) over (
            partition by senders.area_code, senders.service, sources.period_start
        ) as told_count,
        count(distinct senders.sender) over (
            partition by senders.area_code, senders.service
        ) as sender_count
    from senders
    cross join settings
    inner join sources
        on
            senders.area_code = sources.area_code
            and senders.service = sources.list
            and senders.feed = sources.feed
            and senders.sender = sources.sender
            and settings.period_end >= sources.period_end
            and date_diff('month', sources.period_start, settings.period_end)
            < {{ parameter('flow_months') }}
),

-- Who neither waits nor left on a known day counts on neither side.
flows as (
    select
        months.area_code,
        months.service,
        months.period_start,
        months.period_end,
        string_agg(distinct months.flow_submission_id, ' ' order by months.flow_submission_id)
            as submission_ids,
        max(months.flow_known_on) as known_on,
        count(*) filter (
            where service_waits.referral_received_date
            between months.period_start and months.period_end
            and (service_waits.is_waiting or service_waits.clock_stop_date is not null)
        ) as arrival_count,
        count(*) filter (
            where service_waits.clock_stop_date between months.period_start and months.period_end
        ) as departure_count
    from months
    left join service_waits
        on
            months.flow_submission_id = service_waits.submission_id
            and months.service = service_waits.service
    where months.told_count = months.sender_count
    group by months.area_code, months.service, months.period_start, months.period_end
)

select * from flows
