with

senders as (
    select
        feed,
        sender,
        valid_from,
        valid_to
    from {{ ref('senders') }}
    where not is_invented
),

accepted as (
    select * from {{ ref('stg_run__accepted_senders') }}
),

listed as (
    select * from senders
    union all by name
    select * from accepted
)

select * from listed
