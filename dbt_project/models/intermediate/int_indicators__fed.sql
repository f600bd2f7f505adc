with

indicators as (
    select * from {{ ref('indicator_catalogue') }}
),

listed_senders as (
    select * from {{ ref('int_senders__listed') }}
),

-- Somebody may send the feed, so it has a contract and a door.
delivered as (
    select distinct feed
    from listed_senders
),

-- Published lists are nobody's delivery: no local figure is counted from them.
fed as (
    select
        indicators.indicator_id,
        indicators.source_feed,
        case
            when indicators.measure is null then 'no_definition'
            when
                indicators.measure != 'published_only' and indicators.source_feed != 'chs_waits'
                then null
            when delivered.feed is null then 'no_feed'
            else 'not_computed'
        end as standing_reason
    from indicators
    left join delivered on indicators.source_feed = delivered.feed
)

select * from fed
