with

senders as (
    select
        feed,
        sender,
        valid_from,
        valid_to
    from {{ ref('senders') }}
),

accepted as (
    select * from {{ ref('stg_run__accepted_senders') }}
),

stated as (
    select * from senders
    union all by name
    select * from accepted
),

listed as (
    select
        feed,
        sender,
        min(coalesce(valid_from, date '1900-01-01')) as first_day,
        max(coalesce(valid_to, date '9999-12-31')) as last_day
    from stated
    group by feed, sender
)

select * from listed
