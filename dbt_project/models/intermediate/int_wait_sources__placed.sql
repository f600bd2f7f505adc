with

snapshots as (
    select * from {{ ref('int_local_sources__chosen') }}
),

lists as (
    select * from {{ ref('int_service_lists__placed') }}
),

senders as (
    select * from {{ ref('int_senders__placed') }}
),

feeds as (
    select * from {{ ref('feeds') }}
),

mental_health_services as (
    select * from {{ ref('cyp_mh_services') }}
),

service_waits as (
    select * from {{ ref('service_waits') }}
),

services as (
    select
        'nd_pathway' as feed,
        'ND' as service
    union all
    select
        'cyp_mh' as feed,
        upper(code) as service
    from mental_health_services
),

served as (
    select
        service_waits.feed,
        service_waits.sender,
        service_waits.service,
        min(date_trunc('month', service_waits.census_date)) as first_month,
        min(date_trunc('month', service_waits.census_date))
        - to_months(any_value(feeds.flow_look_back_months)) as first_told_month
    from service_waits
    inner join feeds on service_waits.feed = feeds.feed
    group by service_waits.feed, service_waits.sender, service_waits.service
),

first_served as (
    select
        feed,
        sender,
        min(first_month) as first_month
    from served
    group by feed, sender
),

-- A sender owes the lists that it has sent before; of one that has sent none yet, nobody knows
-- which of the feed's services it meant.
of_snapshots as (
    select
        snapshots.feed,
        snapshots.sender,
        services.service,
        snapshots.stock_submission_id,
        coalesce(snapshots.stock_gap, 'withheld:' || snapshots.stock_rule) as stock_gap,
        snapshots.flow_submission_id,
        snapshots.flow_gap,
        snapshots.is_owed
        and (
            coalesce(served.first_month <= snapshots.period_start, false)
            or coalesce(first_served.first_month > snapshots.period_start, true)
        ) as is_owed,
        coalesce(served.first_told_month <= snapshots.period_start, false) as is_told,
        snapshots.period_start,
        snapshots.period_end,
        snapshots.stock_known_on,
        snapshots.flow_known_on
    from snapshots
    inner join services on snapshots.feed = services.feed
    left join served
        on
            snapshots.feed = served.feed
            and snapshots.sender = served.sender
            and services.service = served.service
    left join first_served
        on
            snapshots.feed = first_served.feed
            and snapshots.sender = first_served.sender
),

-- The areas whose children wait; a provider's own rows would say the same again.
of_lists as (
    select
        'therapy_ptl' as feed,
        lists.sender,
        lists.service,
        lists.stock_submission_id,
        coalesce(lists.stock_gap, 'withheld:' || lists.list_rule) as stock_gap,
        lists.flow_submission_id,
        lists.flow_gap,
        lists.is_owed,
        lists.flow_submission_id is not null or lists.is_owed as is_told,
        lists.period_start,
        lists.period_end,
        lists.stock_known_on,
        lists.flow_known_on
    from lists
    inner join senders
        on
            lists.sender = senders.sender
            and lists.area_code = senders.area_code
),

united as (
    select * from of_snapshots
    union all by name
    select * from of_lists
),

placed as (
    select
        senders.area_code,
        senders.area_name,
        united.*
    from united
    inner join senders on united.sender = senders.sender
    where united.is_owed or united.is_told
)

select * from placed
