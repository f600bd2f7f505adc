with

feeds as (
    select * from {{ ref('int_feeds__counted') }}
),

lists as (
    select * from {{ ref('int_lists__registered') }}
),

used as (
    select * from {{ ref('stg_run__used') }}
),

rows_of_lists as (
    select * from {{ ref('int_list_rows__delivered') }}
),

service_waits as (
    select * from {{ ref('service_waits') }}
),

-- A list stands in a column of the delivery, or is worked out where its sender need not name it. A
-- feed without lists is one list, which has no name.
held as (
    select
        submission_id,
        list
    from rows_of_lists
    union
    select
        submission_id,
        service as list
    from service_waits
    union all
    select
        used.submission_id,
        '' as list
    from used
    anti join lists on used.feed = lists.feed
    where used.rows_kept is distinct from 0
),

-- A number of a measure that another service owes is no list of the sender's.
delivered as (
    select
        used.feed,
        used.sender,
        held.list,
        used.submission_id,
        used.period_start,
        used.known_on
    from held
    inner join used on held.submission_id = used.submission_id
    inner join feeds on used.feed = feeds.feed
    anti join lists
        on
            used.feed = lists.feed
            and held.list = lists.list
            and used.sender != lists.only_sender
)

select * from delivered
