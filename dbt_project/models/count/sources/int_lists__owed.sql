with

feeds as (
    select * from {{ ref('int_feeds__counted') }}
),

lists as (
    select * from {{ ref('int_lists__registered') }}
),

ended_lists as (
    select * from {{ ref('ended_lists') }}
),

months as (
    select * from {{ ref('int_months__reported') }}
),

due_months as (
    select * from {{ ref('stg_run__due_months') }}
),

submissions as (
    select * from {{ ref('stg_run__submissions') }}
),

used as (
    select * from {{ ref('stg_run__used') }}
),

delivered as (
    select * from {{ ref('int_lists__delivered') }}
),

senders as (
    select * from {{ ref('int_senders__placed') }}
),

listed_senders as (
    select * from {{ ref('int_senders__listed') }}
),

feed_lists as (
    select
        feeds.feed,
        coalesce(lists.list, '') as list,
        lists.only_sender
    from feeds
    left join lists on feeds.feed = lists.feed
),

first_deliveries as (
    select
        feed,
        sender,
        min(period_start) as first_month
    from used
    group by feed, sender
),

first_lists as (
    select
        feed,
        sender,
        list,
        min(period_start) as first_month
    from delivered
    group by feed, sender, list
),

refused as (
    select distinct
        submissions.feed,
        submissions.sender,
        submissions.period_start
    from submissions
    anti join used
        on
            submissions.feed = used.feed
            and submissions.sender = used.sender
            and submissions.period = used.period
    where submissions.verdict = 'refused'
),

-- A sender keeps its lists from its first delivery on, and in a month in which it was refused
-- before that. A code that no organisation has keeps none.
owing as (
    select
        first_deliveries.feed,
        first_deliveries.sender,
        months.period_start,
        months.period_end
    from first_deliveries
    inner join months on first_deliveries.first_month <= months.period_start
    union all
    select
        refused.feed,
        refused.sender,
        months.period_start,
        months.period_end
    from refused
    inner join months on refused.period_start = months.period_start
    semi join senders on refused.sender = senders.sender and senders.is_known
    anti join first_deliveries
        on
            refused.feed = first_deliveries.feed
            and refused.sender = first_deliveries.sender
            and refused.period_start >= first_deliveries.first_month
),

-- The lists that the sender has sent by then. A sender that has sent none may mean any list of
-- the feed: a refused delivery may hold it, and a nil return says that nobody waits on it. What one
-- sender alone owes it owes with its first delivery.
meant as (
    select
        owing.feed,
        owing.sender,
        first_lists.list,
        true as has_history,
        owing.period_start,
        owing.period_end
    from owing
    inner join first_lists
        on
            owing.feed = first_lists.feed
            and owing.sender = first_lists.sender
            and owing.period_start >= first_lists.first_month
    union all
    select
        owing.feed,
        owing.sender,
        feed_lists.list,
        false as has_history,
        owing.period_start,
        owing.period_end
    from owing
    inner join feed_lists
        on
            owing.feed = feed_lists.feed
            and owing.sender = coalesce(feed_lists.only_sender, owing.sender)
    anti join first_lists
        on
            owing.feed = first_lists.feed
            and owing.sender = first_lists.sender
            and owing.period_start >= first_lists.first_month
            and (feed_lists.only_sender is null or feed_lists.list = first_lists.list)
),

-- To the last day of the sender, and to the recorded end of the list. In a month for which the feed
-- is not due nobody misses a file; the part of a sender that sends one all the same is no total.
owed as (
    select
        meant.feed,
        meant.sender,
        meant.list,
        used.submission_id,
        case
            when refused.sender is not null then 'delivery_refused'
            when used.submission_id is not null then null
            when due_months.feed is not null then 'not_received'
            else 'not_due'
        end as gap,
        meant.has_history,
        meant.period_start,
        meant.period_end,
        used.known_on
    from meant
    left join used
        on
            meant.feed = used.feed
            and meant.sender = used.sender
            and meant.period_start = used.period_start
    left join refused
        on
            meant.feed = refused.feed
            and meant.sender = refused.sender
            and meant.period_start = refused.period_start
    left join due_months
        on
            meant.feed = due_months.feed
            and meant.period_start = due_months.period_start
    anti join listed_senders
        on
            meant.feed = listed_senders.feed
            and meant.sender = listed_senders.sender
            and meant.period_start > listed_senders.last_day
    anti join ended_lists
        on
            meant.feed = ended_lists.feed
            and meant.sender = ended_lists.sender
            and meant.list = ended_lists.list
            and meant.period_end > ended_lists.last_day
    anti join lists
        on
            meant.feed = lists.feed
            and meant.list = lists.list
            and not (meant.period_end >= lists.first_day and meant.period_start <= lists.last_day)
)

select * from owed
