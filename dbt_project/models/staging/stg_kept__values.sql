with

kept as (
    select * from {{ source('kept', 'values') }}
)

select * from kept
