with

local_feeds as (
    select * from {{ ref('stg_run__local_feeds') }}
),

counted as (
    select
        feed,
        sender_is_area,
        kind = 'counts' as has_delivered_counts,
        flow_look_back_months
    from local_feeds
    where flow_look_back_months is not null
)

select * from counted
