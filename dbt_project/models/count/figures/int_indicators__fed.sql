with

indicators as (
    select * from {{ ref('int_indicators__adopted') }}
),

local_feeds as (
    select * from {{ ref('stg_run__local_feeds') }}
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
            when local_feeds.feed is null then 'no_feed'
            else 'not_computed'
        end as standing_reason
    from indicators
    left join local_feeds on indicators.source_feed = local_feeds.feed
)

select * from fed
