with

kept as (
    select * from {{ source('kept', 'steps') }}
)

select * from kept
