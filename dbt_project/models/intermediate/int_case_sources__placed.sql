with

indicators as (
    select * from {{ ref('indicator_catalogue') }}
    where measure is distinct from 'published_only'
),

cadences as (
    select * from {{ ref('cadences') }}
),

periods as (
    select * from {{ ref('int_periods__reported') }}
),

feeds as (
    select * from {{ ref('feeds') }}
),

sources as (
    select * from {{ ref('int_local_sources__chosen') }}
),

senders as (
    select * from {{ ref('int_senders__placed') }}
),

service_waits as (
    select * from {{ ref('service_waits') }}
),

-- A snapshot counts in the area that its sender serves and, for a provider, in its own.
placed as (
    select
        senders.area_code,
        senders.area_name,
        sources.*
    from sources
    inner join senders on sources.sender = senders.sender
    union all
    select
        senders.sender as area_code,
        senders.sender_name as area_name,
        sources.*
    from sources
    inner join senders on sources.sender = senders.sender
    inner join feeds on sources.feed = feeds.feed and feeds.sender_is_area
    where sources.has_history
),

served as (
    select
        feed,
        sender,
        service,
        min(date_trunc('month', census_date)) as first_month
    from service_waits
    group by feed, sender, service
),

-- Who has sent rows of other services only owes nothing to the figures of this one.
concerned as (
    select
        indicators.indicator_id,
        indicators.snapshot,
        periods.period_type,
        periods.period_start as first_day,
        periods.period_end as last_day,
        placed.*
    from indicators
    inner join cadences on indicators.cadence = cadences.cadence
    inner join periods on cadences.period_type = periods.period_type
    inner join placed
        on
            indicators.source_feed = placed.feed
            and placed.period_start between periods.period_start and periods.period_end
    where
        indicators.service is null
        or not exists (
            select 1 from served
            where
                served.feed = placed.feed
                and served.sender = placed.sender
                and served.first_month <= placed.period_start
        )
        or exists (
            select 1 from served
            where
                served.feed = placed.feed
                and served.sender = placed.sender
                and served.service = indicators.service
                and served.first_month <= placed.period_start
        )
),

sourced as (
    select
        indicator_id,
        area_code,
        area_name,
        period_type,
        first_day as period_start,
        last_day as period_end,
        feed,
        sender,
        period_start as snapshot_month,
        if(snapshot = 'month', stock_submission_id, flow_submission_id) as submission_id,
        if(snapshot = 'month', coalesce(stock_gap, 'withheld:' || stock_rule), flow_gap) as gap,
        if(snapshot = 'month', stock_known_on, flow_known_on) as known_on
    from concerned
)

select * from sourced
