with

reasons as (
    select * from {{ ref('status_reason_words') }}
)

select * from reasons
