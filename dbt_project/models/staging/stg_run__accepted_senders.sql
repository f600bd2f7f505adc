with

accepted_senders as (
    select * from {{ source('run', 'accepted_senders') }}
)

select * from accepted_senders
