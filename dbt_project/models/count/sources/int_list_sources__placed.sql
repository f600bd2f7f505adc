with

sources as (
    select * from {{ ref('int_list_sources__chosen') }}
),

senders as (
    select * from {{ ref('int_senders__placed') }}
),

feeds as (
    select * from {{ ref('int_feeds__counted') }}
),

-- A list counts in the area that its sender serves and, for a provider that has sent it, in the
-- sender's own.
placed as (
    select
        senders.area_code,
        senders.area_name,
        false as is_own_area,
        sources.*
    from sources
    inner join senders on sources.sender = senders.sender
    union all
    select
        senders.sender as area_code,
        senders.sender_name as area_name,
        true as is_own_area,
        sources.*
    from sources
    inner join senders on sources.sender = senders.sender
    inner join feeds on sources.feed = feeds.feed and feeds.sender_is_area
    where sources.has_history
)

select * from placed
